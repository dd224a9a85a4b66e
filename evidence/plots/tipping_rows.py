"""What is left of a change in one arm, against what its vehicle might have done.

Nothing here is an effect of the product: every net value holds if the vehicle does so much. Beside
the axis stand what vehicles have been seen to do, and what regression to the mean does by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evidence.effects.effect import Label, weakest
from evidence.effects.labelled import log_of_percent, percent_of_log
from evidence.effects.printed import N_MISSING
from evidence.effects.standing import Standing, Tip
from evidence.effects.uncontrolled import SEEN_VEHICLE_MEANS, SeenMean
from evidence.errors import EffectError, EvidenceError
from evidence.messages import say
from evidence.plots.bands import SHAPES

TippingKind = Literal["band", "tip", "seen", "regression"]

SEEN_FOR: Mapping[str, tuple[SeenMean, ...]] = {"wrinkle_depth": SEEN_VEHICLE_MEANS}
"""Outcome family to the vehicle responses that have been seen for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TippingRow:
    """One assumed, seen or expected response without the product, in percent.

    `kind` is "band" (a point of the curve, with the net effect and its interval), "tip" (the
    response at which the net interval touches zero), "seen" (in a vehicle arm elsewhere;
    `vehicle_percent` is None where no number was printed) or "regression" (to the mean alone).
    `supposing` is what is known of the vehicle; `supported` says whether the change excludes zero
    with a vehicle that does nothing: the tipping point is then on the axis. `note` and `source`
    say where a value comes from.
    """

    kind: TippingKind
    vehicle_percent: float | None
    label: Label
    supposing: str = ""
    net_percent: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    level: float | None = None
    supported: bool | None = None
    note: str = ""
    source: str = ""


def tipping_rows(
    standing: Standing, *, seen: Sequence[SeenMean] | None = None, points: int = 61
) -> list[TippingRow]:
    """The net effect for every response of the vehicle, from none to the whole change.

    Parameters
    ----------
    standing : Standing
        From `standing`: of one arm without a control, with its tipping points.
    seen : sequence of SeenMean, optional
        Responses seen in vehicle arms; otherwise those known for this family of outcomes.
    points : int
        Points of each curve, evenly spaced.

    Returns
    -------
    list of TippingRow
        The bands in the order of `standing.tips`, each with its tipping point last; then what was
        seen, then regression to the mean.

    Raises
    ------
    EffectError
        Without tipping points: the percent, the people, a spread or the good direction are
        missing, or the study has a control.

    Notes
    -----
    ln(1 + net) = L − m with half-width h: at the tipping point the interval touches zero, so h is
    the distance of its logarithm from L.

    Examples
    --------
    >>> from evidence.effects.recover import recover
    >>> from evidence.effects.standing import standing
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> treated = ArmResult(pct_change=Reported(text="-20"), n=Reported(text="50"))
    >>> one = Outcome(id="1", name="wrinkle depth", family="wrinkle_depth", treated=treated)
    >>> found = recover(Study(id="serum", outcomes=(one,)), one)
    >>> rows = tipping_rows(standing(found, better="lower"))
    >>> [(row.supposing, round(row.vehicle_percent, 1)) for row in rows if row.kind == "tip"]
    [('known exactly', -12.7), ('from an arm of the same size', -9.6),
     ('varying between trials as vehicles do', -7.4)]
    """
    if not standing.tips or standing.nets is None:
        raise EffectError(
            f"no tipping point to draw: {_why_none(standing)}.", study=standing.recovered.study
        )
    if points < 2:
        raise EvidenceError("a curve needs at least two points.")
    if len(standing.tips) > len(SHAPES):
        raise EvidenceError(f"at most {len(SHAPES)} suppositions can be drawn.")
    level = standing.nets.rows[0].level
    rows: list[TippingRow] = []
    for tip in standing.tips:
        observed = tip.point.tipping_point_percent
        responses = [observed * i / (points - 1) for i in range(points)]
        rows += [_net(tip, "band", percent, level) for percent in responses]
        rows.append(_net(tip, "tip", tip.point.tipping_ci_percent, level))
    known = SEEN_FOR.get(standing.recovered.prior.family, ()) if seen is None else seen
    rows += [
        TippingRow(
            kind="seen",
            vehicle_percent=one.percent,
            label="reported",
            note=say(
                "{outcome}, {weeks} weeks: {said}",
                outcome=one.outcome,
                weeks=one.weeks,
                said=one.said,
            ),
            source=one.source,
        )
        for one in known
    ]
    return [*rows, *_regression(standing)]


def _why_none(standing: Standing) -> str:
    found = standing.recovered
    if found.percent is None:
        return found.effect.reason or "no percent change is printed"
    if found.n is None:
        return N_MISSING
    if found.effect.vi is not None:
        return "its error follows from what is printed, and only an assumed one is tipped here"
    if found.assumed is None:
        return "its spread is neither printed nor assumed"
    return "it takes the good direction, one arm without a control, and assumptions switched on"


def _net(tip: Tip, kind: TippingKind, vehicle: float, level: float) -> TippingRow:
    change = log_of_percent("percent", tip.point.tipping_point_percent)
    half = abs(change - log_of_percent("tipping point", tip.point.tipping_ci_percent))
    net = change - log_of_percent("vehicle", vehicle)
    return TippingRow(
        kind=kind,
        vehicle_percent=vehicle,
        label=tip.point.label,
        supposing=tip.supposing,
        net_percent=percent_of_log(net),
        ci_low=percent_of_log(net - half),
        ci_high=percent_of_log(net + half),
        level=level,
        supported=tip.point.supported,
        note=tip.point.sentence if kind == "tip" else "",
        source=tip.point.basis.rule,
    )


def _regression(standing: Standing) -> list[TippingRow]:
    """Cells of the table; imputed, as the spread in it is that of the prior."""
    table = standing.regression
    if table is None:
        return []
    upper = table.percent[0][0] < 0
    return [
        TippingRow(
            kind="regression",
            vehicle_percent=percent,
            label=weakest((table.label, "imputed")),
            note=_let_in(upper, share, r, table.cv),
            source=table.basis.source,
        )
        for share, line in zip(table.shares, table.percent, strict=True)
        for r, percent in zip(table.r, line, strict=True)
    ]


def _let_in(upper: bool, share: float, r: float, cv: float) -> str:
    values = {"share": f"{100 * share:g}", "r": f"{r:g}", "cv": f"{cv:g}"}
    if upper:
        return say("upper {share} in 100 let in, correlation {r}, CV {cv}", **values)
    return say("lower {share} in 100 let in, correlation {r}, CV {cv}", **values)
