"""Every check of printed figures that a result allows, and the signals beside them.

`CHECKS` is the table: a code, a name, what must be printed, and where to look. A check that has
its figures counts as possible; one that could tell something counts as run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from evidence.errors import EvidenceError
from evidence.integrity import check_cases as cases
from evidence.integrity.facts_of_record import cite_field, value_at
from evidence.integrity.figures_of_record import Answer, Case
from evidence.integrity.found import IntegrityReport, Item, Status
from evidence.integrity.signals import first_place, signals_of
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome
from evidence.records.study import Study


class RecordCheck(NamedTuple):
    """One check of a result."""

    code: str
    name: str
    needs: str
    cases: Callable[[Study, Outcome], Iterable[Case]]


CHECKS: tuple[RecordCheck, ...] = (
    RecordCheck("EV303", "change", "means before and after, change", cases.changes),
    RecordCheck("EV304", "percent_of_count", "percent, count and people", cases.percent_of_counts),
    RecordCheck("EV307", "centre_of_ratio", "a ratio with its limits", cases.centres(ratios=True)),
    RecordCheck("EV309", "percent_change", "means, percent change", cases.percent_changes),
    RecordCheck("EV310", "grim_percent", "percent of people, n", cases.percents),
    RecordCheck("EV311", "grim", "mean of whole grades, n", cases.means_of_grades),
    RecordCheck("EV312", "grimmer", "mean and SD of whole grades, n", cases.spreads_of_grades),
    RecordCheck("EV313", "p_from_summary", "means, SDs and n of two groups, p", cases.summaries),
    RecordCheck("EV314", "statistic_p", "t, df, p", cases.statistics),
    RecordCheck("EV315", "ci_versus_p", "limits, p of the same comparison", cases.limits_and_p),
    RecordCheck("EV316", "df_versus_n", "df, n", cases.freedom),
    RecordCheck("EV317", "plausible_spread", "percent change, p, n", cases.narrow_spreads),
    RecordCheck("EV318", "n_trail", "two numbers of people", cases.counts),
    RecordCheck("EV319", "unit_slip", "means before and after", cases.units),
    RecordCheck("EV325", "centre_of_mean", "a mean with its limits", cases.centres(ratios=False)),
    RecordCheck("EV327", "words_and_p", "the word significant, p", cases.words_and_p),
)
"""Every check of one result, in the order of their codes."""

STATUS: dict[str, Status] = {
    "consistent": "pass",
    "symmetric": "pass",
    "log_symmetric": "pass",
    "asymmetric": "note",
    "dropouts_or_subset": "note",
    "consistent_only_if_truncated_or_rounded_up": "note",
    "repeated": "query",
    "unit_slip": "query",
    "too_similar": "query",
    "too_different": "query",
    "inconsistent": "query",
    "outside": "query",
    "not_informative": "not_applicable",
    "not_testable": "not_applicable",
}
"""What the verdicts of the checks come to; an `inconsistent` that changes significance stops."""


def check_outcome(study: Study, outcome: Outcome) -> IntegrityReport:
    """Every applicable check of one result, and its signals.

    Parameters
    ----------
    study, outcome
        The record. Printed digits are checked, with their rounding; cautions and notes that a
        reviewer wrote are not read.

    Returns
    -------
    IntegrityReport
        An item per check and set of figures: `inconsistent` with a change of significance is a
        `stop`, without one a `query`; what fits only if cut off is a `note`, as is a
        contradiction that rests on the people enrolled because those analysed are not printed.

    Examples
    --------
    >>> from evidence.records.outcome import ArmResult
    >>> from evidence.records.reported import Reported
    >>> told = ArmResult(pct=Reported(text="88"), n=Reported(text="30"))
    >>> one = Outcome(id="1", name="smoother", statistic="responder_pct", treated=told)
    >>> report = check_outcome(Study(id="serum", outcomes=(one,)), one)
    >>> report
    <IntegrityReport query: 1 integrity check possible, 1 run: 1 query.>
    >>> report.items[0].inputs
    ('treated.pct = 88', 'treated.n = 30')
    """
    return IntegrityReport(
        items=tuple(
            item_of(study, outcome, check.code, check.name, case)
            for check in CHECKS
            for case in check.cases(study, outcome)
        ),
        signals=signals_of(study, outcome),
    )


def item_of(study: Study, outcome: Outcome | None, code: str, name: str, case: Case) -> Item:
    """Run one case and put its answer into an item.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("smoother", treated={"pct": "88", "n": "30"})
    >>> study = Study(id="serum", outcomes=(one,))
    >>> case, = cases.percents(study, one)
    >>> item = item_of(study, one, "EV310", "grim_percent", case)
    >>> item.status, item.inputs
    ('query', ('treated.pct = 88', 'treated.n = 30'))
    """
    printed = [p for p in case.reads if value_at(study, outcome, p) not in (None, UNKNOWN, "")]
    status: Status = "not_applicable"
    benign: tuple[str, ...] = ()
    try:
        answer = case.run()
    except EvidenceError as error:
        verdict, sentence = "not_testable", error.sentence
    else:
        verdict, sentence, benign = answer.verdict, answer.sentence, answer.benign
        status = status_of(answer, case)
        if case.soft and status == "note" and STATUS[verdict] == "query":
            benign = (case.soft, *benign)
    return Item(
        code=code,
        check=name,
        status=status,
        verdict=verdict,
        sentence=sentence,
        benign=benign,
        inputs=tuple(cite_field(study, outcome, path) for path in printed),
        study=study.id,
        outcome="" if outcome is None else outcome.id,
        place=first_place(study, outcome, printed),
    )


def status_of(answer: Answer, case: Case) -> Status:
    """What an answer comes to.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("smoother", treated={"pct": "88", "n": "30"})
    >>> case, = cases.percents(Study(id="serum"), one)
    >>> soft = case._replace(soft="The people enrolled were used.")
    >>> status_of(case.run(), case), status_of(case.run(), soft)
    ('query', 'note')
    """
    status = STATUS[answer.verdict]
    if status != "query":
        return status
    if case.soft:
        return "note"
    flips = getattr(answer, "decision_changes", False) or getattr(answer, "decision_error", False)
    return "stop" if flips and case.settled else "query"
