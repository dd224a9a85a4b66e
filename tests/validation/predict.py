"""Does the score predict how far a result lies from the other studies of its analysis?

Every result is scored without its effect: arm sizes and, for events, their share over both arms;
the domain parts only where the reviewers judged all five domains. Randomisation, a control and
registration are taken as given, so `no_control`, `selection` and the scale A are not tested.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from cochrane import DOMAINS
from scipy.stats import rankdata

from evidence.appraisal.bias_sets import BiasSet
from evidence.appraisal.components import Scenario, components_of
from evidence.appraisal.facts import Facts
from evidence.kernels.ragged import pool_ragged
from evidence.records.base import UNKNOWN
from evidence.records.families import FAMILIES

KINDS = {"objective": "instrument", "graded": "live_expert_grade", "self_report": "self_report"}
TYPICAL = 0.4549364
"""Median of a chi-squared variate on one degree of freedom."""


class Correlation(NamedTuple):
    """Mean Spearman correlation within analyses, weighted by k - 1, with 95 % limits."""

    estimate: float
    low: float
    high: float
    analyses: int
    reviews: int


@cache
def _parts(
    n: tuple[float, float],
    share: float | None,
    kind: str,
    low: tuple[bool, ...] | None,
    bias_set: BiasSet,
) -> tuple[float, float, float]:
    """Sampling variance, and the domains' mean bias and variance."""
    sequence, participants, losses, assessors, _ = low or (True,) * 5
    facts = Facts(
        structure="two_arms",
        control="full",
        randomised="yes",
        sequence_sound="yes" if sequence else "unknown",
        concealment_sound="yes" if sequence else "unknown",
        participant_blind="yes" if participants else "unknown",
        assessor_blind="yes" if assessors else "unknown",
        attrition=0.0 if losses else None,
        kind=KINDS.get(kind, UNKNOWN),  # type: ignore[arg-type]  # values are outcome kinds
        family=FAMILIES["unlisted"],
        n=n,
        counted="mean" if share is None else "responders",
        share=share,
        registered="primary",
    )
    found = components_of(facts, Scenario(bias_set=bias_set))
    sampling = sum(part.variance for part in found if part.name == "sampling")
    return (
        sampling,
        sum(part.mean for part in found),
        sum(part.variance for part in found) - sampling,
    )


def predict(results: pd.DataFrame, bias_set: BiasSet = "robes2018") -> pd.DataFrame:
    """E^2 of every result and what it is made of.

    Returns
    -------
    DataFrame
        `sampling`; `domains`, B^2 plus the variances of the domain parts; `e2`, their sum.
    """
    low = results[DOMAINS] == "low"
    known = results[DOMAINS].notna().all(axis=1)
    rows = zip(
        results["n1"], results["n2"], results["share"], results["kind"], known,
        low.itertuples(index=False, name=None), strict=True,
    )  # fmt: skip
    parts = [
        _parts((n1, n2), None if np.isnan(share) else share, kind, each if ok else None, bias_set)
        for n1, n2, share, kind, ok, each in rows
    ]
    sampling, mean, variance = np.array(parts).T
    made = {"sampling": sampling, "domains": mean**2 + variance}
    return pd.DataFrame(made, index=results.index).assign(e2=sampling + mean**2 + variance)


def distances(results: pd.DataFrame) -> pd.DataFrame:
    """How far each result lies from the pooled result of the other studies.

    Returns
    -------
    DataFrame
        `distance`, signed so that the others' pooled effect is positive; `others`, its
        squared standard error; `tau2` of the others (DerSimonian-Laird).
    """
    yi, vi = results["yi"].to_numpy(), results["vi"].to_numpy()
    studies = results["study"].to_numpy()
    take, lengths, which = [], [], []
    for rows in results.groupby("analysis", sort=False).indices.values():
        for study in dict.fromkeys(studies[rows]):
            others = rows[studies[rows] != study]
            take.append(others)
            lengths.append(len(others))
            which.append(rows[studies[rows] == study])
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    every = np.concatenate(take)
    pooled = pool_ragged(yi[every], vi[every], offsets, tau2="DL", test="z")
    back = np.concatenate(which)
    group = np.repeat(np.arange(len(which)), [len(rows) for rows in which])
    found = np.empty((len(yi), 3))
    estimate = pooled.estimate[group]
    found[back, 0] = np.where(estimate < 0, -1.0, 1.0) * (yi[back] - estimate)
    found[back, 1] = pooled.se[group] ** 2
    found[back, 2] = pooled.tau2[group]
    return pd.DataFrame(found, index=results.index, columns=["distance", "others", "tau2"])


