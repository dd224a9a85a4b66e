"""Counts from wherever they come, checked once: events and people, or events and time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidence._typing import Vector
from evidence.effects.measures import MEASURES, effect_sizes
from evidence.effects.options import To
from evidence.errors import OptionError, SynthesisError
from evidence.synthesis.effect_table import is_number

CountSource: TypeAlias = pd.DataFrame | Mapping[str, Any]

TABLE = ("ai", "bi", "ci", "di")
RATES = ("x1i", "t1i", "x2i", "t2i")
SHARE = ("xi", "mi")  # events, people without
RATE = ("xi", "ti")

LAYOUT = {
    "OR": TABLE,
    "RR": TABLE,
    "RD": TABLE,
    "PETO": TABLE,
    "IRR": RATES,
    "IRD": RATES,
    "PLO": SHARE,
    "IRLN": RATE,
}
"""What each measure is computed from, after people have been split by event."""

FROM_TOTAL = {"bi": ("n1i", "ai"), "di": ("n2i", "ci"), "mi": ("ni", "xi")}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountTable:
    """Checked counts: `cells` of k rows each, in the order of `LAYOUT`; names; notes."""

    measure: str
    cells: tuple[Vector, ...]
    studies: tuple[str, ...]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.studies)

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Rows without events, or with nothing but events, in both groups; shape (k,)."""
        empty: NDArray[np.bool_] = np.zeros(len(self), dtype=bool)
        if LAYOUT[self.measure] == TABLE:
            a, b, c, d = self.cells
            empty = ((a == 0) & (c == 0)) | ((b == 0) & (d == 0))
        elif LAYOUT[self.measure] == RATES:
            empty = (self.cells[0] == 0) & (self.cells[2] == 0)
        return empty

    def take(self, rows: NDArray[np.bool_]) -> CountTable:
        """The rows that are true."""
        kept = tuple(name for name, keep in zip(self.studies, rows, strict=True) if keep)
        cells = tuple(cell[rows] for cell in self.cells)
        return CountTable(measure=self.measure, cells=cells, studies=kept, notes=self.notes)

    def effects(self) -> tuple[Vector, Vector]:
        """Effect and sampling variance of each row, each of shape (k,).

        1/2 is added to rows with a zero, save for Peto's effect, which needs none; rows that say
        nothing about a ratio are NaN.
        """
        names = LAYOUT[self.measure]
        columns: dict[str, Any] = dict(zip(names, self.cells, strict=True))
        if names == SHARE:
            columns = {"xi": columns["xi"], "ni": columns["xi"] + columns["mi"]}
        to: To = "none" if self.measure == "PETO" else "only0"
        found = effect_sizes(self.measure, to=to, drop00=True, **columns)
        return found.yi, found.vi


def count_table(counts: CountSource, measure: str, allowed: Sequence[str]) -> CountTable:
    """Read counts and refuse what cannot be; rows with a missing count are left out and named.

    Parameters
    ----------
    counts : DataFrame or mapping
        `ai bi ci di` (or `ai n1i ci n2i`) for two groups of people, `x1i t1i x2i t2i` for two
        rates, `xi ni` for shares, `xi ti` for rates; optionally `study`.
    measure : str
        Name of the measure.
    allowed : sequence of str
        Measures that the caller can use.

    Raises
    ------
    OptionError
        For another measure.
    SynthesisError
        When columns are missing, differ in length, hold what is no number, or nothing is left.
    EffectError
        When counts cannot be: negative, or more events than people.

    Examples
    --------
    >>> count_table({"ai": [3], "n1i": [10], "ci": [5], "n2i": [12]}, "OR", ("OR",)).cells[1]
    array([7.])
    """
    if measure not in allowed:
        raise OptionError("measure", measure, allowed)
    if not isinstance(counts, pd.DataFrame | Mapping):
        raise SynthesisError(
            f"counts must be a table or a mapping of columns, not {type(counts).__name__}."
        )
    given = {str(name): column for name, column in counts.items()}
    names = _chosen(measure, given)
    raw: dict[str, Any] = {name: _numbers(name, given[name]) for name in names}
    k = len(raw[names[0]])
    if any(len(column) != k for column in raw.values()):
        sizes = ", ".join(f"{name} {len(column)}" for name, column in raw.items())
        raise SynthesisError(f"columns differ in length: {sizes}.")
    studies = tuple(str(s) for s in given["study"]) if "study" in given else _numbered(k)
    if len(studies) != k:
        raise SynthesisError(f"lengths differ: {k} rows of counts and {len(studies)} study names.")
    effect_sizes(measure, **raw)  # refuses impossible counts by row
    cells = [_cell(name, raw) for name in LAYOUT[measure]]
    whole = np.all([np.isfinite(cell) for cell in cells], axis=0)
    notes: tuple[str, ...] = ()
    if not whole.all():
        left = ", ".join(name for name, keep in zip(studies, whole, strict=True) if not keep)
        notes = (f"left out because a count is missing: {left}.",)
    if not whole.any():
        raise SynthesisError("nothing to pool: no row has all its counts.")
    table = CountTable(measure=measure, cells=tuple(cells), studies=studies, notes=notes)
    return table.take(whole)


def _chosen(measure: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    ways = MEASURES[measure].columns
    for names in ways:
        if set(names) <= set(given):
            return names
    wanted = " or ".join(", ".join(names) for names in ways)
    found = ", ".join(given) or "nothing"
    raise SynthesisError(f"{measure} needs the columns {wanted}. Found: {found}.")


def _cell(name: str, raw: Mapping[str, Vector]) -> Vector:
    if name in raw:
        return raw[name]
    total, part = FROM_TOTAL[name]
    return raw[total] - raw[part]


def _numbers(name: str, values: Any) -> Vector:
    if isinstance(values, str) or not hasattr(values, "__len__") or np.ndim(values) != 1:
        raise SynthesisError(f"{name} must be a column of numbers, not {values!r}.")
    return np.array([_number(name, row, value) for row, value in enumerate(values, start=1)])


def _number(name: str, row: int, value: Any) -> float:
    if value is None or value is pd.NA or (isinstance(value, Real) and value != value):
        return math.nan
    if not is_number(value):
        raise SynthesisError(f"row {row}: {name} = {value!r} is not a number.")
    if math.isinf(value):
        raise SynthesisError(f"row {row}: {name} = {value} is not finite.")
    return float(value)


def _numbered(k: int) -> tuple[str, ...]:
    return tuple(str(row) for row in range(1, k + 1))
