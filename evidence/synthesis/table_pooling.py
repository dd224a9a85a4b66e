"""2x2 tables pooled by the rules of RevMan and R's meta: a common and a random-effects mean."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.binary_effects import mantel_haenszel, own_effects, without_effect
from evidence.kernels.heterogeneity import cochran_q, q_pvalue
from evidence.kernels.inference import quantile
from evidence.kernels.tau2 import TAU2, Tau2Method
from evidence.kernels.wls import trace, weighted_mean
from evidence.synthesis.count_table import CountSource, CountTable, count_table
from evidence.synthesis.effect_table import check_level, is_number
from evidence.synthesis.shown import Shown

TableMeasure: TypeAlias = Literal["OR", "RR", "RD"]
TableWeights: TypeAlias = Literal["Inverse", "MH", "Peto", "SSW"]
"""Inverse variance; Mantel–Haenszel; Peto's one step; sample sizes n₁n₂/(n₁ + n₂)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PooledTables(Shown):
    """Two means of the same tables, on the analysis scale (log for ratios).

    `studies` has one row per table: its effect `yi`, its error `sei` (infinite or missing where
    it has none) and its `weight_common` before division by the sum.
    """

    measure: TableMeasure
    weights: TableWeights
    k: int  # tables
    k_effects: int  # tables with an effect: those in Q
    estimate_common: float
    se_common: float
    ci_low_common: float
    ci_high_common: float
    estimate_random: float
    se_random: float
    ci_low_random: float
    ci_high_random: float
    level: float
    tau2: float
    tau2_method: Tau2Method
    q: float
    q_df: int
    q_pvalue: float
    constant: float
    notes: tuple[str, ...]
    studies: pd.DataFrame = field(repr=False)

    def heading(self) -> str:
        """What the result is."""
        return f"{self.k} two-by-two tables, {self.measure}"

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What was found, as pairs of a name and its value in words."""
        common = say.estimate(self.estimate_common, self.ci_low_common, self.ci_high_common, 3)
        random = say.estimate(self.estimate_random, self.ci_low_random, self.ci_high_random, 3)
        scale = "" if self.measure == "RD" else "log "
        return (
            (f"{scale}{self.measure}, common, {self.weights}", common),
            (f"{scale}{self.measure}, random, {self.tau2_method}", random),
            ("tau²", say.number(self.tau2, 4)),
            ("Q", f"{say.number(self.q)} on {self.q_df} df, {say.pvalue(self.q_pvalue)}"),
        )


def pool_tables(
    counts: CountSource,
    *,
    measure: TableMeasure = "RR",
    weights: TableWeights = "MH",
    tau2: Tau2Method = "DL",
    constant: float = 0.5,
    level: float = 0.95,
) -> PooledTables:
    """Common and random-effects mean of 2x2 tables.

    The constant goes into every cell of a table with a zero, for its own effect and for the
    Mantel–Haenszel sums (Peto's odds ratio needs none). Tables without events in both arms have
    no ratio; they are left out, except that sample-size weights, which do not look at the
    outcome, make the error infinite rather than ignore them. With Mantel–Haenszel weights and
    tau2="DL", Q and τ² are taken about the Mantel–Haenszel mean, as in RevMan.
    `pool_mantel_haenszel` and `pool_peto` add nothing and give the tests of association.

    Parameters
    ----------
    counts : DataFrame or mapping
        `ai bi ci di` (events and others of the first group, then of the second) or
        `ai n1i ci n2i`; optionally `study`.
    measure : {"OR", "RR", "RD"}
        What is pooled; ratios on the log scale.
    weights : {"Inverse", "MH", "Peto", "SSW"}
        Weights of the common effect; Peto and SSW for the odds ratio. SSW are those of the
        random-effects mean as well.
    tau2 : str
        Estimator of the between-study variance.
    constant : float
        What zero cells get.
    level : float
        Confidence level.

    Raises
    ------
    OptionError, SynthesisError, EffectError
        When options or counts cannot be used, or no table has an effect.

    References
    ----------
    Greenland & Robins (1985), Biometrics 41:55–68. https://doi.org/10.2307/2530643
    Bakbergenuly, Hoaglin & Kulinskaya (2020), Stat Med 39:2154–2171 (SSW).
    https://doi.org/10.1002/sim.8447

    Examples
    --------
    >>> counts = {"ai": [12, 5], "n1i": [100, 50], "ci": [20, 9], "n2i": [100, 50]}
    >>> found = pool_tables(counts, measure="OR", weights="MH")
    >>> found.estimate_common, found.se_common
    (-0.6291, 0.3304)
    """
    if weights not in get_args(TableWeights):
        raise OptionError("weights", weights, get_args(TableWeights))
    if tau2 not in TAU2:
        raise OptionError("tau2", tau2, TAU2)
    if not is_number(constant) or not 0 <= constant < math.inf:
        raise OptionError("constant", constant, ("a number of at least 0",))
    check_level(level)
    table = count_table(counts, measure, get_args(TableMeasure))
    if weights in ("Peto", "SSW") and measure != "OR":
        raise SynthesisError(f"weights={weights!r} are for measure='OR', not for {measure!r}.")
    cells = _cells(table)
    yi, vi = own_effects("PETO" if weights == "Peto" else measure, cells, constant)
    own = ~np.isnan(yi)
    if not own.any():
        raise SynthesisError(
            f"no table has an {measure}: none has events in one arm and people without in the "
            "other. A risk difference can still be pooled: measure='RD'."
        )
    _refuse_infinite(table, yi, vi, own, measure)

    sizes = _sample_sizes(cells)
    ci, error = _common(measure, weights, cells, yi, vi, own, constant)
    wi = sizes if weights == "SSW" else ci
    estimate = _mean(yi, wi, own) if error is None else error[0]
    se = _sandwich(wi, vi, 0.0) if error is None else error[1]

    y, v = yi[own], vi[own]
    centre = estimate if weights == "MH" and tau2 == "DL" else None
    q, between = _heterogeneity(y, v, tau2, centre)
    if weights == "SSW":
        random, random_se = estimate, _sandwich(sizes, vi, between)
    else:
        share = 1 / (v + between)
        random, random_se = weighted_mean(y, share), float(share.sum() ** -0.5)
    z, df = quantile(level, None), len(y) - 1
    return PooledTables(
        measure=measure,
        weights=weights,
        k=len(table),
        k_effects=len(y),
        estimate_common=estimate,
        se_common=se,
        ci_low_common=estimate - z * se,
        ci_high_common=estimate + z * se,
        estimate_random=random,
        se_random=random_se,
        ci_low_random=random - z * random_se,
        ci_high_random=random + z * random_se,
        level=level,
        tau2=between,
        tau2_method=tau2,
        q=q,
        q_df=df,
        q_pvalue=q_pvalue(q, df),
        constant=constant,
        notes=(*table.notes, *_notes(table, measure, weights, constant, centre is not None)),
        studies=pd.DataFrame(
            {"yi": yi, "sei": np.sqrt(vi), "weight_common": wi},
            index=pd.Index(table.studies, name="study"),
        ),
    )


Cells: TypeAlias = tuple[Vector, Vector, Vector, Vector]
Mask: TypeAlias = NDArray[np.bool_]


def _cells(table: CountTable) -> Cells:
    a, b, c, d = table.cells
    return a, b, c, d


def _sample_sizes(cells: Cells) -> Vector:
    n1, n2 = cells[0] + cells[1], cells[2] + cells[3]
    return np.asarray(n1 * n2 / (n1 + n2), dtype=np.float64)


def _common(
    measure: str, weights: str, cells: Cells, yi: Vector, vi: Vector, own: Mask, constant: float
) -> tuple[Vector, tuple[float, float] | None]:
    """Weights of shape (k,), and estimate with error where they do not follow from them."""
    if weights == "MH":
        found = mantel_haenszel(measure, cells, constant)
        return found.weights, (found.estimate, found.se)
    wi = np.zeros(len(yi))
    wi[own] = 1 / vi[own]
    return wi, None if weights == "SSW" else (_mean(yi, wi, own), float(wi.sum() ** -0.5))


def _mean(yi: Vector, wi: Vector, own: Mask) -> float:
    return weighted_mean(yi[own], wi[own])


def _sandwich(wi: Vector, vi: Vector, tau2: float) -> float:
    """Error of a mean whose weights are not the reciprocal variances."""
    return math.sqrt(float(np.square(wi) @ (vi + tau2))) / float(wi.sum())


def _heterogeneity(
    yi: Vector, vi: Vector, method: Tau2Method, centre: float | None
) -> tuple[float, float]:
    """Q and τ²; about `centre` instead of the inverse-variance mean where it is given."""
    df = len(yi) - 1
    if centre is None:
        return cochran_q(yi, vi), TAU2[method](yi, vi) if df else 0.0
    q = float((np.square(yi - centre) / vi).sum())
    return q, max(0.0, (q - df) / trace(1 / vi)) if df else 0.0


def _refuse_infinite(table: CountTable, yi: Vector, vi: Vector, own: Mask, measure: str) -> None:
    bad = own & ~(np.isfinite(yi) & np.isfinite(vi) & (vi > 0))
    if bad.any():
        study = table.studies[int(np.flatnonzero(bad)[0])]
        raise SynthesisError(
            f"{study}: the {measure} of this table has no finite error, because a cell is zero and "
            "no constant was added; give constant=0.5, or use pool_mantel_haenszel."
        )


def _notes(
    table: CountTable, measure: str, weights: str, constant: float, about_common: bool
) -> Iterator[str]:
    cells = _cells(table)
    none = without_effect(measure, cells)
    zero = np.any([cell == 0 for cell in cells], axis=0) & ~none
    names = ", ".join(name for name, no in zip(table.studies, none, strict=True) if no)
    if names and weights == "SSW":
        yield (
            f"no events, or nothing but events, in both arms: {names}. Weights by sample size "
            "count such a table, whose effect has no finite error; leave it out and say so."
        )
    elif names:
        yield f"left out, no events or nothing but events in both arms: {names}."
    if zero.any() and constant > 0 and weights != "Peto":
        yield f"{constant:g} was added to the cells of {int(zero.sum())} tables with a zero."
    if about_common:
        yield "Q and tau² are about the Mantel–Haenszel mean."
