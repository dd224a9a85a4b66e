"""Combining the p values of independent studies, where nothing better is reported."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels import pvalue_combination as kernel
from evidence.kernels.pvalue_combination import Combined
from evidence.synthesis.effect_table import is_number
from evidence.synthesis.shown import Shown

CombinationMethod: TypeAlias = Literal[
    "fisher",
    "stouffer",
    "edgington",
    "mean",
    "logit",
    "tippett",
    "maximum",
    "wilkinson",
    "votes",
    "inverse_chi_square",
    "inverse_t",
    "truncated_product",
]


class Row(NamedTuple):
    """A method: how it is computed, the option it needs, and the p values it can use."""

    title: str
    compute: Callable[..., Combined]
    option: str = ""  # name of the one option it takes
    needed: bool = False
    zero: bool = False  # p = 0 is usable
    one: bool = True  # p = 1 is usable
    at_least: int = 2


METHODS: dict[CombinationMethod, Row] = {
    "fisher": Row("Fisher, sum of logs", kernel.fisher),
    "stouffer": Row("Stouffer, sum of z", kernel.stouffer, "weights", one=False),
    "edgington": Row("Edgington, sum of p", kernel.edgington, zero=True),
    "mean": Row("mean of p", kernel.mean_of_p, zero=True, at_least=4),
    "logit": Row("sum of log odds", kernel.logit_of_p, one=False),
    "tippett": Row("Tippett, smallest p", kernel.minimum, zero=True),
    "maximum": Row("largest p", kernel.maximum, zero=True),
    "wilkinson": Row("Wilkinson, r-th smallest p", kernel.wilkinson, "rank", True, zero=True),
    "votes": Row("votes counted", kernel.votes, "cut", zero=True),
    "inverse_chi_square": Row("Lancaster", kernel.inverse_chi_square, "df", True),
    "inverse_t": Row("sum of t", kernel.inverse_t, "df", True, one=False),
    "truncated_product": Row("truncated product", kernel.truncated_product, "cut", True),
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CombinedPValue(Shown):
    """A combined one-sided p value, and the statistic it comes from.

    `bound` is the simple upper bound Sᵏ/k! for Edgington's method (it can exceed 1) and the
    critical r-th smallest p at 0.05 for Wilkinson's; None for the others.
    """

    method: CombinationMethod
    k: int
    pvalue: float
    statistic: float | None
    df: float | None
    bound: float | None
    notes: tuple[str, ...]

    def heading(self) -> str:
        """What the result is."""
        return f"{METHODS[self.method].title}, {self.k} p values"

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What was found, as pairs of a name and its value in words."""
        return (("combined", say.pvalue(self.pvalue)),)


def combine_pvalues(
    pvalues: Sequence[float] | Vector,
    *,
    method: CombinationMethod = "fisher",
    weights: Sequence[float] | Vector | None = None,
    rank: int | None = None,
    df: float | None = None,
    cut: float | None = None,
) -> CombinedPValue:
    """Combine independent one-sided p values that all point in the same direction.

    A small combined p says that the effect is there in at least one study (Fisher, Tippett, the
    truncated product), or on the whole (Stouffer, Edgington, the mean); none says how large it is.
    Two-sided p values lose the direction: halve those in the expected one, and take 1 − p/2 for
    the others. Pool effects instead wherever they can be had.

    Parameters
    ----------
    pvalues : sequence of shape (k,)
        One-sided p values.
    method : str
        A row of `METHODS`.
    weights : sequence of shape (k,), optional
        For "stouffer".
    rank : int, optional
        For "wilkinson": which smallest p is used.
    df : float, optional
        For "inverse_chi_square" and "inverse_t" (above 2).
    cut : float, optional
        For "truncated_product": the largest p that counts; for "votes", default 0.5.

    Raises
    ------
    OptionError
        For an unknown method.
    SynthesisError
        For values that are no p values, or that the method cannot use; for too few of them; for
        options that are missing or belong to another method.

    References
    ----------
    Becker (1994), in: Cooper & Hedges (eds), The Handbook of Research Synthesis, 215–230.
    Loughin (2004), Comput Stat Data Anal 47:467–485 (which method when).
    https://doi.org/10.1016/j.csda.2003.11.020

    Examples
    --------
    >>> combine_pvalues([0.01, 0.2, 0.7]).pvalue
    0.0408
    >>> combine_pvalues([0.01, 0.2, 0.7], method="stouffer", weights=[1, 2, 3]).pvalue
    0.2575
    """
    if method not in METHODS:
        raise OptionError("method", method, get_args(CombinationMethod))
    row = METHODS[method]
    p = _read(pvalues, row, method)
    options = {"weights": weights, "rank": rank, "df": df, "cut": cut}
    for name, value in options.items():
        if value is not None and name != row.option:
            takes = f"it takes {row.option}" if row.option else "it takes no option"
            raise SynthesisError(f"method={method!r} has no use for {name}; {takes}.")
    extra: dict[str, Any] = {}
    if row.option:
        given = options[row.option]
        if given is None and row.needed:
            raise SynthesisError(f"method={method!r} needs {row.option}=.")
        if given is not None:
            extra[row.option] = _checked(row.option, given, method, len(p))
    found = row.compute(p, **extra)
    return CombinedPValue(
        method=method,
        k=len(p),
        pvalue=found.pvalue,
        statistic=found.statistic,
        df=found.df,
        bound=found.bound,
        notes=tuple(_notes(method, p, found)),
    )


