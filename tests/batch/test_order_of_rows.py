"""`evidence batch` answers alike whatever the order of rows and the cut of the file."""

import tempfile
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from evidence.__main__ import main
from evidence.batch import pieces
from evidence.batch import plan as planning
from evidence.kernels.inference import Test
from evidence.kernels.ragged_rows import METHODS
from evidence.synthesis.pool import pool

SAME = ("estimate", "se", "ci_low", "ci_high", "statistic", "df", "pvalue", "tau2", "q", "i2", "h2",
        "pi_low", "pi_high")  # fmt: skip


def effects(groups=60, seed=4):
    """One to eight rows a group, some of them unusable."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, groups)
    n = int(sizes.sum())
    yi, vi = rng.normal(0.2, 0.5, n).round(4), rng.lognormal(-3, 1, n).round(6)
    yi[rng.integers(0, n, 6)], vi[rng.integers(0, n, 6)] = np.nan, 0.0
    return pd.DataFrame({"claim": np.repeat(np.arange(groups), sizes), "yi": yi, "vi": vi})


def batch(frame, row_group_size, *words):
    """The answer of the command, by group."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.parquet"), Path(folder, "out.parquet")
        frame.to_parquet(source, row_group_size=row_group_size, index=False)
        command = ["batch", str(source), "-o", str(target), "--group", "claim", "--quiet"]
        assert main([*command, "--fail-on", "never", *words]) == 0
        return pd.read_parquet(target)


def interleaved(frame, seed):
    """The rows of all groups mixed, those of each in their own order."""
    names = np.random.default_rng(seed).permutation(frame["claim"].to_numpy())
    turn = np.argsort(np.argsort(names, kind="stable"), kind="stable")
    return frame.sort_values("claim", kind="stable").iloc[turn].reset_index(drop=True)


@pytest.fixture(scope="module")
def plain():
    return batch(effects(), 10_000).set_index("claim")


@settings(max_examples=12)
@given(
    seed=st.integers(0, 10**6),
    row_group_size=st.sampled_from([1, 2, 7, 64, 10_000]),
    read_rows=st.sampled_from([3, 50, 1 << 16]),
    memory=st.sampled_from(["60KB", "1GB"]),
)
def test_groups_interleaved_across_row_groups_keep_every_bit(
    plain, seed, row_group_size, read_rows, memory
):
    """A group's rows come in the same order, far apart: nothing is rounded otherwise."""
    mixed = interleaved(effects(), seed)
    assert not mixed["claim"].is_monotonic_increasing
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "FEWEST_ROWS", 1)
        patch.setattr(planning, "READ_ROWS", read_rows)
        patch.setattr(pieces, "READ_ROWS", read_rows)
        found = batch(mixed, row_group_size, "--memory", memory)
    assert found["claim"].tolist() == mixed["claim"].drop_duplicates().tolist()
    # row numbers are those of this file, in `first_row` and in the words of `finding`
    assert found["first_row"].tolist() == (mixed["claim"].drop_duplicates().index + 1).tolist()
    apart = ["first_row", "finding"]
    found = found.set_index("claim").loc[plain.index]
    assert_frame_equal(found.drop(columns=apart), plain.drop(columns=apart), check_exact=True)
    assert found["finding"].notna().tolist() == plain["finding"].notna().tolist()


@pytest.mark.parametrize("row_group_size", [1, 5, 64])
def test_the_cut_into_row_groups_leaves_no_trace(row_group_size, plain):
    found = batch(effects(), row_group_size).set_index("claim")
    assert_frame_equal(found, plain, check_exact=True)


@pytest.mark.parametrize("test", get_args(Test))
@pytest.mark.parametrize("tau2", METHODS)
def test_shuffled_rows_are_pooled_as_pool_does(tau2, test):
    """Rows of a group in another order: sums are rounded otherwise, 1e-9 of the standard error."""
    frame = effects(12, seed=8)
    shuffled = frame.sample(frac=1, random_state=2)
    found = batch(shuffled, 7, "--tau2", tau2, "--test", test).set_index("claim")
    usable = frame[frame["yi"].notna() & (frame["vi"] > 0)]
    assert found["k"].sum() == len(usable) < len(frame)
    for claim, rows in usable.groupby("claim"):
        columns = {name: rows[name].to_numpy() for name in ("yi", "vi")}
        want = pool(columns, tau2=tau2, test=test)
        for name in SAME:
            expected, got = getattr(want, name), found.loc[claim, name]
            if expected is None:
                assert pd.isna(got), name
            else:
                assert got == pytest.approx(expected, rel=1e-8, abs=1e-9), (claim, name)
