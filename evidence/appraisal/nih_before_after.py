"""The twelve NIH questions for studies that compare people with their own start, never summed.

The tool's owner says that its answers are not to be added up, so there is no total here: twelve
answers, each with its fact and rule.

References
----------
.. [1] National Heart, Lung, and Blood Institute, quality assessment tool for before-after
   (pre-post) studies with no control group.
   https://www.nhlbi.nih.gov/health-topics/study-quality-assessment-tools
.. [2] Cuijpers et al. (2017), Pre-post effect sizes should be avoided in meta-analyses.
   Epidemiol Psychiatr Sci 26:364-368. https://doi.org/10.1017/S2045796016000809
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from evidence.appraisal.answering import ANY, Span, reply
from evidence.appraisal.answers import (
    Reply,
    Rule,
    by_target,
    common_facts,
    overridden,
)
from evidence.appraisal.facts import read_facts
from evidence.appraisal.rob2_facts import Fact, fact_at
from evidence.appraisal.rob2_overrides import Override
from evidence.appraisal.tools import tools_for
from evidence.formatting import html_table, number
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.records.outcome import ArmResult, Outcome
from evidence.records.reported import Reported, value_of
from evidence.records.study import Study

if TYPE_CHECKING:
    import pandas as pd

NihAnswer = Literal["yes", "no", "not reported", "not applicable"]
ANSWERS: tuple[NihAnswer, ...] = ("yes", "no", "not reported", "not applicable")

INTENTS: dict[str, str] = {
    "1": "what was to be found out is stated",
    "2": "who could take part was fixed beforehand and is described",
    "3": "those who took part are like those who are to use it",
    "4": "everybody who could take part and wanted to did",
    "5": "there were enough people to be sure of the size of the change",
    "6": "product and use are described, and were the same for everybody",
    "7": "the outcome was fixed beforehand, is valid, and was read alike each time",
    "8": "whoever read the outcome did not know what was used, nor when",
    "9": "a fifth of the people or fewer were lost, and the lost are accounted for",
    "10": "the change was tested",
    "11": "the outcome was read several times before and several times after",
    "12": "where whole groups were given the product, the analysis says so",
}
"""What each question is after, in our own words."""


class NihSettings(NamedTuple):
    """Thresholds. The loss is the tool's own; the share of the claim is this project's choice."""

    loss: float = 0.20
    half_width: float = 0.5  # half of the interval's width at most this share of what is claimed
    level: float = 0.95


SETTINGS = NihSettings()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BeforeAfter:
    """The twelve answers. They have no total; `reason` and `fits` say why there are none."""

    study: str
    outcome: str
    answers: tuple[Reply, ...]
    overrides: tuple[Override, ...] = ()
    remarks: tuple[str, ...] = ()
    reason: str = ""
    fits: str = ""

    def said(self, code: NihAnswer) -> tuple[str, ...]:
        """The questions that have this answer."""
        return tuple(row.question for row in self.answers if row.code == code)

    def __str__(self) -> str:
        if not self.answers:
            return say(
                "the before-after questions do not apply: {why}; use {tool}",
                why=self.reason,
                tool=self.fits,
            )
        parts = ((code, self.said(code)) for code in ANSWERS)
        return listed(
            say("{answer}: {questions}", answer=code, questions=", ".join(found))
            for code, found in parts
            if found
        )

    def __repr__(self) -> str:
        return f"<BeforeAfter of {self.outcome or self.study}: {self}>"

    def to_frame(self) -> pd.DataFrame:
        """One row per question: its answer, the fact and the rule."""
        import pandas as pd

        rows = [
            (
                row.question, INTENTS[row.question], row.code, row.fact, row.printed,
                "" if row.place is None else str(row.place), row.rule, row.why, row.mechanical,
            )
            for row in self.answers
        ]  # fmt: skip
        names = ("question", "intent", "answer", "fact", "printed", "place", "rule", "why")
        return pd.DataFrame(rows, columns=[*names, "mechanical"])

    def _repr_html_(self) -> str:
        body = [
            (f"{row.question} {INTENTS[row.question]}", row.code, row.why, row.printed)
            for row in self.answers
        ]
        head = ("question", "answer", "why", "as printed")
        return html_table(
            head, body, caption=f"{self.study}: before and after", foot="; ".join(self.remarks)
        )


def nih_before_after(
    study: Study,
    outcome: Outcome,
    *,
    claim: Claim | None = None,
    claimed: Reported | None = None,
    overrides: Iterable[Override] = (),
    settings: NihSettings = SETTINGS,
) -> BeforeAfter:
    """Answer the twelve questions on one before-after result from its record.

    Parameters
    ----------
    study, outcome
        The record; what it does not state is answered "not reported".
    claim
        Whose people the study's are compared with, in question 3.
    claimed
        Change that is claimed, in the outcome's unit or in percent of the baseline, for question
        5; without it the smallest difference that matters of the record.
    overrides
        A reader's answers, by number of the question.
    settings
        Thresholds.

    Returns
    -------
    BeforeAfter
        Twelve answers with fact and rule [1]_, never a total; or the reason and the tool that
        fits, where something was compared.

    Raises
    ------
    OptionError
        An override of a question that is not there, or with another answer.

    References
    ----------
    .. [1] National Heart, Lung, and Blood Institute, tool for before-after studies.

    Examples
    --------
    >>> from evidence.records.outcome import Design
    >>> outcome = Outcome(id="b", name="wrinkle grade", kind="self_report",
    ...     design=Design(kind="single_arm_prepost", comparator="baseline_only"))
    >>> print(nih_before_after(Study(id="a"), outcome))
    no: 8; not reported: 1, 2, 3, 4, 5, 6, 7, 9, 10, 11; not applicable: 12
    """
    choice = tools_for(study, outcome)
    if choice.tool != "nih_before_after":
        return BeforeAfter(
            study=study.id, outcome=outcome.id, answers=(), reason=choice.why, fits=choice.tool
        )
    said = by_target(overrides, dict.fromkeys(INTENTS, ANSWERS))
    facts = _facts(study, outcome, claim, claimed, settings)
    rows = (
        reply(
            name,
            RULES,
            facts,
            otherwise="not reported",
            wanted=say("whether {intent}", intent=intent),
        )
        for name, intent in INTENTS.items()
    )
    return BeforeAfter(
        study=study.id,
        outcome=outcome.id,
        answers=tuple(overridden(row, said.get(row.question)) for row in rows),
        overrides=tuple(said.values()),
        remarks=(choice.why,),
    )


# --------------------------------------------------------------------------- rules

_DISTINGUISHABLE = ("no", "untreated", "attempted_but_distinguishable")
RULES: tuple[Rule, ...] = (
    Rule("1", "yes", "subject", ANY, "what was tested, and on what, is named", "partial"),
    Rule("2", "yes", "criteria", ("fixed",), "people described, registered before enrolment",
         "partial"),
    Rule("2", "no", "criteria", ("not fixed",), "not registered before enrolment"),
    Rule("3", "yes", "users", ("same",), "the claim speaks of the people studied", "partial"),
    Rule("5", "yes", "precision", Span(at_most=1.0), "interval narrow beside what is claimed"),
    Rule("5", "no", "precision", Span(above=1.0), "interval wide beside what is claimed"),
    Rule("6", "yes", "use", ANY, "strength and use are described; whether alike is not checked",
         "partial"),
    Rule("7", "yes", "read with", ("registered",), "registered, read with what is named",
         "partial"),
    Rule("7", "no", "read with", ("not registered",), "not registered before enrolment"),
    Rule("8", "no", "kind", ("self_report",), "people judged themselves, knowing when"),
    Rule("8", "yes", "kind", ("photo_blinded_grade",), "photographs, read by blinded graders"),
    Rule("8", "yes", "assessor", ("yes",), "whoever read it was blind"),
    Rule("8", "no", "assessor", _DISTINGUISHABLE, "whoever read it was not blind"),
    Rule("9", "no", "lost", ("many",), "more than a fifth lost"),
    Rule("9", "yes", "lost", ("nobody",), "nobody lost"),
    Rule("9", "yes", "lost", ("accounted for",), "few lost, and accounted for"),
    Rule("9", "no", "lost", ("left out",), "few lost, and left out of the analysis"),
    Rule("10", "yes", "tested", ANY, "a test or an interval of the change is printed"),
    Rule("12", "not applicable", "one by one", ANY, "people used it one by one"),
)  # fmt: skip
"""The rules, in the order in which they are tried."""


def _facts(
    study: Study,
    outcome: Outcome,
    claim: Claim | None,
    claimed: Reported | None,
    settings: NihSettings,
) -> Mapping[str, Fact]:
    return {
        **common_facts(study, outcome),
        "subject": _subject(study, outcome),
        "criteria": _criteria(study, outcome),
        "users": _users(study, claim),
        "precision": _precision(outcome, claimed, settings),
        "use": _use(study),
        "read with": _read_with(study, outcome),
        "lost": _lost(study, outcome, settings),
        "tested": _tested(outcome),
        "one by one": _one_by_one(study, outcome),
    }


def _subject(study: Study, outcome: Outcome) -> Fact:
    fact = fact_at(study, outcome, "study.product")
    if fact.value is None or not outcome.name:
        return Fact("study.product, name")
    return Fact("study.product, name", "yes", f"{fact.printed}: {outcome.name}", fact.place)


def _criteria(study: Study, outcome: Outcome) -> Fact:
    people, registered = (
        fact_at(study, outcome, path) for path in ("study.population", "reporting.registered")
    )
    if registered.value == "no":
        return registered._replace(value="not fixed")
    if people.value is None or registered.value is None:
        path = "study.population, reporting.registered"
        printed = listed([people.printed, registered.printed])
        return Fact(path, None, printed, people.place)
    return people._replace(value="fixed")


def _users(study: Study, claim: Claim | None) -> Fact:
    """Alike in the very words only; whether other words mean the same is for a reader."""
    path, said = "study.population", study.population.strip()
    if claim is None or not said or said.casefold() != claim.population.strip().casefold():
        return Fact(path, None, said or "not stated", study.places.get("population"))
    return Fact(path, "same", said, study.places.get("population"))


def _precision(outcome: Outcome, claimed: Reported | None, settings: NihSettings) -> Fact:
    """Half of the interval's width beside the share of the claimed change that is allowed."""
    path = "treated.change_ci_low, treated.change_se, treated.change_sd"
    arm, mid = outcome.treated, outcome.mid
    target = claimed if claimed is not None or mid is UNKNOWN else mid
    half = _half_width(arm, settings.level)
    if half is None or target is None or not target.value:
        return Fact(path)
    unit, baseline = "", value_of(arm.baseline_mean)
    if target.unit == "%":
        if not baseline:
            return Fact("treated.baseline_mean")
        half, unit = 100 * half / abs(baseline), " %"
    allowed = settings.half_width * abs(target.value)
    printed = say(
        "half width {half}; at most {allowed} for {target}",
        half=f"{number(half)}{unit}",
        allowed=f"{number(allowed)}{unit}",
        target=target,
    )
    return Fact(path, half / allowed, printed)


