"""2x2 tables from their margins and one measure of association."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from evidence._typing import Vector
from evidence.effects.effect import html_table
from evidence.errors import EffectError
from evidence.kernels.mantel_haenszel import fitted_cell
from evidence.messages import say

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("odds_ratio", "phi", "chi_square")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReconstructedTables:
    """Cells as whole people, each of shape (k,), and the unrounded first cell.

    Rows are groups, columns the event: `ai` and `bi` of the first group, `ci` and `di` of the
    second.
    """

    ai: Vector
    bi: Vector
    ci: Vector
    di: Vector
    unrounded: Vector
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per table."""
        import pandas as pd

        return pd.DataFrame({"ai": self.ai, "bi": self.bi, "ci": self.ci, "di": self.di})

    def _repr_html_(self) -> str:
        return html_table(self.to_frame())


def reconstruct_tables(
    *,
    n: ArrayLike,
    n1: ArrayLike,
    events: ArrayLike,
    odds_ratio: ArrayLike | None = None,
    phi: ArrayLike | None = None,
    chi_square: ArrayLike | None = None,
    continuity: bool = False,
) -> ReconstructedTables:
    """Cells of 2x2 tables from both margins and an odds ratio, a phi or a chi-square.

    Parameters
    ----------
    n, n1, events : arrays of shape (k,)
        People in all, people in the first group, people with the event in both groups.
    odds_ratio, phi, chi_square : array of shape (k,)
        One of the three. A chi-square has no direction: give it the sign of the association.
    continuity : bool
        Whether the chi-square was printed with Yates's correction.

    Raises
    ------
    EffectError
        When not exactly one measure is given, margins cannot be, or no table with these margins
        has the measure.

    References
    ----------
    Di Pietrantonj (2006), Stat Med 25:2299–2322 (odds ratio). https://doi.org/10.1002/sim.2287
    Viechtbauer, Smits, Kotz et al. (2015), BMC Med Res Methodol; Yule (1912), J R Stat Soc
    75:579–652 (phi).

    Examples
    --------
    >>> found = reconstruct_tables(n=[100], n1=[50], events=[40], odds_ratio=[2.5])
    >>> found.ai, found.bi, found.ci, found.di
    (array([25.]), array([25.]), array([15.]), array([35.]))
    """
    given = {"odds_ratio": odds_ratio, "phi": phi, "chi_square": chi_square}
    used = {name: value for name, value in given.items() if value is not None}
    if len(used) != 1:
        raise EffectError(
            f"give exactly one of {', '.join(KINDS)}; found {', '.join(used) or 'none'}."
        )
    ((kind, value),) = used.items()
    total, first, with_event = (
        np.atleast_1d(np.asarray(column, dtype=np.float64)) for column in (n, n1, events)
    )
    measure = np.atleast_1d(np.asarray(value, dtype=np.float64))
    if not len(total) == len(first) == len(with_event) == len(measure):
        raise EffectError("n, n1, events and the measure differ in length.")
    bad = ~((first > 0) & (first < total) & (with_event > 0) & (with_event < total))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise EffectError(
            f"row {row + 1}: n = {total[row]:g}, n1 = {first[row]:g}, events = {with_event[row]:g} "
            "leave an empty margin or more people than there are."
        )
    cell = _first_cell(kind, measure, total, first, with_event, continuity)
    ai = np.rint(cell)
    low, high = np.maximum(0, first + with_event - total), np.minimum(first, with_event)
    outside = ~((ai >= low) & (ai <= high))
    if outside.any():
        row = int(np.flatnonzero(outside)[0])
        raise EffectError(
            f"row {row + 1}: no table with these margins has {kind} = {measure[row]:g}; the first "
            f"cell would be {cell[row]:.1f}, and can be {low[row]:g} to {high[row]:g}."
        )
    off = np.abs(cell - ai)
    return ReconstructedTables(
        ai=ai,
        bi=first - ai,
        ci=with_event - ai,
        di=total - first - with_event + ai,
        unrounded=cell,
        notes=tuple(
            say(
                "row {row}: the first cell came out as {cell}; with so much rounding {count} is "
                "one of two possible counts.",
                row=row + 1,
                cell=f"{cell[row]:.2f}",
                count=f"{ai[row]:g}",
            )
            for row in np.flatnonzero(off > 0.4)
        ),
    )


def _first_cell(
    kind: str, measure: Vector, n: Vector, n1: Vector, m: Vector, continuity: bool
) -> Vector:
    if kind == "odds_ratio":
        if (measure <= 0).any():
            raise EffectError("an odds ratio must be above zero.")
        return np.array(
            [
                fitted_cell(n1[i : i + 1], (n - n1)[i : i + 1], m[i : i + 1], float(measure[i]))[0]
                for i in range(len(n))
            ]
        )
    spread = np.sqrt(n1 * (n - n1) * m * (n - m))
    if kind == "phi":
        return np.asarray((n1 * m + measure * spread) / n, dtype=np.float64)
    excess = np.sqrt(np.abs(measure) / n) * spread + (n / 2 if continuity else 0.0)
    return np.asarray((n1 * m + np.sign(measure) * excess) / n, dtype=np.float64)
