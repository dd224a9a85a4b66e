"""What the score needs to know of one result, read off its record once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidence.records.base import UNKNOWN, Unknown
from evidence.records.families import FAMILIES, Family
from evidence.records.outcome import ArmResult, Outcome
from evidence.records.reported import Number, value_of
from evidence.records.study import Study
from evidence.records.vocabulary import OutcomeKind, UnitOfCount

Structure = Literal["two_arms", "two_sides", "before_after"]
Analysis = Literal["final", "change", "adjusted"]
Said = Literal["yes", "no", "unknown"]
Counted = Literal["mean", "responders", "time_to_event"]
Scored = Literal["contrast", "product"]
"""`contrast`: the comparison as the study made it. `product`: the product alone, which against
an active comparator rests on its change from baseline."""

CONTROLLED = ("parallel", "within_person", "crossover", "cluster", "nonrandomised_controlled")
NOT_SCORED = {
    "in_vitro": "in vitro: cells, not people",
    "ex_vivo": "ex vivo: excised skin, not people",
    "testimonial": "a testimonial is one person's word",
    "exposure": "an exposure that is no product: the scale A has no meaning there; judge and pool "
    "it as an association",
}
_GOOD_SEQUENCE = ("computer", "table", "coin_dice_lots", "minimisation")
_QUASI_RANDOM = ("alternation", "date", "record_no")
_GOOD_CONCEALMENT = (
    "central",
    "numbered_identical_containers",
    "numbered_opaque_sealed_envelopes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One result, flattened. `unknown` stays apart from `no` everywhere."""

    structure: Structure
    control: Literal["full", "untreated", "none", "unknown"]
    control_why: str = ""
    randomised: Said = "unknown"
    sequence_sound: Said = "unknown"
    concealment_sound: Said = "unknown"
    same_side: bool = False  # sides of one person: the lesser not_randomised row
    carry_over: Said = "no"
    participant_blind: Said = "unknown"
    assessor_blind: Said = "unknown"
    single_arm: bool = False
    kind: OutcomeKind | Unknown = UNKNOWN
    family: Family
    within_24h: bool = False
    n: tuple[float, ...] | None = None  # people, per arm; None: not stated
    n_enrolled_only: bool = False
    arms_unstated: bool = False  # only the total is known, split equally
    analysis: Analysis = "final"
    counted: Counted = "mean"
    share: float | None = None  # responders over all arms
    events: float | None = None  # events over all arms, time to event
    r: float | None = None  # reported
    attrition: float | None = None  # largest share lost of any arm
    registered: Literal["primary", "secondary", "no", "unknown"] = "unknown"
    named_primary: Said = "unknown"
    registered_count: int | None = None
    measured: int | None = None
    results_printed: int = 1
    unit: UnitOfCount = "people"
    units_per_person: float | None = None
    icc: float | None = None
    recovery_half_spread: float = 0.0  # in SDs


def refusal(outcome: Outcome) -> str:
    """Why this result gets no score, or an empty string.

    >>> from evidence.records.plain import outcome_of
    >>> refusal(outcome_of("wrinkle depth", treated={"pct_change": "up to 20 %"}))
    'an "up to" figure is a maximum over people, not an effect'
    >>> refusal(outcome_of("wrinkle depth", treated={"pct_change": "-20 %"}))
    ''
    """
    kind = outcome.design.kind
    if kind is not UNKNOWN and kind in NOT_SCORED:
        return NOT_SCORED[kind]
    if outcome.statistic == "max" or any(
        number is not UNKNOWN and number.qualifier == "up to" for number in _effects(outcome)
    ):
        return 'an "up to" figure is a maximum over people, not an effect'
    if not (outcome.name or outcome.domain) and outcome.kind is UNKNOWN and not _printed(outcome):
        return "no outcome: nothing says what was measured"
    return ""


