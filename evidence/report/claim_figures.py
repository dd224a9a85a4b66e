"""The figures of one claim: forests, where the points went, claimed against expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evidence.appraisal.component_table import COMPONENTS
from evidence.appraisal.expected import ExpectedEffect
from evidence.appraisal.reliability import Reliability
from evidence.effects.effect import Effect
from evidence.effects.names import measure_title
from evidence.effects.standing import Standing
from evidence.formatting import number
from evidence.messages import capital, listed, say
from evidence.plots.contrast import contrast_rows, contrast_svg
from evidence.plots.forest import forest_rows, forest_svg
from evidence.plots.forest_groups import adjusted_rows, heterogeneity_row
from evidence.plots.lanes import SLIM
from evidence.plots.probability import probability_rows, probability_svg
from evidence.plots.sensitivity import sensitivity_rows, sensitivity_svg
from evidence.plots.tipping import tipping_rows, tipping_svg
from evidence.plots.waterfall import waterfall_rows, waterfall_svg
from evidence.report.document import Figure, rows_table
from evidence.report.wording import (
    design_words,
    expected_words,
    people_words,
    reliability_words,
)
from evidence.verdict.audit import ClaimAudit
from evidence.verdict.bodies import RatedBody
from evidence.verdict.judge import Bearing

_FOREST_COLUMNS = {
    "label": "Study",
    "estimate": "Effect",
    "ci_low": "Lower limit",
    "ci_high": "Upper limit",
    "detail": "People",
    "basis": "Rests on",
}


def drawn(
    draw: Callable[..., str],
    rows: Sequence[Any],
    *,
    title: str,
    desc: str,
    columns: Mapping[str, str],
    digits: int = 2,
    table_rows: Sequence[Any] | None = None,
    **shape: object,
) -> Figure:
    """Rows as a figure: drawn for a page and for a phone, with their numbers behind it.

    >>> from evidence.plots.score_strip import score_strip_rows, score_strip_svg
    >>> rows = score_strip_rows([{"label": "Kim 2019", "value": 40, "low": 30, "high": 55}])
    >>> figure = drawn(score_strip_svg, rows, title="Scores", desc="One study.",
    ...     columns={"label": "Study", "value": "Score"}, digits=0)
    >>> figure.table.caption, figure.table.rows[0][1].text
    ('Scores: the numbers', '40')
    """
    return Figure(
        draw(rows, title=title, desc=desc, **shape),
        title=title,
        description=desc,
        narrow=draw(rows, title=title, desc=desc, width=SLIM, **shape),
        table=rows_table(
            say("{title}: the numbers", title=title),
            rows if table_rows is None else table_rows,
            columns,
            digits=digits,
        ),
    )


def forest_figures(row: ClaimAudit) -> list[Figure]:
    """Forests of effects between groups, one per measure, and one of bare changes.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> row = audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)["1"]
    >>> [figure.title for figure in forest_figures(row)]
    ['1: effects between groups, mean difference']
    """
    groups: dict[tuple[str, bool, str], list[Bearing]] = {}
    for item in row.direct:
        effect = item.assessment.effects.between
        if effect.yi is not None:
            groups.setdefault((effect.measure, effect.log, effect.unit), []).append(item)
    figures = [
        _between(row, items)
        for items in groups.values()
        if any(item.assessment.effects.between.ci_low is not None for item in items)
    ]
    changes = [item for item in row.direct if _is_percent_change(item.assessment.effects.treated)]
    return [*figures, _changes(row, changes)] if len(changes) >= 2 else figures


def _is_percent_change(effect: Effect) -> bool:
    return effect.yi is not None and effect.unit == "%"


def _entry(item: Bearing, effect: Effect, **more: object) -> dict[str, object]:
    name = item.match.outcome.name or item.match.outcome.domain
    return {
        "label": f"{item.match.study.id}: {name}".rstrip(": "),
        "estimate": effect.yi,
        "ci_low": effect.ci_low,
        "ci_high": effect.ci_high,
        "detail": people_words(item.assessment),
        "basis": effect.basis.label,
        **more,
    }


def _between(row: ClaimAudit, items: Sequence[Bearing]) -> Figure:
    first = items[0].assessment.effects.between
    pooled = row.pooled if row.pooled and row.pooled.measure == first.measure else None
    weights = {} if pooled is None else dict(pooled.weights)
    entries = [
        _entry(item, effect, weight=weights.get(item.match.study.id) if used else None)
        for item in items
        for effect in [item.assessment.effects.between]
        for used in [effect in row.pooled_from]
    ]
    name = measure_title(first.measure)
    exposure = items[0].match.outcome.design.kind == "exposure"
    better, worse = (
        ("less with the exposure", "more with the exposure")
        if exposure
        else ("favours the product", "favours the comparator")
    )
    lower = any(item.assessment.effects.between.better == "lower" for item in items)
    rows = forest_rows(entries, pooled=pooled, log=first.log)
    return drawn(
        forest_svg,
        [*rows, *([] if pooled is None else heterogeneity_row(pooled))],
        table_rows=rows,
        title=say("{id}: effects between groups, {measure}", id=row.claim.id, measure=name),
        desc=say(
            "{n} results with an interval or a value; the line marks no effect.", n=len(items)
        ),
        columns=_FOREST_COLUMNS,
        log=first.log,
        measure=say("{measure}, {unit}", measure=name, unit=first.unit) if first.unit else name,
        favours=(better, worse) if lower else (worse, better),
    )


def _changes(row: ClaimAudit, items: Sequence[Bearing]) -> Figure:
    entries = [
        _entry(item, item.assessment.effects.treated, note=design_words(item.match.outcome))
        for item in items
    ]
    return drawn(
        forest_svg,
        forest_rows(entries),
        title=say("{id}: changes from baseline", id=row.claim.id),
        desc="Percent changes within the product's own arm. They hold whatever else changed too, "
        "so they are not effects of the product and are not pooled.",
        columns={**_FOREST_COLUMNS, "estimate": "Change, %"},
        digits=1,
        measure="Change from baseline, %",
        heads=("Study", "People", ""),
    )


def adjusted_figure(claim_id: str, body: RatedBody, design: str) -> Figure | None:
    """One body before and after allowing for bias, under every set; None where neither is known.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> body = audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)["1"].bodies[0]
    >>> adjusted_figure("1", body, "randomised").title
    '1: before and after allowing for bias, randomised'
    """
    pooled, adjusted = body.certainty.pooled, body.adjusted
    if pooled is None or adjusted is None or adjusted.reason:
        return None
    rows = [*forest_rows([], pooled=pooled), *adjusted_rows(adjusted)]
    return drawn(
        forest_svg,
        rows,
        table_rows=[row for row in rows if row.kind not in ("heading", "test")],
        title=say("{id}: before and after allowing for bias, {design}", id=claim_id, design=design),
        desc="The pooled estimate as it is, and with the usual size of the flaws taken off, once "
        "for each set of published biases; positive is a benefit.",
        columns={name: label for name, label in _FOREST_COLUMNS.items() if name != "detail"},
        measure="SMD",
        favours=("favours the comparator", "favours the product"),
        heads=("Estimate", "", ""),
    )


def waterfall_figure(claim_id: str, result: Reliability) -> Figure:
    """From 100 down to the score, component by component.

    >>> from evidence.verdict.cases import case_of
    >>> case = case_of("20 % fewer wrinkles", design="single-arm", n=["50"], change=["-20%"])
    >>> figure = waterfall_figure("1", case.done.reliability)
    >>> figure.description, figure.table.rows[0][2].text
    ('From 100 down to 8 of 100 (range 5–22).', '100.0')
    """
    parts = [
        {"name": p.name, "status": p.status, "points_lost": p.points_lost, "note": p.why}
        for p in result.lost
        if p.points_lost > 0
    ]
    rows = waterfall_rows(
        parts,
        value=result.value or 0.0,
        low=result.low,
        high=result.high,
        labels={name: about.title for name, about in COMPONENTS.items()},
    )
    return drawn(
        waterfall_svg,
        rows,
        title=say("{id}: where the points went", id=claim_id),
        desc=say("From 100 down to {score}.", score=reliability_words(result)),
        columns={"label": "Step", "points_lost": "Points lost", "after": "Left", "note": "Why"},
        digits=1,
    )


def contrast_figure(claim_id: str, seen: ExpectedEffect) -> Figure:
    """The claimed effect beside the expected one.

    >>> from evidence.verdict.cases import OWN, audit_of
    >>> own = audit_of("retinol lowers wrinkle depth by 20 %", **OWN)["1"].own
    >>> contrast_figure("1", own.expected).description
    'Claimed 20.0 %; expected true effect 0.1 % (−14.0 to 14.2).'
    """
    return drawn(
        contrast_svg,
        contrast_rows(
            claimed=seen.claim,
            expected=(seen.estimate, seen.ci_low, seen.ci_high),
            basis="scenario" if seen.scenario else "",
        ),
        title=say("{id}: claimed and expected", id=claim_id),
        desc=say(
            "Claimed {value} {unit}; expected true effect {shown}.",
            value=number(seen.claim, 1),
            unit=seen.unit,
            shown=expected_words(seen),
        ),
        columns={
            "label": "What",
            "estimate": "Value",
            "ci_low": "Lower limit",
            "ci_high": "Upper limit",
            "basis": "Basis",
        },
        digits=1,
        unit=f" {seen.unit}",
        axis_label=say("improvement, {unit}", unit=seen.unit),
        benefit="higher",
    )


def sensitivity_figures(claim_id: str, seen: Standing) -> list[Figure]:
    """The interval against the spread that nobody printed; the effect against the vehicle's.

    >>> from evidence.verdict.cases import OWN, audit_of
    >>> own = audit_of("retinol lowers wrinkle depth by 20 %", **OWN)["1"].own
    >>> len(sensitivity_figures("1", own.standing))
    2
    >>> sensitivity_figures("1", own.standing)[0].title
    '1: how the interval hangs on the spread that is not printed'
    """
    figures = []
    found = seen.recovered
    if seen.touches_zero:
        rows = sensitivity_rows(found)
        marks = [row for row in rows if row.kind != "band"]
        at = listed(
            (
                say("{cv} at correlation {r}", cv=f"{cv:.2f}", r=f"{r:g}")
                for r, cv in seen.touches_zero
            ),
            ", ",
        )
        figures.append(
            drawn(
                sensitivity_svg,
                rows,
                title=say(
                    "{id}: how the interval hangs on the spread that is not printed", id=claim_id
                ),
                desc=say("The interval reaches zero at a coefficient of variation of {at}.", at=at),
                columns={
                    "kind": "Mark",
                    "r": "Correlation",
                    "cv": "CV",
                    "ci_low": "Lower limit",
                    "ci_high": "Upper limit",
                    "label": "Label",
                },
                table_rows=marks,
            )
        )
    if seen.tips:
        tips = tipping_rows(seen)
        figures.append(
            drawn(
                tipping_svg,
                tips,
                title=say("{id}: what would be left if the vehicle did part of it", id=claim_id),
                desc=say(
                    "{tip}, if it were known exactly.", tip=capital(seen.tips[0].point.sentence)
                ),
                columns={
                    "kind": "Mark",
                    "supposing": "Vehicle",
                    "vehicle_percent": "Response, %",
                    "net_percent": "Net, %",
                    "ci_low": "Lower limit",
                    "ci_high": "Upper limit",
                    "label": "Label",
                    "note": "Note",
                },
                digits=1,
                table_rows=[row for row in tips if row.kind != "band"],
            )
        )
    return figures


def probability_figure(claim_id: str, seen: ExpectedEffect) -> Figure:
    """How likely a true effect of at least each size is.

    >>> from evidence.verdict.cases import OWN, audit_of
    >>> own = audit_of("retinol lowers wrinkle depth by 20 %", **OWN)["1"].own
    >>> probability_figure("1", own.expected).title
    '1: how likely is an effect of at least this size'
    """
    rows = probability_rows(
        mean=seen.estimate, sd=seen.sd_smd * seen.scale, mid=seen.mid, claimed=seen.claim
    )
    return drawn(
        probability_svg,
        rows,
        title=say("{id}: how likely is an effect of at least this size", id=claim_id),
        desc=chances(seen),
        columns={"mark": "Mark", "threshold": "At least", "probability": "Probability"},
        digits=4,
        table_rows=[point for point in rows if point.mark],
        unit=f" {seen.unit}",
    )


def chances(seen: ExpectedEffect) -> str:
    """The two probabilities in a sentence.

    >>> from evidence.verdict.cases import OWN, audit_of
    >>> own = audit_of("retinol lowers wrinkle depth by 20 %", **OWN)["1"].own
    >>> chances(own.expected)
    'Chance of any benefit 0.50; of at least the claimed 20.0 % 0.0028.'
    """
    return say(
        "Chance of any benefit {any}; of at least the claimed {claim} {unit} {all}.",
        any=f"{seen.pr_above_zero:.2f}",
        claim=number(seen.claim, 1),
        unit=seen.unit,
        all=f"{seen.pr_at_least_claim:.4f}",
    )
