"""Signals of how one result is told: figures, p values, intervals, words.

Each function gives the sentence of its signal, or an empty string.
"""

# ruff: noqa: ARG001 - one shape for every row of a table

from __future__ import annotations

import re

from evidence.formatting import interval, number
from evidence.integrity.facts_of_record import (
    ALPHA,
    GRADES,
    NOT_PEOPLE,
    SIDES,
    controlled,
    has_magnitude,
    magnitude_of,
    scale_of,
    significant,
    stated_people,
    text_of,
)
from evidence.integrity.signal import Signal
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import ArmResult, Outcome
from evidence.records.reported import Reported, value_of
from evidence.records.study import Study

JUST_UNDER = 0.045
NEARLY_ALL = 95.0
IMPROVED_ANYWAY = 20.0
MANY_DIGITS = 4
WIDE = 10.0
_RATIOS = ("risk_ratio", "relative_odds", "relative_risk_adjusted", "prevalence_ratio", "rr", "or",
           "hr")  # fmt: skip
_SPREADS = {
    "mean": ("sd", "se", "ci_low"),
    "change_mean": ("change_sd", "change_se", "change_ci_low"),
    "pct_change": ("change_sd", "change_se", "change_ci_low"),
}


# --------------------------------------------------------------------------- p values


def _within(study: Study, outcome: Outcome) -> str:
    p = outcome.contrast.p
    if not controlled(outcome) or p is UNKNOWN or p.kind != "within_arm":
        return ""
    return "p is of one arm against its own baseline, though there is a comparator."


_CHANGED = r"(rose|fell|improved|changed|increased|decreased)"
_ONE_DID_NOT = re.compile(
    rf"\b{_CHANGED} significantly[^|]*\b(did|was|were) not\b"
    r"|\b(placebo|vehicle|control) (arm )?showed no significant\b"
)


def _difference_in_significance(study: Study, outcome: Outcome) -> str:
    found = _ONE_DID_NOT.search(text_of(outcome))
    if not found or not controlled(outcome):
        return ""
    return say(
        '"{words}": that one arm was significant and the other not is no test of them.',
        words=found[0],
    )


def _threshold(study: Study, outcome: Outcome) -> str:
    p = outcome.contrast.p
    if p is UNKNOWN or p.operator not in ("<", "<=", ">", ">=") or p.value is UNKNOWN:
        return ""
    return say(
        "p {sign} {value} is a bound; p itself is not printed.",
        sign=p.operator,
        value=p.value.text,
    )


def _just_under(study: Study, outcome: Outcome) -> str:
    p = outcome.contrast.p
    value = None if p is UNKNOWN or p.operator != "=" else value_of(p.value)
    if value is None or not JUST_UNDER <= value < ALPHA:
        return ""
    return say("p = {p} is just under {alpha}.", p=p.value, alpha=ALPHA)


def _not_significant(study: Study, outcome: Outcome) -> str:
    p = outcome.contrast.p
    if outcome.contrast.kind == "within_group" or (p is not UNKNOWN and p.kind == "within_arm"):
        return ""
    if significant(outcome) is False or "no significant" in outcome.contrast.direction_only:
        return "The test did not reach 0.05: that is no proof of equal effects, nor of none."
    return ""


def _p_of_what(study: Study, outcome: Outcome) -> str:
    p = outcome.contrast.p
    if p is UNKNOWN or p.kind is not UNKNOWN:
        return ""
    return "Nothing says what the p value compares."


# --------------------------------------------------------------------------- figures


def _no_magnitude(study: Study, outcome: Outcome) -> str:
    if has_magnitude(outcome):
        return ""
    said = outcome.contrast.direction_only
    return say("Nothing says how much: {words}.", words=said) if said else "Nothing says how much."


def _spread_of(arm: ArmResult, name: str) -> bool:
    return any(getattr(arm, spread) is not UNKNOWN for spread in _SPREADS[name])


def _no_spread(study: Study, outcome: Outcome) -> str:
    contrast = outcome.contrast
    if contrast.se is not UNKNOWN or contrast.ci_low is not UNKNOWN:
        return ""
    percents = contrast.estimate is not UNKNOWN and contrast.measure.startswith("pct_")
    for arm in (outcome.treated, outcome.control):
        if arm is None:
            continue
        printed = [name for name in _SPREADS if getattr(arm, name) is not UNKNOWN]
        if printed and not any(_spread_of(arm, name) for name in printed):
            return "A mean change is printed without its SD, SE or interval."
    return "A difference is printed without its SE or interval." if percents else ""


