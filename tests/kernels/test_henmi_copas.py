"""The Henmi–Copas interval: its equation by another route, and its coverage's limits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from scipy.integrate import quad
from scipy.special import gammainc, ndtri
from strategies import tables

from evidence.kernels.henmi_copas import brent_root, henmi_copas_interval


def tail(yi, vi, tau2, critical):
    """P(ratio > critical) by dense matrices and adaptive quadrature."""
    k = len(yi)
    w = 1 / vi
    s = np.diag(vi + tau2)
    p = np.diag(w) - np.outer(w, w) / w.sum()
    variance = w @ s @ w / w.sum() ** 2
    c = s @ w / w.sum() / variance  # slope of each effect on the mean
    given_mean = s - np.outer(c, c) * variance
    slack = np.trace(p)
    second = w @ w / w.sum()

    def integrand(r):
        mu = c * r * np.sqrt(variance)
        mean = np.trace(p @ given_mean) + mu @ p @ mu
        spread = 2 * np.trace(p @ given_mean @ p @ given_mean) + 4 * mu @ p @ given_mean @ p @ mu
        # DerSimonian–Laird: the ratio goes beyond when its variance is small enough
        largest = (r * r * variance * w.sum() / critical**2 - 1) / second
        limit = (k - 1) + slack * largest
        return gammainc(mean**2 / spread, limit * mean / spread) * np.exp(-r * r / 2)

    start = critical / np.sqrt(variance * w.sum())
    cuts = start + np.array([0, 0.05, 0.2, 0.5, 1, 2, 4, 8, 12])
    parts = [quad(integrand, a, b, epsabs=1e-13)[0] for a, b in pairwise(cuts)]
    return sum(parts) / np.sqrt(2 * np.pi)


@settings(max_examples=25, deadline=None)
@given(table=tables(min_size=3, max_size=8, variance=(0.02, 1)))
def test_the_critical_value_leaves_the_tail_it_should(table):
    yi, vi = table
    found = henmi_copas_interval(yi, vi)
    # the gamma distribution is exact about Q only to rounding when the variances nearly agree
    assume(found.tau2 == 0 or np.ptp(1 / vi) > 0.1)
    assert tail(yi, vi, found.tau2, found.critical) == pytest.approx(0.025, abs=1e-8)


@given(table=tables(min_size=3, max_size=8, variance=(0.02, 1)))
def test_it_is_centred_at_the_fixed_effect_mean(table):
    yi, vi = table
    found = henmi_copas_interval(yi, vi)
    assert found.estimate == pytest.approx(np.average(yi, weights=1 / vi), abs=1e-12)
    assert (found.ci_low + found.ci_high) / 2 == pytest.approx(found.estimate, abs=1e-10)


def test_without_heterogeneity_it_is_narrower_than_the_normal_interval():
    """Q below its expectation leaves no inflation, and the ratio can only be overestimated."""
    found = henmi_copas_interval(np.full(5, 0.3), np.array([0.1, 0.2, 0.3, 0.2, 0.1]))
    assert found.tau2 == 0
    assert found.critical < ndtri(0.975)


@pytest.mark.parametrize("tolerance", [1e-3, 1e-6, 1e-12])
def test_the_root_is_within_its_tolerance(tolerance):
    root = brent_root(lambda x: np.exp(-x) - x, 0.0, 2.0, tolerance)
    assert root == pytest.approx(0.5671432904097838, abs=tolerance)