def rank_correlation(
    table: pd.DataFrame, predictor: str, outcome: str, *, draws: int = 1000, seed: int = 20261122
) -> Correlation:
    """Spearman's correlation in each analysis in which the predictor varies, then their mean."""
    per: list[tuple[str, float, float]] = []
    for _, part in table.groupby("analysis", sort=False):
        x, y = rankdata(part[predictor].round(10)), rankdata(part[outcome])
        if len(part) > 2 and np.ptp(x) > 0 and np.ptp(y) > 0:
            per.append((part["review"].iloc[0], np.corrcoef(x, y)[0, 1], len(part) - 1))
    reviews, code = np.unique([one[0] for one in per], return_inverse=True)
    rho, weight = np.array([one[1:] for one in per]).T
    top, bottom = np.bincount(code, weight * rho), np.bincount(code, weight)
    low, high = by_review(
        lambda times: float(times @ top / (times @ bottom)), len(reviews), draws, seed
    )
    return Correlation(float(top.sum() / bottom.sum()), low, high, len(per), len(reviews))


def best_possible(
    table: pd.DataFrame, predictor: str, outcome: str, *, draws: int = 50, seed: int = 20261122
) -> float:
    """The rank correlation a true E^2 would reach: distances drawn with the expected spread."""
    rng = np.random.default_rng(seed)
    expected = table["e2"] + table["tau2"] + table["others"]
    if outcome == "beyond":
        expected = expected / (table["sampling"] + table["tau2"] + table["others"])
    found = []
    for _ in range(draws):
        drawn = table.assign(drawn=expected * rng.normal(size=len(table)) ** 2)
        found.append(rank_correlation(drawn, predictor, "drawn", draws=1).estimate)
    return float(np.mean(found))


def scored(results: pd.DataFrame, bias_set: BiasSet = "robes2018") -> pd.DataFrame:
    """Results with predictions, distances, their squares, and the squares by sampling alone.

    `square` is the squared distance; `beyond` that over what sampling, tau^2 and the pool of
    the others lead one to expect: what is left for the domains to explain.
    """
    table = results.join(distances(results)).join(predict(results, bias_set))
    square = table["distance"] ** 2
    return table.assign(
        square=square, beyond=square / (table["sampling"] + table["tau2"] + table["others"])
    )


def by_review(
    statistic: Callable[[np.ndarray], float], reviews: int, draws: int, seed: int
) -> tuple[float, float]:
    """95 % limits of a statistic of how often each review counts, reviews drawn anew."""
    rng = np.random.default_rng(seed)
    found = [
        statistic(np.bincount(rng.integers(reviews, size=reviews), minlength=reviews))
        for _ in range(draws)
    ]
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)


def calibration(table: pd.DataFrame, by: pd.Series) -> pd.DataFrame:
    """Predicted and observed, one row per group of results.

    `expected` is E^2, the real differences between studies (tau^2) and the uncertainty of the
    pool of the others; `inside` the share within 1.96 of its root, which should be 0.95;
    `typical` the median of squared distance over expected, divided by what it should be.
    """
    expected = table["e2"] + table["tau2"] + table["others"]
    square = table["distance"] ** 2
    made = pd.DataFrame(
        {
            "results": 1,
            "e2": table["e2"],
            "expected": expected,
            "observed": square,
            "inside": square <= 1.96**2 * expected,
            "ratio": square / expected,
        }
    ).groupby(by.to_numpy())
    found = made[["e2", "expected", "observed", "inside"]].mean()
    return found.assign(results=made["results"].sum(), typical=made["ratio"].median() / TYPICAL)


def mean_by_judgement(
    table: pd.DataFrame, column: str, judgement: str, *, draws: int = 1000, seed: int = 20261122
) -> tuple[float, float, float]:
    """Mean of a column over results with one overall judgement, limits over reviews."""
    some = table[table["overall"] == judgement]
    code, names = pd.factorize(some["review"])
    top, bottom = np.bincount(code, some[column]), np.bincount(code)
    low, high = by_review(
        lambda times: float(times @ top / (times @ bottom)), len(names), draws, seed
    )
    return float(top.sum() / bottom.sum()), low, high
