"""One fit at once, beside R's metafor and the packages from PyPI on the same data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from tables import Table, show, times, verdict
from timing import Absent, metafor, peers, processor_time

import evidence as ev


def effects(k: int, rng: np.random.Generator) -> pd.DataFrame:
    """Random-effects data with a clear mean and heterogeneity."""
    vi = rng.uniform(0.01, 0.2, k)
    return pd.DataFrame({"yi": rng.normal(0.3, np.sqrt(vi + 0.05)), "vi": vi})


def tables() -> list[Table]:
    rng = np.random.default_rng(20260101)
    thirteen = effects(13, rng)
    return [beside_metafor(thirteen, rng), beside_peers(thirteen)]


def beside_metafor(thirteen: pd.DataFrame, rng: np.random.Generator) -> Table:
    """Five tasks with the ratio that each is to reach."""
    thousand, forty_eight, nested = (effects(k, rng) for k in (1000, 48, 100))
    nested["district"], nested["row"] = np.repeat(np.arange(20), 5), np.arange(100)
    # `pool` gives the prediction interval and the Q-profile limits of tau2 without being asked
    tasks: list[tuple[str, Callable[[], object], pd.DataFrame, str, int]] = [
        ("REML, Knapp-Hartung, prediction and Q-profile interval, k = 13",
         lambda: ev.pool(thirteen, tau2="REML", test="HKSJ"),
         thirteen, "r <- rma(yi, vi, data=d, test='knha'); confint(r); predict(r)", 10),
        ("REML, k = 1000",
         lambda: ev.pool(thousand, tau2="REML", test="z"),
         thousand, "rma(yi, vi, data=d)", 500),
        ("step-function selection model, k = 48",
         lambda: ev.fit_selection(forty_eight, model="steps", steps=(0.025,)),
         forty_eight,
         "selmodel(rma(yi, vi, data=d, method='ML'), type='stepfun', steps=0.025)", 10),
        ("all influence diagnostics, k = 48",
         lambda: ev.influence(forty_eight),
         forty_eight, "influence(rma(yi, vi, data=d))", 50),
        ("three-level model, k = 100",
         lambda: ev.multilevel(nested, random="1 | district/row", test="z"),
         nested, "rma.mv(yi, vi, random=~1|district/row, data=d)", 5),
    ]  # fmt: skip
    names = [f"d{i}" for i in range(len(tasks))]
    script = [
        f"d <- {name}; cat(timed(function() suppressWarnings({{ {call} }})), '\\n')"
        for name, (_, _, _, call, _) in zip(names, tasks, strict=True)
    ]
    frames = {
        name: {column: frame[column].to_numpy() for column in frame}
        for name, (_, _, frame, _, _) in zip(names, tasks, strict=True)
    }
    notes: list[str] = []
    theirs: list[float | None] = [None] * len(tasks)
    try:
        theirs = [line[0] for line in metafor(script, frames)]
    except Absent as absent:
        notes.append(f"{absent}: no ratios")
    rows = []
    for (task, call, _, _, wanted), other in zip(tasks, theirs, strict=True):
        ours = processor_time(call)
        row = [task, f"{ours * 1e3:.2f}"]
        if other is None:
            row += ["absent", "", f"{wanted}×", ""]
        else:
            ratio = other / ours
            row += [f"{other * 1e3:,.1f}", times(ratio), f"{wanted}×", verdict(ratio, wanted)]
        rows.append(row)
    return Table(
        title="Single fits beside metafor",
        how="One call on one data set: the public function here, the same task in metafor "
        "(`rma`, `confint`, `predict`; `selmodel`; `influence`; `rma.mv`); processor time in "
        "milliseconds, the median of several blocks.",
        columns=["", "ours, ms", "metafor, ms", "ratio", "wanted", ""],
        rows=rows,
        notes=notes,
    )


def beside_peers(data: pd.DataFrame) -> Table:
    """One pooled mean in each of the packages from PyPI, and the same task here."""
    notes, found = [], {}
    try:
        found = peers("single", y=data["yi"].to_numpy(), v=data["vi"].to_numpy())
    except Absent as absent:
        notes.append(f"{absent}: no ratios")
    rows = []
    for name, other in found.items():
        if "absent" in other:
            notes.append(f"{name} is absent: {other['absent']}")
            continue
        options = ("DL", "z") if str(other["task"]).startswith("DL") else ("REML", "HKSJ")

        def pooled(options=options) -> ev.Pooled:
            return ev.pool(data, tau2=options[0], test=options[1])

        ours, answer = processor_time(pooled), pooled()
        away = abs(other["estimate"] - answer.estimate) / answer.se
        wide = abs(other["se"] / answer.se - 1)
        rows.append([
            f"{name} {other['version']}", str(other["task"]), f"{ours * 1e3:.2f}",
            f"{other['seconds'] * 1e3:.2f}", times(other["seconds"] / ours), f"{away:.0e}",
            f"{wide:.0e}",
        ])  # fmt: skip
    return Table(
        title="Single fits beside other Python packages",
        how="One mean of 13 studies by the task that each package offers, with those intervals "
        "that it has; `evidence.pool` always gives the prediction interval and the Q-profile "
        "limits too. Processor time in milliseconds. The last two columns say how far the "
        "answers are apart: the means in standard errors, the standard errors relatively.",
        columns=["", "task", "ours, ms", "theirs, ms", "ratio", "means", "errors"],
        rows=rows,
        notes=notes,
    )


if __name__ == "__main__":
    show(tables)
