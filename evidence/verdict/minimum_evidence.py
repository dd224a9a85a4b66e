"""Whether a result is the least evidence that each type of a claim needs."""

from __future__ import annotations

from evidence.messages import say
from evidence.verdict.claim_checks import (
    assessor_blind,
    by_blind_grader,
    by_instrument_or_blind_grader,
    controlled,
    dose_matches,
    head_to_head,
    in_people,
    measured_at_time,
    outcome_matches,
    participants_blind,
    parts_compared,
    perception_test,
    product_tested,
    randomised,
    reactions_counted,
)
from evidence.verdict.claim_facts import Answer, Case, Check, all_of, any_of, together
from evidence.verdict.claim_numbers import (
    better_than_control,
    lower_limit_reaches_claim,
    said_with_interval,
    within_evidence,
)
from evidence.verdict.claim_words import TypeName
from evidence.verdict.market_checks import at_most_unknown, never

_SHOWN = all_of(in_people, controlled, better_than_control, outcome_matches)

MINIMUM_CHECKS: dict[TypeName, Check] = {
    "sensory": all_of(perception_test, participants_blind),
    "appearance": all_of(_SHOWN, by_blind_grader),
    "measured": all_of(_SHOWN, by_instrument_or_blind_grader),
    "quantified": all_of(
        _SHOWN,
        by_instrument_or_blind_grader,
        any_of(lower_limit_reaches_claim, all_of(said_with_interval, within_evidence)),
    ),
    "comparative": all_of(head_to_head, randomised, better_than_control),
    "duration": measured_at_time,
    "physiological": at_most_unknown(
        all_of(_SHOWN, randomised, assessor_blind),
        "outside cosmetics in most markets: a reader of the law decides",
    ),
    "ingredient": all_of(dose_matches, product_tested),
    "safety": reactions_counted,
    "synergy": parts_compared,
    "absence": never("an analysis of the formula is not part of the record"),
}
"""One check per type that claims something of a product; the words stand in
`claim_types.MINIMUM`. A blind grade counts where an instrument does: it is a measurement too."""


def minimum_met(case: Case) -> Answer:
    """Whether a result is the least evidence for every type of the claim at once.

    >>> from evidence.verdict.cases import case_of
    >>> minimum_met(case_of("fewer wrinkles", design="in-vitro")).why
    'measured: no test in people: in vitro'
    >>> minimum_met(case_of("wash in the morning")).why
    'no effect is claimed'
    """
    parts = []
    for name in case.types.names:
        if name in MINIMUM_CHECKS:
            seen = MINIMUM_CHECKS[name](case)
            why = say("{type}: {why}", type=name, why=seen.why)
            parts.append(Answer(seen.said, why, seen.facts))
    return together(parts, worst=True) if parts else Answer("yes", "no effect is claimed")
