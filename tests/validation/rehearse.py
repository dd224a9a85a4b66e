"""What the estimator finds when the answer is known: the same studies and flags, new effects.

Effects of analyses are drawn about zero with the spread the pooled ones have, so that the signs
have to be guessed from noisy pools as in the real data.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from cochrane import offsets_of
from estimate_bias import SEED, data_of, fit

from evidence.kernels.ragged import pool_ragged


class Rehearsal(NamedTuple):
    """Mean and SD over the rehearsals of what was found, one number per flag."""

    beta: np.ndarray
    beta_sd: np.ndarray
    kappa2: np.ndarray
    phi2: np.ndarray


def rehearse(
    results: pd.DataFrame,
    columns: tuple[str, ...],
    *,
    beta: np.ndarray,
    kappa2: np.ndarray,
    phi2: np.ndarray | None = None,
    draws: int = 200,
    seed: int = SEED,
) -> Rehearsal:
    """Plant biases in simulated effects of the same studies, and estimate them."""
    results = results.assign(analysis=pd.factorize(results["analysis"])[0])
    results = results.sort_values("analysis", kind="stable").reset_index(drop=True)
    data, offsets = data_of(results, columns), offsets_of(results)
    tau2, vi = fit(data).tau2[data.analysis], results["vi"].to_numpy()
    seen = pool_ragged(data.z, vi, offsets, tau2="DL", test="z")
    spread = float(np.sqrt(max(np.mean(seen.estimate**2 - seen.se**2), 0.0)))
    flags, rng = len(columns), np.random.default_rng(seed)
    phi = np.sqrt(np.zeros(flags) if phi2 is None else phi2)
    found = []
    for _ in range(draws):
        mean = rng.normal(0, spread, len(offsets) - 1)[data.analysis]
        of_review = beta + phi * rng.normal(size=(len(data.reviews), flags))
        bias = (data.x * of_review[data.review]).sum(axis=1)
        noise = rng.normal(size=len(vi)) * np.sqrt(vi + tau2 + data.x @ kappa2)
        yi = mean + np.sign(mean) * bias + noise
        estimate = pool_ragged(yi, vi, offsets, tau2="DL", test="z").estimate
        results["sign"] = np.where(estimate < 0, -1.0, 1.0)[data.analysis]
        found.append(fit(data_of(results.assign(yi=yi), columns))[:3])
    betas, kappas, phis = (np.array(part) for part in zip(*found, strict=True))
    return Rehearsal(
        betas.mean(axis=0), betas.std(axis=0, ddof=1), kappas.mean(axis=0), phis.mean(axis=0)
    )
