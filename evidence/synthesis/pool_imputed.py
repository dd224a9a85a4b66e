"""Pooling when some standard errors are missing: drawn many times, combined by Rubin's rules.

A marked analysis, never the only one: `pool_bounded` stands beside it. Draws come from a named
prior with a fixed seed, so the same input gives the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from html import escape

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence._typing import Matrix, Vector
from evidence.effects.assumed import Rubin, rubin_combine
from evidence.effects.effect import quantile
from evidence.errors import SynthesisError
from evidence.kernels.inference import Test
from evidence.kernels.ragged import STATUS, pool_ragged
from evidence.kernels.tau2 import Tau2Method
from evidence.records.priors import Prior

FEWEST_DRAWS = 20
SEED = 20260101


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PooledImputed:
    """A pooled mean over many draws of the missing standard errors; label imputed.

    `between_share` is the part of the total variance that comes from not knowing the errors;
    `mc_error` the Monte Carlo error of the estimate.
    """

    measure: str
    k: int
    k_imputed: int
    draws: int
    seed: int
    prior: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    level: float
    df: float
    within: float
    between: float
    mc_error: float
    imputed: tuple[str, ...]

    @property
    def between_share(self) -> float:
        """Share of the variance that is due to the missing errors."""
        return (1 + 1 / self.draws) * self.between / self.se**2

    def to_frame(self) -> pd.DataFrame:
        """One row; columns named as the attributes."""
        return pd.DataFrame([{item.name: getattr(self, item.name) for item in fields(self)}])

    def summary(self) -> tuple[str, ...]:
        """The result in words."""
        mean = say.estimate(self.estimate, self.ci_low, self.ci_high)
        return (
            f"{self.measure or 'effect'} {mean}  [imputed: {self.k_imputed} of {self.k} standard "
            f"errors drawn {self.draws} times from {self.prior}, seed {self.seed}]",
            f"not knowing them makes {100 * self.between_share:.0f} % of the variance",
        )

    def __repr__(self) -> str:
        return "\n".join(self.summary())

    def _repr_html_(self) -> str:
        lines = "".join(f"<div>{escape(line)}</div>" for line in self.summary())
        return f'<div style="border-left:3px dotted currentColor;padding-left:.7em">{lines}</div>'


def pool_imputed(
    effects: pd.DataFrame,
    prior: Prior,
    *,
    draws: int = 200,
    seed: int = SEED,
    tau2: Tau2Method = "REML",
    test: Test = "HKSJ",
    level: float = 0.95,
    measure: str = "",
) -> PooledImputed:
    """Pool log ratios of which some have no standard error.

    For every missing one ln c and atanh r are drawn from the prior, se² = 2c²(1 − r)/n for a
    change in one group (column `n`) or c²(1/n1 + 1/n2) for two groups (columns `n1`, `n2`). Each
    draw is pooled; Rubin's rules combine them.

    Parameters
    ----------
    effects : DataFrame
        Columns `yi` (log ratios), `vi` (NaN where missing), `n` or `n1` and `n2`, and optionally
        `study`.
    prior : Prior
        From `evidence.records.priors.prior_of`; it must have a coefficient of variation.
    draws : int
        At least 20.
    seed : int
        Of the generator.

    Raises
    ------
    SynthesisError
        When a column is missing, people are not stated for a row without `vi`, the prior has no
        coefficient of variation, or fewer than 20 draws are asked for.

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys.
    https://doi.org/10.1002/9780470316696

    Examples
    --------
    >>> from evidence.records.priors import prior_of
    >>> frame = pd.DataFrame({"yi": [-0.22, -0.10, -0.15], "vi": [np.nan, 0.0009, 0.0016],
    ...     "n": [50, 40, 36]})
    >>> found = pool_imputed(frame, prior_of("wrinkle_depth"), test="z")
    >>> found.k_imputed, found.between_share < 0.5
    (1, True)
    """
    if draws < FEWEST_DRAWS:
        raise SynthesisError(f"{draws} draws are too few; it takes {FEWEST_DRAWS}.")
    if prior.cv_median is None or prior.cv_log_sd is None:
        raise SynthesisError(f"the prior {prior.id} holds no coefficient of variation.")
    yi, vi, names = _columns(effects)
    missing = np.isnan(vi)
    filled = np.tile(vi, (draws, 1))
    filled[:, missing] = _drawn(effects, missing, names, prior, draws, seed)
    k = len(yi)
    found = pool_ragged(
        np.tile(yi, draws),
        filled.ravel(),
        np.arange(0, draws * k + 1, k),
        tau2=tau2,
        test=test,
        level=level,
        engine="numpy",
    )
    if (bad := found.status[found.status != 0]).size:
        raise SynthesisError(f"the effects cannot be pooled: {STATUS[int(bad[0])]}.")
    combined = rubin_combine(found.estimate.tolist(), np.square(found.se).tolist(), level=level)
    se = float(np.sqrt(combined.total_variance))
    df = _df(combined, None if test == "z" or k < 2 else k - 1)
    half = quantile(level, None if np.isinf(df) else df) * se
    return PooledImputed(
        measure=measure,
        k=k,
        k_imputed=int(missing.sum()),
        draws=draws,
        seed=seed,
        prior=prior.id,
        estimate=combined.estimate,
        se=se,
        ci_low=combined.estimate - half,
        ci_high=combined.estimate + half,
        level=level,
        df=df,
        within=combined.within,
        between=combined.between,
        mc_error=float(np.sqrt(combined.between / draws)),
        imputed=tuple(name for name, gone in zip(names, missing, strict=True) if gone),
    )


def _columns(effects: pd.DataFrame) -> tuple[Vector, Vector, list[str]]:
    for name in ("yi", "vi"):
        if name not in effects:
            raise SynthesisError(f"imputed pooling needs a column {name!r}.")
    yi, vi = effects["yi"].to_numpy(dtype=float), effects["vi"].to_numpy(dtype=float)
    names = [str(x) for x in effects.get("study", pd.Series(range(1, len(effects) + 1)))]
    if not len(yi) or not np.isfinite(yi).all():
        raise SynthesisError("every effect must be a number; leave out the rows without one.")
    return yi, vi, names


def _drawn(
    effects: pd.DataFrame, missing: np.ndarray, names: list[str], prior: Prior, draws: int,
    seed: int,
) -> Matrix:  # fmt: skip
    """Sampling variances of the rows that have none, shape (draws, missing)."""
    rows = effects[missing]
    nothing = pd.Series(np.nan, index=rows.index)
    n, n1, n2 = (
        pd.to_numeric(rows.get(name, nothing), errors="coerce").to_numpy(dtype=float)
        for name in ("n", "n1", "n2")
    )
    two = np.isfinite(n1) & np.isfinite(n2)
    if (lost := ~two & ~np.isfinite(n)).any():
        at = [name for name, gone in zip(names, missing, strict=True) if gone]
        raise SynthesisError(
            f"{at[int(np.argmax(lost))]}: the number of people is not stated, and none is assumed."
        )
    rng = np.random.default_rng(seed)
    shape = (draws, len(rows))
    log_sd, median = prior.cv_log_sd or 0.0, prior.cv_median or 0.0
    cv = median * np.exp(log_sd * rng.standard_normal(shape))
    r = np.tanh(np.arctanh(prior.r_centre) + prior.r_fisher_sd * rng.standard_normal(shape))
    with np.errstate(divide="ignore", invalid="ignore"):
        paired = 2 * cv**2 * (1 - r) / n
        groups = cv**2 * (1 / n1 + 1 / n2)
    return np.where(two, groups, paired)


def _df(combined: Rubin, complete: int | None) -> float:
    """Degrees of freedom of Barnard and Rubin (1999) where the complete data have few.

    doi 10.1093/biomet/86.4.948
    """
    if complete is None or np.isinf(combined.df):
        return combined.df if complete is None else float(complete)
    share = 1 - combined.within / combined.total_variance
    observed = (complete + 1) / (complete + 3) * complete * (1 - share)
    return 1 / (1 / combined.df + 1 / observed)
