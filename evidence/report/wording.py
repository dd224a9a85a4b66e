"""Results in words, the same everywhere in a report."""

from __future__ import annotations

from pathlib import PurePath

from evidence.appraisal.assess import Assessment
from evidence.appraisal.expected import ExpectedEffect
from evidence.appraisal.reliability import Reliability
from evidence.effects.effect import Effect, ratio_of_log
from evidence.effects.names import measure_title
from evidence.formatting import estimate, interval, number
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN, Place
from evidence.records.outcome import Outcome
from evidence.records.reported import value_of
from evidence.report.document import BadgeKind
from evidence.verdict.judge import Direction, VerdictWord

VERDICT_BADGE: dict[VerdictWord, BadgeKind] = {
    "supported": "positive",
    "supported if reworded": "caution",
    "not supported": "negative",
    "contradicted": "negative",
    "no evidence offered": "unknown",
    "not assessable": "neutral",
}
DIRECTION_BADGE: dict[Direction, BadgeKind] = {
    "in favour": "positive",
    "no difference shown": "neutral",
    "against": "negative",
    "uncontrolled": "caution",
    "not readable": "unknown",
}
DESIGN_WORDS = {
    "parallel": "two groups",
    "within_person": "two sides of each person",
    "crossover": "crossover",
    "cluster": "clusters",
    "nonrandomised_controlled": "controlled, not randomised",
    "single_arm_prepost": "one group, before and after",
    "survey": "survey",
    "exposure": "association with an exposure",
    "in_vitro": "in vitro",
    "ex_vivo": "ex vivo",
    "testimonial": "testimonial",
}
COMPARATOR_WORDS = {
    "vehicle": "vehicle",
    "placebo": "placebo",
    "active": "an active product",
    "competitor": "a competitor",
    "untreated": "no treatment",
    "untreated_site": "an untreated site",
}


def design_words(outcome: Outcome) -> str:
    """Design, randomisation and comparator in words.

    >>> from evidence.verdict.cases import case_of
    >>> case = case_of("it works", design="parallel", randomised="yes", comparator="vehicle")
    >>> design_words(case.done.outcome)
    'two groups, randomised, against vehicle'
    """
    design = outcome.design
    if design.kind is UNKNOWN:
        return "design not stated"
    parts = [DESIGN_WORDS[design.kind]]
    controlled = design.kind in ("parallel", "within_person", "crossover", "cluster")
    if controlled:
        parts.append(
            "allocation not said"
            if design.randomised is UNKNOWN
            else "randomised"
            if design.randomised == "yes"
            else "not randomised"
        )
    comparator = design.comparator
    if comparator is UNKNOWN:
        parts.append("comparator not stated")
    elif comparator in COMPARATOR_WORDS:
        parts.append(say("against {comparator}", comparator=COMPARATOR_WORDS[comparator]))
    return listed(parts, ", ")


def people_words(done: Assessment) -> str:
    """People analysed, or what is known of their number.

    >>> from evidence.verdict.cases import case_of
    >>> arms = {"design": "parallel", "comparator": "vehicle"}
    >>> [people_words(case_of("it works", n=n, **arms).done) for n in (["20", "21"], [])]
    ['20 + 21', 'not stated']
    """
    facts = done.facts
    if facts.n is None:
        return "not stated"
    shown = " + ".join(f"{n:,.0f}" for n in facts.n)
    return say("{n} enrolled", n=shown) if facts.n_enrolled_only else shown


def people_count(done: Assessment) -> int | None:
    """People analysed in all arms together.

    >>> from evidence.verdict.cases import case_of
    >>> arms = {"design": "parallel", "comparator": "vehicle"}
    >>> people_count(case_of("it works", n=["20", "21"], **arms).done)
    41
    """
    return None if done.facts.n is None else round(sum(done.facts.n))


def score_words(result: Reliability) -> str:
    """The score with its range, or that there is none.

    >>> from evidence.verdict.cases import case_of
    >>> case = case_of("it works", design="single-arm", n=["50"], change=["-20%"])
    >>> score_words(case.done.reliability)
    '8 (5–22)'
    """
    if result.value is None or result.low is None or result.high is None:
        return "not scored"
    return f"{result.value:.0f} ({result.low:.0f}–{result.high:.0f})"


