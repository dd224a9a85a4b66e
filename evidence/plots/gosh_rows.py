"""Rows of a GOSH plot: pooled subsets one by one, or counted in cells when there are many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from evidence._typing import Vector
from evidence.effects.effect import ratio_of_log
from evidence.errors import EvidenceError
from evidence.synthesis.gosh import Gosh

GoshKind = Literal["subset", "cell", "estimate", "i2", "whole"]

MOST_POINTS = 1500
"""With more subsets than this they are counted in cells."""
CELLS = (48, 30)
"""Cells along the estimate and along I², also those of the histograms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoshRow:
    """How many subsets lie where; estimates on the printed scale (ratios, not logs), I² in percent.

    `kind` is "subset" (one, at a point), "cell" (of both), "estimate" or "i2" (a bar of the
    histogram of that one; the limits of the other are None), or "whole" (all studies together).
    The last four fields say what the subsets are and are the same in every row.
    """

    kind: GoshKind
    estimate_low: float | None
    estimate_high: float | None
    i2_low: float | None
    i2_high: float | None
    count: int
    subsets: int
    studies: int
    exact: bool
    seed: int | None
    ratio: bool = False


def gosh_rows(
    found: Gosh,
    *,
    cells: tuple[int, int] = CELLS,
    most_points: int = MOST_POINTS,
    log: bool = False,
) -> list[GoshRow]:
    """Rows of a GOSH plot: estimate against I², and the histogram of each.

    Parameters
    ----------
    found : Gosh
        From `pool_subsets`: all subsets, or a random sample of them.
    cells : (across, upright)
        Bars of the two histograms, and cells where there are too many subsets to draw each.
    most_points : int
        So many subsets are still drawn one by one.
    log : bool
        The effects are logarithms of ratios; the rows hold the ratios.

    Returns
    -------
    list of GoshRow
        Subsets in their order, or cells that are not empty; then both histograms; then all studies
        together, if that is among the subsets.

    Raises
    ------
    EvidenceError
        Fewer than one cell is asked for.

    References
    ----------
    Olkin, Dahabreh & Trikalinos (2012), Res Synth Methods 3:214–223.
    https://doi.org/10.1002/jrsm.1053

    Examples
    --------
    >>> from evidence.synthesis.gosh import pool_subsets
    >>> found = pool_subsets({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, tau2="EE")
    >>> rows = gosh_rows(found, cells=(2, 2))
    >>> [(row.kind, row.count) for row in rows if row.kind in ("estimate", "i2")]
    [('estimate', 5), ('estimate', 2), ('i2', 4), ('i2', 3)]
    >>> [round(row.estimate_low, 2) for row in rows if row.kind == "whole"]
    [0.3]
    """
    if min(cells) < 1:
        raise EvidenceError("a histogram needs at least one bar.")
    turn: Callable[[float], float] = ratio_of_log if log else float
    estimate = found.frame["estimate"].to_numpy(dtype=np.float64)
    i2 = found.frame["i2"].to_numpy(dtype=np.float64)

    def row(kind: GoshKind, x: Any, y: Any, count: float) -> GoshRow:
        low, high = (None, None) if x is None else (turn(float(x[0])), turn(float(x[1])))
        return GoshRow(
            kind=kind,
            estimate_low=low,
            estimate_high=high,
            i2_low=None if y is None else float(y[0]),
            i2_high=None if y is None else float(y[1]),
            count=int(count),
            subsets=len(estimate),
            studies=len(found.studies),
            exact=found.exact,
            seed=found.seed,
            ratio=log,
        )

    table, across, upright = np.histogram2d(estimate, i2, bins=_edges(estimate, cells))
    xs = list(pairwise(across))
    ys = list(pairwise(upright))
    if len(estimate) <= most_points:
        rows = [row("subset", (x, x), (y, y), 1) for x, y in zip(estimate, i2, strict=True)]
    else:
        rows = [row("cell", xs[i], ys[j], table[i, j]) for i, j in np.argwhere(table > 0)]
    rows += [row("estimate", x, None, n) for x, n in zip(xs, table.sum(axis=1), strict=True)]
    rows += [row("i2", None, y, n) for y, n in zip(ys, table.sum(axis=0), strict=True)]
    for i in np.flatnonzero(found.include.all(axis=1))[:1]:
        rows.append(row("whole", (estimate[i], estimate[i]), (i2[i], i2[i]), 1))
    return rows


def _edges(estimate: Vector, cells: tuple[int, int]) -> list[Vector]:
    """Cells over the estimates there are, and over all that I² can be."""
    low, high = float(estimate.min()), float(estimate.max())
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-300):
        low, high = low - 0.5, high + 0.5
    return [np.linspace(low, high, cells[0] + 1), np.linspace(0.0, 100.0, cells[1] + 1)]
