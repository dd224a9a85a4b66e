"""A claim as somebody makes it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from evidence.records.base import UNKNOWN, Place, Record, Unknown
from evidence.records.reported import Number
from evidence.records.vocabulary import Better, ClaimType, Comparator, DesignKind, YesNo


class Claim(Record):
    """A sentence about a product, parsed as far as it goes; what it leaves out is UNKNOWN."""

    id: str = Field(min_length=1, description="unique name")
    text: str = Field(description="the claim in words")
    source: str = Field("", description="article, page or label that makes it")
    section: str = Field("", description="where in the source")
    ingredient: str = Field("", description="ingredient or product it speaks of")
    outcome: str = Field("", description="outcome it speaks of")
    type: ClaimType | Unknown = Field(UNKNOWN, description="kind of claim")
    value: Number = Field(UNKNOWN, description="number claimed, magnitude as printed")
    unit: str = Field("", description="unit of the number, in words")
    week: Number = Field(UNKNOWN, description="duration claimed, in weeks")
    duration: str = Field("", description="duration in words")
    n: Number = Field(UNKNOWN, description="people, where the claim gives a number")
    population: str = Field("", description="people it speaks of")
    design: DesignKind | Unknown = Field(UNKNOWN, description="study design stated")
    comparator: Comparator | Unknown = Field(UNKNOWN, description="comparator stated")
    better: Better | Unknown = Field(UNKNOWN, description="direction of benefit")
    evidence_offered: str = Field("", description="what the source offers in support, in words")
    carries_study_data: YesNo | Unknown = Field(
        UNKNOWN, description="whether the claim carries numbers of a study"
    )
    checkable_against: tuple[str, ...] = Field(
        (), description="study ids a human found relevant; used to test the match, never to make it"
    )
    note: str = Field("", description="anything else")
    places: Mapping[str, Place] = Field(
        default_factory=dict, description="where each fact was read, by field path"
    )
