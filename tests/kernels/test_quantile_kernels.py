"""Mean and SD from quantiles: formulas as their papers print them, integrals, exact quantiles."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from evidence.errors import ConvergenceError
from evidence.kernels.five_number import (
    FiveNumbers,
    lognormal_moments,
    luo_mean,
    skew_test,
    walter_yao_sd,
    wan_sd,
)
from evidence.kernels.normal_order import expected_range
from evidence.kernels.power_normal import (
    box_cox,
    box_cox_back,
    box_cox_fit,
    moments_back,
    order_fit,
    symmetric_power,
)
from evidence.kernels.quantile_fit import fit_quantiles

N = 37
ALL = {"minimum": 2.0, "q1": 4.0, "median": 5.5, "q3": 9.0, "maximum": 16.0}
S1 = FiveNumbers(n=N, median=5.5, minimum=2.0, maximum=16.0)
S2 = FiveNumbers(n=N, median=5.5, q1=4.0, q3=9.0)
S3 = FiveNumbers(n=N, **ALL)


def z(p):
    return float(stats.norm.ppf(p))


def test_scenarios_points_and_maps():
    assert [x.scenario for x in (S1, S2, S3)] == ["S1", "S2", "S3"]
    assert S3.points == (
        (1 / N, 2.0), (0.25, 4.0), (0.5, 5.5), (0.75, 9.0), (1 - 1 / N, 16.0),
    )  # fmt: skip
    assert [p for p, _ in S1.points] == [1 / N, 0.5, 1 - 1 / N]
    doubled = S3.map(lambda x: 2 * x)
    assert doubled == FiveNumbers(n=N, **{name: 2 * x for name, x in ALL.items()})
    assert S2.map(math.log).minimum is None


def test_means_of_luo_and_colleagues_2018():
    """Equations 7, 11 and 15."""
    assert luo_mean(S1) == pytest.approx(
        4 / (4 + N**0.75) * 9 + N**0.75 / (4 + N**0.75) * 5.5, rel=1e-12
    )
    assert luo_mean(S2) == pytest.approx((0.7 + 0.39 / N) * 6.5 + (0.3 - 0.39 / N) * 5.5, rel=1e-12)
    w1, w2 = 2.2 / (2.2 + N**0.75), 0.7 - 0.72 / N**0.55
    w3 = 0.3 + 0.72 / N**0.55 - 2.2 / (2.2 + N**0.75)
    assert luo_mean(S3) == pytest.approx(w1 * 9 + w2 * 6.5 + w3 * 5.5, rel=1e-12)


def test_sds_of_wan_and_of_shi():
    xi, eta = 2 * z((N - 0.375) / (N + 0.25)), 2 * z((0.75 * N - 0.125) / (N + 0.25))
    assert wan_sd(S1) == pytest.approx(14 / xi, rel=1e-12)
    assert wan_sd(S2) == pytest.approx(5 / eta, rel=1e-12)
    theta1 = (2 + 0.14 * N**0.6) * z((N - 0.375) / (N + 0.25))  # Shi 2020, equation 10
    theta2 = (2 + 2 / (0.07 * N**0.6)) * z((0.75 * N - 0.125) / (N + 0.25))
    assert wan_sd(S3) == pytest.approx(14 / theta1 + 5 / theta2, rel=1e-12)
    assert walter_yao_sd(S1) == pytest.approx(14 / expected_range(N), rel=1e-12)


def mirrored(x):
    def turned(value):
        return None if value is None else 20 - value

    return FiveNumbers(
        n=x.n, median=20 - x.median, minimum=turned(x.maximum), maximum=turned(x.minimum),
        q1=turned(x.q3), q3=turned(x.q1),
    )  # fmt: skip


def test_skewness_of_shi_and_colleagues_2023():
    for given, statistic, critical in (
        (S1, (2 + 16 - 11) / 14, 1 / math.log(N + 9) + 2.5 / (N + 1)),
        (S2, (4 + 9 - 11) / 5, 2.65 / math.sqrt(N) - 6 / N**2),
        (S3, max(2.65 * math.log(0.6 * N) / math.sqrt(N) * 7 / 14, 2 / 5),
         3 / math.sqrt(N) - 40 / N**3),
    ):  # fmt: skip
        found = skew_test(given)
        assert (found.statistic, found.critical) == pytest.approx((statistic, critical), rel=1e-12)
        assert found.skewed == (statistic >= critical)
        assert skew_test(mirrored(given)) == found
    even = skew_test(FiveNumbers(n=N, median=5.0, minimum=1.0, maximum=9.0))
    assert (even.statistic, even.skewed) == (0.0, False)
    flat = FiveNumbers(n=N, median=3.0, minimum=3.0, maximum=3.0, q1=3.0, q3=3.0)
    assert skew_test(flat).statistic == 0
    wide_middle = FiveNumbers(n=200, median=5.0, minimum=0.0, maximum=10.0, q1=4.9, q3=8.0)
    assert skew_test(wide_middle).statistic == pytest.approx((4.9 + 8 - 10) / 3.1)


@pytest.mark.parametrize(
    ("given", "n"), [(given, n) for given in (S1, S2, S3) for n in (30, 10**8)]
)
def test_a_large_lognormal_sample_gives_its_own_moments(given, n):
    """The corrections go as 1/n and 1/log n; the exact quantiles of a lognormal are put in."""
    mu, sigma = 0.7, 0.4
    ps = {"minimum": (1 - 0.375) / (n + 0.25), "q1": (0.25 * n + 0.375) / (n + 0.25), "median": 0.5}
    quantile = {name: math.exp(mu + sigma * z(p)) for name, p in ps.items()}
    for low, high in (("minimum", "maximum"), ("q1", "q3")):
        quantile[high] = math.exp(2 * mu) / quantile[low]
    there = {name: quantile[name] for name in ALL if getattr(given, name) is not None}
    mean, sd = lognormal_moments(FiveNumbers(n=n, **there))
    exact = math.exp(mu + sigma**2 / 2)
    loose = 2e-3 if n > 30 else 0.1  # of S1 the correction is 0.25 / log² n
    assert mean == pytest.approx(exact, rel=loose)
    assert sd == pytest.approx(exact * math.sqrt(math.expm1(sigma**2)), rel=5 * loose)


@pytest.mark.parametrize("n", [2, 3, 10, 200])
def test_the_expected_range_of_a_normal_sample(n):
    wanted = quad(lambda x: 1 - stats.norm.cdf(x) ** n - stats.norm.sf(x) ** n, -9, 9,
                  epsabs=1e-12, limit=200)[0]  # fmt: skip
    assert expected_range(n) == pytest.approx(wanted, rel=1e-10)
    assert expected_range(2) == pytest.approx(2 / math.sqrt(math.pi), rel=1e-12)
    assert expected_range(3) == pytest.approx(3 / math.sqrt(math.pi), rel=1e-12)


@pytest.mark.parametrize("power", [-0.5, 0.0, 1e-9, 0.3, 1.0, 2.0])
def test_the_scale_and_back(power):
    x = np.array([0.2, 1.0, 3.0, 40.0])
    assert box_cox_back(box_cox(x, power), power) == pytest.approx(x, rel=1e-10)
    plain = np.log(x) if abs(power) < 1e-6 else (x**power - 1) / power
    assert box_cox(x, power) == pytest.approx(plain, rel=1e-7, abs=1e-12)
    if power > 0.1:
        assert box_cox_back(np.array([-1 / power, -5 / power]), power).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("location", "scale", "power"), [(1.2, 0.4, 0.0), (1.5, 0.7, 0.3), (3.0, 1.0, 1.0), (2, 0.9, 2)]
)
def test_moments_are_integrals_over_the_normal_between_its_ends(location, scale, power):
    reach = 12.0 if power == 0 else min(12.0, (location + 1 / power) / scale)

    def back(value):
        return math.exp(value) if power == 0 else max(0.0, power * value + 1) ** (1 / power)

    def integral(f):
        return quad(lambda u: f(back(location + scale * u)) * stats.norm.pdf(u), -reach, reach,
                    epsabs=1e-12, limit=200)[0]  # fmt: skip

    total = integral(lambda x: 1.0)
    mean = integral(lambda x: x) / total
    sd = math.sqrt(integral(lambda x: (x - mean) ** 2) / total)
    assert moments_back(location, scale, power) == pytest.approx((mean, sd), rel=1e-7)


def test_a_location_beyond_the_end_of_the_scale_is_refused():
    with pytest.raises(ConvergenceError, match=r"power 0\.5 the location -3"):
        moments_back(-3.0, 1.0, 0.5)
    with pytest.raises(ConvergenceError):
        moments_back(-2.0, 1.0, 0.5)


@pytest.mark.parametrize("power", [0.25, 0.8, 1.0, 2.0, 2.9])
def test_numbers_symmetric_on_a_scale_give_its_power(power):
    low, middle, high = box_cox_back(np.array([1.0, 3.0, 5.0]), power)
    for given in (
        FiveNumbers(n=50, median=middle, q1=low, q3=high),
        FiveNumbers(n=50, median=middle, minimum=low, maximum=high),
    ):
        assert symmetric_power(given) == pytest.approx(power, rel=1e-8)
    ends = box_cox_back(np.array([0.0, 6.0]), power) / middle  # in units of the median
    both = FiveNumbers(
        n=50, median=1.0, q1=low / middle, q3=high / middle, minimum=ends[0], maximum=ends[1]
    )
    assert symmetric_power(both) == pytest.approx(power, rel=1e-5)


def test_no_power_in_the_range_makes_them_symmetric():
    assert symmetric_power(FiveNumbers(n=50, median=1.0, q1=0.9, q3=90.0)) == 0
    assert symmetric_power(FiveNumbers(n=50, median=10.0, q1=1.0, q3=10.1)) == 3
    assert symmetric_power(FiveNumbers(n=50, median=1.0, q1=0.5, q3=3.0)) == 0  # −0.6 or so


def test_with_power_one_the_fit_is_luo_and_wan():
    given = FiveNumbers(n=50, median=100.0, q1=95.0, q3=105.0)
    found = box_cox_fit(given)
    assert found.power == pytest.approx(1, abs=1e-9)
    assert (found.mean, found.sd) == pytest.approx((100.0, wan_sd(given)), rel=1e-7)
    assert found.location == pytest.approx(99.0, rel=1e-7)


@pytest.mark.parametrize("given", [S1, S2, S3])
def test_order_statistics_are_likeliest_where_the_fit_says(given):
    found = order_fit(given)
    names = ("minimum", "q1", "median", "q3", "maximum")
    ranks = dict(zip(names, (1, N // 4 + 1, N // 2 + 1, 3 * N // 4 + 1, N), strict=True))
    there = [name for name in names if getattr(given, name) is not None]

    def likelihood(location, scale):
        """Density of the order statistics printed, on the scale of the power found."""
        y = box_cox(np.array([getattr(given, name) for name in there]), found.power)
        u = stats.norm.cdf(y, location, scale)
        steps = np.diff([0.0, *u, 1.0])
        gaps = np.diff([0, *(ranks[name] for name in there), N + 1]) - 1
        inside = gaps > 0
        return gaps[inside] @ np.log(steps[inside]) + stats.norm.logpdf(y, location, scale).sum()

    top = likelihood(found.location, found.scale)
    for shift, factor in ((0.02, 1), (-0.02, 1), (0, 1.02), (0, 0.98), (0.02, 1.02), (-0.02, 0.98)):
        assert likelihood(found.location + shift * found.scale, factor * found.scale) < top
    near = [likelihood(found.location + step, found.scale) for step in (1e-4, -1e-4)]
    assert (near[0] - near[1]) / 2e-4 == pytest.approx(0, abs=1e-2 * N / found.scale**2)
    assert 0 <= found.power <= 10
    back = moments_back(found.location, found.scale, found.power)
    assert (found.mean, found.sd) == back


P = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
FAMILIES = {
    "normal": stats.norm(5, 2),
    "log-normal": stats.lognorm(0.6, scale=3),
    "gamma": stats.gamma(2.5, scale=1.7),
    "weibull": stats.weibull_min(1.6, scale=4),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_exact_quantiles_give_back_their_distribution(family):
    known = FAMILIES[family]
    best = fit_quantiles(P, known.ppf(P))[0]
    assert best.family == family
    assert (best.mean, best.sd) == pytest.approx((known.mean(), known.std()), rel=1e-5)
    assert best.squares == pytest.approx(0, abs=1e-9)
    wanted = {"normal": (5, 2), "log-normal": (0.6, 3), "gamma": (2.5, 1.7), "weibull": (1.6, 4)}
    assert best.parameters == pytest.approx(wanted[family], rel=1e-5)


def test_exact_quantiles_of_a_beta_distribution():
    known = stats.beta(2.2, 5)
    fits = fit_quantiles(P, known.ppf(P))
    best = fits[0]
    assert best.family == "beta"
    assert best.parameters == pytest.approx((2.2, 5), rel=1e-5)
    assert (best.mean, best.sd) == pytest.approx((known.mean(), known.std()), rel=1e-6)
    assert len(fits) == 5
    assert [fit.squares for fit in fits] == sorted(fit.squares for fit in fits)


def test_families_are_those_that_can_have_the_quantiles():
    def names(*q):
        return {fit.family for fit in fit_quantiles(np.array([0.25, 0.5, 0.75]), np.array(q))}

    assert names(-1.0, 2, 4) == {"normal"}
    assert names(0.0, 0, 0) == {"normal"}
    assert names(0.0, 2, 4) == {"normal", "log-normal", "gamma", "weibull"}
    assert names(0.2, 0.5, 1.0) == {"normal", "log-normal", "gamma", "weibull"}
    assert names(0.2, 0.5, 0.6) == {"normal", "log-normal", "gamma", "weibull", "beta"}


def test_squares_are_the_least_left_over():
    """Skewed quantiles fit no family: the normal's least squares is a regression on z."""
    q = np.array([1.0, 2.0, 7.0, 8.0, 30.0])
    fits = {fit.family: fit for fit in fit_quantiles(P, q)}
    line = stats.linregress(stats.norm.ppf(P), q)
    normal = fits["normal"]
    assert (normal.mean, normal.sd) == pytest.approx((line.intercept, line.slope), rel=1e-10)
    for family, make in (
        ("log-normal", lambda s, scale: stats.lognorm(s, scale=scale)),
        ("gamma", lambda k, scale: stats.gamma(k, scale=scale)),
        ("weibull", lambda k, scale: stats.weibull_min(k, scale=scale)),
    ):
        fit = fits[family]

        def left(a, b, make=make):
            return float(np.square(make(a, b).ppf(P) - q).sum())

        a, b = fit.parameters
        assert fit.squares == pytest.approx(left(a, b), rel=1e-9)
        around = [left(a * f, b * g) for f in (0.99, 1, 1.01) for g in (0.99, 1, 1.01)]
        assert min(around) >= fit.squares * (1 - 1e-9)
        assert (fit.mean, fit.sd) == pytest.approx((make(a, b).mean(), make(a, b).std()), rel=1e-8)
