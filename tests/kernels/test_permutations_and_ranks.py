"""Rank correlation and arrangements, counted out one by one and beside scipy."""

import math
from itertools import permutations, product

import numpy as np
import pytest
from scipy.stats import kendalltau

from evidence.kernels.permutation import arrangements, deal, share_as_far, sign_flips
from evidence.kernels.rank_test import exact_pvalue, kendall, score_variance


def score_of(x, y):
    k = len(x)
    return sum(int(np.sign(x[i] - x[j]) * np.sign(y[i] - y[j])) for i in range(k) for j in range(i))


@pytest.mark.parametrize("k", [2, 3, 5, 8, 30])
def test_without_ties_it_is_scipys_exact_test(k):
    rng = np.random.default_rng(k)
    x, y = rng.permutation(k).astype(float), rng.permutation(k).astype(float)
    found = kendall(x, y)
    wanted = kendalltau(x, y, method="exact")
    assert found.exact
    assert (found.tau, found.pvalue) == pytest.approx((wanted.statistic, wanted.pvalue), rel=1e-10)
    assert found.score == score_of(x, y)


@pytest.mark.parametrize("k", [4, 9, 25])
def test_with_ties_it_is_scipys_normal_test(k):
    rng = np.random.default_rng(k)
    x, y = rng.integers(0, 4, k).astype(float), rng.integers(0, 3, k).astype(float)
    found = kendall(x, y)
    wanted = kendalltau(x, y, method="asymptotic")
    assert not found.exact
    assert (found.tau, found.pvalue) == pytest.approx((wanted.statistic, wanted.pvalue), rel=1e-10)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
        ([1, 1, 2, 3, 4], [1, 2, 2, 2, 3]),
        ([1, 1, 1, 2, 2], [1, 1, 2, 2, 2]),
        ([1, 1], [1, 2]),
    ],
)
def test_the_variance_is_that_over_all_permutations(x, y):
    scores = [score_of(x, order) for order in permutations(y)]
    found = kendall(np.array(x, float), np.array(y, float), exact=False)
    assert np.mean(scores) == 0
    assert found.score_se**2 == pytest.approx(np.mean(np.square(scores)), rel=1e-12)


def test_the_exact_tail_is_counted():
    scores = [score_of(range(5), order) for order in permutations(range(5))]
    for score in set(scores):
        tail = np.mean([abs(other) >= abs(score) for other in scores])
        assert exact_pvalue(5, score) == pytest.approx(tail, rel=1e-12)
    assert exact_pvalue(5, 0.0) == 1


def test_what_is_asked_for_and_what_cannot_be_told():
    x = np.arange(6.0)
    assert not kendall(x, x, exact=False).exact
    assert kendall(x, x, exact=False).pvalue == pytest.approx(
        kendalltau(x, x, method="asymptotic").pvalue, rel=1e-12
    )
    tied = np.array([0.0, 0, 1, 2, 3, 4])
    assert not kendall(tied, x, exact=True).exact
    assert not kendall(x, tied, exact=True).exact
    many = np.arange(401.0)
    assert not kendall(many, many).exact
    assert kendall(many[:400], many[:400]).exact
    constant = kendall(np.ones(4), np.arange(4.0))
    assert constant.score == 0
    assert math.isnan(constant.tau)
    assert math.isnan(constant.pvalue)
    none = np.array([])
    assert score_variance(2, none, none) == 1


@pytest.mark.parametrize("k", [1, 2, 5])
def test_signs_are_flipped_in_every_way_once(k):
    found = {tuple(row) for row in sign_flips(k)}
    assert len(found) == len(sign_flips(k)) == 2 ** (k - 1)
    assert found == {(1.0, *rest) for rest in product((1.0, -1.0), repeat=k - 1)}
    assert sign_flips(k)[0].tolist() == [1.0] * k


@pytest.mark.parametrize(
    "column", [[0, 1, 2, 3], [0, 0, 1, 1], [0, 1, 1, 1, 2], [3, 0, 3, 0, 5], [1, 1, 1]]
)
def test_every_different_way_to_deal_once(column):
    x = np.column_stack([np.ones(len(column)), column])
    found = deal(x)
    assert len(found) == arrangements(x)
    assert all(sorted(row) == list(range(len(x))) for row in found.tolist())

    def seen(row):  # the effects that each value of the column gets
        return tuple(
            frozenset(row[i] for i in range(len(row)) if column[i] == value)
            for value in sorted(set(column))
        )

    wanted = {seen(order) for order in permutations(range(len(x)))}
    assert {seen(row) for row in found.tolist()} == wanted
    assert len(found) == len(wanted)
    for row in found.tolist():  # equal rows take theirs in order
        for value in set(column):
            taken = [row[i] for i in range(len(row)) if column[i] == value]
            assert taken == sorted(taken)


def test_ties_with_the_observed_count():
    values = np.array([1.0, 2.0 - 1e-9, 2.0, 3.0])
    assert share_as_far(values, 2.0) == 0.75
    assert share_as_far(values, 2.0 + 1e-7) == 0.25
    assert share_as_far(1e6 * values, 2e6) == 0.75
    assert share_as_far(np.array([np.inf, 1.0]), np.inf) == 0.5
    assert share_as_far(np.array([0.2, 0.1]), 0.2 + 5e-9) == 0.5  # a margin of 1e-8 below 1 too
