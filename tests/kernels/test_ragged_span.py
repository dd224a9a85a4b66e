"""Pooling in bulk whatever the span of the variances within a group: 1e-30 beside 1e30."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from ragged_cases import ENGINES, TESTS, assert_answers, assert_tau2, wide_groups

from evidence.kernels.ragged import pool_ragged
from evidence.kernels.tau2 import TAU2
from evidence.synthesis.pool import pool

# One dominating weight; the score at zero is a small difference of two large sums.
DOMINATED = (np.array([-0.6513, 0.8624, -0.1256]), np.array([1e30, 1e-30, 1.0]))
# Q starts 20 orders of magnitude above the root that is asked for.
FAR = (
    np.array([1.3773e-7, -0.0011860, -1.96895, -4.8597e10, 1.10897e7]),
    np.array([2.4779e-12, 5.2865e-7, 4.1167, 1.0677e23, 8.5782e13]),
)


@pytest.mark.parametrize("method", TAU2)
@settings(max_examples=25)
@given(group=wide_groups())
@example(group=DOMINATED)
@example(group=FAR)
def test_any_span_of_variances_within_a_group(method, group):
    """τ² solves its own equation, and given that τ² all else is as `pool` has it."""
    yi, vi = group
    both_ways = np.concatenate([yi, yi[::-1]]), np.concatenate([vi, vi[::-1]])
    at = [0, len(yi), 2 * len(yi)]
    for engine in ENGINES:
        tau2 = pool_ragged(*both_ways, at, tau2=method, engine=engine).tau2
        for i in range(2):
            alone = len(yi) == 1
            assert np.isnan(tau2[i]) if alone and method != "EE" else tau2[i] >= 0
            if not alone:
                assert_tau2(method, yi, vi, tau2[i])
        for test in TESTS:
            found = pool_ragged(*both_ways, at, tau2=method, test=test, engine=engine)
            given_ = {} if method == "EE" or len(yi) == 1 else {"fixed_tau2": float(tau2[0])}
            words = {"tau2": method, "test": test, **given_}
            assert_answers(found, 0, pool({"yi": yi, "vi": vi}, **words), vi)
