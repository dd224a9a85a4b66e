"""The study that a claim itself describes, as a record."""

from __future__ import annotations

from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.records.families import family_of
from evidence.records.outcome import ArmResult, Design, Outcome, Reporting
from evidence.records.reported import Number, Reported
from evidence.records.study import Study


def study_of_claim(claim: Claim, *, results: int = 1) -> Study:
    """The study a claim describes, as a record: what the claim leaves out is UNKNOWN.

    "Improved by x percent" is a magnitude: its sign comes from the outcome's direction of
    benefit; where that is not known, improvement is written as positive, and a note says so.

    >>> claim = Claim(id="1", text="20 % fewer wrinkles", outcome="wrinkles", source="label",
    ...     value=Reported.parse("20"), unit="percent")
    >>> study = study_of_claim(claim)
    >>> study.outcomes[0].treated.pct_change.text, study.outcomes[0].better
    ('-20', 'lower')
    """
    family = family_of(claim.outcome)
    better = claim.better if claim.better is not UNKNOWN else family.better
    signed = better if better is not UNKNOWN else "higher"
    pct: Number = UNKNOWN
    if claim.value is not UNKNOWN and "percent" in claim.unit:
        magnitude = claim.value.text.lstrip("+-")
        text = magnitude if signed == "higher" else f"-{magnitude}"
        pct = Reported(
            text=text, unit="%", qualifier=claim.value.qualifier, place=claim.value.place
        )
    note = "sign from the direction of benefit"
    if better is UNKNOWN:
        note = "which direction of the raw measure is better is not known: improvement is positive"
    outcome = Outcome(
        id=claim.id,
        name=claim.outcome,
        family=family.id,
        better=signed,
        week=claim.week,
        design=Design(kind=claim.design, comparator=claim.comparator),
        treated=ArmResult(n=claim.n, pct_change=pct),
        reporting=Reporting(results_printed=results),
        note=note,
        places=claim.places,
    )
    return Study(
        id=claim.id,
        citation=f"described in {claim.source}, section {claim.section}",
        source_kind="marketing_text",
        product=claim.ingredient,
        population=claim.population,
        outcomes=(outcome,),
    )


def study_key(claim: Claim) -> tuple[str, str]:
    """What claims that describe one study share.

    >>> study_key(Claim(id="1", text="less", source="label", ingredient="retinol"))
    ('label', 'retinol')
    """
    return claim.source, claim.ingredient


def claimed_percent(claim: Claim) -> float | None:
    """The size that is claimed, in percent and without its sign; None where none is.

    >>> claimed_percent(Claim(id="1", text="less", value=Reported.parse("-20"), unit="percent"))
    20.0
    """
    if claim.value is UNKNOWN or "percent" not in claim.unit:
        return None
    return abs(claim.value.value)
