"""The multilevel kernels against dense algebra, differences, and searches that share nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from evidence.kernels.blocks import connected, stacks
from evidence.kernels.likelihood import maximise
from evidence.kernels.multilevel import (
    Term,
    covariance,
    log_likelihood,
    precision,
    prepare,
    slopes,
)
from evidence.kernels.multilevel_fit import fit
from evidence.kernels.structures import STRUCTURES

NOWHERE = np.zeros(1)


def intercept(codes):
    return Term(np.asarray(codes), np.zeros(len(codes), dtype=int), STRUCTURES["ID"], NOWHERE)


def problem(seed, *, structure=None, correlated=False, q=3, groups=9):
    """Some effects in groups, a design, a sampling covariance, and terms."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, q + 1, groups) if q > 2 else np.full(groups, 2)
    outer = np.repeat(np.arange(groups), sizes)
    inner = np.concatenate([rng.permutation(q)[:size] for size in sizes])
    k = len(outer)
    vi = rng.gamma(2, 0.05, k)
    y = rng.normal(0, np.sqrt(vi)) + rng.normal(0, 0.5, groups)[outer] + rng.normal(0, 0.3, k)
    v = vi
    if correlated:
        v = 0.5 * np.sqrt(np.outer(vi, vi)) * (outer[:, None] == outer[None, :])
        np.fill_diagonal(v, vi)
    x = np.column_stack([np.ones(k), rng.normal(2000, 5, k)])
    if structure is None:
        terms = (intercept(outer), intercept(np.arange(k)))
    else:
        places = np.array([0.0, 0.7, 2.0])[:q] if structure == "CAR" else np.arange(q * 1.0)
        terms = (Term(outer, inner, STRUCTURES[structure], places),)
    return y, v, x, terms


def dense(kind, y, v, x, terms, theta):
    """The log-likelihood written out with k × k matrices."""
    m, begin = (np.diag(v) if v.ndim == 1 else v.copy()), 0
    for term in terms:
        size = len(term.bounds[0])
        g = term.structure.covariance(theta[begin : begin + size], term.positions)
        begin += size
        m = m + g[np.ix_(term.inner, term.inner)] * (term.outer[:, None] == term.outer[None, :])
    sign, log_m = np.linalg.slogdet(m)
    if sign <= 0 or np.linalg.eigvalsh(m)[0] <= 0:
        return -1e10
    w = np.linalg.inv(m)
    a = x.T @ w @ x
    r = y - x @ np.linalg.solve(a, x.T @ w @ y)
    k, p = x.shape
    value = -0.5 * (log_m + r @ w @ r)
    if kind == "ML":
        return value - 0.5 * k * math.log(2 * math.pi)
    return (
        value
        - 0.5 * (k - p) * math.log(2 * math.pi)
        - 0.5 * np.linalg.slogdet(a)[1]
        + 0.5 * np.linalg.slogdet(x.T @ x)[1]
    )


def somewhere(terms, seed):
    rng = np.random.default_rng(seed)
    start = [t.structure.start(0.2, 0.3, t.positions) for t in terms]
    return np.concatenate(start) * rng.uniform(0.8, 1.2, sum(map(len, start)))


@pytest.mark.parametrize("kind", ["ML", "REML"])
@pytest.mark.parametrize("structure", [None, *STRUCTURES])
@pytest.mark.parametrize("correlated", [False, True])
def test_likelihood_and_its_slopes(kind, structure, correlated):
    y, v, x, terms = problem(1, structure=structure, correlated=correlated)
    model, theta = prepare(y, v, x, terms), somewhere(terms, 2)
    at = slopes(model, kind, theta)
    assert -at.value == pytest.approx(dense(kind, y, v, x, terms, theta), rel=1e-10)
    gradient = approx_fprime(theta, lambda t: -log_likelihood(model, kind, t), 1e-7)
    assert at.gradient == pytest.approx(gradient, rel=2e-4, abs=1e-4)  # of the differences
    for i in range(len(theta)):
        step = np.zeros(len(theta))
        step[i] = 1e-5
        rise = slopes(model, kind, theta + step).gradient
        rise = (rise - slopes(model, kind, theta - step).gradient) / 2e-5
        assert at.observed[i] == pytest.approx(rise, rel=1e-5, abs=1e-5 * np.abs(rise).max())


