"""How a rule turns a fact into an answer: shared by every tool that asks questions of a record.

A rule names a fact and the answer that follows from it; the first that fits a question answers
it. A fact that is not stated fits no rule, so it can never turn into a "no" by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

from evidence.appraisal.rob2_facts import Fact
from evidence.messages import say
from evidence.records.base import Place

C = TypeVar("C", bound=str)
"""The answers of one tool."""

ANY: tuple[str, ...] = ()
"""Fits whatever is stated."""

Reach = Literal["full", "partial", "reviewer"]


class Span(NamedTuple):
    """Numbers within limits; a limit that is None does not bind."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a number lies within all limits."""
        return not (
            (self.at_least is not None and value < self.at_least)
            or (self.above is not None and value <= self.above)
            or (self.at_most is not None and value > self.at_most)
            or (self.below is not None and value >= self.below)
        )


class Rule(NamedTuple, Generic[C]):
    """If the fact is one of these words, or within this span, the question has this answer."""

    question: str
    code: C
    fact: str  # a name in the facts
    fits: tuple[str, ...] | Span
    why: str
    reach: Reach = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Generic[C]):
    """An answer, the fact it rests on, and the rule that took it there.

    `if_asked` is the answer that the facts give; `code` is NA where the tool does not ask.
    """

    question: str
    code: C
    if_asked: C
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


def reply(
    question: str,
    rules: Iterable[Rule[C]],
    facts: Mapping[str, Fact],
    *,
    otherwise: C,
    wanted: str,
    unruled: Reach = "reviewer",
) -> Reply[C]:
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
    unruled
        What a question without rules takes to be settled.

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
        reach = own[-1].reach if own else unruled
        name = f"{question} not settled"
    return Reply(
        question=question, code=code, if_asked=code, fact=fact.path, printed=fact.printed,
        place=fact.place, rule=name, why=why, reach=reach,
    )  # fmt: skip


def _fits(rule: Rule[C], fact: Fact) -> bool:
    if fact.value is None or rule.fits == ANY:
        return fact.value is not None
    if isinstance(rule.fits, Span):
        return isinstance(fact.value, float) and rule.fits.holds(fact.value)
    return fact.value in rule.fits
