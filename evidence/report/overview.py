"""The beginning of an audit: the answer, every claim in one table, the evidence at a glance."""

from __future__ import annotations

from collections import Counter

from evidence.formatting import interval, number, plural
from evidence.messages import capital, listed, say, say_n, sentences
from evidence.plots.evidence_map import evidence_map_rows, evidence_map_svg
from evidence.plots.lanes import SLIM
from evidence.plots.score_strip import score_strip_rows, score_strip_svg
from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.records.families import FAMILIES
from evidence.records.ingredients import CONCEPTS, concepts_in
from evidence.report.certainty_section import LEVEL_INSIDE
from evidence.report.claim_section import anchor_of
from evidence.report.document import (
    Block,
    Bullets,
    Cell,
    Column,
    Details,
    Figure,
    Paragraph,
    Section,
    Table,
    rows_table,
)
from evidence.report.wording import (
    VERDICT_BADGE,
    effect_words,
    measure_words,
    people_count,
    reliability_words,
    score_words,
)
from evidence.verdict.audit import Audit, ClaimAudit
from evidence.verdict.judge import Direction, VerdictWord, direction_of

_WORDS: dict[VerdictWord, str] = {
    "supported": "the evidence carries the claim as worded",
    "supported if reworded": "controlled studies favour the ingredient; the wording goes further",
    "not supported": "evidence exists, and it does not carry the claim",
    "contradicted": "controlled evidence points the other way",
    "no evidence offered": "nothing is offered, and nothing in the data bears on it",
    "not assessable": "advice that no result in the data could confirm or refute",
}


def with_study_data(audit: Audit) -> list[ClaimAudit]:
    """Claims that carry numbers of a study.

    >>> from evidence.verdict.cases import OWN, audit_of
    >>> len(with_study_data(audit_of("retinol lowers wrinkle depth by 20 %", **OWN)))
    1
    >>> with_study_data(audit_of("retinol lowers wrinkle depth"))
    []
    """
    return [row for row in audit if row.own is not None]


def verdict_sentence(audit: Audit) -> str:
    """The answer in two or three sentences.

    >>> from evidence.records.claim import Claim
    >>> from evidence.verdict.audit import audit
    >>> claims = [Claim(id="1", text="erases wrinkles", evidence_offered="own test"),
    ...     Claim(id="2", text="softens skin")]
    >>> verdict_sentence(audit(claims, []))
    'None of the 2 claims is supported as worded. Only 1 of them offers any evidence.'
    """
    counts = audit.counts
    own = with_study_data(audit)
    offered = sum(
        1 for row in audit if row.claim.evidence_offered.lower() not in ("", "none", "no")
    )
    supported = counts["supported"] + counts["supported if reworded"]
    heads = (
        say("None of the {n} claims is supported as worded.", n=len(audit))
        if not counts["supported"]
        else say(
            "{n} of {total} claims are supported as worded.",
            n=counts["supported"],
            total=len(audit),
        )
    )
    middle: str = say_n(
        offered, "Only {n} of them offers any evidence.", "Only {n} of them offer any evidence."
    )
    if not offered:
        middle = "None of them offers any evidence."
    scores = [row.own.reliability.value for row in own if row.own is not None]
    known = [value for value in scores if value is not None]
    if known:
        low, high = f"{min(known):.0f}", f"{max(known):.0f}"
        middle = say_n(
            offered,
            "Only {n} of them offers any evidence; the {own} that carry study data score {span} of "
            "100 for reliability.",
            "Only {n} of them offer any evidence; the {own} that carry study data score {span} of "
            "100 for reliability.",
            own=len(own),
            span=low if len(known) == 1 else say("{low} to {high}", low=low, high=high),
        )
    tail = ""
    if supported and not counts["supported"]:
        tail = say_n(
            supported,
            "{n} claim could be made of the ingredient as studied, in other words.",
            "{n} claims could be made of the ingredient as studied, in other words.",
        )
    return sentences(heads, middle, tail)