@pytest.mark.parametrize("structure", [None, *STRUCTURES])
def test_precision_inverts_the_covariance(structure):
    y, v, x, terms = problem(3, structure=structure, correlated=True)
    model, theta = prepare(y, v, x, terms), somewhere(terms, 4)
    product = covariance(model, theta) @ precision(model, theta)
    assert np.abs(product - np.eye(len(y))).max() < 1e-10


@pytest.mark.parametrize("kind", ["ML", "REML"])
@pytest.mark.parametrize("structure", [None, *STRUCTURES])
@pytest.mark.parametrize("seed", range(3))
def test_no_other_search_climbs_higher(kind, structure, seed):
    y, v, x, terms = problem(seed, structure=structure, q=2, groups=7)
    model = prepare(y, v, x, terms)
    low, high = model.bounds
    found = fit(model, kind)
    rng = np.random.default_rng(seed)
    assert found.log_likelihood == pytest.approx(dense(kind, y, v, x, terms, found.theta), abs=1e-8)
    best = -np.inf
    for _ in range(3):
        start = np.where(np.isfinite(high), rng.uniform(-0.9, 0.9), rng.uniform(0, 0.6))
        start = np.clip(np.broadcast_to(start, low.shape), low, high)
        with np.errstate(all="ignore"):
            other = minimize(
                lambda t: -dense(kind, y, v, x, terms, t),
                start,
                bounds=list(zip(low, high, strict=True)),
                method="L-BFGS-B",
            )
        best = max(best, -other.fun)
    assert found.log_likelihood >= best - 1e-7


@pytest.mark.parametrize("kind", ["ML", "REML"])
@pytest.mark.parametrize("seed", range(5))
def test_one_random_intercept_per_row_is_the_random_effects_model(kind, seed):
    rng = np.random.default_rng(seed)
    v = rng.gamma(2, 0.05, 8)
    y = rng.normal(0, np.sqrt(v + 0.1 * (seed > 1)))
    found = fit(prepare(y, v, np.ones((8, 1)), (intercept(np.arange(8)),)), kind)
    assert found.theta[0] == pytest.approx(maximise(kind, y, v), rel=1e-6, abs=1e-9)


def test_a_variance_at_zero_is_zero():
    y, v = np.array([0.1, 0.11, 0.1, 0.12]), np.full(4, 0.2)
    found = fit(prepare(y, v, np.ones((4, 1)), (intercept([0, 0, 1, 1]),)), "REML")
    assert found.theta.tolist() == [0.0]
    assert found.at_wall == (True,)


def test_a_correlation_at_one_is_one():
    # two outcomes that move together more closely than their errors allow
    groups = np.repeat(np.arange(6), 2)
    shift = np.array([-1.0, -0.5, 0.0, 0.4, 0.8, 1.3])
    y = np.repeat(shift, 2) + np.tile([0.0, 0.3], 6)
    term = Term(groups, np.tile([0, 1], 6), STRUCTURES["CS"], np.arange(2.0))
    found = fit(prepare(y, np.full(12, 0.05), np.tile(np.eye(2), (6, 1)), (term,)), "REML")
    assert found.theta[1] == 0.0  # the eigenvalue of differences: ρ = 1
    for name in ("HCS", "AR"):
        other = Term(groups, np.tile([0, 1], 6), STRUCTURES[name], np.arange(2.0))
        end = fit(prepare(y, np.full(12, 0.05), np.tile(np.eye(2), (6, 1)), (other,)), "REML")
        assert end.theta[-1] == 1.0


@pytest.mark.parametrize("seed", range(4))
def test_blocks_cover_every_row_once(seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 30, 80)
    block = connected(80, [np.unique(codes, return_inverse=True)[1]])
    assert len(np.unique(block)) == len(np.unique(codes))
    rows = np.concatenate([stack.rows.ravel() for stack in stacks(block)])
    assert sorted(rows[rows >= 0]) == list(range(80))


def test_crossed_groups_join_blocks():
    assert connected(4, [np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2])]).tolist() == [0] * 4
