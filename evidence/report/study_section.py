"""The studies of an audit: what they were, what they print, and where each number was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evidence.appraisal.assess import Assessment
from evidence.formatting import plural
from evidence.messages import capital, listed, say
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
    """Every number that a result prints.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> study = audit_of("retinol lowers wrinkle depth", TRIAL).studies[0]
    >>> [row[2:4] for row in printed_numbers(study, study.outcomes[0])][:3]
    [('week', '12'), ('treated.n', '20'), ('treated.mean', '6')]
    """
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
    """Every number of every study with its file, line, column and page, as one CSV.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> provenance(audit_of("retinol lowers wrinkle depth", TRIAL)).content.splitlines()[1]
    "s1,s1,week,12,flags,,,'--weeks,"
    """
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
        description=say(
            "{numbers}, each with the place it was read at",
            numbers=plural(len(rows), "printed number"),
        ),
    )


def results_data(audit: Audit) -> Data:
    """Every result with its effect, label, rule and score, as one CSV.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> line = results_data(audit_of("retinol lowers wrinkle depth", TRIAL)).content.splitlines()[1]
    >>> line.split(",")[:4]
    ['s1', 's1', 'wrinkle depth', 'wrinkle_depth']
    """
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


def studies_section(audit: Audit, *, note: str = "") -> Section:
    """All studies, once; `note` says which ones are not among them.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> section = studies_section(audit_of("retinol lowers wrinkle depth", TRIAL))
    >>> [block.title for block in section.blocks[1:]]
    ['s1: described on the command line']
    """
    blocks: list[Block] = [
        Paragraph(
            "Each study once, with all its results in the data. Scores here are for a claim about "
            "the product alone; against another active product that rests on the change from "
            "baseline."
        )
    ]
    if note:
        blocks.append(Paragraph(note))
    blocks += [_study(study, [audit.assessments[o.id] for o in study.outcomes])
               for study in audit.studies]  # fmt: skip
    return Section("Studies", tuple(blocks), anchor="studies")


def _study(study: Study, results: Sequence[Assessment]) -> Section:
    ingredients = listed(item.name for item in study.ingredients) or "ingredients not stated"
    funding = "funding not stated"
    if study.interest.funding is not UNKNOWN:
        funding = say("funding: {funding}", funding=study.interest.funding)
    head = say(
        "{product}: {ingredients}. {population}. {funding}.",
        product=study.product or "product not named",
        ingredients=ingredients,
        population=study.population or "people not described",
        funding=capital(funding),
    )
    rows = []
    for done in results:
        outcome = done.outcome
        place = next(iter(outcome.places.values()), None)
        rows.append(
            (
                listed((outcome.name or outcome.domain, week_words(outcome)), ", "),
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
        say("{id}: results", id=study.id),
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
    """Where every study was read.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> trial = TRIAL | {"study": {"product": "retinol", "citation": "Kim & Lee", "doi": "10.1/x"}}
    >>> references(audit_of("retinol lowers wrinkle depth", trial))[0].text[1]
    ': Kim & Lee, doi 10.1/x.'
    """
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