def status_lines(audit: Audit) -> list[tuple[str, str]]:
    """Counts, for the line below the answer.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> status_lines(audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL))[1:3]
    [('Supported if reworded', '1'), ('Studies in the data', '2, at least 80 people')]
    """
    counts = audit.counts
    people = sum(
        max((people_count(audit.assessments[o.id]) or 0) for o in study.outcomes)
        for study in audit.studies
        if study.outcomes
    )
    return [
        ("Claims", f"{len(audit)}"),
        *((capital(word), f"{counts[word]}") for word in _WORDS if counts[word]),
        (
            "Studies in the data",
            say("{n}, at least {people} people", n=len(audit.studies), people=f"{people:,}"),
        ),
        ("Certainty", _certainty_words(audit)),
    ]


def _certainty_words(audit: Audit) -> str:
    """How many claims have evidence of each certainty (GRADE), best design taken."""
    levels = Counter(row.certainty.level or "not rated" for row in audit if row.certainty)
    if not levels:
        return "not rated: no result in the data bears on a claim"
    total = levels.total()
    said = listed(
        (
            say("{level} for {n}", level=LEVEL_INSIDE.get(word, word), n=n)
            for word, n in levels.most_common()
        ),
        ", ",
    )
    return say_n(
        total,
        "{said} of the {n} claim that results bear on (GRADE)",
        "{said} of the {n} claims that results bear on (GRADE)",
        said=said,
    )


def plain_words(audit: Audit) -> Section:
    """Key messages for a reader without statistics.

    >>> from evidence.verdict.cases import OWN, audit_of
    >>> section = plain_words(audit_of("retinol lowers wrinkle depth by 20 %", **OWN))
    >>> print(section.blocks[0].items[2])
    1: reliability 12 of 100 (range 7–32). Of 20 % claimed, about 0 % is the best guess of the
    product's own effect (−14 to 14).
    """
    own, direct = with_study_data(audit), [row for row in audit if row.direct]
    counts = audit.counts
    pooled = [row for row in audit if row.pooled is not None]
    sources = Counter(row.claim.source for row in audit)
    lines: list[str] = [
        say(
            "{claims} from {texts} were read. For each one, this report says what it claims, what "
            "was offered in support, which real studies bear on it, and what follows.",
            claims=plural(len(audit), "claim"),
            texts=plural(len(sources), "text"),
        ),
        say(
            "{claims} can be held against at least one real result on the same ingredient and "
            "outcome; the others name no ingredient, no measurable outcome, or something that no "
            "study in the data tested.",
            claims=plural(len(direct), "claim"),
        ),
    ]
    for row in own:
        assert row.own is not None  # chosen for it
        seen, result = row.own.expected, row.own.reliability
        guess = ""
        if seen is not None:
            guess = say(
                "Of {claim} {unit} claimed, about {value} {unit} is the best guess of the "
                "product's own effect ({limits}).",
                claim=number(seen.claim, 0),
                unit=seen.unit,
                value=number(seen.estimate, 0),
                limits=interval(seen.ci_low, seen.ci_high, 0),
            )
        scored = say("{id}: reliability {score}.", id=row.claim.id, score=reliability_words(result))
        lines.append(sentences(scored, guess))
    lines.append(
        "A before-after change is not an effect: skin changes without the product too. The score "
        "counts that; a small score means that the number tells little, not that the product "
        "fails."
    )
    lines.append(
        "No pooled estimate was possible: studies print too little, or in different measures."
        if not pooled
        else say_n(
            len(pooled),
            "{n} claim could be given a pooled estimate; for the others the studies print too "
            "little, or in different measures.",
            "{n} claims could be given a pooled estimate; for the others the studies print too "
            "little, or in different measures.",
        )
    )
    if counts["contradicted"]:
        lines.append(
            say_n(
                counts["contradicted"],
                "Controlled evidence contradicts {n} claim.",
                "Controlled evidence contradicts {n} claims.",
            )
        )
    return Section("In plain words", (Bullets(tuple(lines)),), anchor="plain")


