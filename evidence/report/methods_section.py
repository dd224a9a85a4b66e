"""How an audit was made, what it covers and what it cannot: the same in every report."""

from __future__ import annotations

from evidence.appraisal.component_table import COMPONENTS
from evidence.appraisal.components import POLICY
from evidence.appraisal.reliability import A_SCALES
from evidence.messages import say
from evidence.report.document import (
    Block,
    Bullets,
    Cell,
    Column,
    KeyValues,
    Paragraph,
    Section,
    Table,
)
from evidence.verdict.audit import Audit


def methods_section(audit: Audit, *, objectives: str, synthesis: str) -> Section:
    """Matching, verdicts, score, labels, limits, and what a reviewer will ask for.

    `objectives` and `synthesis` are the anchors at which the document answers those two.

    >>> from evidence.verdict.cases import audit_of
    >>> audit = audit_of("retinol lowers wrinkle depth")
    >>> section = methods_section(audit, objectives="overview", synthesis="summary")
    >>> [block.title for block in section.blocks[:3]]
    ['How a claim meets a study', 'How a verdict is reached', 'What the score means']
    """
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
                        "Where all controlled studies can be pooled, the interval of the pooled "
                        "estimate decides. Otherwise a favourable word needs two controlled "
                        "studies in favour, none without a difference and none against.",
                        "Of one study's results the least favourable readable one counts.",
                        "Certainty is rated by GRADE apart from the verdict, one body per kind of "
                        "design: randomised results judged with RoB 2, other controlled ones with "
                        "ROBINS-I; what is not reported counts against a body.",
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
                        ("A", say("{a}: {basis}", a=f"{scale.a:g}", basis=scale.basis)),
                        (
                            "Bias set",
                            say(
                                "{bias_set}; the range runs over the published sets and none",
                                bias_set=audit.bias_set,
                            ),
                        ),
                        (
                            "People not stated",
                            say(
                                "{n} stand in inside the score alone; no effect, interval or pool "
                                "uses an assumed number",
                                n=f"{POLICY.stand_in_n:g}",
                            ),
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
        _prisma(objectives, synthesis),
    )
    return Section("Methods and limits", sections, anchor="methods", collapsed=True)


def _prisma(objectives: str, synthesis: str) -> Section:
    covered = (
        ("Objectives (4)", "covered: the claims as typed", objectives),
        ("Data items (10)", "covered: every printed number with its place", "data"),
        ("Risk of bias in studies (11, 18)", "covered: components with their status", "studies"),
        ("Effect measures (12)", "covered: measure, label and rule per result", "studies"),
        ("Synthesis (13, 20)", "covered where two effects can be pooled; else said why not",
         synthesis),
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
