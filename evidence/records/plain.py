"""A result written with plain values: numbers as text with their digits, parts as dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from evidence.records.base import Record
from evidence.records.outcome import Outcome
from evidence.records.reported import Reported

_R = TypeVar("_R", bound=Record)


def outcome_of(name: str, **facts: Any) -> Outcome:
    """A result named "1" from plain values.

    Parameters
    ----------
    name
        What was measured.
    facts
        Fields of `Outcome`; a text where a number belongs is read as printed.

    Raises
    ------
    pydantic.ValidationError
        A field that is not there, or a value that it does not take.

    Examples
    --------
    >>> one = outcome_of("TEWL", treated={"mean": "5.10", "n": "20"}, design={"kind": "parallel"})
    >>> one.treated.mean.decimals, one.design.kind, one.control is None
    (2, 'parallel', True)
    """
    return _record(Outcome, {"id": "1", "name": name} | facts)


def _record(kind: type[_R], facts: Mapping[str, Any]) -> _R:
    return kind(**{name: _value(kind, name, value) for name, value in facts.items()})


def _value(kind: type[Record], name: str, value: Any) -> Any:
    field = kind.model_fields.get(name)
    said = None if field is None else field.annotation
    options = get_args(said) if get_origin(said) in (Union, UnionType) else (said,)
    part = next((o for o in options if isinstance(o, type) and issubclass(o, Record)), None)
    if part is Reported and isinstance(value, str):
        return Reported.parse(value)
    return _record(part, value) if part is not None and isinstance(value, Mapping) else value
