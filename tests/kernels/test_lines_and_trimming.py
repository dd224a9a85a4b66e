"""Lines through effects, trim and fill, and scales of proportions against plain algebra."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from evidence.errors import ConvergenceError, SynthesisError
from evidence.kernels.egger import LINE_TAU2, leverage_trace, weighted_line
from evidence.kernels.proportion_scales import SCALES, clopper_pearson, double_arcsine_back
from evidence.kernels.trim_fill import count_missing, trim

YI = np.array([0.1, 0.9, 0.2, 1.5, 0.8, -0.3, 1.1])
VI = np.array([0.04, 0.02, 0.09, 0.05, 0.01, 0.2, 0.03])
XI = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0])
X = np.column_stack([np.ones(7), XI])


def hat(w):
    return X @ np.linalg.inv(X.T @ np.diag(w) @ X) @ X.T @ np.diag(w)


def test_the_weighted_line_of_statsmodels():
    found, wanted = weighted_line(YI, XI, 1 / VI), sm.WLS(YI, X, weights=1 / VI).fit()
    covariance = wanted.normalized_cov_params
    assert (found.intercept, found.slope) == pytest.approx(tuple(wanted.params), rel=1e-10)
    assert (found.intercept_se**2, found.slope_se**2) == pytest.approx(
        tuple(np.diag(covariance)), rel=1e-10
    )
    assert found.covariance == pytest.approx(covariance[0, 1], rel=1e-10)
    assert found.squares == pytest.approx(wanted.ssr, rel=1e-10)
    assert found.df == 5
    ai = np.arange(7.0)
    assert leverage_trace(XI, 1 / VI, ai) == pytest.approx(np.diag(hat(1 / VI)) @ ai, rel=1e-10)


def test_equal_effects_have_a_slope_of_nothing_and_equal_predictors_no_line():
    flat = weighted_line(np.full(7, 0.3), XI, 1 / VI)
    assert (flat.slope, flat.squares) == (0, 0)
    for x in (np.full(7, 2.0), 5 + 1e-13 * np.arange(7), np.zeros(7)):
        with pytest.raises(SynthesisError, match=r"the predictor is [05-9.2]+ in all studies"):
            weighted_line(YI, x, 1 / VI)
    assert weighted_line(YI, 5 + 1e-9 * np.arange(7), np.ones(7)).slope > 0


def left_over(tau2):
    w = 1 / (VI + tau2)
    r = (np.eye(7) - hat(w)) @ YI
    return float(r @ (w * r))


def likelihood(tau2, kind):
    w = 1 / (VI + tau2)
    value = 0.5 * np.log(w).sum() - 0.5 * left_over(tau2)
    return value - (0.5 * np.linalg.slogdet(X.T @ np.diag(w) @ X)[1] if kind == "REML" else 0)


def test_moment_estimators_of_the_residual_variance():
    assert LINE_TAU2["EE"](YI, VI, XI) == 0
    w = 1 / VI
    p = np.diag(w) @ (np.eye(7) - hat(w))
    assert LINE_TAU2["DL"](YI, VI, XI) == pytest.approx((YI @ p @ YI - 5) / np.trace(p), rel=1e-9)
    r = np.eye(7) - hat(np.ones(7))
    assert LINE_TAU2["HE"](YI, VI, XI) == pytest.approx(
        (YI @ r @ YI - np.trace(r @ np.diag(VI))) / 5, rel=1e-9
    )
    assert left_over(LINE_TAU2["PM"](YI, VI, XI)) == pytest.approx(5, rel=1e-9)


@pytest.mark.parametrize("kind", ["ML", "REML"])
def test_likelihoods_of_the_line_have_their_top_there(kind):
    found = LINE_TAU2[kind](YI, VI, XI)
    grid = np.linspace(0, 2, 2001)
    assert likelihood(found, kind) >= max(likelihood(tau2, kind) for tau2 in grid)
    slope = (likelihood(found + 1e-5, kind) - likelihood(found - 1e-5, kind)) / 2e-5
    assert slope == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("kind", ["ML", "REML"])
def test_of_two_tops_the_higher_is_taken(kind):
    """One imprecise pair far apart among precise effects close together: a top at 0 and another."""
    yi = np.array([0.0, 0.01, -0.01, 0.0, 0.01, 6.0, -6.0])
    for spread in (1.0, 4.0, 8.0, 15.0):
        vi = np.array([1e-4] * 5 + [spread] * 2)
        xi = np.array([1.0, 2, 3, 4, 5, 3, 3.5])
        found = LINE_TAU2[kind](yi, vi, xi)
        x = np.column_stack([np.ones(7), xi])

        def value(tau2, vi=vi, x=x):
            w = 1 / (vi + tau2)
            r = yi - x @ np.linalg.solve(x.T @ (w[:, None] * x), x.T @ (w * yi))
            half = 0.5 * np.log(w).sum() - 0.5 * r @ (w * r)
            bend = np.linalg.slogdet(x.T @ (w[:, None] * x))[1]
            return half - (0.5 * bend if kind == "REML" else 0)

        grid = np.concatenate([[0.0], np.geomspace(1e-8, 100, 4000)])
        assert value(found) >= max(value(tau2) for tau2 in grid) - 1e-9


def test_effects_on_the_line_leave_no_variance():
    for method in LINE_TAU2.values():
        assert method(0.2 + 0.1 * XI, VI, XI) == 0
        assert method(np.full(7, 0.4), VI, XI) == 0


CENTRED = np.array([-0.4, 0.1, 1.3, -0.2, 0.9, 2.2, 0.5, 0.3])


def test_missing_studies_by_rank_sums():
    """Duval and Tweedie 2000: T_n is the rank sum on the right, γ the run beyond the last left."""
    k = len(CENTRED)
    ranks = stats.rankdata(np.abs(CENTRED))
    t = ranks[CENTRED > 0].sum()
    l0 = (4 * t - k * (k + 1)) / (2 * k - 1)
    q0 = k - 0.5 - math.sqrt(2 * k * k - 4 * t + 0.25)
    gamma = k - ranks[CENTRED < 0].max()
    assert count_missing(CENTRED, "L0")[0] == max(0, round(l0))
    assert count_missing(CENTRED, "Q0")[0] == max(0, round(q0))
    assert count_missing(CENTRED, "R0") == (max(0, gamma - 1), math.sqrt(2 * max(0, gamma - 1) + 2))

    def spread(raw):  # of T_n when raw studies are missing, times 24
        return (k * (k + 1) * (2 * k + 1) + 10 * raw**3 + 27 * raw**2 + 17 * raw
                - 18 * k * raw**2 - 18 * k * raw + 6 * k**2 * raw)  # fmt: skip

    assert count_missing(CENTRED, "L0")[1] ** 2 == pytest.approx(
        16 * spread(l0) / 24 / (2 * k - 1) ** 2
    )
    inner = (k - 0.5) ** 2 - q0 * (2 * k - q0 - 1)
    assert count_missing(CENTRED, "Q0")[1] ** 2 == pytest.approx(4 * spread(q0) / 24 / inner)


def test_symmetric_effects_miss_nothing():
    centred = np.array([-2.1, -1, 1.1, 2.0, -3, 3.1])
    for estimator in ("L0", "R0", "Q0"):
        assert count_missing(centred, estimator)[0] == 0
    assert count_missing(np.ones(4), "R0") == (0, math.sqrt(2))
    with pytest.raises(ConvergenceError, match="Q0 has no solution"):
        count_missing(np.arange(1.0, 9), "Q0")


@pytest.mark.parametrize("estimator", ["L0", "R0", "Q0"])
def test_trimming_ends_where_the_count_confirms_itself(estimator):
    yi = np.random.default_rng(58).gamma(1.0, 0.5, 14)
    vi = 0.01 + 0.1 * yi**2
    found = trim(yi, vi, lambda y, v: 0.05 * float(np.var(y)), estimator)
    order = np.argsort(yi)
    kept = order[: 14 - found.missing]
    w = 1 / (vi[kept] + 0.05 * np.var(yi[kept]))
    centre = w @ yi[kept] / w.sum()
    assert found.centre == pytest.approx(centre, rel=1e-12)
    again = count_missing(yi[order] - centre, estimator)
    assert (found.missing, found.missing_se) == again
    assert list(found.rows) == order[14 - found.missing :].tolist()
    assert found.filled == pytest.approx(2 * centre - yi[list(found.rows)])
    assert found.missing > 0
    assert found.rounds >= 2


def test_trim_and_fill_of_symmetric_effects_fills_nothing():
    found = trim(np.array([-1.0, 0, 1]), np.ones(3), lambda y, v: 0.0)
    assert (found.missing, found.centre, found.rows, found.rounds) == (0, 0.0, (), 1)


EVENTS, PEOPLE = np.array([0.0, 3, 17, 25]), np.array([12.0, 20, 25, 25])


@pytest.mark.parametrize("name", SCALES)
def test_a_scale_and_back_is_where_one_began(name):
    scale = SCALES[name]
    p, n = np.array([0.04, 0.3, 0.5, 0.81, 0.97]), np.full(5, 40.0)
    assert scale.back(scale.forth(p, n), n) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize("name", ["PLOGIT", "PLN", "PAS", "PRAW"])
def test_variances_are_those_of_the_delta_method(name):
    """Without a constant: (slope of the scale)² p(1 − p)/n."""
    scale = SCALES[name]
    x, n, none = np.array([3.0, 17.0]), np.array([20.0, 25.0]), np.zeros(2)
    p, h = x / n, 1e-6
    slope = (scale.forth(p + h, n) - scale.forth(p - h, n)) / (2 * h)
    yi, vi = scale.effects(x, n, none)
    assert yi == pytest.approx(scale.forth(p, n), rel=1e-12)
    assert vi == pytest.approx(slope**2 * p * (1 - p) / n, rel=1e-6)
    assert scale.uses_constant == (name != "PAS")


def test_constants_in_the_cells():
    half = np.full(4, 0.5)
    yi, vi = SCALES["PLOGIT"].effects(EVENTS, PEOPLE, half)
    a, b = EVENTS + 0.5, PEOPLE - EVENTS + 0.5
    assert yi == pytest.approx(np.log(a) - np.log(b))
    assert vi == pytest.approx(1 / a + 1 / b)
    yi, vi = SCALES["PLN"].effects(EVENTS, PEOPLE, half)
    assert yi[:3] == pytest.approx(np.log((EVENTS + 0.5) / (PEOPLE + 0.5))[:3])
    assert vi[:3] == pytest.approx((1 / (EVENTS + 0.5) - 1 / (PEOPLE + 0.5))[:3])
    assert (yi[3], vi[3]) == (0, pytest.approx(1 / 25 - 1 / 25.5))
    yi, vi = SCALES["PRAW"].effects(EVENTS, PEOPLE, half)
    q = (EVENTS + 0.5) / (PEOPLE + 1)
    assert yi == pytest.approx(EVENTS / PEOPLE)
    assert vi == pytest.approx(q * (1 - q) / (PEOPLE + 1))
    yi, vi = SCALES["PFT"].effects(EVENTS, PEOPLE, half)
    both = (
        np.arcsin(np.sqrt(EVENTS / (PEOPLE + 1))),
        np.arcsin(np.sqrt((EVENTS + 1) / (PEOPLE + 1))),
    )
    assert yi == pytest.approx((both[0] + both[1]) / 2)
    assert vi == pytest.approx(1 / (4 * PEOPLE + 2))


def test_double_arcsines_beyond_any_proportion_and_of_nothing():
    n = np.full(4, 10.0)
    least = 0.5 * math.asin(math.sqrt(1 / 11))
    most = math.pi / 2 - least
    found = double_arcsine_back(np.array([least, least - 0.1, most, most + 0.1]), n)
    assert found == pytest.approx([0, 0, 1, 1], abs=1e-12)
    assert np.isnan(double_arcsine_back(np.array([np.nan, 0.5]), np.array([5.0, np.nan]))).all()
    assert SCALES["PAS"].back(np.array([-0.2, 2.0]), n[:2]).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_exact_limits_of_statsmodels(level):
    low, high = clopper_pearson(EVENTS, PEOPLE, level)
    wanted = [
        proportion_confint(x, n, alpha=1 - level, method="beta")
        for x, n in zip(EVENTS, PEOPLE, strict=True)
    ]
    assert low == pytest.approx(np.array([one[0] for one in wanted]), rel=1e-9)
    assert high == pytest.approx(np.array([one[1] for one in wanted]), rel=1e-9)
    assert (low[0], high[3]) == (0, 1)
