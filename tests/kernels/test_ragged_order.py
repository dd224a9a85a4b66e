"""Pooling in bulk: no answer depends on the order of groups or rows, on pieces or on threads."""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ragged_cases import ENGINES, FIELDS, TESTS, end_to_end, groups, wide_groups
from strategies import tables

from evidence.kernels import ragged
from evidence.kernels.ragged import pool_ragged
from evidence.kernels.tau2 import TAU2


def many(count=300, seed=5):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 12, count)
    at = np.concatenate([[0], np.cumsum(sizes)])
    vi = rng.lognormal(-3, 1.5, at[-1])
    yi = np.repeat(rng.normal(0, 1, count), sizes) + rng.normal(0, 0.4, at[-1])
    return yi, vi, at


def assert_identical(one, other, chosen=slice(None)):
    for name in [*FIELDS, "status"]:
        assert np.array_equal(
            getattr(one, name)[chosen], getattr(other, name), equal_nan=name in FIELDS[1:]
        ), name


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", TAU2)
@settings(max_examples=10)
@given(some=st.lists(st.one_of(groups(), st.lists(wide_groups(), max_size=3)), max_size=3),
       seed=st.integers(0, 99), test=st.sampled_from(TESTS))  # fmt: skip
def test_a_group_has_the_same_bits_in_any_order_of_groups(engine, method, some, seed, test):
    some = [group for lot in some for group in lot] or [([0.1], [0.2])]
    order = np.random.default_rng(seed).permutation(len(some))
    words = {"tau2": method, "test": test, "engine": engine}
    whole = pool_ragged(*end_to_end(some), **words)
    assert_identical(whole, pool_ragged(*end_to_end([some[i] for i in order]), **words), order)
    for i, (yi, vi) in enumerate(some):
        assert_identical(whole, pool_ragged(yi, vi, [0, len(yi)], **words), [i])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", TAU2)
def test_a_group_has_the_same_bits_wherever_it_lies(engine, method, monkeypatch):
    yi, vi, at = many()
    whole = pool_ragged(yi, vi, at, tau2=method, engine=engine)
    order = np.random.default_rng(1).permutation(len(at) - 1)
    rows = np.concatenate([np.arange(at[i], at[i + 1]) for i in order])
    moved_at = np.concatenate([[0], np.cumsum(np.diff(at)[order])])
    moved = pool_ragged(yi[rows], vi[rows], moved_at, tau2=method, engine=engine)
    assert_identical(whole, moved, order)
    monkeypatch.setattr(ragged, "CHUNK_ROWS", 7)  # less than some groups
    assert_identical(pool_ragged(yi, vi, at, tau2=method, engine=engine), whole)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", TAU2)
@settings(max_examples=20)
@given(table=tables(min_size=2, max_size=8), seed=st.integers(0, 99), test=st.sampled_from(TESTS))
def test_the_order_of_rows_changes_rounding_only(engine, method, table, seed, test):
    """Sums of at most eight terms in another order differ by a few units of the last place.

    τ² is where two such sums meet, to 1e-9 of the larger of itself and the variances, which is
    where Newton's steps stop. All else moves by no more than that share of the plain standard
    error, or of a percent, or of itself; that of HKSJ is a root, and near zero moves by the root
    of what is rounded.
    """
    yi, vi = table
    order = np.random.default_rng(seed).permutation(len(yi))
    words = {"tau2": method, "test": test, "engine": engine}
    one = pool_ragged(yi, vi, [0, len(yi)], **words)
    other = pool_ragged(yi[order], vi[order], [0, len(yi)], **words)
    assert one.status.tolist() == other.status.tolist() == [0]
    error = np.sqrt(np.median(vi))
    for name, scale in {
        **{"estimate": error, "se": error, "ci_low": error, "ci_high": error, "pi_low": error},
        **{"pi_high": error, "tau2": np.median(vi), "q": 1.0, "i2": 100.0, "h2": 1.0},
    }.items():
        a, b = getattr(one, name)[0], getattr(other, name)[0]
        # quantiles of t on one degree of freedom are 13 standard errors
        assert np.isnan(a) == np.isnan(b), name
        assert np.isnan(a) or abs(a - b) <= 1e-9 * max(20 * scale, abs(a)), (name, a, b)


@pytest.mark.parametrize("engine", ENGINES)
def test_threads_do_not_disturb_each_other(engine):
    inputs = [many(200, seed) for seed in range(6)]
    alone = [pool_ragged(*one, engine=engine) for one in inputs]
    with ThreadPoolExecutor(4) as crew:
        together = list(crew.map(lambda one: pool_ragged(*one, engine=engine), inputs))
    for one, other in zip(alone, together, strict=True):
        assert_identical(one, other)


_ANSWERS = """
import hashlib, sys
import numba
import numpy as np
from evidence.kernels.ragged import pool_ragged
from evidence.kernels.tau2 import TAU2
yi, vi, at = (np.load(sys.argv[1])[name] for name in ("yi", "vi", "at"))
for threads in (1, 2):
    numba.set_num_threads(threads)
    digest = hashlib.sha256()
    for engine in ("numpy", "compiled"):
        for method in TAU2:
            found = pool_ragged(yi, vi, at, tau2=method, engine=engine)
            for name in type(found).__dataclass_fields__:
                digest.update(getattr(found, name).tobytes())
    print(numba.get_num_threads(), digest.hexdigest())
"""


def test_the_number_of_threads_changes_no_byte(tmp_path):
    """numba's and that of the linear algebra below numpy, with one long group among the others."""
    yi, vi, at = many(200)
    at = np.concatenate([at[at <= 600], at[-1:]])
    np.savez(tmp_path / "in.npz", yi=yi, vi=vi, at=at)
    heard = []
    for threads in ("1", "2"):
        outside = {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", _ANSWERS, str(tmp_path / "in.npz")],
            env={**os.environ, "NUMBA_NUM_THREADS": "2", **outside},
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        heard += [line.split() for line in done.stdout.splitlines()]
    assert [threads for threads, _ in heard] == ["1", "2", "1", "2"]
    digests = {digest for _, digest in heard}
    assert len(digests) == 1
    assert digests != {hashlib.sha256().hexdigest()}
