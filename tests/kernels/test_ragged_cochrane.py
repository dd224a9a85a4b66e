"""Every analysis of 311 Cochrane reviews, against metafor with tightened convergence.

The data are not part of the project; where they are not beside it, the test says so and counts 0.
A likelihood estimate may differ where ours is likelier; every such analysis is listed.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.special import chdtrc

from evidence.effects.measures import effect_sizes
from evidence.kernels.likelihood import log_likelihood
from evidence.kernels.ragged import pool_ragged

FOLDER = Path(__file__).parents[3] / "shared" / "datasets" / "cochrane"
KEY = ["review", "comparison", "outcome_number"]
ARMS = ["n1", "mean1", "sd1", "events1", "n2", "mean2", "sd2", "events2"]
TOL = 1e-6  # metafor's iterations, tightened to 1e-12 in steps of tau2


def effects_of(rows, measure):
    """yi and vi as the folder's README says they were made."""
    if measure == "GEN":
        return rows["giv_estimate"].to_numpy(), rows["giv_se"].to_numpy() ** 2
    column = {name: rows[name].to_numpy(dtype=float) for name in ARMS}
    if measure in ("RR", "OR"):
        found = effect_sizes(
            measure,
            ai=column["events1"], n1i=column["n1"], ci=column["events2"], n2i=column["n2"],
        )  # fmt: skip
    else:
        found = effect_sizes(
            measure,
            m1i=column["mean1"], sd1i=column["sd1"], n1i=column["n1"],
            m2i=column["mean2"], sd2i=column["sd2"], n2i=column["n2"],
        )  # fmt: skip
    return found.yi, found.vi


@pytest.fixture(scope="module")
def analyses():
    """The analyses with their effects end to end, and metafor's numbers in the same order."""
    pd = pytest.importorskip("pandas")
    rows = pd.read_parquet(FOLDER / "study_results.parquet")
    wanted = pd.read_parquet(FOLDER / "metafor_pooled.parquet")
    rows = rows.drop_duplicates([*KEY, "study", *ARMS, "giv_estimate", "giv_se"])
    parts = []
    for measure, want in wanted.groupby("measure", sort=False):
        some = rows.merge(want[KEY], on=KEY)
        with np.errstate(all="ignore"):
            yi, vi = effects_of(some, measure)
        some = some[KEY].assign(measure=measure, yi=yi, vi=vi)
        parts.append(some[np.isfinite(yi) & np.isfinite(vi) & (vi > 0)])
    effects = pd.concat(parts)
    name = [*KEY, "measure"]
    order = wanted.reset_index().set_index(name)["index"]
    effects["number"] = order.reindex(pd.MultiIndex.from_frame(effects[name])).to_numpy()
    effects = effects.sort_values("number", kind="stable")
    k = np.bincount(effects["number"], minlength=len(wanted))
    offsets = np.concatenate([[0], np.cumsum(k)])
    return effects["yi"].to_numpy(), effects["vi"].to_numpy(), offsets, wanted


def off(got, want, scale):
    """Where a number is given and ours is not within the tolerance of it."""
    with np.errstate(invalid="ignore"):
        near = np.abs(got - want) <= TOL * np.maximum(np.abs(want), scale) + 1e-12
    return ~np.isnan(want) & ~near


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_every_cochrane_analysis_agrees_with_metafor(engine, request, record_property, capsys):
    if not FOLDER.is_dir():
        record_property("cochrane analyses", 0)
        with capsys.disabled():
            print(f"\n{FOLDER}: absent, 0 Cochrane analyses compared")
        return
    yi, vi, offsets, want = request.getfixturevalue("analyses")
    assert (np.diff(offsets) == want["k"]).all()
    for column, values in (("sum_yi", yi), ("sum_vi", vi)):
        ours = np.add.reduceat(values, offsets[:-1])
        assert ours == pytest.approx(want[column].to_numpy(), rel=1e-8, abs=1e-8)
    typical = np.array([np.median(vi[a:b]) for a, b in itertools.pairwise(offsets)])
    compared, disputed, wrong = 0, [], []
    for method in ("EE", "DL", "PM", "REML"):
        plain = pool_ragged(yi, vi, offsets, tau2=method, test="z", engine=engine)
        pairs = [
            (f"{method}_b", plain.estimate, plain.se),
            (f"{method}_se", plain.se, 0.0),
            (f"{method}_tau2", plain.tau2, typical),
        ]
        if method == "EE":
            pairs += [("QE", plain.q, 0.0), ("QEp", chdtrc(plain.k - 1, plain.q), 0.0)]
        if method == "REML":
            by_t = pool_ragged(yi, vi, offsets, tau2=method, test="HKSJ", engine=engine)
            pairs += [("I2", plain.i2, 1.0), ("hk_se", by_t.se, 0.0)]
            pairs += [("hk_lb", by_t.ci_low, by_t.se), ("hk_ub", by_t.ci_high, by_t.se)]
        assert not plain.status.any()
        unlike = np.zeros(len(want), dtype=bool)
        if method == "REML":
            theirs = want["REML_tau2"].to_numpy(dtype=float)
            for i in np.flatnonzero(off(plain.tau2, theirs, typical)):
                rows = slice(offsets[i], offsets[i + 1])
                heights = [log_likelihood("REML", yi[rows], vi[rows], t)
                           for t in (plain.tau2[i], theirs[i])]  # fmt: skip
                if heights[0] > heights[1]:
                    unlike[i] = True
                    where = " ".join(str(part) for part in want.iloc[i][[*KEY, "measure"]])
                    disputed.append(
                        f"{where}: k {plain.k[i]}, tau2 {plain.tau2[i]:.9g} log-likelihood "
                        f"{heights[0]:.9f}; metafor {theirs[i]:.9g}, {heights[1]:.9f}"
                    )
        for name, got, scale in pairs:
            theirs = want[name].to_numpy(dtype=float)
            compared += int((~np.isnan(theirs)).sum())
            for i in np.flatnonzero(off(got, theirs, scale) & ~unlike):
                where = " ".join(str(part) for part in want.iloc[i][[*KEY, "measure"]])
                wrong.append(f"{where}: {name} {got[i]!r}, metafor {theirs[i]!r}")
    record_property("cochrane analyses", len(want))
    with capsys.disabled():
        print(f"\n{engine}: {len(want):,} Cochrane analyses, {compared:,} numbers compared, "
              f"{len(wrong)} wrong, {len(disputed)} REML likelier than metafor's")  # fmt: skip
        print(*disputed, sep="\n")
    assert not wrong, "\n".join(wrong[:40])
