"""A study as it was published: who, what product, what for, and its results."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from evidence.records.base import UNKNOWN, Place, Record, Unknown
from evidence.records.outcome import Outcome
from evidence.records.reported import Number
from evidence.records.vocabulary import Funding, SourceKind, YesNo


class Ingredient(Record):
    """One named ingredient, with its concentration where printed."""

    name: str = Field(description="as printed")
    percent: Number = Field(UNKNOWN, description="concentration in percent by weight")


class Arm(Record):
    """A group of people, or a side of everybody, and what it was given."""

    label: str = Field(description="name of the arm in the source")
    treatment: str = Field("", description="what it was given")
    n_randomised: Number = Field(UNKNOWN, description="people allocated to it")


class Interest(Record):
    """Who paid and who wrote."""

    funding: Funding | Unknown = Field(UNKNOWN, description="who paid")
    conflicts: YesNo | Unknown = Field(UNKNOWN, description="whether authors have an interest")
    authors_employed: YesNo | Unknown = Field(
        UNKNOWN, description="whether authors are employed by the sponsor"
    )


class Study(Record):
    """One study and all its results that the file holds."""

    id: str = Field(min_length=1, description="short unique name")
    citation: str = Field("", description="how to find it in words")
    year: int | Unknown = Field(UNKNOWN, description="year of publication")
    doi: str = Field("", description="digital object identifier")
    pmid: str = Field("", description="PubMed identifier")
    registry_id: str = Field("", description="trial registry number")
    url: str = Field("", description="where it was read")
    source_kind: SourceKind | Unknown = Field(UNKNOWN, description="kind of page read")
    product: str = Field("", description="product or active tested")
    ingredients: tuple[Ingredient, ...] = Field((), description="named ingredients")
    category: str = Field("", description="product category of the file")
    population: str = Field("", description="people studied, in words")
    duration_week: Number = Field(UNKNOWN, description="weeks of use")
    interest: Interest = Field(default_factory=lambda: Interest(), description="money")
    arms: tuple[Arm, ...] = Field((), description="arms or sides")
    outcomes: tuple[Outcome, ...] = Field((), description="results")
    harms: str = Field("", description="adverse events, in words")
    note: str = Field("", description="anything else the file says about the study")
    places: Mapping[str, Place] = Field(
        default_factory=dict, description="where each fact was read, by field path"
    )