def _half_width(arm: ArmResult, level: float) -> float | None:
    if arm.change_ci_low is not UNKNOWN and arm.change_ci_high is not UNKNOWN:
        return abs(arm.change_ci_high.value - arm.change_ci_low.value) / 2
    n, se, sd = value_of(arm.n), value_of(arm.change_se), value_of(arm.change_sd)
    if n is None or n < 2 or (se is None and sd is None):
        return None
    from scipy.special import stdtrit

    spread = se if se is not None else (sd or 0.0) / n**0.5
    return float(stdtrit(n - 1, 0.5 + level / 2)) * spread


def _use(study: Study) -> Fact:
    strengths = [f"{i.name} {i.percent}" for i in study.ingredients if i.percent is not UNKNOWN]
    used = next((arm.treatment for arm in study.arms if arm.treatment), "")
    printed = "; ".join([*strengths, used] if used else strengths)
    path = "study.ingredients, study.arms"
    return Fact(path, "yes" if strengths and used else None, printed or "not stated")


def _read_with(study: Study, outcome: Outcome) -> Fact:
    tool, registered = (
        fact_at(study, outcome, path) for path in ("instrument", "reporting.registered")
    )
    if registered.value == "no":
        return registered._replace(value="not registered")
    if tool.value is None or registered.value is None:
        path = "instrument, reporting.registered"
        printed = listed([tool.printed, registered.printed])
        return Fact(path, None, printed, tool.place)
    return tool._replace(value="registered")


