"""p values of Student's t by sums of cosines: beside scipy, and exactly where t is simple."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtr

from evidence.kernels.student_tail import LARGEST_DF, SMALL, two_sided


def p_value(t, df):
    return two_sided(np.array([t]), np.array([float(df)]))[0]


@given(df=st.integers(1, LARGEST_DF + 3), power=st.floats(-3, 6))
def test_any_t_has_the_p_value_of_scipy(df, power):
    t = 10.0**power  # scipy's own loses digits below 1e-3 on one degree of freedom
    want = 2 * stdtr(df, -t)
    assert p_value(t, df) == pytest.approx(want, rel=1e-12, abs=1e-290)
    assert p_value(-t, df) == p_value(t, df)


@pytest.mark.parametrize("df", [1, 2, 3, 10, 19, LARGEST_DF])
def test_no_step_where_the_way_of_computing_changes(df):
    t = np.geomspace(0.5, 2000, 4000)
    found = two_sided(t, np.full(len(t), float(df)))
    assert found[0] > SMALL > found[-1]
    assert (np.diff(found) < 0).all()
    assert found == pytest.approx(2 * stdtr(df, -t), rel=1e-12)


@pytest.mark.parametrize("t", [1e-12, 1e-8, 0.3, 1.0, 12.0, 1e5, 1e9, 1e120])
def test_one_and_two_degrees_of_freedom_in_closed_form(t):
    assert p_value(t, 1) == pytest.approx(2 / math.pi * math.atan(1 / t), rel=1e-14)
    with localcontext(prec=300):
        exact = 1 - Decimal(t) / (2 + Decimal(t) ** 2).sqrt()
    assert p_value(t, 2) == pytest.approx(float(exact), rel=1e-14)


def test_zero_infinity_and_what_is_not_a_number():
    df = np.array([1.0, 2.0, 7.0, LARGEST_DF + 5.0])
    assert two_sided(np.zeros(4), df).tolist() == [1.0] * 4
    assert two_sided(np.full(4, -np.inf), df).tolist() == [0.0] * 4
    assert np.isnan(two_sided(np.full(4, np.nan), df)).all()
    assert len(two_sided(np.array([]), np.array([]))) == 0
