"""What score, interval, chances and verdict of a result would be, were it otherwise.

`what_if` writes what is supposed into the record and asks the same verbs that judged it as it is
reported. What stays unknown stays refused, with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from evidence.appraisal.assess import Assessment
from evidence.appraisal.components import POLICY, Policy
from evidence.appraisal.expected import (
    ExpectedEffect,
    ProbabilityOfBenefit,
    expected_effect,
    probability_of_benefit,
)
from evidence.appraisal.facts import Facts, read_facts
from evidence.appraisal.reliability import Reliability, score_facts
from evidence.appraisal.supposing import Suppose, supposed
from evidence.errors import EvidenceError
from evidence.formatting import html_table
from evidence.messages import say
from evidence.records.claim import Claim
from evidence.verdict.effect_if import EffectIf, effect_if, standardised_if
from evidence.verdict.judge import Bearing, Direction, VerdictWord, direction_of, judge
from evidence.verdict.match import Match, subject_of


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class WhatIfResult:
    """One result as it would stand under `suppose`.

    `expected` is None with `expected_reason`; `verdict` is what this study alone would let a
    claim about it be called, and `verdict_why` why.
    """

    suppose: Suppose
    facts: Facts
    reliability: Reliability
    effect: EffectIf
    expected: ExpectedEffect | None
    expected_reason: str
    probability: ProbabilityOfBenefit
    mid: float | None
    direction: Direction
    direction_why: str
    verdict: VerdictWord
    verdict_why: str

    def __repr__(self) -> str:
        return f"<WhatIfResult: reliability {self.reliability}; {self.direction}>"

    def _repr_html_(self) -> str:
        seen = self.expected
        rows = [
            ("reliability", str(self.reliability)),
            ("direction", self.direction),
            ("alone, a claim would be", alone_words(self.verdict, self.verdict_why)),
        ]
        if seen is not None:
            rows.append(("probability that it is above zero", f"{seen.pr_above_zero:.2f}"))
        return html_table(("what if", ""), rows)


def what_if(
    done: Assessment,
    suppose: Suppose | None = None,
    *,
    assumptions: bool = True,
    policy: Policy = POLICY,
) -> WhatIfResult:
    """The same result, had something about it been otherwise.

    Parameters
    ----------
    done
        From `assess`: the result as reported.
    suppose
        What is supposed; nothing by default, which gives the assessment's own numbers.
    assumptions, policy
        As for `assess`.

    Raises
    ------
    EvidenceError
        The result is not scored, for the reason named.

    Examples
    --------
    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(design="single-arm", n=["50"], change=["-20%"],
    ...     outcome="wrinkle depth", kind="instrument"))
    >>> done = assess(study, study.outcomes[0])
    >>> str(what_if(done).reliability), what_if(done).direction
    ('15 of 100 (range 12–32)', 'uncontrolled')
    >>> better = what_if(done, Suppose(n=200, control="vehicle", allocation="concealed",
    ...     blinding="double", registered="primary"))
    >>> str(better.reliability)
    '76 of 100 (range 67–94)'
    """
    given = Suppose() if suppose is None else suppose
    if done.reliability.value is None:
        raise EvidenceError(f"no score to move: {done.reliability.reason}")
    old = done.reliability
    outcome = supposed(done.outcome, done.facts, given)
    facts = read_facts(done.study, outcome, scored=old.scored)
    reliability = replace(
        score_facts(facts, a_scale=old.a_scale, bias_set=old.bias_set, policy=policy),
        study=old.study,
        outcome=old.outcome,
        scored=old.scored,
    )
    found = standardised_if(done, outcome, facts, given, policy)
    mid = given.mid
    if mid is None and done.expected is not None:
        mid = done.expected.mid
    claim = None if done.expected is None else done.expected.claim
    expected, why, probability = None, done.expected_reason, done.probability
    if found is not None:
        expected = expected_effect(reliability, found, claim=claim, mid=mid)
        if expected.scenario and not assumptions:
            expected, why = None, done.expected_reason or "assumptions are switched off"
        probability = probability_of_benefit(
            facts,
            found,
            mid=None if mid is None else mid / found.scale,
            claim=None if claim is None else claim / found.scale,
            policy=policy,
        )
    effect, between = effect_if(done, outcome, facts, found, given, policy)
    direction, direction_why = direction_of(done)
    if given.moves_the_effect:
        plain = outcome.contrast.model_copy(update={"measure": ""})  # "no significant difference"
        seen = replace(
            done,
            outcome=outcome.model_copy(update={"contrast": plain}),
            facts=facts,
            effects=replace(done.effects, between=between),
        )
        direction, direction_why = direction_of(seen)
    return WhatIfResult(
        suppose=given,
        facts=facts,
        reliability=reliability,
        effect=effect,
        expected=expected,
        expected_reason="" if expected is not None else why,
        probability=probability,
        mid=mid,
        direction=direction,
        direction_why=direction_why,
        verdict=verdict_alone(done, direction),
        verdict_why=ALONE[direction],
    )


ALONE: Mapping[Direction, str] = {
    "in favour": "one study alone never carries a claim, however good; it takes two in favour",
    "no difference shown": "its comparison shows no difference",
    "against": "its comparison points the other way",
    "uncontrolled": "nothing separates the product from what changes without it",
    "not readable": "no comparison can be read from what is printed",
}
"""Why a study that is all there is leaves a claim as `verdict_alone` says."""


def alone_words(verdict: VerdictWord, why: str) -> str:
    """What one study alone would leave a claim, and why.

    >>> alone_words("contradicted", ALONE["against"])
    'contradicted: its comparison points the other way'
    """
    return say("{verdict}: {why}", verdict=verdict, why=why)


def verdict_alone(done: Assessment, direction: Direction) -> VerdictWord:
    """What a claim about this result would be called if this study were all there is.

    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> done = assess(study, study.outcomes[0])
    >>> verdict_alone(done, "in favour"), verdict_alone(done, "against")
    ('not supported', 'contradicted')
    """
    claim = Claim(id="what-if", text=done.outcome.name or done.outcome.domain or "it works")
    match = Match(
        study=done.study, outcome=done.outcome, closeness="bears", reason="", indirectness=()
    )
    bearing = Bearing(match=match, assessment=done, direction=direction, direction_why="")
    return judge(claim, subject_of(claim), [bearing], None).word
