"""A document with every block, every drawing and hostile text: built for looking and for tests."""

from __future__ import annotations

from evidence.appraisal.assess import assess
from evidence.ingest.from_flags import Flags, study_from_flags
from evidence.plots.contrast import contrast_rows, contrast_svg
from evidence.plots.evidence_map import evidence_map_rows, evidence_map_svg
from evidence.plots.forest import forest_rows, forest_svg
from evidence.plots.lanes import SLIM
from evidence.plots.probability import probability_rows, probability_svg
from evidence.plots.score_strip import score_strip_rows, score_strip_svg
from evidence.plots.waterfall import waterfall_rows, waterfall_svg
from evidence.report.document import (
    Badge,
    Bullets,
    Callout,
    Cell,
    CodeBlock,
    Column,
    Details,
    Document,
    Figure,
    KeyValues,
    Links,
    Paragraph,
    Reference,
    References,
    Section,
    Span,
    Table,
    WhatIf,
    csv_data,
    json_data,
    rows_table,
)
from evidence.report.what_if import what_if_blocks

HOSTILE = "<script>alert('x')</script>"
BREAKOUT = "\"><img src=x onerror=alert(1)>'</title></style>"
FORMULA = "=cmd|' /C calc'!A0"
LONG = "Hexapeptidoylpalmitoyldimethylaminohydroxypropyl" * 3
ARABIC = "يقلل مظهر التجاعيد بنسبة ٢٠٪ خلال أربعة أسابيع"
HEBREW = "מפחית קמטים"
CJK = (
    "四週間の使用で目もとのしわの深さが二十パーセント減少し、"
    "肌のうるおいと弾力が続くことが確認されました"
)


def figures() -> dict[str, Figure]:
    """One figure of each kind, each wide and narrow."""
    return {
        "forest": forest_figure(),
        "ratio": ratio_figure(),
        "waterfall": waterfall_figure(),
        "probability": probability_figure(),
        "contrast": contrast_figure(),
        "map": map_figure(),
        "strip": strip_figure(),
    }


def forest_figure() -> Figure:
    rows = forest_rows(
        [
            {
                "label": "Kafi 2007",
                "estimate": 0.81,
                "ci_low": 0.32,
                "ci_high": 1.30,
                "weight": 31.2,
                "detail": "36 people",
                "basis": "derived: SD from p value",
            },
            {
                "label": "Bellemère and colleagues 2009, retinol 0.2 % with hyaluronic acid",
                "estimate": 0.22,
                "ci_low": -0.35,
                "ci_high": 0.79,
                "weight": 24.0,
                "detail": "48 people",
                "basis": "reported",
            },
            {
                "label": "Tiny 2015",
                "estimate": 1.4,
                "ci_low": -4.1,
                "ci_high": 6.9,
                "weight": 1.1,
                "detail": "6 people",
                "basis": "bounded: p < 0.05",
            },
            {
                "label": CJK,
                "estimate": 0.44,
                "ci_low": 0.1,
                "ci_high": 0.78,
                "weight": 43.7,
                "detail": "120 people",
            },
            {"label": HOSTILE, "estimate": 1.1, "detail": "n not stated", "basis": "no dispersion"},
            {"label": ARABIC, "estimate": 0.9, "detail": "22 people"},
            {"label": "Shop page", "detail": "n not stated", "note": "direction only"},
            {"label": LONG, "note": "no magnitude printed"},
        ],
        pooled={
            "estimate": 0.47,
            "ci_low": 0.18,
            "ci_high": 0.76,
            "pi_low": -0.21,
            "pi_high": 1.15,
        },
    )
    told = {
        "title": "Wrinkle depth against vehicle",
        "desc": "Four of eight studies have an interval; together 0.47 (0.18 to 0.76).",
        "measure": "SMD",
        "favours": ("favours the vehicle", "favours the product"),
        "footer": "Heterogeneity: tau² 0.031, I² 34 %, Q 4.6 on 3 df (p = 0.206).",
    }
    return Figure(
        forest_svg(rows, **told),
        narrow=forest_svg(rows, width=SLIM, **told),
        title=told["title"],
        description=told["desc"],
        table=rows_table(
            "Rows of the forest plot",
            rows,
            {
                "label": "Study",
                "kind": "Kind",
                "estimate": "SMD",
                "ci_low": "from",
                "ci_high": "to",
                "weight": "Weight",
                "basis": "Basis",
            },
        ),
        anchor="fig-forest",
    )


