"""Correlation patterns, block structure and matrix forms against dense linear algebra."""

import math

import numpy as np
import pytest
from scipy.linalg import block_diag, sqrtm
from scipy.sparse.csgraph import connected_components

from evidence.errors import SynthesisError
from evidence.kernels import blocks, vcalc
from evidence.kernels import diagonal_or_dense as forms
from evidence.kernels.dependent import correlated_effects, hierarchical_effects
from evidence.kernels.quadrature import gauss_hermite, log_sum_exp

CODES = np.array([0, 1, 0, 2, 1, 0])


def test_patterns_of_codes():
    same = np.array([[float(a == b) for b in CODES] for a in CODES])
    assert np.array_equal(vcalc.same(CODES), same)
    assert vcalc.between_observations(CODES, 0.3) == pytest.approx(np.where(same, 1.0, 0.3))
    rho = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, 0.4], [0.2, 0.4, 1.0]])
    by_type = np.array([[rho[a, b] for b in CODES] for a in CODES])
    assert np.array_equal(vcalc.between_types(CODES, rho), by_type)
    time = np.array([0.0, 1, 4.5])
    found = vcalc.over_time(time, 0.7)
    assert found[0].tolist() == pytest.approx([1, 0.7, 0.7**4.5])
    assert found[2].tolist() == pytest.approx([0.7**4.5, 0.7**3.5, 1])


def test_contrasts_that_share_arms_are_rows_of_a_contrast_matrix():
    arm1, arm2 = np.array([0, 1, 0, 3, 2]), np.array([2, 2, 1, 0, 3])
    people = np.array([10.0, 20, 35, 8])
    contrast = np.zeros((5, 4))
    contrast[np.arange(5), arm1] = 1
    contrast[np.arange(5), arm2] = -1
    covariance = contrast @ np.diag(1 / people) @ contrast.T
    sd = np.sqrt(np.diag(covariance))
    found = vcalc.shared_arms(arm1, arm2, people[arm1], people[arm2])
    assert found == pytest.approx(covariance / np.outer(sd, sd))


def test_covariance_of_variances_and_correlations():
    vi, correlation = np.array([0.3, 2.0]), np.array([[1.0, -0.4], [-0.4, 1.0]])
    found = vcalc.with_correlation(vi, correlation)
    assert np.diag(found).tolist() == vi.tolist()
    assert found[0, 1] == found[1, 0] == pytest.approx(-0.4 * math.sqrt(0.6))


def random_covariance(sizes, seed=1):
    rng = np.random.default_rng(seed)
    parts = [rng.normal(size=(n, n + 2)) for n in sizes]
    whole = block_diag(*(part @ part.T for part in parts))
    order = rng.permutation(len(whole))
    return whole[np.ix_(order, order)]


@pytest.mark.parametrize("seed", range(6))
def test_blocks_are_the_connected_parts_of_the_graph(seed):
    rng = np.random.default_rng(seed)
    k = 30
    groupings = [rng.integers(0, 25, k), rng.integers(0, 28, k)]
    v = np.eye(k)
    for i, j in rng.integers(0, k, (4, 2)):
        v[i, j] = v[j, i] = 0.5 if i != j else 1.0
    joined = np.any([codes[:, None] == codes[None, :] for codes in groupings], axis=0) | (v != 0)
    count, wanted = connected_components(joined)
    found = blocks.connected(k, groupings, blocks.nonzero_pairs(v))
    assert len(set(found)) == count == len(set(zip(found, wanted, strict=True)))
    alone = blocks.connected(k, groupings)
    count = connected_components(np.any([c[:, None] == c for c in groupings], axis=0))[0]
    assert len(set(alone)) == count
    nothing = blocks.connected(3, [np.arange(3)], (np.zeros(0, int), np.zeros(0, int)))
    assert nothing.tolist() == [0, 1, 2]


def test_a_long_chain_is_one_block():
    rows = np.arange(20)
    chain = (np.concatenate([rows[:-1], rows[1:]]), np.concatenate([rows[1:], rows[:-1]]))
    assert not blocks.connected(20, [rows], chain).any()


def test_pairs_with_a_covariance_both_ways_round():
    v = np.array([[1.0, 0, 0.2], [0, 1, 0], [0.2, 0, 1]])
    rows, columns = blocks.nonzero_pairs(v)
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 2), (2, 0)]


