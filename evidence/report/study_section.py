"""The studies of an audit: what they were, what they print, and where each number was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evidence.appraisal.assess import Assessment
from evidence.formatting import plural
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome
from evidence.records.reported import Number, Reported
from evidence.records.study import Study
from evidence.report.claim_section import study_anchor
from evidence.report.document import (
    Block,
    Cell,
    Column,
    Data,
    Paragraph,
    Reference,
    Section,
    Span,
    Table,
    csv_data,
)
from evidence.report.wording import (
    design_words,
    effect_words,
    file_words,
    people_words,
    place_words,
    score_words,
    week_words,
)
from evidence.verdict.audit import Audit


class Printed(NamedTuple):
    """One printed number of one result, with the place it was read at."""

    study: str
    result: str
    field: str
    text: str
    file: str
    line: int | None
    column: int | None
    header: str
    page: str


def printed_numbers(study: Study, outcome: Outcome) -> Iterator[Printed]:
    """Every number that a result prints."""
    owners = {
        "": outcome,
        "treated": outcome.treated,
        "control": outcome.control,
        "contrast": outcome.contrast,
        "design": outcome.design,
        "reporting": outcome.reporting,
    }
    for owner, record in owners.items():
        if record is None:
            continue
        for name in type(record).model_fields:
            value: Number = getattr(record, name)
            if isinstance(value, Reported):
                yield _printed(study, outcome, f"{owner}.{name}".strip("."), value)
    p = outcome.contrast.p
    if p is not UNKNOWN and p.value is not UNKNOWN:
        yield _printed(study, outcome, f"contrast.p {p.operator}", p.value)


def _printed(study: Study, outcome: Outcome, field: str, value: Reported) -> Printed:
    place = value.place
    return Printed(
        study.id,
        outcome.id,
        field,
        str(value),
        file_words(place.file) if place else "",
        place.line if place else None,
        place.column if place else None,
        place.field if place else "",
        place.page if place else "",
    )


def provenance(audit: Audit) -> Data:
    """Every number of every study with its file, line, column and page, as one CSV."""
    rows = [
        row
        for study in audit.studies
        for outcome in study.outcomes
        for row in printed_numbers(study, outcome)
    ]
    return csv_data(
        "provenance.csv",
        list(Printed._fields),
        rows,
        description=f"{plural(len(rows), 'printed number')}, each with the place it was read at",
    )


def results_data(audit: Audit) -> Data:
    """Every result with its effect, label, rule and score, as one CSV."""
    columns = [
        "study", "result", "outcome", "family", "week", "design", "people",
        "between_measure", "between", "between_se", "between_label", "between_rule",
        "between_reason", "change", "change_label", "change_unit",
        "reliability", "low", "high", "not_scored",
    ]  # fmt: skip
    rows = []
    for done in audit.assessments.values():
        between, change, score = done.effects.between, done.effects.treated, done.reliability
        rows.append(
            (
                done.study.id,
                done.outcome.id,
                done.outcome.name,
                done.outcome.family,
                week_words(done.outcome),
                design_words(done.outcome),
                people_words(done),
                between.measure,
                between.yi,
                between.se,
                between.label,
                between.basis.rule,
                between.reason,
                change.yi,
                change.label,
                change.unit,
                score.value,
                score.low,
                score.high,
                score.reason,
            )
        )
    return csv_data(
        "results.csv", columns, rows, description="every result, its effects and its score"
    )


def studies_section(audit: Audit) -> Section:
    """All studies, once."""
    blocks: list[Block] = [
        Paragraph(
            "Each study once, with all its results in the data. Scores here are for a claim about "
            "the product alone; against another active product that rests on the change from "
            "baseline."
        )
    ]
    blocks += [_study(study, [audit.assessments[o.id] for o in study.outcomes])
               for study in audit.studies]  # fmt: skip
    return Section("Studies", tuple(blocks), anchor="studies")


def _study(study: Study, results: Sequence[Assessment]) -> Section:
    ingredients = "; ".join(item.name for item in study.ingredients) or "ingredients not stated"
    funding = "funding not stated"
    if study.interest.funding is not UNKNOWN:
        funding = f"funding: {study.interest.funding}"
    head = f"{study.product or 'product not named'}: {ingredients}. {study.population}. {funding}."
    rows = []
    for done in results:
        outcome = done.outcome
        place = next(iter(outcome.places.values()), None)
        rows.append(
            (
                f"{outcome.name or outcome.domain}, {week_words(outcome)}",
                outcome.instrument or "not stated",
                design_words(outcome),
                people_words(done),
                effect_words(done.effects.between),
                effect_words(done.effects.treated),
                Cell(score_words(done.reliability), title=done.reliability.reason),
                place_words(place),
                outcome.cautions or "–",
            )
        )
    table = Table(
        f"{study.id}: results",
        (
            Column("Outcome"),
            Column("Measured by"),
            Column("Design"),
            Column("People"),
            Column("Between groups"),
            Column("Change from baseline"),
            Column("Score", "number", title="reliability, 0 to 100, with its range"),
            Column("Read from"),
            Column("Careful", wide=True),
        ),
        tuple(rows),
        narrow="cards",
    )
    title = study.citation or study.id
    return Section(
        f"{study.id}: {title}",
        (Paragraph(head, role="small"), table),
        anchor=study_anchor(study.id),
        collapsed=True,
    )


def references(audit: Audit) -> tuple[Reference, ...]:
    """Where every study was read."""
    items = []
    for study in audit.studies:
        year = "" if study.year is UNKNOWN else f" ({study.year})"
        doi = f", doi {study.doi}" if study.doi else ""
        url = study.url if study.url.startswith(("https://", "http://")) else ""
        items.append(
            Reference(
                (Span(study.id, anchor=study_anchor(study.id)), f": {study.citation}{year}{doi}."),
                url=url if " " not in url else "",
            )
        )
    return tuple(items)
