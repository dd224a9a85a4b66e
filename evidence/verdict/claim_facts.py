"""What a rule may ask about a claim and one result behind it: three-valued answers with facts.

Every check says yes, no or unknown, and shows the facts it read with their field path. A fact that
is not stated is unknown, which is neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from evidence.appraisal.assess import Assessment
from evidence.messages import Message, listed, say
from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.records.outcome import said as in_words
from evidence.verdict.claim_types import ClaimTypes

if TYPE_CHECKING:
    from evidence.verdict.judge import Bearing

Said = Literal["no", "unknown", "yes"]
ORDER: dict[Said, int] = {"no": 0, "unknown": 1, "yes": 2}
NOT_STATED = "not stated"


class Fact(NamedTuple):
    """One fact behind an answer: the field it stands in and its printed value."""

    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, no or unknown, why, and the facts that were read."""

    said: Said
    why: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A claim, its types, one result that may carry it, and all results that bear on it.

    `body` is None where nobody has looked for other results.
    """

    claim: Claim
    types: ClaimTypes
    done: Assessment | None = None
    body: tuple[Bearing, ...] | None = None


Check = Callable[[Case], Answer]


def all_of(*checks: Check) -> Check:
    """Yes where every check says yes; no where one says no; otherwise unknown.

    >>> from evidence.verdict.cases import case_of
    >>> good, bare = (lambda _: Answer("yes", "blind")), (lambda _: Answer("unknown", "not stated"))
    >>> all_of(good, bare)(case_of("fewer wrinkles")).why
    'not stated'
    """

    def combined(case: Case) -> Answer:
        return together([check(case) for check in checks], worst=True)

    return combined


def any_of(*checks: Check) -> Check:
    """Yes where one check says yes; no where every one says no; otherwise unknown.

    >>> from evidence.verdict.cases import case_of
    >>> good, bad = (lambda _: Answer("yes", "blind")), (lambda _: Answer("no", "not randomised"))
    >>> any_of(good, bad)(case_of("fewer wrinkles")).why
    'blind'
    """

    def combined(case: Case) -> Answer:
        return together([check(case) for check in checks], worst=False)

    return combined


def together(answers: list[Answer], *, worst: bool) -> Answer:
    """Several answers as one, with reasons and facts of those which decided.

    >>> parts = [Answer("yes", "randomised"), Answer("unknown", "blinding not stated")]
    >>> together(parts, worst=True)
    Answer(said='unknown', why='blinding not stated', facts=())
    """
    pick = min if worst else max
    decided = pick((row.said for row in answers), key=ORDER.__getitem__)
    deciding = [row for row in answers if row.said == decided]
    whys = dict.fromkeys(row.why for row in deciding)
    facts = dict.fromkeys(fact for row in deciding for fact in row.facts)
    return Answer(decided, listed(whys), tuple(facts))


def fact(path: str, value: object) -> Fact:
    """A fact as it is shown; one that is not stated says so.

    >>> fact("outcome.design.kind", "within_person"), fact("outcome.week", UNKNOWN).value
    (Fact(path='outcome.design.kind', value='within person'), 'not stated')
    """
    if value is None or value is UNKNOWN or value == "":
        return Fact(path, NOT_STATED)
    return Fact(path, value if isinstance(value, Message) else in_words(value))


def no_study(case: Case) -> Answer:
    """The answer of every check of evidence where there is no result.

    >>> from evidence.verdict.cases import case_of
    >>> no_study(case_of("fewer wrinkles")).why
    'no study is offered or linked'
    """
    offered = case.claim.evidence_offered.strip()
    shown = (fact("claim.evidence_offered", offered),)
    if offered.lower() in ("", "none", "no"):
        return Answer("no", "no study is offered or linked", shown)
    return Answer("unknown", say("no result is at hand: {offered}", offered=offered), shown)


def of_result(check: Callable[[Assessment], Answer]) -> Check:
    """A check of a result alone, which answers `no_study` where there is none.

    >>> from evidence.verdict.cases import case_of
    >>> people = of_result(lambda done: Answer("yes", f"{sum(done.facts.n):g} people"))
    >>> people(case_of("fewer wrinkles", n=["50"])).why
    '50 people'
    >>> people(case_of("fewer wrinkles")).why
    'no study is offered or linked'
    """

    def asked(case: Case) -> Answer:
        return no_study(case) if case.done is None else check(case.done)

    asked.__name__, asked.__doc__ = check.__name__, check.__doc__
    return asked


def of_both(check: Callable[[Case, Assessment], Answer]) -> Check:
    """A check of a result against the claim, which answers `no_study` where there is none.

    >>> from evidence.verdict.cases import case_of
    >>> named = of_both(lambda case, done: Answer("yes", f"{case.claim.text}: {done.outcome.name}"))
    >>> named(case_of("it works", outcome="wrinkle depth")).why
    'it works: wrinkle depth'
    >>> named(case_of("it works")).said
    'no'
    """

    def asked(case: Case) -> Answer:
        return no_study(case) if case.done is None else check(case, case.done)

    asked.__name__, asked.__doc__ = check.__name__, check.__doc__
    return asked


def three(value: object, yes: tuple[object, ...], no: tuple[object, ...]) -> Said:
    """A value of a closed list as yes or no; anything else is unknown.

    >>> [three(seen, ("vehicle",), ("none",)) for seen in ("vehicle", "none", UNKNOWN)]
    ['yes', 'no', 'unknown']
    """
    return "yes" if value in yes else "no" if value in no else "unknown"


def reply(said: Said, yes: str, no: str, unknown: str, *facts: Fact) -> Answer:
    """An answer with the reason that goes with it.

    >>> reply("unknown", "randomised", "not randomised", "randomisation not stated").why
    'randomisation not stated'
    """
    return Answer(said, {"yes": yes, "no": no, "unknown": unknown}[said], facts)