def reliability_words(result: Reliability) -> str:
    """The score with its range in a sentence.

    >>> from evidence.verdict.cases import case_of
    >>> case = case_of("it works", design="single-arm", n=["50"], change=["-20%"])
    >>> reliability_words(case.done.reliability)
    '8 of 100 (range 5–22)'
    """
    if result.value is None or result.low is None or result.high is None:
        return "not scored"
    return say(
        "{value} of 100 (range {low}–{high})",
        value=f"{result.value:.0f}",
        low=f"{result.low:.0f}",
        high=f"{result.high:.0f}",
    )


def expected_words(seen: ExpectedEffect) -> str:
    """The expected true effect with its interval and unit.

    >>> from evidence.verdict.cases import OWN, audit_of
    >>> own = audit_of("retinol lowers wrinkle depth by 20 %", **OWN)["1"].own
    >>> expected_words(own.expected)
    '0.1 % (−14.0 to 14.2)'
    """
    return say(
        "{value} {unit} ({limits})",
        value=number(seen.estimate, 1),
        unit=seen.unit,
        limits=interval(seen.ci_low, seen.ci_high, 1),
    )


def effect_words(effect: Effect | None) -> str:
    """An effect with its interval, or what is missing.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> done = audit_of("retinol lowers wrinkle depth", TRIAL)["1"].direct[0].assessment
    >>> effect_words(done.effects.between), effect_words(None)
    ('−2.00 (−3.92 to −0.08)', '–')
    """
    if effect is None:
        return "–"
    if effect.yi is None:
        return say("none: {why}", why=effect.basis.reason)
    value, low, high = printed_scale(effect)
    digits = 1 if effect.unit in ("%", "percentage points") else 2
    if low is None:
        shown: str = number(value, digits)
        if effect.unit:
            shown = say("{value} {unit}", value=shown, unit=effect.unit)
        return say("{value}, no interval: {why}", value=shown, why=effect.spread.reason)
    shown = estimate(value, low, high, digits)
    return say("{value} {unit}", value=shown, unit=effect.unit) if effect.unit else shown


def measure_words(effect: Effect) -> str:
    """The measure in words a lay reader can look up.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> done = audit_of("retinol lowers wrinkle depth", TRIAL)["1"].direct[0].assessment
    >>> measure_words(done.effects.between)
    'mean difference'
    """
    return measure_title(effect.measure)


def printed_scale(effect: Effect) -> tuple[float | None, float | None, float | None]:
    """Value and limits as papers print them: ratios, not their logs.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> done = audit_of("retinol lowers wrinkle depth", TRIAL)["1"].direct[0].assessment
    >>> [round(value, 2) for value in printed_scale(done.effects.between)]
    [-2.0, -3.92, -0.08]
    """
    numbers = (effect.yi, effect.ci_low, effect.ci_high)
    if not effect.log:
        return numbers
    first, low, high = (None if x is None else ratio_of_log(x) for x in numbers)
    return first, low, high


def week_words(outcome: Outcome) -> str:
    """The time point in words.

    >>> from evidence.records.reported import Reported
    >>> [week_words(Outcome(id="1", name="x", week=Reported(text=week))) for week in ("0", "12")]
    ['within a day of one use', '12 weeks']
    """
    week = value_of(outcome.week)
    if week is None:
        return "not stated"
    return "within a day of one use" if week == 0 else say("{n} weeks", n=f"{week:g}")


def file_words(name: str) -> str:
    """A file as the reader may see it: folders of the machine it was made on are left out.

    >>> file_words("/home/me/studies.csv"), file_words("datasets/studies.csv")
    ('studies.csv', 'datasets/studies.csv')
    """
    path = PurePath(name)
    return path.name if path.is_absolute() or ".." in path.parts else path.as_posix()


def place_words(place: Place | None) -> str:
    """Where something was read: file, line and field.

    >>> place_words(Place(file="trials.csv", line=7, field="n"))
    'trials.csv:7:n'
    """
    if place is None:
        return "–"
    return str(place.model_copy(update={"file": file_words(place.file)}))
