"""The printed figure with its interval, and in SDs, under other people and another spread."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from evidence.appraisal.assess import Assessment
from evidence.appraisal.components import Policy, Scenario, sampling_variance
from evidence.appraisal.facts import Facts
from evidence.appraisal.standardise import Standardised, standardise
from evidence.appraisal.supposing import Suppose
from evidence.effects.bounds import partial_identification_paired
from evidence.effects.effect import Basis, Effect, Label, quantile, ratio_of_log, refused
from evidence.effects.from_record import between_effect
from evidence.effects.percent_scale import few_df
from evidence.effects.printed import N_MISSING
from evidence.effects.prior_interval import prior_propagation_paired
from evidence.records.base import UNKNOWN
from evidence.records.families import FAMILIES
from evidence.records.outcome import Contrast, Outcome
from evidence.records.reported import value_of
from evidence.records.vocabulary import Better

Magnitude = Literal["none", "percent", "raw", "means", "printed", "responders"]
"""How the printed magnitude is to be read once people or spreads are other ones.

`percent`: of the baseline; `raw`: with the SD at baseline; `means`: two groups with means and SDs;
`printed`: a difference whose SD follows from its error; `responders`: in SDs, from the odds ratio.
"""
LEVEL = 0.95
NO_SPREAD = "no spread is printed, and none has been seen for outcomes of this kind"
ONE_GROUP = "responders in one group have no effect of their own"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectIf:
    """The figure as it is printed, signed, with its interval.

    `narrow_low` and `narrow_high` are the interval at best, where only bounds are known; else
    they are the same. `label` is that of the interval, `reason` why there is none.
    """

    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    narrow_low: float | None = None
    narrow_high: float | None = None
    label: Label = "refused"
    reason: str = ""
    level: float = LEVEL


def magnitude_of(done: Assessment) -> Magnitude:
    """How the magnitude of a result was read.

    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> done = assess(study, study.outcomes[0])
    >>> magnitude_of(done)
    'percent'
    """
    found = done.standardised
    if found is None:
        return "none"
    if found.rule.startswith("log odds"):
        return "responders"
    if found.rule.startswith("SMD"):
        return "raw" if means_of(done) is None else "means"
    if found.rule.startswith("printed difference"):
        return "printed"
    return "percent" if found.unit == "%" else "raw"


def means_of(done: Assessment) -> tuple[float, float, float] | None:
    """Difference of two groups and their printed SDs, where the effect rests on these alone.

    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> done = assess(study, study.outcomes[0])
    >>> means_of(done) is None
    True
    """
    facts, treated, control = done.facts, done.outcome.treated, done.outcome.control
    if facts.structure != "two_arms" or facts.unit != "people" or control is None:
        return None
    effect = between_effect(done.study, _of_arms(done.outcome, done.outcome), "MD")
    for rule, mean, sd in (
        ("change_means_and_sds", "change_mean", "change_sd"),
        ("final_means_and_sds", "mean", "sd"),
    ):
        m1, s1, m2, s2 = (
            value_of(getattr(arm, name)) for arm in (treated, control) for name in (mean, sd)
        )
        if m1 is None or m2 is None or s1 is None or s2 is None:
            continue
        if effect.basis.rule == rule and effect.vi is not None:
            return m1 - m2, s1, s2
    return None


def _of_arms(outcome: Outcome, old: Outcome) -> Outcome:
    """The result by its groups alone.

    A supposed correlation moves the score; it makes no change scores of what was printed.
    """
    plain = Contrast(measure=outcome.contrast.measure, r=old.contrast.r)
    return outcome.model_copy(update={"contrast": plain})


def better_of(done: Assessment) -> Better:
    """Which way is good in the figures of `EffectIf`.

    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> done = assess(study, study.outcomes[0])
    >>> better_of(done)
    'lower'
    """
    if magnitude_of(done) == "responders":
        return "higher"
    family = FAMILIES.get(done.outcome.family, FAMILIES["unlisted"])
    better = family.better if done.outcome.better is UNKNOWN else done.outcome.better
    return "higher" if better is UNKNOWN else better


# --------------------------------------------------------------------------- in SDs


def standardised_if(
    done: Assessment, outcome: Outcome, facts: Facts, given: Suppose, policy: Policy
) -> Standardised | None:
    """The printed magnitude in SDs, under other people and spreads.

    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> done = assess(study, study.outcomes[0])
    >>> from evidence.appraisal.components import POLICY
    >>> given = Suppose(sd=40.0)
    >>> standardised_if(done, done.outcome, done.facts, given, POLICY).y
    0.5
    """
    old, how = done.standardised, magnitude_of(done)
    if old is None or not given.moves_the_effect:
        return old
    compared = facts.control in ("full", "untreated")
    if how == "responders":
        if old.vi is None or done.facts.n is None or facts.n is None or not compared:
            return replace(old, vi=None)
        grown = sum(1 / n for n in facts.n) / sum(1 / n for n in done.facts.n)
        return replace(old, vi=old.vi * grown)  # the same shares of other numbers of people
    if how == "means" and compared:
        found = standardise(done.study, _of_arms(outcome, done.outcome), facts)
        return found if isinstance(found, Standardised) else old
    sd = old.scale if given.sd is None else given.sd
    known = old.cv is None or given.sd is not None
    return Standardised(
        y=old.y * old.scale / sd,
        scale=sd,
        unit=old.unit,
        rule=old.rule,
        vi=_vi(how, facts, policy) if known and compared else None,
        assumptions=() if given.sd is not None else old.assumptions,
        cv=None if given.sd is not None else old.cv,
    )


def _vi(how: Magnitude, facts: Facts, policy: Policy) -> float | None:
    """Sampling variance of a difference in SDs; None where it needs a correlation nobody gave."""
    if facts.n is None or facts.n_enrolled_only:
        return None
    if how == "printed" and facts.structure == "two_arms":
        return sum(1 / n for n in facts.n)
    low, high = (sampling_variance(facts, s) for s in _correlations(policy))
    return low if low == high else None


def _correlations(policy: Policy) -> tuple[Scenario, Scenario]:
    """The two ends of a correlation that is not printed: smallest variance first."""
    return Scenario(r=policy.r_high, policy=policy), Scenario(r=policy.r_low, policy=policy)


# --------------------------------------------------------------------------- with its interval


def effect_if(
    done: Assessment,
    outcome: Outcome,
    facts: Facts,
    found: Standardised | None,
    given: Suppose,
    policy: Policy,
) -> tuple[EffectIf, Effect]:
    """The figure with its interval, and as an effect between groups where there are two.

    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> done = assess(study, study.outcomes[0])
    >>> from evidence.appraisal.components import POLICY
    >>> given = Suppose(sd=35.0, r=0.6)
    >>> facts = replace(done.facts, r=0.6)
    >>> found = standardised_if(done, done.outcome, facts, given, POLICY)
    >>> seen, _ = effect_if(done, done.outcome, facts, found, given, POLICY)
    >>> seen.label, round(seen.low, 1), round(seen.high, 1)
    ('derived', -26.6, -12.7)
    """
    if not given.moves_the_effect and magnitude_of(done) != "responders":
        return as_reported(done), done.effects.between
    if found is None:
        reason = done.expected_reason or "no magnitude is printed"
        effect = EffectIf(value=None, unit="", reason=reason)
        return effect, replace(
            done.effects.between, yi=None, vi=None, ci_low=None, ci_high=None, se_bound=None,
            basis=refused(reason), spread=refused(reason),
        )  # fmt: skip
    if facts.control not in ("full", "untreated"):
        return _change(done, facts, found, given, policy), done.effects.between
    return _difference(done, outcome, facts, found, given, policy)


def as_reported(done: Assessment) -> EffectIf:
    """The figure as it is reported: the comparison where there is one, else the change.

    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> done = assess(study, study.outcomes[0])
    >>> seen = as_reported(done)
    >>> seen.label, round(seen.low, 1), round(seen.high, 1)
    ('bounded', -34.3, -2.6)
    """
    compared = done.facts.control in ("full", "untreated")
    seen = done.standing.recovered
    scale = done.standardised
    if not compared and seen.percent is not None and (scale is None or scale.unit == "%"):
        best = seen.best
        if best is None or best.widest is None or best.narrowest is None:
            reasons = (step.basis.reason for step in seen.steps if step.basis.reason)
            why = next(reasons, seen.effect.spread.reason)
            return EffectIf(value=seen.percent, unit="%", reason=why)
        return EffectIf(
            value=seen.percent, unit="%", low=best.widest[0], high=best.widest[1],
            narrow_low=best.narrowest[0], narrow_high=best.narrowest[1], label=best.label,
        )  # fmt: skip
    effect = done.effects.between if compared else done.effects.treated
    if effect.yi is None:
        return EffectIf(value=None, unit="", reason=effect.basis.reason)
    back = ratio_of_log if effect.log else float
    unit = effect.unit or (scale.unit if scale and effect.measure == "MD" else effect.measure)
    value = back(effect.yi)
    if effect.ci_low is not None and effect.ci_high is not None:
        low, high = back(effect.ci_low), back(effect.ci_high)
        return EffectIf(
            value=value, unit=unit, low=low, high=high, narrow_low=low, narrow_high=high,
            label=effect.label, level=effect.level,
        )  # fmt: skip
    small, large = effect.se_bound or (None, None)
    if large is None:
        return EffectIf(value=value, unit=unit, reason=effect.spread.reason)
    t = quantile(effect.level, effect.df)
    ends = [back(effect.yi + t * se) for se in (-large, large, -(small or 0.0), small or 0.0)]
    return EffectIf(
        value=value, unit=unit, low=ends[0], high=ends[1], narrow_low=ends[2],
        narrow_high=ends[3], label="bounded", level=effect.level,
    )  # fmt: skip


def _change(
    done: Assessment, facts: Facts, found: Standardised, given: Suppose, policy: Policy
) -> EffectIf:
    """A change in one group, under other people and spreads."""
    how, value = magnitude_of(done), _signed(done, found)
    if how == "responders":
        return EffectIf(value=None, unit="", reason=ONE_GROUP)
    if facts.n is None:
        return EffectIf(value=value, unit=found.unit, reason=N_MISSING)
    prior = done.standing.recovered.prior
    sds = _sds(done, found, given)
    rs = (facts.r, facts.r) if facts.r is not None else (policy.r_low, policy.r_high)
    n = facts.n[0]
    if found.unit == "%" and value > -100:
        if sds is not None:
            cvs = (sds[0] / 100, sds[1] / 100)
            df = few_df(n)
            bounds = partial_identification_paired(value, n, cvs, rs, level=LEVEL, df=df)
            label: Label = "derived" if cvs[0] == cvs[1] and rs[0] == rs[1] else "bounded"
            return _between_ends(value, "%", bounds.widest, bounds.narrowest, label)
        if prior.cv_median is None or prior.cv_log_sd is None:
            return EffectIf(value=value, unit="%", reason=NO_SPREAD)
        prior_one = prior_propagation_paired(
            value, n, cv_median=prior.cv_median, cv_log_sd=prior.cv_log_sd,
            r_centre=prior.r_centre if facts.r is None else facts.r,
            r_fisher_sd=prior.r_fisher_sd if facts.r is None else 0.0, level=LEVEL,
        )  # fmt: skip
        limits = (prior_one.ci_low, prior_one.ci_high)
        return _between_ends(value, "%", limits, limits, "imputed")
    if sds is None:
        return EffectIf(value=value, unit=found.unit, reason=NO_SPREAD)
    small, large, df = _errors(how, facts, sds, policy)
    return _linear(value, found.unit, small, large, df)[0]


def _difference(
    done: Assessment,
    outcome: Outcome,
    facts: Facts,
    found: Standardised,
    given: Suppose,
    policy: Policy,
) -> tuple[EffectIf, Effect]:
    """A difference between groups, under other people and spreads."""
    how, value = magnitude_of(done), _signed(done, found)
    if how == "means":
        between = between_effect(done.study, _of_arms(outcome, done.outcome), "MD")
        low, high = between.ci_low, between.ci_high
        if between.yi is None or low is None or high is None:
            return EffectIf(value=between.yi, unit=found.unit, reason=between.reason), between
        limits = (low, high)
        return _between_ends(between.yi, found.unit, limits, limits, between.label), between
    if how == "responders":
        if found.vi is None:
            effect = EffectIf(value=value, unit=found.unit, reason=N_MISSING)
            return effect, _as_effect(done, effect, None)
        error = math.sqrt(found.vi)
        effect, bound = _linear(value, found.unit, error, error, None)
        return effect, _as_effect(done, effect, bound)
    sds = _sds(done, found, given)
    if facts.n is None or sds is None:
        reason = N_MISSING if facts.n is None else NO_SPREAD
        effect = EffectIf(value=value, unit=found.unit, reason=reason)
        return effect, _as_effect(done, effect, None)
    small, large, df = _errors(how, facts, sds, policy)
    effect, bound = _linear(value, found.unit, small, large, df)
    return effect, _as_effect(done, effect, bound, df)


def _errors(
    how: Magnitude, facts: Facts, sds: tuple[float, float], policy: Policy
) -> tuple[float, float, float]:
    """Smallest and largest standard error in the outcome's unit, and the degrees of freedom."""
    assert facts.n is not None  # its callers checked
    if how == "printed" and facts.structure == "two_arms":
        low = high = sum(1 / n for n in facts.n)
    else:
        low, high = (sampling_variance(facts, s) for s in _correlations(policy))
    df = sum(facts.n) - len(facts.n)
    return sds[0] * math.sqrt(low), sds[1] * math.sqrt(high), df


