"""A change without a control: what another response to the vehicle would leave of it.

A change in one arm is the sum of product, vehicle, regression to the mean, season, learning,
expectation and drop-out. Only the sum is observed. So nothing here says what the product did:
results say what it would have done *if* the vehicle did so much.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

from evidence.effects.effect import quantile
from evidence.effects.labelled import (
    Interval,
    Labelled,
    Labels,
    basis_of,
    check_better,
    check_positive,
    check_spread,
    log_of_percent,
    percent_of_log,
)
from evidence.effects.percent_scale import percent_limits
from evidence.errors import EffectError
from evidence.formatting import html_table, interval, number
from evidence.messages import say
from evidence.records.vocabulary import Better

EXTERNAL = "difference of log ratios; variance of a prediction over vehicles of other trials"
EXTERNAL_CONTROL = "external control: vehicles of other trials stand in for one that was not run"
CONDITIONAL = (
    "holds if the vehicle responds so; no allowance for selection, regression to the mean "
    "or blinding"
)
TAU_VEHICLE = 0.06
"""Provisional SD between trials of the log response to a vehicle."""
VEHICLE_PERCENTS = (0.0, -2.8, -5.0, -8.0, -12.0, -20.0)
"""Vehicle responses shown by default, for an outcome of which less is better."""


class SeenMean(NamedTuple):
    """A mean response to a vehicle in a published trial; `percent` is None when not printed."""

    outcome: str
    weeks: int
    percent: float | None
    said: str
    source: str


SEEN_VEHICLE_MEANS: tuple[SeenMean, ...] = (
    SeenMean("roughness Ra", 8, -2.8, "18.44 to 17.93, n 29, not significant",
             "unidentified trial, seen as an excerpt only"),
    SeenMean("replica roughness", 4, None, "no decrease obvious",
             "doi 10.1007/s40257-013-0009-9"),
    SeenMean("graded fine wrinkles", 24, None, "−0.08 points of 0–9",
             "JAMA Dermatology, article 412795"),
    SeenMean("wrinkles", 26, None, "not significantly changed, p .11", "PMC2774146"),
)  # fmt: skip
"""Mean responses to a vehicle that have been seen."""


class Drift(NamedTuple):
    """One thing other than the product that moves a group between two readings."""

    component: str
    known: str


DRIFT_COMPONENTS: tuple[Drift, ...] = (
    Drift("vehicle, moisturising", "what a vehicle arm would show: see the tipping point"),
    Drift("regression to the mean", "follows from the entry rule: see `rtm_table`"),
    Drift("season, time, room climate", "not identified without dates and a control"),
    Drift("learning of the measurement", "not identified without a control"),
    Drift("expectation, placebo", "not identified without blinding"),
    Drift("drop-out", "not identified without the people who left"),
)
"""What a change in one arm holds besides the product; only the sum is identified."""


ONE_ARM_CEILING = "consistent with improvement; cause not identified"
"""The most that one arm before and after can conclude, whatever its p value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetOfVehicle(Labelled):
    """What a change would leave if the vehicle did so much; never "placebo-controlled".

    `prob_net_benefit` is conditional on that vehicle: `str()` says so.
    """

    percent: float
    vehicle_percent: float
    net_percent: float
    se_ln: float
    ci_net_percent: Interval
    prob_net_benefit: float
    level: float

    def __str__(self) -> str:
        return say(
            "if the vehicle does {vehicle} %: net {net} % ({limits}), probability of benefit "
            "{benefit} under that condition",
            vehicle=number(self.vehicle_percent, 1),
            net=number(self.net_percent, 1),
            limits=interval(*self.ci_net_percent, 1),
            benefit=f"{self.prob_net_benefit:.2f}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NetTable(Labelled):
    """The net effect for several assumed responses to the vehicle."""

    rows: tuple[NetOfVehicle, ...]

    def _repr_html_(self) -> str:
        head = ["if the vehicle does", "net effect", f"{100 * self.rows[0].level:g} % interval"]
        body = [
            [f"{number(row.vehicle_percent, 1)} %", f"{number(row.net_percent, 1)} %",
             interval(*row.ci_net_percent, 1)]
            for row in self.rows
        ]  # fmt: skip
        return html_table(head, body, foot=CONDITIONAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TippingPoint(Labelled):
    """The vehicle responses that would take a change away: the whole of it, and its support.

    `tipping_ci_percent` is where the net interval touches zero. `supported` says whether the
    change excludes zero at all, in the good direction, with a vehicle that does nothing.
    """

    tipping_point_percent: float
    tipping_ci_percent: float
    fraction_of_observed_change: float | None
    supported: bool

    @property
    def sentence(self) -> str:
        """The tipping point in words."""
        if not self.supported:
            return "even a vehicle that does nothing leaves no statistical support"
        tip = number(self.tipping_ci_percent, 0)
        return say(
            "a vehicle response of {percent} % or beyond would remove statistical support",
            percent=tip,
        )

    def __str__(self) -> str:
        return self.sentence


def vehicle_subtraction(
    percent: float,
    *,
    se_ln: float,
    vehicle_percent: float,
    vehicle_se_ln: float = 0.0,
    vehicle_tau_ln: float = TAU_VEHICLE,
    better: Better,
    level: float = 0.95,
    labels: Labels | None = None,
) -> NetOfVehicle:
    """The effect net of a response to the vehicle that was seen elsewhere, or is assumed.

    Parameters
    ----------
    percent : float
        Observed percent change of the one arm, signed, above −100.
    se_ln : float
        Standard error of its log ratio.
    vehicle_percent, vehicle_se_ln : float
        Mean response to the vehicle, and its standard error on the log scale.
    vehicle_tau_ln : float
        SD of responses to vehicles between trials, on the log scale.
    better : {"lower", "higher"}
        Which direction of the outcome is good.
    level : float
        Of the interval.
    labels : mapping, optional
        Labels of arguments that are not printed. The result is imputed at best.

    Raises
    ------
    EffectError
        For a percent of −100 or below, a negative spread, or no spread at all.

    Examples
    --------
    >>> net = vehicle_subtraction(
    ...     -20, se_ln=0.05, vehicle_percent=-8, vehicle_se_ln=0.03, better="lower"
    ... )
    >>> net.net_percent, net.ci_net_percent, net.prob_net_benefit
    (-13.0, (-26.2, 2.5), 0.95)
    """
    _check_known(better)
    check_spread(se_ln=se_ln, vehicle_se_ln=vehicle_se_ln, vehicle_tau_ln=vehicle_tau_ln)
    net = log_of_percent("percent", percent) - log_of_percent("vehicle_percent", vehicle_percent)
    variance = se_ln**2 + vehicle_se_ln**2 + vehicle_tau_ln**2
    check_positive("a probability needs some spread", spread=variance)
    good = -net if better == "lower" else net
    return NetOfVehicle(
        percent=percent,
        vehicle_percent=vehicle_percent,
        net_percent=percent_of_log(net),
        se_ln=math.sqrt(variance),
        ci_net_percent=percent_limits(net, variance, level),
        prob_net_benefit=NormalDist().cdf(good / math.sqrt(variance)),
        level=level,
        basis=basis_of(
            "vehicle_subtraction",
            EXTERNAL,
            {"percent": percent, "se_ln": se_ln, "vehicle_percent": vehicle_percent,
             "vehicle_se_ln": vehicle_se_ln, "vehicle_tau_ln": vehicle_tau_ln},
            labels,
            least="imputed",
            assumptions=(EXTERNAL_CONTROL, CONDITIONAL),
        ),
    )  # fmt: skip


def net_effect_table(
    percent: float,
    *,
    se_ln: float,
    better: Better,
    vehicle_percents: Iterable[float] = VEHICLE_PERCENTS,
    vehicle_tau_ln: float = TAU_VEHICLE,
    level: float = 0.95,
    labels: Labels | None = None,
) -> NetTable:
    """The net effect for each of several assumed responses to the vehicle.

    Parameters
    ----------
    percent, se_ln, better, vehicle_tau_ln, level, labels
        As in `vehicle_subtraction`.
    vehicle_percents : iterable of float
        Assumed responses, signed. The default is for an outcome of which less is better.

    Examples
    --------
    >>> table = net_effect_table(-20, se_ln=0.0437, better="lower", vehicle_percents=[0, -8])
    >>> [row.ci_net_percent for row in table.rows]
    [(-30.8, -7.5), (-24.8, 0.6)]
    """
    assumed = tuple(vehicle_percents)
    if not assumed:
        raise EffectError("a table needs at least one response to the vehicle.")
    rows = tuple(
        vehicle_subtraction(
            percent, se_ln=se_ln, vehicle_percent=vehicle, vehicle_tau_ln=vehicle_tau_ln,
            better=better, level=level, labels=labels,
        )
        for vehicle in assumed
    )  # fmt: skip
    inputs = {"percent": percent, "se_ln": se_ln, "vehicle_tau_ln": vehicle_tau_ln}
    of_inputs = {name: label for name, label in (labels or {}).items() if name in inputs}
    return NetTable(
        rows=rows,
        basis=basis_of(
            "net_effect_table", EXTERNAL, inputs, of_inputs,
            least="imputed", assumptions=(EXTERNAL_CONTROL, CONDITIONAL),
        ),
    )  # fmt: skip


def vehicle_tipping_point(
    percent: float,
    *,
    se_ln: float,
    better: Better,
    vehicle_se_ln: float = 0.0,
    vehicle_tau_ln: float = 0.0,
    level: float = 0.95,
    labels: Labels | None = None,
) -> TippingPoint:
    """The response to a vehicle at which a change in one arm loses its support.

    Parameters
    ----------
    percent, se_ln, better, vehicle_se_ln, level, labels
        As in `vehicle_subtraction`.
    vehicle_tau_ln : float
        0 for a vehicle whose response is known; above 0 the result is imputed.

    Raises
    ------
    EffectError
        For a percent of −100 or below, or a negative spread.

    Examples
    --------
    >>> tip = vehicle_tipping_point(-20, se_ln=0.05, better="lower")
    >>> tip.tipping_ci_percent, tip.sentence
    (-11.8, 'a vehicle response of −12 % or beyond would remove statistical support')
    """
    _check_known(better)
    check_spread(se_ln=se_ln, vehicle_se_ln=vehicle_se_ln, vehicle_tau_ln=vehicle_tau_ln)
    observed = log_of_percent("percent", percent)
    half = quantile(level, None) * math.sqrt(se_ln**2 + vehicle_se_ln**2 + vehicle_tau_ln**2)
    good = -1 if better == "lower" else 1
    tip = percent_of_log(observed - good * half)
    return TippingPoint(
        tipping_point_percent=percent,
        tipping_ci_percent=tip,
        fraction_of_observed_change=tip / percent if percent else None,
        supported=good * tip > 0,
        basis=basis_of(
            "vehicle_tipping_point",
            EXTERNAL,
            {"percent": percent, "se_ln": se_ln, "vehicle_se_ln": vehicle_se_ln,
             "vehicle_tau_ln": vehicle_tau_ln},
            labels,
            least="imputed" if vehicle_tau_ln > 0 else "derived",
        ),
    )  # fmt: skip


def drift_flags(
    *, dates_stated: bool, acclimatisation_stated: bool, usual_products_stopped: bool
) -> dict[str, str]:
    """What in the conduct of a study moves readings without the product; flag and reason.

    >>> list(drift_flags(
    ...     dates_stated=False, acclimatisation_stated=True, usual_products_stopped=True
    ... ))
    ['season_uncontrolled', 'washout_baseline']
    """
    flags = {}
    if not dates_stated:
        flags["season_uncontrolled"] = (
            "no calendar dates: hydration, TEWL, elasticity and roughness move with the season"
        )
    if not acclimatisation_stated:
        flags["acclimatisation_not_stated"] = (
            "no 20 to 30 minutes in a room of about 20 °C and 40 to 60 % humidity are stated"
        )
    if usual_products_stopped:
        flags["washout_baseline"] = (
            "first readings after stopping the usual moisturiser start low: expect more of a "
            "vehicle"
        )
    return flags


def drift_together(*percents: float) -> float:
    """Percent changes that act one after another, as one; logs add.

    >>> drift_together(-5, -8), drift_together(-8, -12)
    (-12.6, -19.0)
    """
    return percent_of_log(math.fsum(log_of_percent("drift", percent) for percent in percents))


def left_by_drift(percent: float, *drifts: float) -> float:
    """What a percent change leaves once these drifts are taken off.

    >>> left_by_drift(-20, -5, -8), left_by_drift(-20, -8, -12)
    (-8.5, -1.2)
    """
    drift = math.fsum(log_of_percent("drift", one) for one in drifts)
    return percent_of_log(log_of_percent("percent", percent) - drift)


def _check_known(better: Better) -> None:
    check_better(better)
    if better not in ("lower", "higher"):
        raise EffectError("without a good direction no benefit can be spoken of.")