def _no_spread_of_change(study: Study, outcome: Outcome) -> str:
    arm = outcome.treated
    both = arm.baseline_sd is not UNKNOWN and (arm.sd is not UNKNOWN or arm.se is not UNKNOWN)
    changed = any(x is not UNKNOWN for x in (arm.change_sd, arm.change_se, arm.change_ci_low))
    if not both or changed or outcome.contrast.r is not UNKNOWN:
        return ""
    return "SDs before and after are printed; the SD of the change, or the correlation, is not."


def _one_sided_figures(study: Study, outcome: Outcome) -> str:
    if not controlled(outcome) or outcome.contrast.estimate is not UNKNOWN:
        return ""
    first, second = magnitude_of(outcome, "treated"), magnitude_of(outcome, "control")
    if first is UNKNOWN or second is not UNKNOWN:
        return ""
    return say(
        "The product's figure is printed ({value}); the comparator's is not.", value=first.text
    )


def _percent_of_grade(study: Study, outcome: Outcome) -> str:
    graded = outcome.kind is not UNKNOWN and outcome.kind in GRADES
    if outcome.treated.pct_change is UNKNOWN or not (graded or scale_of(outcome)):
        return ""
    return say("{percent} % is of the mean of a grade.", percent=outcome.treated.pct_change.text)


def _digits(study: Study, outcome: Outcome) -> str:
    if stated_people(outcome) or outcome.design.kind in NOT_PEOPLE:
        return ""
    for percent in _percents(outcome):
        digits = percent.text.lstrip("-+0.").replace(".", "")
        if len(digits) >= MANY_DIGITS:
            return say(
                "{percent} % has {n} digits, and no number of people is printed.",
                percent=percent.text,
                n=len(digits),
            )
    return ""


def _percents(outcome: Outcome) -> list[Reported]:
    arms = [arm for arm in (outcome.treated, outcome.control) if arm is not None]
    found = [n for arm in arms for n in (arm.pct_change, arm.pct)]
    return [n for n in found if n is not UNKNOWN]


def _more_than_all(study: Study, outcome: Outcome) -> str:
    percent = value_of(outcome.treated.pct_change)
    if percent is None or percent <= 100:
        return ""
    return say(
        "+{percent} % of the baseline: percents of a small baseline grow large.",
        percent=number(percent, 0),
    )


def _reference(study: Study, outcome: Outcome) -> str:
    if outcome.contrast.measure not in (
        "pct_change_unclear_reference", "pct_difference_vs_comparator_ambiguous"
    ):  # fmt: skip
        return ""
    return "Nothing says what the percent is a percent of."


def _against_comparator(study: Study, outcome: Outcome) -> str:
    estimate, measure = outcome.contrast.estimate, outcome.contrast.measure
    if estimate is UNKNOWN or not measure.startswith("pct_difference_vs_"):
        return ""
    return say(
        "{percent} % is against the comparator, not against the baseline.", percent=estimate.text
    )


# --------------------------------------------------------------------------- responders


def _share(arm: ArmResult | None) -> float | None:
    if arm is None:
        return None
    percent, events, total = value_of(arm.pct), value_of(arm.events), value_of(arm.total)
    if percent is None and events is not None and total:
        return 100 * events / total
    return percent


def _share_of_people(study: Study, outcome: Outcome) -> str:
    share = _share(outcome.treated)
    if share is None or not 0 < share < 100:
        return ""
    return say(
        "{percent} % of the people, not {percent} % of the outcome.", percent=number(share, 0)
    )


def _nearly_all(study: Study, outcome: Outcome) -> str:
    share = _share(outcome.treated)
    if share is None or share < NEARLY_ALL:
        return ""
    return say(
        "{percent} % responded: the threshold is low, or time alone may do it.",
        percent=number(share, 0),
    )


def _nobody(study: Study, outcome: Outcome) -> str:
    if _share(outcome.control) != 0 or not _share(outcome.treated):
        return ""
    return "Nobody responded in the comparator, where 22 to 48 % do in other trials."


def _improved_anyway(study: Study, outcome: Outcome) -> str:
    share = _share(outcome.control)
    if share is None or share < IMPROVED_ANYWAY or not controlled(outcome):
        return ""
    return say("{percent} % of the comparator's people improved as well.", percent=number(share, 0))


def _every_arm(study: Study, outcome: Outcome) -> str:
    if "all arms improved" in outcome.contrast.direction_only:
        return "All arms are said to have improved."
    if outcome.control is None or outcome.better is UNKNOWN:
        return ""
    changes = [value_of(arm.pct_change) for arm in (outcome.treated, outcome.control)]
    sign = 1 if outcome.better == "higher" else -1
    if all(change is not None and sign * change > 0 for change in changes):
        return "Both arms changed in the good direction."
    return ""


# --------------------------------------------------------------------------- intervals


