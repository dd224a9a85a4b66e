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
from evidence.formatting import interval, number
from evidence.plots.contrast import contrast_rows, contrast_svg
from evidence.plots.forest import forest_rows, forest_svg
from evidence.plots.lanes import SLIM
from evidence.plots.probability import probability_rows, probability_svg
from evidence.plots.sensitivity import sensitivity_rows, sensitivity_svg
from evidence.plots.tipping import tipping_rows, tipping_svg
from evidence.plots.waterfall import waterfall_rows, waterfall_svg
from evidence.report.document import Figure, rows_table
from evidence.report.wording import design_words, people_words
from evidence.verdict.audit import ClaimAudit
from evidence.verdict.judge import Bearing

_FOREST_COLUMNS = {
    "label": "Study",
    "estimate": "Effect",
    "ci_low": "Low",
    "ci_high": "High",
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
    """Rows as a figure: drawn for a page and for a phone, with their numbers behind it."""
    return Figure(
        draw(rows, title=title, desc=desc, **shape),
        title=title,
        description=desc,
        narrow=draw(rows, title=title, desc=desc, width=SLIM, **shape),
        table=rows_table(
            f"{title}: the numbers",
            rows if table_rows is None else table_rows,
            columns,
            digits=digits,
        ),
    )


def forest_figures(row: ClaimAudit) -> list[Figure]:
    """Forests of effects between groups, one per measure, and one of bare changes."""
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
    return drawn(
        forest_svg,
        forest_rows(entries, pooled=pooled, log=first.log),
        title=f"{row.claim.id}: effects between groups, {name}",
        desc=f"{len(items)} results with an interval or a value; the line marks no effect.",
        columns=_FOREST_COLUMNS,
        log=first.log,
        measure=f"{name} {first.unit}".strip(),
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
        title=f"{row.claim.id}: changes from baseline",
        desc="Percent changes within the product's own arm. They hold whatever else changed too, "
        "so they are not effects of the product and are not pooled.",
        columns={**_FOREST_COLUMNS, "estimate": "Change, %"},
        digits=1,
        measure="Change from baseline, %",
        heads=("Study", "People", ""),
    )


def waterfall_figure(claim_id: str, result: Reliability) -> Figure:
    """From 100 down to the score, component by component."""
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
        title=f"{claim_id}: where the points went",
        desc=f"From 100 down to {result}.",
        columns={"label": "Step", "points_lost": "Points lost", "after": "Left", "note": "Why"},
        digits=1,
    )


def contrast_figure(claim_id: str, seen: ExpectedEffect) -> Figure:
    """The claimed effect beside the expected one."""
    unit = f" {seen.unit}"
    shown = f"{number(seen.estimate, 1)}{unit} ({interval(seen.ci_low, seen.ci_high, 1)})"
    return drawn(
        contrast_svg,
        contrast_rows(
            claimed=seen.claim,
            expected=(seen.estimate, seen.ci_low, seen.ci_high),
            basis="scenario" if seen.scenario else "",
        ),
        title=f"{claim_id}: claimed and expected",
        desc=f"Claimed {number(seen.claim, 1)}{unit}; expected true effect {shown}.",
        columns={
            "label": "What",
            "estimate": "Value",
            "ci_low": "Low",
            "ci_high": "High",
            "basis": "Basis",
        },
        digits=1,
        unit=unit,
        axis_label=f"improvement,{unit}",
        benefit="higher",
    )


def sensitivity_figures(claim_id: str, seen: Standing) -> list[Figure]:
    """The interval against the spread that nobody printed; the effect against the vehicle's."""
    figures = []
    found = seen.recovered
    if seen.touches_zero:
        rows = sensitivity_rows(found)
        marks = [row for row in rows if row.kind != "band"]
        at = ", ".join(f"{cv:.2f} at correlation {r:g}" for r, cv in seen.touches_zero)
        figures.append(
            drawn(
                sensitivity_svg,
                rows,
                title=f"{claim_id}: how the interval hangs on the spread that is not printed",
                desc=f"The interval reaches zero at a coefficient of variation of {at}.",
                columns={
                    "kind": "Mark",
                    "r": "Correlation",
                    "cv": "CV",
                    "ci_low": "Low",
                    "ci_high": "High",
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
                title=f"{claim_id}: what would be left if the vehicle did part of it",
                desc=seen.tips[0].point.sentence.capitalize() + ", if it were known exactly.",
                columns={
                    "kind": "Mark",
                    "supposing": "Vehicle",
                    "vehicle_percent": "Response, %",
                    "net_percent": "Net, %",
                    "ci_low": "Low",
                    "ci_high": "High",
                    "label": "Label",
                    "note": "Note",
                },
                digits=1,
                table_rows=[row for row in tips if row.kind != "band"],
            )
        )
    return figures


def probability_figure(claim_id: str, seen: ExpectedEffect) -> Figure:
    """How likely a true effect of at least each size is."""
    rows = probability_rows(
        mean=seen.estimate, sd=seen.sd_smd * seen.scale, mid=seen.mid, claimed=seen.claim
    )
    return drawn(
        probability_svg,
        rows,
        title=f"{claim_id}: how likely is an effect of at least this size",
        desc=chances(seen),
        columns={"mark": "Mark", "threshold": "At least", "probability": "Probability"},
        digits=4,
        table_rows=[point for point in rows if point.mark],
        unit=f" {seen.unit}",
    )


def chances(seen: ExpectedEffect) -> str:
    """The two probabilities in a sentence."""
    return (
        f"Chance of any benefit {seen.pr_above_zero:.2f}; of at least the claimed "
        f"{number(seen.claim, 1)} {seen.unit} {seen.pr_at_least_claim:.4f}."
    )
