"""A study as it was published: who, what product, what for, and its results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from evidence.formatting import html_table, plural
from evidence.records.base import UNKNOWN, Place, Record, Remark, Unknown
from evidence.records.outcome import Outcome, design_line, printed_numbers, said, short
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
    note: Remark = Field("", description="anything else the file says about the study")
    places: Mapping[str, Place] = Field(
        default_factory=dict, description="where each fact was read, by field path"
    )

    def __repr__(self) -> str:
        year = "" if self.year is UNKNOWN else f" ({self.year})"
        product = short(self.product, 80) or "product not named"
        with_ = short(", ".join(_ingredients(self)), 120)
        parts = (product, with_, plural(len(self.outcomes), "result"))
        return f"<Study {short(self.id, 60)}{year}: {'; '.join(p for p in parts if p)}>"

    def _repr_html_(self) -> str:
        facts = html_table(("fact", "as printed"), _facts(self), caption=self.id)
        rows = [_result(outcome) for outcome in self.outcomes[:SHOWN]]
        more = len(self.outcomes) - SHOWN
        foot = f"and {more} more results; " if more > 0 else ""
        foot += "in brackets: line and field of the file"
        return facts + html_table(("result", "outcome", "design", "numbers"), rows, foot=foot)


# --------------------------------------------------------------------------- showing

SHOWN, NUMBERS = 12, 16
"""Results on the card of a study, and printed numbers beside each; the result's own has all."""


def _ingredients(study: Study) -> Iterator[str]:
    for item in study.ingredients:
        yield item.name if item.percent is UNKNOWN else f"{item.name} {item.percent}"


def _facts(study: Study) -> Iterator[tuple[str, str]]:
    yield "product", study.product or "unknown"
    yield "ingredients", ", ".join(_ingredients(study)) or "unknown"
    yield "citation", study.citation or "unknown"
    yield "year", said(study.year)
    if study.doi:
        yield "doi", study.doi
    yield "read in", said(study.source_kind)
    yield "people", study.population or "unknown"
    yield "funding", said(study.interest.funding)
    yield "authors have an interest", said(study.interest.conflicts)
    for name, text in (("harms", study.harms), ("note", study.note)):
        if text:
            yield name, text


def _result(outcome: Outcome) -> tuple[str, str, str, str]:
    """One line of the card: the numbers with their digits, each with its place."""
    numbers = list(printed_numbers(outcome))
    shown = [f"{what} = {value}{_where(place)}" for what, value, place in numbers[:NUMBERS]]
    if len(numbers) > NUMBERS:
        shown.append(f"and {len(numbers) - NUMBERS} more")
    said_by = "; ".join(shown) or outcome.contrast.direction_only or "none printed"
    return outcome.id, outcome.name, design_line(outcome), said_by


def _where(place: Place | None) -> str:
    if place is None:
        return ""
    parts = [str(part) for part in (place.line, place.field) if part] or [place.file]
    return f" ({':'.join(parts)})"
