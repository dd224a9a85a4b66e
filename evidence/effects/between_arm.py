"""The effect between two arms or sides: `BETWEEN_RULES`, exact before approximate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from evidence.effects import between_counts, between_means
from evidence.effects.contrast import NO_SIZE, is_between, printed_contrast
from evidence.effects.effect import Effect
from evidence.effects.printed import Found, build, extreme, nothing, refusal
from evidence.effects.sides import KINDS, PATHS, Sides, is_paired, repeated, sides_of
from evidence.errors import OptionError
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome
from evidence.records.study import Study

BETWEEN_MEASURES = (
    "MD", "SMD", "SMDH", "ROM", "RR", "OR", "RD", "PCD", "NETP", "HR", "IRR", "R2",
)  # fmt: skip
"""PCD is the difference of two percent changes in points, NETP the ratio of two ratios to
baseline, R2 a printed share of variance; the others are named as in the literature."""


class Rule(NamedTuple):
    """One way to an effect between arms."""

    id: str
    measures: tuple[str, ...]  # the first that has a value is used when none is asked for
    find: Callable[[Sides, str], Found | None]


_SHARES = ("RR", "OR", "RD")
_MEANS = ("MD", "SMD", "SMDH", "ROM")

BETWEEN_RULES: tuple[Rule, ...] = (
    Rule("counts", _SHARES, between_counts.from_counts),
    Rule("changes_and_sds", _MEANS, between_means.from_changes),
    Rule("finals_and_sds", _MEANS, between_means.from_finals),
    Rule("percent_responders", _SHARES, between_counts.from_percents),
    Rule("means_alone", ("MD",), between_means.from_means_alone),
    Rule("percent_changes", ("PCD",), between_means.from_percent_changes),
    Rule("ratio_of_ratios", ("NETP",), between_means.from_ratios_to_baseline),
)
"""In order of preference; a printed comparison comes after `finals_and_sds`. Of the rules that
fit, the first that gives a variance is used, else the first with bounds, else the first."""

_BEFORE_CONTRAST = 3


def between_arm(study: Study, outcome: Outcome, measure: str | None = None) -> Effect:
    """The effect between arms by the most direct thing printed; see `BETWEEN_RULES`.

    Raises
    ------
    OptionError
        For a measure that is not one of `BETWEEN_MEASURES`.
    EffectError
        When a printed value cannot be.

    Examples
    --------
    >>> from evidence.records.outcome import ArmResult
    >>> from evidence.records.reported import Reported
    >>> serum = ArmResult(change_mean=Reported(text="-5"), change_sd=Reported(text="4"),
    ...                   n=Reported(text="20"))
    >>> vehicle = ArmResult(change_mean=Reported(text="-2"), change_sd=Reported(text="3"),
    ...                     n=Reported(text="20"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> between_arm(Study(id="Kim", outcomes=(one,)), one, "MD").shown()
    'MD −3.00 (−5.26 to −0.74)'
    >>> between_arm(Study(id="Kim", outcomes=(one,)), one, "RR").shown()
    'RR refused: nothing printed for both arms gives RR'
    """
    if measure is not None and measure not in BETWEEN_MEASURES:
        raise OptionError("measure", measure, BETWEEN_MEASURES)
    label = outcome.treated.label or "treated"
    reason = _cannot(outcome)
    if reason:
        return refusal(study, outcome, measure or "", reason, between=True, arm=label)
    sides = sides_of(study, outcome)
    found = _all_found(study, outcome, sides, measure)
    if not found:
        why = _why_not(outcome, sides, measure)
        return refusal(study, outcome, measure or "", why, between=True, arm=label)
    best, by_arms = min(found, key=lambda pair: pair[0].rank)
    if by_arms:
        best = _repeated(outcome, best)
    n = sides.total if sides is not None else _value(outcome)
    counts = best.measure in _SHARES and (by_arms or outcome.statistic == "responder_pct")
    if not by_arms and sides is not None:
        best = replace(best, notes=(*best.notes, *between_counts.impossible(sides)))
    return build(study, outcome, best, between=True, arm=label, n=n, counts=counts)


def _all_found(
    study: Study, outcome: Outcome, sides: Sides | None, measure: str | None
) -> list[tuple[Found, bool]]:
    """Whatever fits, in order of preference, and whether it comes from the arms."""
    found: list[tuple[Found, bool]] = []

    def from_arms(rules: tuple[Rule, ...]) -> None:
        if sides is None:
            return
        for rule in rules:
            asked = rule.measures if measure is None else (measure,)
            tried = (rule.find(sides, name) for name in asked if name in rule.measures)
            one = next((found for found in tried if found is not None), None)
            if one is not None:
                found.append((one, True))

    from_arms(BETWEEN_RULES[:_BEFORE_CONTRAST])
    df = sides.df if sides is not None else None
    n = sides.everybody if sides is not None else ()
    contrast = printed_contrast(
        study, outcome, df=df, n=n, why_not="no error of the printed comparison is given"
    )
    if contrast is not None and measure in (None, contrast.measure):
        found.append((contrast, False))
    from_arms(BETWEEN_RULES[_BEFORE_CONTRAST:])
    if measure is None and contrast is None:
        # a ratio of ratios is only given when asked for
        found = [pair for pair in found if pair[0].measure != "NETP"]
    return found


def _value(outcome: Outcome) -> float | None:
    return None if outcome.n_total is UNKNOWN else outcome.n_total.value


def _repeated(outcome: Outcome, found: Found) -> Found:
    """The effect with its variance widened for several readings per person."""
    factor, reason = repeated(outcome, paired=is_paired(outcome))
    if factor == 1.0:
        return found
    if factor is None:
        return replace(found, spread=nothing(reason))
    spread = found.spread
    bound = spread.bound
    if bound is not None:
        low, high = (None if b is None else b * math.sqrt(factor) for b in bound)
        bound = (low, high)
    wider = replace(
        spread, vi=None if spread.vi is None else spread.vi * factor, ci=None, bound=bound
    )
    return replace(
        found,
        spread=wider,
        notes=(*found.notes, say("design effect {factor}", factor=f"{factor:.3g}")),
    )


def _cannot(outcome: Outcome) -> str:
    """Why no effect may be taken from this record at all."""
    if outcome.statistic == "max":
        return "the number is a maximum over people or sites, not a mean"
    names = ("change_mean", "pct_change", "mean", "events", "pct")
    arms = [("treated", outcome.treated)]
    if outcome.control is not None:
        arms.append(("control", outcome.control))
    numbers = [(f"{path}.{name}", getattr(arm, name)) for path, arm in arms for name in names]
    return extreme(("contrast.estimate", outcome.contrast.estimate), *numbers)


def _why_not(outcome: Outcome, sides: Sides | None, measure: str | None) -> str:
    """Why no rule gave an effect between arms, the most telling reason first."""
    contrast = outcome.contrast
    controlled = sides is not None or outcome.design.comparator not in (
        UNKNOWN,
        "none",
        "baseline_only",
    )
    if not controlled and contrast.measure != "pct_difference_vs_comparator_ambiguous":
        return "no comparison arm: a change from baseline does not compare products"
    if contrast.p is not UNKNOWN and contrast.p.kind == "within_arm":
        return "within-arm tests are not a comparison"
    if contrast.measure in NO_SIZE:
        return _quoted(NO_SIZE[contrast.measure], contrast.direction_only)
    if sides is not None and measure in ("RR", "OR") and between_counts.nobody(sides):
        return say(
            "{measure} has no value: none or all responded on one side; RD has one",
            measure=measure,
        )
    if measure is not None and is_between(outcome):
        return say(
            "{measure} cannot be had from the printed {printed}",
            measure=measure,
            printed=contrast.measure,
        )
    if sides is not None and any(
        (sd := sides.sd(path, kind)) is not None and sd.value == 0
        for path in PATHS
        for kind in KINDS
    ):
        return "a printed SD is 0: nobody differed, and no spread follows"
    if contrast.direction_only:
        return _quoted(NO_SIZE["direction_only"], contrast.direction_only)
    if measure is not None:
        return say("nothing printed for both arms gives {measure}", measure=measure)
    return "nothing printed gives a difference between the arms"


def _quoted(reason: str, words: str) -> str:
    """A reason with the words of the source."""
    return say("{reason} (the source: {words})", reason=reason, words=words) if words else reason
