"""A reader's word against the rules: answers, domain judgements, and the step up to High."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date as calendar_date
from typing import cast

from evidence.appraisal.rob2_questions import QUESTIONS
from evidence.appraisal.rob2_tables import (
    ANSWERS,
    HIGH,
    JUDGEMENTS,
    SOME,
    Answer,
    DomainId,
    Judgement,
)
from evidence.errors import EvidenceError, OptionError

Escalation = tuple[bool, str] | None
"""Whether several Some concerns are together taken for High, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A reader's answer to a question ("2.3") or judgement of a domain ("D4").

    Refused without the name of the reader, an ISO date and a reason.

    Examples
    --------
    >>> Override(target="2.3", answer="PN", name="A. Reader", date="2026-01-31", reason="")
    Traceback (most recent call last):
    evidence.errors.EvidenceError: override of 2.3: no reason given; say what was read and where.
    """

    target: str
    answer: str
    name: str
    date: str
    reason: str

    def __post_init__(self) -> None:
        for field, hint in (
            ("name", "say who answers for it."),
            ("date", "give it as 2026-01-31."),
            ("reason", "say what was read and where."),
        ):
            if not getattr(self, field).strip():
                raise EvidenceError(f"override of {self.target}: no {field} given; {hint}")
        try:
            calendar_date.fromisoformat(self.date)
        except ValueError as error:
            raise EvidenceError(
                f"override of {self.target}: {self.date!r} is no date; give it as 2026-01-31."
            ) from error

    @property
    def code(self) -> Answer:
        """The answer, of a question."""
        return cast("Answer", self.answer)

    @property
    def judgement(self) -> Judgement:
        """The judgement, of a domain."""
        return cast("Judgement", self.answer)

    @property
    def said(self) -> str:
        """Who, when and why, in one line."""
        return f"{self.name}, {self.date}: {self.reason}"


def check_overrides(
    overrides: Iterable[Override], domains: Sequence[DomainId]
) -> dict[str, Override]:
    """Overrides by target, each one allowed for its target and given once.

    Raises
    ------
    OptionError
        A target that these domains do not have, or an answer that the target does not take.
    EvidenceError
        A target given twice.

    Examples
    --------
    >>> mine = Override(target="1.1", answer="Y", name="A. Reader", date="2026-01-31",
    ...     reason="page 3: by lot")
    >>> check_overrides([mine], ["D1"])["1.1"].answer
    'Y'
    >>> check_overrides([mine], ["D3"])
    Traceback (most recent call last):
        ...
    evidence.errors.OptionError: target='1.1' is not one of D3, 3.1, 3.2, 3.3, 3.4. Did you mean
    '3.1'?
    """
    questions = [question for domain in domains for question in QUESTIONS[domain]]
    found: dict[str, Override] = {}
    for override in overrides:
        target = override.target
        if target not in questions and target not in domains:
            raise OptionError("target", target, (*domains, *questions))
        codes = tuple(code for code in ANSWERS if code != "NA")  # NA follows from the path
        allowed: tuple[str, ...] = codes if target in questions else JUDGEMENTS
        if override.answer not in allowed:
            raise OptionError(f"answer to {target}", override.answer, allowed)
        if target in found:
            raise EvidenceError(f"override of {target}: given twice; keep one.")
        found[target] = override
    return found


def escalated(
    by_rule: Judgement, domains: Sequence[Judgement], escalate: Escalation
) -> tuple[Judgement, str]:
    """The overall judgement after a reader's escalation, and the reason kept with it.

    Raises
    ------
    EvidenceError
        No reason, or fewer than two domains with Some concerns and none High.

    Examples
    --------
    >>> five = ["Low", "Some concerns", "Some concerns", "Some concerns", "Some concerns"]
    >>> escalated("Some concerns", five, None)
    ('Some concerns', '')
    >>> escalated("Some concerns", five, (True, "the same people dropped out and rated"))
    ('High', 'the same people dropped out and rated')
    """
    if escalate is None or not escalate[0]:
        return by_rule, ""
    reason = escalate[1].strip()
    if not reason:
        raise EvidenceError("escalate: no reason given; say why the concerns add up to High.")
    if by_rule != SOME or list(domains).count(SOME) < 2:
        raise EvidenceError(
            f"escalate: the result is {by_rule} with {list(domains).count(SOME)} domains of Some "
            "concerns; it takes at least two, and none High."
        )
    return HIGH, reason
