"""Combined p values against numerical inversion, exact arithmetic and each other."""

import gzip
import json
import math
from decimal import Decimal, getcontext
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from evidence.kernels import pvalue_combination as kernel

CASES = Path(__file__).parents[1] / "reference" / "data" / "pvalue.json.gz"

some = st.lists(st.floats(0.001, 0.999), min_size=2, max_size=12).map(np.array)


def case(name):
    return next(c for c in json.loads(gzip.decompress(CASES.read_bytes())) if c["id"] == name)


def irwin_hall(s: float, k: int) -> float:
    """P(sum of k uniforms ≤ s) by inversion of the characteristic function."""

    def integrand(t):
        half = t / 2
        return math.sin(t * (s - k / 2)) / t * (math.sin(half) / half) ** k

    pieces = np.linspace(1e-12, 60, 61)
    total = sum(quad(integrand, a, b, epsabs=1e-14)[0] for a, b in pairwise(pieces))
    return 0.5 + total / math.pi


@pytest.mark.parametrize("k", [10, 20, 34])
def test_edgington_against_the_inversion_of_its_characteristic_function(k):
    p = np.linspace(0.05, 0.9, k)
    assert kernel.edgington(p).pvalue == pytest.approx(irwin_hall(float(p.sum()), k), abs=1e-11)


def test_sum_of_34_p_values_where_the_reference_lost_its_digits():
    """`pcomb.cholest.sump`: an alternating sum in floating point, wrong in the seventh digit."""
    found = case("pcomb.cholest.sump")
    p = np.array(found["input"]["p"])
    exact = irwin_hall(float(p.sum()), len(p))
    assert kernel.edgington(p).pvalue == pytest.approx(exact, abs=1e-11)
    assert abs(found["expect"]["p"] - exact) > 2e-7


def zaykin(p, cut: float) -> float:
    """The published sum, in sixty digits."""
    getcontext().prec = 60
    k, tau = len(p), Decimal(cut)
    product = math.prod(Decimal(float(x)) for x in p if x <= cut)
    total = Decimal(0)
    for count in range(1, k + 1):
        tail = min(product, tau**count)
        if product <= tau**count:
            excess = count * tau.ln() - product.ln()
            terms = (excess**s / math.factorial(s) if s else Decimal(1) for s in range(count))
            tail = product * sum(terms)
        total += math.comb(k, count) * (1 - tau) ** (k - count) * tail
    return float(total)


@given(p=some, cut=st.sampled_from([0.05, 0.2, 0.5]))
def test_truncated_product_is_the_published_sum(p, cut):
    expected = zaykin(p, cut) if (p <= cut).any() else 1.0
    assert kernel.truncated_product(p, cut).pvalue == pytest.approx(expected, rel=1e-10)


def test_truncated_product_where_the_reference_is_a_multiple_of_the_rounding_error():
    """`pcomb.validity.truncated`: 1.554e-14 is 70 times 2^-52, one less something close to one."""
    found = case("pcomb.validity.truncated")
    p = np.array(found["input"]["p"])
    cut = found["options"]["ptrunc"]
    theirs = found["expect"]["p"]
    assert Fraction(theirs) / Fraction(2) ** -52 == 70
    assert kernel.truncated_product(p, cut).pvalue == pytest.approx(zaykin(p, cut), rel=1e-10)
    assert abs(theirs / zaykin(p, cut) - 1) > 0.005


@given(p=some)
def test_special_cases_agree(p):
    k = len(p)
    same = pytest.approx
    assert kernel.inverse_chi_square(p, 2).pvalue == same(kernel.fisher(p).pvalue, rel=1e-9)
    assert kernel.wilkinson(p, 1).pvalue == same(kernel.minimum(p).pvalue, rel=1e-9)
    assert kernel.wilkinson(p, k).pvalue == same(kernel.maximum(p).pvalue, rel=1e-9)
    assert kernel.truncated_product(p, 1 - 1e-13).pvalue == same(kernel.fisher(p).pvalue, rel=1e-9)
    assert kernel.inverse_t(p, 1e9).pvalue == same(kernel.stouffer(p).pvalue, rel=1e-6)


@pytest.mark.parametrize(
    "method", [kernel.fisher, kernel.stouffer, kernel.edgington, kernel.logit_of_p, kernel.minimum]
)
@given(p=some, place=st.integers(0, 11), shrink=st.floats(0.1, 0.9))
def test_a_smaller_p_never_makes_the_combined_one_larger(method, p, place, shrink):
    smaller = p.copy()
    smaller[place % len(p)] *= shrink
    assert method(smaller).pvalue <= method(p).pvalue + 1e-12


@given(p=some)
def test_sum_and_its_mirror_add_to_one(p):
    assert kernel.edgington(p).pvalue + kernel.edgington(1 - p).pvalue == pytest.approx(1, abs=1e-9)
    assert kernel.stouffer(p).statistic == pytest.approx(
        -kernel.stouffer(1 - p).statistic, abs=1e-9
    )


@given(p=some, alpha=st.floats(0.01, 0.2))
def test_wilkinson_critical_value_inverts_it(p, alpha):
    bound = kernel.wilkinson(p, 2, alpha).bound
    at = np.full(len(p), 0.999)
    at[:2] = bound
    assert kernel.wilkinson(at, 2).pvalue == pytest.approx(alpha, rel=1e-8)
