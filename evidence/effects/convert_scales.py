"""Transformations of effects and their inverses, by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, ndtr, ndtri

from evidence._typing import Vector
from evidence.errors import EffectError, OptionError
from evidence.kernels.proportion_scales import double_arcsine_back

NORMAL_ODDS = 1.65  # log odds per SD of a normal variable (Cox & Snell 1989)
LOGISTIC_ODDS = math.pi / math.sqrt(3)  # SD of the standard logistic distribution
BISERIAL = 0.5 * math.sqrt(2 * math.pi)  # √(pq)/φ of a split in halves


class Transformation(NamedTuple):
    """What a transformation does, and which one undoes it; "" when nothing does."""

    title: str
    function: Callable[[Vector], Vector]
    inverse: str = ""


def _tanh_squared(z: Vector) -> Vector:
    return np.tanh(z) ** 2


def _squared_sine(x: Vector) -> Vector:
    return np.sin(np.clip(x, 0.0, math.pi / 2)) ** 2


def _u1(d: Vector) -> Vector:
    u = ndtr(np.abs(d) / 2)
    return np.asarray((2 * u - 1) / u)


def _point_biserial(d: Vector) -> Vector:
    return d / np.sqrt(d * d + 4)


def _from_point_biserial(r: Vector) -> Vector:
    return 2 * r / np.sqrt((1 - r) * (1 + r))


TRANSFORMATIONS: dict[str, Transformation] = {
    "exp": Transformation("exponential", np.exp, "log"),
    "log": Transformation("natural logarithm", np.log, "exp"),
    "rtoz": Transformation("correlation to Fisher's z", np.arctanh, "ztor"),
    "ztor": Transformation("Fisher's z to correlation", np.tanh, "rtoz"),
    "r2toz": Transformation("R² to z", lambda x: np.arctanh(np.sqrt(x)), "ztor2"),
    "ztor2": Transformation("z to R²", _tanh_squared, "r2toz"),
    "logit": Transformation("proportion to log odds", lambda x: np.asarray(logit(x)), "ilogit"),
    "ilogit": Transformation("log odds to proportion", lambda x: np.asarray(expit(x)), "logit"),
    "probit": Transformation("proportion to normal quantile", lambda x: np.asarray(ndtri(x)),
                             "iprobit"),
    "iprobit": Transformation("normal quantile to proportion", lambda x: np.asarray(ndtr(x)),
                              "probit"),
    "arcsin": Transformation("proportion to arcsine root", lambda x: np.arcsin(np.sqrt(x)),
                             "iarcsin"),
    "iarcsin": Transformation("arcsine root to proportion", _squared_sine, "arcsin"),
    "isqrt": Transformation("square", lambda x: np.maximum(x, 0.0) ** 2),
    "abt": Transformation("Bonett's −ln(1 − α)", lambda x: -np.log1p(-x), "iabt"),
    "iabt": Transformation("back to α", lambda x: -np.expm1(-x), "abt"),
    "ahw": Transformation("Hakstian & Whalen's 1 − (1 − α)^⅓", lambda x: 1 - np.cbrt(1 - x),
                          "iahw"),
    "iahw": Transformation("back to α", lambda x: 1 - (1 - x) ** 3, "ahw"),
    "dtorpb": Transformation("d to point-biserial r, halves", _point_biserial, "rpbtod"),
    "rpbtod": Transformation("point-biserial r to d, halves", _from_point_biserial, "dtorpb"),
    "dtorbis": Transformation("d to biserial r, halves",
                              lambda x: BISERIAL * _point_biserial(x), "rbistod"),
    "rbistod": Transformation("biserial r to d, halves",
                              lambda x: _from_point_biserial(x / BISERIAL), "dtorbis"),
    "rpbtorbis": Transformation("point-biserial to biserial r, halves", lambda x: BISERIAL * x),
    "dtou1": Transformation("d to Cohen's U₁, share not shared", _u1),
    "dtou2": Transformation("d to Cohen's U₂", lambda x: np.asarray(ndtr(x / 2))),
    "dtou3": Transformation("d to Cohen's U₃", lambda x: np.asarray(ndtr(x)), "probit"),
    "dtoovl": Transformation("d to overlap", lambda x: np.asarray(2 * ndtr(-np.abs(x) / 2))),
    "dtocles": Transformation("d to probability of superiority",
                              lambda x: np.asarray(ndtr(x / math.sqrt(2)))),
    "dtocliffd": Transformation("d to Cliff's delta",
                                lambda x: np.asarray(2 * ndtr(x / math.sqrt(2)) - 1)),
    "dtobesd": Transformation("d to success rate, binomial effect size display",
                              lambda x: 0.5 + _point_biserial(x) / 2),
    "dtolnor_norm": Transformation("d to log odds ratio, normal", lambda x: NORMAL_ODDS * x,
                                   "lnortod_norm"),
    "dtolnor_logis": Transformation("d to log odds ratio, logistic", lambda x: LOGISTIC_ODDS * x,
                                    "lnortod_logis"),
    "lnortod_norm": Transformation("log odds ratio to d, normal", lambda x: x / NORMAL_ODDS,
                                   "dtolnor_norm"),
    "lnortod_logis": Transformation("log odds ratio to d, logistic", lambda x: x / LOGISTIC_ODDS,
                                    "dtolnor_logis"),
}  # fmt: skip
"""Transformations of one number; `ipft` and `ipft_hm` also need numbers of people."""

WITH_PEOPLE = ("ipft", "ipft_hm")


def transform(x: ArrayLike, name: str, *, n: ArrayLike | None = None) -> Vector:
    """Transform effects by a named rule.

    Parameters
    ----------
    x : array of shape (k,)
        Effects.
    name : str
        A row of `TRANSFORMATIONS`, or "ipft" (double arcsine back to a proportion, with its own
        number of people for each) or "ipft_hm" (with the harmonic mean of all numbers).
    n : array, optional
        People, for "ipft" and "ipft_hm".

    Returns
    -------
    array of shape (k,)
        NaN where `x` is missing.

    Raises
    ------
    OptionError
        For an unknown name.
    EffectError
        When numbers of people are missing or not needed, or a value is outside of what the
        transformation is defined for.

    References
    ----------
    Cohen (1988), Statistical Power Analysis, chapter 2 (U₁, U₂, U₃); McGraw & Wong (1992),
    Psychol Bull 111:361–365; Chinn (2000), Stat Med 19:3127–3131; Bonett (2002), J Educ Behav
    Stat 27:335–340; Miller (1978), Am Stat 32:138.

    Examples
    --------
    >>> transform([0.2, 0.5], "rtoz")
    array([0.2027, 0.5493])
    >>> transform([0.6], "ipft", n=[25])
    array([0.3117])
    """
    values = np.asarray(x, dtype=np.float64)
    if name in WITH_PEOPLE:
        if n is None:
            raise EffectError(f"{name!r} needs numbers of people n=.", missing=("n",))
        people = np.asarray(n, dtype=np.float64)
        if not (people > 0).all():
            raise EffectError("numbers of people must be above zero.")
        if name == "ipft_hm":
            people = np.full(values.shape, people.size / float((1 / people).sum()))
        elif people.shape != values.shape and people.size != 1:
            raise EffectError(f"lengths differ: {values.size} values and {people.size} n.")
        return double_arcsine_back(values, people)
    if name not in TRANSFORMATIONS:
        raise OptionError("name", name, (*TRANSFORMATIONS, *WITH_PEOPLE))
    if n is not None:
        raise EffectError(f"{name!r} has no use for numbers of people.")
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        found = np.asarray(TRANSFORMATIONS[name].function(values), dtype=np.float64)
    lost = np.isnan(found) & ~np.isnan(values)
    if lost.any():
        raise EffectError(
            f"{TRANSFORMATIONS[name].title} is not defined at {values[lost].flat[0]:g}."
        )
    return found