def _odds(study: Study, outcome: Outcome) -> str:
    if outcome.contrast.measure.casefold() not in ("relative_odds", "or", "odds ratio"):
        return ""
    said = outcome.contrast.estimate
    if said is UNKNOWN:
        return "The effect is a ratio of odds, not of people and not of the amount."
    return say(
        "The effect {value} is a ratio of odds, not of people and not of the amount.",
        value=said.text,
    )


def _little_said(study: Study, outcome: Outcome) -> str:
    low, high = value_of(outcome.contrast.ci_low), value_of(outcome.contrast.ci_high)
    if outcome.contrast.measure.casefold() not in _RATIOS or low is None or high is None:
        return ""
    if low <= 1 <= high:
        return say(
            "The limits {limits} hold 1, no effect.",
            limits=interval(low, high),
        )
    if low > 0 and high > WIDE * low:
        return say("The upper limit is {n} times the lower.", n=number(high / low, 0))
    return ""


def _limits_of_arms(study: Study, outcome: Outcome) -> str:
    arms = (outcome.treated, outcome.control)
    if outcome.contrast.ci_low is not UNKNOWN or outcome.contrast.se is not UNKNOWN:
        return ""
    if all(a and (a.change_ci_low is not UNKNOWN or a.ci_low is not UNKNOWN) for a in arms):
        return "Each arm has limits; their difference has none."
    return ""


def _pairing(study: Study, outcome: Outcome) -> str:
    c = outcome.contrast
    if outcome.design.kind not in SIDES or not controlled(outcome):
        return ""
    if any(x is not UNKNOWN for x in (c.se, c.ci_low, c.r, c.statistic_t)):
        return ""
    return "Both sides are of the same people; no paired error and no correlation is printed."


def _explained(study: Study, outcome: Outcome) -> str:
    share = value_of(outcome.contrast.estimate)
    if outcome.contrast.measure.casefold() != "partial_r2" or share is None or share >= 0.1:
        return ""
    return say("It explains {percent} % of the variance.", percent=number(100 * share, 0))


_ARM_FIGURES = tuple(f"{arm}.{name}" for arm in ("treated", "control")
                     for name in ("change_mean", "pct_change", "mean", "pct"))  # fmt: skip
_P = ("contrast.p",)
_LIMITS = ("contrast.estimate", "contrast.ci_low", "contrast.ci_high")

RESULT_SIGNALS = (
    Signal("EV405", "reference_of_percent", _reference, ("contrast.measure",)),
    Signal("EV415", "within_arm_test", _within, ("contrast.p", "design.comparator")),
    Signal("EV416", "difference_in_significance", _difference_in_significance, ("name",)),
    Signal("EV417", "p_threshold", _threshold, _P),
    Signal("EV418", "p_just_under", _just_under, _P),
    Signal("EV419", "no_magnitude", _no_magnitude, ("contrast.measure",)),
    Signal("EV420", "no_spread", _no_spread, (*_ARM_FIGURES[:3], "contrast.estimate")),
    Signal("EV426", "percent_of_grade", _percent_of_grade,
           ("treated.pct_change", "kind", "instrument")),
    Signal("EV428", "digits", _digits, ("treated.pct_change", "n_total", "n_total_randomised")),
    Signal("EV429", "not_significant", _not_significant, ("contrast.p", "contrast.direction_only")),
    Signal("EV432", "nearly_all_responded", _nearly_all, ("treated.pct", "treated.events")),
    Signal("EV433", "odds", _odds, ("contrast.measure", "contrast.estimate")),
    Signal("EV439", "nobody_in_comparator", _nobody, ("control.pct", "control.events")),
    Signal("EV440", "comparator_improved", _improved_anyway, ("control.pct", "control.events")),
    Signal("EV443", "every_arm_improved", _every_arm,
           ("contrast.measure", "treated.pct_change", "control.pct_change")),
    Signal("EV447", "p_of_what", _p_of_what, _P),
    Signal("EV448", "interval_says_little", _little_said, _LIMITS),
    Signal("EV455", "limits_of_arms", _limits_of_arms,
           ("treated.change_ci_low", "control.change_ci_low")),
    Signal("EV456", "pairing", _pairing, ("design.kind", "contrast.r")),
    Signal("EV457", "spread_of_change", _no_spread_of_change,
           ("treated.baseline_sd", "treated.sd", "contrast.r")),
    Signal("EV462", "share_explained", _explained, ("contrast.measure", "contrast.estimate")),
    Signal("EV465", "more_than_baseline", _more_than_all, ("treated.pct_change",)),
    Signal("EV478", "share_of_people", _share_of_people, ("treated.pct", "treated.events")),
    Signal("EV479", "against_comparator", _against_comparator,
           ("contrast.estimate", "contrast.measure")),
    Signal("EV472", "comparator_missing", _one_sided_figures, _ARM_FIGURES),
)  # fmt: skip
