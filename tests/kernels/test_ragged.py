"""Pooling in bulk: the answers of `pool`, whatever the engine and the neighbours."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ragged_cases import ENGINES, FIELDS, TESTS, assert_answers, end_to_end, groups
from strategies import numbers

from evidence.errors import MissingPieceError, OptionError, SynthesisError
from evidence.kernels import likelihood, ragged, ragged_jit, ragged_peaks, ragged_rows
from evidence.kernels.ragged import STATUS, pool_ragged
from evidence.kernels.ragged_numpy import _laid_out
from evidence.kernels.tau2 import TAU2
from evidence.synthesis import effect_table
from evidence.synthesis.pool import pool

# Two precise studies and four others: a peak for either lot. ML prefers the lower one, REML not.
TWO_PEAKS = ([-4.7, -1.9, -0.4, 0.0, -3.2, 0.2], [3.748, 5.471, 2.101, 0.002, 1.808, 0.005])


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("method", TAU2)
@settings(max_examples=25)
@given(some=groups(), level=st.sampled_from([0.5, 0.95, 0.99]))
def test_each_group_is_pooled_as_pool_does(method, test, some, level):
    words = {"tau2": method, "test": test, "level": level}
    found = [pool_ragged(*end_to_end(some), **words, engine=engine) for engine in ENGINES]
    for i, (yi, vi) in enumerate(some):
        want = pool({"yi": yi, "vi": vi}, **words)
        for one in found:
            assert_answers(one, i, want, vi)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("method", TAU2)
def test_ties_no_spread_one_study_and_two(engine, method, test):
    some = [
        ([0.4], [0.02]),
        ([0.0], [0.02]),
        ([0.4, 0.4], [0.02, 0.02]),
        ([0.4, 0.4, 0.4], [0.02, 0.5, 0.02]),
        ([0.0, 0.0, 0.0], [0.02, 0.5, 0.02]),
        ([-1.0, 2.0], [0.04, 0.09]),
        ([-1.0, 2.0, 2.0], [0.04, 0.04, 0.04]),
        ([0.1, 0.11, 0.12, 0.1], [0.3, 0.3, 0.2, 0.2]),
        ([-3.0, 3.0, 0.1, 0.2], [0.001, 0.001, 3.0, 3.0]),
    ]
    words = {"tau2": method, "test": test, "level": 0.9}
    found = pool_ragged(*end_to_end(some), **words, engine=engine)
    for i, (yi, vi) in enumerate(some):
        assert_answers(found, i, pool({"yi": yi, "vi": vi}, **words), np.array(vi))


wide = st.lists(
    st.tuples(numbers(-3, 3), st.floats(-4, 4)), min_size=2, max_size=8
)  # variances over eight orders of magnitude


@pytest.mark.parametrize("method", TAU2)
@settings(max_examples=50)
@given(rows=wide, unit=st.integers(-14, 14))
def test_huge_and_tiny_variances_give_the_tau2_of_the_plain_kernel(method, rows, unit):
    scale = 10.0**unit
    yi = np.array([y for y, _ in rows])
    vi = np.array([10.0**power for _, power in rows])
    want = TAU2[method](yi, vi)
    for engine in ENGINES:
        found = pool_ragged(yi * scale, vi * scale**2, [0, len(yi)], tau2=method, engine=engine)
        got = found.tau2[0] / scale**2
        if abs(got - want) > 1e-8 * max(want, np.median(vi)):
            assert method in ("ML", "REML")  # two peaks of one height may be told apart either way
            height = [likelihood.log_likelihood(method, yi, vi, t) for t in (got, want)]
            assert abs(height[0] - height[1]) <= 1e-9


@pytest.mark.parametrize("engine", ENGINES)
def test_one_dominating_weight_costs_no_digits(engine):
    """Held to rational arithmetic, where nothing is rounded."""
    yi, vi = [7e15, 0.25, -3.5], [4.0, 2.0**-90, 2.0**-88]
    y, w = [Fraction(v) for v in yi], [1 / Fraction(v) for v in vi]
    total = sum(w)
    mean = sum(a * b for a, b in zip(w, y, strict=True)) / total
    q = sum(a * (b - mean) ** 2 for a, b in zip(w, y, strict=True))
    tau2 = (q - 2) / (total - sum(a * a for a in w) / total)
    found = pool_ragged(yi, vi, [0, 3], tau2="EE", test="z", engine=engine)
    assert found.estimate[0] == pytest.approx(float(mean), rel=1e-14)
    assert found.q[0] == pytest.approx(float(q), rel=1e-13)
    found = pool_ragged(yi, vi, [0, 3], tau2="DL", test="z", engine=engine)
    assert found.tau2[0] == pytest.approx(float(tau2), rel=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", ["ML", "REML"])
@given(rows=wide)
def test_no_tau2_anywhere_is_likelier(engine, method, rows):
    yi, vi = np.array([y for y, _ in rows]), np.array([10.0**power for _, power in rows])
    found = pool_ragged(yi, vi, [0, len(yi)], tau2=method, engine=engine).tau2[0]
    best = likelihood.log_likelihood(method, yi, vi, found)
    others = np.concatenate([[0.0], np.geomspace(vi.min() / 100, 100 * (vi.max() + 9), 400)])
    heights = [likelihood.log_likelihood(method, yi, vi, t) for t in others]
    assert max(heights) <= best + 1e-9


@pytest.mark.parametrize("full", [False, True])
@given(rows=wide)
def test_a_peak_said_to_be_the_only_one_is(full, rows):
    yi, vi = np.array([y for y, _ in rows]), np.array([10.0**power for _, power in rows])
    at = np.array([0, len(yi)])
    groups, _, half = _laid_out(yi, vi, at, np.ones(1, dtype=bool))
    tau2, shown = ragged_peaks.single_peaks(groups, full=full)
    assume(shown[0])
    found = np.ldexp(tau2[0], 2 * int(half[0]))
    grid = np.concatenate([[0.0], np.geomspace(vi.min() / 1e3, 1e3 * (vi.max() + 36), 3000)])
    slopes = likelihood.score("ML" if full else "REML", yi, vi, grid)
    size = np.array([np.sum(1 / (vi + t)) for t in grid])
    clear = np.abs(slopes) > 1e-9 * size  # the rest is rounding
    assert (slopes[clear & (grid < found)] > 0).all()
    assert (slopes[clear & (grid > found)] < 0).all()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", ["ML", "REML"])
def test_of_two_peaks_the_higher_one_is_taken(engine, method):
    yi, vi = (np.array(column) for column in TWO_PEAKS)
    grid = np.concatenate([[0.0], np.geomspace(1e-4, 1e3, 4000)])
    slopes = likelihood.score(method, yi, vi, grid)
    peaks = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    assert len(peaks) == 2  # or this would test nothing
    heights = [likelihood.log_likelihood(method, yi, vi, grid[i]) for i in peaks]
    highest = grid[peaks[int(np.argmax(heights))]]
    found = pool_ragged(yi, vi, [0, len(yi)], tau2=method, engine=engine).tau2[0]
    assert found == pytest.approx(highest, rel=0.01)  # the step of the grid
    assert found == pytest.approx(TAU2[method](yi, vi), rel=1e-9)


# ---------------------------------------------------------------- what cannot be pooled

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", TAU2)
def test_a_group_that_cannot_be_pooled_says_why_and_leaves_the_others_alone(engine, method):
    good = ([0.1, 0.3, 0.8], [0.02, 0.03, 0.05])
    bad = {
        ((0.1, NAN), (0.02, 0.02)): ragged_rows.YI_UNUSABLE,
        ((INF, 0.1), (0.02, 0.02)): ragged_rows.YI_UNUSABLE,
        ((0.1, 0.2), (0.02, NAN)): ragged_rows.VI_UNUSABLE,
        ((0.1, 0.2), (0.02, INF)): ragged_rows.VI_UNUSABLE,
        ((0.1, 0.2), (0.0, 0.02)): ragged_rows.VI_NOT_POSITIVE,
        ((0.1,), (-1.0,)): ragged_rows.VI_NOT_POSITIVE,
        ((1e41, 0.2), (0.02, 0.02)): ragged_rows.OUT_OF_RANGE,
        ((0.1, 0.2), (0.02, 1e-41)): ragged_rows.OUT_OF_RANGE,
        ((), ()): ragged_rows.EMPTY,
        ((NAN, 0.2), (-1.0, 0.02)): ragged_rows.YI_UNUSABLE,
    }
    some = [good]
    for one in bad:
        some += [one, good]
    found = pool_ragged(*end_to_end(some), tau2=method, engine=engine)
    assert found.status.tolist()[1::2] == list(bad.values())
    assert all(STATUS[code] for code in found.status)
    for name in FIELDS[1:]:
        assert np.isnan(getattr(found, name)[1::2]).all(), name
        assert len(np.unique(getattr(found, name)[::2])) == 1
    assert_answers(found, 0, pool({"yi": good[0], "vi": good[1]}, tau2=method), np.array(good[1]))


def test_nothing_in_is_nothing_out():
    assert len(pool_ragged([], [], [0])) == 0
    assert pool_ragged([], [], [0, 0]).status.tolist() == [ragged_rows.EMPTY]


# ---------------------------------------------------------------- options and engines


@pytest.mark.parametrize("method", ["GENQ", "GENQM"])
def test_an_estimator_that_needs_weights_is_refused_by_name(method):
    with pytest.raises(SynthesisError, match=f"{method}.*weights of your choice"):
        pool_ragged([0.1], [0.1], [0, 1], tau2=method)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"tau2": "RELM"}, "Did you mean 'REML'"),
        ({"test": "HSKJ"}, "Did you mean 'HKSJ'"),
        ({"engine": "fast"}, "auto, compiled, numpy"),
    ],
)
def test_an_unknown_option_names_the_known_ones(words, message):
    with pytest.raises(OptionError, match=message):
        pool_ragged([0.1], [0.1], [0, 1], **words)


@pytest.mark.parametrize(
    ("yi", "vi", "offsets", "level", "message"),
    [
        ([0.1], [0.1], [0, 1], 95, "Did you mean 0.95"),
        ([0.1], [0.1, 0.2], [0, 1], 0.95, "one length"),
        ([0.1], [0.1], [0, 2], 0.95, "number of rows, 1"),
        ([0.1], [0.1], [1, 1], 0.95, "rise from 0"),
        ([0.1, 0.2], [0.1, 0.2], [0, 2, 1, 2], 0.95, "fall somewhere"),
        ([0.1], [0.1], [0.0, 1.0], 0.95, "whole numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(yi, vi, offsets, level, message):
    with pytest.raises(SynthesisError, match=message):
        pool_ragged(yi, vi, offsets, level=level)


def test_without_numba_the_arrays_do_all(monkeypatch):
    monkeypatch.setattr(ragged, "can_compile", lambda: False)
    assert ragged.chosen_engine(10**9) == "numpy"
    with pytest.raises(MissingPieceError, match=r"numba.*claims-evidence\[fast\]"):
        pool_ragged([0.1], [0.1], [0, 1], engine="compiled")


def test_numbers_written_twice_are_the_same():
    """The compiled module has its own, for the sake of its cache."""
    for name in [
        *("EE", "DL", "HE", "HS", "HSK", "SJ", "PM", "PMM", "FULL", "RESTRICTED"),
        *("ESTIMATE", "VARIANCE", "SQUARES", "TAU2", "Q", "TRACE", "NOT_CONVERGED"),
    ]:
        assert getattr(ragged_jit, name) == getattr(ragged_rows, name), name
    for name in ("MARCHES", "NEWTONS", "SHORT", "DIGITS", "BRACKETS"):
        assert getattr(ragged_jit, name) == getattr(ragged_peaks, name), name
    assert ragged_jit.GRID_PER_DECADE == likelihood.GRID_PER_DECADE
    assert ragged_rows.LARGEST == effect_table.LARGEST
    assert set(ragged_rows.METHODS) == set(TAU2)
