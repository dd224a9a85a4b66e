"""Every analysis of 311 Cochrane reviews at once, where the data lie beside the project."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from tables import Table, show, verdict
from timing import processor_time

ROOT = Path(__file__).parents[2]
FOLDER = ROOT.parent / "shared" / "datasets" / "cochrane"
WANTED = 1.0  # seconds for all
TITLE = "All analyses of 311 Cochrane reviews"


def tables() -> list[Table]:
    from evidence.kernels.ragged import pool_ragged

    columns = ["", "s", "µs an analysis", "wanted, s", ""]
    if not FOLDER.is_dir():
        note = "The data are not part of the project and not beside it here: not measured."
        return [Table(title=TITLE, how=note, columns=columns, rows=[], notes=[])]
    effects, yi, vi, offsets = analyses()
    count = len(offsets) - 1

    def row(task: str, seconds: float) -> list[str]:
        verdict_ = verdict(seconds, WANTED, at_most=True)
        return [task, f"{seconds:.3f}", f"{seconds / count * 1e6:.1f}", f"< {WANTED:g}", verdict_]

    rows = [row("effects and variances from arms", processor_time(effects))]
    for engine in ("numpy", "compiled"):
        spent = processor_time(lambda engine=engine: pool_ragged(yi, vi, offsets, engine=engine))
        rows.append(row(f"REML, Knapp-Hartung, {engine} engine", spent))
    return [
        Table(
            title=TITLE,
            how=f"{count:,} analyses, {len(yi):,} effects (RR and OR, MD and SMD, generic), read "
            "once and laid end to end; processor time of computing all effects, and of "
            "pooling them all with `pool_ragged`. Reading the files does not count.",
            columns=columns,
            rows=rows,
            notes=[],
        )
    ]


def analyses():
    """The step from arms to effects as a call, and the effects end to end."""
    import pandas as pd

    sys.path.insert(0, str(ROOT / "tests" / "kernels"))
    from test_ragged_cochrane import ARMS, KEY, effects_of

    rows = pd.read_parquet(FOLDER / "study_results.parquet")
    wanted = pd.read_parquet(FOLDER / "metafor_pooled.parquet")
    rows = rows.drop_duplicates([*KEY, "study", *ARMS, "giv_estimate", "giv_se"])
    some = {m: rows.merge(w[KEY], on=KEY) for m, w in wanted.groupby("measure", sort=False)}

    def effects():
        with np.errstate(all="ignore"):
            return {measure: effects_of(part, measure) for measure, part in some.items()}

    sets = []
    for measure, (yi, vi) in effects().items():
        usable = np.isfinite(yi) & np.isfinite(vi) & (vi > 0)
        part = some[measure].assign(yi=yi, vi=vi)[usable]
        sets += [group[["yi", "vi"]].to_numpy() for _, group in part.groupby(KEY, sort=False)]
    assert len(sets) == len(wanted)
    offsets = np.concatenate([[0], np.cumsum([len(s) for s in sets])])
    yi, vi = np.concatenate(sets).T.copy()
    return effects, yi, vi, offsets


if __name__ == "__main__":
    show(tables)
