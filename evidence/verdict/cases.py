"""Claims in words held against studies that a few flags describe: the smallest whole cases."""

from __future__ import annotations

from typing import Any

from evidence.appraisal.assess import assess
from evidence.ingest.from_flags import Flags, study_from_flags
from evidence.records.claim import Claim
from evidence.records.reported import Reported
from evidence.records.study import Study
from evidence.verdict.audit import Audit, audit
from evidence.verdict.claim_facts import Case
from evidence.verdict.claim_types import claim_types

TRIAL: dict[str, Any] = {
    "study": {"product": "retinol cream"}, "outcome": "wrinkle depth", "kind": "instrument",
    "design": "parallel", "randomised": "computer", "comparator": "vehicle", "n": ["20", "20"],
    "mean": ["6", "8"], "sd": ["3", "3"], "weeks": "12",
}  # fmt: skip
"""A trial of retinol cream against its vehicle, for `audit_of`."""

OWN: dict[str, Any] = {
    "carries_study_data": "yes", "outcome": "wrinkle depth", "ingredient": "retinol",
    "value": Reported(text="20"), "unit": "percent", "n": Reported(text="50"),
    "design": "single_arm_prepost",
}  # fmt: skip
"""Fields of a claim that describes a study: 50 people, no control, 20 % less wrinkle depth."""


def case_of(text: str, *, study: dict[str, Any] | None = None, **flags: Any) -> Case:
    """The case of a claim and the one result that flags describe.

    Parameters
    ----------
    text
        The claim in words.
    study
        Facts that no flag holds, by field of `Study`; `claim` holds fields of `Claim` and
        `outcome` fields of `Outcome`.
    flags
        As for `Flags`; without any, and without `study`, nothing stands behind the claim.

    Examples
    --------
    >>> case = case_of("fewer wrinkles", study={"doi": "10.1/x"}, design="parallel", n=["20"])
    >>> case.types.names, case.done.study.doi, case.done.facts.randomised
    (('measured',), '10.1/x', 'unknown')
    >>> case_of("fewer wrinkles").done is None
    True
    """
    facts = dict(study or {})
    claim = Claim(id="1", text=text, **facts.pop("claim", {}))
    types = claim_types(claim)
    if study is None and not flags:
        return Case(claim=claim, types=types)
    found = _study("flags", facts, flags)
    return Case(claim=claim, types=types, done=assess(found, found.outcomes[0]))


def audit_of(text: str, *trials: dict[str, Any], **claim: Any) -> Audit:
    """The audit of a claim, named "1", against the studies "s1", "s2"... that flags describe.

    Parameters
    ----------
    text
        The claim in words.
    trials
        One study each: its flags, and facts that no flag holds under `study`, as for `case_of`.
    claim
        Other fields of `Claim`.

    Examples
    --------
    >>> done = audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)
    >>> [row.direction for row in done["1"].direct], round(done["1"].pooled.estimate, 2)
    (['in favour', 'in favour'], -2.0)
    """
    studies = []
    for number, trial in enumerate(trials, 1):
        flags = dict(trial)
        studies.append(_study(f"s{number}", dict(flags.pop("study", {})), flags))
    return audit([Claim(id="1", text=text, **claim)], studies)


def _study(name: str, facts: dict[str, Any], flags: dict[str, Any]) -> Study:
    found = study_from_flags(Flags(**flags))
    update = {"id": name, **facts.pop("outcome", {})}
    outcome = found.outcomes[0].model_copy(update=update)
    return found.model_copy(update={"id": name, "outcomes": (outcome,), **facts})
