"""An audit as a document: the answer first, the studies and methods once, at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from evidence.appraisal.components import COMPONENTS, POLICY
from evidence.appraisal.reliability import A_SCALES
from evidence.formatting import number, plural
from evidence.plots.evidence_map import evidence_map_rows, evidence_map_svg
from evidence.plots.score_strip import score_strip_rows, score_strip_svg
from evidence.records.families import FAMILIES
from evidence.records.finding import Finding
from evidence.records.ingredients import CONCEPTS, concepts_in
from evidence.report.claim_section import anchor_of, claim_section
from evidence.report.document import (
    Block,
    Bullets,
    Cell,
    CodeBlock,
    Column,
    Details,
    Document,
    Figure,
    KeyValues,
    Paragraph,
    References,
    Section,
    Span,
    Table,
    rows_table,
)
from evidence.report.study_section import provenance, references, results_data, studies_section
from evidence.report.wording import (
    VERDICT_BADGE,
    effect_words,
    file_words,
    measure_words,
    people_count,
    score_words,
)
from evidence.verdict.audit import Audit, ClaimAudit
from evidence.verdict.judge import Direction, VerdictWord

_WORDS: dict[VerdictWord, str] = {
    "supported": "the evidence carries the claim as worded",
    "supported if reworded": "controlled studies favour the ingredient; the wording goes further",
    "not supported": "evidence exists, and it does not carry the claim",
    "contradicted": "controlled evidence points the other way",
    "no evidence offered": "nothing is offered, and nothing in the data bears on it",
    "not assessable": "advice that no result in the data could confirm or refute",
}


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
        """Write .html, .md or .json; the same report gives the same bytes."""
        from evidence.report.save import save

        return save(self.document, Path(path))

    def __repr__(self) -> str:
        return f"<Report: {self.document.title}; {self.document.subtitle}>"

    def _repr_html_(self) -> str:
        from evidence.formatting import html_table

        rows = [(name, value if isinstance(value, str) else "") for name, value in
                self.document.status]  # fmt: skip
        return html_table(("", ""), rows, caption=self.document.title)


def compose_report(audit: Audit, *, origin: Origin | None = None) -> Report:
    """Compose the report of an audit.

    Parameters
    ----------
    audit
        From `audit`.
    origin
        Command, version and hashes for the reproduce block; no clock is read.
    """
    made = origin or Origin()
    blocks: list[Block] = [
        _plain_words(audit),
        _overview(audit),
        _findings_summary(audit),
        *_claims(audit),
        _map(audit),
        studies_section(audit),
        _input(audit),
        _methods(audit),
        Section(
            "References", (References(references(audit)),), anchor="references", collapsed=True
        ),
        _reproduce(audit, made),
    ]
    return Report(
        document=Document(
            title=audit.title,
            subtitle=f"{plural(len(audit), 'claim')} held against "
            f"{plural(len(audit.assessments), 'result')} of "
            f"{plural(len(audit.studies), 'study', 'studies')}",
            verdict=_verdict(audit),
            status=tuple(_status(audit)),
            date=made.date,
            made_by=f"evidence {made.version}".strip(),
            blocks=tuple(blocks),
        )
    )


def _with_data(audit: Audit) -> list[ClaimAudit]:
    return [row for row in audit if row.own is not None]


def _verdict(audit: Audit) -> str:
    counts = audit.counts
    own = _with_data(audit)
    offered = sum(
        1 for row in audit if row.claim.evidence_offered.lower() not in ("", "none", "no")
    )
    supported = counts["supported"] + counts["supported if reworded"]
    heads = (
        f"None of the {len(audit)} claims is supported as worded."
        if not counts["supported"]
        else f"{counts['supported']} of {len(audit)} claims are supported as worded."
    )
    middle = f" {plural(offered, 'claim')} {'offers' if offered == 1 else 'offer'} any evidence"
    if own:
        scores = [row.own.reliability.value for row in own if row.own is not None]
        known = [value for value in scores if value is not None]
        if known:
            span = (
                f"{min(known):.0f}" if len(known) == 1 else f"{min(known):.0f} to {max(known):.0f}"
            )
            middle += f"; the {len(own)} that carry study data score {span} of 100 for reliability"
    tail = ""
    if supported and not counts["supported"]:
        tail = (
            f" {plural(supported, 'claim')} could be made of the ingredient as studied, in other "
            "words."
        )
    return f"{heads}{middle}.{tail}"


def _status(audit: Audit) -> list[tuple[str, str]]:
    counts = audit.counts
    people = sum(
        max((people_count(audit.assessments[o.id]) or 0) for o in study.outcomes)
        for study in audit.studies
        if study.outcomes
    )
    return [
        ("Claims", f"{len(audit)}"),
        *((word.capitalize(), f"{counts[word]}") for word in _WORDS if counts[word]),
        ("Studies in the data", f"{len(audit.studies)}, at least {people:,} people"),
        ("Certainty", "not rated: no body of controlled results here is large enough to pool"
         if not any(row.pooled for row in audit) else "see each claim"),
    ]  # fmt: skip


def _plain_words(audit: Audit) -> Section:
    own, direct = _with_data(audit), [row for row in audit if row.direct]
    counts = audit.counts
    pooled = [row for row in audit if row.pooled is not None]
    sources = Counter(row.claim.source for row in audit)
    lines = [
        f"{plural(len(audit), 'claim')} from {plural(len(sources), 'text')} were read. For each "
        "one, this report says what it claims, what was offered in support, which real studies "
        "bear on it, and what follows.",
        f"{plural(len(direct), 'claim')} can be held against at least one real result on the same "
        "ingredient and outcome; the others name no ingredient, no measurable outcome, or "
        "something that no study in the data tested.",
    ]
    for row in own:
        assert row.own is not None  # chosen for it
        seen, result = row.own.expected, row.own.reliability
        text = f"{row.claim.id}: reliability {result}."
        if seen is not None:
            text += (
                f" Of {number(seen.claim, 0)} {seen.unit} claimed, about "
                f"{number(seen.estimate, 0)} {seen.unit} is the best guess of the product's own "
                f"effect ({number(seen.ci_low, 0)} to {number(seen.ci_high, 0)})."
            )
        lines.append(text)
    lines.append(
        "A before-after change is not an effect: skin changes without the product too. The score "
        "counts that; a small score means that the number tells little, not that the product "
        "fails."
    )
    lines.append(
        "No pooled estimate was possible: studies print too little, or in different measures."
        if not pooled
        else f"{plural(len(pooled), 'claim')} could be given a pooled estimate; for the others the "
        "studies print too little, or in different measures."
    )
    if counts["contradicted"]:
        lines.append(f"Controlled evidence contradicts {plural(counts['contradicted'], 'claim')}.")
    return Section("In plain words", (Bullets(tuple(lines)),), anchor="plain")


def _overview(audit: Audit) -> Section:
    counts = audit.counts
    summary = Table(
        "Claims by verdict",
        (Column("Verdict", "badge"), Column("Claims", "number"), Column("Which means", wide=True)),
        tuple(
            (
                Cell(word, badge=VERDICT_BADGE[word]),
                Cell(f"{counts[word]}", sort=float(counts[word])),
                meaning,
            )
            for word, meaning in _WORDS.items()
        ),
        narrow="cards",
    )
    rows = []
    for row in audit:
        best = _best(row)
        own = row.own.reliability if row.own is not None else None
        studies = len({item.match.study.id for item in row.direct})
        rows.append(
            (
                Cell(row.claim.id, anchor=anchor_of(row.claim.id)),
                row.claim.text,
                "advice or other" if row.claim.type == "selection" else str(row.claim.type),
                Cell(row.verdict.word, badge=VERDICT_BADGE[row.verdict.word]),
                Cell(
                    "–" if own is None else score_words(own),
                    sort=-1.0 if own is None or own.value is None else own.value,
                ),
                Cell(f"{studies}", sort=float(studies)),
                Cell("–" if best is None else f"{best:.0f}", sort=-1.0 if best is None else best),
            )
        )
    every = Table(
        "Every claim",
        (
            Column("Id"),
            Column("Claim", wide=True),
            Column("Kind"),
            Column("Verdict", "badge"),
            Column("Own score", "number", title="reliability of the study the claim describes"),
            Column("Studies", "number", title="real studies that bear on it"),
            Column("Best score", "number", title="highest reliability among them"),
        ),
        tuple(rows),
        filterable=True,
        narrow="cards",
    )
    return Section("Overview", (summary, every), anchor="overview")


def _best(row: ClaimAudit) -> float | None:
    values = [item.assessment.reliability.value for item in row.direct]
    return max((value for value in values if value is not None), default=None)


def _findings_summary(audit: Audit) -> Section:
    rows = []
    for row in audit:
        if not row.direct:
            continue
        studies = {item.match.study.id for item in row.direct}
        people = sum(
            max(people_count(i.assessment) or 0 for i in row.direct if i.match.study.id == study)
            for study in sorted(studies)
        )
        tally = Counter(item.direction for item in row.direct)
        spread = [
            item.assessment.effects.between
            for item in row.direct
            if item.assessment.effects.between.ci_low is not None
        ]
        effect = "none with an interval"
        if row.pooled is not None:
            effect = "pooled, see the claim"
        elif spread:
            effect = f"{measure_words(spread[0])} {effect_words(spread[0])}"
            if len(spread) > 1:
                effect += f" and {len(spread) - 1} more"
        rows.append(
            (
                Cell(row.claim.id, anchor=anchor_of(row.claim.id)),
                f"{row.claim.ingredient}: {row.claim.outcome}",
                f"{len(studies)} ({f'{people:,}' if people else 'not stated'})",
                _tally_words(tally),
                effect,
                Cell(row.verdict.word, badge=VERDICT_BADGE[row.verdict.word]),
            )
        )
    if not rows:
        text = "No claim can be held against a result in the data."
        return Section("Summary of findings", (Paragraph(text),), anchor="summary")
    table = Table(
        "Claims that real results bear on",
        (
            Column("Claim"),
            Column("Ingredient and outcome"),
            Column("Studies (people)"),
            Column("Results", wide=True),
            Column("Effect between groups", wide=True),
            Column("Verdict", "badge"),
        ),
        tuple(rows),
        note="Results counted, not studies; people are those of the studies, where stated. Harms "
        "are not among these outcomes: see the studies.",
        narrow="cards",
    )
    return Section("Summary of findings", (table,), anchor="summary")


def _tally_words(tally: Counter[Direction]) -> str:
    shown: tuple[tuple[Direction, str], ...] = (
        ("in favour", "in favour against a control"),
        ("no difference shown", "without a difference"),
        ("against", "against it"),
        ("uncontrolled", "without a control"),
        ("not readable", "not readable"),
    )
    return ", ".join(f"{tally[word]} {text}" for word, text in shown if tally[word])


def _claims(audit: Audit) -> list[Section]:
    sources = list(dict.fromkeys(row.claim.source for row in audit))
    sections = []
    own = _with_data(audit)
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
            title = f"Claims of {source.replace('_', ' ')}" if source else "Claims"
            sections.append(
                Section(title, tuple(claim_section(r) for r in rows), anchor=f"claims-{index}")
            )
    return sections


def _map(audit: Audit) -> Section:
    entries = []
    best: dict[str, tuple[float, float | None, float | None]] = {}
    for done in audit.assessments.values():
        names = [done.study.product, done.study.category.replace("_", " ")]
        found = concepts_in(*names, *(item.name for item in done.study.ingredients))
        for concept in sorted(found) or ["other"]:
            entries.append(
                {
                    "ingredient": CONCEPTS[concept].title if concept in CONCEPTS else "other",
                    "family": FAMILIES[done.outcome.family].title,
                    "study": done.study.id,
                    "reliability": done.reliability.value,
                }
            )
        result = done.reliability
        kept = best.get(done.study.id)
        if result.value is not None and (kept is None or result.value > kept[0]):
            best[done.study.id] = (result.value, result.low, result.high)
    cells = evidence_map_rows(entries)
    title, desc = "What was studied", "Studies by ingredient and outcome family."
    blocks: list[Block] = []
    if cells:
        blocks.append(
            Figure(
                evidence_map_svg(cells, title=title, desc=desc),
                title=title,
                description=desc,
                table=rows_table(
                    "What was studied: the numbers",
                    cells,
                    {
                        "ingredient": "Ingredient",
                        "family": "Outcome family",
                        "studies": "Studies",
                        "best": "Best score",
                    },
                    digits=0,
                ),
            )
        )
    if best:
        rows = score_strip_rows(
            [
                {"label": name, "value": value, "low": low, "high": high}
                for name, (value, low, high) in best.items()
            ]
        )
        title = "Best result of each study"
        desc = "Reliability with its range, highest first."
        blocks.append(
            Details(
                "Scores of all studies",
                (
                    Figure(
                        score_strip_svg(rows, title=title, desc=desc),
                        title=title,
                        description=desc,
                        table=rows_table(
                            f"{title}: the numbers",
                            rows,
                            {"label": "Study", "value": "Score", "low": "Low", "high": "High"},
                            digits=0,
                        ),
                    ),
                ),
            )
        )
    return Section("The evidence at a glance", tuple(blocks), anchor="map")


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
            f"{_where(found[0])}: {found[0].message}",
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


def _methods(audit: Audit) -> Section:
    scale = A_SCALES[audit.a_scale]
    sections: tuple[Block, ...] = (
        Section(
            "How a claim meets a study",
            (
                Paragraph(
                    "A study bears on a claim when it tested the same ingredient or exposure (by a "
                    "table of names and classes) on an outcome of the same family. Everything in "
                    "which it differs is named beside it: formula, concentration, route, duration, "
                    "comparator. Results on other outcomes or related ingredients are listed as "
                    "context and change no verdict."
                ),
            ),
        ),
        Section(
            "How a verdict is reached",
            (
                Bullets(
                    (
                        "The words come from what was offered, and from design and direction of "
                        "the results that bear on the claim; never from the score.",
                        "In favour means: against a concurrent control, with an interval that "
                        "excludes no difference or a printed test between groups.",
                        "A favourable word needs two controlled studies in favour, none without a "
                        "difference and none against.",
                        "Of one study's results the least favourable readable one counts.",
                        "Certainty (GRADE) is not rated here; a verdict is no rating of certainty.",
                    )
                ),
            ),
        ),
        Section(
            "What the score means",
            (
                Paragraph(
                    "Reliability is the share of the mean square of what such studies report that "
                    "is the product's true effect: R = 100 A² / (A² + S² + B²). B adds up the mean "
                    "biases and S² the variances of all components below, in standard deviations "
                    "of the outcome. The reported effect is not an input. Every fact that is not "
                    "reported counts as unknown, which is not 'no'; each component says which."
                ),
                KeyValues(
                    (
                        ("A", f"{scale.a:g}: {scale.basis}"),
                        ("Bias set", f"{audit.bias_set}; the range runs over all sets"),
                        (
                            "People not stated",
                            f"{POLICY.stand_in_n:g} stand in inside the score alone; no effect, "
                            "interval or pool uses an assumed number",
                        ),
                    )
                ),
                Table(
                    "Components of the score",
                    (Column("Component"), Column("What it is", wide=True), Column("Rests on")),
                    tuple((row.title, row.what, row.source) for row in COMPONENTS.values()),
                    narrow="cards",
                ),
            ),
        ),
        Section(
            "Labels on numbers",
            (
                KeyValues(
                    (
                        ("reported", "printed in the source"),
                        ("derived", "algebra from printed numbers"),
                        ("bounded", "only limits are known; no point inside them is preferred"),
                        ("imputed", "drawn from a named outside distribution"),
                        ("refused", "cannot be identified from what is printed; the reason stands"),
                    )
                ),
            ),
        ),
        Section(
            "Limits",
            (
                Bullets(
                    (
                        "Most studies were read from abstracts: a blank means not visible there, "
                        "not that it was never reported.",
                        "Studies that were never published are outside every number here.",
                        "Bias sizes come from medicine; the settings for missing controls and "
                        "selection are the project's own and can be changed.",
                    )
                ),
            ),
        ),
        _prisma(),
    )
    return Section("Methods and limits", sections, anchor="methods", collapsed=True)


def _prisma() -> Section:
    covered = (
        ("Objectives (4)", "covered: the claims as typed", "overview"),
        ("Data items (10)", "covered: every printed number with its place", "data"),
        ("Risk of bias in studies (11, 18)", "covered: components with their status", "studies"),
        ("Effect measures (12)", "covered: measure, label and rule per result", "studies"),
        ("Synthesis (13, 20)", "covered where two effects can be pooled; else said why not",
         "summary"),
        ("Study characteristics (17)", "covered", "studies"),
    )  # fmt: skip
    blank = (
        "Eligibility (5)",
        "Information sources (6)",
        "Search strategy (7)",
        "Selection process (8, 16)",
        "Registration and protocol (24)",
        "Funding (25)",
    )
    rows = [(name, Cell(text, anchor=anchor)) for name, text, anchor in covered]
    table = Table(
        "PRISMA 2020 items",
        (Column("Item"), Column("In this document", wide=True)),
        (
            *rows,
            *((name, "to be filled in by whoever chose the studies: ______") for name in blank),
        ),
        narrow="cards",
    )
    return Section("What a reviewer will ask for", (table,))


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
