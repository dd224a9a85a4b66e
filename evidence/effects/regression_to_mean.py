"""How far a group moves back to the mean with no product at all.

People who are let in because a reading was bad read better next time: the reading was bad partly
by chance. How much of a change that explains depends on the entry rule and on the correlation of
repeated readings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, TypeAlias, get_args

from evidence.effects.effect import Basis
from evidence.effects.labelled import (
    Labelled,
    Labels,
    basis_of,
    check_finite,
    check_people,
    check_positive,
    check_r,
)
from evidence.errors import EffectError, OptionError
from evidence.formatting import html_table, number

Select: TypeAlias = Literal["above", "below"]
"""Which side of the cut-off was let in."""

JAMES = "James (1973), Biometrics 29:121-130; Barnett, van der Pols & Dobson (2005)"
NO_PRODUCT = "readings are bivariate normal with equal means and SDs, and nothing was applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression(Labelled):
    """Expected change of the people let in, with no product.

    Expected baseline and change are in the unit of the outcome;
    `as_percent_of_selected_baseline` is None unless that baseline is positive.
    """

    expected_baseline_of_selected: float
    expected_change_from_regression: float
    as_percent_of_selected_baseline: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionTable(Labelled):
    """Percent change with no product: one row per share of people let in, one column per r."""

    cv: float
    r: tuple[float, ...]
    shares: tuple[float, ...]
    percent: tuple[tuple[float, ...], ...]

    def _repr_html_(self) -> str:
        head = ["let in", *(f"r {r:g}" for r in self.r)]
        rows = [
            [f"worst {100 * share:g} %", *(f"{number(x, 1)} %" for x in row)]
            for share, row in zip(self.shares, self.percent, strict=True)
        ]
        return html_table(head, rows, caption=f"Change with no product, CV {self.cv:g}")


def rtm_truncation(
    mean: float,
    sd: float,
    r: float,
    *,
    cutoff: float | None,
    select: Select = "above",
    readings: int = 1,
    labels: Labels | None = None,
) -> Regression:
    """Expected change of people let in beyond a cut-off of the measurement itself.

    The change is ∓σ(1 − r)C for one reading and ∓σ(1 − r)C/√(k(1 + (k − 1)r)) when entry was
    judged on the mean of k, which is then also the baseline; C is φ(z)/(1 − Φ(z)) at the cut-off.

    Parameters
    ----------
    mean, sd : float
        Of single readings in the population that was screened.
    r : float
        Correlation of two readings of one person.
    cutoff : float or None
        Entry limit; None when no severity was asked for, and nothing is expected.
    select : {"above", "below"}
        Which side was let in.
    readings : int
        Readings whose mean decided.
    labels : mapping, optional
        Labels of arguments that are not printed.

    Raises
    ------
    EffectError
        For an SD that is not positive, |r| > 1, or less than one reading.

    References
    ----------
    James (1973), Biometrics 29:121–130.
    Barnett, van der Pols & Dobson (2005), Int J Epidemiol 34:215–220.
    https://doi.org/10.1093/ije/dyh299

    Examples
    --------
    >>> found = rtm_truncation(3.0, 1.5, 0.6, cutoff=3.5)
    >>> found.expected_baseline_of_selected, found.as_percent_of_selected_baseline
    (4.53, -13.5)
    """
    sign = _side(select)
    check_finite(mean=mean, cutoff=cutoff)
    check_positive("without spread nothing regresses", sd=sd)
    check_r(r=r)
    check_people(1, readings=readings)
    of_mean = sd**2 * (1 + (readings - 1) * r) / readings
    if of_mean <= 0:
        raise EffectError(f"{readings} readings cannot all correlate at {r:g}.")
    spread = math.sqrt(of_mean)
    c = 0.0 if cutoff is None else _hazard(sign * (cutoff - mean) / spread)
    inputs = {"mean": mean, "sd": sd, "r": r, "cutoff": cutoff, "readings": readings}
    return _regression(
        mean + sign * spread * c,
        -sign * sd * (1 - r) * c / math.sqrt(readings * (1 + (readings - 1) * r)),
        basis_of("rtm_truncation", JAMES, inputs, labels, assumptions=(NO_PRODUCT,)),
    )


def rtm_other_variable(
    mean: float,
    sd: float,
    *,
    entry_z: float | None,
    r_entry_baseline: float,
    r_entry_followup: float,
    select: Select = "above",
    labels: Labels | None = None,
) -> Regression:
    """Expected change when another variable decided who was let in.

    The change is ∓σC (corr(E, baseline) − corr(E, follow-up)): often small, but not zero.

    Parameters
    ----------
    mean, sd : float
        Of the outcome in the population that was screened.
    entry_z : float or None
        Entry limit in SDs of the entry variable from its mean; None when there was none.
    r_entry_baseline, r_entry_followup : float
        Correlations of the entry variable with the outcome at both times.
    select : {"above", "below"}
        Which side of the entry variable was let in.
    labels : mapping, optional
        Labels of arguments that are not printed.

    Raises
    ------
    EffectError
        For an SD that is not positive or a correlation outside −1 to 1.

    References
    ----------
    James (1973), Biometrics 29:121–130.

    Examples
    --------
    >>> rtm_other_variable(
    ...     3.0, 1.5, entry_z=0, r_entry_baseline=0.6, r_entry_followup=0.5
    ... ).expected_change_from_regression
    -0.12
    """
    sign = _side(select)
    check_finite(mean=mean, entry_z=entry_z)
    check_positive("without spread nothing regresses", sd=sd)
    check_r(r_entry_baseline=r_entry_baseline, r_entry_followup=r_entry_followup)
    c = 0.0 if entry_z is None else _hazard(sign * entry_z)
    inputs = {
        "mean": mean, "sd": sd, "entry_z": entry_z,
        "r_entry_baseline": r_entry_baseline, "r_entry_followup": r_entry_followup,
    }  # fmt: skip
    return _regression(
        mean + sign * sd * c * r_entry_baseline,
        -sign * sd * c * (r_entry_baseline - r_entry_followup),
        basis_of("rtm_other_variable", JAMES, inputs, labels, assumptions=(NO_PRODUCT,)),
    )


def rtm_from_selected_mean(
    mean: float, selected_mean: float, r: float, *, labels: Labels | None = None
) -> Regression:
    """Expected change when the baseline of the selected people is known, and no cut-off.

    The follow-up to expect with no product is μ + r(x̄ − μ).

    Parameters
    ----------
    mean, selected_mean : float
        Of the population that was screened, and of the people let in.
    r : float
        Correlation of two readings of one person.
    labels : mapping, optional
        Labels of arguments that are not printed.

    Examples
    --------
    >>> rtm_from_selected_mean(3.0, 4.53, 0.6).expected_change_from_regression
    -0.61
    """
    check_finite(mean=mean, selected_mean=selected_mean)
    check_r(r=r)
    inputs = {"mean": mean, "selected_mean": selected_mean, "r": r}
    return _regression(
        selected_mean,
        -(1 - r) * (selected_mean - mean),
        basis_of("rtm_from_selected_mean", JAMES, inputs, labels, assumptions=(NO_PRODUCT,)),
    )


def rtm_table(
    cv: float,
    *,
    r: Iterable[float] = (0.5, 0.7, 0.9),
    shares: Iterable[float] = (0.5, 0.25, 0.16),
    select: Select = "above",
    labels: Labels | None = None,
) -> RegressionTable:
    """Percent change with no product, by how hard people were selected and how readings correlate.

    Parameters
    ----------
    cv : float
        SD over mean of the outcome in the population that was screened.
    r : iterable of float
        Correlations of two readings, the columns.
    shares : iterable of float
        Shares of the population let in, the rows: .5 is entry beyond the median.
    select : {"above", "below"}
        Which end of the outcome was let in.
    labels : mapping, optional
        Label of `cv` when it is not printed.

    Raises
    ------
    EffectError
        For a CV that is not positive or a share outside (0, 1).

    References
    ----------
    James (1973), Biometrics 29:121–130.

    Examples
    --------
    >>> rtm_table(0.35).percent[0]
    (-10.9, -6.5, -2.2)
    """
    columns, rows = tuple(r), tuple(shares)
    if not all(0 < share < 1 for share in rows):
        raise EffectError("a share of people let in lies between 0 and 1.")
    sign = _side(select)
    limits = (1 + sign * cv * NormalDist().inv_cdf(1 - share) for share in rows)
    return RegressionTable(
        cv=cv,
        r=columns,
        shares=rows,
        percent=tuple(
            tuple(_percent(rtm_truncation(1, cv, c, cutoff=limit, select=select)) for c in columns)
            for limit in limits
        ),
        basis=basis_of("rtm_table", JAMES, {"cv": cv}, labels, assumptions=(NO_PRODUCT,)),
    )


def _regression(baseline: float, change: float, basis: Basis) -> Regression:
    return Regression(
        expected_baseline_of_selected=baseline,
        expected_change_from_regression=change,
        as_percent_of_selected_baseline=100 * change / baseline if baseline > 0 else None,
        basis=basis,
    )


def _percent(regression: Regression) -> float:
    percent = regression.as_percent_of_selected_baseline
    if percent is None:
        raise EffectError("the people let in have a baseline of zero or below: no percent of it.")
    return percent


def _side(select: Select) -> int:
    if select not in get_args(Select):
        raise OptionError("select", select, get_args(Select))
    return 1 if select == "above" else -1


def _hazard(z: float) -> float:
    """φ(z)/(1 − Φ(z)): how far beyond the mean a normal lies on average beyond z."""
    if z < 25:  # erfc is accurate to the last digits until it underflows
        return math.sqrt(2 / math.pi) * math.exp(-z * z / 2) / math.erfc(z / math.sqrt(2))
    from scipy.special import erfcx

    return math.sqrt(2 / math.pi) / float(erfcx(z / math.sqrt(2)))
