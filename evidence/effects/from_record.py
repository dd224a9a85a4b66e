"""Effects of study records: each arm against its baseline, arm against arm, and many for pooling.

Every effect uses the most direct thing that is printed and says which rule it came by.
"""

from __future__ import annotations

from collections.abc import Iterable

from evidence.effects.between_arm import BETWEEN_MEASURES, between_arm
from evidence.effects.effect import Effect, Effects, OutcomeEffects
from evidence.effects.printed import refusal
from evidence.effects.within_arm import WITHIN_MEASURES, within_arm
from evidence.errors import EffectError, OptionError
from evidence.records.outcome import Outcome
from evidence.records.study import Study

RECORD_MEASURES = (*BETWEEN_MEASURES, *WITHIN_MEASURES)


def effects_of(study: Study, outcome: Outcome) -> OutcomeEffects:
    """The effects of one result, each by the most direct thing printed.

    Returns
    -------
    OutcomeEffects
        The change within each arm and the effect between arms, in fields of their own; where
        there is none, the effect is refused and says why.

    Raises
    ------
    EffectError
        When a printed value cannot be: more events than people, a negative SD.

    Examples
    --------
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> arm = ArmResult(pct_change=Reported(text="-20"), n=Reported(text="50"))
    >>> serum = Outcome(id="1", name="wrinkle depth", better="lower", treated=arm)
    >>> found = effects_of(Study(id="serum", outcomes=(serum,)), serum)
    >>> found.treated.yi, found.treated.label, found.treated.favours
    (-20.0, 'refused', 1)
    >>> found.between.reason
    'no comparison arm: a change from baseline does not compare products'
    """
    return OutcomeEffects(
        study=study.id,
        outcome=outcome.id,
        treated=within_arm(study, outcome),
        control=None if outcome.control is None else within_arm(study, outcome, "control"),
        between=between_arm(study, outcome),
    )


def between_effect(study: Study, outcome: Outcome, measure: str) -> Effect:
    """The effect between arms in one measure, refused with its reason where it cannot be had.

    Raises OptionError for a measure that is not in `BETWEEN_MEASURES`.

    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> serum = ArmResult(change_mean=Reported(text="-5"), change_sd=Reported(text="4"),
    ...                   n=Reported(text="20"))
    >>> vehicle = ArmResult(change_mean=Reported(text="-2"), change_sd=Reported(text="3"),
    ...                     n=Reported(text="20"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> between_effect(Study(id="Kim", outcomes=(one,)), one, "MD").yi
    -3.0
    """
    return between_arm(study, outcome, measure)


def compute_effects(
    studies: Iterable[Study], *, measure: str, outcome: str | None = None
) -> Effects:
    """One measure from every study, for pooling.

    Parameters
    ----------
    studies : iterable of Study
        The records.
    measure : str
        One of `RECORD_MEASURES`. MC, PCHG, PR, SMCC and ROMC are changes within the tested arm;
        all others compare arms.
    outcome : str, optional
        Keep the results whose id, family or domain is this, or whose name or domain contains
        it; case does not matter.

    Returns
    -------
    Effects
        Results with an effect and its variance; the others are in `.refused`, with the reason,
        among them those whose printed values cannot be: one bad row loses no other.

    Raises
    ------
    OptionError
        For another measure.

    Examples
    --------
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> serum = ArmResult(change_mean=Reported(text="-5"), change_sd=Reported(text="4"),
    ...                   n=Reported(text="20"))
    >>> vehicle = ArmResult(change_mean=Reported(text="-2"), change_sd=Reported(text="3"),
    ...                     n=Reported(text="20"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> found = compute_effects([Study(id="Kim", outcomes=(one,))], measure="MD")
    >>> found.yi, found.vi, len(found.refused)
    (array([-3.]), array([1.25]), 0)
    """
    if measure not in RECORD_MEASURES:
        raise OptionError("measure", measure, RECORD_MEASURES)
    found = [
        _effect_or_reason(study, one, measure)
        for study in studies
        for one in study.outcomes
        if outcome is None or _is_about(one, outcome)
    ]
    return Effects.from_effects(found, measure=measure)


def _effect_or_reason(study: Study, one: Outcome, measure: str) -> Effect:
    """The effect of one result; refused, with what cannot be, where a printed value cannot be."""
    within = measure in WITHIN_MEASURES
    try:
        if within:
            return within_arm(study, one, "treated", measure)
        return between_arm(study, one, measure)
    except EffectError as error:
        return refusal(study, one, measure, error.sentence, between=not within, arm="")


def _is_about(one: Outcome, wanted: str) -> bool:
    text = wanted.casefold()
    if text in (one.id.casefold(), one.family.casefold(), one.domain.casefold()):
        return True
    return text in one.name.casefold() or text in one.domain.casefold()
