"""One result of one study, taken all the way: effects, score, expected effect, probability."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

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
from evidence.effects.recover import recover
from evidence.effects.recover_net import Net, recover_net
from evidence.effects.standing import Standing, standing
from evidence.errors import EffectError
from evidence.formatting import estimate as in_words
from evidence.formatting import html_table
from evidence.messages import say, sentences
from evidence.records.base import UNKNOWN
from evidence.records.codes import finding
from evidence.records.finding import Finding
from evidence.records.outcome import Outcome
from evidence.records.priors import DEFAULT_VERSION
from evidence.records.study import Study

if TYPE_CHECKING:
    from evidence.integrity.found import IntegrityReport


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Assessment:
    """Everything computed about one result, each part labelled with what it rests on.

    `expected` is None with `expected_reason` where no expected true effect can be given.
    `standing` says what may be said of the tested arm's percent change and what not; `net` is the
    ratio of two printed percent changes, None without a second arm; `integrity` holds the checks of
    its figures, None where no figure is printed that could be checked.
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
    standing: Standing
    net: Net | None
    integrity: IntegrityReport | None

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
    assumptions: bool = True,
    priors: str = DEFAULT_VERSION,
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
    assumptions
        False refuses every interval and expected effect that would rest on an assumed value.
    priors
        Version of the priors for coefficients of variation and correlations.
    a_scale, bias_set, scored, stop, policy
        As for `reliability.score`.

    Examples
    --------
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(design="parallel", randomised="yes", comparator="vehicle",
    ...     outcome="wrinkle depth", n=["20", "20"], mean=["6", "8"], sd=["3", "3"]))
    >>> done = assess(study, study.outcomes[0], mid=1)
    >>> print(done.effects.between.shown())
    MD −2.00 (−3.92 to −0.08)
    >>> f"{done.expected.pr_above_mid:.2f}"  # of 1 or more
    '0.09'
    """
    facts = read_facts(study, outcome, scored=scored)
    effects = effects_of(study, outcome)
    integrity = integrity_of(study, outcome)
    if integrity is not None and not stop:
        stop = integrity.stop_reason(outcome.id)
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
        if expected.scenario and not assumptions:
            first = expected.assumptions[0]
            why = say("assumptions are switched off: {assumption}", assumption=first)
            expected = None
        probability = probability_of_benefit(
            facts,
            found,
            mid=None if in_unit is None else in_unit / found.scale,
            claim=None if claim is None else claim / found.scale,
            policy=policy,
        )
    controlled = facts.control in ("full", "untreated")
    recovered = recover(study, outcome, assumptions=assumptions, priors=priors)
    net = None
    if outcome.control is not None:
        net = recover_net(study, outcome, assumptions=assumptions, priors=priors)
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
        standing=standing(
            recovered, better=outcome.better, controlled=controlled, assumptions=assumptions
        ),
        net=net,
        integrity=integrity,
    )


class Assessed(NamedTuple):
    """Many results taken all the way, and a finding for each that had to be set aside."""

    results: tuple[Assessment, ...]
    findings: tuple[Finding, ...]


def assess_studies(
    studies: Iterable[Study],
    *,
    scored: Callable[[Outcome], Scored] = lambda _: "contrast",
    **options: Any,
) -> Assessed:
    """`assess` for every result; one whose figures cannot be is set aside and named.

    Parameters
    ----------
    studies
        The records.
    scored
        What is scored of each result.
    options
        As for `assess`.

    Examples
    --------
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> done = assess_studies([study])
    >>> [str(row.reliability) for row in done.results], done.findings
    (['12 of 100 (range 7–32)'], ())
    """
    results, findings = [], []
    for study in studies:
        for outcome in study.outcomes:
            try:
                results.append(assess(study, outcome, scored=scored(outcome), **options))
            except EffectError as error:
                findings.append(_set_aside(outcome, error))
    return Assessed(tuple(results), tuple(findings))


def impossible_results(studies: Iterable[Study]) -> tuple[Finding, ...]:
    """The results whose figures cannot be, named without assessing the others.

    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> impossible_results([study_from_flags(Flags(n=["50"], change=["-20%"]))])
    ()
    """
    found = []
    for study in studies:
        for outcome in study.outcomes:
            try:
                effects_of(study, outcome)
            except EffectError as error:
                found.append(_set_aside(outcome, error))
    return tuple(found)


def _set_aside(outcome: Outcome, error: EffectError) -> Finding:
    place = next(iter(outcome.places.values()), None)
    return finding(
        "EV223",
        sentences(error.sentence, say("The result {result} is set aside.", result=outcome.id)),
        file=place.file if place else "",
        line=place.line if place else None,
        suggestion="Compare with the source.",
    )


_PLAIN = frozenset({"n", "n_randomised", "pct_change"})
"""Figures of an arm that no check can hold against each other."""


def integrity_of(study: Study, outcome: Outcome) -> IntegrityReport | None:
    """The integrity checks of one result; None where nothing is printed that could be checked.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("smoother", treated={"pct": "88", "n": "30"})
    >>> integrity_of(Study(id="a"), one).items[0].verdict  # no count of 30 people is 88 %
    'inconsistent'
    >>> integrity_of(Study(id="a"), outcome_of("smoother", treated={"n": "30"})) is None
    True
    """
    contrast = outcome.contrast
    printed = [contrast.p, contrast.estimate, contrast.ci_low, contrast.statistic_t]
    for arm in (outcome.treated, outcome.control):
        if arm is not None:
            fields = (name for name in type(arm).model_fields if name not in _PLAIN)
            printed += [getattr(arm, name) for name in fields if name != "label"]
    if all(value is UNKNOWN for value in printed):
        return None
    from evidence.integrity.checks_of_record import (
        check_outcome,
    )  # only here: a score starts at once

    return check_outcome(study, outcome)
