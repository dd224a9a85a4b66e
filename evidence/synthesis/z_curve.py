"""z-curve: how many true results hide behind the significant ones, from their z values alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import SynthesisError
from evidence.kernels.p_uniform import critical_z
from evidence.kernels.z_curve import CEILING, MEANS, fit_mixture, rates
from evidence.synthesis.effect_table import EffectSource, check_level, effect_table, is_number
from evidence.synthesis.shown import Shown

FEWEST = 10
WIDER = {"replicability": 0.03, "discovery": 0.05}
"""What Bartoš & Schimmack (2022) add to the bootstrap limits on either side."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ZCurve(Shown):
    """Rates between 0 and 1; `weights` are those of the components among significant results.

    `replicability`: chance that an exact replication of a significant study is significant in
    the same direction. `discovery`: share of all tests made that were significant. `file_drawer`:
    tests without significance per significant one. `false_discoveries`: Sorić's upper bound.
    Limits are None without resampling.
    """

    k: int
    k_significant: int
    observed_discovery: float
    replicability: float
    replicability_low: float | None
    replicability_high: float | None
    discovery: float
    discovery_low: float | None
    discovery_high: float | None
    file_drawer: float
    false_discoveries: float
    alpha: float
    level: float
    resamples: int
    seed: int | None
    weights: pd.Series[float]
    notes: tuple[str, ...]

    def heading(self) -> str:
        """The method and what it rests on."""
        return f"z-curve ({self.k_significant} of {self.k} tests significant)"

    def lines(self) -> Iterable[tuple[str, str]]:
        """Rates, observed and expected."""
        found = (self.replicability, self.replicability_low, self.replicability_high)
        yield "expected replicability", say.estimate(*found)
        found = (self.discovery, self.discovery_low, self.discovery_high)
        yield "expected discovery", say.estimate(*found)
        yield "observed discovery", say.number(self.observed_discovery)
        yield "file drawer ratio", say.number(self.file_drawer)
        yield "false discoveries, at most", say.number(self.false_discoveries)


def z_curve(
    effects: EffectSource,
    *,
    alpha: float = 0.05,
    resamples: int = 0,
    seed: int | None = None,
    level: float = 0.95,
) -> ZCurve:
    """Fit a finite mixture of folded normals to the significant z values.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` and sampling variances `vi`; z = y / √v. One test per study.
    alpha : float
        Two-tailed level at which the studies were tested.
    resamples : int
        Bootstrap samples for the limits; 0 for none. The limits are percentiles, made wider by
        0.03 (replicability) and 0.05 (discovery) on either side as their authors advise.
    seed : int, optional
        Of the resampling; needed when there is any, so that the numbers can be had again.
    level : float
        Level of the limits.

    Raises
    ------
    SynthesisError
        With fewer than 10 significant results up to z = 6, or resampling without a seed.
    ConvergenceError
        When the weights do not settle.

    Notes
    -----
    An own implementation of the published model, compared with simulations where the truth is
    known and with no other program. Results beyond z = 6 count as certain to be found.

    References
    ----------
    Brunner & Schimmack (2020), Meta-Psychology 4, MP.2018.874.
    https://doi.org/10.15626/MP.2018.874
    Bartoš & Schimmack (2022), Meta-Psychology 6, MP.2021.2720.
    https://doi.org/10.15626/MP.2021.2720

    Examples
    --------
    >>> z = [2.0, 2.1, 2.2, 2.3, 2.5, 2.6, 2.8, 3.0, 3.3, 3.9, 0.5, 1.2]
    >>> found = z_curve({"yi": z, "vi": [1.0] * 12})
    >>> found.k_significant, found.observed_discovery
    (10, 0.833)
    """
    if not is_number(alpha) or not 0 < alpha < 1:
        raise SynthesisError(f"alpha={alpha!r} is not between 0 and 1.")
    if isinstance(resamples, bool) or not isinstance(resamples, int) or resamples < 0:
        raise SynthesisError(f"resamples={resamples!r} is not a whole number of 0 or more.")
    if resamples and seed is None:
        raise SynthesisError("resampling needs seed=, so that the same numbers can be had again.")
    check_level(level)
    table = effect_table(effects)
    critical = critical_z(alpha)
    z = np.abs(table.yi / np.sqrt(table.vi))
    significant = z[z > critical]
    inside = np.sort(significant[significant < CEILING])
    if len(inside) < FEWEST:
        raise SynthesisError(
            f"{len(inside)} of {len(table)} results are significant with z below {CEILING:g}; a "
            f"z-curve needs at least {FEWEST}, and its authors advise 100 or more."
        )
    beyond = len(significant) - len(inside)
    weights = fit_mixture(inside, critical).weights
    share = np.array([beyond / len(significant)])
    discovery, replication = (float(x[0]) for x in rates(weights, share, critical))
    limits = _limits(inside, beyond, critical, resamples, seed, level)
    notes = [
        "supposes independent results and selection on significance alone; results searched for "
        "until significant pile up just above the threshold and lower both rates."
    ]
    if len(significant) < 100:
        notes.append(f"{len(significant)} significant results: the rates are hardly known.")
    return ZCurve(
        k=len(table),
        k_significant=len(significant),
        observed_discovery=len(significant) / len(table),
        replicability=replication,
        replicability_low=limits[0],
        replicability_high=limits[1],
        discovery=discovery,
        discovery_low=limits[2],
        discovery_high=limits[3],
        file_drawer=(1 - discovery) / discovery,
        false_discoveries=(1 / discovery - 1) * alpha / (1 - alpha),
        alpha=alpha,
        level=level,
        resamples=resamples,
        seed=seed,
        weights=pd.Series(weights[0], index=pd.Index(MEANS, name="mean"), name="weight"),
        notes=tuple(notes),
    )


def _limits(
    inside: Vector, beyond: int, critical: float, resamples: int, seed: int | None, level: float
) -> tuple[float | None, float | None, float | None, float | None]:
    """Percentiles of both rates over resamples of the significant results."""
    if not resamples:
        return None, None, None, None
    generator = np.random.default_rng(seed)
    n = len(inside) + beyond
    chance = np.concatenate([np.full(len(inside), 1 / n), [beyond / n]])
    drawn = generator.multinomial(n, chance, size=resamples).astype(np.float64)
    drawn = drawn[drawn[:, :-1].sum(axis=1) > 0]  # a resample beyond the ceiling has no curve
    weights = fit_mixture(inside, critical, drawn[:, :-1]).weights
    discovery, replication = rates(weights, drawn[:, -1] / n, critical)
    tail = (1 - level) / 2
    ends = []
    for rate, widen in ((replication, WIDER["replicability"]), (discovery, WIDER["discovery"])):
        low, high = np.quantile(rate, [tail, 1 - tail])
        ends += [max(0.0, float(low) - widen), min(1.0, float(high) + widen)]
    return ends[0], ends[1], ends[2], ends[3]
