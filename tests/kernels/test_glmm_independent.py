"""Likelihoods of counts against computations that share nothing with the package's.

The reference numbers of R rest on derivative-free optimisers and on numerical Hessians; these tests
decide which digits are right where the two differ.
"""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from evidence.synthesis.glmm import fit_glmm

DATA = Path(__file__).parents[1] / "reference" / "data" / "glmm.json.gz"
CASES = {case["id"]: case for case in json.loads(gzip.decompress(DATA.read_bytes()))}
EXACT = [name for name in CASES if name.endswith("CM.EL.EE") and "IRR" not in name]
FIXED = [name for name in CASES if name.endswith("UM.FS.ML") and "IRR" not in name]


def cells(case):
    rows = zip(*(case["input"][name] for name in ("ai", "bi", "ci", "di")), strict=True)
    return [r for r in rows if r[0] + r[2] > 0 and r[1] + r[3] > 0]


def conditional(table, theta):
    """Log-likelihood, mean and variance of the first cell; numbers of ways as whole numbers."""
    a, b, c, d = (int(x) for x in table)
    n1, n2, m = a + b, c + d, a + c
    counts = range(max(0, m - n2), min(n1, m) + 1)
    ways = [math.comb(n1, j) * math.comb(n2, m - j) for j in counts]
    logs = [math.log(w) + j * theta for j, w in zip(counts, ways, strict=True)]
    top = max(logs)
    weight = [math.exp(value - top) for value in logs]
    total = math.fsum(weight)
    mean = math.fsum(j * w for j, w in zip(counts, weight, strict=True)) / total
    spread = math.fsum((j - mean) ** 2 * w for j, w in zip(counts, weight, strict=True)) / total
    return logs[counts.index(a)] - top - math.log(total), mean, spread


def root(tables):
    """The log odds ratio at which expected and observed first cells agree, by bisection."""
    low, high = -30.0, 30.0
    for _ in range(200):
        mid = (low + high) / 2
        if sum(t[0] - conditional(t, mid)[1] for t in tables) > 0:
            low = mid
        else:
            high = mid
    return mid


def inside(table):
    a, b, c, d = table
    return max(0, a + c - (c + d)) < a < min(a + b, a + c)


@pytest.mark.parametrize("name", EXACT)
def test_the_exact_conditional_model_agrees_with_whole_number_arithmetic(name):
    tables = cells(CASES[name])
    theta = root(tables)
    found = fit_glmm(CASES[name]["input"], model="CM.EL", tau2="EE")
    assert found.estimate == pytest.approx(theta, rel=1e-10)
    information = sum(conditional(t, theta)[2] for t in tables)
    assert found.se == pytest.approx(information**-0.5, rel=1e-9)

    own = [(t, root([t])) for t in tables if inside(t)]
    weight = np.array([conditional(t, effect)[2] for t, effect in own])
    effect = np.array([effect for _, effect in own])
    wald = weight @ (effect - weight @ effect / weight.sum()) ** 2
    assert found.q_wald == pytest.approx(wald, rel=1e-8)
    best = sum(conditional(t, effect)[0] for t, effect in own)
    equal = sum(conditional(t, theta)[0] for t in tables)
    assert found.q_lrt == pytest.approx(2 * (best - equal), rel=1e-8, abs=1e-9)


def marginal(tables, theta, tau):
    """Log-likelihood of UM.FS by the trapezoidal rule, the base rates maximised one by one."""
    u = np.linspace(-9, 9, 1201)
    density = -(u * u) / 2 - 0.5 * math.log(2 * math.pi) + math.log(u[1] - u[0])
    total = 0.0
    for a, b, c, d in tables:
        start = math.log((a + c + 0.5) / (b + d + 0.5))

        def loss(base, a=a, b=b, c=c, d=d):
            first, second = base + theta + tau * u / 2, base - tau * u / 2
            value = (
                a * first - (a + b) * np.logaddexp(0, first)
                + c * second - (c + d) * np.logaddexp(0, second) + density
            )  # fmt: skip
            return -np.logaddexp.reduce(value)

        found = minimize_scalar(
            loss, bracket=(start - 1, start + 1), options={"xtol": 1e-10}, method="brent"
        )
        total -= found.fun
        for n, y in ((a + b, a), (c + d, c)):
            total += gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)
    return total