@pytest.mark.parametrize("waste", [30_000, 100, 0])
def test_stacks_hold_every_row_once_and_factor_the_whole(waste, monkeypatch):
    monkeypatch.setattr(blocks, "WASTE", waste)
    v = random_covariance([1, 1, 4, 2, 7, 3, 3])
    block = blocks.connected(len(v), [np.arange(len(v))], blocks.nonzero_pairs(v))
    found = blocks.stacks(block)
    rows = np.concatenate([stack.rows[stack.filled] for stack in found])
    assert sorted(rows) == list(range(len(v)))
    for stack in found:
        for one, filled in zip(stack.rows, stack.filled, strict=True):
            assert len(set(block[one[filled]])) == 1
            assert sum(block == block[one[0]]) == filled.sum()
    assert len(found) == {30_000: 1, 100: 5, 0: 5}[waste] or waste == 100
    y = np.arange(len(v)) + 1.0
    logdet = sum(np.linalg.slogdet(blocks.padded(stack, v))[1].sum() for stack in found)
    assert logdet == pytest.approx(np.linalg.slogdet(v)[1])
    squares = sum(
        (stack.of_rows(y)[..., None] * np.linalg.solve(
            blocks.padded(stack, v), stack.of_rows(y)[..., None])).sum() for stack in found
    )  # fmt: skip
    assert squares == pytest.approx(y @ np.linalg.solve(v, y))
    traces = sum(np.trace(blocks.padded(stack, np.diag(v)), axis1=1, axis2=2).sum()
                 - (~stack.filled).sum() for stack in found)  # fmt: skip
    assert traces == pytest.approx(np.trace(v))


def test_stacks_are_cut_where_padding_would_cost_more_than_a_call(monkeypatch):
    """Sizes 5, 4, 4, 1: 125 − 64 = 61 products are wasted on a block of four beside one of five."""
    block = np.repeat([0, 1, 2, 3], [4, 1, 5, 4])
    for waste, sizes in ((122, [3, 1]), (121, [2, 2]), (60, [1, 2, 1]), (10**6, [4])):
        monkeypatch.setattr(blocks, "WASTE", waste)
        assert [len(stack.rows) for stack in blocks.stacks(block)] == sizes


def test_rows_of_a_stack():
    stack = blocks.Stack(np.array([[2, 0], [1, -1]]))
    assert stack.filled.tolist() == [[True, True], [True, False]]
    assert stack.of_rows(np.array([5.0, 6, 7])).tolist() == [[7.0, 5.0], [6.0, 0.0]]
    shared = stack.same_group(np.array([4, 4, 4]))
    assert shared.tolist() == [[[True, True], [True, True]], [[True, False], [False, False]]]
    apart = stack.same_group(np.array([0, 1, 2]))
    assert apart.sum() == 3


DENSE = random_covariance([3])


def test_a_diagonal_is_treated_as_its_matrix():
    vector, b = np.array([0.5, 2.0, 3.0]), np.arange(6.0).reshape(3, 2)
    for given, whole in ((vector, np.diag(vector)), (DENSE, DENSE)):
        assert np.array_equal(forms.dense(given), whole)
        assert forms.times(given, b) == pytest.approx(whole @ b)
        assert forms.dense(forms.inverse(given)) == pytest.approx(np.linalg.inv(whole))
        assert forms.dense(forms.square_root(given)) == pytest.approx(sqrtm(whole).real)
    assert forms.total([DENSE, DENSE, np.eye(3)]) == pytest.approx(2 * DENSE + np.eye(3))
    singular = np.ones((2, 2)) * (1 + 1e-17)
    assert forms.square_root(singular) @ forms.square_root(singular) == pytest.approx(singular)


def test_clusters_take_their_part_and_leave_nothing_out():
    rows = [np.array([0, 2]), np.array([1])]
    parts = forms.cluster_blocks("weights", np.array([1.0, 2, 3]), rows)
    assert [part.tolist() for part in parts] == [[1, 3], [2]]
    v = np.array([[2.0, 0, 1], [0, 3, 0], [1, 0, 4]])
    parts = forms.cluster_blocks("covariances", v, rows)
    assert [part.tolist() for part in parts] == [[[2, 1], [1, 4]], [[3]]]
    for lost in (1e-3, -1e-3):
        v[0, 1] = v[1, 0] = lost
        with pytest.raises(SynthesisError, match="covariances join rows of different clusters"):
            forms.cluster_blocks("covariances", v, rows)
    v[0, 1] = v[1, 0] = 1e-12  # rounding
    assert len(forms.cluster_blocks("covariances", v, rows)) == 2


STUDY = np.array([0, 0, 1, 2, 2, 2, 3])
YI = np.array([0.1, 0.6, 0.9, -0.4, 0.3, 1.2, 2.0])
VI = np.array([0.02, 0.03, 0.05, 0.02, 0.04, 0.03, 0.06])
DESIGNS = [np.ones((7, 1)), np.column_stack([np.ones(7), np.arange(7.0)])]
JOINT = (STUDY[:, None] == STUDY).astype(float)


