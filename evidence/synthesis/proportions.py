"""Single proportions: transformed, pooled, and brought back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.heterogeneity import cochran_q, q_pvalue
from evidence.kernels.inference import quantile
from evidence.kernels.proportion_scales import SCALES, ProportionScale, clopper_pearson
from evidence.kernels.tau2 import TAU2, Tau2Method
from evidence.kernels.wls import weighted_mean
from evidence.synthesis.count_table import count_table
from evidence.synthesis.effect_table import check_level, is_number
from evidence.synthesis.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PooledProportions(Shown):
    """A pooled proportion, on the scale it was pooled on and as a share of people.

    `studies` has one row per study: `yi` and `sei` on the scale, the share with its exact
    (Clopper–Pearson) limits, and those limits on the scale.
    """

    scale: ProportionScale
    k: int
    estimate_common: float
    se_common: float
    estimate_random: float
    se_random: float
    proportion_common: float
    proportion_common_low: float
    proportion_common_high: float
    proportion_random: float
    proportion_random_low: float
    proportion_random_high: float
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
        return f"pooled proportion of {self.k} studies"

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What was found, as pairs of a name and its value in words."""
        shares = {
            "common": (
                self.proportion_common,
                self.proportion_common_low,
                self.proportion_common_high,
            ),
            f"random, {self.tau2_method}": (
                self.proportion_random,
                self.proportion_random_low,
                self.proportion_random_high,
            ),
        }
        return (
            *((f"proportion, {how}", say.estimate(*found, 3)) for how, found in shares.items()),
            ("tau² on the scale " + self.scale, say.number(self.tau2, 4)),
            ("Q", f"{say.number(self.q)} on {self.q_df} df, {say.pvalue(self.q_pvalue)}"),
        )


def pool_proportions(
    counts: pd.DataFrame | Mapping[str, Any],
    *,
    scale: ProportionScale = "PLOGIT",
    tau2: Tau2Method = "REML",
    constant: float = 0.5,
    level: float = 0.95,
) -> PooledProportions:
    """Pool single proportions on one of five scales.

    Parameters
    ----------
    counts : DataFrame or mapping
        Events `xi` among people `ni`; optionally `study`.
    scale : {"PLOGIT", "PLN", "PAS", "PFT", "PRAW"}
        Log odds, log, arcsine, double arcsine, or none.
    tau2 : str
        Estimator of the between-study variance.
    constant : float
        Added where nobody or everybody has the event; the arcsine scales need none.
    level : float
        Level of every interval.

    Returns
    -------
    PooledProportions
        The double arcsine is brought back with the harmonic mean of the numbers of people, which
        can mislead when these differ much (Schwarzer et al. 2019); the notes say so.

    Raises
    ------
    OptionError, SynthesisError, EffectError
        When options or counts cannot be used.

    References
    ----------
    Freeman & Tukey (1950), Ann Math Stat 21:607–611. https://doi.org/10.1214/aoms/1177729756
    Miller (1978), Am Stat 32:138. https://doi.org/10.1080/00031305.1978.10479283
    Schwarzer, Chemaitelly, Abu-Raddad & Rücker (2019), Res Synth Methods 10:476–483.
    https://doi.org/10.1002/jrsm.1348

    Examples
    --------
    >>> found = pool_proportions({"xi": [16, 10, 4], "ni": [17, 12, 8]}, tau2="DL")
    >>> found.proportion_random, found.proportion_random_low, found.proportion_random_high
    (0.792, 0.447, 0.947)
    """
    if scale not in SCALES:
        raise OptionError("scale", scale, get_args(ProportionScale))
    if tau2 not in TAU2:
        raise OptionError("tau2", tau2, TAU2)
    if not is_number(constant) or not 0 <= constant < math.inf:
        raise OptionError("constant", constant, ("a number of at least 0",))
    check_level(level)
    table = count_table(counts, "PLO", ("PLO",))
    x, others = table.cells
    n = x + others
    edge = (x == 0) | (others == 0)
    chosen = SCALES[scale]
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = chosen.effects(x, n, constant * edge)
        limits = clopper_pearson(x, n, level)
        on_scale = [chosen.forth(limit, n) for limit in limits]
    bad = ~(np.isfinite(yi) & np.isfinite(vi) & (vi > 0))
    if bad.any():
        raise SynthesisError(
            f"{table.studies[int(np.flatnonzero(bad)[0])]}: on the scale {scale} this proportion "
            "has no finite effect with a positive variance; give constant=0.5, or scale='PAS'."
        )
    k = len(table)
    between = TAU2[tau2](yi, vi) if k > 1 else 0.0
    q = cochran_q(yi, vi)
    people = np.array([k / float((1 / n).sum())])
    common = _mean(yi, vi, 0.0)
    random = _mean(yi, vi, between)

    def back(mean: tuple[float, float]) -> tuple[float, float, float]:
        half = quantile(level, None) * mean[1]
        mid, low, high = (
            float(chosen.back(np.array([point]), people)[0])
            for point in (mean[0], mean[0] - half, mean[0] + half)
        )
        return mid, low, high

    shares = {"common": back(common), "random": back(random)}
    return PooledProportions(
        scale=scale,
        k=k,
        estimate_common=common[0],
        se_common=common[1],
        estimate_random=random[0],
        se_random=random[1],
        proportion_common=shares["common"][0],
        proportion_common_low=shares["common"][1],
        proportion_common_high=shares["common"][2],
        proportion_random=shares["random"][0],
        proportion_random_low=shares["random"][1],
        proportion_random_high=shares["random"][2],
        level=level,
        tau2=between,
        tau2_method=tau2,
        q=q,
        q_df=k - 1,
        q_pvalue=q_pvalue(q, k - 1),
        constant=constant,
        notes=(*table.notes, *_notes(scale, n, int(edge.sum()), constant, shares["random"])),
        studies=pd.DataFrame(
            {
                "yi": yi,
                "sei": np.sqrt(vi),
                "proportion": x / n,
                "proportion_low": limits[0],
                "proportion_high": limits[1],
                "yi_low": on_scale[0],
                "yi_high": on_scale[1],
            },
            index=pd.Index(table.studies, name="study"),
        ),
    )


def _mean(yi: Vector, vi: Vector, tau2: float) -> tuple[float, float]:
    wi = 1 / (vi + tau2)
    return weighted_mean(yi, wi), float(wi.sum() ** -0.5)


def _notes(
    scale: ProportionScale, n: Vector, edges: int, constant: float, share: tuple[float, ...]
) -> Iterator[str]:
    if len(n) == 1:
        yield "one study: how much proportions differ between studies cannot be estimated."
    if edges and constant > 0 and SCALES[scale].uses_constant:
        yield f"{constant:g} was added in {edges} studies where nobody or everybody has the event."
    if scale == "PFT" and n.max() > 10 * n.min():
        yield (
            f"brought back with the harmonic mean of people, while studies have {n.min():g} to "
            f"{n.max():g}: the double arcsine can mislead here; compare scale='PLOGIT'."
        )
    if min(share) < 0 or max(share) > 1:
        yield "limits beyond 0 or 1 are as computed; scale='PLOGIT' keeps them inside."