def overview_section(audit: Audit) -> Section:
    """Claims by verdict, and every claim in one table.

    >>> from evidence.verdict.cases import audit_of
    >>> audit = audit_of("retinol lowers wrinkle depth", type="efficacy")
    >>> every = overview_section(audit).blocks[1]
    >>> [cell if isinstance(cell, str) else cell.text for cell in every.rows[0][:4]]
    ['1', 'retinol lowers wrinkle depth', 'efficacy', 'no evidence offered']
    """
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
                "advice or other" if row.claim.type == "selection" else _kind(row.claim),
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


def _kind(claim: Claim) -> str:
    return "not stated" if claim.type is UNKNOWN else claim.type


def _best(row: ClaimAudit) -> float | None:
    values = [item.assessment.reliability.value for item in row.direct]
    return max((value for value in values if value is not None), default=None)


def summary_section(audit: Audit) -> Section:
    """What real results say, for the claims they bear on.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> table = summary_section(audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)).blocks[0]
    >>> table.rows[0][2], table.rows[0][3]
    ('2 (80)', '2 in favour against a control')
    """
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
        effect: str = "none with an interval"
        if row.pooled is not None:
            effect = "pooled, see the claim"
        elif spread:
            first = say(
                "{measure} {effect}",
                measure=measure_words(spread[0]),
                effect=effect_words(spread[0]),
            )
            more = len(spread) - 1
            effect = say("{first} and {n} more", first=first, n=more) if more else first
        rows.append(
            (
                Cell(row.claim.id, anchor=anchor_of(row.claim.id)),
                f"{row.claim.ingredient}: {row.claim.outcome}",
                say(
                    "{studies} ({people})",
                    studies=len(studies),
                    people=f"{people:,}" if people else "not stated",
                ),
                _tally_words(tally),
                effect,
                (row.certainty.level if row.certainty else None) or "not rated",
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
            Column("Certainty"),
            Column("Verdict", "badge"),
        ),
        tuple(rows),
        note="Results counted, not studies; people are those of the studies, where stated. Harms "
        "are not among these outcomes: see the studies.",
        narrow="cards",
    )
    return Section("Summary of findings", (table,), anchor="summary")


def _tally_words(tally: Counter[Direction]) -> str:
    shown: tuple[tuple[int, str], ...] = (
        (n := tally["in favour"], say("{n} in favour against a control", n=n)),
        (n := tally["no difference shown"], say("{n} without a difference", n=n)),
        (n := tally["against"], say("{n} against it", n=n)),
        (n := tally["uncontrolled"], say("{n} without a control", n=n)),
        (n := tally["not readable"], say("{n} not readable", n=n)),
    )
    return listed((text for count, text in shown if count), ", ")


def map_section(audit: Audit) -> Section:
    """Which ingredients were studied on which outcomes, and how reliably.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> figure = map_section(audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)).blocks[0]
    >>> [cell if isinstance(cell, str) else cell.text for cell in figure.table.rows[0][:3]]
    ['retinol', 'wrinkle depth, roughness, replica or profilometry', '2']
    """
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
                    "direction": direction_of(done)[0],
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
                evidence_map_svg(cells, title=title, desc=desc, sized=True),
                narrow=evidence_map_svg(cells, title=title, desc=desc, sized=True, width=SLIM),
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
                        "direction": "Direction",
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
                            say("{title}: the numbers", title=title),
                            rows,
                            {
                                "label": "Study",
                                "value": "Score",
                                "low": "Lower limit",
                                "high": "Upper limit",
                            },
                            digits=0,
                        ),
                    ),
                ),
            )
        )
    return Section("The evidence at a glance", tuple(blocks), anchor="map")
