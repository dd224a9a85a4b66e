"""Drawings of a pooled estimate for the reader who knows them: how it grew, what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evidence.effects.names import measure_title
from evidence.errors import EvidenceError
from evidence.formatting import number, pvalue
from evidence.messages import say
from evidence.plots.baujat import baujat_rows, baujat_svg
from evidence.plots.bubble import bubble_rows, bubble_svg
from evidence.plots.cumulative import cumulative_rows, cumulative_svg
from evidence.plots.drapery import drapery_rows, drapery_svg
from evidence.plots.funnel import funnel_rows, funnel_svg
from evidence.plots.gosh import gosh_rows, gosh_svg
from evidence.plots.multiverse import multiverse_rows, multiverse_svg
from evidence.records.base import UNKNOWN
from evidence.records.reported import value_of
from evidence.report.claim_figures import drawn
from evidence.report.document import Block, Details, Figure, Paragraph
from evidence.synthesis.gosh import pool_subsets
from evidence.synthesis.multiverse import multiverse
from evidence.synthesis.pool import LOG_MEASURES
from evidence.synthesis.regression import regress
from evidence.synthesis.small_study import regression_test
from evidence.verdict.audit import ClaimAudit

FEWEST: Mapping[str, int] = {
    "cumulative": 3,
    "drapery": 3,
    "baujat": 4,
    "gosh": 4,
    "funnel": 10,
    "bubble": 10,
}
"""Studies below which a drawing says nothing; the test for small-study effects goes with the
funnel (Cochrane Handbook 13.3.5.4), a moderator needs ten studies (10.11.5.1)."""
SUBSETS = 16_384
"""Subsets drawn at most; beyond that a seeded sample, and the drawing says so."""


def pooled_figures(row: ClaimAudit) -> list[Block]:
    """The drawings that the number of studies allows, folded away; nothing without a pool.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> row = audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)["1"]
    >>> len(row.direct), pooled_figures(row)  # it takes more than two
    (2, [])
    """
    pooled = row.pooled
    if pooled is None or pooled.k < min(FEWEST.values()):
        return []
    table = _table(row)
    name = measure_title(pooled.measure)
    unit = row.pooled_from[0].unit
    shape: dict[str, Any] = {
        "measure": say("{measure}, {unit}", measure=name, unit=unit) if unit else name
    }
    log = pooled.measure in LOG_MEASURES
    blocks: list[Block] = []
    if pooled.k >= FEWEST["funnel"]:
        blocks += _funnel(row, table, shape)
    else:
        blocks.append(
            Paragraph(
                say(
                    "No funnel plot and no test for small-study effects: {n} studies, and it takes "
                    "{least}.",
                    n=pooled.k,
                    least=FEWEST["funnel"],
                )
            )
        )
    if None not in table["year"] and len(set(table["year"])) > 1:
        blocks.append(_cumulative(row, table, log, shape))
    blocks.append(_drapery(row, table, shape))
    blocks.append(_specifications(row, table, log, shape))
    weeks = table["week"]
    if pooled.k >= FEWEST["bubble"] and None not in weeks and len(set(weeks)) > 1:
        blocks.append(_bubble(row, table, shape))
    if pooled.k >= FEWEST["baujat"]:
        blocks += [_baujat(row, table), _gosh(row, table, log, shape)]
    return [Details("More drawings of the pooled estimate", tuple(blocks))]


def _table(row: ClaimAudit) -> dict[str, list[Any]]:
    """What was pooled, as columns; `year` and `week` are None where a study does not say."""
    years = {item.match.study.id: item.match.study.year for item in row.direct}
    weeks = {item.match.study.id: value_of(item.match.outcome.week) for item in row.direct}
    columns: dict[str, list[Any]] = {"study": [], "yi": [], "vi": [], "year": [], "week": []}
    for effect in row.pooled_from:
        year = years.get(effect.study, UNKNOWN)
        columns["study"].append(effect.study)
        columns["yi"].append(effect.yi)
        columns["vi"].append(effect.vi)
        columns["week"].append(weeks.get(effect.study))
        columns["year"].append(None if year is UNKNOWN else year)
    columns["measure"] = [row.pooled_from[0].measure] * len(columns["yi"])
    return columns


def _funnel(row: ClaimAudit, table: dict[str, list[Any]], shape: dict[str, Any]) -> list[Block]:
    assert row.pooled is not None  # its caller checked
    tested = regression_test(table)
    rows = funnel_rows(table, pooled=row.pooled, line=tested)
    figure = drawn(
        funnel_svg,
        rows,
        title=say("{id}: effects against their precision", id=row.claim.id),
        desc="Contour-enhanced funnel plot. Small studies missing on one side of the dashed lines, "
        "in the area of large p values, would point to results that were not published.",
        columns={"label": "Study", "estimate": "Effect", "sei": "Standard error", "band": "p"},
        table_rows=[one for one in rows if one.kind == "study"],
        digits=3,
        **shape,
    )
    said = say(
        "Egger's test for small-study effects: {p}. A small p value speaks for a relation between "
        "effect and precision, of which selective publication is one cause.",
        p=pvalue(tested.pvalue),
    )
    return [figure, Paragraph(said)]


def _cumulative(
    row: ClaimAudit, table: dict[str, list[Any]], log: bool, shape: dict[str, Any]
) -> Figure:
    assert row.pooled is not None  # its caller checked
    rows = cumulative_rows(table, "year", log=log, test=row.pooled.test)
    return drawn(
        cumulative_svg,
        rows,
        title=say("{id}: the estimate as studies were added, by year", id=row.claim.id),
        desc="Each line pools all studies up to that one.",
        columns={
            "added": "Study",
            "k": "Studies",
            "estimate": "Effect",
            "ci_low": "Lower limit",
            "ci_high": "Upper limit",
            "i2": "I², %",
        },
        **shape,
    )


def _drapery(row: ClaimAudit, table: dict[str, list[Any]], shape: dict[str, Any]) -> Figure:
    rows = drapery_rows(table, pooled=row.pooled)
    return drawn(
        drapery_svg,
        rows,
        title=say("{id}: intervals of every level", id=row.claim.id),
        desc="Drapery plot: each curve gives the two-sided p value of every size of effect; where "
        "it crosses 0.05 the 95 % interval ends.",
        columns={"label": "Curve", "p": "p", "low": "Lower limit", "high": "Upper limit"},
        table_rows=[one for one in rows if one.p in (1.0, 0.05)],
        **shape,
    )


def _baujat(row: ClaimAudit, table: dict[str, list[Any]]) -> Figure:
    rows = baujat_rows(table)
    most = max(rows, key=lambda one: one.influence)
    return drawn(
        baujat_svg,
        rows,
        title=say("{id}: what the result hangs on", id=row.claim.id),
        desc=say(
            "Baujat plot: studies to the right differ most from the others, studies at the top "
            "move the result most; {study} moves it most.",
            study=most.label,
        ),
        columns={
            "label": "Study",
            "heterogeneity": "Contribution to heterogeneity",
            "influence": "Influence",
        },
    )


def _gosh(row: ClaimAudit, table: dict[str, list[Any]], log: bool, shape: dict[str, Any]) -> Figure:
    every = 2 ** len(table["yi"]) - 1
    found = pool_subsets(table, subsets=SUBSETS if every > SUBSETS else None)
    rows = gosh_rows(found, log=log)
    estimates = [one.estimate_low for one in rows if one.estimate_low is not None]
    if not estimates:
        raise EvidenceError("no subset could be pooled.")
    return drawn(
        gosh_svg,
        rows,
        title=say("{id}: every subset of the studies", id=row.claim.id),
        desc=say(
            "GOSH plot: the pooled estimate of {n} subsets against their heterogeneity; two clouds "
            "would mean two kinds of studies. Estimates from {low} to {high}.",
            n=f"{rows[0].subsets:,}",
            low=number(min(estimates)),
            high=number(max(estimates)),
        ),
        columns={
            "kind": "Kind",
            "estimate_low": "Effect from",
            "estimate_high": "Effect to",
            "i2_low": "I² from",
            "i2_high": "I² to",
            "count": "Subsets",
        },
        table_rows=[one for one in rows if one.kind in ("estimate", "i2") and one.count],
        **shape,
    )


def _specifications(
    row: ClaimAudit, table: dict[str, list[Any]], log: bool, shape: dict[str, Any]
) -> Figure:
    assert row.pooled is not None  # its caller checked
    found = multiverse(
        {name: table[name] for name in ("study", "yi", "vi", "measure")},
        tests=(row.pooled.test, "z"),
    )
    rows = multiverse_rows(found, log=log)
    return drawn(
        multiverse_svg,
        rows,
        title=say("{id}: every defensible way to pool", id=row.claim.id),
        desc=say(
            "Specification curve: {n} analyses, by estimator, test and study left out; {same} % "
            "point the same way as the main one, {significant} % exclude no effect.",
            n=f"{found.analyses:,}",
            same=number(100 * found.share_same_sign, 0),
            significant=number(100 * found.share_significant, 0),
        ),
        columns={
            "rank": "Rank",
            "estimate": "Effect",
            "ci_low": "Lower limit",
            "ci_high": "Upper limit",
        },
        table_rows=[rows[0], *(one for one in rows if one.primary), rows[-1]],
        log=log,
        **shape,
    )


def _bubble(row: ClaimAudit, table: dict[str, list[Any]], shape: dict[str, Any]) -> Figure:
    fitted = regress(table, moderators=["week"])
    rows = bubble_rows(fitted)
    return drawn(
        bubble_svg,
        rows,
        title=say("{id}: the effect by duration of use", id=row.claim.id),
        desc="Meta-regression on the weeks of use: between studies, not within people, so other "
        "differences between the studies may be behind a slope.",
        columns={"label": "Study", "x": "Weeks", "estimate": "Effect", "weight": "Weight"},
        table_rows=[one for one in rows if one.kind == "study"],
        moderator="weeks of use",
        **shape,
    )
