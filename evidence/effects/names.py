"""Measures in words that a reader can look up."""

from __future__ import annotations

MEASURE_TITLES: dict[str, str] = {
    "MD": "mean difference",
    "SMD": "standardised mean difference",
    "SMDH": "standardised mean difference, unequal spreads",
    "ROM": "ratio of means",
    "RR": "risk ratio",
    "OR": "odds ratio",
    "RD": "risk difference",
    "HR": "hazard ratio",
    "IRR": "incidence rate ratio",
    "R2": "share of variance explained",
    "MC": "mean change",
    "PCHG": "percent change",
    "ROMC": "ratio of means, after to before",
    "SMCC": "standardised mean change",
    "PR": "share of people",
    "PCD": "difference of percent changes",
    "NETP": "ratio of the two changes",
}


def measure_title(measure: str) -> str:
    """A measure in words; its own name where there are none.

    >>> measure_title("PCHG"), measure_title("XYZ")
    ('percent change', 'XYZ')
    """
    return MEASURE_TITLES.get(measure, measure)
