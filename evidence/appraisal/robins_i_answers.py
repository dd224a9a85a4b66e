"""From facts to ROBINS-I answers, for comparisons of cosmetics without random allocation.

A fact that is not stated fits no rule, and its question is then answered NI. The tool knows no NI
for three questions that ask whether anything was found (1.4 or 1.5, and 4.11): what is not stated
there is answered PN, said to be unsettled, and both sides of it are walked for what the judgement
could still become. Rules are this project's choice where no source is named; those marked partial
settle only a part, and a reader may answer otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from evidence.appraisal.answering import ANY, Span, reply
from evidence.appraisal.answers import Reply, Rule, common_facts
from evidence.appraisal.rob2_facts import SETTINGS as SHARES
from evidence.appraisal.rob2_facts import Fact
from evidence.appraisal.robins_i_tables import Domain, Effect, Question, questions_of
from evidence.messages import say
from evidence.records.outcome import Outcome
from evidence.records.study import Study


class RobinsSettings(NamedTuple):
    """Thresholds and words: this project's choice."""

    available: float = SHARES.available  # share with the outcome in every arm that is nearly all
    available_less: float = SHARES.available_less  # from here up: probably not nearly all
    users: tuple[str, ...] = (
        r"(?:loyal|existing|current|regular|habitual) (?:\w+ )?(?:customer|user|client)s?",
        r"(?:customers|subscribers|users) of (?:the|this|our) (?:product|brand)",
    )  # words that say that people used the product before the study began


SETTINGS = RobinsSettings()

_HANDED_OUT = {
    "comparator": ("vehicle", "placebo"),
    "design": ("parallel", "within_person", "crossover", "cluster"),
}
"""Comparators, and designs, that exist only where a study gives products to people."""

_SHARED = "sides of one person share age, season, sun and care; the sides may differ still"
_NOBODY_LOST = "the study handed out what was compared, so who used what is known"


def rules(settings: RobinsSettings = SETTINGS, effect: Effect = "assignment") -> tuple[Rule, ...]:
    """The rules, in the order in which they are tried.

    >>> [rule.code for rule in rules() if rule.question == "5.3"]
    ['SY', 'WY', 'SY', 'WY']
    """
    return (*_CONFOUNDING[effect], *_GROUPS, *_gaps(settings), *_MEASUREMENT, *_PLAN)


def _important(question: str) -> tuple[Rule, ...]:
    return (
        Rule(question, "WN", "same person", ("yes",), _SHARED, "partial"),
        Rule(question, "SN", "sequence", ("choice",),
             "people chose the product: who chooses it differs (confounding by indication)"),
        Rule(question, "SN", "adjusted", ("no",),
             "no adjustment for severity at the start, age, sun, season or retinoid use"),
    )  # fmt: skip


_CONFOUNDING: dict[Effect, tuple[Rule, ...]] = {
    "assignment": (
        *_important("1.1"),
        Rule("1.2", "PY", "same person", ("yes",), "shared by design: nothing to measure",
             "partial"),
    ),
    "adherence": (
        *_important("1.2"),
        Rule("1.3", "PY", "same person", ("yes",), "shared by design: nothing to measure",
             "partial"),
    ),
}  # fmt: skip

_GROUPS: tuple[Rule, ...] = (
    Rule("2.1", "Y", "handed out", ("yes",), "the study handed both out at the start"),
    Rule("2.1", "PY", "same person", ("yes",), "the sides were told apart at the start", "partial"),
    Rule("2.4", "PN", "handed out", ("yes",), _NOBODY_LOST),
    Rule("2.5", "PN", "handed out", ("yes",), _NOBODY_LOST, "partial"),
    Rule("3.1", "SN", "users before", ANY, "people who used it before the study (prevalent users)"),
    Rule("3.1", "PY", "handed out", ("yes",), "use begins when the study hands it out",
         "partial"),
    Rule("3.3", "PN", "population", ("itt", "mitt_missing_only"), "nobody left out for later use"),
    Rule("3.3", "PY", "population", ("per_protocol",), "people left out for how they used it"),
)  # fmt: skip

_FILLED_IN = ("LOCF", "MI", "worst_case")


