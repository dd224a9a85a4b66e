"""Pooling when some standard errors are only limited: an interval of estimates, no point.

Every corner of the box of standard errors is pooled by itself. What is reported is the range of
the pooled means and the union of their intervals; no probability belongs to either.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from html import escape
from itertools import product

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence._typing import Matrix, Vector
from evidence.errors import SynthesisError
from evidence.kernels.inference import Test
from evidence.kernels.ragged import STATUS, pool_ragged
from evidence.kernels.tau2 import Tau2Method

ALL_CORNERS = 12
"""Up to this many limited errors every corner is pooled; beyond, the corners that push most."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PooledBounds:
    """Limits of a pooled mean whose standard errors are partly limited, not known.

    `estimate_low` to `estimate_high` holds the pooled mean of every corner; `narrowest` and
    `widest` are the shortest of their intervals and the union of all. `left_out` names effects
    without an upper limit, which no pool can hold. `exhaustive` says whether every corner was
    pooled.
    """

    measure: str
    k: int
    k_limited: int
    estimate_low: float
    estimate_high: float
    narrowest_low: float
    narrowest_high: float
    widest_low: float
    widest_high: float
    tau2_low: float
    tau2_high: float
    level: float
    corners: int
    exhaustive: bool
    left_out: tuple[str, ...]
    log_scale: bool = False

    @property
    def sign_decided(self) -> bool:
        """Whether the union of all intervals leaves out zero."""
        return self.widest_low > 0 or self.widest_high < 0

    def to_frame(self) -> pd.DataFrame:
        """One row; columns named as the attributes."""
        return pd.DataFrame([{item.name: getattr(self, item.name) for item in fields(self)}])

    def summary(self) -> tuple[str, ...]:
        """The result in words."""
        mean = say.interval(self.estimate_low, self.estimate_high)
        lines = [
            f"{self.measure or 'effect'} between {mean}; {100 * self.level:g} % interval at best "
            f"{say.interval(self.narrowest_low, self.narrowest_high)}, at worst "
            f"{say.interval(self.widest_low, self.widest_high)}  "
            f"[bounded: {self.k_limited} of {self.k} standard errors are only limited]"
        ]
        if not self.exhaustive:
            lines.append(f"note: {self.corners} corners of the box pooled, not all")
        if self.left_out:
            lines.append(f"note: left out, no upper limit: {', '.join(self.left_out)}")
        return tuple(lines)

    def __repr__(self) -> str:
        return "\n".join(self.summary())

    def _repr_html_(self) -> str:
        lines = "".join(f"<div>{escape(line)}</div>" for line in self.summary())
        return f'<div style="border-left:3px dashed currentColor;padding-left:.7em">{lines}</div>'


def pool_bounded(
    effects: pd.DataFrame,
    *,
    tau2: Tau2Method = "REML",
    test: Test = "HKSJ",
    level: float = 0.95,
    measure: str = "",
) -> PooledBounds:
    """Pool effects of which some have only limits of their standard error.

    Parameters
    ----------
    effects : DataFrame
        Columns `yi`, `se_low` and `se_high` on one scale (the same value twice where the error is
        known), and optionally `study`. A row without an upper limit (NaN or infinite) is left out
        and named. A lower limit of 0 is replaced by a thousandth of the upper one.
    tau2, test, level
        As for `pool`.

    Returns
    -------
    PooledBounds
        For a fixed tau² the pooled mean is monotone in every weight, so its extremes lie at
        corners. With tau² estimated they need not: the range is over the corners, and says so.

    Raises
    ------
    SynthesisError
        When a column is missing, limits are out of order, or nothing is left to pool.

    References
    ----------
    Manski (2003), Partial Identification of Probability Distributions.
    https://doi.org/10.1007/b97478

    Examples
    --------
    >>> frame = pd.DataFrame({"yi": [-0.22, -0.10, -0.15], "se_low": [0.0126, 0.03, 0.02],
    ...     "se_high": [0.1004, 0.03, 0.08]})
    >>> found = pool_bounded(frame, test="z")
    >>> round(found.estimate_low, 3), round(found.estimate_high, 3), found.sign_decided
    (-0.162, -0.114, True)
    """
    yi, low, high, left_out = _columns(effects)
    limited = np.flatnonzero(low < high)
    choices = _corners(yi, limited)
    errors = np.where(choices, high, low)
    sets, k = errors.shape
    found = pool_ragged(
        np.tile(yi, sets),
        np.square(errors).ravel(),
        np.arange(0, sets * k + 1, k),
        tau2=tau2,
        test=test,
        level=level,
        engine="numpy",
    )
    if (bad := found.status[found.status != 0]).size:
        raise SynthesisError(f"the effects cannot be pooled: {STATUS[int(bad[0])]}.")
    shortest = int(np.argmin(found.ci_high - found.ci_low))
    return PooledBounds(
        measure=measure,
        k=k,
        k_limited=len(limited),
        estimate_low=float(found.estimate.min()),
        estimate_high=float(found.estimate.max()),
        narrowest_low=float(found.ci_low[shortest]),
        narrowest_high=float(found.ci_high[shortest]),
        widest_low=float(found.ci_low.min()),
        widest_high=float(found.ci_high.max()),
        tau2_low=float(np.nanmin(found.tau2)) if k > 1 else 0.0,
        tau2_high=float(np.nanmax(found.tau2)) if k > 1 else 0.0,
        level=level,
        corners=sets,
        exhaustive=len(limited) <= ALL_CORNERS,
        left_out=left_out,
    )


def _columns(effects: pd.DataFrame) -> tuple[Vector, Vector, Vector, tuple[str, ...]]:
    for name in ("yi", "se_low", "se_high"):
        if name not in effects:
            raise SynthesisError(f"bounded pooling needs a column {name!r}.")
    yi, low, high = (effects[name].to_numpy(dtype=float) for name in ("yi", "se_low", "se_high"))
    names = [str(x) for x in effects.get("study", pd.Series(range(1, len(effects) + 1)))]
    low = np.where(np.isnan(low), 0.0, low)
    open_ended = ~np.isfinite(high) | ~np.isfinite(yi)
    left_out = tuple(name for name, out in zip(names, open_ended, strict=True) if out)
    keep = ~open_ended
    yi, low, high = yi[keep], low[keep], high[keep]
    if not len(yi):
        raise SynthesisError("no effect has an upper limit of its standard error: nothing to pool.")
    wrong = (low < 0) | (high <= 0) | (low > high)
    if wrong.any():
        bad = [n for n, kept in zip(names, keep, strict=True) if kept][int(np.argmax(wrong))]
        raise SynthesisError(f"{bad}: limits of a standard error must be in order and positive.")
    return yi, np.maximum(low, high / 1000), high, left_out


def _corners(yi: Vector, limited: np.ndarray) -> Matrix:
    """Which errors are at their upper limit, one row per corner."""
    k = len(yi)
    if len(limited) <= ALL_CORNERS:
        patterns = np.array(list(product((False, True), repeat=len(limited))), dtype=bool)
    else:
        # a mean is pushed down by trusting the low effects and doubting the high ones
        order = np.argsort(yi[limited])
        steps = np.tri(len(limited), dtype=bool)[:, np.argsort(order)]
        none = np.zeros((1, len(limited)), dtype=bool)
        patterns = np.unique(np.vstack([none, steps, ~steps]), axis=0)
    corners = np.zeros((len(patterns), k), dtype=bool)
    corners[:, limited] = patterns
    return corners
