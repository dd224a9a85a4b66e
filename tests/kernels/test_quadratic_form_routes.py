"""Distributions of quadratic forms against closed forms, by each of the two ways to invert."""

import numpy as np
import pytest
from scipy.stats import chi2

from evidence.kernels import chi_square_mixture, quadratic_form
from evidence.kernels.chi_square_mixture import mixture_cdf
from evidence.kernels.quadratic_form import quadratic_form_cdf


def of_pairs(q, scales):
    """P(Σ λ χ²₂ ≤ q) for different λ: exponentials, so partial fractions."""
    left = 0.0
    for i, a in enumerate(scales):
        others = [a / (a - b) for j, b in enumerate(scales) if j != i]
        left += np.prod(others) * np.exp(-q / (2 * a))
    return 1 - left


def eigenvalues(ai, si):
    """Of PS, without the one that is zero."""
    p = np.diag(ai) - np.outer(ai, ai) / ai.sum()
    root = np.sqrt(si)
    return np.sort(np.linalg.eigvalsh(root[:, None] * p * root))[1:]


@pytest.mark.parametrize("q", [0.2, 3.0, 9.0, 30.0])
@pytest.mark.parametrize("scales", [(1.0,), (0.3, 2.0), (0.5, 1.0, 4.0)])
def test_pairs_of_equal_terms_are_a_sum_of_exponentials(q, scales):
    weights = np.repeat(scales, 2)
    assert mixture_cdf(q, weights) == pytest.approx(of_pairs(q, scales), abs=1e-9)


@pytest.mark.parametrize("n", [1, 2, 5, 39, 40, 41, 120])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_equal_terms_are_a_chi_square(n, share):
    q = chi2.ppf(share, n)
    assert mixture_cdf(3 * q, np.full(n, 3.0)) == pytest.approx(share, abs=1e-9)
    if n > 1:
        found = quadratic_form_cdf(6 * q, np.full(n + 1, 2.0), np.full(n + 1, 3.0))
        assert found == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("k", [2, 5, 30, 60])
@pytest.mark.parametrize("times", [0.3, 1.0, 2.5])
def test_a_form_is_the_mixture_of_its_eigenvalues(k, times):
    rng = np.random.default_rng(k)
    ai, si = rng.uniform(0.5, 3, k), rng.uniform(0.1, 2, k)
    weights = eigenvalues(ai, si)
    q = times * weights.sum()
    assert quadratic_form_cdf(q, ai, si) == pytest.approx(mixture_cdf(q, weights), abs=2e-9)


@pytest.mark.parametrize("q", [0.5, 1.0, 1.4])
def test_both_ways_to_invert_agree(q):
    """Units of the mean, as the routes are called."""
    lambdas = np.geomspace(0.2, 1.0, 30)
    lambdas /= lambdas.sum()
    talbot = chi_square_mixture._talbot(q, lambdas, 32)
    assert chi_square_mixture._midpoint(q, lambdas, 400) == pytest.approx(talbot, abs=1e-9)
    di = np.geomspace(0.2, 1.0, 30)
    shares = np.full(30, 1 / 30)
    di /= di @ (1 - shares)
    talbot = quadratic_form._talbot(q, di, shares, 32)
    assert quadratic_form._trapezoid(q, di, shares, 400) == pytest.approx(talbot, abs=1e-9)


def test_a_sum_cut_off_before_its_terms_have_decayed_is_no_number():
    few = np.full(3, 1 / 3)
    assert np.isnan(chi_square_mixture._midpoint(1.0, few, 24))
    assert np.isnan(quadratic_form._trapezoid(1.0, few, few, 24))


def test_a_table_made_in_pieces_is_the_whole_table(monkeypatch):
    s = (np.arange(50) + 0.5) * 1j
    di, shares = np.array([0.3, 0.5, 0.9]), np.array([0.2, 0.3, 0.5])
    whole = quadratic_form._transform(s, di, shares)
    monkeypatch.setattr(quadratic_form, "CHUNK", 21)
    assert np.array_equal(quadratic_form._transform(s, di, shares), whole)
    p = np.diag(shares) - np.outer(shares, shares)
    for at, found in zip(s[:3], whole[:3], strict=True):
        direct = np.linalg.det(np.eye(3) + 2 * at * p @ np.diag(di / shares))
        assert found**-2 == pytest.approx(direct, rel=1e-12)


def test_ends():
    assert mixture_cdf(0.0, np.ones(3)) == 0 == mixture_cdf(-1.0, np.ones(3))
    assert quadratic_form_cdf(0.0, np.ones(3), np.ones(3)) == 0
    assert quadratic_form_cdf(-1.0, np.ones(3), np.ones(3)) == 0
    assert mixture_cdf(300.0, np.ones(3)) == pytest.approx(1, abs=1e-12)
    assert mixture_cdf(300.0, np.ones(3)) <= 1