def _lost(study: Study, outcome: Outcome, settings: NihSettings) -> Fact:
    path, lost = "treated.n, treated.n_randomised", read_facts(study, outcome).attrition
    if lost is None:
        return Fact(path)
    design, value = outcome.design, None
    if lost > settings.loss:
        value = "many"
    elif lost == 0:
        value = "nobody"
    elif design.missing_handled == "complete_case" or design.population_analysed in _LEFT_OUT:
        value = "left out"
    elif design.missing_handled is not UNKNOWN or design.population_analysed == "itt":
        value = "accounted for"
    return Fact(path, value, say("{share} % lost", share=number(100 * lost, 1)))


_LEFT_OUT = ("mitt_missing_only", "per_protocol", "as_treated")


def _tested(outcome: Outcome) -> Fact:
    p, low = outcome.contrast.p, outcome.treated.change_ci_low
    if p is not UNKNOWN and p.kind != "between_arm":
        value = "ns" if p.value is UNKNOWN else f"p {p.operator} {p.value}"
        place = None if p.value is UNKNOWN else p.value.place
        return Fact("contrast.p", "yes", value, place or outcome.places.get("contrast.p"))
    if low is not UNKNOWN:
        return Fact("treated.change_ci_low", "yes", say("interval from {low}", low=low), low.place)
    return Fact("contrast.p")


def _one_by_one(study: Study, outcome: Outcome) -> Fact:
    fact = fact_at(study, outcome, "design.kind")
    return Fact(fact.path) if fact.value == "cluster" else fact._replace(value="yes")
