"""A printed comparison: what its words mean, and what it says on the analysis scale."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

from evidence.effects.effect import Basis
from evidence.effects.printed import Figure, Found, deviation, figure
from evidence.effects.spread import Printed, spread_of
from evidence.errors import EffectError
from evidence.messages import say
from evidence.records.base import UNKNOWN, Unknown
from evidence.records.outcome import Outcome, PValue
from evidence.records.study import Study


class Meaning(NamedTuple):
    """What a printed comparison is."""

    measure: str
    log: bool = False
    note: str = ""
    direction: bool = True  # whether its sign or side says who does better


CONTRASTS: dict[str, Meaning] = {
    "risk_ratio": Meaning("RR", log=True),
    "RR": Meaning("RR", log=True),
    "relative_risk_adjusted": Meaning("RR", log=True, note="adjusted by the source"),
    "prevalence_ratio": Meaning("RR", log=True, note="a ratio of prevalences"),
    "odds_ratio": Meaning("OR", log=True),
    "OR": Meaning("OR", log=True),
    "relative_odds": Meaning("OR", log=True),
    "hazard_ratio": Meaning("HR", log=True),
    "HR": Meaning("HR", log=True),
    "rate_ratio": Meaning("IRR", log=True),
    "IRR": Meaning("IRR", log=True),
    "ratio_of_means": Meaning("ROM", log=True),
    "ROM": Meaning("ROM", log=True),
    "risk_difference": Meaning("RD"),
    "RD": Meaning("RD"),
    "mean_difference": Meaning("MD"),
    "difference_of_changes": Meaning("MD"),
    "MD": Meaning("MD"),
    "SMD": Meaning("SMD"),
    "pct_difference_vs_placebo": Meaning("PCD"),
    "pct_difference_vs_vehicle": Meaning("PCD"),
    "pct_difference": Meaning("PCD"),
    "PCD": Meaning("PCD"),
    "partial_r2": Meaning("R2", note="a share of variance has no direction", direction=False),
}
"""The codebook's words for printed comparisons."""

NO_SIZE: dict[str, str] = {
    "p_only": "only a p value is printed: it holds no size of effect",
    "direction_only": "only the direction of the difference is printed, no magnitude",
    "no_significant_difference": (
        "'no significant difference' is printed without a magnitude; it is not evidence of none"
    ),
    "no_significant_change": "'no significant change' is printed without a magnitude",
    "all_arms_improved": "'all arms improved' says nothing of the difference between them",
    "not_seen": "the numbers were not seen in the source",
    "pct_difference_vs_comparator_ambiguous": (
        "the reference of the percent is ambiguous: baseline or comparator"
    ),
}
"""Printed words that are no effect, and why."""


def is_between(outcome: Outcome) -> bool:
    """Whether the printed comparison is one of arms, sides or exposures.

    >>> from evidence.records.outcome import Contrast
    >>> from evidence.records.reported import Reported
    >>> printed = Contrast(measure="mean_difference", estimate=Reported(text="-3.0"))
    >>> one = Outcome(id="1", name="wrinkle depth", contrast=printed)
    >>> is_between(one), is_between(Outcome(id="2", name="wrinkle depth"))
    (True, False)
    """
    contrast = outcome.contrast
    if contrast.kind == "within_group" or contrast.measure in NO_SIZE:
        return False
    return contrast.measure in CONTRASTS and contrast.estimate is not UNKNOWN


def between_p(outcome: Outcome) -> PValue | Unknown:
    """The printed p value of the comparison; that of a change in one arm never stands in.

    >>> from evidence.records.outcome import Contrast
    >>> from evidence.records.reported import Reported
    >>> p = PValue(operator="<", value=Reported(text="0.05"), kind="within_arm")
    >>> between_p(Outcome(id="1", name="wrinkle depth", contrast=Contrast(p=p)))
    UNKNOWN
    """
    p = outcome.contrast.p
    if p is UNKNOWN or p.kind == "between_arm":
        return p
    compared = outcome.contrast.kind in ("between_group", "paired_site")
    return p if p.kind is UNKNOWN and compared else UNKNOWN


def printed_contrast(
    study: Study, outcome: Outcome, *, df: float | None, n: tuple[Figure, ...], why_not: str
) -> Found | None:
    """The printed comparison with its spread; None when there is none.

    Raises EffectError for a ratio that is not positive.

    >>> from evidence.records.outcome import Contrast
    >>> from evidence.records.reported import Reported
    >>> printed = Contrast(measure="mean_difference", estimate=Reported(text="-3.0"),
    ...                    ci_low=Reported(text="-5.0"), ci_high=Reported(text="-1.0"))
    >>> one = Outcome(id="1", name="wrinkle depth", contrast=printed)
    >>> found = printed_contrast(Study(id="Kim"), one, df=None, n=(), why_not="")
    >>> found.yi, found.spread.vi**0.5
    (-3.0, 1.0204)
    """
    contrast = outcome.contrast
    if not is_between(outcome) or contrast.estimate is UNKNOWN:
        return None
    meaning = CONTRASTS[contrast.measure]
    estimate = figure("contrast.estimate", contrast.estimate)
    if estimate is None:
        return None
    value = estimate.value
    if meaning.log and value <= 0:
        raise EffectError(
            say("{printed}: a ratio is positive.", printed=estimate.inputs[0]),
            study=study.id,
            measure=meaning.measure,
        )
    per_hundred = meaning.measure == "RD" and contrast.estimate.unit == "%"
    printed_df = figure("contrast.df", contrast.df)
    people = Figure(
        value=sum(f.value for f in n),
        inputs=tuple(i for f in n for i in f.inputs),
        assumptions=tuple(a for f in n for a in f.assumptions),
    )
    spread = spread_of(
        Printed(
            study=study.id,
            estimate=value,
            log=meaning.log,
            se=deviation(study, "contrast.se", contrast.se),
            ci_low=figure("contrast.ci_low", contrast.ci_low),
            ci_high=figure("contrast.ci_high", contrast.ci_high),
            level=contrast.level,
            n=people if n else None,
            df=None if meaning.log else df if printed_df is None else printed_df.value,
            t=figure("contrast.statistic_t", contrast.statistic_t),
            p=between_p(outcome),
            why_not=why_not,
        )
    )
    unit = {"PCD": "percentage points", "MD": outcome.unit, "SMD": "SD"}.get(meaning.measure, "")
    found = Found(
        measure=meaning.measure,
        yi=math.log(value) if meaning.log else value,
        basis=Basis(label="reported", rule="printed contrast", inputs=estimate.inputs),
        spread=spread,
        unit=unit,
        log=meaning.log,
        notes=(meaning.note,) if meaning.note else (),
        directed=meaning.direction,
    )
    return _in_shares(found) if per_hundred else found


def _in_shares(found: Found) -> Found:
    """A risk difference printed in percent, as a difference of shares."""
    s = found.spread

    def scaled(x: float | None) -> float | None:
        return None if x is None else x / 100

    spread = replace(
        s,
        vi=None if s.vi is None else s.vi / 1e4,
        ci=None if s.ci is None else (s.ci[0] / 100, s.ci[1] / 100),
        bound=None if s.bound is None else (scaled(s.bound[0]), scaled(s.bound[1])),
    )
    return replace(found, yi=found.yi / 100, spread=spread)
