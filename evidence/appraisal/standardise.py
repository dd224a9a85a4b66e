"""A reported effect on the SMD scale, signed so that positive is benefit, and the way back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from evidence.appraisal.facts import Facts
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.families import FAMILIES, Spread
from evidence.records.outcome import ArmResult, Outcome
from evidence.records.reported import Number, value_of
from evidence.records.study import Study

_SQRT3_PI = math.sqrt(3) / math.pi  # log odds to SMD: the SD of a logistic is π/√3


@dataclass(frozen=True, slots=True, kw_only=True)
class Standardised:
    """`y` in SDs, positive = benefit; `scale` turns SDs back into `unit`.

    `vi` is the sampling variance of `y` where the record allows one (between arms only).
    """

    y: float
    scale: float
    unit: str
    rule: str
    vi: float | None = None
    assumptions: tuple[str, ...] = ()
    cv: Spread | None = None  # the prior used, when the CV was not printed


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStandardised:
    """Why a reported effect cannot be put on the SMD scale."""

    reason: str


def standardise(
    study: Study, outcome: Outcome, facts: Facts, *, cv: float | None = None
) -> Standardised | NotStandardised:
    """Put one reported effect on the SMD scale, by the first rule that fits.

    Parameters
    ----------
    study, outcome, facts
        The record and its flattened facts; `facts.control` says whether the number is a
        contrast or a change from baseline.
    cv
        Coefficient of variation to use for a percent in place of the family's prior median.

    Examples
    --------
    >>> from evidence.appraisal.facts import read_facts
    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("wrinkle depth", family="wrinkle_depth", treated={"pct_change": "-20 %"})
    >>> facts = read_facts(Study(id="a"), one)
    >>> found = standardise(Study(id="a"), one, facts, cv=0.4)
    >>> found.y, found.unit, found.rule  # 20 % of the mean is half an SD where the CV is 40 %
    (0.5, '%', 'percent_change / CV')
    """
    family = FAMILIES.get(outcome.family, FAMILIES["unlisted"])
    better = family.better if outcome.better is UNKNOWN else outcome.better
    if better is UNKNOWN:
        return NotStandardised(reason="which direction is a benefit is not known")
    sign = 1 if better == "higher" else -1
    compared = facts.control in ("full", "untreated")
    if compared:
        for contrast_rule in _CONTRAST_RULES:
            if found := contrast_rule(study, outcome, sign, cv):
                return found
        return NotStandardised(reason="no magnitude of the difference between arms is printed")
    for rule in _CHANGE_RULES:
        if found := rule(study, outcome, sign, cv):
            return found
    percent = outcome.treated.pct_change is not UNKNOWN
    return NotStandardised(
        reason=say(
            "no coefficient of variation is known for {family}: a percent of the baseline cannot "
            "be turned into SDs",
            family=family.title,
        )
        if percent
        else "no magnitude of the change is printed"
    )


def _percent_scale(
    outcome: Outcome, arms: tuple[ArmResult, ...], cv: float | None
) -> tuple[float, tuple[str, ...], Spread | None] | None:
    """CV for a percent of the baseline: given, printed, or the family's prior median."""
    if cv is not None:
        return cv, (say("CV {cv} given", cv=f"{cv:g}"),), None
    for arm in arms:
        mean, sd = value_of(arm.baseline_mean), value_of(arm.baseline_sd)
        if mean and sd and mean > 0 and sd > 0:
            return sd / mean, (), None
    prior = FAMILIES.get(outcome.family, FAMILIES["unlisted"]).cv
    if prior is None:
        return None
    words = say(
        "coefficient of variation {cv}, the median of prior {prior}",
        cv=f"{prior.median:g}",
        prior=prior.id,
    )
    return prior.median, (words,), prior


def _percent(
    outcome: Outcome, points: float, sign: int, cv: float | None, rule: str
) -> Standardised | None:
    arms = tuple(arm for arm in (outcome.treated, outcome.control) if arm is not None)
    scale = _percent_scale(outcome, arms, cv)
    if scale is None:
        return None
    return Standardised(
        y=sign * points / 100 / scale[0],
        scale=100 * scale[0],
        unit="%",
        rule=rule,
        assumptions=scale[1],
        cv=scale[2],
    )


def _change_percent(
    study: Study, outcome: Outcome, sign: int, cv: float | None
) -> Standardised | None:
    del study
    points = value_of(outcome.treated.pct_change)
    if points is None and _is_percent(outcome.contrast.estimate):
        points = value_of(outcome.contrast.estimate)
    if points is None:
        return None
    return _percent(outcome, points, sign, cv, "percent_change / CV")


