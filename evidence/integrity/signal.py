"""The shape of a signal: a code, and the function that looks for it in a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from evidence.records.outcome import Outcome
from evidence.records.study import Study


class Signal(NamedTuple):
    """One signal of a result: `look` gives its sentence, or "" where it is not there."""

    code: str
    name: str
    look: Callable[[Study, Outcome], str]
    reads: tuple[str, ...]  # paths of the fields it rests on


class RowSignal(NamedTuple):
    """One signal that shows only across the results of a study."""

    code: str
    name: str
    look: Callable[[Study], Iterable[tuple[Outcome, str]]]
    reads: tuple[str, ...]
