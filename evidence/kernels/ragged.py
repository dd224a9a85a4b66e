"""Many meta-analyses at once, laid end to end: the answers of `pool`, group by group.

Two engines give one answer: loops compiled by numba where it is installed and there is enough to do
(`ragged_jit`), otherwise numpy on all groups at once (`ragged_numpy`). Neither lets a group see its
neighbours: its numbers do not depend on where it lies, and a group that cannot be pooled gets
NaN and a status.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, ndtr, ndtri, stdtr, stdtrit

from evidence._typing import Matrix, Vector
from evidence.errors import MissingPieceError, OptionError, SynthesisError
from evidence.kernels import ragged_numpy
from evidence.kernels._jit import can_compile
from evidence.kernels.inference import Test
from evidence.kernels.ragged_rows import (
    EMPTY,
    ESTIMATE,
    LARGEST,
    METHODS,
    NOT_CONVERGED,
    OK,
    OUT_OF_RANGE,
    PMM,
    SQUARES,
    TAU2,
    TRACE,
    VARIANCE,
    VI_NOT_POSITIVE,
    VI_UNUSABLE,
    YI_UNUSABLE,
    Offsets,
    Q,
    empty_answer,
    states,
)
from evidence.kernels.tau2 import TAU2_OF_WEIGHTS, Tau2Method

Engine: TypeAlias = Literal["auto", "compiled", "numpy"]

COMPILED_FROM = 100_000  # groups: below, importing numba takes longer than it saves
# Rows worked on at a time bound the memory beside input and answer: an eighth of the input, at
# about 100 bytes a row, stays below the input's own size; fewer would cost the numpy engine time.
FEWEST_ROWS, CHUNK_ROWS = 1 << 14, 1 << 17
MANY_DF = 1 << 14  # up to here a table over degrees of freedom is quicker than sorting them

STATUS: dict[int, str] = {
    OK: "pooled",
    EMPTY: "no effect in the group",
    YI_UNUSABLE: "an effect is missing or not finite",
    VI_UNUSABLE: "a sampling variance is missing or not finite",
    VI_NOT_POSITIVE: "a sampling variance is not above zero",
    OUT_OF_RANGE: f"an effect or a variance is beyond {LARGEST:g} or a variance below its inverse",
    NOT_CONVERGED: "the between-study variance did not settle",
}
"""What a status code of `RaggedPooled` means."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RaggedPooled:
    """One number per group in each array, all of shape (m,); NaN where `pool` gives None.

    `df` is NaN for the normal distribution; `status` is explained by `STATUS`.
    """

    k: NDArray[np.int64]
    estimate: Vector
    se: Vector
    ci_low: Vector
    ci_high: Vector
    statistic: Vector
    df: Vector
    pvalue: Vector
    tau2: Vector
    q: Vector
    i2: Vector  # percent, 0 to 100
    h2: Vector
    pi_low: Vector  # from three studies on
    pi_high: Vector
    status: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.k)


