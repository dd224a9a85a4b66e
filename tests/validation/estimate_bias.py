"""How much results with a flaw differ from the others of their meta-analysis.

Result i of analysis j in review r, as an SMD signed so that the pooled effect of j is positive:

    z_ij = m_j + sum_d (beta_d + b_rd) x_ijd + error,
    var(error) = s_ij = v_ij + tau_j^2 + sum_d kappa_d^2 x_ijd,    var(b_rd) = phi_d^2

x_ijd is 1 where domain d was not judged low. Weights are 1/(c (v_ij + t_j)): t_j DerSimonian
and Laird's tau^2 of the analysis, leaning on the mean of all where results are few; c the number
of results the study has in the review, the working model for correlated results of Hedges, Tipton
and Johnson 2010, doi 10.1002/jrsm.5.

    beta     least squares with these weights and a mean for each analysis
    kappa^2  least squares of e_i^2 - v_i, e the residuals, on x with a level for each analysis,
             which is tau_j^2; weights 1/(c (v + t)^2). Expected squared residuals have the part
             that each takes out of its analysis' mean, and phi^2 (x - mean x)^2
    phi^2    Paule and Mandel's equation over the reviews' own slopes of each domain given the
             others; results of one study correlate at 0.4

The last two in turn. Below zero they are reported as they come and count as 0. The weights know
each analysis' own spread, which halves the uncertainty of kappa^2 and pulls it down where analyses
are small, by about a third at ten results; the pull goes as they grow.
Uncertainty is from whole reviews drawn with replacement. The sign costs nothing on average: under
the model the pooled effect is independent of every contrast within its analysis. What remains
because weights are not exact is measured by `rehearse.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from evidence.appraisal.bias_sets import Flag

DOMAINS_TOGETHER = ("d1", "d2", "d3", "d4", "d5")
AS_THE_SCORE_FLAGS = (
    "d1", "d2|d4:objective", "d2|d4:subjective", "d2|d4:unsorted", "d3", "d5",
)  # fmt: skip
"""The score has one flag for who was blind, with a row by kind of outcome."""

DRAWS, SEED = 1000, 20261122

WITHIN_STUDY = 0.4
"""Correlation of one study's results in different analyses, as residuals show: see the page."""

LEAN = 5
"""An analysis of k results has tau^2 (k - 1) / (k + 4) its own, the rest the mean of all."""

ROUNDS = 5


class Data(NamedTuple):
    """Arrays of one fit; every row belongs to an analysis, a review and a study."""

    z: np.ndarray
    v: np.ndarray
    x: np.ndarray  # shape (results, flags)
    analysis: np.ndarray
    review: np.ndarray
    study: np.ndarray
    tau2: np.ndarray  # per analysis, in the weights
    names: tuple[str, ...]
    reviews: tuple[str, ...]


class Fit(NamedTuple):
    """Mean bias, added variance between results, and between reviews, one per flag."""

    beta: np.ndarray
    kappa2: np.ndarray
    phi2: np.ndarray
    tau2: np.ndarray  # per analysis


class Estimate(NamedTuple):
    """A fit with its uncertainty over reviews."""

    names: tuple[str, ...]
    fit: Fit
    draws: tuple[np.ndarray, np.ndarray, np.ndarray]  # beta, kappa2, phi2 by draw
    results: int
    analyses: int
    reviews: int
    informative: tuple[int, ...]  # reviews in which the flag varies within an analysis

    def se(self) -> np.ndarray:
        """Standard error of each mean bias: the SD over the draws."""
        return np.nanstd(self.draws[0], axis=0, ddof=1)

    def interval(self, part: int) -> tuple[np.ndarray, np.ndarray]:
        """95 % limits of beta (0), kappa^2 (1) or phi^2 (2)."""
        low, high = np.nanpercentile(self.draws[part], [2.5, 97.5], axis=0)
        return low, high