def residual_maker(x, w):
    return np.eye(len(w)) - x @ np.linalg.inv(x.T @ np.diag(w) @ x) @ x.T @ np.diag(w)


@pytest.mark.parametrize("x", DESIGNS)
@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_correlated_effects_have_their_moments_right(x, rho):
    """E Σw e² is linear in τ²: its two coefficients as traces of dense matrices."""
    size = np.bincount(STUDY)
    mean = (np.bincount(STUDY, VI) / size)[STUDY]
    w = 1 / (size[STUDY] * mean)
    r = residual_maker(x, w)
    sampling = mean[:, None] * (rho * JOINT + (1 - rho) * np.eye(7))  # working model
    q = YI @ r.T @ np.diag(w) @ r @ YI
    q_mean = np.trace(r.T @ np.diag(w) @ r @ sampling)
    slope = np.trace(r.T @ np.diag(w) @ r @ JOINT)
    found = correlated_effects(YI, VI, x, STUDY, rho)
    assert found.q == pytest.approx(q, rel=1e-10)
    assert found.q_mean == pytest.approx(q_mean, rel=1e-10)
    assert found.tau2 == pytest.approx(max(0, (q - q_mean) / slope), rel=1e-10)
    assert found.omega2 is None
    assert found.weights == pytest.approx(1 / (size[STUDY] * (mean + found.tau2)))


@pytest.mark.parametrize("x", DESIGNS)
def test_hierarchical_effects_solve_their_two_moment_equations(x):
    w = 1 / VI
    r = residual_maker(x, w)
    forms_ = [r.T @ JOINT @ r, r.T @ np.diag(w) @ r]
    system = np.array([[np.trace(a @ JOINT), np.trace(a)] for a in forms_])
    right = np.array([YI @ a @ YI - np.trace(a @ np.diag(VI)) for a in forms_])
    tau2, omega2 = np.linalg.solve(system, right)
    found = hierarchical_effects(YI, VI, x, STUDY)
    if omega2 < 0:
        omega2 = 0.0
    tau2 = max(0.0, (right[1] - omega2 * system[1, 1]) / system[1, 0])
    assert (found.tau2, found.omega2) == pytest.approx((tau2, omega2), rel=1e-9)
    assert found.q == pytest.approx(YI @ forms_[1] @ YI, rel=1e-10)
    assert found.q_mean == 7 - x.shape[1]
    assert found.weights == pytest.approx(1 / (VI + tau2 + omega2))


def test_variances_within_and_between_are_never_negative():
    spread_between = np.array([0.1, 0.1, 3.0, -2, -2, -2, 5.0])
    found = hierarchical_effects(spread_between, VI, DESIGNS[0], STUDY)
    assert found.omega2 == 0
    assert found.tau2 > 1
    alike = hierarchical_effects(np.full(7, 0.3), VI, DESIGNS[0], STUDY)
    assert (alike.tau2, alike.omega2) == (0, 0)
    assert correlated_effects(np.full(7, 0.3), VI, DESIGNS[0], STUDY, 0.5).tau2 == 0
    with pytest.raises(SynthesisError, match="every study has one effect"):
        hierarchical_effects(YI, VI, DESIGNS[0], np.arange(7))


@pytest.mark.parametrize("points", [1, 2, 7, 40])
def test_a_hermite_rule_has_the_normal_moments(points):
    nodes, log_weights = gauss_hermite(points)
    weights = np.exp(log_weights)
    for power in range(0, min(2 * points, 12), 2):
        double_factorial = math.prod(range(1, power, 2))
        assert weights @ nodes**power == pytest.approx(double_factorial, rel=1e-9)
    assert weights @ nodes == pytest.approx(0, abs=1e-12)
    assert gauss_hermite(points)[0] is nodes
    for kept in (nodes, log_weights):
        with pytest.raises(ValueError, match="read-only"):
            kept[0] = 1.0


def test_sums_of_exponentials():
    values = np.array([[0.0, -1000.0], [1.0, -1001.0]])
    found = log_sum_exp(values)
    assert found == pytest.approx(np.log1p(np.exp(-1.0)) + np.array([1.0, -1000.0]))
    stepped = log_sum_exp(values + 1e-20j * np.array([[1.0, 0], [0, 0]]))
    share = 1 / (1 + math.e)
    assert stepped.imag[0] / 1e-20 == pytest.approx(share, rel=1e-12)
