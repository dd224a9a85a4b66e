"""One claim typed in words: the number, unit, duration and people that stand in it."""

from __future__ import annotations

import re

from evidence.errors import RecordError
from evidence.records.base import UNKNOWN, Place
from evidence.records.claim import Claim
from evidence.records.families import FAMILIES, family_of
from evidence.records.ingredients import concepts_in, title_of
from evidence.records.reported import Number, Reported

_PERCENT = re.compile(r"(up to |about |over |more than )?(\d+(?:\.\d+)?)\s*(?:%|per ?cent)", re.I)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*-?\s*(day|week|month)s?", re.I)
_PEOPLE = re.compile(
    r"(\d[\d,]*)\s+(?:women|men|people|participants|volunteers|subjects|users)", re.I
)
_DOSE = re.compile(r"(\d+(?:\.\d+)?)\s*%\s+(?=[a-z])", re.I)
_WEEKS = {"day": 1 / 7, "week": 1.0, "month": 4.345}


def claim_from_text(text: str) -> Claim:
    """Parse a claim as far as its words go; what it leaves out is UNKNOWN.

    Raises
    ------
    RecordError
        There are no words.

    Examples
    --------
    >>> claim = claim_from_text("reduces wrinkle depth by 20 % in 12 weeks, 50 women")
    >>> claim.value.text, claim.week.text, claim.n.text, claim.outcome
    ('20', '12', '50', 'wrinkle depth, roughness, replica or profilometry')
    """
    words = text.strip()
    if not words:
        raise RecordError("the claim has no words; give it as --claim 'reduces wrinkles by 20 %'")
    place = Place(file="flags", field="--claim")
    doses = {found.start() for found in _DOSE.finditer(words) if concepts_in(words[found.end() :])}
    value: Number = UNKNOWN
    for found in _PERCENT.finditer(words):
        if found.start(2) in doses and _names_ingredient(words[found.end() :]):
            continue  # a concentration: 0.1 % retinol
        value = Reported.parse((found.group(1) or "") + found.group(2), unit="%", place=place)
        break
    week: Number = UNKNOWN
    if duration := _DURATION.search(words):
        weeks = float(duration.group(1)) * _WEEKS[duration.group(2).lower()]
        week = Reported(text=f"{weeks:g}", unit="weeks", place=place)
    n: Number = UNKNOWN
    if people := _PEOPLE.search(words):
        n = Reported(text=people.group(1).replace(",", ""), place=place)
    family = family_of(words)
    carries = value is not UNKNOWN and (n is not UNKNOWN or week is not UNKNOWN)
    return Claim(
        id="Claim",
        text=words,
        ingredient=title_of(concepts_in(words)),
        outcome="" if family.id == "unlisted" else FAMILIES[family.id].title,
        value=value,
        unit="percent improvement" if value is not UNKNOWN else "",
        week=week,
        duration=duration.group(0) if duration else "",
        n=n,
        evidence_offered="figures without a source" if carries else "none",
        carries_study_data="yes" if carries else "no",
        places={"text": place},
    )


def _names_ingredient(rest: str) -> bool:
    """Whether the next words name an ingredient."""
    return bool(concepts_in(" ".join(rest.split()[:3])))
