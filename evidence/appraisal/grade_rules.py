"""GRADE as data: where bodies start, the numbers of the rules, and where each comes from.

A status stands in front of every source: "published" for a rule of the source named, "project"
for a choice made here, which `GradeSettings` can override.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal, NamedTuple

from evidence.appraisal.body import DesignClass, Judgement
from evidence.messages import say

Level = Literal["High", "Moderate", "Low", "Very low"]
Domain = Literal["risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias"]
Start = Literal["classic", "robins_i"]
"""Column of the start: `classic`, also Core GRADE; `robins_i` where bias is judged with it."""
RuleSet = Literal["core", "pollock"]

LEVELS: dict[int, Level] = {4: "High", 3: "Moderate", 2: "Low", 1: "Very low"}

CORE_1 = "Core GRADE 4 (risk of bias, publication bias, rating up), BMJ 2025"
CORE_IMPRECISION = "Core GRADE 2 (imprecision); GRADE guidance 34, PMID 35934265"
CORE_INCONSISTENCY = "Core GRADE 3 (inconsistency); GRADE guidance 36, S0895-4356(23)00046-X"
POLLOCK = "Pollock et al. 2016, J Clin Epidemiol 70:106–110 (PMC4742519), table 2"
GRADE_9 = "GRADE guidelines 9: rating up; Guyatt et al. 2011, J Clin Epidemiol 64:1311–1316"
GRADE_18 = (
    "GRADE guidelines 18: ROBINS-I; Schünemann et al. 2018, doi 10.1016/j.jclinepi.2018.01.012"
)
_PUBLISHED = say("published: {source}", source=CORE_1)


class StartRule(NamedTuple):
    """The level at which a class of design starts, 4 (High) to 1 (Very low), and its source."""

    level: int
    reason: str
    source: str


_SINGLE = StartRule(
    1,
    "changes without a concurrent control",
    "published: case series and unsystematic observation start at Very low",
)
STARTS: dict[Start, dict[DesignClass, StartRule]] = {
    "classic": {
        "randomised": StartRule(4, "randomised", _PUBLISHED),
        "nonrandomised": StartRule(2, "controlled, not randomised", _PUBLISHED),
        "single_arm": _SINGLE,
    },
    "robins_i": {
        "randomised": StartRule(4, "randomised", _PUBLISHED),
        "nonrandomised": StartRule(
            4,
            "controlled, not randomised; bias judged against a target trial",
            say("published: {source}", source=GRADE_18),
        ),
        "single_arm": _SINGLE,
    },
}
"""Designs that are in no row are not rated. One column per run: starting at Low and rating down
for the lack of randomisation would count it twice."""

WORDS: dict[Level, str] = {
    "High": "",
    "Moderate": "probably",
    "Low": "may",
    "Very low": "very uncertain",
}

ROB2_ONLY: frozenset[Judgement] = frozenset({"Some concerns", "High"})
ROBINS_ONLY: frozenset[Judgement] = frozenset(
    {"Low except for uncontrolled confounding", "Moderate", "Serious", "Critical"}
)
GRAVE: frozenset[Judgement] = frozenset({"High", "Serious", "Critical"})
"""Judgements that count as high risk in the weight rules."""
ROBINS_DOWN: dict[Judgement, int] = {
    "Low except for uncontrolled confounding": 1,
    "Moderate": 1,
    "Serious": 2,
    "Critical": 3,
}
"""Levels down when more than half of the weight is judged at least that grave, in the column
`robins_i`. Project: the source says only that such bodies usually end at Low or Very low."""


class GradeSettings(NamedTuple):
    """Project choices of the rules, each overridable; published cut-offs are named in comments."""

    high_share_free: float = 0.25  # weight at high risk that costs nothing
    high_share_down: float = 0.50  # beyond: down whatever the other studies say
    very_serious_domains: int = 2  # every study High in so many domains: two levels
    overlap: float = 0.25  # of the shorter interval: less is "barely overlap"
    minority: float = 0.10  # weight on the lighter side of the threshold, at least
    opposed_pairs: float = 0.50  # weight of opposed pairs that barely overlap
    mismatch_max: int = 2
    alpha: float = 0.05
    power: float = 0.80
    ois_far_below: float = 1 / 3  # share of the information size: two levels
    ois_rule_of_thumb: int = 400  # published for continuous outcomes; used without an MID in SDs
    sponsor_share: float = 2 / 3  # weight from small sponsor-funded studies
    pollock_low_share: float = 0.75  # published: participants in low-risk trials
    pollock_i2: float = 75.0  # published
    pollock_n: tuple[int, int] = (200, 100)  # published: none from 200 on, one 100–199, two below
    large_rr: float = 2.0  # published: one level up
    very_large_rr: float = 5.0  # published: two levels up


SETTINGS = GradeSettings()


def information_size(
    smd: float, *, rho: float | None = None, alpha: float = 0.05, power: float = 0.80
) -> int:
    """Optimal information size: people one trial needs to find an effect, arms equal.

    Two arms 2·⌈2(z/d)²⌉; two sides of one person ⌈2(1 − rho)(z/d)²⌉; z the sum of the normal
    quantiles at 1 − alpha/2 and at the power.

    Parameters
    ----------
    smd
        The effect, in SDs.
    rho
        Correlation of the two sides of one person; None for two arms.

    Examples
    --------
    >>> [information_size(d) for d in (0.2, 0.3, 0.5)]
    [786, 350, 126]
    >>> information_size(0.5, rho=0.5), information_size(0.5, rho=0.8)
    (32, 13)
    """
    normal = NormalDist()
    z = normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)
    if rho is None:
        return 2 * math.ceil(2 * (z / smd) ** 2)
    return math.ceil(2 * (1 - rho) * (z / smd) ** 2)
