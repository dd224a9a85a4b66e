"""An audit as a document: the answer first, the studies and methods once, at the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from evidence.formatting import plural
from evidence.messages import Language, say, speaking
from evidence.records.finding import Finding
from evidence.report.claim_section import claim_section
from evidence.report.document import (
    Badge,
    Block,
    Cell,
    CodeBlock,
    Column,
    Document,
    KeyValues,
    Paragraph,
    References,
    Section,
    Span,
    Table,
)
from evidence.report.glossary import glossary_section
from evidence.report.integrity_section import integrity_section
from evidence.report.localise import check_language, localise
from evidence.report.methods_section import methods_section
from evidence.report.one_claim import one_claim_sections, one_claim_status, only_near
from evidence.report.overview import (
    map_section,
    overview_section,
    plain_words,
    status_lines,
    summary_section,
    verdict_sentence,
    with_study_data,
)
from evidence.report.study_section import provenance, references, results_data, studies_section
from evidence.report.what_if import what_if_section
from evidence.report.wording import VERDICT_BADGE, file_words
from evidence.verdict.audit import Audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a report was made from, for the reader who wants to make it again."""

    command: str = ""
    version: str = ""
    code_hash: str = ""
    inputs: tuple[tuple[str, str], ...] = ()  # file name, sha256
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Report:
    """A composed report; `save` writes it whole, in the format its suffix names."""

    document: Document

    def save(self, path: str | Path) -> Path:
        """Write .html, .pdf, .docx, .md or .json; the same report gives the same bytes."""
        from evidence.report.save import save

        return save(self.document, Path(path))

    def __repr__(self) -> str:
        return f"<Report: {self.document.title}; {self.document.subtitle}>"

    def _repr_html_(self) -> str:
        from evidence.formatting import html_table

        rows = [(name, value if isinstance(value, str) else "") for name, value in
                self.document.status]  # fmt: skip
        return html_table(("", ""), rows, caption=self.document.title)


def compose_report(audit: Audit, *, origin: Origin | None = None, lang: Language = "en") -> Report:
    """Compose the report of an audit.

    Parameters
    ----------
    audit
        From `audit`.
    origin
        Command, version and hashes for the reproduce block; no clock is read.
    lang
        Language of the report: "en", "ja" or "zh". What was typed by others (claims, names of
        studies, remarks) stays as it was typed, and data files stay in English.

    Raises
    ------
    OptionError
        There is no such language.

    Examples
    --------
    >>> import evidence as ev
    >>> from evidence.ingest.claim_text import claim_from_text
    >>> studies = ev.read("datasets/cosmetic_trials.csv")
    >>> audit = ev.audit([claim_from_text("reduces wrinkles by 20 %")], studies[:3])
    >>> ev.compose_report(audit, lang="ja").document.lang
    'ja'
    """
    check_language(lang)
    with speaking(lang):
        return Report(document=localise(_document(audit, origin or Origin()), lang))


def _document(audit: Audit, made: Origin) -> Document:
    one = audit.claims[0] if len(audit) == 1 else None
    opening: list[Block] = (
        [plain_words(audit), overview_section(audit), summary_section(audit), *_claims(audit),
         map_section(audit)]
        if one is None
        else one_claim_sections(one)
    )  # fmt: skip
    shown, left_out = (audit, "") if one is None else only_near(audit, one)
    blocks = (
        *opening,
        *what_if_section(one),
        studies_section(shown, note=left_out),
        integrity_section(shown),
        _input(audit),
        methods_section(
            audit,
            objectives="overview" if one is None else "plain",
            synthesis="summary" if one is None else "results" if one.bearings else "plain",
        ),
        Section(
            "References", (References(references(shown)),), anchor="references", collapsed=True
        ),
        glossary_section(),
        _reproduce(audit, made),
    )
    return Document(
        title=audit.title,
        subtitle=say(
            "{claims} held against {results} of {studies}",
            claims=plural(len(audit), "claim"),
            results=plural(len(audit.assessments), "result"),
            studies=plural(len(audit.studies), "study", "studies"),
        ),
        verdict=verdict_sentence(audit) if one is None else one.verdict.sentence,
        verdict_badge=None
        if one is None
        else Badge(one.verdict.word, VERDICT_BADGE[one.verdict.word]),
        status=tuple(status_lines(audit)) if one is None else one_claim_status(one),
        date=made.date,
        made_by=f"evidence {made.version}".strip(),
        blocks=blocks,
    )


