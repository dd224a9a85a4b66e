"""Parametrisations, criteria and profile limits of the multilevel model, one piece at a time."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2, multivariate_normal

from evidence.kernels import blocks
from evidence.kernels import multilevel_profile as profile
from evidence.kernels.multilevel import (
    Term,
    fit_statistics,
    log_likelihood,
    prepare,
    slopes,
    smallest_pivot,
    weighted_fit,
)
from evidence.kernels.multilevel_fit import fit
from evidence.kernels.structures import (
    SMALLEST_CAR,
    STRUCTURES,
    curvatures,
    lowest_exchangeable,
    variances_and_correlations,
)


def covariance_of(seed, q, rank=None):
    root = np.random.default_rng(seed).normal(size=(q, rank or q))
    return root @ root.T


def differences(function, theta, h=1e-6):
    return np.array([(function(theta + h * e) - function(theta - h * e)) / (2 * h)
                     for e in np.eye(len(theta))])  # fmt: skip


PAIRS = [(q, i, j) for q in (2, 3, 4) for i in range(q) for j in range(q) if i != j]


@pytest.mark.parametrize(("q", "first", "second"), PAIRS)
def test_an_unstructured_matrix_with_a_pair_in_front(q, first, second):
    g, positions = covariance_of(q, q), np.arange(q * 1.0)
    theta = profile._un_theta(g, first, second)
    natural = profile._natural_un(first, second, q)
    assert natural.covariance(theta, positions) == pytest.approx(g, rel=1e-9, abs=1e-10)
    assert theta[:2] ** 2 == pytest.approx([g[first, first], g[second, second]])
    rho = g[first, second] / math.sqrt(g[first, first] * g[second, second])
    assert math.sin(theta[2]) == pytest.approx(rho)
    found = natural.slopes(theta, positions)
    by_hand = differences(lambda x: natural.covariance(x, positions), theta)
    assert found == pytest.approx(by_hand, abs=1e-7)
    low, high = natural.bounds(q)
    assert low.tolist() == [0.0, 0.0, *[-math.inf] * (len(theta) - 2)]
    assert high.tolist() == [math.inf] * len(theta)
    assert natural.name == "UN"


@pytest.mark.parametrize("rank", [1, 2])
def test_an_unstructured_matrix_that_is_singular(rank):
    g = covariance_of(7, 3, rank)
    for first, second in ((0, 1), (2, 0)):
        theta = profile._un_theta(g, first, second)
        again = profile._natural_un(first, second, 3).covariance(theta, np.arange(3.0))
        assert again == pytest.approx(g, abs=1e-7)  # the square root of a rounding error
    nothing = profile._un_theta(np.diag([0.0, 2.0]), 0, 1)
    assert nothing[:2].tolist() == [0.0, math.sqrt(2.0)]


def test_an_exchangeable_matrix_by_variance_and_correlation():
    natural, positions = profile._natural_cs(), np.arange(3.0)
    theta = np.array([2.0, -0.3])
    g = natural.covariance(theta, positions)
    assert g == pytest.approx(2.0 * np.where(np.eye(3), 1, -0.3))
    assert profile._natural_theta(g) == pytest.approx(theta)
    assert profile._natural_theta(np.zeros((3, 3))).tolist() == [0.0, 0.0]
    by_hand = differences(lambda x: natural.covariance(x, positions), theta)
    assert natural.slopes(theta, positions) == pytest.approx(by_hand, abs=1e-7)
    low, high = natural.bounds(3)
    assert (low.tolist(), high.tolist()) == ([0.0, -0.5], [math.inf, 1.0])
    assert natural.name not in STRUCTURES


PLACES = {"CAR": np.array([0.0, 0.7, 2.5])}


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_structure_starts_inside_its_box_and_has_the_slopes_it_says(name):
    structure, q = STRUCTURES[name], 3
    positions = PLACES.get(name, np.arange(3.0))
    low, high = structure.bounds(q)
    for rho in (-0.3, 0.0, 0.6):
        theta = structure.start(1.7, rho, positions)
        assert ((low <= theta) & (theta <= high)).all()
        g = structure.covariance(theta, positions)
        assert np.diag(g) == pytest.approx(np.full(q, 1.7))
        if structure.correlations != "none" and (name != "CAR" or rho > 0):
            distance = positions[1] - positions[0]
            expected = rho if name not in ("AR", "HAR", "CAR") else rho**distance
            assert g[0, 1] == pytest.approx(1.7 * expected)
    theta = structure.start(1.7, 0.4, positions) + 0.01 * np.arange(len(low))
    by_hand = differences(lambda x: structure.covariance(x, positions), theta)
    assert structure.slopes(theta, positions) == pytest.approx(by_hand, abs=1e-6)
    bent = differences(lambda x: structure.slopes(x, positions), theta, h=1e-5)
    found = curvatures(structure, theta, positions)
    assert found == pytest.approx(bent, abs=1e-5)
    assert found == pytest.approx(found.transpose(1, 0, 2, 3))
    assert structure.name == name


def test_boxes_hold_every_covariance():
    assert [lowest_exchangeable(q) for q in (1, 2, 3, 5)] == [-1.0, -1.0, -0.5, -0.25]
    inf = math.inf
    for name, low, high in (
        ("ID", [0.0], [inf]),
        ("DIAG", [0.0] * 3, [inf] * 3),
        ("CS", [0.0, 0.0], [inf] * 2),
        ("HCS", [0.0, 0, 0, -0.5], [inf, inf, inf, 1]),
        ("UN", [-inf] * 6, [inf] * 6),
        ("AR", [0.0, -1], [inf, 1]),
        ("HAR", [0.0, 0, 0, -1], [inf, inf, inf, 1]),
        ("CAR", [0.0, SMALLEST_CAR], [inf, 1]),
    ):
        box = STRUCTURES[name].bounds(3)
        assert [wall.tolist() for wall in box] == [low, high]


def reported(name, theta, positions=None):
    positions = np.arange(3.0) if positions is None else positions
    tau2, rho = variances_and_correlations(STRUCTURES[name], np.array(theta), positions)
    return tau2.tolist(), rho.tolist()


def test_variances_and_correlations_as_reported():
    approx = pytest.approx
    assert reported("ID", [2.0]) == ([2.0], [])
    assert reported("DIAG", [1.0, 0, 3]) == ([1.0, 0, 3], [])
    assert reported("CS", [2.0 * 1.8, 2.0 * 0.6]) == (approx([2.0]), approx([0.4]))
    assert reported("HCS", [1.0, 2, 3, 0.5]) == (approx([1, 4, 9]), approx([0.5]))
    assert reported("AR", [2.0, -0.5]) == (approx([2.0]), approx([-0.5]))
    assert reported("HAR", [1.0, 2, 3, 0.3]) == (approx([1, 4, 9]), approx([0.3]))
    assert reported("CAR", [2.0, 0.3], PLACES["CAR"]) == (approx([2.0]), approx([0.3]))
    assert reported("CAR", [2.0, SMALLEST_CAR], PLACES["CAR"])[1] == [0.0]
    g = covariance_of(3, 3)
    sd = np.sqrt(np.diag(g))
    theta = np.linalg.cholesky(g)[np.tril_indices(3)]
    pairs = [g[i, j] / (sd[i] * sd[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert reported("UN", theta) == (approx(sd**2), approx(pairs))
    flat = reported("UN", [1.0, 0, 0, 0, 0, 2])
    assert flat == ([1.0, 0.0, 4.0], approx([math.nan, 0.0, math.nan], nan_ok=True))
    assert math.isnan(reported("AR", [0.0, 0.7])[1][0])
    assert math.isnan(reported("CS", [0.0, 0.0])[1][0])
    assert math.isnan(reported("HCS", [0.0, 0, 3, 0.7])[1][0])
    assert reported("HCS", [0.0, 2, 3, 0.7])[1] == [0.7]


OUTER = np.repeat(np.arange(7), 2)
INNER = np.tile([0, 1], 7)
VI = np.random.default_rng(2).uniform(0.02, 0.1, 14)
TRUE = np.random.default_rng(4).multivariate_normal([0.2, 0.5], [[0.3, 0.15], [0.15, 0.4]], 7)
Y = TRUE.ravel() + np.random.default_rng(5).normal(0, np.sqrt(VI))
X = np.column_stack([INNER == 0, INNER == 1]).astype(float)


def model_of(name):
    return prepare(Y, VI, X, (Term(OUTER, INNER, STRUCTURES[name], np.arange(2.0)),))


def of_covariance(g):
    """Restricted log-likelihood less its constants, written out."""
    m = np.diag(VI) + np.kron(np.eye(7), g)
    w = np.linalg.inv(m)
    a = X.T @ w @ X
    r = Y - X @ np.linalg.solve(a, X.T @ w @ Y)
    return -0.5 * (np.linalg.slogdet(m)[1] + np.linalg.slogdet(a)[1] + r @ w @ r)


def pair(first, second, rho):
    return np.array([[first**2, rho * first * second], [rho * first * second, second**2]])


def highest_with(name, kind, value):
    """The profile at one value by another optimiser over the rest, in plain parameters."""

    def cost(rest):
        sds, rho = np.abs(rest[:2]), math.tanh(rest[-1])
        if kind == "correlation":
            rho = value
        else:
            sds[0] = math.sqrt(value)
        second = sds[1] if name == "UN" else sds[0]
        return -of_covariance(pair(sds[0], second, rho))

    starts = ([0.5, 0.6, 0.4], [0.3, 0.2, -0.4], [0.05, 0.6, 1.5])
    options = {"xatol": 1e-7, "fatol": 1e-10, "maxiter": 4000}
    return -min(minimize(cost, start, method="Nelder-Mead", options=options).fun
                for start in starts)  # fmt: skip


@pytest.mark.parametrize("name", ["UN", "CS", "AR", "HCS"])
@pytest.mark.parametrize(("kind", "at"), [("variance", 0), ("correlation", (0, 1))])
def test_limits_lie_where_the_profile_has_fallen(name, kind, at):
    model = model_of(name)
    best = fit(model, "REML")
    held = profile.hold(model, best.theta, 0, kind, at)
    assert log_likelihood(held.model, "REML", held.theta) == pytest.approx(
        best.log_likelihood, abs=1e-9
    )
    low, high = profile.limits(held, "REML", best.log_likelihood, 0.9)
    g = STRUCTURES[name].covariance(best.theta, np.arange(2.0))
    estimate = g[0, 0] if kind == "variance" else g[0, 1] / math.sqrt(g[0, 0] * g[1, 1])
    assert low < estimate < high
    assert held.to_value(held.theta[held.index]) == pytest.approx(estimate)
    assert held.of_value(held.to_value(0.3)) == pytest.approx(0.3)
    shape = "UN" if name in ("UN", "HCS") else "CS"  # of two levels these are the same
    wanted = of_covariance(g) - chi2.ppf(0.9, 1) / 2
    for limit, wall in ((low, held.low), (high, held.high)):
        top = highest_with(shape, kind, limit)
        if limit == wall:
            assert top >= wanted
        else:
            assert top == pytest.approx(wanted, abs=1e-5)


def test_a_diagonal_component_is_held_alone():
    model = model_of("DIAG")
    best = fit(model, "REML")
    for level in (0, 1):
        held = profile.hold(model, best.theta, 0, "variance", level)
        assert held.index == level
        low, high = profile.limits(held, "REML", best.log_likelihood, 0.95)
        assert low <= best.theta[level] < high
        other = best.theta.copy()
        for limit in {low, high} - {0.0}:
            other[level] = limit
            grid = np.linspace(0, 3, 301)
            top = max(
                of_covariance(np.diag([limit, x] if level == 0 else [x, limit])) for x in grid
            )
            drop = of_covariance(np.diag(best.theta)) - chi2.ppf(0.95, 1) / 2
            assert top == pytest.approx(drop, abs=1e-3)  # grid


def test_a_component_at_zero_has_zero_as_its_lower_limit():
    vi = np.full(6, 0.5)
    y = np.array([0.1, 0.12, 0.09, 0.11, 0.1, 0.1])
    each = Term(np.arange(6), np.zeros(6, dtype=int), STRUCTURES["ID"], np.zeros(1))
    model = prepare(y, vi, np.ones((6, 1)), (each,))
    best = fit(model, "ML")
    assert best.theta[0] == 0
    low, high = profile.limits(
        profile.hold(model, best.theta, 0, "variance", 0), "ML", best.log_likelihood, 0.95
    )
    assert low == 0
    fallen = best.log_likelihood - chi2.ppf(0.95, 1) / 2
    assert log_likelihood(model, "ML", np.array([high])) == pytest.approx(fallen, abs=1e-6)


@pytest.mark.parametrize("kind", ["ML", "REML"])
def test_criteria_written_out(kind):
    v = np.diag(VI)
    v[0, 1] = v[1, 0] = 0.5 * math.sqrt(VI[0] * VI[1])
    each = Term(OUTER, np.zeros(14, dtype=int), STRUCTURES["ID"], np.zeros(1))
    model = prepare(Y, v, X, (each,))
    fitted = weighted_fit(model, kind, np.array([0.2]))
    found = fit_statistics(model, fitted, kind, 3)
    value, n = fitted.log_likelihood, 14 if kind == "ML" else 12
    if kind == "ML":
        m = v + 0.2 * (OUTER[:, None] == OUTER)
        mean = X @ fitted.coefficients
        assert value == pytest.approx(multivariate_normal.logpdf(Y, mean, m), rel=1e-10)
        saturated = multivariate_normal.logpdf(Y, Y, v)
        assert found.deviance == pytest.approx(-2 * (value - saturated), rel=1e-10)
    else:
        assert found.deviance == pytest.approx(-2 * value)
    assert found.log_likelihood == value
    assert found.aic == pytest.approx(-2 * value + 6)
    assert found.bic == pytest.approx(-2 * value + 3 * math.log(n))
    assert found.aicc == pytest.approx(-2 * value + 6 * n / (n - 4))
    assert (found.likelihood, found.parameters) == (kind, 3)
    crowded = fit_statistics(model, fitted, kind, 20)
    assert crowded.aicc == pytest.approx(-2 * value + 2 * 20 * 22 / (22 - 20 - 1))


@pytest.mark.parametrize("kind", ["ML", "REML"])
@pytest.mark.parametrize("name", ["CS", "HCS"])
def test_several_stacks_of_blocks_are_summed(kind, name, monkeypatch):
    """Groups of one to four rows, each size in a stack of its own, against one stack for all."""
    outer = np.repeat(np.arange(8), [1, 2, 3, 4, 4, 3, 2, 1])
    inner = np.concatenate([np.arange(size) for size in (1, 2, 3, 4, 4, 3, 2, 1)])
    rng = np.random.default_rng(1)
    y, vi = rng.normal(size=20), rng.uniform(0.1, 0.4, 20)
    x = np.column_stack([np.ones(20), rng.normal(size=20)])
    term = Term(outer, inner, STRUCTURES[name], np.arange(4.0))
    theta = term.structure.start(0.4, 0.3, term.positions)
    together = slopes(prepare(y, vi, x, (term,)), kind, theta)
    monkeypatch.setattr(blocks, "WASTE", 0)
    model = prepare(y, vi, x, (term,))
    assert len(model.parts) == 4
    apart = slopes(model, kind, theta)
    assert apart.value == pytest.approx(together.value, rel=1e-12)
    assert apart.gradient == pytest.approx(together.gradient, rel=1e-9, abs=1e-12)
    assert apart.observed == pytest.approx(together.observed, rel=1e-9, abs=1e-12)
    assert apart.expected == pytest.approx(together.expected, rel=1e-9, abs=1e-12)
    by_hand = differences(lambda t: log_likelihood(model, kind, t), theta)
    assert -apart.gradient == pytest.approx(by_hand, rel=1e-5, abs=1e-7)
    bent = differences(lambda t: slopes(model, kind, t).gradient, theta, h=1e-5)
    assert apart.observed == pytest.approx(bent, rel=1e-4, abs=1e-6)


def test_how_far_the_sampling_covariance_is_from_singular():
    def of(rho):
        v = np.array([[0.04, rho * 0.06], [rho * 0.06, 0.09]])
        return smallest_pivot(prepare(np.array([0.1, 0.3]), v, np.ones((2, 1)), ()))

    assert of(0.0) == 1
    assert of(0.8) == pytest.approx(1 - 0.64)
    assert of(-0.99) == pytest.approx(1 - 0.99**2)
    assert of(1.001) == 0
