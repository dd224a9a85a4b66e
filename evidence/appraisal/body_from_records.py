"""One result of a record as a member of a body of evidence, on the SMD scale."""

from __future__ import annotations

import math

from evidence.appraisal.body import BodyStudy, Judgement
from evidence.appraisal.facts import read_facts, refusal
from evidence.appraisal.standardise import NotStandardised, standardise
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome
from evidence.records.study import Study
from evidence.records.vocabulary import Funding

_FUNDED_BY_SPONSOR: dict[Funding, bool] = {
    "none": False,
    "independent": False,
    "industry": True,
    "mixed": True,
}


def body_study(
    study: Study,
    outcome: Outcome,
    *,
    rob: Judgement | None = None,
    high_domains: int = 0,
    cv: float | None = None,
    stop: str = "",
) -> BodyStudy:
    """Read one result off its record: effect in SDs (positive = benefit), people, flaws, funder.

    Parameters
    ----------
    study, outcome
        The record.
    rob, high_domains
        Overall risk of bias as judged, and the number of domains judged High.
    cv
        Coefficient of variation to use in place of the family's prior median.
    stop
        Reason of an integrity check that stopped; the result is then not usable.

    Examples
    --------
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> record = study_from_flags(Flags(design="single-arm", n=["50"], change=["-20%"],
    ...     outcome="wrinkle depth"))
    >>> found = body_study(record, record.outcomes[0])
    >>> found.n, found.yi, found.why_not_pooled()
    (50.0, 0.571, 'no variance is printed and none can be derived')
    """
    facts = read_facts(study, outcome)
    found = standardise(study, outcome, facts, cv=cv)
    effect = None if isinstance(found, NotStandardised) else found
    funding = study.interest.funding
    return BodyStudy(
        study=study.id,
        yi=None if effect is None else effect.y,
        vi=None if effect is None else effect.vi,
        n=None if facts.n is None else math.fsum(facts.n),
        flaws=facts,
        rob=rob,
        high_domains=high_domains,
        sponsor_funded=None if funding is UNKNOWN else _FUNDED_BY_SPONSOR.get(funding),
        unusable=stop or refusal(outcome),
    )