def _claims(audit: Audit) -> list[Section]:
    sources = list(dict.fromkeys(row.claim.source for row in audit))
    sections = []
    own = with_study_data(audit)
    if own:
        sections.append(
            Section(
                "Claims that carry study data",
                tuple(claim_section(row) for row in own),
                anchor="claims-data",
            )
        )
    for index, source in enumerate(sources, 1):
        rows = [row for row in audit if row.claim.source == source and row.own is None]
        if rows:
            title = (
                say("Claims of {source}", source=source.replace("_", " ")) if source else "Claims"
            )
            sections.append(
                Section(title, tuple(claim_section(r) for r in rows), anchor=f"claims-{index}")
            )
    return sections


def _input(audit: Audit) -> Section:
    by_code: dict[str, list[Finding]] = {}
    for finding in audit.findings:
        by_code.setdefault(finding.code, []).append(finding)
    if not by_code:
        return Section(
            "What was found while reading", (Paragraph("Nothing to report."),), anchor="input"
        )
    rows = tuple(
        (
            code,
            Cell(found[0].severity),
            Cell(f"{len(found)}", sort=float(len(found))),
            say("{where}: {message}", where=_where(found[0]), message=found[0].message),
        )
        for code, found in sorted(by_code.items())
    )
    table = Table(
        "Findings by code",
        (
            Column("Code"),
            Column("Severity"),
            Column("Times", "number"),
            Column("For instance", wide=True),
        ),
        rows,
        note="evidence explain CODE says what each means; evidence check FILE lists them all.",
        narrow="cards",
    )
    return Section("What was found while reading", (table,), anchor="input", collapsed=True)


def _where(finding: Finding) -> str:
    return replace(finding, file=file_words(finding.file)).where


def _reproduce(audit: Audit, made: Origin) -> Section:
    hashes = Table(
        "Input files",
        (Column("File"), Column("SHA-256")),
        tuple((name, Cell((Span(digest, emphasis="code"),))) for name, digest in made.inputs),
        narrow="cards",
    )
    blocks: list[Block] = []
    if made.command:
        blocks.append(CodeBlock(made.command, label="The command", language="sh"))
    facts = [
        (name, value)
        for name, value in (("Version", made.version), ("Code hash", made.code_hash))
        if value
    ]
    if facts:
        blocks.append(KeyValues(tuple(facts)))
    if made.inputs:
        blocks.append(hashes)
    blocks += [_claims_data(audit), results_data(audit), provenance(audit)]
    return Section("Data, and how to make this again", tuple(blocks), anchor="data")


def _claims_data(audit: Audit) -> Block:
    from evidence.report.document import csv_data

    columns = ("id", "claim", "type", "evidence_offered", "verdict", "sentence", "studies",
               "own_score", "own_low", "own_high")  # fmt: skip
    rows = []
    for row in audit:
        own = row.own.reliability if row.own is not None else None
        studies = " ".join(dict.fromkeys(item.match.study.id for item in row.direct))
        rows.append(
            (
                row.claim.id,
                row.claim.text,
                str(row.claim.type),
                row.claim.evidence_offered,
                row.verdict.word,
                row.verdict.sentence,
                studies,
                own.value if own else None,
                own.low if own else None,
                own.high if own else None,
            )
        )
    return csv_data("claims.csv", columns, rows, description="every claim with its verdict")