def pool_ragged(
    yi: ArrayLike,
    vi: ArrayLike,
    offsets: ArrayLike,
    *,
    tau2: Tau2Method = "REML",
    test: Test = "HKSJ",
    level: float = 0.95,
    engine: Engine = "auto",
) -> RaggedPooled:
    """Pool each group of effects by itself, as `evidence.pool` does.

    Parameters
    ----------
    yi, vi : arrays of shape (n,)
        Effects and sampling variances, group after group.
    offsets : array of int, shape (m + 1,)
        Group i has the rows from offsets[i] up to, not including, offsets[i + 1]; the first is 0
        and the last n.
    tau2 : str
        Any estimator of `evidence.kernels.tau2.TAU2`, or "EE".
    test : {"HKSJ", "HKSJ-adhoc", "t", "z"}
        Test and interval of the means.
    level : float
        Level of every interval, between 0 and 1.
    engine : {"auto", "compiled", "numpy"}
        "auto" compiles from 100,000 groups on if numba is installed. The engines agree to
        rounding.

    Returns
    -------
    RaggedPooled

    Raises
    ------
    OptionError
        For an unknown estimator, test or engine.
    SynthesisError
        For an estimator that needs weights, a level outside (0, 1), arrays that do not fit.
    MissingPieceError
        When the compiled engine is asked for and numba is not installed.

    Examples
    --------
    >>> found = pool_ragged([0.1, 0.3, 0.8, 0.5, 0.6], [0.02, 0.03, 0.05, 0.04, 0.09], [0, 3, 5])
    >>> found.estimate.tolist(), found.tau2.tolist()
    ([0.3704, 0.5308], [0.0860, 0.0])
    """
    method = _method(tau2)
    if test not in get_args(Test):
        raise OptionError("test", test, get_args(Test))
    if engine not in get_args(Engine):
        raise OptionError("engine", engine, get_args(Engine))
    if not 0 < level < 1:
        hint = f" Did you mean {level / 100:g}?" if 1 < level < 100 else ""
        raise SynthesisError(f"level={level!r} is not between 0 and 1.{hint}")
    y, v, at = _arrays(yi, vi, offsets)
    use = chosen_engine(len(at) - 1) if engine == "auto" else engine
    if use == "compiled" and not can_compile():
        raise MissingPieceError("the compiled engine", "numba", "fast")

    columns = {item.name: np.empty(len(at) - 1) for item in fields(RaggedPooled)}
    k = np.diff(at)
    status = np.zeros(len(k), dtype=np.int8)
    for part in _chunks(at):
        sizes, rows = k[part], slice(at[part.start], at[part.stop])
        local = at[part.start : part.stop + 1] - at[part.start]
        state = states(y[rows], v[rows], local)
        core = empty_answer(len(sizes))
        _run(use, y[rows], v[rows], local, method, core, state)
        status[part] = state
        for name, column in _finish(core, sizes, tau2, test, level, _tails(use)).items():
            columns[name][part] = column
    return RaggedPooled(**{**columns, "k": k, "status": status})


def chosen_engine(groups: int) -> Engine:
    """The engine "auto" stands for.

    >>> chosen_engine(10)
    'numpy'
    """
    return "compiled" if groups >= COMPILED_FROM and can_compile() else "numpy"


def _method(tau2: str) -> int:
    if tau2 in TAU2_OF_WEIGHTS:
        raise SynthesisError(
            f"tau2={tau2!r} is defined by weights of your choice, which many groups at once do not "
            "take; use 'DL', which is GENQ with weights 1/vi, or pool the groups one by one."
        )
    if tau2 not in METHODS:
        raise OptionError("tau2", tau2, METHODS)
    return METHODS[tau2]


def _arrays(yi: ArrayLike, vi: ArrayLike, offsets: ArrayLike) -> tuple[Vector, Vector, Offsets]:
    y, v = (np.ascontiguousarray(values, dtype=np.float64) for values in (yi, vi))
    given = np.asarray(offsets)
    if y.ndim != 1 or y.shape != v.shape:
        raise SynthesisError(f"yi and vi must be columns of one length, not {y.shape}, {v.shape}.")
    if given.ndim != 1 or not len(given) or not np.issubdtype(given.dtype, np.integer):
        raise SynthesisError("offsets must be a column of whole numbers, the first of them 0.")
    at = np.ascontiguousarray(given, dtype=np.int64)
    if at[0] != 0 or at[-1] != len(y) or (np.diff(at) < 0).any():
        raise SynthesisError(
            f"offsets must rise from 0 to the number of rows, {len(y)}; they go from {at[0]} to "
            f"{at[-1]}{', and fall somewhere' if (np.diff(at) < 0).any() else ''}."
        )
    return y, v, at


