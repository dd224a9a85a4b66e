"""What may be chosen when effects are computed from arrays, and small shared rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from evidence._typing import Vector
from evidence.errors import OptionError

To = Literal["all", "only0", "if0all", "none"]
Vtype = Literal["LS", "LS2", "UB", "AV", "HO", "ST", "CS"]
Correct = bool | Literal["approximate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Choices of `effect_sizes`, checked."""

    add: float = 0.5
    to: To = "only0"
    drop00: bool = False
    vtype: Vtype = "LS"
    correct: Correct = True

    def __post_init__(self) -> None:
        if self.to not in get_args(To):
            raise OptionError("to", self.to, get_args(To))
        if self.vtype not in get_args(Vtype):
            raise OptionError("vtype", self.vtype, get_args(Vtype))
        if not isinstance(self.correct, bool) and self.correct != "approximate":
            raise OptionError("correct", self.correct, (True, False, "approximate"))
        if not (np.isfinite(self.add) and self.add >= 0):
            raise OptionError("add", self.add, ("a number of at least 0",))


def needs_adding(zero: NDArray[np.bool_], to: To) -> NDArray[np.bool_]:
    """Rows that get the constant, given the rows that hold a zero.

    >>> zero = np.array([False, True, False])
    >>> needs_adding(zero, "only0").tolist(), needs_adding(zero, "if0all").tolist()
    ([False, True, False], [True, True, True])
    """
    if to == "only0":
        return zero
    everywhere = to == "all" or (to == "if0all" and bool(zero.any()))
    return np.full(zero.shape, everywhere)


def hedges_factor(df: Vector, correct: Correct = True) -> Vector:
    """Small-sample factor J of a standardised mean difference.

    Parameters
    ----------
    df : array of shape (k,)
        Degrees of freedom of the standard deviation; J needs at least 2, else NaN.
    correct : bool or "approximate"
        True for the exact Γ(df/2) / (√(df/2) Γ((df − 1)/2)) [1]_, "approximate" for
        1 − 3/(4 df − 1), False for 1.

    References
    ----------
    .. [1] Hedges (1981), J Educ Stat 6:107–128. https://doi.org/10.3102/10769986006002107

    Examples
    --------
    >>> [round(float(j), 4) for j in hedges_factor(np.array([10.0, 49.0]))]
    [0.9228, 0.9846]
    """
    df = np.asarray(df, dtype=float)
    if correct is False:
        return np.ones_like(df)
    enough = np.where(df > 1, df, np.nan)
    if correct == "approximate":
        return 1 - 3 / (4 * enough - 1)
    exponent = gammaln(enough / 2) - np.log(enough / 2) / 2 - gammaln((enough - 1) / 2)
    return np.asarray(np.exp(exponent), dtype=float)


def weighted_mean(values: Vector, weights: Vector) -> float:
    """Mean of the rows where both are known; an infinite row makes it infinite.

    >>> weighted_mean(np.array([1.0, 4.0, np.nan]), np.array([2.0, 1.0, 5.0]))
    2.0
    """
    known = ~np.isnan(values) & ~np.isnan(weights)
    return float(values[known] @ weights[known] / weights[known].sum())
