"""What a claim says, by type, with the words that decided, and the least evidence each type needs.

A claim may be of several types; one is the primary, the one that needs the strongest evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, get_args

from evidence.formatting import html_table
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.records.families import family_of
from evidence.records.ingredients import concepts_in
from evidence.records.outcome import Outcome
from evidence.records.reported import Reported
from evidence.records.study import Study
from evidence.verdict.claim_words import (
    COMPILED,
    DENIES,
    EXPOSURES,
    NOT_A_SIZE,
    PERCEIVED,
    PERCEIVED_AFTER,
    PERCENT,
    SHARE,
    STOPS,
    TypeName,
)

TYPES: tuple[TypeName, ...] = get_args(TypeName)
BUILT = "built from the result"
"""`Claim.source` of a claim that `claim_from_outcome` made: its wording is not known."""


class Minimum(NamedTuple):
    """The least evidence to call a claim of a type supported, and what goes with it."""

    needs: str
    extra: str


MINIMUM: dict[TypeName, Minimum] = {
    "sensory": Minimum(
        "a survey of people who used the product without knowing which it was, with n and the "
        "share and its interval",
        "worded as an opinion",
    ),
    "appearance": Minimum(
        "a controlled study in people, graded by somebody who was blind",
        "the result between groups",
    ),
    "measured": Minimum(
        "a controlled study in people, an instrument, and a result between groups",
        "device, site and time",
    ),
    "quantified": Minimum(
        "as for measured, and the lower limit of the interval at or above the number claimed",
        "or the words: on average, with the interval, against the vehicle; a change from baseline "
        "must say that it is one, without a control",
    ),
    "comparative": Minimum(
        "a randomised head-to-head study of the two", "both products as they are sold now"
    ),
    "duration": Minimum("the outcome measured at the time claimed", ""),
    "physiological": Minimum(
        "outside cosmetics in most markets: a reader of the law decides",
        "measurements of the process itself, in people",
    ),
    "ingredient": Minimum(
        "the concentration of the study in the product, and a study of the product",
        "without that it is indirect",
    ),
    "safety": Minimum("reactions counted in enough people who used the product", "n and the rate"),
    "synergy": Minimum("a study of the combination and of each part alone", ""),
    "absence": Minimum("an analysis of the formula", "no suggestion that others are unsafe"),
    "background": Minimum("no evidence about a product: it says how skin works", ""),
    "advice": Minimum("no evidence type applies: it is advice", ""),
}
"""[P] project choice, drawn from the rules of the markets; sensory and quantified as UK-2, UK-3."""

MEASURED_FAMILIES = (
    "tewl", "hydration", "contour", "elasticity", "wrinkle_grade", "wrinkle_depth", "wrinkles",
    "pigmentation", "puffiness",
)  # fmt: skip


class Typed(NamedTuple):
    """One type, the words that decided, and where they stand: a field, with its span in text."""

    type: TypeName
    words: str
    field: str
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ClaimTypes:
    """The types of one claim: `primary`, and all of them with the words that decided."""

    claim: Claim
    found: tuple[Typed, ...]
    primary: TypeName

    @property
    def names(self) -> tuple[TypeName, ...]:
        """The types, the one that needs the strongest evidence first."""
        seen = {row.type for row in self.found}
        return tuple(name for name in TYPES if name in seen)

    @property
    def minimum(self) -> Minimum:
        """The least evidence that the primary type needs."""
        return MINIMUM[self.primary]

    def words(self, name: TypeName) -> tuple[str, ...]:
        """The words that showed one type."""
        return tuple(dict.fromkeys(row.words for row in self.found if row.type == name))

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __repr__(self) -> str:
        return f"<ClaimTypes of {self.claim.id}: {self.primary}; {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        rows = [(name, "; ".join(self.words(name)), MINIMUM[name].needs) for name in self.names]
        return html_table(("type", "words", "least evidence"), rows, caption=self.claim.text)


def claim_types(claim: Claim) -> ClaimTypes:
    """The types of a claim, read from its words, number, unit and outcome.

    Parameters
    ----------
    claim
        The claim; what a denial undoes ("does not reduce wrinkles") is not claimed.

    Returns
    -------
    ClaimTypes
        At least one type; `background` or `advice` where no effect of a product is claimed.

    Notes
    -----
    What people perceive or see takes the place of what is measured: "82 % thought their skin felt
    firmer" is sensory, "the appearance of wrinkles" is appearance. The distinction is that of the
    Committee of Advertising Practice, Anti-ageing (https://www.asa.org.uk/advice-online).

    Examples
    --------
    >>> claim_types(Claim(id="1", text="82 % of women thought skin felt firmer")).names
    ('sensory',)
    >>> claim_types(Claim(id="2", text="an 82 % decrease in wrinkles")).names
    ('quantified', 'measured')
    >>> claim_types(Claim(id="3", text="reduces the appearance of fine lines")).names
    ('appearance',)
    """
    found = [*_of_text(claim.text), *_of_fields(claim)]
    if claim.type == "mechanism" and not claim.ingredient:
        found = [Typed("background", "names no product or ingredient", "ingredient")]
    if not found:
        word = "" if claim.type is UNKNOWN else claim.type
        advice = word not in ("efficacy", "mechanism")
        found = [Typed("advice" if advice else "background", word or "no words of effect", "type")]
    return ClaimTypes(claim=claim, found=tuple(found), primary=_primary(claim, found))


def _primary(claim: Claim, found: list[Typed]) -> TypeName:
    seen = {row.type for row in found}
    for given in ("safety", "synergy"):
        if claim.type == given and given in seen:
            return given
    if "sensory" in seen and any(row.words.startswith("share") for row in found):
        return "sensory"
    return next(name for name in TYPES if name in seen)


def _of_text(text: str) -> Iterator[Typed]:
    for row, pattern in COMPILED:
        for hit in pattern.finditer(text):
            if row.guard == "not" and denied(text, hit.start()):
                continue
            if row.type == "measured" and perceived(text, hit):
                continue
            yield Typed(row.type, hit.group(0).strip(), "text", hit.span())
    for hit in PERCENT.finditer(text):
        if SHARE.match(text, hit.start()):
            words = say("share of people: {share}", share=hit.group(0))
            yield Typed("sensory", words, "text", hit.span())
        elif is_size(text, hit) and not denied(text, hit.start()):
            yield Typed("quantified", hit.group(0), "text", hit.span())


def is_size(text: str, hit: re.Match[str]) -> bool:
    """Whether a percent is the size of a change, no concentration and no slogan.

    >>> text = "0.1 % retinol lowers wrinkles by 20 %"
    >>> [is_size(text, hit) for hit in PERCENT.finditer(text)]
    [False, True]
    """
    rest = text[hit.end() :]
    next_words = " ".join(rest.split()[:3])
    if rest[:1].isspace() and concepts_in(next_words) - EXPOSURES:
        return False
    return NOT_A_SIZE.match(rest) is None


def denied(text: str, start: int) -> bool:
    """Whether the words of the same clause deny what starts at `start`.

    >>> denied("does not reduce wrinkles", 16), denied("not greasy and reduces wrinkles", 23)
    (True, False)
    """
    before = text[:start]
    stops = [stop.end() for stop in STOPS.finditer(text) if stop.end() <= start]
    clause = before[stops[-1] if stops else 0 :]
    return any(len(clause[hit.end() :].split()) <= 5 for hit in DENIES.finditer(clause))


def perceived(text: str, hit: re.Match[str]) -> bool:
    """Whether what is named is only said to be seen or felt.

    >>> text = "skin looks visibly less wrinkled"
    >>> perceived(text, re.search("wrinkled", text))
    True
    >>> text = "fewer wrinkles"
    >>> perceived(text, re.search("wrinkles", text))
    False
    """
    start = max(text.rfind(mark, 0, hit.start()) for mark in ".;!?") + 1
    if PERCEIVED.search(text, start, hit.start()):
        return True
    return PERCEIVED_AFTER.search(text[hit.end() : hit.end() + 40]) is not None


def _of_fields(claim: Claim) -> Iterator[Typed]:
    """What the number, the unit and the named outcome add to the words."""
    words = claim.unit.lower()
    size = any(word in words for word in ("percent", "%", "point", "times", "fold"))
    sensed = SHARE.search(claim.text) is not None
    if claim.value is not UNKNOWN and size and not sensed:
        yield Typed("quantified", f"{claim.value.text} {claim.unit}".strip(), "value")
    if claim.week is not UNKNOWN or claim.duration:
        week = "" if claim.week is UNKNOWN else say("{n} weeks", n=claim.week.text)
        yield Typed("duration", claim.duration or week, "week")
    if names := concepts_in(claim.ingredient or claim.text) - EXPOSURES:
        yield Typed("ingredient", listed(sorted(names), ", "), "ingredient")
    if claim.type in ("synergy", "safety"):
        yield Typed(claim.type, claim.type, "type")
    works = claim.type in ("efficacy", UNKNOWN)
    if not works or not claim.outcome or sensed or PERCEIVED.search(claim.text):
        return
    family = family_of(claim.outcome).id
    if family in MEASURED_FAMILIES:
        yield Typed("measured", claim.outcome, "outcome")
    elif family == "radiance":
        yield Typed("appearance", claim.outcome, "outcome")
    elif family == "collagen":
        yield Typed("physiological", claim.outcome, "outcome")
    elif claim.type == "efficacy":
        words = say("{outcome}: an effect is claimed", outcome=claim.outcome)
        yield Typed("measured", words, "outcome")


def claim_from_outcome(study: Study, outcome: Outcome) -> Claim:
    """The claim that a result makes by itself: its outcome and change; its wording is not known.

    Examples
    --------
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(outcome="wrinkle depth", change=["-20%"], n=["50"]))
    >>> claim = claim_from_outcome(study, study.outcomes[0])
    >>> claim.text, claim_types(claim).names
    ('wrinkle depth −20 %', ('quantified', 'measured'))
    """
    arm, contrast = outcome.treated, outcome.contrast
    printed = (contrast.estimate, arm.pct_change, arm.change_mean, arm.pct)
    value = next((number for number in printed if number is not UNKNOWN), UNKNOWN)
    name = outcome.name or outcome.domain.replace("_", " ") or "the outcome"
    text, unit = name, ""
    if isinstance(value, Reported):
        unit = value.unit or outcome.unit
        shown = value.text.replace("-", "−")
        lead = f"{value.qualifier} " if value.qualifier else ""
        text = f"{name} {lead}{shown} {unit}".rstrip()
    return Claim(
        id=outcome.id,
        text=text,
        source=BUILT,
        ingredient=study.product,
        outcome=name,
        value=value,
        unit="percent" if unit == "%" else unit,
        week=outcome.week,
        population=study.population,
        better=outcome.better,
        evidence_offered="the result itself",
        carries_study_data="yes",
        places=outcome.places,
    )
