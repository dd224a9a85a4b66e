"""Columns that say which rows belong together: labels to codes, with every gap refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evidence.errors import SynthesisError
from evidence.kernels.blocks import Codes
from evidence.synthesis.effect_table import EffectSource

ROW = "row"
"""Name of the grouping that gives every row a group of its own, unless a column has that name."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouping:
    """Group numbers of shape (k,), and what each group is called."""

    codes: Codes
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


def columns_of_source(effects: EffectSource) -> dict[str, Any]:
    """All columns of the effects by name.

    >>> columns_of_source({"yi": [0.1], "vi": [0.02], "study": ["Kim"]})["study"]
    ['Kim']
    """
    frame = effects if isinstance(effects, pd.DataFrame | Mapping) else effects.frame
    return {str(name): column for name, column in frame.items()}


def grouping(names: Sequence[str], columns: Mapping[str, Any], k: int) -> Grouping:
    """Rows that agree in all the named columns are one group, in order of appearance.

    Raises
    ------
    SynthesisError
        When a column is not there, has another length, or lacks a value.

    Examples
    --------
    >>> grouping(["study"], {"study": ["Kim", "Kim", "Lee"]}, 3).codes.tolist()
    [0, 0, 1]
    """
    keys = list(zip(*(labels(name, columns, k) for name in names), strict=True))
    first = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return Grouping(
        codes=np.array([first[key] for key in keys], dtype=np.intp),
        labels=tuple(" / ".join(map(str, key)) for key in first),
    )


def levels(name: str, columns: Mapping[str, Any], k: int) -> tuple[Codes, list[Any]]:
    """Level numbers and the levels in their own order: of a category, of numbers, of words.

    >>> levels("time", {"time": ["10", "9", "10"]}, 3)[1]
    ['9', '10']
    """
    values = labels(name, columns, k)
    column = columns.get(name)
    if isinstance(column, pd.Series) and isinstance(column.dtype, pd.CategoricalDtype):
        present = set(values)
        ordered = [level for level in column.cat.categories if level in present]
    else:
        ordered = sorted(set(values), key=_natural)
    at = {level: number for number, level in enumerate(ordered)}
    return np.array([at[value] for value in values], dtype=np.intp), ordered


def labels(name: str, columns: Mapping[str, Any], k: int) -> list[Any]:
    """The values of one column, none missing.

    >>> labels("study", {"study": ["Kim", "Kim", "Sato"]}, 3), labels(ROW, {}, 3)
    (['Kim', 'Kim', 'Sato'], [1, 2, 3])
    >>> labels("study", {"study": ["Kim", None]}, 2)
    Traceback (most recent call last):
        ...
    evidence.errors.SynthesisError: row 2: study is missing, so its group is not known.
    """
    if name not in columns:
        if name == ROW:
            return list(range(1, k + 1))
        raise SynthesisError(
            f"no column {name}. Found: {', '.join(columns) or 'nothing'}. Every row a group of "
            f"its own: use {ROW!r}."
        )
    values = list(columns[name])
    if len(values) != k:
        raise SynthesisError(f"lengths differ: {k} effects and {len(values)} values of {name}.")
    for row, value in enumerate(values, start=1):
        if value is None or value is pd.NA or value != value or value == "":
            raise SynthesisError(f"row {row}: {name} is missing, so its group is not known.")
    return values


def _natural(value: Any) -> tuple[int, float, str]:
    """Numbers in their order, also when written as text, before words in theirs."""
    try:
        return 0, float(value), str(value)
    except (TypeError, ValueError):
        return 1, 0.0, str(value)
