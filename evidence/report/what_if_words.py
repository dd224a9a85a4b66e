"""The words of a what-if: what its controls are called, and its numbers in sentences.

The page fills the same templates with the numbers it computes, so they are written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from evidence.effects.printed import N_MISSING
from evidence.formatting import number
from evidence.messages import Message
from evidence.verdict.effect_if import NO_SPREAD, ONE_GROUP
from evidence.verdict.what_if import WhatIfResult, alone_words

WORDS: Mapping[str, str] = {
    "suppose": "Suppose",
    "reset": "Back to as reported",
    "slider": "{label}, slider",
    "out_of_reach": "Give a number from {low} to {high}. Until then the last one counts.",
    "score": "Reliability",
    "effect": "Effect as printed",
    "expected": "Expected true effect, positive = benefit",
    "above_zero": "Chance of any benefit",
    "above_mid": "Chance of a benefit that matters",
    "benefit": "Probability of benefit, over the bias sets",
    "direction": "Direction",
    "verdict": "This study alone would leave a claim",
    "lost": "Points lost",
    "table": "The same in a table",
    "of_score": "{value} of 100 (range {low}–{high})",
    "measured": "{value} {unit}",
    "one": "{value} ({low} to {high})",
    "bounds": "{value} (at worst {low} to {high}, at best {narrow_low} to {narrow_high})",
    "no_interval": "{value}; no interval: {reason}",
    "none": "none: {reason}",
    "not_shown": "not shown: {reason}",
    "no_mid": "set the smallest effect that matters",
    "n_missing": N_MISSING,
    "no_spread": NO_SPREAD,
    "one_group": ONE_GROUP,
    "no_control": "no concurrent control: the effect is not identified",
    "no_people": "the number of people is not stated",
    "no_variance": "no variance is printed and none can be derived",
    "reported": "reported",
    "derived": "derived",
    "bounded": "bounded",
    "imputed": "imputed",
    "refused": "refused",
}
"""Texts and templates of the page; `no_…` are the reasons of `expected.probability_of_benefit`."""

LEAD = (
    "Change what is supposed, and see what the number would then be worth. The figure itself stays "
    "as printed: with a control supposed, it is read as the difference to that control. Nothing "
    "here is evidence; it shows what would have to be otherwise."
)
LABELS = {
    "n": "People in all groups",
    "sd": "Standard deviation between people",
    "r": "Correlation of the two measurements of a person",
    "mid": "Smallest effect that matters",
    "control": "Compared with",
    "allocation": "Groups made",
    "blinding": "Who was blind",
    "kind": "The value came from",
    "registered": "This outcome was",
}
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "control": {
        "vehicle": "a vehicle or placebo",
        "untreated": "no treatment",
        "none": "its baseline only",
    },
    "allocation": {
        "concealed": "at random, concealed",
        "randomised": "at random, no details",
        "not_randomised": "not at random",
    },
    "blinding": {
        "double": "everybody",
        "participants": "participants only",
        "assessor": "the assessor only",
        "none": "nobody",
    },
    "kind": {
        "instrument": "an instrument",
        "photo_blinded_grade": "photos, graded blind",
        "live_expert_grade": "an expert, live",
        "self_report": "the participants",
    },
    "registered": {
        "primary": "registered, primary",
        "secondary": "registered, secondary",
        "no": "not registered",
    },
}


class Shown(NamedTuple):
    """The texts of one result, as the page and the table show them."""

    score: str
    effect: str
    label: str
    expected: str
    above_zero: str
    above_mid: str
    benefit: str
    direction: str
    verdict: str


def shown(result: WhatIfResult) -> Shown:
    """A result in words.

    Examples
    --------
    >>> from evidence.appraisal.assess import assess
    >>> from evidence.appraisal.supposing import Suppose
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> from evidence.verdict.what_if import what_if
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> done = assess(study, study.outcomes[0])
    >>> shown(what_if(done, Suppose(n=100))).effect
    '−20.0 % (at worst −30.4 to −8.0, at best −21.4 to −18.6)'
    """
    seen, chance = result.expected, result.probability
    return Shown(
        score=str(result.reliability),
        effect=_effect_words(result),
        label=result.effect.label,
        expected=_filled("none", reason=result.expected_reason)
        if seen is None
        else _filled(
            "one",
            value=_measured(seen.estimate, seen.unit),
            low=number(seen.ci_low, digits_of(seen.unit)),
            high=number(seen.ci_high, digits_of(seen.unit)),
        ),
        above_zero="–" if seen is None else chance_words(seen.pr_above_zero),
        above_mid="–"
        if seen is None
        else WORDS["no_mid"]
        if seen.pr_above_mid is None
        else chance_words(seen.pr_above_mid),
        benefit=_benefit_words(result)
        if chance.sets
        else _filled("not_shown", reason=chance.reason),
        direction=result.direction,
        verdict=alone_words(result.verdict, result.verdict_why),
    )  # fmt: skip


def chance_words(p: float) -> str:
    """A probability in percent that never says 0 or 100.

    >>> chance_words(0.551), chance_words(0.0042), chance_words(0.9999)
    ('55 %', '0.4 %', '>99.9 %')
    """
    if not 0.001 <= p <= 0.999:
        return "<0.1 %" if p < 0.5 else ">99.9 %"
    return f"{number(100 * p, 0 if 0.01 <= p <= 0.99 else 1)} %"


def digits_of(unit: str) -> int:
    """Decimals of a number in this unit.

    >>> digits_of("%"), digits_of("mm")
    (1, 2)
    """
    return 1 if unit in ("%", "percentage points") else 2


def _measured(value: float, unit: str) -> str:
    shown_number = number(value, digits_of(unit))
    return _filled("measured", value=shown_number, unit=unit) if unit else shown_number


def _effect_words(result: WhatIfResult) -> str:
    seen = result.effect
    if seen.value is None:
        return _filled("none", reason=seen.reason)
    value = _measured(seen.value, seen.unit)
    if seen.low is None or seen.high is None:
        return _filled("no_interval", value=value, reason=seen.reason)
    digits = digits_of(seen.unit)
    limits = {"low": number(seen.low, digits), "high": number(seen.high, digits)}
    if (seen.narrow_low, seen.narrow_high) == (seen.low, seen.high):
        return _filled("one", value=value, **limits)
    return _filled(
        "bounds",
        value=value,
        **limits,
        narrow_low=number(seen.narrow_low, digits),
        narrow_high=number(seen.narrow_high, digits),
    )


def _benefit_words(result: WhatIfResult) -> str:
    """Above what matters where that is known, else above zero."""
    rows = [
        row.above_zero if row.above_mid is None else row.above_mid
        for row in result.probability.sets
    ]
    names = [row.bias_set for row in result.probability.sets]
    base = result.reliability.bias_set
    at = names.index(base) if base in names else names.index("robes2018")
    low, high = min(rows), max(rows)
    return _filled(
        "one", value=chance_words(rows[at]), low=chance_words(low), high=chance_words(high)
    )


def _filled(key: str, **values: str) -> Message:
    """A template of `WORDS` with its places filled, to be said in other languages too."""
    template = WORDS[key]
    return Message(template.format_map(values), template, tuple(values.items()))
