"""Plain rows: what a drawing shows, one frozen dataclass each, and as a table for notebooks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import pandas as pd
    from _typeshed import DataclassInstance


def to_frame(rows: Sequence[DataclassInstance]) -> pd.DataFrame:
    """One line per row, columns named as the attributes; pandas is imported here only.

    >>> from evidence.plots.score_strip import ScoreRow
    >>> to_frame([ScoreRow(label="Kim", value=41.0)])[["label", "value"]].to_dict("records")
    [{'label': 'Kim', 'value': 41.0}]
    """
    import pandas as pd

    return pd.DataFrame([as_record(row) for row in rows])


def as_record(row: DataclassInstance) -> dict[str, Any]:
    """A row as a dictionary.

    Slotted dataclasses have no `__dict__`, and `asdict` copies deeply; rows are flat.

    >>> from evidence.plots.probability import ProbabilityRow
    >>> as_record(ProbabilityRow(threshold=0.0, probability=0.9))
    {'threshold': 0.0, 'probability': 0.9, 'mark': ''}
    """
    return {f.name: getattr(row, f.name) for f in fields(row)}


def records(table: object) -> list[Mapping[str, Any] | object]:
    """Rows of a table: a data frame, what holds one as `frame`, or an iterable of rows.

    >>> import pandas as pd
    >>> records(pd.DataFrame({"yi": [0.4, 0.1]})) == records([{"yi": 0.4}, {"yi": 0.1}])
    True
    """
    frame = getattr(table, "frame", None)  # `Effects`
    if hasattr(frame, "columns") and not hasattr(table, "columns"):
        table = frame
    to_dict = getattr(table, "to_dict", None)
    if to_dict is not None and hasattr(table, "columns"):
        return list(to_dict("records"))
    return list(cast("Iterable[Any]", table))


def take(row: object, *names: str, default: Any = None) -> Any:
    """The first of `names` that a mapping or an object has; blanks of a data frame are None.

    >>> take({"sei": float("nan"), "se": 0.2}, "sei", "se"), take({}, "se", default=1.0)
    (0.2, 1.0)
    """
    for name in names:
        found = row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)
        if found is not None and not (isinstance(found, float) and math.isnan(found)):
            return found
    return default


def take_number(row: object, *names: str) -> float | None:
    """As `take`, for a finite number.

    >>> take_number({"vi": 1}, "vi"), take_number({"vi": float("inf")}, "vi")
    (1.0, None)
    """
    found = take(row, *names)
    return None if found is None or not math.isfinite(found) else float(found)


def take_text(row: object, *names: str) -> str:
    """A value as text; a sentence that remembers its template stays one.

    >>> take_text({"week": 12}, "week"), take_text({}, "note")
    ('12', '')
    """
    value = take(row, *names, default="")
    return value if isinstance(value, str) else str(value)