def read_facts(study: Study, outcome: Outcome, *, scored: Scored = "contrast") -> Facts:
    """Flatten one result for scoring.

    Parameters
    ----------
    study, outcome
        The record; what it does not state is UNKNOWN there and `unknown` here.
    scored
        `product` scores the product alone: against an active comparator that is its change
        from baseline, without a control.

    Examples
    --------
    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("wrinkle depth", treated={"n": "20"}, control={"n": "21"},
    ...     design={"kind": "parallel", "comparator": "vehicle", "randomised": "yes"})
    >>> facts = read_facts(Study(id="a"), one)
    >>> facts.structure, facts.control, facts.n, facts.randomised, facts.concealment_sound
    ('two_arms', 'full', (20.0, 21.0), 'yes', 'unknown')
    """
    design, reporting = outcome.design, outcome.reporting
    control, why = _control(outcome, scored)
    compared = control in ("full", "untreated")
    structure = _structure(outcome, compared=compared)
    sequence = design.sequence
    randomised: Said = "unknown" if design.randomised is UNKNOWN else design.randomised
    if design.kind == "nonrandomised_controlled" or sequence in ("choice", "availability", "none"):
        randomised = "no"
    elif sequence is not UNKNOWN:
        randomised = "yes"
    n, enrolled_only, arms_unstated = _people(outcome, structure)
    kind = outcome.kind
    if kind is UNKNOWN and design.kind == "survey":
        kind = "self_report"  # a survey asks people
    single_arm = (
        design.kind in ("single_arm_prepost", "survey")
        or (design.kind is UNKNOWN and not compared)
        or (scored == "product" and design.comparator in ("active", "competitor"))
    )
    counted, share, events = _counting(outcome)
    return Facts(
        structure=structure,
        control=control,
        control_why=why,
        randomised=randomised,
        sequence_sound=_said(sequence, _GOOD_SEQUENCE, _QUASI_RANDOM),
        concealment_sound=_said(design.concealment, _GOOD_CONCEALMENT, ("open", "none")),
        same_side=design.kind == "within_person",
        carry_over=_carry_over(outcome, structure),
        participant_blind=_participant_blind(outcome),
        assessor_blind=_assessor_blind(outcome, kind),
        single_arm=single_arm,
        kind=kind,
        family=FAMILIES.get(outcome.family, FAMILIES["unlisted"]),
        within_24h=outcome.week is not UNKNOWN and outcome.week.value == 0,
        n=n,
        n_enrolled_only=enrolled_only,
        arms_unstated=arms_unstated,
        analysis=_analysis(outcome),
        counted=counted,
        share=share,
        events=events,
        r=value_of(outcome.contrast.r),
        attrition=_attrition(outcome),
        registered="unknown" if reporting.registered is UNKNOWN else reporting.registered,
        named_primary="unknown" if reporting.named_primary is UNKNOWN else reporting.named_primary,
        registered_count=_whole(reporting.registered_count),
        measured=_whole(reporting.measured),
        results_printed=max(reporting.results_printed, len(study.outcomes)),
        unit=_unit(outcome),
        units_per_person=value_of(design.units_per_person),
        icc=value_of(design.icc),
    )


def _effects(outcome: Outcome) -> tuple[Number, ...]:
    arm, contrast = outcome.treated, outcome.contrast
    return (arm.mean, arm.change_mean, arm.pct_change, arm.pct, contrast.estimate)


def _printed(outcome: Outcome) -> bool:
    return any(number is not UNKNOWN for number in _effects(outcome))


def _values(arm: ArmResult | None) -> bool:
    """Whether an arm prints anything a contrast could be rebuilt from."""
    if arm is None:
        return False
    numbers = (arm.mean, arm.median, arm.change_mean, arm.pct_change, arm.events, arm.pct)
    return any(number is not UNKNOWN for number in numbers)


def _control(
    outcome: Outcome, scored: Scored
) -> tuple[Literal["full", "untreated", "none", "unknown"], str]:
    """Whether a concurrent control stands behind the number, and why not."""
    kind, comparator = outcome.design.kind, outcome.design.comparator
    if kind in ("single_arm_prepost", "survey") or comparator in ("none", "baseline_only"):
        return "none", "no concurrent control"
    if comparator is UNKNOWN and (kind is UNKNOWN or kind not in CONTROLLED):
        return "unknown", "comparator not stated"
    if _only_within(outcome):
        return "none", "only tests within each arm are given, and no contrast can be rebuilt"
    if _unclear_reference(outcome):
        return "unknown", "the number's reference, baseline or comparator, is not stated"
    if comparator is UNKNOWN:
        return "unknown", "comparator not stated"
    if comparator in ("active", "competitor"):
        if scored == "product":
            return "none", "against another active product, its own effect is only a change"
        return "full", ""
    return ("untreated" if comparator in ("untreated", "untreated_site") else "full"), ""


def _rebuildable(outcome: Outcome) -> bool:
    return outcome.contrast.estimate is not UNKNOWN or (
        _values(outcome.treated) and _values(outcome.control)
    )


def _only_within(outcome: Outcome) -> bool:
    contrast = outcome.contrast
    within = contrast.kind == "within_group" or (
        contrast.p is not UNKNOWN and contrast.p.kind == "within_arm"
    )
    return within and not _rebuildable(outcome)


def _unclear_reference(outcome: Outcome) -> bool:
    contrast = outcome.contrast
    if contrast.kind in ("between_group", "paired_site") or _rebuildable(outcome):
        return False
    between = contrast.p is not UNKNOWN and contrast.p.kind == "between_arm"
    return _values(outcome.treated) and not between


def _structure(outcome: Outcome, *, compared: bool) -> Structure:
    design = outcome.design
    if not compared:
        return "before_after"
    if design.kind == "within_person":
        return "two_sides"
    if design.kind == "crossover":
        return "two_arms" if design.first_period_only == "yes" else "two_sides"
    return "two_arms"