def ratio_figure() -> Figure:
    rows = forest_rows(
        [
            {
                "label": "Weiss 1988",
                "estimate": 0.9,
                "ci_low": 0.3,
                "ci_high": 1.5,
                "weight": 2,
                "detail": "12/20 v 5/20",
            },
            {
                "label": "Small 1990",
                "estimate": 0.1,
                "ci_low": -3.9,
                "ci_high": 4.1,
                "weight": 0.2,
                "detail": "1/9 v 1/10",
            },
        ],
        pooled={"estimate": 0.85, "ci_low": 0.31, "ci_high": 1.4},
        log=True,
    )
    told = {
        "title": "Responders <&> risk ratio",
        "desc": "Two studies on a logarithmic axis.",
        "measure": "Risk ratio",
        "log": True,
        "favours": ("fewer improve on it", "more improve on it"),
    }
    return Figure(
        forest_svg(rows, **told),
        narrow=forest_svg(rows, width=SLIM, **told),
        title=told["title"],
        description=told["desc"],
        table=rows_table("Rows", rows, {"label": "Study", "estimate": "RR"}),
    )


COMPONENTS = [
    {"name": "no_control", "status": "known", "points_lost": 44.4},
    {"name": "selection", "status": "unreported", "points_lost": 31.3},
    {"name": "blinding", "status": "unreported", "points_lost": 5.1},
    {"name": "sampling", "status": "inherent", "points_lost": 3.8},
    {"name": "incomplete_data", "status": "unreported", "points_lost": 0.8},
]


def waterfall_figure() -> Figure:
    rows = waterfall_rows(
        COMPONENTS,
        value=14.6,
        low=12.0,
        high=32.0,
        labels={
            "no_control": "no control group",
            "selection": "free choice of what is shown",
            "blinding": "people and graders not blind",
            "sampling": "number of people",
            "incomplete_data": "people lost",
        },
    )
    told = {
        "title": "Where the points went",
        "desc": "From 100, 44 points are lost for want of a control group; 15 are left.",
    }
    return Figure(
        waterfall_svg(rows, **told),
        narrow=waterfall_svg(rows, width=SLIM, **told),
        title=told["title"],
        description=told["desc"],
        table=rows_table(
            "Points lost", rows, {"label": "Step", "kind": "Why", "points_lost": "Lost"}, digits=1
        ),
    )


def probability_figure() -> Figure:
    rows = probability_rows(mean=0.93, sd=7.07, mid=5.0, claimed=20.0)
    told = {
        "title": "How probable is an effect of a given size?",
        "desc": "Any benefit 55 %, 5 % or more 28 %, the claimed 20 % or more 0.3 %.",
        "unit": " %",
    }
    return Figure(
        probability_svg(rows, **told),
        narrow=probability_svg(rows, width=SLIM, **told),
        title=told["title"],
        description=told["desc"],
        table=rows_table(
            "Thresholds that matter",
            [row for row in rows if row.mark],
            {"mark": "Threshold", "threshold": "Value, %", "probability": "Probability"},
        ),
    )


def contrast_figure() -> Figure:
    rows = contrast_rows(
        claimed=-20,
        expected=(-0.93, -14.8, 12.9),
        basis="scenario: spread of wrinkle depth taken from other studies",
    )
    told = {
        "title": "Claimed and expected change in wrinkle depth",
        "desc": "Claimed −20 %; expected −0.9 % (−14.8 to +12.9).",
        "unit": " %",
        "benefit": "lower",
        "axis_label": "change in wrinkle depth (%)",
    }
    return Figure(
        contrast_svg(rows, **told),
        narrow=contrast_svg(rows, width=SLIM, **told),
        title=told["title"],
        description=told["desc"],
        table=rows_table(
            "Effects", rows, {"label": "What", "estimate": "%", "ci_low": "from", "ci_high": "to"}
        ),
    )