def _sds(done: Assessment, found: Standardised, given: Suppose) -> tuple[float, float] | None:
    """The SD in the outcome's unit: supposed, printed, or the plausible region of its family."""
    if given.sd is not None or found.cv is None:
        return found.scale, found.scale
    bounds = done.standing.recovered.prior.cv_bounds
    return None if bounds is None else (100 * bounds[0], 100 * bounds[1])


def _linear(
    value: float, unit: str, small: float, large: float, df: float | None
) -> tuple[EffectIf, tuple[float, float]]:
    t = quantile(LEVEL, df)
    label: Label = "derived" if small == large else "bounded"
    wide, narrow = (
        (value - t * large, value + t * large),
        (value - t * small, value + t * small),
    )
    return _between_ends(value, unit, wide, narrow, label), (small, large)


def _between_ends(
    value: float,
    unit: str,
    wide: tuple[float, float] | None,
    narrow: tuple[float, float] | None,
    label: Label,
) -> EffectIf:
    low, high = wide or (None, None)
    narrow_low, narrow_high = narrow or (None, None)
    return EffectIf(
        value=value, unit=unit, low=low, high=high, narrow_low=narrow_low,
        narrow_high=narrow_high, label=label,
    )  # fmt: skip


def _as_effect(
    done: Assessment,
    seen: EffectIf,
    bound: tuple[float, float] | None,
    df: float | None = None,
) -> Effect:
    """The same as an effect between groups, for the verb that reads its direction."""
    exact = bound is not None and bound[0] == bound[1]
    spread = refused(seen.reason) if bound is None else Basis(label=seen.label)
    return Effect(
        study=done.study.id,
        outcome=done.outcome.id,
        kind="between_arm",
        arm="",
        measure=done.effects.between.measure or "MD",
        yi=seen.value,
        vi=bound[0] ** 2 if bound is not None and exact else None,
        level=seen.level,
        ci_low=seen.low if exact else None,
        ci_high=seen.high if exact else None,
        df=df,
        unit=seen.unit,
        basis=Basis(label="reported"),
        spread=spread,
        se_bound=None if exact else bound,
        better=better_of(done),
    )


def _signed(done: Assessment, found: Standardised) -> float:
    """The magnitude as it is printed: a benefit is negative where lower is better."""
    return found.y * found.scale * (1 if better_of(done) == "higher" else -1)
