"""RoB 2 as tables: which question is asked when, and which answers give which judgement.

The tables restate the published decision rules; in each the first matching row wins. The rules
for the first period of a cluster trial (1b) and for crossover (S) are interim project rules: the
published flowcharts of those two variants were not seen.

References
----------
.. [1] Sterne et al. (2019), RoB 2: a revised tool for assessing risk of bias in randomised
   trials. BMJ 366:l4898. https://doi.org/10.1136/bmj.l4898
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Literal, NamedTuple

from evidence.errors import EvidenceError, OptionError

Answer = Literal["Y", "PY", "PN", "N", "NI", "NA"]
Judgement = Literal["Low", "Some concerns", "High"]
DomainId = Literal["D1", "D1b", "S", "D2a", "D2b", "D3", "D4", "D5"]
Answers = Mapping[str, Answer]

ANSWERS: tuple[Answer, ...] = ("Y", "PY", "PN", "N", "NI", "NA")
JUDGEMENTS: tuple[Judgement, ...] = ("Low", "Some concerns", "High")
"""From best to worst."""

YES: frozenset[Answer] = frozenset({"Y", "PY"})
NO: frozenset[Answer] = frozenset({"N", "PN"})
NI: frozenset[Answer] = frozenset({"NI"})
When = Mapping[str, frozenset[Answer]]


class Row(NamedTuple):
    """All of these answers, or better said each within its set, give this judgement."""

    when: When
    judgement: Judgement


class Table(NamedTuple):
    """A domain: its questions, when each is asked, and its parts; the worse part counts."""

    name: str
    asked: Mapping[str, tuple[When, ...]]  # asked if any of these holds; () is always
    parts: tuple[tuple[Row, ...], ...]
    interim: bool = False  # a project rule, not the published one


LOW: Judgement = "Low"
SOME: Judgement = "Some concerns"
HIGH: Judgement = "High"
_AWARE: tuple[When, ...] = ({"2.1": YES | NI}, {"2.2": YES | NI})

TABLES: dict[DomainId, Table] = {
    "D1": Table(
        "randomisation",
        {"1.1": (), "1.2": (), "1.3": ()},
        ((
            Row({"1.2": NO}, HIGH),
            Row({"1.2": NI, "1.3": YES}, HIGH),
            Row({"1.2": NI, "1.3": NO | NI}, SOME),
            Row({"1.1": NO, "1.2": YES}, SOME),
            Row({"1.1": YES | NI, "1.2": YES, "1.3": YES}, SOME),
            Row({"1.1": YES | NI, "1.2": YES, "1.3": NO | NI}, LOW),
        ),),
    ),
    "D1b": Table(
        "identification and recruitment within clusters",
        {"1b.1": (), "1b.2": ({"1b.1": NO | NI},)},
        ((
            Row({"1b.1": YES}, LOW),
            Row({"1b.2": NO}, LOW),
            Row({"1b.2": NI}, SOME),
            Row({"1b.2": YES}, HIGH),
        ),),
        interim=True,
    ),
    "S": Table(
        "period and carry-over effects",
        {"S.1": (), "S.2": (), "S.3": (), "S.4": ()},
        ((
            Row({"S.1": NO}, HIGH),
            Row({"S.3": NO}, HIGH),
            Row({"S.4": YES}, HIGH),
            Row({"S.1": NI}, SOME),
            Row({"S.1": YES, "S.2": YES}, LOW),
            Row({"S.1": YES, "S.2": NO | NI}, SOME),
        ),),
        interim=True,
    ),
    "D2a": Table(
        "deviations from what was intended, effect of assignment",
        {
            "2.1": (), "2.2": (), "2.3": _AWARE,
            "2.4": ({"2.3": YES, "2.1": YES | NI}, {"2.3": YES, "2.2": YES | NI}),
            "2.5": ({"2.3": YES, "2.4": YES | NI, "2.1": YES | NI},
                    {"2.3": YES, "2.4": YES | NI, "2.2": YES | NI}),
            "2.6": (), "2.7": ({"2.6": NO | NI},),
        },
        (
            (
                Row({"2.1": NO, "2.2": NO}, LOW),
                Row({"2.3": NO}, LOW),
                Row({"2.3": NI}, SOME),
                Row({"2.3": YES, "2.4": NO}, SOME),
                Row({"2.3": YES, "2.4": YES | NI, "2.5": YES}, SOME),
                Row({"2.3": YES, "2.4": YES | NI, "2.5": NO | NI}, HIGH),
            ),
            (
                Row({"2.6": YES}, LOW),
                Row({"2.6": NO | NI, "2.7": NO}, SOME),
                Row({"2.6": NO | NI, "2.7": YES | NI}, HIGH),
            ),
        ),
    ),
    "D2b": Table(
        "deviations from what was intended, effect of adherence",
        {
            "2.1": (), "2.2": (), "2.3": _AWARE, "2.4": (), "2.5": (),
            "2.6": ({"2.4": YES | NI}, {"2.5": YES | NI},
                    {"2.1": YES | NI, "2.3": NO | NI}, {"2.2": YES | NI, "2.3": NO | NI}),
        },
        ((
            Row({"2.1": NO, "2.2": NO, "2.4": NO, "2.5": NO}, LOW),
            Row({"2.3": YES, "2.4": NO, "2.5": NO}, LOW),
            Row({"2.6": YES}, SOME),
            Row({"2.6": NO | NI}, HIGH),
        ),),
    ),
    "D3": Table(
        "missing outcome data",
        {
            "3.1": (), "3.2": ({"3.1": NO | NI},), "3.3": ({"3.1": NO | NI, "3.2": NO | NI},),
            "3.4": ({"3.1": NO | NI, "3.2": NO | NI, "3.3": YES | NI},),
        },
        ((
            Row({"3.1": YES}, LOW),
            Row({"3.2": YES}, LOW),
            Row({"3.3": NO}, LOW),
            Row({"3.4": NO}, SOME),
            Row({"3.4": YES | NI}, HIGH),
        ),),
    ),
    "D4": Table(
        "measurement of the outcome",
        {
            "4.1": (), "4.2": (), "4.3": ({"4.1": NO | NI, "4.2": NO | NI},),
            "4.4": ({"4.1": NO | NI, "4.2": NO | NI, "4.3": YES | NI},),
            "4.5": ({"4.1": NO | NI, "4.2": NO | NI, "4.3": YES | NI, "4.4": YES | NI},),
        },
        ((
            Row({"4.1": YES}, HIGH),
            Row({"4.2": YES}, HIGH),
            Row({"4.2": NO, "4.3": NO}, LOW),
            Row({"4.2": NO, "4.4": NO}, LOW),
            Row({"4.2": NI, "4.3": NO}, SOME),
            Row({"4.2": NI, "4.4": NO}, SOME),
            Row({"4.5": NO}, SOME),
            Row({"4.5": YES | NI}, HIGH),
        ),),
    ),
    "D5": Table(
        "selection of the reported result",
        {"5.1": (), "5.2": (), "5.3": ()},
        ((
            Row({"5.2": YES}, HIGH),
            Row({"5.3": YES}, HIGH),
            Row({"5.2": NI}, SOME),
            Row({"5.3": NI}, SOME),
            Row({"5.1": YES}, LOW),
            Row({"5.1": NO | NI}, SOME),
        ),),
    ),
}  # fmt: skip
"""The domains, by id."""


def asked(domain: DomainId, answers: Answers) -> tuple[str, ...]:
    """The questions of a domain that are asked, given the answers before them.

    >>> asked("D3", {"3.1": "N", "3.2": "PY"})
    ('3.1', '3.2')
    """
    table = _table(domain)
    return tuple(
        question
        for question, conditions in table.asked.items()
        if not conditions or any(_holds(when, answers) for when in conditions)
    )


def judge_domain(domain: DomainId, answers: Answers) -> Judgement:
    """The judgement that a domain's table gives for its answers.

    Parameters
    ----------
    domain
        A key of `TABLES`: D1, D1b (cluster), S (crossover), D2a (effect of assignment), D2b
        (effect of adherence), D3, D4, D5.
    answers
        Answer code by question; answers to questions that are not asked are ignored.

    Returns
    -------
    Judgement
        Low, Some concerns or High; the worse part where a domain has two [1]_.

    Raises
    ------
    OptionError
        An unknown domain or answer code.
    EvidenceError
        A question is asked and has no answer, or NA.

    References
    ----------
    .. [1] Sterne et al. (2019), BMJ 366:l4898. https://doi.org/10.1136/bmj.l4898

    Examples
    --------
    >>> judge_domain("D1", {"1.1": "N", "1.2": "Y", "1.3": "N"})
    'Some concerns'
    """
    for question in asked(domain, answers):
        code = answers.get(question, "NA")
        if code not in ANSWERS:
            raise OptionError(question, code, ANSWERS)
        if code == "NA":
            raise EvidenceError(
                f"{domain}: question {question} is asked and has no answer; "
                "give Y, PY, PN, N, or NI where nothing is stated."
            )
    return worst(_first(rows, answers) for rows in _table(domain).parts)


def worst(judgements: Iterable[Judgement]) -> Judgement:
    """The worst of some judgements.

    >>> worst(["Low", "High", "Some concerns"])
    'High'
    """
    return max(judgements, key=JUDGEMENTS.index)


def reachable(domain: DomainId, answers: Answers) -> tuple[Judgement, ...]:
    """The judgements a domain could get if every NI were known, from best to worst.

    Each NI, also of a question that is not asked yet, is walked to yes and to no on its own.

    >>> reachable("D1", {"1.1": "NI", "1.2": "Y", "1.3": "N"})
    ('Low', 'Some concerns')
    """
    found = {judge_domain(domain, known) for known in _known(domain, answers)}
    return in_order(found)


def reachable_overall(domains: Iterable[Iterable[Judgement]]) -> tuple[Judgement, ...]:
    """The overall judgements reachable when each domain takes any of its own.

    >>> reachable_overall([("Low", "High"), ("Some concerns",)])
    ('Some concerns', 'High')
    """
    found: set[Judgement] = {LOW}
    for domain in domains:
        choices = tuple(domain)
        found = {worst((one, other)) for one in found for other in choices}
    return in_order(found)


def in_order(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Each judgement once, from best to worst.

    >>> in_order(["High", "Low", "High"])
    ('Low', 'High')
    """
    return tuple(sorted(set(judgements), key=JUDGEMENTS.index))


# --------------------------------------------------------------------------- matching


def _table(domain: DomainId) -> Table:
    if domain not in TABLES:
        raise OptionError("domain", domain, TABLES)
    return TABLES[domain]


def _holds(when: When, answers: Answers) -> bool:
    return all(answers.get(question) in codes for question, codes in when.items())


def _first(rows: tuple[Row, ...], answers: Answers) -> Judgement:
    return next(row.judgement for row in rows if _holds(row.when, answers))


def _known(domain: DomainId, answers: Answers) -> Iterator[dict[str, Answer]]:
    """The answers with every NI replaced, in all ways."""
    questions = _table(domain).asked
    unknown = [question for question in questions if answers.get(question) == "NI"]
    both: tuple[Answer, Answer] = ("Y", "N")
    for codes in product(both, repeat=len(unknown)):
        yield {**answers, **dict(zip(unknown, codes, strict=True))}
