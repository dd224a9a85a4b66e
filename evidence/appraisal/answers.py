"""Answers read off a record by rules: shared by ROBINS-I, the before-after questions, the lists.

A rule names a fact and the answer that follows from it; the first that fits a question answers
it. A fact that is not stated fits no rule, so it can never turn into a "no" by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from evidence.appraisal.rob2_answers import ANY, Reach, Span
from evidence.appraisal.rob2_facts import SETTINGS, Fact, read_all
from evidence.appraisal.rob2_overrides import Override
from evidence.errors import EvidenceError, OptionError
from evidence.messages import say
from evidence.records.base import Place, Unknown
from evidence.records.outcome import Outcome, said
from evidence.records.reported import Reported
from evidence.records.study import Study


class Rule(NamedTuple):
    """If the fact is one of these words, or within this span, the question has this answer."""

    question: str
    code: str
    fact: str  # a name in the facts
    fits: tuple[str, ...] | Span
    why: str
    reach: Reach = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, the fact it rests on, and the rule that took it there.

    `if_asked` is the answer that the facts give; `code` is NA where the tool does not ask.
    """

    question: str
    code: str
    if_asked: str
    fact: str  # field path
    printed: str  # as the record prints it, or "not stated"
    place: Place | None
    rule: str  # short id: question and fact
    why: str
    reach: Reach

    @property
    def mechanical(self) -> bool:
        """Whether facts alone settle it, without a reader."""
        return self.reach == "full"

    @property
    def settled(self) -> bool:
        """Whether a stated fact or a reader stands behind it."""
        return not self.rule.endswith("not settled")

    def __str__(self) -> str:
        return say(
            "{question} {code}: {why} ({field}: {printed})",
            question=self.question,
            code=self.code,
            why=self.why,
            field=self.fact or "no field",
            printed=self.printed,
        )


def fact_at(study: Study, outcome: Outcome, path: str) -> Fact:
    """The fact at a field path of the outcome, or of the study where the path begins so.

    >>> fact_at(Study(id="a"), Outcome(id="b", name="TEWL"), "design.comparator")
    Fact(path='design.comparator', value=None, printed='not stated', place=None)
    """
    owner: Study | Outcome = study if path.startswith("study.") else outcome
    inside = path.removeprefix("study.")
    value: object = owner
    for step in inside.split("."):
        value = getattr(value, step)
    place = owner.places.get(inside)
    if isinstance(value, Unknown) or value in ("", ()):
        return Fact(path)
    if isinstance(value, Reported):
        return Fact(path, value.value, str(value), value.place or place)
    return Fact(path, str(value), said(value), place)


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


def reply(
    question: str,
    rules: Iterable[Rule],
    facts: Mapping[str, Fact],
    *,
    otherwise: str,
    wanted: str,
) -> Reply:
    """The answer of the first rule that fits; `otherwise` where no stated fact settles it.

    Parameters
    ----------
    question
        Its id; rules of other questions are passed over.
    rules, facts
        The rules in the order in which they are tried, and facts by name.
    otherwise
        The answer of the tool for what is not known.
    wanted
        What would settle it, in words.

    Examples
    --------
    >>> rules = [Rule("2", "yes", "randomised", ("yes",), "allocated by chance")]
    >>> facts = {"randomised": Fact("design.randomised")}
    >>> print(reply("2", rules, facts, otherwise="not reported", wanted="who got what, and how"))
    2 not reported: wanted: who got what, and how (design.randomised: not stated)
    """
    own = [rule for rule in rules if rule.question == question]
    rule = next((rule for rule in own if _fits(rule, facts[rule.fact])), None)
    if rule is not None:
        fact, code, why, reach = facts[rule.fact], rule.code, rule.why, rule.reach
        name = f"{question} {rule.fact}"
    else:  # the last rule names the fact that is looked for
        fact = facts[own[-1].fact] if own else Fact("")
        code, why = otherwise, say("wanted: {what}", what=wanted)
        reach = own[-1].reach if own else "reviewer"
        name = f"{question} not settled"
    return Reply(
        question=question, code=code, if_asked=code, fact=fact.path, printed=fact.printed,
        place=fact.place, rule=name, why=why, reach=reach,
    )  # fmt: skip


def _fits(rule: Rule, fact: Fact) -> bool:
    if fact.value is None or rule.fits == ANY:
        return fact.value is not None
    if isinstance(rule.fits, Span):
        return isinstance(fact.value, float) and rule.fits.holds(fact.value)
    return fact.value in rule.fits


def overridden(row: Reply, override: Override | None) -> Reply:
    """The reader's answer in place of the rule's, with name, date and reason.

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
