"""The study that a claim itself describes: its score, what can be said, what would raise it."""

from __future__ import annotations

from evidence.appraisal.component_table import COMPONENTS
from evidence.appraisal.reliability import A_SCALES
from evidence.formatting import interval, number
from evidence.messages import capital, say, sentence, sentences
from evidence.report.claim_figures import (
    chances,
    contrast_figure,
    probability_figure,
    sensitivity_figures,
    waterfall_figure,
)
from evidence.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Column,
    Details,
    Paragraph,
    Table,
)
from evidence.report.what_if import what_if_blocks
from evidence.report.wording import expected_words, reliability_words
from evidence.verdict.audit import ClaimAudit


def own_blocks(row: ClaimAudit) -> list[Block]:
    """The study a claim describes, taken through the score.

    >>> from evidence.verdict.cases import OWN, audit_of
    >>> own_blocks(audit_of("retinol lowers wrinkle depth by 20 %", **OWN)["1"])[0].title
    'Reliability of the study it describes: 12 of 100 (range 7–32)'
    """
    done = row.own
    if done is None:
        return []
    result = done.reliability
    if result.value is None or result.low is None or result.high is None:
        return [Callout("warning", say("Not scored: {reason}", reason=result.reason))]
    blocks: list[Block] = [
        Callout(
            "note",
            say("Reliability of the study it describes: {score}", score=reliability_words(result)),
            (
                Paragraph(
                    "About this share of what such studies report is the product's true effect; "
                    "the rest is noise, missing control, bias and selection."
                ),
            ),
        ),
        waterfall_figure(row.claim.id, result),
        _components(row),
        _raises(row),
        *what_if_blocks(done, say("{id}: had it been done otherwise", id=row.claim.id)),
        *_standing(row),
        *sensitivity_figures(row.claim.id, done.standing),
    ]
    if done.expected is not None:
        blocks += _expected(row)
    else:
        blocks.append(Paragraph(say("No expected true effect: {why}.", why=done.expected_reason)))
    why = done.probability.reason
    blocks.append(Paragraph(say("Probability of benefit: not shown; {why}.", why=why)))
    return blocks


def _standing(row: ClaimAudit) -> list[Block]:
    """What can be said of the change it claims and what not, each with its label."""
    assert row.own is not None  # its caller checked
    seen = row.own.standing
    if seen.recovered.percent is None:
        return []
    rows = [
        (Cell(name), capital(one.text), one.label)
        for name, said in (("yes", seen.said), ("no", seen.not_said))
        for one in said
    ]
    supposed = [
        (
            "hypothetical",
            say(
                "With {n} people the interval would be {widest} at worst, {narrowest} at best",
                n=one.n,
                widest=interval(*one.widest, 1),
                narrowest=interval(*one.narrowest, 1),
            ),
            "bounded",
        )
        for one in seen.supposed
    ]
    return [
        Table(
            say("{id}: what can be said of the change, and what not", id=row.claim.id),
            (Column("Can it be said?"), Column("Sentence", wide=True), Column("Label")),
            (*rows, *supposed),
            note="reported: printed; derived: algebra; bounded: an interval, no point in it "
            "preferred; imputed: under a named prior; refused: not identifiable.",
            narrow="cards",
        )
    ]


def _components(row: ClaimAudit) -> Details:
    assert row.own is not None  # its caller checked
    result = row.own.reliability
    a = A_SCALES[result.a_scale].a
    table = Table(
        say("{id}: components of the score", id=row.claim.id),
        (
            Column("Component"),
            Column("Status"),
            Column("Mean bias, SD", "number"),
            Column("Variance", "number"),
            Column("Points lost", "number"),
            Column("Why", wide=True),
            Column("Rests on", wide=True),
        ),
        tuple(
            (
                COMPONENTS[part.name].title,
                part.status,
                number(part.mean, 3),
                number(part.variance, 4),
                number(part.points_lost, 1),
                part.why,
                part.source or COMPONENTS[part.name].source,
            )
            for part in result.components
        ),
        note=say(
            "B = {b}, S² = {s2}, A = {a}: R = 100 A² / (A² + S² + B²) = {value}. "
            "Bias set {bias_set}.",
            b=number(result.b, 3),
            s2=number(result.s2, 4),
            a=f"{a:g}",
            value=number(result.value, 1),
            bias_set=result.bias_set,
        ),
        narrow="cards",
    )
    return Details("Recompute the score by hand", (table,))


def _raises(row: ClaimAudit) -> Table:
    assert row.own is not None  # its caller checked
    result = row.own.reliability
    people = result.n_for_small_sampling
    return Table(
        say("{id}: what would raise the score", id=row.claim.id),
        (
            Column("If", wide=True),
            Column("Now"),
            Column("Score", "number"),
            Column("Gain", "number"),
        ),
        tuple(
            (
                gain.fact,
                "not reported" if gain.status == "unknown" else "known not to be so",
                number(gain.value, 1),
                number(gain.gain, 1, sign=True),
            )
            for gain in result.would_raise
        ),
        note=""
        if people is None
        else say("With {n} people, chance would cost fewer than 5 points.", n=f"{people:,}"),
        narrow="cards",
    )


def _expected(row: ClaimAudit) -> list[Block]:
    assert row.own is not None  # its caller checked
    seen = row.own.expected
    assert seen is not None  # its caller checked
    assumed = dict.fromkeys((*seen.assumptions, *row.own.reliability.assumed))
    note = row.own.outcome.note
    return [
        contrast_figure(row.claim.id, seen),
        Bullets(
            (
                sentences(
                    say(
                        "Expected true effect {shown}, where positive is benefit.",
                        shown=expected_words(seen),
                    ),
                    "It is a scenario, for it assumes what the claim leaves out."
                    if assumed
                    else "",
                ),
                chances(seen),
                *(say("Assumed: {what}.", what=word) for word in assumed),
                *((sentence(note),) if note else ()),
            )
        ),
        probability_figure(row.claim.id, seen),
    ]
