"""How well variance components are known: profile-likelihood intervals."""

from __future__ import annotations

import math

import pandas as pd

from evidence.kernels.multilevel_profile import hold, limits
from evidence.synthesis.effect_table import check_level
from evidence.synthesis.multilevel_result import MultilevelFit


def component_intervals(fit: MultilevelFit, *, level: float | None = None) -> pd.DataFrame:
    """Profile-likelihood limits of every variance and correlation of a multilevel model.

    Parameters
    ----------
    fit : MultilevelFit
        The fitted model; the likelihood profiled is the one it was fitted by.
    level : float, optional
        Confidence level; that of `fit` when left out.

    Returns
    -------
    DataFrame
        One row per component, columns term, kind, level, estimate, ci_low, ci_high. A limit is
        at the edge of what is possible, or infinite, where the likelihood does not fall enough;
        it is missing for a correlation that has no estimate.

    References
    ----------
    Hardy & Thompson (1996), Stat Med 15:619–629.

    Examples
    --------
    >>> from evidence.synthesis.multilevel import multilevel
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.9], "vi": [0.02, 0.03, 0.05, 0.02],
    ...          "study": ["Kim", "Kim", "Lee", "Lin"]}
    >>> limits = component_intervals(multilevel(table, random="1 | study", test="z"))
    >>> limits[["estimate", "ci_low", "ci_high"]].to_numpy()
    array([[0.1434, 0.0193, 2.809]])
    """
    chosen = fit.level if level is None else level
    check_level(chosen)
    rows = []
    numbers = {term.label: number for number, term in enumerate(fit.terms)}
    place: dict[tuple[str, str], int] = {}
    for part in fit.components:
        number = numbers[part.term]
        count = place.get((part.term, part.kind), 0)
        place[part.term, part.kind] = count + 1
        low = high = math.nan
        if part.estimate is not None:
            kind = "correlation" if part.kind == "rho" else "variance"
            at = _pair(count, len(fit.terms[number].levels)) if part.kind == "rho" else count
            held = hold(fit.model, fit.theta, number, kind, at)
            low, high = limits(held, fit.fit.likelihood, fit.fit.log_likelihood, chosen)
        rows.append(
            {
                "term": part.term,
                "kind": part.kind,
                "level": part.level,
                "estimate": math.nan if part.estimate is None else part.estimate,
                "ci_low": low,
                "ci_high": high,
            }
        )
    names = ["term", "kind", "level", "estimate", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=names)


def _pair(number: int, q: int) -> tuple[int, int]:
    """The pair of levels with this number along the rows of the upper triangle."""
    pairs = [(i, j) for i in range(q) for j in range(i + 1, q)]
    return pairs[number]