def _carry_over(outcome: Outcome, structure: Structure) -> Said:
    design = outcome.design
    if design.kind != "crossover" or structure != "two_sides":
        return "no"
    washout = value_of(design.washout_week)
    if (washout is not None and washout < 4) or design.period_effect_reported == "no":
        return "yes"
    if washout is None or design.period_effect_reported is UNKNOWN:
        return "unknown"
    return "no"


def _people(outcome: Outcome, structure: Structure) -> tuple[tuple[float, ...] | None, bool, bool]:
    """People per arm (one number for sides and before-after), enrolled only, arms unstated."""
    arms = (outcome.treated, outcome.control)
    for enrolled_only, total_number in (
        (False, outcome.n_total),
        (True, outcome.n_total_randomised),
    ):
        each = [
            None
            if arm is None
            else value_of(arm.n_randomised if enrolled_only else arm.n)
            or (None if enrolled_only else value_of(arm.total))
            for arm in arms
        ]
        total = value_of(total_number)
        first, second = each
        if structure == "two_arms":
            if first and second:
                return (first, second), enrolled_only, False
            if total and first and total > first:
                return (first, total - first), enrolled_only, False
            if total:
                return (total / 2, total / 2), enrolled_only, True
        elif structure == "two_sides":
            if total or first:
                return (total or first or 0.0,), enrolled_only, False
        elif first:
            return (first,), enrolled_only, False
        elif total:
            halves = 2 if outcome.design.kind in ("parallel", "nonrandomised_controlled") else 1
            return (total / halves,), enrolled_only, halves == 2
    return None, False, False


def _attrition(outcome: Outcome) -> float | None:
    """Largest share lost of any arm; None when it cannot be known."""
    shares = []
    for arm in (outcome.treated, outcome.control):
        if arm is None:
            continue
        if arm.attrition is not UNKNOWN:
            percent = arm.attrition.unit == "%"
            shares.append(arm.attrition.value / (100 if percent else 1))
        elif (start := value_of(arm.n_randomised)) and (end := value_of(arm.n)):
            shares.append(max(0.0, 1 - end / start))
    if shares:
        return max(shares)
    start, end = value_of(outcome.n_total_randomised), value_of(outcome.n_total)
    return max(0.0, 1 - end / start) if start and end else None


def _analysis(outcome: Outcome) -> Analysis:
    if outcome.design.adjusted_for_baseline == "yes":
        return "adjusted"
    arm = outcome.treated
    if arm.mean is not UNKNOWN and arm.change_mean is UNKNOWN and arm.pct_change is UNKNOWN:
        return "final"
    changes = arm.change_mean is not UNKNOWN or arm.pct_change is not UNKNOWN
    return "change" if changes or "change" in outcome.contrast.measure else "final"


def _counting(outcome: Outcome) -> tuple[Counted, float | None, float | None]:
    arms = [arm for arm in (outcome.treated, outcome.control) if arm is not None]
    events = [value_of(arm.events) for arm in arms]
    if outcome.statistic == "time_to_event":
        known = [count for count in events if count is not None]
        return "time_to_event", None, sum(known) if len(known) == len(arms) and known else None
    counted = outcome.statistic in ("responder_pct", "events") or any(
        arm.pct is not UNKNOWN or arm.events is not UNKNOWN for arm in arms
    )
    if not counted:
        return "mean", None, None
    shares, weights = [], []
    for arm, count in zip(arms, events, strict=True):
        total = value_of(arm.total) or value_of(arm.n)
        if (percent := value_of(arm.pct)) is not None:
            shares.append(percent / 100)
        elif count is not None and total:
            shares.append(count / total)
        else:
            continue
        weights.append(total or 1.0)
    if not shares:
        return "responders", None, None
    share = sum(s * w for s, w in zip(shares, weights, strict=True)) / sum(weights)
    return "responders", share, None


def _unit(outcome: Outcome) -> UnitOfCount:
    unit = outcome.design.unit_of_count
    if outcome.design.kind == "cluster":
        return "cluster_members"
    return "people" if unit is UNKNOWN else unit


def _said(value: str | Unknown, good: tuple[str, ...], bad: tuple[str, ...]) -> Said:
    if value is UNKNOWN:
        return "unknown"
    return "yes" if value in good else "no" if value in bad else "unknown"


def _participant_blind(outcome: Outcome) -> Said:
    if outcome.design.comparator in ("untreated", "untreated_site"):
        return "no"  # nobody can fail to notice that nothing is applied
    return _blind(outcome.design.blinding.participant)


def _assessor_blind(outcome: Outcome, kind: OutcomeKind | Unknown) -> Said:
    if kind == "self_report":  # the participant is the assessor
        return _participant_blind(outcome)
    if kind == "photo_blinded_grade":
        return "yes"
    return _blind(outcome.design.blinding.assessor)


def _blind(value: str | Unknown) -> Said:
    if value is UNKNOWN:
        return "unknown"
    return "yes" if value == "yes" else "no"  # distinguishable products unblind


def _whole(number: Number) -> int | None:
    value = value_of(number)
    return None if value is None else round(value)
