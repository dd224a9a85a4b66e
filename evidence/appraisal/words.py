"""Words that several parts of the appraisal share: choices, and what an error said."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from evidence.messages import say

DOMAIN_WORDS: dict[str, str] = {
    "risk_of_bias": "risk of bias",
    "inconsistency": "inconsistency",
    "indirectness": "indirectness",
    "imprecision": "imprecision",
    "publication_bias": "publication bias",
    "large_effect": "large effect",
    "dose_response": "dose response",
    "opposing_confounding": "opposing confounding",
}
"""GRADE domains, and reasons to rate up, as they are read."""

MISMATCH_WORDS: dict[str, str] = {
    "formula_or_dose": "formula or dose",
    "population": "population",
    "duration": "duration",
    "surrogate": "surrogate",
    "baseline_comparator": "baseline comparator",
    "other": "other",
}
"""Kinds of mismatch between the evidence and the question, as they are read."""

CODE_WORDS: tuple[str, ...] = (
    "within person", "nonrandomised controlled", "single arm prepost", "in vitro", "ex vivo",
    "untreated site", "baseline only", "coin dice lots", "stated only", "record no",
    "numbered identical containers", "numbered opaque sealed envelopes", "envelopes unqualified",
    "attempted but distinguishable", "complete case", "worst case", "mitt missing only",
    "per protocol", "as treated", "between group", "within group", "paired site",
    "photo blinded grade", "live expert grade", "self report", "responder pct", "time to event",
    "between arm", "primary abstract", "primary fulltext excerpt", "primary fulltext",
    "secondary page", "vendor page", "marketing text", "cluster members",
)  # fmt: skip
"""Codes of more than one word as `records.outcome.said` writes them, for the catalogues."""


def either(items: Iterable[str]) -> str:
    """Things of which one holds.

    Examples
    --------
    >>> either(["Low", "Some concerns", "High"]), either([])
    ('Low or Some concerns or High', '')
    """
    found = list(items)
    return reduce(lambda one, other: say("{one} or {other}", one=one, other=other), found or [""])
