"""A covariance of sampling errors as users hand it in: whole or in blocks, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from evidence._typing import Matrix
from evidence.errors import SynthesisError
from evidence.synthesis.effect_table import EffectTable

Sampling: TypeAlias = Matrix | Sequence[Matrix] | pd.DataFrame | None


def sampling_matrix(sampling: Sampling) -> Matrix | None:
    """The covariance as one matrix, whether it came whole or in blocks.

    >>> sampling_matrix([[[0.1]], [[0.2, 0.05], [0.05, 0.2]]]).tolist()
    [[0.1, 0.0, 0.0], [0.0, 0.2, 0.05], [0.0, 0.05, 0.2]]
    """
    if sampling is None:
        return None
    if isinstance(sampling, list | tuple) and sampling and all(np.ndim(b) == 2 for b in sampling):
        sizes = [np.shape(block) for block in sampling]
        if any(rows != columns for rows, columns in sizes):
            raise SynthesisError("a block of the sampling covariance is not square.")
        ends = np.cumsum([rows for rows, _ in sizes])
        whole = np.zeros((int(ends[-1]), int(ends[-1])))
        for block, end in zip(sampling, ends, strict=True):
            place = slice(int(end) - len(block), int(end))
            whole[place, place] = np.asarray(block, dtype=np.float64)
        return whole
    try:
        return np.array(sampling, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SynthesisError(f"the sampling covariance must hold numbers only: {error}.") from error


def with_variances(columns: Mapping[str, Any], v: Matrix) -> dict[str, Any]:
    """The effects with the diagonal of the covariance as variances, where they have none.

    >>> with_variances({"yi": [0.1, 0.3]}, np.array([[0.2, 0.05], [0.05, 0.3]]))
    {'vi': [0.2, 0.3], 'yi': [0.1, 0.3]}
    """
    diagonal = np.diag(v).tolist() if v.ndim == 2 else []
    return {"vi": diagonal, **columns}


def check_sampling(v: Matrix, table: EffectTable) -> None:
    """Refuse a covariance of another shape, or one that is not that of these effects.

    >>> from evidence.synthesis.effect_table import effect_table
    >>> table = effect_table({"yi": [0.1, 0.3], "vi": [0.2, 0.3]})
    >>> check_sampling(np.array([[0.2, 0.05], [0.05, 0.3]]), table)
    >>> check_sampling(np.array([[0.2, 0.05], [0.06, 0.3]]), table)
    Traceback (most recent call last):
        ...
    evidence.errors.SynthesisError: the sampling covariance is not symmetric.
    """
    k = len(table)
    if v.shape != (k, k):
        shape = " × ".join(map(str, v.shape))
        raise SynthesisError(f"the sampling covariance is {shape}, and there are {k} effects.")
    if not np.isfinite(v).all():
        row, column = (int(at[0]) + 1 for at in np.nonzero(~np.isfinite(v)))
        raise SynthesisError(f"sampling covariance, row {row}, column {column}: no finite number.")
    if not np.allclose(v, v.T, rtol=1e-8, atol=1e-12 * float(np.abs(v).max())):
        raise SynthesisError("the sampling covariance is not symmetric.")
    off = ~np.isclose(np.diag(v), table.vi, rtol=1e-6, atol=0)
    if off.any():
        row = int(np.flatnonzero(off)[0])
        raise SynthesisError(
            f"row {row + 1} ({table.studies[row]}): vi = {table.vi[row]:g}, but the sampling "
            f"covariance has {v[row, row]:g} on its diagonal. Are the rows in the same order?"
        )
