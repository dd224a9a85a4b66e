"""How a result came about and how it is told: every signal of a study, each from its fields.

A signal is a fact for the reader, never a fault of anybody, and never a test that is passed. The
cautions and notes that a reviewer wrote into a record are not read.
"""

from __future__ import annotations

from collections.abc import Iterable

from evidence.integrity.facts_of_record import cite_field, place_of, value_at
from evidence.integrity.found import Item
from evidence.integrity.signal import RowSignal, Signal
from evidence.integrity.signals_of_design import DESIGN_SIGNALS
from evidence.integrity.signals_of_result import RESULT_SIGNALS
from evidence.integrity.signals_of_rows import ROW_SIGNALS
from evidence.integrity.signals_of_words import WORD_SIGNALS
from evidence.records.base import UNKNOWN, Place
from evidence.records.outcome import Outcome
from evidence.records.study import Study

SIGNALS: tuple[Signal, ...] = (*DESIGN_SIGNALS, *RESULT_SIGNALS, *WORD_SIGNALS)
"""Every signal of a single result."""


def signals_of(study: Study, outcome: Outcome) -> tuple[Item, ...]:
    """The signals of one result, in the order of their codes.

    Parameters
    ----------
    study, outcome
        The result and the study it belongs to; other results of the study are not looked at.

    Returns
    -------
    tuple of Item
        Status `note`, verdict `seen`; `inputs` cite the fields with their places.

    Examples
    --------
    >>> from evidence.records.outcome import Design
    >>> one = Outcome(id="1", name="TEWL", design=Design(kind="single_arm_prepost"))
    >>> [item.code for item in signals_of(Study(id="a", outcomes=(one,)), one)]
    ['EV412', 'EV419', 'EV421', 'EV475']
    """
    found = [
        _item(study, outcome, signal, sentence)
        for signal in SIGNALS
        if (sentence := signal.look(study, outcome))
    ]
    return tuple(sorted(found, key=lambda item: item.code))


def signals_across(study: Study) -> tuple[Item, ...]:
    """The signals that show only across the results of one study, by result.

    >>> from evidence.records.plain import outcome_of
    >>> low = {"p": {"operator": "<", "value": "0.05"}}
    >>> results = [outcome_of(name, contrast=low) for name in ("TEWL", "hydration", "redness")]
    >>> print(signals_across(Study(id="a", outcomes=tuple(results)))[0].sentence)
    All 3 results of the study are significant.
    """
    return tuple(
        _item(study, outcome, signal, sentence)
        for signal in ROW_SIGNALS
        for outcome, sentence in signal.look(study)
    )


def _item(study: Study, outcome: Outcome, signal: Signal | RowSignal, sentence: str) -> Item:
    stated = [path for path in signal.reads if _is_stated(value_at(study, outcome, path))]
    paths = stated or list(signal.reads[:1])
    return Item(
        code=signal.code,
        check=signal.name,
        status="note",
        verdict="seen",
        sentence=sentence,
        inputs=tuple(cite_field(study, outcome, path) for path in paths),
        study=study.id,
        outcome=outcome.id,
        place=first_place(study, outcome, paths),
    )


def _is_stated(value: object) -> bool:
    return value is not None and value is not UNKNOWN and value != "" and value != ()


def first_place(study: Study, outcome: Outcome | None, paths: Iterable[str]) -> Place | None:
    """The place of the first field that has one; the result's own otherwise.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("TEWL", places={"site": Place(file="a.csv", line=7, field="site")})
    >>> str(first_place(Study(id="a"), one, ["treated.n", "site"]))
    'a.csv:7:site'
    """
    for path in paths:
        if (place := place_of(study, outcome, path)) is not None:
            return place
    if outcome is None:
        return None
    return next((place for place in outcome.places.values()), None)
