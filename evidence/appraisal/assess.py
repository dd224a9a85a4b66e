"""One result of one study, taken all the way: effects, score, expected effect, probability."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.appraisal.bias_sets import BiasSet
from evidence.appraisal.components import POLICY, Policy
from evidence.appraisal.expected import (
    ExpectedEffect,
    ProbabilityOfBenefit,
    expected_effect,
    probability_of_benefit,
)
from evidence.appraisal.facts import Facts, Scored, read_facts
from evidence.appraisal.reliability import AScale, Reliability, score
from evidence.appraisal.standardise import NotStandardised, Standardised, standardise
from evidence.effects.effect import OutcomeEffects
from evidence.effects.from_record import effects_of
from evidence.formatting import estimate as in_words
from evidence.formatting import html_table
from evidence.records.outcome import Outcome
from evidence.records.study import Study


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Assessment:
    """Everything computed about one result, each part labelled with what it rests on.

    `expected` is None with `expected_reason` where no expected true effect can be given.
    """

    study: Study
    outcome: Outcome
    effects: OutcomeEffects
    facts: Facts
    reliability: Reliability
    standardised: Standardised | None
    expected: ExpectedEffect | None
    expected_reason: str
    probability: ProbabilityOfBenefit

    def __repr__(self) -> str:
        return f"<Assessment of {self.outcome.id}: reliability {self.reliability}>"

    def _repr_html_(self) -> str:
        rows = [
            ("between arms", self.effects.between.shown()),
            ("change in the tested arm", self.effects.treated.shown()),
            ("reliability", str(self.reliability)),
        ]
        if self.expected is not None:
            seen = self.expected
            shown = in_words(seen.estimate, seen.ci_low, seen.ci_high, 1)
            rows.append(("expected true effect", f"{shown} {seen.unit}, positive = benefit"))
        else:
            rows.append(("expected true effect", f"none: {self.expected_reason}"))
        title = f"{self.study.id}: {self.outcome.name or self.outcome.domain}"
        return html_table(("", ""), rows, caption=title)


def assess(
    study: Study,
    outcome: Outcome,
    *,
    a_scale: AScale = "cosmetic",
    bias_set: BiasSet = "robes2018",
    scored: Scored = "contrast",
    mid: float | None = None,
    mid_is_smd: bool = False,
    claim: float | None = None,
    cv: float | None = None,
    stop: str = "",
    policy: Policy = POLICY,
) -> Assessment:
    """Effects, reliability, expected true effect and probability of benefit of one result.

    Parameters
    ----------
    study, outcome
        The record.
    mid, claim
        Thresholds in the outcome's unit, positive = benefit; `mid_is_smd` says that `mid` is in
        standard deviations.
    cv
        Coefficient of variation to use in place of the family's prior median.
    a_scale, bias_set, scored, stop, policy
        As for `reliability.score`.
    """
    facts = read_facts(study, outcome, scored=scored)
    effects = effects_of(study, outcome)
    reliability = score(
        study,
        outcome,
        a_scale=a_scale,
        bias_set=bias_set,
        scored=scored,
        stop=stop,
        policy=policy,
    )
    found = standardise(study, outcome, facts, cv=cv)
    expected, why = None, ""
    probability = ProbabilityOfBenefit(reason=reliability.reason or "no magnitude is printed")
    if reliability.value is None:
        why = reliability.reason
    elif isinstance(found, NotStandardised):
        why = found.reason
        if facts.control not in ("full", "untreated"):
            why_not = "no concurrent control: the effect is not identified"
            probability = ProbabilityOfBenefit(reason=why_not)
    else:
        in_unit = None if mid is None else mid * found.scale if mid_is_smd else mid
        expected = expected_effect(reliability, found, claim=claim, mid=in_unit)
        probability = probability_of_benefit(
            facts,
            found,
            mid=None if in_unit is None else in_unit / found.scale,
            claim=None if claim is None else claim / found.scale,
            policy=policy,
        )
    return Assessment(
        study=study,
        outcome=outcome,
        effects=effects,
        facts=facts,
        reliability=reliability,
        standardised=found if isinstance(found, Standardised) else None,
        expected=expected,
        expected_reason=why,
        probability=probability,
    )
