"""Results in words, the same everywhere in a report."""

from __future__ import annotations

from pathlib import PurePath

from evidence.appraisal.assess import Assessment
from evidence.appraisal.reliability import Reliability
from evidence.effects.effect import Effect, ratio_of_log
from evidence.effects.names import measure_title
from evidence.formatting import estimate, number
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


def design_words(outcome: Outcome) -> str:
    """Design, randomisation and comparator in words."""
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
    elif comparator not in ("none", "baseline_only"):
        parts.append(f"against {comparator.replace('_', ' ')}")
    return ", ".join(parts)


def people_words(done: Assessment) -> str:
    """People analysed, or what is known of their number."""
    facts = done.facts
    if facts.n is None:
        return "not stated"
    shown = " + ".join(f"{n:,.0f}" for n in facts.n)
    return f"{shown} enrolled" if facts.n_enrolled_only else shown


def people_count(done: Assessment) -> int | None:
    """People analysed in all arms together."""
    return None if done.facts.n is None else round(sum(done.facts.n))


def score_words(result: Reliability) -> str:
    """The score with its range, or that there is none."""
    if result.value is None or result.low is None or result.high is None:
        return "not scored"
    return f"{result.value:.0f} ({result.low:.0f}–{result.high:.0f})"


def effect_words(effect: Effect | None) -> str:
    """An effect with its interval, or what is missing."""
    if effect is None:
        return "–"
    if effect.yi is None:
        return f"none: {effect.basis.reason}"
    value, low, high = printed_scale(effect)
    digits = 1 if effect.unit in ("%", "percentage points") else 2
    unit = f" {effect.unit}" if effect.unit else ""
    if low is None:
        return f"{number(value, digits)}{unit}, no interval: {effect.spread.reason}"
    return f"{estimate(value, low, high, digits)}{unit}"


def measure_words(effect: Effect) -> str:
    """The measure in words a lay reader can look up."""
    return measure_title(effect.measure)


def printed_scale(effect: Effect) -> tuple[float | None, float | None, float | None]:
    """Value and limits as papers print them: ratios, not their logs."""
    numbers = (effect.yi, effect.ci_low, effect.ci_high)
    if not effect.log:
        return numbers
    first, low, high = (None if x is None else ratio_of_log(x) for x in numbers)
    return first, low, high


def week_words(outcome: Outcome) -> str:
    """The time point in words."""
    week = value_of(outcome.week)
    if week is None:
        return "not stated"
    return "within a day of one use" if week == 0 else f"{week:g} weeks"


def file_words(name: str) -> str:
    """A file as the reader may see it: folders of the machine it was made on are left out.

    >>> file_words("/home/me/studies.csv"), file_words("datasets/studies.csv")
    ('studies.csv', 'datasets/studies.csv')
    """
    path = PurePath(name)
    return path.name if path.is_absolute() or ".." in path.parts else path.as_posix()


def place_words(place: Place | None) -> str:
    """Where something was read: file, line and field."""
    if place is None:
        return "–"
    return str(place.model_copy(update={"file": file_words(place.file)}))
