"""Covariance of sampling errors, built from what is known of how effects depend on each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from evidence._typing import Matrix, Vector
from evidence.errors import SynthesisError
from evidence.kernels.blocks import Codes
from evidence.kernels.vcalc import (
    between_observations,
    between_types,
    over_time,
    same,
    shared_arms,
    with_correlation,
)
from evidence.synthesis.effect_table import EffectSource, as_numbers, is_number
from evidence.synthesis.grouping import columns_of_source, grouping, labels, levels

Correlation: TypeAlias = float | tuple[float, float] | Mapping[tuple[str, str], float]

NEGATIVE = 1e-10  # of the largest eigenvalue: below it is rounding


def sampling_covariance(
    effects: EffectSource,
    *,
    cluster: str | Sequence[str] = "study",
    obs: str | None = None,
    type: str | None = None,
    time: str | None = None,
    rho: Correlation | None = None,
    phi: float | None = None,
) -> Matrix:
    """Covariance matrix of sampling errors, of shape (k, k), for `multilevel`.

    Rows of different clusters are independent. Two rows of one cluster covary r √(v₁v₂), with r
    the product of what `rho` says of their observations and types, and φ to the power of the
    time between them.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        With sampling variances `vi` and the columns named below.
    cluster : str or sequence of str
        Column or columns that say who shares participants; several for sub-samples of a study.
    obs : str, optional
        Column of observations; without it (and `type`) every row is one of its own.
    type : str, optional
        Column of types, such as outcomes.
    time : str, optional
        Column of times, numbers; needs `phi`.
    rho : float, pair of floats, or mapping
        With obs, or neither obs nor type: correlation of different observations. With type: of
        different types, one number or a mapping such as ``{("pain", "function"): 0.4}``. With
        both: (different observations of one type, different types).
    phi : float, optional
        Correlation of two effects one unit of time apart.

    Returns
    -------
    array of shape (k, k)

    Raises
    ------
    SynthesisError
        When a column or correlation is missing or impossible; a cluster whose correlations
        cannot all hold at once is named.

    References
    ----------
    Gleser & Olkin (2009), Handbook of Research Synthesis and Meta-Analysis, chapter 19; Hedges,
    Tipton & Johnson (2010), Res Synth Methods 1:39–65. https://doi.org/10.1002/jrsm.5

    Examples
    --------
    >>> table = {"study": ["Kim", "Kim", "Lee"], "vi": [0.01, 0.04, 0.09]}
    >>> sampling_covariance(table, rho=0.5).tolist()
    [[0.01, 0.01, 0.0], [0.01, 0.04, 0.0], [0.0, 0.0, 0.09]]
    """
    columns = columns_of_source(effects)
    vi = _variances(columns)
    k = len(vi)
    within = grouping([cluster] if isinstance(cluster, str) else list(cluster), columns, k)
    pattern = same(within.codes)
    if type is not None:
        codes, names = levels(type, columns, k)
        inside, across = _rho_of_types(rho, [str(name) for name in names], with_obs=obs is not None)
        kinds = between_types(codes, across)
        if obs is None:
            pattern *= kinds
        else:
            observed = between_observations(grouping([obs], columns, k).codes, inside)
            pattern *= np.where(same(codes) > 0, observed, kinds)
    elif rho is not None or obs is not None:
        value = _one_correlation("rho", rho)
        seen = grouping([obs], columns, k).codes if obs is not None else np.arange(k)
        pattern *= between_observations(seen, value)
    if (time is None) != (phi is None):
        raise SynthesisError("time and phi belong together: give both, or neither.")
    if time is not None:
        decay = _one_correlation("phi", phi)
        if decay < 0:
            raise SynthesisError(f"phi={decay:g} must not be negative.")
        values = as_numbers(time, labels(time, columns, k), within_names(within.codes))
        pattern *= over_time(values, decay)
    if rho is None and obs is None and type is None and time is None:
        raise SynthesisError(
            "nothing says how rows of a cluster correlate: give rho=, or time= with phi=."
        )
    np.fill_diagonal(pattern, 1.0)
    _check_possible(pattern, within.codes, within.labels)
    return with_correlation(vi, pattern)


def shared_arm_covariance(
    effects: EffectSource,
    *,
    arm1: str,
    arm2: str,
    n1: str,
    n2: str,
    cluster: str | Sequence[str] = "study",
    base: Matrix | None = None,
) -> Matrix:
    """Covariance matrix of contrasts of which some share an arm, as several doses one placebo.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        With sampling variances `vi` and the columns named below.
    arm1, arm2 : str
        Columns that name the arms compared, arm1 − arm2.
    n1, n2 : str
        Columns with the number of people in them.
    cluster : str or sequence of str
        Column or columns that say which study a row is of; arms are shared within it only.
    base : array of shape (k, k), optional
        Covariance from `sampling_covariance`, for outcomes or times that depend on each other
        as well: its correlations are multiplied with those of the arms.

    References
    ----------
    Gleser & Olkin (2009), Handbook of Research Synthesis and Meta-Analysis, chapter 19.

    Examples
    --------
    >>> table = {"study": ["Kim", "Kim"], "vi": [0.04, 0.04], "arm1": ["2 %", "5 %"],
    ...          "arm2": ["vehicle", "vehicle"], "n1": [30, 30], "n2": [30, 30]}
    >>> shared_arm_covariance(table, arm1="arm1", arm2="arm2", n1="n1", n2="n2").tolist()
    [[0.04, 0.02], [0.02, 0.04]]
    """
    columns = columns_of_source(effects)
    vi = _variances(columns)
    k = len(vi)
    within = grouping([cluster] if isinstance(cluster, str) else list(cluster), columns, k)
    rows = within_names(within.codes)
    arms = [str(label) for name in (arm1, arm2) for label in labels(name, columns, k)]
    number = {label: code for code, label in enumerate(dict.fromkeys(arms))}
    codes = np.array([number[label] for label in arms], dtype=np.intp).reshape(2, k)
    if (codes[0] == codes[1]).any():
        row = int(np.flatnonzero(codes[0] == codes[1])[0]) + 1
        raise SynthesisError(f"row {row}: {arm1} and {arm2} are the same arm, {arms[row - 1]!r}.")
    sizes = [as_numbers(name, labels(name, columns, k), rows) for name in (n1, n2)]
    if min(float(size.min()) for size in sizes) <= 0:
        raise SynthesisError(f"{n1} and {n2} must be above zero: they are numbers of people.")
    pattern = shared_arms(codes[0], codes[1], *sizes) * same(within.codes)
    if base is not None:
        given = np.asarray(base, dtype=np.float64)
        if given.shape != (k, k):
            raise SynthesisError(f"base has shape {given.shape}, not ({k}, {k}).")
        sd = np.sqrt(np.diag(given))
        pattern *= given / np.outer(sd, sd)
    np.fill_diagonal(pattern, 1.0)
    _check_possible(pattern, within.codes, within.labels)
    return with_correlation(vi, pattern)


def within_names(codes: Codes) -> list[str]:
    """Row numbers as text, for messages.

    >>> within_names(np.array([0, 0, 1]))
    ['1', '2', '3']
    """
    return [str(row) for row in range(1, len(codes) + 1)]


def _variances(columns: Mapping[str, Any]) -> Vector:
    if "vi" not in columns:
        raise SynthesisError(f"no column vi. Found: {', '.join(columns) or 'nothing'}.")
    values = list(columns["vi"])
    vi = as_numbers("vi", values, [str(row) for row in range(1, len(values) + 1)])
    if (vi <= 0).any():
        row = int(np.flatnonzero(vi <= 0)[0]) + 1
        raise SynthesisError(f"row {row}: vi = {vi[row - 1]:g} is not a variance above zero.")
    return vi


def _one_correlation(name: str, value: object) -> float:
    if value is None:
        raise SynthesisError(f"{name} is needed: a correlation between −1 and 1.")
    if not is_number(value) or not -1 <= float(value) <= 1:  # type: ignore[arg-type]
        raise SynthesisError(f"{name}={value!r} is not a correlation between −1 and 1.")
    return float(value)  # type: ignore[arg-type]


def _rho_of_types(rho: object, names: list[str], *, with_obs: bool) -> tuple[float, Matrix]:
    """Correlation within a type, and the matrix of those between types."""
    inside: float = 1.0
    across = rho
    if with_obs:
        if not isinstance(rho, Sequence) or isinstance(rho, str) or len(rho) != 2:
            raise SynthesisError(
                "with obs and type, rho must be a pair (within a type, between types), not "
                f"{rho!r}."
            )
        inside, across = _one_correlation("rho", rho[0]), rho[1]
    if not isinstance(across, Mapping):
        value = _one_correlation("rho", across)
        return inside, value + (1 - value) * np.eye(len(names))
    out = np.eye(len(names))
    for i, a in enumerate(names):
        for j, b in enumerate(names[:i]):
            found = across.get((a, b), across.get((b, a)))
            if found is None:
                raise SynthesisError(f"rho says nothing of {b} with {a}; add ({b!r}, {a!r}).")
            out[i, j] = out[j, i] = _one_correlation(f"rho[{b}, {a}]", found)
    return inside, out


def _check_possible(pattern: Matrix, codes: Codes, names: Sequence[str]) -> None:
    for group in range(len(names)):
        rows = np.flatnonzero(codes == group)
        if len(rows) < 3:  # a pair is possible whatever its correlation
            continue
        values = np.linalg.eigvalsh(pattern[np.ix_(rows, rows)])
        if values[0] < -NEGATIVE * values[-1]:
            raise SynthesisError(
                f"the correlations of the {len(rows)} rows of {names[group]} cannot all hold at "
                "once (their matrix has a negative eigenvalue). Use larger values between types "
                "or observations, or the same one throughout."
            )
