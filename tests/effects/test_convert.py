"""Conversions: published and reference numbers, brute force, inverses, clear refusals."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import gamma, lognorm, norm, t, weibull_min

from evidence.effects.convert_dependent import aggregate_effects
from evidence.effects.convert_quantiles import ESTIMATORS, mean_sd_from_five_number
from evidence.effects.convert_reported import delta_method, wald_effects
from evidence.effects.convert_scales import TRANSFORMATIONS, transform
from evidence.effects.convert_tables import reconstruct_tables
from evidence.errors import EffectError, OptionError
from evidence.kernels.normal_order import expected_range
from evidence.kernels.power_normal import moments_back
from evidence.kernels.quantile_fit import fit_quantiles

RECOVERY = Path(__file__).parents[1] / "reference" / "data" / "recovery.json.gz"
FIVE = [
    case
    for case in json.loads(gzip.decompress(RECOVERY.read_bytes()))
    if case["method"] == "mean_sd_from_five_number"
]

# ------------------------------------------------------------------------------- five numbers


@pytest.mark.parametrize("case", FIVE, ids=lambda case: case["id"])
def test_recovery_cases(case):
    given_ = {{"min": "minimum", "max": "maximum"}.get(k, k): v for k, v in case["input"].items()}
    logs = case["options"].get("dist") == "lnorm"
    found = mean_sd_from_five_number(
        **given_,
        estimator=case["options"]["estimator"],
        distribution="lognormal" if logs else "normal",
    )
    got = {
        "mean": found.mean,
        "sd": found.sd,
        "skew_statistic": found.skew.statistic,
        "skew_critical": found.skew.critical,
        "skewed": found.skew.skewed,
        "selected": found.selected,
        "lambda": found.power,
    }
    rel, least = case["tolerance"]["rel"], case["tolerance"]["abs"]
    for key, want in case["expect"].items():
        expected = want if isinstance(want, str | bool) else pytest.approx(want, rel=rel, abs=least)
        assert got[key] == expected, key


quartiles = st.tuples(st.floats(1, 10), st.floats(0.5, 8), st.floats(0.5, 8), st.integers(8, 400))


@pytest.mark.parametrize("estimator", ["luo/wan/shi", "qe", "bc"])
@given(numbers=quartiles, scale=st.floats(0.2, 30))
def test_they_follow_the_unit(estimator, numbers, scale):
    q1, up, more, n = numbers
    five = np.array([q1, q1 + up, q1 + up + more])
    one, other = (
        mean_sd_from_five_number(n=n, q1=q[0], median=q[1], q3=q[2], estimator=estimator)
        for q in (five, scale * five)
    )
    assume(one.selected == other.selected)  # two families can fit equally well
    assert other.mean == pytest.approx(scale * one.mean, rel=1e-5)
    assert other.sd == pytest.approx(scale * one.sd, rel=1e-5)


@given(mean=st.floats(-50, 50), sd=st.floats(0.1, 20), n=st.integers(20, 500))
def test_quantiles_of_a_normal_give_it_back(mean, sd, n):
    p = np.array([1 / n, 0.25, 0.5, 0.75, 1 - 1 / n])
    low, q1, median, q3, high = norm.ppf(p, mean, sd)
    numbers = {"n": n, "minimum": low, "q1": q1, "median": median, "q3": q3, "maximum": high}
    luo = mean_sd_from_five_number(**numbers)
    assert luo.mean == pytest.approx(mean, abs=1e-9 * (1 + abs(mean)))
    assert luo.sd == pytest.approx(sd, rel=0.1)  # Wan's formulas are for order statistics
    assert not luo.skew.skewed
    assert luo.basis.label == "derived"
    fitted = {fit.family: fit for fit in fit_quantiles(p, np.array([low, q1, median, q3, high]))}
    assert fitted["normal"].mean == pytest.approx(mean, abs=1e-9)
    assert fitted["normal"].sd == pytest.approx(sd)


TRUE = {
    "log-normal": lognorm(0.7, scale=12),
    "gamma": gamma(2.3, scale=0.4),
    "weibull": weibull_min(1.7, scale=160),
}


@pytest.mark.parametrize("family", TRUE)
def test_quantiles_of_a_family_give_it_back(family):
    p = np.array([0.01, 0.25, 0.5, 0.75, 0.99])
    best = fit_quantiles(p, TRUE[family].ppf(p))[0]
    assert best.family == family
    assert best.squares == pytest.approx(0, abs=1e-9 * TRUE[family].var())
    assert (best.mean, best.sd) == pytest.approx((TRUE[family].mean(), TRUE[family].std()))


def test_the_best_family_where_the_reference_did_not_find_it():
    """`fivenum.made2.qe` and `estmeansd.made2.1`: 20, 50, 85 of 30 people.

    The method takes the family with the smallest sum of squares. A plain search finds a Weibull
    distribution with 1.28; the reference gives the normal one, whose smallest is 4.17.
    """
    p, q = np.array([1 / 30, 0.5, 29 / 30]), np.array([20.0, 50.0, 85.0])

    def squares(frozen):
        return float(np.square(frozen.ppf(p) - q).sum())

    weibull = minimize(
        lambda x: squares(weibull_min(math.exp(x[0]), scale=math.exp(x[1]))),
        [1.0, 4.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12},
    )  # fmt: skip
    normal = minimize(
        lambda x: squares(norm(x[0], math.exp(x[1]))),
        [50.0, 3.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12},
    )  # fmt: skip
    assert weibull.fun == pytest.approx(1.278, abs=5e-4)
    assert normal.fun == pytest.approx(25 / 6, abs=1e-6)
    found = mean_sd_from_five_number(n=30, minimum=20, median=50, maximum=85, estimator="qe")
    frozen = weibull_min(*np.exp(weibull.x[:1]), scale=math.exp(weibull.x[1]))
    assert found.selected == "weibull"
    assert (found.mean, found.sd) == pytest.approx((frozen.mean(), frozen.std()), rel=1e-6)


def test_shares_can_be_beta():
    p = np.array([0.25, 0.5, 0.75])
    fits = {fit.family: fit for fit in fit_quantiles(p, np.array([0.2, 0.35, 0.53]))}
    assert fits["beta"].mean == pytest.approx(0.37, abs=0.02)
    assert "beta" not in {fit.family for fit in fit_quantiles(p, np.array([0.2, 0.35, 1.53]))}
    assert [fit.family for fit in fit_quantiles(p, np.array([-1.0, 0.0, 1.5]))] == ["normal"]


@pytest.mark.parametrize("n", [2, 7, 40, 5000])
def test_expected_range_against_quadrature(n):
    value = quad(lambda x: 1 - norm.cdf(x) ** n - norm.sf(x) ** n, -12, 12, epsabs=1e-13)[0]
    assert expected_range(n) == pytest.approx(value, rel=1e-10)


@pytest.mark.parametrize(("location", "scale", "power"), [(1.8, 0.9, 0.2), (6, 2, 1.4), (2, 1, 0)])
def test_moments_back_against_quadrature(location, scale, power):
    low = -1 / power if power else location - 12 * scale
    high = 2 * location - low

    def moment(order):
        def integrand(y):
            x = (power * y + 1) ** (1 / power) if power else math.exp(y)
            return x**order * norm.pdf(y, location, scale)

        return quad(integrand, low, high, epsabs=1e-13, epsrel=1e-12)[0]

    mean = moment(1) / moment(0)
    sd = math.sqrt(moment(2) / moment(0) - mean**2)
    assert moments_back(location, scale, power) == pytest.approx((mean, sd), rel=1e-6)


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"n": 4, "q1": 1, "median": 2, "q3": 3}, "fewer than 5"),
        ({"n": 20.5, "q1": 1, "median": 2, "q3": 3}, "whole number"),
        ({"n": 20, "median": 2}, "has no spread"),
        ({"n": 20, "q1": 1, "median": 2}, "q3 is missing"),
        ({"n": 20, "q1": 3, "median": 2, "q3": 4}, "check the order"),
        ({"n": 20, "q1": 2, "median": 2, "q3": 2}, "no spread"),
        ({"n": 20, "q1": "1", "median": 2, "q3": 3}, "is not a number"),
        ({"n": 20, "q1": 0, "median": 2, "q3": 3, "estimator": "bc"}, "above zero"),
        ({"n": 20, "q1": -1, "median": 2, "q3": 3, "distribution": "lognormal"}, "above zero"),
        ({"n": 20, "q1": 1, "median": 2, "q3": 3, "estimator": "walter2007"}, "range alone"),
        ({"n": 60, "q1": 2, "median": 4, "q3": 11, "refuse_skewed": True}, "are skewed"),
        ({"n": 60, "q1": 2, "median": 4, "q3": 11, "estimator": "qe",
          "distribution": "lognormal"}, "its own distribution"),
    ],
)  # fmt: skip
def test_refusals_of_five_numbers(numbers, says):
    with pytest.raises(EffectError, match=says):
        mean_sd_from_five_number(**numbers)


def test_skewed_numbers_are_bounded_and_say_so():
    found = mean_sd_from_five_number(n=60, q1=2, median=4, q3=11)
    assert found.basis.label == "imputed"
    assert "report the spread" in found.notes[0]
    assert "note:" in found._repr_html_()
    assert set(ESTIMATORS) == {"luo/wan/shi", "walter2007", "qe", "bc", "mln"}


# ------------------------------------------------------------------------------- Wald


@given(y=st.floats(-3, 3), se=st.floats(0.01, 2), level=st.floats(0.5, 0.99))
def test_an_interval_gives_its_variance_back(y, se, level):
    half = norm.ppf(0.5 + level / 2) * se
    found = wald_effects([y], ci_low=[y - half], ci_high=[y + half], level=level)
    assert found.vi[0] == pytest.approx(se**2, rel=1e-6)
    logs = wald_effects(
        [math.exp(y)], ci_low=[math.exp(y - half)], ci_high=[math.exp(y + half)], level=level,
        scale="log",
    )  # fmt: skip
    assert (logs.yi[0], logs.vi[0]) == pytest.approx((y, se**2), rel=1e-6, abs=1e-9)


@given(y=st.floats(0.1, 3), se=st.floats(0.05, 2), n=st.integers(3, 80))
def test_p_values_and_statistics_give_their_variance_back(y, se, n):
    p = 2 * t.sf(y / se, n - 1)
    assume(p > 1e-12)
    found = wald_effects([y, y], pvalue=[p, None], statistic=[None, -y / se], n=[n, n])
    assert found.vi == pytest.approx([se**2, se**2], rel=1e-6)
    assert found.rule == ("pvalue", "statistic")


def test_limits_on_t_where_the_reference_took_normal_ones():
    """`wald.t90`: asked for t on n − 1 degrees of freedom, its numbers are those of the normal."""
    y, low, high, n = [0.5, 1.2, -0.3], [0.1, 0.2, -0.9], [0.9, 2.2, 0.3], [20, 15, 60]
    theirs = [0.0591378415149112, 0.36961150946819493, 0.13306014340855016]
    normal = wald_effects(y, ci_low=low, ci_high=high, level=0.9)
    assert normal.vi == pytest.approx(theirs, rel=1e-10)
    by_t = wald_effects(y, ci_low=low, ci_high=high, n=n, level=0.9)
    half = (np.array(high) - np.array(low)) / 2
    assert by_t.vi == pytest.approx((half / t.ppf(0.95, np.array(n) - 1)) ** 2, rel=1e-9)
    assert (np.abs(by_t.vi / theirs - 1) > 0.03).all()


def test_wald_notes_and_refusals():
    off = wald_effects([0.9], ci_low=[0.1], ci_high=[1.0])
    assert "off the middle" in off.notes[0]
    missing = wald_effects([0.9, 0.5], ci_low=[0.1, None], ci_high=[1.7, None])
    assert missing.rule == ("ci", "")
    assert math.isnan(missing.vi[1])
    assert list(missing.to_frame()["rule"]) == ["ci", ""]
    for call, says in (
        (lambda: wald_effects([1], ci_low=[2], ci_high=[1]), "not in order"),
        (lambda: wald_effects([-1], ci_low=[1], ci_high=[2], scale="log"), "is no ratio"),
        (lambda: wald_effects([1], pvalue=[0.0]), "0.000 is a bound"),
        (lambda: wald_effects([0], pvalue=[0.4]), "does not determine"),
        (lambda: wald_effects([1], pvalue=[0.4], n=[1]), "no degrees of freedom"),
        (lambda: wald_effects([1, 2], pvalue=[0.4]), "one column of 2"),
    ):
        with pytest.raises(EffectError, match=says):
            call()
    with pytest.raises(OptionError):
        wald_effects([1], pvalue=[0.4], scale="ln")


# ------------------------------------------------------------------------------- the rest

SLOPES = {
    "exp": np.exp,
    "rtoz": lambda x: 1 / (1 - x * x),
    "ilogit": lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
    "dtorpb": lambda x: 4 / (x * x + 4) ** 1.5,
}


@pytest.mark.parametrize("name", SLOPES)
@given(y=st.floats(-0.9, 0.9))
def test_delta_method_has_the_right_slope(name, y):
    _, vi = delta_method([y], [2.0], TRANSFORMATIONS[name].function)
    assert vi[0] == pytest.approx(2 * SLOPES[name](y) ** 2, rel=1e-7)


INVERSES = [name for name, row in TRANSFORMATIONS.items() if row.inverse]


@pytest.mark.parametrize("name", INVERSES)
@given(x=st.floats(0.05, 0.9))
def test_transformations_are_undone_by_their_inverses(name, x):
    back = transform(transform([x], name), TRANSFORMATIONS[name].inverse)
    assert back[0] == pytest.approx(x, abs=1e-9)


def test_refusals_of_transformations():
    with pytest.raises(OptionError, match="Did you mean 'rtoz'"):
        transform([0.2], "rtozz")
    with pytest.raises(EffectError, match=r"not defined at 1\.2"):
        transform([1.2], "rtoz")
    with pytest.raises(EffectError, match="numbers of people"):
        transform([0.6], "ipft")
    assert np.isnan(transform([np.nan], "rtoz")[0])
    with pytest.raises(EffectError, match="no finite value"):
        delta_method([-1.0], [0.1], TRANSFORMATIONS["log"].function)


cells = st.lists(st.integers(1, 60), min_size=4, max_size=4)


@given(cells=cells)
def test_tables_come_back_from_their_measures(cells):
    a, b, c, d = (float(x) for x in cells)
    n, n1, events = a + b + c + d, a + b, a + c
    spread = math.sqrt(n1 * (c + d) * events * (b + d))
    phi = (a * d - b * c) / spread
    corrected = n * (abs(a * d - b * c) - n / 2) ** 2 / spread**2
    measures = [
        {"odds_ratio": [a * d / (b * c)]},
        {"phi": [phi]},
        {"chi_square": [math.copysign(n * phi * phi, phi)]},
    ]
    if abs(a * d - b * c) > n / 2:
        measures.append({"chi_square": [math.copysign(corrected, phi)], "continuity": True})
    for measure in measures:
        found = reconstruct_tables(n=[n], n1=[n1], events=[events], **measure)
        assert [x[0] for x in (found.ai, found.bi, found.ci, found.di)] == [a, b, c, d]
        assert found.notes == ()


def test_refusals_of_tables():
    margins = {"n": [100], "n1": [50], "events": [40]}
    for measure, says in (
        ({}, "exactly one of"),
        ({"phi": [0.1], "odds_ratio": [2]}, "exactly one of"),
        ({"phi": [0.99]}, "no table with these margins"),
        ({"odds_ratio": [-1]}, "above zero"),
    ):
        with pytest.raises(EffectError, match=says):
            reconstruct_tables(**margins, **measure)
    with pytest.raises(EffectError, match="empty margin"):
        reconstruct_tables(n=[100], n1=[50], events=[100], phi=[0.1])


@pytest.mark.parametrize("weighted", [True, False])
@given(
    y=st.lists(st.floats(-2, 2), min_size=2, max_size=7),
    v=st.lists(st.floats(0.01, 2), min_size=7, max_size=7),
    rho=st.floats(0, 0.95),
)
def test_aggregation_is_generalised_least_squares(weighted, y, v, rho):
    y, v = np.array(y), np.array(v[: len(y)])
    correlation = np.where(np.eye(len(y)) == 1, 1.0, rho)
    covariance = np.sqrt(np.outer(v, v)) * correlation
    wi = np.linalg.solve(covariance, np.ones(len(y))) if weighted else np.ones(len(y))
    wi = wi / wi.sum()
    found = aggregate_effects(y, v, ["A"] * len(y), rho=rho, weighted=weighted)
    assert found.yi[0] == pytest.approx(wi @ y, abs=1e-7)
    assert found.vi[0] == pytest.approx(wi @ covariance @ wi, rel=1e-7)


def test_clusters_keep_their_order_and_refuse_what_cannot_be():
    found = aggregate_effects([1, 2, 3, 4], [1, 1, 1, 1], ["b", "a", "b", "c"], rho=0.3)
    assert found.cluster == ("b", "a", "c")
    assert found.k == (2, 1, 1)
    assert list(found.to_frame()["yi"]) == pytest.approx([2, 2, 4])
    negative = aggregate_effects([1, 2], [0.01, 4], ["a", "a"], rho=0.9)
    assert "negative weight" in negative.notes[0]
    for change, says in (
        ({"rho": 1.0}, "singular"),
        ({"rho": -1.0}, "singular"),
        ({"rho": 2.0}, "not a correlation"),
        ({"vi": [0.0, 1.0]}, "not above zero"),
        ({"yi": [np.nan, 1.0]}, "is missing"),
        ({"cluster": ["a"]}, "lengths differ"),
    ):
        asked = {"yi": [1.0, 2.0], "vi": [1.0, 1.0], "cluster": ["a", "a"], "rho": 0.5, **change}
        with pytest.raises(EffectError, match=says):
            aggregate_effects(**asked)
    three = aggregate_effects([1, 2], [1, 1], ["a", "a"], rho=1.0, weighted=False)
    assert three.vi[0] == 1
