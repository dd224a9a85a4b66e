"""From facts to RoB 2 answers: one table of rules, the first that fits a question answers it.

A fact that is not stated never fits a rule, so the answer is then NI. `full` rules need no
reader; `partial` ones settle only part of the question, and the rest stays NI.

The answers to 1.1 follow the tool's guidance [1]_, the 15 points of 3.4 the NIH tool for controlled
studies, a test within each arm is answered after [2]_; the other thresholds and the answers to
4.1, 4.4 and 4.5 are this project's choice.

References
----------
.. [1] Sterne et al. (2019), BMJ 366:l4898. https://doi.org/10.1136/bmj.l4898
.. [2] Bland & Altman (2011), Comparisons within randomised groups can be very misleading.
   BMJ 342:d561. https://doi.org/10.1136/bmj.d561
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from evidence.appraisal import answering
from evidence.appraisal.answering import ANY, Span, reply
from evidence.appraisal.rob2_facts import SETTINGS, Fact, RoB2Settings, read_all
from evidence.appraisal.rob2_questions import QUESTIONS
from evidence.appraisal.rob2_tables import Answer, DomainId
from evidence.records.outcome import Outcome
from evidence.records.study import Study

Rule: TypeAlias = answering.Rule[Answer]
Answered: TypeAlias = answering.Reply[Answer]

_CHANCE = ("computer", "table", "coin_dice_lots", "minimisation")
_NOT_CHANCE = ("alternation", "date", "record_no", "choice", "availability", "none")
_HIDDEN = ("central", "numbered_identical_containers", "numbered_opaque_sealed_envelopes")
_GROUPED = ("itt", "mitt_missing_only", "per_protocol", "as_treated")
_AWARE = ("no", "untreated")
_WITHIN = "each arm tested against its own start, which compares nothing that was randomised"
_MUCH = "verdicts of two such tests can differ by chance alone in half of all trials"


def rules(settings: RoB2Settings = SETTINGS) -> dict[DomainId, tuple[Rule, ...]]:
    """The rules of each domain, in the order in which they are tried.

    >>> rules()["D1"][1].question, rules()["D1"][1].code, rules()["D1"][1].fact
    ('1.1', 'Y', 'sequence')
    """
    enough, less = settings.available, settings.available_less
    some = Span(at_least=less, below=enough)
    aware = (*_aware("2.1", "participant"), *_aware("2.2", "applier"))
    return {
        "D1": (
            Rule("1.1", "N", "fixed side", ("yes",), "product always on the same side"),
            Rule("1.1", "Y", "sequence", _CHANCE, "sequence made by chance"),
            Rule("1.1", "N", "sequence", _NOT_CHANCE, "sequence not made by chance"),
            Rule("1.1", "NI", "sequence", ("stated_only",), "the word randomised, no method"),
            Rule("1.2", "Y", "concealment", _HIDDEN, "next allocation could not be seen"),
            Rule("1.2", "N", "concealment", ("open", "none"), "next allocation could be seen"),
            Rule("1.2", "NI", "concealment", ("envelopes_unqualified",),
                 "envelopes, not said to be numbered, opaque and sealed"),
            Rule("1.3", "Y", "start", ("not chance",), "chance does not explain the difference"),
            Rule("1.3", "N", "start", ("chance",), "chance explains the difference"),
        ),
        "D1b": (),
        "S": (
            Rule("S.1", "Y", "first period", ("yes",), "first period only: nothing before it"),
            Rule("S.1", "Y", "washout", Span(at_least=settings.washout_week), "long enough"),
            Rule("S.1", "N", "washout", Span(below=settings.washout_week), "too short"),
            Rule("S.2", "Y", "first period", ("yes",), "first period only: no other to differ"),
            Rule("S.2", "Y", "period", ("yes",), "effect of period given"),
            Rule("S.3", "Y", "sequence", _CHANCE, "order made by chance"),
            Rule("S.3", "N", "sequence", _NOT_CHANCE, "order not made by chance"),
            Rule("S.3", "PY", "randomised", ("yes",), "order said to be randomised"),
            Rule("S.4", "N", "first period", ("yes",), "the first period is what is shown"),
        ),
        "D2a": (
            *aware,
            Rule("2.6", "N", "contrast", ("within_group",), _WITHIN),
            Rule("2.6", "Y", "population", _GROUPED[:2], "analysed as allocated"),
            Rule("2.6", "N", "population", _GROUPED[2:], "not analysed as allocated"),
            Rule("2.7", "PY", "contrast", ("within_group",), _MUCH),
            Rule("2.7", "PN", "left out", Span(at_most=settings.left_out), "hardly anybody"),
        ),
        "D2b": (
            *aware,
            Rule("2.6", "N", "contrast", ("within_group",), _WITHIN),
            Rule("2.6", "PN", "population", _GROUPED, "no method for the effect of adherence",
                 "partial"),
        ),
        "D3": (
            Rule("3.1", "Y", "lowest share", Span(at_least=enough), "nearly all in every arm"),
            Rule("3.1", "PN", "lowest share", some, "some missing in an arm"),
            Rule("3.1", "N", "share at most", Span(below=less), "many missing in an arm"),
            Rule("3.1", "PN", "share at most", some, "some missing in an arm"),
            Rule("3.1", "PY", "share of all", Span(at_least=enough),
                 "nearly all, arms not told apart"),
            Rule("3.2", "Y", "missing", ("worst_case",), "recomputed over plausible values"),
            Rule("3.2", "PY", "missing", ("MI", "MMRM"), "unbiased if loss hangs on what was seen"),
            Rule("3.2", "N", "missing", ("LOCF", "complete_case"), "no evidence against bias"),
            Rule("3.4", "PY", "uneven loss", Span(above=settings.loss_difference),
                 "the arms lost people unevenly", "partial"),
        ),
        "D4": (
            Rule("4.1", "PN", "device", ANY, "read by a named device", "partial"),
            *_aware("4.3", "assessor"),
            Rule("4.4", "Y", "kind", ("self_report",), "people judge their own skin"),
            Rule("4.4", "PY", "kind", ("live_expert_grade",), "a grade is a judgement"),
            Rule("4.5", "PY", "interest", ("yes", "industry"), "whoever rates has a stake",
                 "partial"),
        ),
        "D5": (
            Rule("5.1", "PY", "registered", ("primary", "secondary"),
                 "registered before enrolment; the analysis could not be compared"),
            Rule("5.1", "N", "registered", ("no",), "not registered before enrolment"),
            Rule("5.2", "PY", "measured", ("more",), "more was measured than is printed"),
            Rule("5.2", "PN", "measured", ("all",), "all that was measured is printed"),
            Rule("5.3", "PN", "measured", ("all",), "all that was measured is printed"),
        ),
    }  # fmt: skip


_BLIND: dict[str, tuple[str, str, str]] = {
    "participant": (
        "people blind", "people not blind", "people could tell the products apart",
    ),
    "applier": (
        "whoever applied it blind", "whoever applied it not blind",
        "whoever applied it could tell the products apart",
    ),
    "assessor": (
        "whoever produced the value blind", "whoever produced the value not blind",
        "whoever produced the value could tell the products apart",
    ),
}  # fmt: skip
"""Who was blind, was not, or could find out, by fact."""


def _aware(question: str, fact: str) -> tuple[Rule, ...]:
    blind, aware, could_tell = _BLIND[fact]
    return (
        Rule(question, "N", fact, ("yes",), blind),
        Rule(question, "Y", fact, _AWARE, aware),
        Rule(question, "PY", fact, ("attempted_but_distinguishable",), could_tell),
    )


def answer_all(
    study: Study,
    outcome: Outcome,
    domains: Iterable[DomainId],
    settings: RoB2Settings = SETTINGS,
) -> dict[DomainId, tuple[Answered, ...]]:
    """Answer every question of some domains from the record, asked or not.

    Parameters
    ----------
    study, outcome
        The record; what it does not state is answered NI.
    domains
        Keys of `rob2_tables.TABLES`.
    settings
        Thresholds of this project.

    Returns
    -------
    dict
        By domain, one answer per question, in the order of the questions.

    Examples
    --------
    >>> from evidence.records.outcome import Design
    >>> outcome = Outcome(id="b", name="TEWL", design=Design(sequence="computer"))
    >>> first = answer_all(Study(id="a"), outcome, ["D1"])["D1"][0]
    >>> first.code, first.fact, first.printed, first.why
    ('Y', 'design.sequence', 'computer', 'sequence made by chance')
    """
    facts, table = read_all(study, outcome, settings), rules(settings)
    return {
        domain: tuple(_answer(domain, name, table[domain], facts) for name in QUESTIONS[domain])
        for domain in domains
    }


def _answer(
    domain: DomainId, question: str, table: tuple[Rule, ...], facts: Mapping[str, Fact]
) -> Answered:
    wanted = QUESTIONS[domain][question].wanted
    return reply(question, table, facts, otherwise="NI", wanted=wanted, unruled="partial")
