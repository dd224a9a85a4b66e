"""Every subset of the studies pooled: whether heterogeneity hides groups or outliers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidence import formatting as say
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.many_fits import fit_many
from evidence.kernels.regression_tau2 import TAU2
from evidence.kernels.tau2 import Tau2Method
from evidence.synthesis.effect_table import EffectSource, effect_table

MOST = 20  # effects of which all subsets are fitted: a million and some


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Gosh:
    """Pooled subsets; rows of `include` and of `frame` belong together."""

    studies: tuple[str, ...]
    tau2_method: Tau2Method
    exact: bool  # all subsets, or a random sample of them
    seed: int | None
    include: NDArray[np.bool_] = field(repr=False)  # (n, k)
    frame: pd.DataFrame = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """One row per subset: k, estimate, tau2, i2, h2, q, and one column for each study."""
        columns = pd.DataFrame(self.include, columns=list(self.studies), index=self.frame.index)
        return pd.concat([self.frame, columns], axis=1)

    def by_study(self) -> pd.DataFrame:
        """Medians of estimate and I² over subsets with and without each study."""
        rows = []
        for j in range(len(self.studies)):
            there = self.include[:, j]
            rows.append(
                {
                    f"{name}_{which}": float(self.frame.loc[mask, name].median())
                    for name in ("estimate", "i2")
                    for which, mask in (("with", there), ("without", ~there))
                }
            )
        return pd.DataFrame(rows, index=pd.Index(self.studies, name="study"))

    def summary(self) -> tuple[str, ...]:
        """How many subsets, and how far their estimates spread."""
        found = self.frame["estimate"]
        kind = "all" if self.exact else f"random (seed {self.seed})"
        low, high = float(found.quantile(0.05)), float(found.quantile(0.95))
        return (
            f"{len(found):,} {kind} subsets of {len(self.studies)} effects "
            f"[{self.tau2_method}]: median {say.number(float(found.median()))}, "
            f"5 % to 95 %: {say.interval(low, high)}",
        )

    def __repr__(self) -> str:
        return "\n".join([*self.summary(), self.by_study().round(4).to_string()])

    def _repr_html_(self) -> str:
        table = self.by_study()
        rows = [
            [str(study), *(say.number(float(value)) for value in row)]
            for study, row in zip(table.index, table.to_numpy(), strict=True)
        ]
        head = ("study", "estimate with", "without", "I² with", "without")
        return say.html_table(head, rows, caption=self.summary()[0])


def pool_subsets(
    effects: EffectSource,
    *,
    tau2: Tau2Method = "REML",
    subsets: int | None = None,
    seed: int = 1,
) -> Gosh:
    """Pool every subset of the studies, for a graphical display of study heterogeneity (GOSH).

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects and sampling variances.
    tau2 : str
        Estimator of the between-study variance; a subset of one study has none and counts as 0.
    subsets : int, optional
        So many random subsets (drawn evenly, repetitions possible) instead of all 2^k − 1. Needed
        beyond 20 effects.
    seed : int
        Of the random subsets.

    References
    ----------
    Olkin, Dahabreh & Trikalinos (2012), Res Synth Methods 3:214–223.
    https://doi.org/10.1002/jrsm.1053

    Examples
    --------
    >>> found = pool_subsets({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, tau2="EE")
    >>> found.frame["estimate"].to_list()
    [0.8, 0.3, 0.4875, 0.1, 0.3, 0.18, 0.3]
    """
    if tau2 not in TAU2:
        raise OptionError("tau2", tau2, TAU2)
    table = effect_table(effects)
    k = len(table)
    if subsets is None and k > MOST:
        raise SynthesisError(
            f"{k} effects have 2^{k} subsets; give subsets=100_000 for a random sample of them."
        )
    if subsets is not None and subsets < 1:
        raise SynthesisError(f"subsets={subsets} must be at least 1.")
    include = _all(k) if subsets is None else _random(k, subsets, seed)
    n = len(include)
    yi, vi = np.broadcast_to(table.yi, (n, k)), np.broadcast_to(table.vi, (n, k))
    keep = include.astype(np.float64)
    found = fit_many(tau2, yi, vi, np.full((k, 1), k**-0.5), keep)
    df = found.df
    if tau2 == "EE":
        with np.errstate(divide="ignore", invalid="ignore"):
            i2 = np.where(found.q > df, 100 * (found.q - df) / found.q, 0.0)
            h2 = np.where(df > 0, found.q / np.maximum(df, 1), 1.0)
    else:
        wi = keep / table.vi
        total = wi.sum(axis=1)
        removed = total - (wi * wi).sum(axis=1) / total  # tr P
        with np.errstate(divide="ignore", invalid="ignore"):
            typical = np.where(df > 0, df / removed, np.inf)
        i2 = 100 * found.tau2 / np.where(df > 0, typical + found.tau2, 1.0)
        h2 = 1 + np.where(df > 0, found.tau2 / typical, 0.0)
    frame = pd.DataFrame(
        {
            "k": include.sum(axis=1),
            "estimate": found.gamma[:, 0] * k**-0.5,
            "tau2": found.tau2,
            "i2": i2,
            "h2": h2,
            "q": found.q,
        }
    )
    return Gosh(
        studies=table.studies,
        tau2_method=tau2,
        exact=subsets is None,
        seed=None if subsets is None else seed,
        include=include,
        frame=frame,
    )


def _all(k: int) -> NDArray[np.bool_]:
    """All subsets but the empty one, counted in binary with the last study as the last digit."""
    number = np.arange(1, 2**k, dtype=np.int64)[:, None]
    return ((number >> np.arange(k - 1, -1, -1, dtype=np.int64)) & 1).astype(np.bool_)


def _random(k: int, n: int, seed: int) -> NDArray[np.bool_]:
    generator = np.random.default_rng(seed)
    drawn = generator.random((n, k)) < 0.5
    while (empty := ~drawn.any(axis=1)).any():
        drawn[empty] = generator.random((int(empty.sum()), k)) < 0.5
    return np.asarray(drawn, dtype=np.bool_)