def map_figure() -> Figure:
    families = [
        "wrinkle grade",
        "wrinkle depth",
        "roughness",
        "photodamage",
        "elasticity",
        "collagen density",
        "hydration",
        "transepidermal water loss",
        "pigmentation",
    ]
    ingredients = [
        "peptides",
        "retinoids",
        "oral collagen",
        "niacinamide",
        "vitamin C",
        "hyaluronic acid (several weights)",
    ]
    entries = [
        {
            "ingredient": name,
            "family": family,
            "study": f"{i}-{j}-{s}",
            "reliability": None if (i + j) % 5 == 4 else (i * 17 + j * 23 + s * 7) % 79,
        }
        for i, name in enumerate(ingredients)
        for j, family in enumerate(families)
        for s in range((i * 3 + j * 5) % 4)
    ]
    rows = evidence_map_rows(entries, ingredients=ingredients, families=families)
    told = {"title": "What has been studied", "desc": "Peptides and retinoids have most studies."}
    return Figure(
        evidence_map_svg(rows, families=families, **told),
        title=told["title"],
        description=told["desc"],
        table=rows_table(
            "Studies and best score",
            rows,
            {"ingredient": "Ingredient", "family": "Outcome", "studies": "Studies", "best": "Best"},
            digits=0,
        ),
    )


def strip_figure() -> Figure:
    rows = score_strip_rows(
        [
            {"label": "Kafi 2007", "value": 42.2, "low": 21, "high": 60},
            {"label": "Brand survey", "value": 4.9, "low": 2, "high": 11},
            {"label": "Instrument study, n = 50", "value": 14.6, "low": 12, "high": 32},
            {"label": HEBREW, "value": 75.8},
            {"label": "Fibroblasts in a dish", "reason": "in vitro"},
        ]
    )
    told = {"title": "Reliability of each study", "desc": "From 5 to 76 of 100."}
    return Figure(
        score_strip_svg(rows, **told),
        narrow=score_strip_svg(rows, width=SLIM, **told),
        title=told["title"],
        description=told["desc"],
        table=rows_table("Scores", rows, {"label": "Study", "value": "Score"}, digits=1),
    )


def overview() -> Table:
    kinds = ("negative", "unknown", "caution", "positive", "neutral")
    words = ("not supported", "cannot be judged", "in doubt", "supported", "not a claim")
    claims = [
        "Reduces the depth of crow's-feet by 20 % in four weeks (50 women)",
        "Niacin-based complex evens the tone of ageing skin",
        HOSTILE,
        ARABIC,
        CJK,
        FORMULA,
        LONG,
        "Effects of in-office procedures can be maintained at home when the whole regimen is used "
        "morning and evening for at least twelve weeks",
    ]
    rows = tuple(
        (
            Cell(f"Z{i:02d}", anchor="claim-z01" if i == 1 else "", sort=i),
            claim,
            Cell(words[i % 5], badge=kinds[i % 5]),
            Cell("–" if i % 3 == 2 else str(40 - i * 3), sort=None if i % 3 == 2 else 40.0 - i * 3),
            "no study of this product or its active was found" if i % 2 else "2 studies",
        )
        for i, claim in enumerate(claims, 1)
    )
    return Table(
        "All claims",
        (
            Column("Claim no."),
            Column("Claim, in short"),
            Column("Verdict", "badge"),
            Column("Score", "number", title="reliability of the best study, 0 to 100"),
            Column("Rests on"),
        ),
        rows,
        filterable=True,
        narrow="cards",
        note="A dash: no study could be scored.",
        anchor="overview-table",
    )


def what_if_block() -> WhatIf:
    flags = Flags(
        design="single-arm", n=["50"], change=["-20%"], outcome="wrinkle depth", kind="instrument"
    )
    study = study_from_flags(flags)
    (block,) = what_if_blocks(assess(study, study.outcomes[0]), f"Done otherwise: {HOSTILE}")
    assert isinstance(block, WhatIf)
    return block