def _gaps(settings: RobinsSettings) -> tuple[Rule, ...]:
    enough, less = settings.available, settings.available_less
    some = Span(at_least=less, below=enough)
    return (
        Rule("4.1", "PY", "handed out", ("yes",), _NOBODY_LOST),
        Rule("4.1", "PY", "same person", ("yes",), "which side was treated is known", "partial"),
        Rule("4.2", "Y", "lowest share", Span(at_least=enough), "nearly all in every group"),
        Rule("4.2", "PN", "lowest share", some, "some missing in a group"),
        Rule("4.2", "N", "share at most", Span(below=less), "many missing in a group"),
        Rule("4.2", "PN", "share at most", some, "some missing in a group"),
        Rule("4.2", "PY", "share of all", Span(at_least=enough),
             "nearly all, groups not told apart"),
        Rule("4.3", "PY", "same person", ("yes",), "shared by design: nothing to measure",
             "partial"),
        Rule("4.4", "Y", "missing", ("complete_case",), "only people without gaps"),
        Rule("4.4", "N", "missing", ANY, "gaps were dealt with"),
        Rule("4.7", "Y", "missing", _FILLED_IN, "gaps were filled in"),
        Rule("4.7", "N", "missing", ANY, "gaps were not filled in"),
        Rule("4.9", "WN", "missing", ("LOCF",), "a value carried forward is not the later value"),
        Rule("4.10", "PY", "missing", ("MMRM",),
             "unbiased if loss hangs on what was seen", "partial"),
        Rule("4.11", "PY", "missing", ("worst_case",), "recomputed over unfavourable values",
             "partial"),
    )  # fmt: skip


_AWARE = ("no", "untreated", "attempted_but_distinguishable")
_MEASUREMENT: tuple[Rule, ...] = (
    Rule("5.2", "N", "assessor", ("yes",), "whoever produced the value was blind"),
    Rule("5.2", "Y", "assessor", _AWARE[:2], "whoever produced the value was not blind"),
    Rule("5.2", "PY", "assessor", _AWARE[2:],
         "whoever produced the value could tell the products apart"),
    Rule("5.3", "SY", "open self-report", ANY, "people judged themselves and knew the product"),
    Rule("5.3", "WY", "kind", ("self_report",), "people judged themselves", "partial"),
    Rule("5.3", "SY", "graded with a stake", ANY, "a grade, by people employed by the sponsor",
         "partial"),
    Rule("5.3", "WY", "kind", ("live_expert_grade",), "a grade is a judgement", "partial"),
)  # fmt: skip

_PLAN: tuple[Rule, ...] = (
    Rule("6.1", "PY", "registered", ("primary", "secondary"),
         "registered before enrolment; the analysis could not be compared"),
    Rule("6.1", "N", "registered", ("no",), "not registered before enrolment"),
    Rule("6.2", "PY", "measured", ("more",), "more was measured than is printed"),
    *(
        Rule(question, "PN", "measured", ("all",), "all that was measured is printed")
        for question in ("6.2", "6.3", "6.4")
    ),
)  # fmt: skip


def answer(
    study: Study,
    outcome: Outcome,
    domain: Domain,
    effect: Effect = "assignment",
    settings: RobinsSettings = SETTINGS,
) -> tuple[Reply, ...]:
    """Answer every question of one domain from the record, asked or not.

    Examples
    --------
    >>> from evidence.records.outcome import Design
    >>> design = Design(kind="nonrandomised_controlled", adjusted_for_baseline="no")
    >>> print(answer(Study(id="a"), Outcome(id="b", name="TEWL", design=design), "D1")[0])
    1.1 SN: no adjustment for severity at the start, age, sun, season or retinoid use
    (design.adjusted_for_baseline: no)
    """
    facts = _facts(study, outcome, settings)
    table = rules(settings, effect)
    return tuple(
        reply(
            name,
            table,
            facts,
            otherwise=_unknown(question),
            wanted=say("whether {intent}", intent=question.intent),
        )
        for name, question in questions_of(domain, effect).items()
    )


def _unknown(question: Question) -> str:
    return "NI" if "NI" in question.options else "PN"


def _facts(study: Study, outcome: Outcome, settings: RobinsSettings) -> Mapping[str, Fact]:
    facts = common_facts(study, outcome)
    kind, assessor, interest = facts["kind"], facts["assessor"], facts["interest"]
    open_ = kind.value == "self_report" and assessor.value in _AWARE
    stake = kind.value == "live_expert_grade" and interest.value == "yes"
    return {
        **facts,
        "same person": _that_says(facts, {"design": _SIDES[:1], "comparator": _SIDES[1:]}),
        "handed out": _that_says(facts, _HANDED_OUT),
        "users before": _users_before(study, settings),
        "open self-report": assessor if open_ else Fact(kind.path),
        "graded with a stake": interest if stake else Fact(interest.path),
    }


_SIDES = ("within_person", "untreated_site")


def _that_says(facts: Mapping[str, Fact], words: Mapping[str, tuple[str, ...]]) -> Fact:
    """The first fact that has one of its words."""
    for name, fits in words.items():
        if facts[name].value in fits:
            return facts[name]._replace(value="yes")
    return Fact("design.kind, design.comparator")


def _users_before(study: Study, settings: RobinsSettings) -> Fact:
    """Words on people that say that they used the product before."""
    path = "study.population"
    found = re.search("|".join(settings.users), study.population, re.IGNORECASE)
    place = study.places.get("population")
    return Fact(path) if found is None else Fact(path, "yes", found.group(), place)
