"""Effects from wherever they come, checked once: numbers, complete, with positive variances."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol, TypeAlias

import numpy as np
import pandas as pd

from evidence._typing import Vector
from evidence.errors import SynthesisError
from evidence.messages import listed, say

LARGEST = 1e40  # and 1/LARGEST the smallest variance: squares and cubes of these still fit
FLOATS = frozenset({float, np.float64})


class EffectsLike(Protocol):
    """What pooling needs of computed effects."""

    @property
    def yi(self) -> Vector:
        """Effects, shape (k,)."""

    @property
    def vi(self) -> Vector:
        """Sampling variances, shape (k,)."""

    @property
    def measure(self) -> str:
        """Name of the effect measure."""

    @property
    def frame(self) -> pd.DataFrame:
        """One row per effect, with a column `study`."""


EffectSource: TypeAlias = EffectsLike | pd.DataFrame | Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectTable:
    """Checked effects: `yi` and `vi` of shape (k,), the name of each study, the measure."""

    yi: Vector
    vi: Vector
    studies: tuple[str, ...]
    measure: str

    def __len__(self) -> int:
        return len(self.yi)


def effect_table(effects: EffectSource, *, measure: str = "") -> EffectTable:
    """Read effects and refuse what cannot be pooled.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        With yi and vi, and optionally study and measure.
    measure : str
        Name of the measure, where the effects do not carry it.

    Raises
    ------
    SynthesisError
        When a column is missing or empty, lengths differ, a value is missing, infinite or not a
        number, or a variance is not positive. The message names row and study.

    Examples
    --------
    >>> effect_table({"yi": [0.1, 0.3], "vi": [0.02, 0.03]}).studies
    ('1', '2')
    """
    if isinstance(effects, pd.DataFrame | Mapping):
        columns: dict[str, Any] = {str(name): column for name, column in effects.items()}
        named = _one_measure(columns.get("measure"))
    elif hasattr(effects, "yi") and hasattr(effects, "vi"):
        columns = {"yi": effects.yi, "vi": effects.vi, "study": effects.frame["study"]}
        named = effects.measure
    else:
        raise SynthesisError(
            f"effects must be computed effects, a table or a mapping with yi and vi, not "
            f"{type(effects).__name__}."
        )
    for name in ("yi", "vi"):
        if name not in columns:
            hint = " Square the standard errors to get vi." if {"se", "sei"} & set(columns) else ""
            raise SynthesisError(
                f"no column {name}; pooling needs effects yi and sampling variances vi. "
                f"Found: {', '.join(columns) or 'nothing'}.{hint}"
            )
    if measure and named and measure != named:
        raise SynthesisError(f"measure={measure!r}, but the effects are {named!r}.")

    raw = {name: _listed(name, columns[name]) for name in ("yi", "vi")}
    k = len(raw["yi"])
    if len(raw["vi"]) != k:
        raise SynthesisError(f"lengths differ: {k} yi and {len(raw['vi'])} vi.")
    if not k:
        raise SynthesisError("nothing to pool: there is no effect.")
    labels = _listed("study", columns["study"]) if "study" in columns else range(1, k + 1)
    if len(labels) != k:
        raise SynthesisError(f"lengths differ: {k} yi and {len(labels)} study names.")
    studies = tuple(map(str, labels))
    yi = as_numbers("yi", raw["yi"], studies)
    vi = as_numbers("vi", raw["vi"], studies)
    _check_variances(vi, studies)
    return EffectTable(yi=yi, vi=vi, studies=studies, measure=measure or named)


def as_numbers(name: str, values: Sequence[Any], studies: Sequence[str]) -> Vector:
    """Values as floats; what is missing, infinite or no number is refused by row and study.

    >>> as_numbers("vi", [0.02, 1], ["Kim", "Sato"])
    array([0.02, 1.  ])
    >>> as_numbers("vi", [0.02, None], ["Kim", "Sato"])
    Traceback (most recent call last):
        ...
    evidence.errors.SynthesisError: row 2 (Sato): vi is missing. Recover it from what the study
    reports, or leave the row out and say so.
    """
    if FLOATS.issuperset(map(type, values)):
        numbers = np.array(values, dtype=np.float64)
        if (np.abs(numbers) <= LARGEST).all():  # not so for what is missing
            return numbers
    for row, (value, study) in enumerate(zip(values, studies, strict=True), start=1):
        where = _row(row, study) if study != str(row) else say("row {row}", row=row)
        if value is None or value is pd.NA or (isinstance(value, Real) and value != value):
            raise SynthesisError(
                say(
                    "{where}: {name} is missing. Recover it from what the study reports, or leave "
                    "the row out and say so.",
                    where=where,
                    name=name,
                )
            )
        if not is_number(value):
            raise SynthesisError(f"{where}: {name} = {value!r} is not a number.{_as_read(value)}")
        if math.isinf(value):
            raise SynthesisError(
                say("{where}: {name} = {value} is not finite.", where=where, name=name, value=value)
            )
        if abs(value) > LARGEST:
            raise SynthesisError(
                say(
                    "{where}: {name} = {value} is too large to compute with; check its unit.",
                    where=where,
                    name=name,
                    value=f"{value:g}",
                )
            )
    return np.array([float(value) for value in values], dtype=np.float64)


def is_number(value: object) -> bool:
    """Whether it is a real number; truth values and texts are none.

    >>> is_number(0.3), is_number("0.3"), is_number(True)
    (True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def check_level(level: float) -> None:
    """Refuse a confidence level that is not between 0 and 1.

    >>> check_level(95)
    Traceback (most recent call last):
    evidence.errors.SynthesisError: level=95 is not between 0 and 1. Did you mean 0.95?
    """
    if not is_number(level) or not 0 < level < 1:
        hint = f" Did you mean {level / 100:g}?" if is_number(level) and 1 < level < 100 else ""
        raise SynthesisError(f"level={level!r} is not between 0 and 1.{hint}")


def _as_read(value: object) -> str:
    """What a text would be as a number: said, never assumed."""
    text = str(value).strip()
    if text.endswith(("%", "%")):
        return " Give a percentage as an effect on the scale that is pooled, such as a log ratio."
    try:
        return f" It is text; give the number {float(text):g}." if isinstance(value, str) else ""
    except ValueError:
        return ""


def _check_variances(vi: Vector, studies: Sequence[str]) -> None:
    unusable = vi < 1 / LARGEST
    if not unusable.any():
        return
    row = int(np.flatnonzero(unusable)[0])
    where, value = _row(row + 1, studies[row]), vi[row]
    if value < 0:
        raise SynthesisError(
            say(
                "{where}: vi = {value} is negative; a variance cannot be. Was a standard error or "
                "a confidence limit entered instead?",
                where=where,
                value=f"{value:g}",
            )
        )
    raise SynthesisError(
        say(
            "{where}: vi = {value} would give this study infinite weight; inverse-variance pooling "
            "cannot use it, equal-effects or random-effects. A variance of zero is usually a "
            "rounded standard error or a study without spread: give the unrounded standard error, "
            "or leave the study out and say so.",
            where=where,
            value=f"{value:g}",
        )
    )


def _row(row: int, study: str) -> str:
    return say("row {row} ({study})", row=row, study=study)


def _listed(name: str, values: Any) -> list[Any]:
    if isinstance(values, str) or not hasattr(values, "__len__"):
        raise SynthesisError(f"{name} must be a column of values, not {values!r}.")
    if np.ndim(values) != 1:
        raise SynthesisError(f"{name} must have one dimension, not {np.ndim(values)}.")
    return list(values)


def _one_measure(values: Any) -> str:
    """The measure of a table, when it says one and the same in every row."""
    if values is None:
        return ""
    if isinstance(values, str):
        return values
    names = {str(value) for value in values}
    if len(names) > 1:
        raise SynthesisError(
            say(
                "different measures cannot be pooled together: {measures}.",
                measures=listed(sorted(names), ", "),
            )
        )
    return next(iter(names), "")