def demo(title: str = "Reduces wrinkle depth by 20 % in four weeks") -> Document:
    """The whole document."""
    drawn = figures()
    claim = Section(
        "Reduces the depth of crow's-feet by 20 % in four weeks (50 women)",
        (
            Callout(
                "verdict",
                "Not supported as worded",
                (Paragraph("One uncontrolled study; a change of this size also occurs without."),),
            ),
            drawn["contrast"],
            drawn["waterfall"],
            drawn["probability"],
            what_if_block(),
            Details(
                "How each number was read",
                (
                    KeyValues(
                        (
                            ("Change from baseline", "−20 %, as printed on the page"),
                            ("People", ("50, ", Span("said of the whole study", emphasis="em"))),
                            (LONG, HOSTILE),
                        )
                    ),
                ),
            ),
        ),
        anchor="claim-z01",
        badge=Badge("not supported", "negative"),
        note="reliability 15 of 100",
    )
    return Document(
        title=title,
        subtitle="One claim of 2024, checked against 75 studies",
        verdict=(
            "The study behind this claim had no control group: ",
            Span("we do not know", emphasis="strong"),
            " whether the product does more than its vehicle.",
        ),
        verdict_badge=Badge("not supported", "negative"),
        status=(
            ("Certainty", "very low ⊕◯◯◯"),
            ("Expected true effect", "−0.9 % (−14.8 to +12.9)"),
            ("Studies", "1, with 50 people"),
            ("Reliability", "15 of 100 (range 12–32)"),
        ),
        date="2025-03-01",
        made_by="evidence 0.1.0",
        blocks=(
            Section(
                "Overview",
                (
                    Paragraph("What was asked, and what was found.", role="lead"),
                    Paragraph(
                        (
                            "Plain words with ",
                            Span("code", emphasis="code"),
                            ", ",
                            Span("emphasis", emphasis="em"),
                            ", a ",
                            Span("way down", anchor="studies"),
                            " and a ",
                            Span("way out", url="https://doi.org/10.1001/archderm.143.5.606"),
                            f". And {BREAKOUT}",
                        )
                    ),
                    Bullets(("first", ("second, ", Span("strong", emphasis="strong")), HOSTILE)),
                    Bullets(("one", "two"), ordered=True),
                    overview(),
                    Links(
                        (("The first claim", "claim-z01"), ("Studies", "studies")), title="Go to"
                    ),
                ),
                anchor="overview",
            ),
            Section(
                "Claims",
                (
                    claim,
                    Section(
                        HOSTILE,
                        (Paragraph(BREAKOUT), Paragraph(LONG)),
                        anchor="claim-hostile",
                        badge=Badge("cannot be judged", "unknown"),
                        collapsed=True,
                    ),
                    Section(
                        ARABIC,
                        (Paragraph(ARABIC, lang="ar"), Paragraph(HEBREW, lang="he")),
                        anchor="claim-ar",
                        badge=Badge("in doubt", "caution"),
                        note="reliability 9 of 100",
                        collapsed=True,
                        lang="ar",
                    ),
                    Section(
                        CJK,
                        (Paragraph(CJK, lang="ja"),),
                        anchor="claim-ja",
                        badge=Badge("supported", "positive"),
                        collapsed=True,
                        lang="ja",
                    ),
                ),
                anchor="claims",
            ),
            Section(
                "Studies",
                (
                    drawn["forest"],
                    drawn["ratio"],
                    drawn["strip"],
                    drawn["map"],
                    Callout("warning", "Few studies print a standard deviation"),
                    Callout("note", "Numbers keep the point", (Paragraph("As in 0.5."),)),
                    Table(
                        "A wide table",
                        tuple(Column(f"Measure {i}", "number") for i in range(14)),
                        tuple(
                            tuple(Cell(f"{r * 14 + i},000.25") for i in range(14)) for r in range(3)
                        ),
                        header=None,
                    ),
                    Badge("neutral", "neutral"),
                ),
                anchor="studies",
            ),
            Section(
                "Data and references",
                (
                    csv_data(
                        "claims.csv",
                        ("claim", "score"),
                        [[FORMULA, 14.6], [HOSTILE, None], ["-20", -20.0]],
                        description="every claim, one a line",
                    ),
                    json_data("claims.json", {"x": [1.0, float("nan"), HOSTILE]}),
                    CodeBlock(
                        "evidence report claims.csv --claims x.csv -o out.html  # </script>",
                        label="To make this report again",
                        language="sh",
                    ),
                    References(
                        (
                            Reference(
                                "Kafi et al. (2007). Arch Dermatol 143:606.",
                                url="https://doi.org/10.1001/archderm.143.5.606",
                                anchor="ref-kafi",
                            ),
                            Reference(HOSTILE),
                        )
                    ),
                ),
                anchor="data",
            ),
        ),
    )