def _read(pvalues: Any, row: Row, method: str) -> Vector:
    if isinstance(pvalues, str) or not hasattr(pvalues, "__len__") or np.ndim(pvalues) != 1:
        raise SynthesisError(f"pvalues must be a list of numbers, not {pvalues!r}.")
    values = list(pvalues)
    for place, value in enumerate(values, start=1):
        where = f"p value {place}"
        if value is None or not is_number(value) or math.isnan(value):
            raise SynthesisError(f"{where}: {value!r} is not a number; leave it out and say so.")
        if not 0 <= value <= 1:
            raise SynthesisError(f"{where}: {value:g} is not between 0 and 1.")
        if value == 0 and not row.zero:
            raise SynthesisError(
                f"{where}: p = 0 cannot be used by method={method!r}. A printed 0.000 means below "
                "0.0005: give that bound."
            )
        if value == 1 and not row.one:
            raise SynthesisError(
                f"{where}: p = 1 cannot be used by method={method!r}, whose statistic would be "
                "infinite; method='fisher' or 'edgington' can."
            )
    if len(values) < row.at_least:
        raise SynthesisError(
            f"method={method!r} needs at least {row.at_least} p values; there "
            f"{'is' if len(values) == 1 else 'are'} {len(values)}."
        )
    return np.array(values, dtype=np.float64)


def _checked(name: str, value: Any, method: str, k: int) -> Any:
    """The option of a method, refused when it cannot be."""
    if name == "weights":
        wi = [] if isinstance(value, str) or not hasattr(value, "__len__") else list(value)
        if len(wi) != k or not all(is_number(w) and 0 <= w < math.inf for w in wi) or not any(wi):
            raise SynthesisError(
                f"weights must be {k} numbers, none negative and at least one above zero."
            )
        return np.array(wi, dtype=np.float64)
    if name == "rank":
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= k:
            raise SynthesisError(f"rank={value!r} is not a whole number from 1 to {k}.")
        return value
    low, high = {"df": (2.0 if method == "inverse_t" else 0.0, math.inf), "cut": (0.0, 1.0)}[name]
    if not is_number(value) or not low < value < high:
        limits = f"above {low:g}" + ("" if math.isinf(high) else f" and below {high:g}")
        raise SynthesisError(f"{name}={value!r} must be {limits} for method={method!r}.")
    return float(value)


def _notes(method: str, p: Vector, found: Combined) -> Iterator[str]:
    if method == "votes":
        cast = int(found.df or 0)
        silent = len(p) - cast
        yield (
            f"{int(found.statistic or 0)} of {cast} votes; counting votes ignores how sure each is."
        )
        if silent:
            yield f"{silent} p values at or about the cut did not vote."
    if method == "truncated_product" and found.statistic == 0:
        yield "no p value is as small as the cut."
