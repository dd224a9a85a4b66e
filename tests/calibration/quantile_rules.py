"""Means and SDs from medians, quartiles and ranges: these claim a point, and are shown as such."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.random import Generator
from simulate import Check, Scored, Shape, one_group, score

from evidence.effects.convert_quantiles import Distribution, Estimator, mean_sd_from_five_number
from evidence.effects.effect import quantile

SCENARIOS = {"S1": (True, False), "S2": (False, True), "S3": (True, True)}
METHODS: tuple[tuple[Estimator, Distribution], ...] = (
    ("luo/wan/shi", "normal"), ("luo/wan/shi", "lognormal"), ("qe", "normal"), ("bc", "normal"),
)  # fmt: skip


def _numbers(x: np.ndarray, scenario: str) -> dict[str, float]:
    extremes, quartiles = SCENARIOS[scenario]
    lowest, q1, median, q3, highest = np.percentile(x, [0, 25, 50, 75, 100])
    given = {"median": median}
    if quartiles:
        given |= {"q1": q1, "q3": q3}
    if extremes:
        given |= {"minimum": lowest, "maximum": highest}
    return given


def mean_of(
    rng: Generator,
    studies: int,
    *,
    n: int,
    shape: Shape,
    cv: float,
    scenario: str,
    estimator: Estimator,
    distribution: Distribution = "normal",
) -> Scored:
    """The mean as if it had been printed with the SD: its t interval."""
    ends, error = [], []
    for x in one_group(rng, studies, n, cv, shape):
        found = mean_sd_from_five_number(
            n=n, estimator=estimator, distribution=distribution, **_numbers(x, scenario)
        )
        half = quantile(0.95, n - 1) * found.sd / n**0.5
        ends.append((found.mean - half, found.mean + half))
        error.append(found.mean - 100)
    return score(ends, 100.0, error)


def spread_of_methods(rng: Generator, studies: int, *, n: int, cv: float, scenario: str) -> Scored:
    """From the smallest to the largest mean of four methods: does it hold the printed mean?"""
    ends, error, truth = [], [], []
    for x in one_group(rng, studies, n, cv, "lognormal"):
        means = [
            mean_sd_from_five_number(
                n=n, estimator=name, distribution=law, **_numbers(x, scenario)
            ).mean
            for name, law in METHODS
        ]
        ends.append((min(means), max(means)))
        error.append(sum(ends[-1]) / 2 - x.mean())
        truth.append(x.mean())
    return score(ends, np.array(truth), error)


PERCENT = "% of the mean"


def _check(
    shape: Shape,
    scenario: str,
    estimator: Estimator,
    distribution: Distribution = "normal",
    *,
    share: float = 1.0,
) -> Check:
    """n 50; CV .3 where normal, .8 where lognormal."""
    cv = 0.3 if shape == "normal" else 0.8
    given = {"S1": "range", "S2": "quartiles", "S3": "all five"}[scenario]
    logs = ", lognormal" if distribution == "lognormal" else ""
    return Check(
        f"mean_sd_from_five_number, {estimator}{logs}",
        f"{shape}, CV {str(cv)[1:]}, n 50, {given}",
        "shown",
        PERCENT,
        partial(
            mean_of, n=50, shape=shape, cv=cv, scenario=scenario, estimator=estimator,
            distribution=distribution,
        ),
        share,
    )  # fmt: skip


_SHAPES: tuple[Shape, ...] = ("normal", "lognormal")

CHECKS = (
    *(_check(shape, s, "luo/wan/shi") for shape in _SHAPES for s in SCENARIOS),
    *(_check(shape, "S1", "walter2007") for shape in _SHAPES),
    *(_check("lognormal", s, "luo/wan/shi", "lognormal") for s in SCENARIOS),
    *(_check(shape, "S2", "qe", share=0.05) for shape in _SHAPES),
    *(_check(shape, "S2", "bc", share=0.05) for shape in _SHAPES),
    *(_check(shape, "S2", "mln", share=0.05) for shape in _SHAPES),
    *(
        Check("mean_sd_from_five_number, range of four methods",
              f"lognormal, CV .8, n 50, {given}: holds the sample's mean", "shown", PERCENT,
              partial(spread_of_methods, n=50, cv=0.8, scenario=s), 0.05)
        for s, given in (("S2", "quartiles"), ("S3", "all five"))
    ),
)  # fmt: skip