def flags(results: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """1 where a column's domains were not all judged low; `d2|d4` and `d4:objective` are read.

    >>> one = pd.DataFrame({"d2": ["low"], "d4": ["high"], "kind": ["objective"]})
    >>> flags(one, ["d2", "d2|d4", "d4:objective", "d4:subjective"]).to_numpy().tolist()
    [[0.0, 1.0, 1.0, 0.0]]
    """
    made = {}
    for column in columns:
        domains, _, kind = column.partition(":")
        flagged = (results[domains.split("|")] != "low").any(axis=1)
        if kind == "objective":
            flagged &= results["kind"] == "objective"
        elif kind == "subjective":
            flagged &= results["kind"].isin(["graded", "self_report"])
        elif kind:
            flagged &= results["kind"] == kind
        made[column] = flagged.astype(float)
    return pd.DataFrame(made, index=results.index)


def data_of(results: pd.DataFrame, columns: Sequence[str], extra: Sequence[str] = ()) -> Data:
    """Arrays from results; `extra` names numeric columns to hold constant, put last."""
    x = flags(results, columns).join(results[list(extra)]) if extra else flags(results, columns)
    review, reviews = pd.factorize(results["review"])
    z = (results["sign"] * results["yi"]).to_numpy(dtype=float)
    v = results["vi"].to_numpy(dtype=float)
    analysis = pd.factorize(results["analysis"])[0]
    levels, weights = _dersimonian_laird(z, v, analysis), np.bincount(analysis) - 1.0
    return Data(
        z=z,
        v=v,
        x=x.to_numpy(dtype=float),
        analysis=analysis,
        review=review,
        study=pd.factorize(results["review"] + "/" + results["study"])[0],
        tau2=_leaning(levels, weights, analysis),
        names=(*columns, *extra),
        reviews=tuple(reviews),
    )


def fit(data: Data, times: np.ndarray | None = None) -> Fit:
    """Means at fixed weights, then the two spreads in turn.

    Parameters
    ----------
    data
        Results; a flag that never varies within an analysis gets NaN.
    times
        How often each review counts, shape (reviews,); a draw of the bootstrap.
    """
    times = np.ones(len(data.reviews)) if times is None else times
    often = times[data.review] / np.bincount(data.study)[data.study]
    marked = np.where(np.isin(data.x, (0, 1)).all(axis=0), data.x, 0.0)  # flags, not covariates
    s = data.v + data.tau2[data.analysis]
    w = often / s
    xc = _centred(data.x, w, data.analysis)
    beta = _solve(xc, w, _centred(data.z, w, data.analysis))
    e = _centred(data.z - data.x @ np.nan_to_num(beta), 1 / s, data.analysis)
    phi2 = np.zeros(len(beta))
    for _ in range(ROUNDS):
        kappa2, tau2 = _added_spread(data, e, s, often, marked, phi2)
        now = data.v + tau2[data.analysis] + marked @ np.maximum(np.nan_to_num(kappa2), 0)
        phi2 = _between_reviews(data, beta, now, w, xc, times)
    return Fit(beta, kappa2, phi2, tau2)


def estimate(
    results: pd.DataFrame,
    columns: Sequence[str],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    extra: Sequence[str] = (),
    alike: bool = False,
) -> Estimate:
    """Fit, then fit again on reviews drawn with replacement.

    Parameters
    ----------
    results
        Judged results, see `cochrane.judged`.
    columns, extra
        As for `flags` and `data_of`.
    alike
        The mean tau^2 for every analysis in the weights.
    """
    data = data_of(results, columns, extra)
    if alike:
        sizes = np.bincount(data.analysis) - 1.0
        data = data._replace(tau2=np.full(len(sizes), sizes @ data.tau2 / sizes.sum()))
    found, rng, n = fit(data), np.random.default_rng(seed), len(data.reviews)
    samples = (np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(draws))
    drawn = [fit(data, times) for times in samples]
    centred = _centred(data.x, np.ones(len(data.z)), data.analysis)
    varies = [len(set(data.review[np.abs(column) > 1e-9])) for column in centred.T]
    parts = [np.array([getattr(one, part) for one in drawn]) for part in Fit._fields[:3]]
    return Estimate(
        data.names,
        found,
        (parts[0], parts[1], parts[2]),
        len(data.z),
        int(data.analysis.max()) + 1,
        n,
        tuple(varies),
    )


def _sums(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    return np.bincount(groups, weights=values)


def _centred(values: np.ndarray, w: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Values less the weighted mean of their group; columns one by one."""
    if values.ndim == 2:
        return np.column_stack([_centred(column, w, groups) for column in values.T])
    total = _sums(w, groups)
    means = np.divide(_sums(w * values, groups), total, out=np.zeros_like(total), where=total > 0)
    return values - means[groups]


def _solve(x: np.ndarray, w: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weighted least squares; NaN for columns without any variation."""
    beta = np.full(x.shape[1], np.nan)
    some = (w[:, None] * x**2).sum(axis=0) > 1e-9
    normal = x[:, some].T @ (w[:, None] * x[:, some])
    beta[some] = np.linalg.lstsq(normal, x[:, some].T @ (w * y), rcond=None)[0]
    return beta


def _added_spread(
    data: Data,
    e: np.ndarray,
    s: np.ndarray,
    often: np.ndarray,
    x: np.ndarray,
    phi2: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """kappa^2 of each flag and tau^2 of each analysis from squared residuals."""
    a = 1 / s
    share = a / _sums(a, data.analysis)[data.analysis]

    def expected(part: np.ndarray) -> np.ndarray:
        """Expected e^2 if the results' variances were `part`."""
        return (1 - 2 * share) * part + _sums(share**2 * part, data.analysis)[data.analysis]

    fixed = expected(data.v) + _centred(x, a, data.analysis) ** 2 @ np.maximum(
        np.nan_to_num(phi2), 0
    )
    left, level = e**2 - fixed, expected(np.ones_like(s))
    made = np.column_stack([expected(column) for column in x.T])
    w = often / s**2
    # a level for each analysis, taken out of both sides
    by = w * level
    total = _sums(by * level, data.analysis)

    def level_of(values: np.ndarray) -> np.ndarray:
        return np.divide(
            _sums(by * values, data.analysis), total, out=np.zeros_like(total), where=total > 0
        )

    def out(values: np.ndarray) -> np.ndarray:
        return values - level * level_of(values)[data.analysis]

    kappa2 = _solve(np.column_stack([out(column) for column in made.T]), w, out(left))
    levels = level_of(left - made @ np.nan_to_num(kappa2))
    return kappa2, _leaning(levels, total, data.analysis)


def _leaning(levels: np.ndarray, total: np.ndarray, analysis: np.ndarray) -> np.ndarray:
    """tau^2 of each analysis, drawn towards the mean of all where results are few."""
    size = np.bincount(analysis)
    own = (size - 1) / (size - 1 + LEAN)
    return np.maximum(own * levels + (1 - own) * (total @ levels / total.sum()), 0.0)


def _dersimonian_laird(z: np.ndarray, v: np.ndarray, analysis: np.ndarray) -> np.ndarray:
    """tau^2 of each analysis for the weights, below zero where it comes so."""
    w = 1 / v
    q = _sums(w * _centred(z, w, analysis) ** 2, analysis)
    total = _sums(w, analysis)
    scale = total - _sums(w**2, analysis) / total
    excess = q - (np.bincount(analysis) - 1)
    return np.divide(excess, scale, out=np.zeros_like(scale), where=scale > 1e-9)


def _between_reviews(
    data: Data,
    beta: np.ndarray,
    s: np.ndarray,
    w: np.ndarray,
    xc: np.ndarray,
    times: np.ndarray | None,
) -> np.ndarray:
    """phi^2 of each flag: spread of the reviews' own slopes beyond their sampling error."""
    often = np.ones(len(data.reviews)) if times is None else times
    own = np.divide(w, often[data.review], out=np.zeros_like(w), where=often[data.review] > 0)
    e = _centred(data.z - data.x @ np.nan_to_num(beta), w, data.analysis)
    review_of = np.zeros(data.study.max() + 1, dtype=int)
    review_of[data.study] = data.review
    found = np.full(len(beta), np.nan)
    for d in range(len(beta)):
        others = np.delete(xc, d, axis=1)
        x = xc[:, d] - others @ np.nan_to_num(_solve(others, w, xc[:, d]))
        x = _centred(x, own, data.analysis)
        information = _sums(own * x**2, data.review)
        together = _sums(own * x * np.sqrt(s), data.study) ** 2
        apart = _sums(own**2 * x**2 * s, data.study)
        spread = _sums(WITHIN_STUDY * together + (1 - WITHIN_STUDY) * apart, review_of)
        some = (information > 1e-6 * information.max()) & (often > 0) if len(x) else []
        if np.sum(some) < 3:
            continue
        slope = _sums(own * x * e, data.review)[some] / information[some]
        found[d] = _paule_mandel(slope, spread[some] / information[some] ** 2, often[some])
    return found


def _paule_mandel(y: np.ndarray, v: np.ndarray, often: np.ndarray) -> float:
    """The spread at which the weighted squares about the mean equal their degrees of freedom."""

    def excess(phi2: float) -> float:
        w = often / (v + phi2)
        return float(w @ (y - w @ y / w.sum()) ** 2 - (often.sum() - 1))

    low, high = 0.0, 4.0
    if excess(low) <= 0:
        return 0.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def within_study_correlation(data: Data, found: Fit) -> float:
    """Mean product of standardised residuals of one study in different analyses."""
    s = data.v + found.tau2[data.analysis] + data.x @ np.maximum(np.nan_to_num(found.kappa2), 0)
    e = _centred(data.z - data.x @ np.nan_to_num(found.beta), 1 / s, data.analysis) / np.sqrt(s)
    products = []
    for _, rows in pd.Series(range(len(e))).groupby(data.study):
        i, j = np.triu_indices(len(rows), 1)
        i, j = rows.to_numpy()[i], rows.to_numpy()[j]
        apart = data.analysis[i] != data.analysis[j]
        if apart.any():
            products.append(float(np.mean((e[i] * e[j])[apart])))
    return float(np.mean(products))


def bias_rows(found: Estimate) -> dict[Flag, tuple[float, float, float, float]]:
    """Mean, standard error, kappa and phi by flag of the score, three decimals.

    Domain 1 covers sequence and concealment: each has half its mean and half its variances, so
    that both flags together cost what the domain does. Domain 5 has no flag.
    """

    def row(column: str, parts: int = 1) -> tuple[float, float, float, float]:
        i = found.names.index(column)
        variances = (found.se()[i] ** 2, found.fit.kappa2[i], found.fit.phi2[i])
        spread = [round(math.sqrt(max(one, 0.0) / parts), 3) for one in variances]
        return round(float(found.fit.beta[i]) / parts, 3), spread[0], spread[1], spread[2]

    half, subjective = row("d1", 2), row("d2|d4:subjective")
    return {
        "sequence": half,
        "concealment": half,
        "blinding_grade": subjective,
        "blinding_self_report": subjective,
        "blinding_objective": row("d2|d4:objective"),
        "incomplete_data": row("d3"),
    }
