"""From ROBINS-I answers to levels: which questions are asked, the row that holds, the worst.

Also where the two encodings differ, worked out from their tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from evidence.appraisal.rob2_overrides import Escalation
from evidence.appraisal.robins_i_tables import (
    ASKED_IN_B,
    CRITICAL,
    DOMAINS,
    LXC,
    MODERATE,
    SERIOUS,
    SEVERITY,
    Domain,
    Effect,
    Encoding,
    Level,
    Row,
    conditions,
    questions_of,
    rows,
)
from evidence.errors import EvidenceError, OptionError
from evidence.formatting import plural


def judge_robins_domain(
    domain: Domain,
    answers: Mapping[str, str],
    *,
    effect: Effect = "assignment",
    encoding: Encoding = "A",
) -> Level | None:
    """The level that a domain's table gives for its answers.

    Parameters
    ----------
    domain
        D1 to D6.
    answers
        Answer code by question; answers to questions that are not asked are ignored.
    effect, encoding
        As in `robins_i`.

    Returns
    -------
    str or None
        None only in encoding B, whose chart ends without a judgement for some answers.

    Raises
    ------
    OptionError
        An unknown domain, or an answer that the question does not take.
    EvidenceError
        A question is asked and has no answer.

    Examples
    --------
    >>> judge_robins_domain("D6", {"6.1": "N", "6.2": "NI", "6.3": "NI", "6.4": "NI"})
    'Serious'
    """
    if domain not in DOMAINS:
        raise OptionError("domain", domain, DOMAINS)
    questions = questions_of(domain, effect)
    on_path = asked(domain, answers, effect, encoding)
    for question in on_path:
        code, options = answers.get(question, "NA"), questions[question].options
        if code == "NA":
            raise EvidenceError(
                f"{domain}: question {question} is asked and has no answer; "
                f"give one of {', '.join(options)}."
            )
        if code not in options:
            raise OptionError(question, code, options)
    known = {question: answers[question] for question in on_path}
    return row_that_holds(rows(domain, effect=effect, encoding=encoding), known).level


def asked(
    domain: Domain,
    answers: Mapping[str, str],
    effect: Effect = "assignment",
    encoding: Encoding = "A",
) -> tuple[str, ...]:
    """The questions of a domain that are asked, given the answers before them.

    >>> asked("D5", {"5.1": "N", "5.2": "N"})
    ('5.1', '5.2')
    """
    on_path: dict[str, str] = {}
    for name, question in questions_of(domain, effect).items():
        cases = question.asked
        if cases and encoding == "B":
            cases += ASKED_IN_B.get(name, ())
        if not cases or any(_holds(conditions(when), on_path) for when in cases):
            on_path[name] = answers.get(name, "NA")
    return tuple(on_path)


def overall(levels: Mapping[Domain, Level | None]) -> Level | None:
    """The worst level; all at their best is "Low except for uncontrolled confounding".

    None where a domain has no judgement and no other is Critical.

    >>> overall({"D1": "Low except for uncontrolled confounding", "D2": "Low", "D3": "Moderate"})
    'Moderate'
    """
    known = [level for level in levels.values() if level is not None]
    worst = max(known, key=lambda level: SEVERITY[level], default=None)
    if len(known) < len(levels) and worst != CRITICAL:
        return None
    return LXC if worst is not None and SEVERITY[worst] == 0 else worst


def escalated(
    by_rule: Level | None, domains: list[Level | None], escalate: Escalation
) -> tuple[Level | None, str]:
    """The overall level after a reader's escalation, and the reason kept with it.

    Raises
    ------
    EvidenceError
        No reason, or fewer than two domains at the level that is to be raised.

    Examples
    --------
    >>> escalated("Moderate", ["Low", "Moderate", "Moderate"], (True, "both favour the product"))
    ('Serious', 'both favour the product')
    """
    if escalate is None or not escalate[0]:
        return by_rule, ""
    reason = escalate[1].strip()
    if not reason:
        raise EvidenceError("escalate: no reason given; say why the domains add up.")
    higher: dict[Level | None, Level] = {MODERATE: SERIOUS, SERIOUS: CRITICAL}
    if by_rule not in higher or domains.count(by_rule) < 2:
        raise EvidenceError(
            f"escalate: the result is {by_rule}, of {plural(domains.count(by_rule), 'domain')}; "
            "it takes at least two domains at Moderate with none above, or two at Serious."
        )
    return higher[by_rule], reason


def _holds(when: Mapping[str, frozenset[str]], answers: Mapping[str, str]) -> bool:
    return all(answers.get(question) in codes for question, codes in when.items())


def row_that_holds(table: tuple[Row, ...], answers: Mapping[str, str]) -> Row:
    """The one row of a table that holds for the answers.

    >>> answers = {"6.1": "N", "6.2": "NI", "6.3": "NI", "6.4": "NI"}
    >>> row_that_holds(rows("D6"), answers).level
    'Serious'
    """
    return next(row for row in table if _holds(row.when, answers))


def in_order(levels: Iterable[Level | None]) -> tuple[Level, ...]:
    """Each level once, from best to worst.

    >>> in_order(["Serious", None, "Low", "Serious"])
    ('Low', 'Serious')
    """
    found = {level for level in levels if level is not None}
    return tuple(level for level in SEVERITY if level in found)


class Divergence(NamedTuple):
    """Answers for which the encodings differ: all sets of answers that meet both rows."""

    row_a: str
    row_b: str
    level_a: Level | None
    level_b: Level | None
    when: Mapping[str, frozenset[str]]


def divergences(domain: Domain, effect: Effect = "assignment") -> tuple[Divergence, ...]:
    """Where encoding A and encoding B give different levels for the same answers.

    Parameters
    ----------
    domain, effect
        As in `judge_robins_domain`.

    Returns
    -------
    tuple of Divergence
        Each pair of rows, one of A and one of B, that can hold at once and disagree.

    Examples
    --------
    >>> divergences("D5"), len(divergences("D1"))
    ((), 6)
    """
    found = []
    for a in rows(domain, effect=effect, encoding="A"):
        for b in rows(domain, effect=effect, encoding="B"):
            when = {
                question: a.when.get(question, codes) & b.when.get(question, codes)
                for question, codes in {**a.when, **b.when}.items()
            }
            if a.level != b.level and all(when.values()):
                found.append(Divergence(a.text, b.text, a.level, b.level, when))
    return tuple(found)
