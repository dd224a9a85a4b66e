"""Answers in words: what ROBINS-I, the before-after questions and the lists share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from evidence.appraisal import answering
from evidence.appraisal.rob2_facts import SETTINGS, Fact, fact_at, read_all
from evidence.appraisal.rob2_overrides import Override
from evidence.errors import EvidenceError, OptionError
from evidence.records.outcome import Outcome
from evidence.records.study import Study

Rule: TypeAlias = answering.Rule[str]
Reply: TypeAlias = answering.Reply[str]

_FIELDS = {
    "design": "design.kind",
    "comparator": "design.comparator",
    "randomised": "design.randomised",
    "sequence": "design.sequence",
    "concealment": "design.concealment",
    "applier": "design.blinding.applier",
    "population": "design.population_analysed",
    "missing": "design.missing_handled",
    "adjusted": "design.adjusted_for_baseline",
    "kind": "kind",
    "instrument": "instrument",
    "registered": "reporting.registered",
    "people": "study.population",
}


def common_facts(study: Study, outcome: Outcome) -> dict[str, Fact]:
    """Facts by name: plain fields, and what RoB 2 makes of several (shares, start, assessor).

    >>> common_facts(Study(id="a", population="women over 40"), Outcome(id="b", name="TEWL"))[
    ...     "people"
    ... ].printed
    'women over 40'
    """
    plain = {name: fact_at(study, outcome, path) for name, path in _FIELDS.items()}
    return {**read_all(study, outcome, SETTINGS), **plain}


def overridden(row: Reply, override: Override | None) -> Reply:
    """The reader's answer in place of the rule's, with name, date and reason.

    >>> from evidence.appraisal.answering import reply
    >>> rules = [Rule("2", "yes", "randomised", ("yes",), "allocated by chance")]
    >>> facts = {"randomised": Fact("design.randomised")}
    >>> told = reply("2", rules, facts, otherwise="not reported", wanted="how they were allocated")
    >>> mine = Override(target="2", answer="yes", name="A. Reader", date="2026-01-31",
    ...     reason="page 3: by lot")
    >>> told.code, overridden(told, mine).code, overridden(told, None).code
    ('not reported', 'yes', 'not reported')
    """
    if override is None:
        return row
    return replace(
        row, code=override.answer, if_asked=override.answer, rule=f"{row.question} reader",
        why=override.said, reach="reviewer",
    )  # fmt: skip


def by_target(
    overrides: Iterable[Override], allowed: Mapping[str, tuple[str, ...]]
) -> dict[str, Override]:
    """Overrides by target, each one allowed for its target and given once.

    Raises
    ------
    OptionError
        A target that is not there, or an answer that it does not take.
    EvidenceError
        A target given twice.

    Examples
    --------
    >>> mine = Override(target="2", answer="yes", name="A. Reader", date="2026-01-31",
    ...     reason="page 3: by lot")
    >>> by_target([mine], {"2": ("yes", "no")})["2"].answer
    'yes'
    """
    found: dict[str, Override] = {}
    for override in overrides:
        target = override.target
        if target not in allowed:
            raise OptionError("target", target, allowed)
        if override.answer not in allowed[target]:
            raise OptionError(f"answer to {target}", override.answer, allowed[target])
        if target in found:
            raise EvidenceError(f"override of {target}: given twice; keep one.")
        found[target] = override
    return found
