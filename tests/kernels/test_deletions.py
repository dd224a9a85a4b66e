"""The fits that leave one out, all at once: each is the plain fit of the others."""

from __future__ import annotations

import numpy as np
import pytest

from evidence.kernels.deletions import delete_each
from evidence.kernels.many_roots import many_roots
from evidence.kernels.regression import orthonormal
from evidence.kernels.regression_fit import fit
from evidence.kernels.regression_tau2 import TAU2, TAU2_OF_WEIGHTS
from evidence.kernels.tau2 import TAU2 as TAU2_OF_A_MEAN

GENERATOR = np.random.default_rng(20020)
VARIANCES = GENERATOR.uniform(0.01, 0.2, 9)
SPREAD = GENERATOR.normal(0.3, np.sqrt(VARIANCES + 0.1))
TABLES = {
    "spread": (SPREAD, VARIANCES),
    "no spread": (0.3 + 0.1 * np.sqrt(VARIANCES) * np.sign(SPREAD - 0.3), VARIANCES),
    "an outlier": (np.append(SPREAD[:-1], 6.0), VARIANCES),
    "ties": (np.array([0.0, 1.0, 1.0, 0.0, 2.0, 1.0]), np.full(6, 0.05)),
    "equal but one": (np.array([0.3, 0.3, 0.3, 0.3, 0.9]), np.array([0.02, 0.03, 0.05, 0.02, 0.1])),
    "variances far apart": (SPREAD, 10.0 ** np.linspace(-6, 2, 9)),
    "two maxima": (  # of both likelihoods, whichever study is left out
        np.array([0.021, 0.024, 0.009, 0.004, -0.007, 0.266, 15.634, -4.168]),
        np.array([0.000192, 5.8e-05, 5.8e-05, 0.000102, 1.1e-05, 0.97083, 8.773984, 0.372332]),
    ),
    "three": (np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])),
    "three without spread": (np.array([0.1, 0.11, 0.12]), np.array([0.02, 0.03, 0.05])),
}


def held_to_plain_fits(yi, vi, x, method, test, ai=None, fixed=0.0):
    found = delete_each(yi, vi, x, method, test, ai=ai, fixed=fixed)
    for i in range(len(yi)):
        rest = np.delete(np.arange(len(yi)), i)
        weights = None if ai is None else ai[rest]
        basis = orthonormal(x[rest])
        plain = fit(yi[rest], vi[rest], basis, method, test, ai=weights, fixed=fixed)
        # 1e-10: two orders of summation; absolute for a τ² that is zero but for rounding
        tau2 = pytest.approx(plain.tau2, rel=1e-10, abs=1e-14)
        assert found.tau2[i] == tau2
        assert found.beta[i] == pytest.approx(plain.beta, rel=1e-10, abs=1e-12)
        assert found.vcov[i] == pytest.approx(plain.vcov, rel=1e-10, abs=1e-13)
        assert found.q[i] == pytest.approx(plain.q, rel=1e-10, abs=1e-12)
        assert found.factor[i] == pytest.approx(plain.factor, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("method", [*TAU2, "fixed"])
@pytest.mark.parametrize("table", TABLES)
def test_deletions_from_a_mean_are_the_plain_fits(method, table):
    yi, vi = TABLES[table]
    x = np.ones((len(yi), 1))
    for test in ("z", "t", "HKSJ", "HKSJ-adhoc"):
        held_to_plain_fits(yi, vi, x, method, test, fixed=0.04)
    held_to_plain_fits(yi, vi, x, method, "z", ai=1 / (vi + 0.5), fixed=0.04)


@pytest.mark.parametrize("method", TAU2)
@pytest.mark.parametrize("table", TABLES)
def test_tau2_without_each_is_that_of_pooling_the_others(method, table):
    yi, vi = TABLES[table]
    found = delete_each(yi, vi, np.ones((len(yi), 1)), method, "HKSJ").tau2
    for i in range(len(yi)):
        alone = TAU2_OF_A_MEAN[method](np.delete(yi, i), np.delete(vi, i))
        assert found[i] == pytest.approx(alone, rel=1e-9, abs=1e-13)


@pytest.mark.parametrize("method", [*TAU2, "fixed"])
@pytest.mark.parametrize("table", ["spread", "no spread", "an outlier", "variances far apart"])
def test_deletions_from_a_regression_are_the_plain_fits(method, table):
    yi, vi = TABLES[table]
    year = np.array([1990, 1994, 1995, 1999, 2001, 2002, 2008, 2013, 2013])
    x = np.column_stack([np.ones(9), year, np.arange(9) % 2])
    for test, ai in (("z", None), ("HKSJ", None), ("HKSJ", 1 / (vi + 0.5))):
        held_to_plain_fits(yi, vi, x, method, test, ai=ai, fixed=0.04)


@pytest.mark.parametrize("method", TAU2_OF_WEIGHTS)
@pytest.mark.parametrize("table", ["spread", "no spread", "ties", "three"])
def test_estimators_of_chosen_weights_too(method, table):
    yi, vi = TABLES[table]
    held_to_plain_fits(yi, vi, np.ones((len(yi), 1)), method, "HKSJ", ai=1 / (vi + 0.5))


@pytest.mark.parametrize("method", ["EE", "fixed"])
def test_two_studies_leave_one_which_is_its_own_fit(method):
    yi, vi = np.array([0.1, 0.8]), np.array([0.02, 0.05])
    held_to_plain_fits(yi, vi, np.ones((2, 1)), method, "z", fixed=0.04)
    assert np.isnan(delete_each(yi, vi, np.ones((2, 1)), "REML", "z").tau2).all()


def test_many_studies_are_cut_into_pieces_and_put_together():
    generator = np.random.default_rng(5)
    vi = generator.uniform(0.01, 0.2, 600)
    yi = generator.normal(0.3, np.sqrt(vi + 0.05))
    found = delete_each(yi, vi, np.ones((600, 1)), "REML", "HKSJ")
    for i in (0, 332, 333, 599):
        rest = np.delete(np.arange(600), i)
        plain = fit(yi[rest], vi[rest], orthonormal(np.ones((599, 1))), "REML", "HKSJ")
        assert found.tau2[i] == pytest.approx(plain.tau2, rel=1e-10)
        assert found.beta[i] == pytest.approx(plain.beta, rel=1e-10)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("steep at one end", lambda x, at: np.expm1(50 * (x / at - 1))),
        ("flat", lambda x, at: (x - at) ** 3),
        ("upright", lambda x, at: np.sign(x - at) * np.abs(x - at) ** 0.2),
        ("falling", lambda x, at: 1 / (x + 0.1) - 1 / (at + 0.1)),
    ],
)
def test_roots_are_found_wherever_they_are(name, function):
    at = np.array([1e-6, 0.01, 0.3, 1.0, 20.0])
    low, high = np.zeros(5), 3 * at
    found = many_roots(lambda x: function(x, at), low, high, function(low, at), function(high, at))
    assert found == pytest.approx(at, rel=1e-12), name