def _chunks(at: Offsets) -> Iterator[slice]:
    """Runs of whole groups with about an eighth of the rows, and not many more groups than that."""
    rows = min(max(FEWEST_ROWS, int(at[-1]) // 8), CHUNK_ROWS)
    start, last = 0, len(at) - 1
    while start < last:
        stop = int(np.searchsorted(at, at[start] + rows, side="right")) - 1
        stop = min(max(stop, start + 1), start + rows)
        yield slice(start, stop)
        start = stop


def _run(
    engine: Engine,
    yi: Vector,
    vi: Vector,
    at: Offsets,
    method: int,
    out: Matrix,
    status: NDArray[np.int8],
) -> None:
    df = np.maximum(np.diff(at) - 1.0, 1.0)
    targets = _per_distinct(df, lambda few: chdtri(few, 0.5)) if method == PMM else df
    if engine == "compiled":
        from evidence.kernels import ragged_jit

        ragged_jit.pool_groups(yi, vi, at, method, targets, out, status)
    else:
        ragged_numpy.pool_groups(yi, vi, at, method, targets, out, status)


def _tails(engine: Engine) -> Callable[[Vector, Vector], Vector]:
    """Two-sided p values of t, given its absolute value and degrees of freedom."""
    if engine == "compiled":
        from evidence.kernels.student_tail import two_sided

        return two_sided
    return lambda t, df: np.asarray(2 * stdtr(df, -t), dtype=np.float64)


def _finish(
    core: Matrix,
    k: NDArray[np.int64],
    method: Tau2Method,
    test: Test,
    level: float,
    tails: Callable[[Vector, Vector], Vector],
) -> dict[str, Vector]:
    """Standard errors, tests, intervals and shares of variance from what an engine found."""
    several, df = k > 1, np.maximum(k - 1.0, 1.0)
    tau2, q = core[TAU2], np.where(several, core[Q], np.nan)
    normal = ndtri(1 - (1 - level) / 2)
    by_t = several & (test != "z")
    upper = 1 - (1 - level) / 2
    quantile = _per_distinct(df, lambda few: stdtrit(few, upper)) if by_t.any() else normal
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.ones(len(k))
        if test in ("HKSJ", "HKSJ-adhoc"):
            factor = np.where(several, core[SQUARES] / df, 1.0)
        if test == "HKSJ-adhoc":
            factor = np.maximum(factor, 1.0)
        se = np.sqrt(core[VARIANCE]) * np.sqrt(factor)
        estimate = core[ESTIMATE]
        statistic = np.where(
            se > 0,
            estimate / se,
            np.where(estimate == 0, np.nan, np.copysign(np.inf, estimate)),
        )
        statistic[np.isnan(estimate)] = np.nan
        half = np.where(by_t, quantile, normal) * se
        size = np.abs(statistic)
        if by_t.all():
            pvalue = tails(size, df)
        else:
            pvalue = 2 * ndtr(-size)
            pvalue[by_t] = tails(size[by_t], df[by_t])
        modelled = method != "EE"
        ahead = np.where(
            modelled & (k > 2), (normal if test == "z" else quantile) * np.hypot(np.sqrt(tau2), se),
            np.nan,
        )  # fmt: skip
        typical = df / core[TRACE]
        if modelled:
            i2, h2 = np.where(tau2 > 0, 100 / (1 + typical / tau2), 0.0), 1 + tau2 / typical
            tau2 = np.where(several, tau2, np.nan)
        else:
            i2, h2 = np.where(q > 0, np.maximum(0.0, 100 * (q - df) / q), 0.0), q / df
        known = several & np.isfinite(estimate)
    return {
        "estimate": estimate,
        "se": se,
        "ci_low": estimate - half,
        "ci_high": estimate + half,
        "statistic": statistic,
        "df": np.where(by_t & np.isfinite(estimate), df, np.nan),
        "pvalue": pvalue,
        "tau2": tau2,
        "q": q,
        "i2": np.where(known, i2, np.nan),
        "h2": np.where(known, h2, np.nan),
        "pi_low": estimate - ahead,
        "pi_high": estimate + ahead,
    }


def _per_distinct(df: Vector, function: Callable[[Vector], ArrayLike]) -> Vector:
    """A function of the degrees of freedom, computed once for each that occurs."""
    whole = df.astype(np.int64)
    if whole.max() > MANY_DF:
        distinct, which = np.unique(df, return_inverse=True)
        return np.asarray(function(distinct), dtype=np.float64)[which]
    occurs = np.flatnonzero(np.bincount(whole))
    table = np.full(occurs[-1] + 1, np.nan)
    table[occurs] = function(occurs.astype(np.float64))
    return table[whole]
