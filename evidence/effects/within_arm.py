"""The change of one arm from its own baseline. It says nothing about another product."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from evidence.effects.counts import Responders, responders, wilson
from evidence.effects.effect import Basis, Effect
from evidence.effects.one_arm import (
    IMPLAUSIBLE_SMD,
    OneArm,
    change_of,
    one_arm,
    paired_spread,
    percent_of,
)
from evidence.effects.one_row import effect_sizes
from evidence.effects.printed import (
    N_MISSING,
    Found,
    Spread,
    as_printed,
    build,
    derived,
    deviation,
    extreme,
    figure,
    nothing,
    people,
    refusal,
)
from evidence.effects.spread import Printed, spread_of
from evidence.errors import OptionError
from evidence.messages import say
from evidence.records.outcome import ArmResult, Outcome
from evidence.records.study import Study

WITHIN_MEASURES = ("MC", "PCHG", "PR", "SMCC", "ROMC")
"""Mean change; percent change; share of people; change by the SD of change; ratio of means."""

R_MISSING = "pre-post correlation not printed"


def within_arm(
    study: Study,
    outcome: Outcome,
    arm: Literal["treated", "control"] = "treated",
    measure: str | None = None,
) -> Effect:
    """The change of one arm from baseline, or the share of it that responded.

    Parameters
    ----------
    study, outcome
        The record.
    arm : str
        `treated` or `control`.
    measure : str, optional
        One of `WITHIN_MEASURES`; by default the first of MC, PCHG and PR that is printed.

    Raises
    ------
    EffectError
        When a printed value cannot be: more events than people, a negative SD, a fall of more
        than 100 percent.

    Examples
    --------
    >>> from evidence.records.reported import Reported
    >>> serum = ArmResult(change_mean=Reported(text="-5"), change_sd=Reported(text="4"),
    ...                   n=Reported(text="25"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum)
    >>> within_arm(Study(id="Kim", outcomes=(one,)), one).shown()
    'MC −5.00 (−6.65 to −3.35)'
    >>> within_arm(Study(id="Kim", outcomes=(one,)), one, "control").shown()
    'effect refused: there is no such arm'
    """
    if measure is not None and measure not in WITHIN_MEASURES:
        raise OptionError("measure", measure, WITHIN_MEASURES)
    result = outcome.treated if arm == "treated" else outcome.control
    if result is None:
        return refusal(
            study, outcome, measure or "", "there is no such arm", between=False, arm=arm
        )
    label = result.label or arm
    reason = _not_a_mean(outcome, result, arm)
    if reason:
        return refusal(study, outcome, measure or "", reason, between=False, arm=label)
    context = one_arm(study, outcome, result, arm)
    n = context.n
    for name in ("MC", "PCHG", "PR") if measure is None else (measure,):
        found = _RULES[name](context)
        if found is not None:
            return build(
                study,
                outcome,
                found,
                between=False,
                arm=label,
                n=None if n is None else n.value,
                counts=name == "PR",
            )
    reason = "no magnitude of the change is printed"
    if measure == "SMCC":
        reason = "the SD of the change, or the people behind it, is not printed"
    return refusal(study, outcome, measure or "", reason, between=False, arm=label)


def _not_a_mean(outcome: Outcome, arm: ArmResult, path: str) -> str:
    if outcome.statistic == "max":
        return "the number is a maximum over people or sites, not a mean"
    names = ("change_mean", "pct_change", "mean", "events", "pct")
    numbers = [(f"{path}.{name}", getattr(arm, name)) for name in names]
    if outcome.contrast.kind == "within_group":
        numbers.append(("contrast.estimate", outcome.contrast.estimate))
    return extreme(*numbers)


def _why_no_spread(x: OneArm) -> str:
    if x.n is None:
        return N_MISSING
    if x.n.value < 2:
        return "one person has no spread"
    if x.sd("baseline_sd") is not None and x.sd("sd") is not None:
        return R_MISSING
    return "nothing printed gives its standard error"


def _raw(x: OneArm) -> Found | None:
    change = change_of(x)
    if change is None:
        return None
    contrast = x.outcome.contrast
    from_contrast = x.within_printed and change.inputs[0].startswith("contrast.")
    printed = Printed(
        study=x.study.id,
        estimate=change.value,
        se=deviation(x.study, "contrast.se", contrast.se) if from_contrast else x.sd("change_se"),
        ci_low=figure("contrast.ci_low", contrast.ci_low)
        if from_contrast
        else x.read("change_ci_low"),
        ci_high=figure("contrast.ci_high", contrast.ci_high)
        if from_contrast
        else x.read("change_ci_high"),
        level=contrast.level if from_contrast else 0.95,
        level_assumed=not from_contrast,
        sd=x.sd("change_sd"),
        n=x.n,
        df=x.df,
        t=figure("contrast.statistic_t", contrast.statistic_t) if from_contrast else None,
        p=x.p,
        why_not=_why_no_spread(x),
    )
    spread = spread_of(printed)
    if spread.vi is None and (paired := paired_spread(x, "MC")) is not None:
        spread = paired
    notes = []
    sd = x.sd("change_sd") or x.sd("baseline_sd")
    if sd is not None and sd.value > 0 and abs(change.value) / sd.value > IMPLAUSIBLE_SMD:
        notes.append(
            say(
                "implausibly large: the change is {n} SDs; is the SD a standard error?",
                n=f"{abs(change.value) / sd.value:.2g}",
            )
        )
    return Found(
        measure="MC",
        yi=change.value,
        basis=as_printed(change, change.rule),
        spread=spread,
        unit=x.outcome.unit,
        notes=tuple(notes),
    )


def _percent(x: OneArm) -> Found | None:
    percent = percent_of(x)
    if percent is None:
        return None
    assumed = "p tests the mean of the percent changes"
    spread = paired_spread(x, "PCHG")
    if spread is None:
        spread = spread_of(
            Printed(
                study=x.study.id,
                estimate=percent.value,
                n=x.n,
                df=x.df,
                p=x.p,
                p_assumption=assumed,
                why_not=_why_no_spread(x),
            )
        )
    notes = []
    if percent.label == "reported":
        notes.append("not said whether percent of means or mean of individual percents")
    basis = as_printed(percent, percent.rule)
    if x.outcome.contrast.measure == "pct_change_unclear_reference":
        unclear = "the percent is a change from baseline: the source does not say of what"
        notes.append("reference of the percent not stated")
        basis = Basis(
            label=basis.label,
            rule=basis.rule,
            inputs=basis.inputs,
            assumptions=(*basis.assumptions, unclear),
        )
    return Found(
        measure="PCHG",
        yi=percent.value,
        basis=basis,
        spread=spread,
        unit="%",
        notes=tuple(notes),
    )


def _log_ratio(x: OneArm) -> Found | None:
    percent = percent_of(x)
    if percent is None or percent.value <= -100:
        return None
    spread = paired_spread(x, "ROMC")
    return Found(
        measure="ROMC",
        yi=math.log1p(percent.value / 100),
        basis=derived("log_of_percent_change", "Senior et al. 2020", percent),
        spread=nothing(_why_no_spread(x)) if spread is None else spread,
        log=True,
    )


def _by_change_sd(x: OneArm) -> Found | None:
    change, sd = change_of(x), x.sd("change_sd")
    if change is None or sd is None or x.n is None or sd.value == 0 or x.n.value < 3:
        return None
    found = effect_sizes("SMCC", m1i=change.value, sd1i=sd.value, m2i=0, sd2i=0, ni=x.n.value, ri=0)
    basis = derived("smcc", "Gibbons et al. 1993", change, sd, x.n)
    return Found(
        measure="SMCC",
        yi=float(found.yi[0]),
        basis=basis,
        spread=Spread(basis=basis, vi=float(found.vi[0])),
        unit="SD of change",
    )


def _share(x: OneArm) -> Found | None:
    counted = people(x.study, x.outcome, x.arm, x.path, everybody=x.everybody, counted=True)
    found = responders(x.study, x.arm, x.path, counted)
    if found is None:
        pct = x.read("pct")
        if pct is None:
            return None
        return Found(
            measure="PR",
            yi=pct.value / 100,
            basis=as_printed(pct, "percent printed"),
            spread=nothing(N_MISSING),
            notes=("a share of one arm has no comparator",),
        )
    return Found(
        measure="PR",
        yi=found.events / found.total,
        basis=found.basis,
        spread=_share_spread(found),
        notes=("a share of one arm has no comparator", *found.notes),
    )


def _share_spread(found: Responders) -> Spread:
    p = found.events / found.total
    limits = wilson(found.events, found.total)
    if p in (0, 1):
        reason = "none or all of them: a normal standard error would be 0; see the interval"
        basis = Basis(
            label="derived", rule="wilson_interval", inputs=found.basis.inputs, reason=reason
        )
        return Spread(basis=basis, ci=limits)
    basis = derived("binomial", "Wilson 1927", found.figure)
    return Spread(basis=basis, vi=p * (1 - p) / found.total, ci=limits)


_RULES: dict[str, Callable[[OneArm], Found | None]] = {
    "MC": _raw,
    "PCHG": _percent,
    "PR": _share,
    "SMCC": _by_change_sd,
    "ROMC": _log_ratio,
}