def _change_raw(study: Study, outcome: Outcome, sign: int, cv: float | None) -> Standardised | None:
    del study, cv
    arm = outcome.treated
    change, before, after = (
        value_of(number) for number in (arm.change_mean, arm.baseline_mean, arm.mean)
    )
    if change is None and before is not None and after is not None:
        change = after - before
    sd = value_of(arm.baseline_sd)
    if change is None or not sd or sd <= 0:
        return None
    return Standardised(
        y=sign * change / sd,
        scale=sd,
        unit=outcome.unit or "raw units",
        rule="change / baseline SD",
    )


def _contrast_smd(
    study: Study, outcome: Outcome, sign: int, cv: float | None
) -> Standardised | None:
    """Hedges g from arm summaries, by the effects floor."""
    del cv
    treated, control = outcome.treated, outcome.control
    if control is None:
        return None
    finals = [arm.mean is not UNKNOWN and arm.sd is not UNKNOWN for arm in (treated, control)]
    changes = [
        arm.change_mean is not UNKNOWN and arm.change_sd is not UNKNOWN
        for arm in (treated, control)
    ]
    if not (all(finals) or all(changes)):
        return None
    from evidence.effects.from_record import between_effect

    effect = between_effect(study, outcome, "SMD")
    raw = between_effect(study, outcome, "MD")
    if effect.yi is None or not effect.yi or raw.yi is None:
        return None
    return Standardised(
        y=sign * effect.yi,
        scale=abs(raw.yi / effect.yi),
        unit=outcome.unit or "raw units",
        rule="SMD (Hedges g)",
        vi=effect.vi,
    )


def _contrast_percent_arms(
    study: Study, outcome: Outcome, sign: int, cv: float | None
) -> Standardised | None:
    del study
    if outcome.control is None:
        return None
    first, second = value_of(outcome.treated.pct_change), value_of(outcome.control.pct_change)
    if first is None or second is None:
        return None
    return _percent(outcome, first - second, sign, cv, "difference of percent changes / CV")


def _contrast_percent(
    study: Study, outcome: Outcome, sign: int, cv: float | None
) -> Standardised | None:
    del study
    estimate = outcome.contrast.estimate
    if not _is_percent(estimate):
        return None
    points = value_of(estimate)
    return None if points is None else _percent(outcome, points, sign, cv, "percent / CV")


def _contrast_printed(
    study: Study, outcome: Outcome, sign: int, cv: float | None
) -> Standardised | None:
    """A printed raw difference with its SE or CI: the SD follows from the people per arm."""
    del cv
    contrast = outcome.contrast
    if contrast.estimate is UNKNOWN or contrast.measure not in ("MD", "mean_difference"):
        return None
    from evidence.effects.from_record import between_effect

    effect = between_effect(study, outcome, "MD")
    n = [value_of(arm.n) for arm in (outcome.treated, outcome.control) if arm is not None]
    if effect.yi is None or not effect.vi or len(n) != 2 or not (n[0] and n[1]):
        return None
    unit_variance = 1 / n[0] + 1 / n[1]
    sd = math.sqrt(effect.vi / unit_variance)
    return Standardised(
        y=sign * effect.yi / sd,
        scale=sd,
        unit=outcome.unit or "raw units",
        rule="printed difference / SD from its standard error",
        vi=unit_variance,
    )


def _contrast_responders(
    study: Study, outcome: Outcome, sign: int, cv: float | None
) -> Standardised | None:
    """Responders in both arms: log odds ratio times √3/π. More responders is a benefit."""
    del study, cv
    if outcome.control is None:
        return None
    shares = []
    for arm in (outcome.treated, outcome.control):
        total = value_of(arm.total) or value_of(arm.n)
        events = value_of(arm.events)
        if events is None and (percent := value_of(arm.pct)) is not None and total:
            events = percent / 100 * total
        if events is None or not total:
            return None
        shares.append((events, total))
    if any(events in (0, total) for events, total in shares):
        shares = [(events + 0.5, total + 1) for events, total in shares]
    (a, n1), (c, n2) = shares
    log_or = math.log(a / (n1 - a)) - math.log(c / (n2 - c))
    variance = 1 / a + 1 / (n1 - a) + 1 / c + 1 / (n2 - c)
    del sign
    return Standardised(
        y=log_or * _SQRT3_PI,
        scale=1.0,
        unit="SMD",
        rule="log odds ratio of responders × √3/π",
        vi=variance * _SQRT3_PI**2,
    )


def _is_percent(number: Number) -> bool:
    return number is not UNKNOWN and number.unit == "%"


Rule = Callable[[Study, Outcome, int, float | None], Standardised | None]
_CONTRAST_RULES: tuple[Rule, ...] = (
    _contrast_smd,
    _contrast_printed,
    _contrast_responders,
    _contrast_percent_arms,
    _contrast_percent,
)
_CHANGE_RULES: tuple[Rule, ...] = (_change_raw, _change_percent)