@pytest.mark.parametrize("name", FIXED)
def test_fixed_study_effects_reach_a_likelihood_that_the_reference_does_not_exceed(name):
    case = CASES[name]
    tables, want = cells(case), case["expect"]
    found = fit_glmm(case["input"], model="UM.FS", points=25)
    ours = marginal(tables, found.estimate, found.tau2**0.5)
    assert found.log_likelihood == pytest.approx(ours, abs=1e-8)
    assert ours >= marginal(tables, want["estimate"], want["tau2"] ** 0.5) - 1e-9


@pytest.mark.parametrize(
    "name", ["glmm.nielweise2007.UM.FS.ML", "glmm.dorn.UM.FS.ML", "glmm.li.UM.FS.ML"]
)
def test_where_the_reference_stops_short_the_likelihood_still_rises(name):
    case = CASES[name]
    tables, want = cells(case), case["expect"]
    found = fit_glmm(case["input"], model="UM.FS", points=7)
    ours = marginal(tables, found.estimate, found.tau2**0.5)
    theirs = marginal(tables, want["estimate"], want["tau2"] ** 0.5)
    assert 1e-7 < ours - theirs < 1e-5


def laplace(table, level, own, sd):
    """Log-likelihood of one study with a random level by Laplace's method, mode by bisection."""
    a, b, c, d = table
    low, high = -20.0, 20.0
    for _ in range(100):
        u = (low + high) / 2
        first, second = (1 / (1 + math.exp(-(level + x + sd * u))) for x in (own, 0.0))
        if sd * (a - (a + b) * first + c - (c + d) * second) - u > 0:
            low = u
        else:
            high = u
    curvature = 1 + sd * sd * ((a + b) * first * (1 - first) + (c + d) * second * (1 - second))
    x, y = level + own + sd * u, level + sd * u
    return (
        a * x - (a + b) * np.logaddexp(0, x) + c * y - (c + d) * np.logaddexp(0, y)
        - u * u / 2 - 0.5 * math.log(curvature)
    )  # fmt: skip


@pytest.mark.parametrize("name", ["glmm.nielweise2007.UM.RS.EE", "glmm.li.UM.RS.EE"])
def test_walds_q_with_random_levels_agrees_with_differences_of_laplaces_likelihood(name):
    """Studies without an event in the first group have no finite effect, and no weight in Q."""
    tables = cells(CASES[name])
    found = fit_glmm(CASES[name]["input"], model="UM.RS", tau2="EE")
    usable = [t for t in tables if t[0] > 0 and t[1] > 0]
    rest = [(0, 0, t[2], t[3]) for t in tables if not (t[0] > 0 and t[1] > 0)]
    step = 1e-3

    def derivatives(table, point, fixed=()):
        """Gradient and Hessian of one study by its own effect, level and sd."""

        def value(shift):
            own, level, sd = point + shift
            return laplace(table, level, own, sd)

        unit = np.eye(3) * step
        gradient = np.array([(value(e) - value(-e)) / (2 * step) for e in unit])
        hessian = np.array([
            [(value(e + f) - value(e - f) - value(f - e) + value(-e - f)) / (4 * step**2)
             for f in unit] for e in unit
        ])  # fmt: skip
        return gradient, hessian

    own = np.array([math.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
                    for a, b, c, d in usable])  # fmt: skip
    shared = np.array([np.mean([math.log((c + 0.5) / (d + 0.5)) for *_, c, d in tables]), 0.5])
    for _ in range(30):
        parts = [derivatives(t, np.array([e, *shared])) for t, e in zip(usable, own, strict=True)]
        others = [derivatives(t, np.array([0.0, *shared])) for t in rest]
        both = [*parts, *others]
        information = -sum(h[1:, 1:] for _, h in both)
        slope = sum(g[1:] for g, _ in both)
        o = np.array([-h[0, 0] for _, h in parts])
        cross = np.array([-h[0, 1:] for _, h in parts])
        g = np.array([gradient[0] for gradient, _ in parts])
        reduced = information - (cross.T / o) @ cross
        move = np.linalg.solve(reduced, slope - cross.T @ (g / o))
        own_move = (g - cross @ move) / o
        shared, own = shared + move, own + own_move
        if max(np.abs(move).max(), np.abs(own_move).max()) < 1e-9:
            break
    s = np.diag(o) - cross @ np.linalg.solve(information, cross.T)
    one = s.sum(axis=1)
    centred = own - one @ own / one.sum()
    wald = centred @ s @ centred
    assert found.q_wald == pytest.approx(wald, rel=3e-6)  # differences with step 1e-3
    assert abs(CASES[name]["expect"]["QE_Wald"] / wald - 1) > 2e-4
