"""The disputed numbers on selection, each against a computation that shares nothing with ours.

Likelihoods are written out with `scipy.stats`, integrals done by adaptive quadrature to 1e-12,
second derivatives by Richardson's extrapolation of differences, lines with exact fractions.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from disputed_bias import DISPUTED_BIAS, DISPUTED_BIAS_BESIDE
from runner import read_cases
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import gamma, norm

from evidence.synthesis.p_uniform import p_uniform, p_uniform_star
from evidence.synthesis.selection import fit_selection
from evidence.synthesis.weight_function import weight_function

HERE = Path(__file__).parent
BESIDE = HERE.parents[2] / "shared" / "reference" / "beside"
FAMILIES = ("bias_regtest", "bias_selmodel", "bias_other")


def _all_cases():
    folders = [HERE / "data", *([BESIDE] if BESIDE.is_dir() else [])]
    return {
        case.id: case
        for folder in folders
        for family in FAMILIES
        for case in read_cases(folder / f"{family}.json.gz", family)
    }


@pytest.fixture(scope="module")
def cases():
    return _all_cases()


def found(name, cases):
    if name not in cases:
        pytest.skip(f"{name} is one of the cases beside the project, which are not here")
    return cases[name]


def test_every_disputed_case_exists(cases):
    assert set(DISPUTED_BIAS) <= set(cases)
    assert not BESIDE.is_dir() or set(DISPUTED_BIAS_BESIDE) <= set(cases)


# ------------------------------------------------------------------------- equal effects


@pytest.mark.parametrize("name", ["sei", "vi"])
def test_a_line_through_equal_effects_has_no_error_to_divide_by(name, cases):
    case = found(f"regtest.k5_identical.{name}.lm", cases)
    y = [Fraction(v) for v in case.input["yi"]]
    v = [Fraction(x) for x in case.input["vi"]]
    x = [Fraction(math.sqrt(z)) for z in v] if name == "sei" else v
    w = [1 / z for z in v]
    total = sum(w)
    mx = sum(a * b for a, b in zip(w, x, strict=True)) / total
    my = sum(a * b for a, b in zip(w, y, strict=True)) / total
    slope = sum(a * (b - mx) * (c - my) for a, b, c in zip(w, x, y, strict=True))
    rest = sum(a * (c - my) ** 2 for a, c in zip(w, y, strict=True))
    assert (slope, rest) == (0, 0)  # exactly
    assert 0 < abs(case.expect["slope"]) < 1e-15
    assert 0 < case.expect["slope_se"] < 1e-15
    assert case.expect["statistic"] == pytest.approx(case.expect["slope"] / case.expect["slope_se"])


def test_pet_and_peese_of_equal_effects_divide_by_rounding_errors(cases):
    expect = found("petpeese.k5_identical", cases).expect
    for key in ("pet_se", "pet_slope_se", "peese_se", "peese_slope_se", "pet_sigma"):
        assert 0 < expect[key] < 1e-15


# --------------------------------------------------- curves: errors from precise integrals


def curve_weight(kind, p, delta):
    if kind == "beta":
        p = min(max(p, 1e-5), 1 - 1e-5)
        return p ** (delta[0] - 1) * (1 - p) ** (delta[1] - 1)
    return math.exp(-delta[0] * p * p)  # halfnorm


def curve_log_likelihood(kind, y, v, point, precise):
    """Term by term; `precise` integrates piece by piece to 1e-12, else as the program does."""
    mu, tau2, delta = point[0], point[1], point[2:]
    total = 0.0
    for yi, vi in zip(y, v, strict=True):
        se, s = math.sqrt(vi), math.sqrt(vi + tau2)

        def seen(t, se=se, s=s):
            density = math.exp(-0.5 * ((t - mu) / s) ** 2) / (s * math.sqrt(2 * math.pi))
            return curve_weight(kind, norm_sf(t / se), delta) * density

        if precise:
            inner = [q * se for q in (-4.264890793922825, 0.0, 2.0, 4.264890793922825)]
            cuts = [mu - 10 * s, mu - 4 * s, mu, mu + 4 * s, mu + 10 * s]
            cuts = sorted([*cuts, *(q for q in inner if abs(q - mu) < 10 * s)])
            area = sum(quad(seen, a, b, epsabs=1e-15, epsrel=1e-12)[0] for a, b in pairwise(cuts))
        else:
            area = quad(seen, -np.inf, np.inf, epsabs=1.22e-4, epsrel=1.22e-4, limit=100)[0]
        weight = curve_weight(kind, norm_sf(yi / se), delta)
        total += math.log(weight) - math.log(area) - math.log(s * math.sqrt(2 * math.pi))
        total -= 0.5 * ((yi - mu) / s) ** 2
    return total


def norm_sf(z):
    return 0.5 * math.erfc(z / math.sqrt(2))


def errors_by_differences(function, point, steps):
    """Square roots of the inverse of minus the second derivatives, extrapolated twice."""

    def extrapolated(estimates):
        estimates = list(estimates)
        for order in range(1, len(estimates)):
            estimates = [(b * 4**order - a) / (4**order - 1) for a, b in pairwise(estimates)]
        return estimates[0]

    n, top = len(point), function(point)
    hessian = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            tries = []
            for shrink in (1.0, 0.5, 0.25):
                a, b = np.zeros(n), np.zeros(n)
                a[i], b[j] = steps[i] * shrink, steps[j] * shrink
                if i == j:
                    bend = (function(point + a) - 2 * top + function(point - a)) / a[i] ** 2
                else:
                    corners = function(point + a + b) + function(point - a - b)
                    corners -= function(point + a - b) + function(point - a + b)
                    bend = corners / (4 * a[i] * b[j])
                tries.append(bend)
            hessian[i, j] = hessian[j, i] = extrapolated(tries)
    return np.sqrt(np.diag(np.linalg.inv(-hessian)))


CURVES = {
    "selmodel.damico_or.halfnorm.ML": "halfnorm",
    "selmodel.damico_or.beta.ML": "beta",
    "selmodel.quan_rr.halfnorm.ML": "halfnorm",
    "selmodel.quan_rr.beta.ML": "beta",
}


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
def test_errors_of_selection_curves(name, cases):
    case, kind = found(name, cases), CURVES[name]
    turn = 1.0 if case.options["alternative"] == "greater" else -1.0
    y, v = turn * np.array(case.input["yi"]), np.array(case.input["vi"])
    ours = fit_selection(case.input, model=kind, alternative=case.options["alternative"], tau2="ML")
    free = [0, *([1] if ours.tau2 > 0 else []), *range(2, 2 + len(ours.parameters))]
    point = np.array([turn * ours.estimate, ours.tau2, *ours.parameters["estimate"]])
    theirs = np.array([turn * case.expect["estimate"], case.expect["tau2"], *case.expect["delta"]])

    def precise(inner):
        full = point.copy()
        full[free] = inner
        return curve_log_likelihood(kind, y, v, full, precise=True)

    # the number printed as their log-likelihood is that of the coarse integral
    coarse = curve_log_likelihood(kind, y, v, theirs, precise=False)
    assert coarse == pytest.approx(case.expect["logLik"], rel=1e-9)
    exact_there = curve_log_likelihood(kind, y, v, theirs, precise=True)
    assert abs(exact_there - coarse) > 1e-9
    assert precise(point[free]) == pytest.approx(ours.log_likelihood, abs=1e-7)
    assert ours.log_likelihood > exact_there - 1e-10

    errors = np.array([ours.se, ours.tau2_se, *ours.parameters["se"]], dtype=float)[free]
    independent = errors_by_differences(precise, point[free], 0.05 * np.abs(point[free]))
    assert errors == pytest.approx(independent, rel=2e-4)
    printed = [case.expect["se"], case.expect.get("se_tau2"), *case.expect["se_delta"]]
    off = [
        b is None or abs(a / b - 1) > 1e-3
        for a, b in zip(errors, [printed[i] for i in free], strict=True)
    ]
    assert any(off)


# ------------------------------------------------------------ steps: a higher likelihood


def step_log_likelihood(y, v, steps, mu, tau2, weights):
    """Written out step by step, with the constant."""
    se, s = np.sqrt(v), np.sqrt(v + tau2)
    p = norm.sf(y / se)
    edges = [0.0, *steps]
    area, weight = np.zeros(len(y)), np.zeros(len(y))
    for low, high, w in zip(edges[:-1], edges[1:], weights, strict=True):
        upper, lower = norm.isf(low) * se, norm.isf(high) * se
        area += w * (norm.cdf((upper - mu) / s) - norm.cdf((lower - mu) / s))
        weight += np.where((p > low) & (p <= high), w, 0.0)
    with np.errstate(divide="ignore"):
        return float((np.log(weight) + norm.logpdf(y, mu, s) - np.log(area)).sum())


LOWER = [
    "weightr.li_or.0.025",
    "weightr.lee_or.0.025_0.5.fe",
    "weightr.greenland.0.025.fe",
    "weightr.greenland.0.05.fe",
    "weightr.greenland.0.025_0.5.fe",
]


@pytest.mark.parametrize("name", LOWER)
def test_weight_functions_that_stopped_below_the_top(name, cases):
    case = found(name, cases)
    y, v, steps = (
        np.array(x) for x in (case.input["effect"], case.input["vi"], case.options["steps"])
    )
    fixed = case.options["fixed_effect"]
    ours = weight_function({"yi": y, "vi": v}, steps=steps, tau2="EE" if fixed else "ML")
    at_ours = step_log_likelihood(
        y, v, steps, ours.estimate, ours.tau2, ours.parameters["estimate"]
    )
    theirs = (case.expect["mu"], case.expect.get("tau2", 0.0), [1.0, *case.expect["weights"]])
    at_theirs = step_log_likelihood(y, v, steps, *theirs)
    constant = len(y) / 2 * math.log(2 * math.pi)
    assert at_ours == pytest.approx(ours.log_likelihood, abs=1e-9)
    assert at_theirs + constant == pytest.approx(case.expect["logLik"], abs=1e-6)
    assert at_ours > at_theirs

    # and the top is a top: their own start, climbed by another program, ends no higher
    def downhill(x):
        tau2 = 0.0 if fixed else x[-1] ** 2
        weights = [1.0, *np.exp(x[1 : len(steps)])]
        return -step_log_likelihood(y, v, steps, x[0], tau2, weights)

    scale = ours.se
    start = [ours.estimate + 0.1 * scale, *np.log(ours.parameters["estimate"][1:])]
    start += [] if fixed else [0.01]
    end = minimize(
        downhill,
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000},
    )
    assert -end.fun == pytest.approx(at_ours, abs=1e-6)


def test_steps_of_quan_stopped_below_the_top(cases):
    case = found("selmodel.quan_rr.stepfun_025_05_5.ML", cases)
    y, v = -np.array(case.input["yi"]), np.array(case.input["vi"])
    steps = [*case.options["steps"], 1.0]
    ours = fit_selection(case.input, steps=steps, alternative="less")
    at_ours = step_log_likelihood(
        y, v, steps, -ours.estimate, ours.tau2, ours.parameters["estimate"]
    )
    at_theirs = step_log_likelihood(
        y, v, steps, -case.expect["estimate"], case.expect["tau2"], case.expect["delta"]
    )
    assert at_theirs == pytest.approx(case.expect["logLik"], abs=1e-8)
    assert at_ours == pytest.approx(ours.log_likelihood, abs=1e-8)
    assert at_ours > at_theirs + 2e-4

    # inside its bounds nothing is flat: the errors that the reference lacks exist
    def inside(x):
        weights = [1.0, 0.0, x[1], x[2]]
        return step_log_likelihood(y, v, steps, x[0], 0.0, weights)

    point = np.array([-ours.estimate, *ours.parameters["estimate"][2:]])
    independent = errors_by_differences(inside, point, np.array([0.02, 0.02, 0.005]))
    errors = np.array([ours.se, *ours.parameters["se"][2:]])
    assert errors == pytest.approx(independent, rel=1e-4)


@pytest.mark.parametrize("name", ["0.025", "0.05", "0.025_0.5"])
def test_errors_from_differences_wider_than_the_variances(name, cases):
    """lau1992: the smallest variance is below the 0.001 by which their program moves τ²."""
    case = found(f"weightr.lau_or.{name}", cases)
    y, v, steps = (
        np.array(x) for x in (case.input["effect"], case.input["vi"], case.options["steps"])
    )
    assert v.min() < 0.0035
    ours = weight_function({"yi": y, "vi": v}, steps=steps)

    def value(x):
        return step_log_likelihood(y, v, steps, x[0], x[1], [1.0, *x[2:]])

    point = np.array([ours.estimate, ours.tau2, *ours.parameters["estimate"][1:]])
    n = len(point)
    independent = errors_by_differences(value, point, np.array([3e-3, 1e-4, *[0.02] * (n - 2)]))
    assert ours.se == pytest.approx(independent[0], rel=1e-4)
    assert abs(case.expect["se_mu"] / independent[0] - 1) > 0.1


# ----------------------------------------------------------------------------- p-uniform


def test_conditional_p_values_are_uniform_at_our_estimate_and_not_at_theirs(cases):
    case = found("puniform.greenland.P", cases)
    y, v = np.array(case.input["yi"]), np.array(case.input["vi"])
    se, cut = np.sqrt(v), norm.isf(0.025)
    y, se = y[y / se > cut], se[y / se > cut]
    k = len(y)

    def total(mu):
        return float((norm.sf((y - mu) / se) / norm.sf((cut * se - mu) / se)).sum())

    def irwin_hall(value):
        exact = Fraction(value)
        terms = (
            (-1) ** j * math.comb(k, j) * (exact - j) ** k for j in range(math.floor(value) + 1)
        )
        return float(sum(terms) / math.factorial(k))

    ours = p_uniform(case.input)
    assert total(ours.estimate) == pytest.approx(k / 2, abs=1e-9)
    assert irwin_hall(total(ours.ci_low)) == pytest.approx(0.025, abs=1e-9)
    assert irwin_hall(total(ours.ci_high)) == pytest.approx(0.975, abs=1e-9)
    assert abs(total(case.expect["estimate"]) - k / 2) > 1e-3
    assert abs(irwin_hall(total(case.expect["ci_lb"])) - 0.025) > 1e-5
    assert abs(irwin_hall(total(case.expect["ci_ub"])) - 0.975) > 1e-5

    logs = found("puniform.greenland.LNP", cases)
    lnp = p_uniform(case.input, method="LNP")

    def minus_logs(mu):
        return -float((norm.logsf((y - mu) / se) - norm.logsf((cut * se - mu) / se)).sum())

    assert gamma.sf(minus_logs(lnp.ci_low), k) == pytest.approx(0.025, abs=1e-9)
    assert abs(gamma.sf(minus_logs(logs.expect["ci_lb"]), k) - 0.025) > 1e-5


def conditional_log_likelihood(y, v, mu, tau2):
    se, s = np.sqrt(v), np.sqrt(v + tau2)
    cut = norm.isf(0.025) * se
    chance = np.where(y > cut, norm.logsf(cut, mu, s), norm.logcdf(cut, mu, s))
    return float((norm.logpdf(y, mu, s) - chance).sum())


@pytest.mark.parametrize("name", ["raudenbush", "lau_or", "thompson_or"])
def test_no_heterogeneity_has_a_likelihood_ratio_of_zero(name, cases):
    case = found(f"punistar.{name}", cases)
    y, v = np.array(case.input["yi"]), np.array(case.input["vi"])
    ours = p_uniform_star(case.input)
    assert (ours.tau2, ours.tau2_lrt) == (0, 0)
    top = conditional_log_likelihood(y, v, ours.estimate, 0.0)
    spread = float(np.median(v))
    for mu in ours.estimate + np.linspace(-1, 1, 41) * math.sqrt(spread):
        for tau2 in spread * np.geomspace(1e-8, 10, 40):
            assert conditional_log_likelihood(y, v, mu, tau2) < top
    assert 0 < case.expect["L_het"] < 1e-6


def test_p_uniform_star_of_greenland_stopped_below_the_top(cases):
    case = found("punistar.greenland", cases)
    y, v = np.array(case.input["yi"]), np.array(case.input["vi"])
    ours = p_uniform_star(case.input)
    at_ours = conditional_log_likelihood(y, v, ours.estimate, ours.tau2)
    assert at_ours > conditional_log_likelihood(y, v, case.expect["estimate"], case.expect["tau2"])
    for ratio in (0.99, 1.01):
        assert conditional_log_likelihood(y, v, ours.estimate, ours.tau2 * ratio) < at_ours

    def profile(tau2):
        means = np.linspace(-0.01, 0.03, 401)
        values = [conditional_log_likelihood(y, v, mu, tau2) for mu in means]
        bend = np.polyfit(
            means[(i := int(np.argmax(values))) - 2 : i + 3], values[i - 2 : i + 3], 2
        )
        return float(np.polyval(bend, -bend[1] / (2 * bend[0])))

    fall = 3.841458820694124 / 2
    for limit in (ours.tau2_ci_low, ours.tau2_ci_high):
        assert at_ours - profile(limit) == pytest.approx(fall, abs=1e-4)
