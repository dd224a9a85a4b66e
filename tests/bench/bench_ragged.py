"""Pooling in bulk: beside metafor and PyMARE, and how time and memory grow from 10³ to 10⁶ sets.

Each size runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
from tables import Table, show, times, verdict
from timing import Absent, metafor, peak_memory, peers, processor_time

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ENGINES = ("compiled", "numpy")
BESIDE_METAFOR = 200  # sets also given to metafor
EQUAL_K, EQUAL_SETS = 11, 100_000  # for PyMARE, whose sets must have one size
WANTED = {"metafor": 5000, "PyMARE": 20, "peak": 3, "growth": 1.2}


def many_sets(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Effects with heterogeneity from none to large, the same for every run."""
    rng = np.random.default_rng(20)
    sizes = rng.integers(3, 21, count)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    yi, vi = _drawn(rng, sizes)
    return yi, vi, offsets


def _drawn(rng: np.random.Generator, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n = int(sizes.sum())
    vi = rng.lognormal(-3, 1, n)
    tau = rng.choice([0.0, 0.1, 0.3, 1.0], len(sizes))
    yi = np.repeat(rng.normal(0, 0.5, len(sizes)), sizes)
    yi += rng.standard_normal(n) * np.sqrt(vi + np.repeat(tau * tau, sizes))
    return yi, vi


def measure(count: int, engine: str) -> dict[str, float]:
    """One size with one engine: memory of the first call, then time; warmed up on 100 sets."""
    from evidence.kernels.ragged import pool_ragged

    pool_ragged(*many_sets(100), engine=engine)
    yi, vi, offsets = many_sets(count)
    before = peak_memory(anew=True)
    start = time.process_time()
    found = pool_ragged(yi, vi, offsets, tau2="REML", test="HKSJ", engine=engine)
    spent = time.process_time() - start
    more = peak_memory() - before
    assert not found.status.any()
    if spent < 1:
        spent = processor_time(lambda: pool_ragged(yi, vi, offsets, engine=engine))
    given = yi.nbytes + vi.nbytes + offsets.nbytes
    return {
        "seconds": spent,
        "studies": len(yi),
        "given": given,
        "more": more,
        "peak": (given + more) / given,
    }


def growth() -> dict[tuple[str, int], dict[str, float]]:
    """Time and memory of every engine and size."""
    found = {}
    for engine in ENGINES:
        for count in SIZES:
            done = subprocess.run(
                [sys.executable, __file__, str(count), engine],
                capture_output=True, check=True, encoding="utf-8",
            )  # fmt: skip
            found[engine, count] = json.loads(done.stdout)
    return found


def tables() -> list[Table]:
    measured = growth()
    return [
        beside_metafor({engine: measured[engine, SIZES[-1]] for engine in ENGINES}),
        beside_pymare(),
        *growth_tables(measured),
    ]


def beside_metafor(largest: dict[str, dict[str, float]]) -> Table:
    """A million analyses here, some of them in metafor too."""
    yi, vi, offsets = many_sets(SIZES[-1])
    rows, notes = [], []
    theirs = None
    try:
        theirs, differ = _metafor(yi, vi, offsets[: BESIDE_METAFOR + 1])
        notes.append(differ)
    except Absent as absent:
        notes.append(f"{absent}: no ratios")
    for engine, found in largest.items():
        ours = found["seconds"] / SIZES[-1]
        row = [f"{engine} engine", f"{found['seconds']:.2f}", f"{ours * 1e6:.2f}"]
        if theirs is None:
            row += ["absent", "", "", ""]
        else:
            # the numpy engine is what runs without numba: shown, nothing is asked of it
            asked = engine == "compiled"
            row += [f"{theirs * 1e6:,.0f}", times(theirs / ours)]
            row += [f"{WANTED['metafor']:,}×", verdict(theirs / ours, WANTED["metafor"])]
            row[-2:] = row[-2:] if asked else ["", ""]
        rows.append(row)
    return Table(
        title="A million meta-analyses beside metafor",
        how="1,000,000 sets of 3 to 20 studies, τ² from none to large, REML with Knapp-Hartung: "
        "mean, interval, test, prediction interval, Q, I². `pool_ragged` on all of them; metafor's "
        f"`rma(yi, vi, test='knha')` on the first {BESIDE_METAFOR} of them, the median of several "
        "passes; processor time per analysis.",
        columns=["", "all, s", "ours, µs", "metafor, µs", "ratio", "wanted", ""],
        rows=rows,
        notes=notes,
    )


def _metafor(yi: np.ndarray, vi: np.ndarray, offsets: np.ndarray) -> tuple[float, str]:
    """Seconds per analysis, and how far its answers are from ours."""
    from evidence.kernels.ragged import pool_ragged

    n, count = offsets[-1], len(offsets) - 1
    number = np.repeat(np.arange(count), np.diff(offsets))
    answers = metafor(
        [
            "sets <- split(d, d$number)",
            "fit <- function(s) tryCatch(suppressWarnings(rma(yi, vi, data = s, test = 'knha')),",
            "  error = function(e) NULL)",
            "cat(timed(function() lapply(sets, fit), least = 0) / length(sets), '\\n')",
            "for (s in sets) { f <- fit(s)",
            "  cat(if (is.null(f)) c(NaN, NaN) else sprintf('%.15g', c(f$beta, f$se)), '\\n') }",
        ],
        {"d": {"number": number, "yi": yi[:n], "vi": vi[:n]}},
    )
    ours = pool_ragged(yi[:n], vi[:n], offsets)
    estimate, se = np.array(answers[1:]).T
    failed = int(np.isnan(estimate).sum())
    away = np.nanmax(np.abs(estimate - ours.estimate) / ours.se)
    wide = np.nanmax(np.abs(se / ours.se - 1))
    return answers[0][0], (
        f"On those {count} sets the means differ by at most {away:.0e} standard errors and the "
        f"standard errors by at most {wide:.0e} of themselves (metafor stops its search for τ² "
        f"early); metafor did not converge on {failed}."
    )


def beside_pymare() -> Table:
    """Sets of one size, the only ones PyMARE takes at once."""
    from evidence.kernels.ragged import pool_ragged

    rng = np.random.default_rng(21)
    yi, vi = _drawn(rng, np.full(EQUAL_SETS, EQUAL_K))
    offsets = np.arange(EQUAL_SETS + 1) * EQUAL_K
    notes, found = [], {}
    try:
        y, v = (a.reshape(EQUAL_SETS, EQUAL_K).T.copy() for a in (yi, vi))
        found = peers("batch", y=y, v=v)
        notes += [f"{name} {what['version']} cannot {what['lacks']}."
                  for name, what in found.items() if "lacks" in what]  # fmt: skip
        notes += [f"{name}: {what['absent']}" for name, what in found.items() if "absent" in what]
    except Absent as absent:
        notes.append(f"{absent}: no ratios")
    theirs = found.get("PyMARE", {})
    rows = []
    for method in ("REML", "DL"):
        for engine in ENGINES:

            def pooled(method=method, engine=engine):
                return pool_ragged(yi, vi, offsets, tau2=method, engine=engine)

            answer = pooled()
            ours = processor_time(pooled) / EQUAL_SETS
            row = [f"{method}, {engine} engine", f"{ours * 1e6:.2f}"]
            if method not in theirs:
                rows.append([*row, "absent", "", "", ""])
                continue
            other = theirs[method]
            row += [f"{other['seconds'] * 1e6:.2f}", times(other["seconds"] / ours)]
            asked = method == "REML" and engine == "compiled"
            wanted = WANTED["PyMARE"]
            row += [f"{wanted}×", verdict(other["seconds"] / ours, wanted)] if asked else ["", ""]
            rows.append(row)
            if engine == "compiled":
                few = len(other["estimate"])
                away = np.max(np.abs(other["estimate"] - answer.estimate[:few]) / answer.se[:few])
                notes.append(
                    f"{method}: PyMARE is fastest with {other['at once']:,} sets at once; means "
                    f"of {few} sets differ by at most {away:.0e} standard errors."
                )
    return Table(
        title="Many sets at once beside PyMARE",
        how=f"{EQUAL_SETS:,} sets of {EQUAL_K} studies each, as PyMARE takes sets of one size "
        "only, with Knapp-Hartung; PyMARE's `fit(y, v, X).summary().get_fe_stats()` on arrays of "
        "shape (k, sets), `VarianceBasedLikelihoodEstimator(method='REML')` and "
        "`DerSimonianLaird()`, the fastest of 1,000, 10,000 and 100,000 sets at once; ours gives "
        "Q, I² and the prediction interval besides. Processor time per analysis.",
        columns=["", "ours, µs", "PyMARE, µs", "ratio", "wanted", ""],
        rows=rows,
        notes=notes,
    )


def growth_tables(measured: dict[tuple[str, int], dict[str, float]]) -> list[Table]:
    """Time and memory against the number of sets, and whether they stay in bounds."""
    rows, flat = [], []
    for engine in ENGINES:
        per_study = []
        for count in SIZES:
            found = measured[engine, count]
            per_study.append(found["seconds"] / found["studies"])
            row = [f"{engine} engine, {count:,} sets", f"{found['seconds'] / count * 1e6:.2f}"]
            row += [f"{per_study[-1] * 1e9:.0f}", f"{found['given'] / 1e6:.2f}"]
            row += [f"{found['more'] / 1e6:.2f}", f"{found['peak']:.2f}"]
            asked = count >= 10_000
            row += [f"≤ {WANTED['peak']}", verdict(found["peak"], WANTED["peak"], at_most=True)]
            rows.append(row if asked else [*row[:-2], "", ""])
        ratio = per_study[-1] / per_study[0]
        flat.append([f"{engine} engine", *(f"{cost * 1e9:.0f}" for cost in per_study)])
        flat[-1] += [f"{ratio:.2f}", f"≤ {WANTED['growth']}"]
        flat[-1].append(verdict(ratio, WANTED["growth"], at_most=True))
    memory = Table(
        title="Time and peak memory against the number of sets",
        how="The same sets, one process a size: processor time, and the peak of resident memory "
        "(input and what the call added, answer included) over the input arrays.",
        columns=["", "µs a set", "ns a study", "input MB", "added MB", "peak/input", "wanted", ""],
        rows=rows,
        notes=["Below 10,000 sets the working set no longer shrinks with the input: the added "
               "megabytes are what counts there, and nothing is asked of the ratio."],
    )  # fmt: skip
    cost = Table(
        title="Cost of a study from a thousand sets to a million",
        how="Processor time per study in nanoseconds at each number of sets; growth is the last "
        "over the first.",
        columns=["", *(f"{count:,}" for count in SIZES), "growth", "wanted", ""],
        rows=flat,
        notes=[],
    )
    return [memory, cost]


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(int(sys.argv[1]), sys.argv[2])))
    else:
        show(tables)
