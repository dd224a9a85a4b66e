"""How far a product claim can be trusted: records, effects, pooled estimates, verdicts.

The names below are imported when they are first used, so that `import evidence` costs nothing;
`EVIDENCE_EAGER=1` imports them all at once.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.appraisal.reliability import Reliability as Reliability
    from evidence.appraisal.reliability import score as score
    from evidence.effects.effect import Effects as Effects
    from evidence.effects.from_record import compute_effects as compute_effects
    from evidence.effects.from_record import effects_of as effects_of
    from evidence.effects.measures import effect_sizes as effect_sizes
    from evidence.errors import EvidenceError as EvidenceError
    from evidence.ingest.read import read as read
    from evidence.ingest.read import read_claims as read_claims
    from evidence.plots.forest import forest as forest
    from evidence.records.base import UNKNOWN as UNKNOWN
    from evidence.records.claim import Claim as Claim
    from evidence.records.outcome import Outcome as Outcome
    from evidence.records.reported import Reported as Reported
    from evidence.records.study import Study as Study
    from evidence.report.compose import compose_report as compose_report
    from evidence.synthesis.pool import Pooled as Pooled
    from evidence.synthesis.pool import pool as pool
    from evidence.verdict.audit import Audit as Audit
    from evidence.verdict.audit import audit as audit

__version__ = "0.1.0"

_HOMES = {
    "UNKNOWN": "evidence.records.base",
    "Audit": "evidence.verdict.audit",
    "Claim": "evidence.records.claim",
    "Effects": "evidence.effects.effect",
    "EvidenceError": "evidence.errors",
    "Outcome": "evidence.records.outcome",
    "Pooled": "evidence.synthesis.pool",
    "Reliability": "evidence.appraisal.reliability",
    "Reported": "evidence.records.reported",
    "Study": "evidence.records.study",
    "audit": "evidence.verdict.audit",
    "compose_report": "evidence.report.compose",
    "compute_effects": "evidence.effects.from_record",
    "effect_sizes": "evidence.effects.measures",
    "effects_of": "evidence.effects.from_record",
    "forest": "evidence.plots.forest",
    "pool": "evidence.synthesis.pool",
    "read": "evidence.ingest.read",
    "read_claims": "evidence.ingest.read",
    "score": "evidence.appraisal.reliability",
}
"""Each public name and the module it lives in."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


if os.environ.get("EVIDENCE_EAGER", "") not in ("", "0"):
    for _name in _HOMES:
        __getattr__(_name)
