"""Group keys of any plain kind: hashed alike on every machine, and told apart exactly."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evidence.errors import RecordError

Codes = NDArray[np.uint64]

_MISSING = np.uint64(0x9E3779B97F4A7C15)


def check_groupable(field: pa.Field, source: str) -> None:
    """Refuse lists and structures as group keys.

    Raises
    ------
    RecordError

    Examples
    --------
    >>> check_groupable(pa.field("claim", pa.string()), "a.parquet")
    >>> check_groupable(pa.field("claim", pa.list_(pa.string())), "a.parquet")
    Traceback (most recent call last):
        ...
    evidence.errors.RecordError: a.parquet: column 'claim' holds list<item: string>; a group is
    named by one text, number or date
    """
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if pa.types.is_nested(kind):
        raise RecordError(
            f"column {field.name!r} holds {kind}; a group is named by one text, number or date",
            source=source,
        )


def plain_keys(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column of keys as one array, dictionaries written out, NaN as missing.

    >>> plain_keys(pa.array(["b", "a", "b"]).dictionary_encode()).to_pylist()
    ['b', 'a', 'b']
    >>> plain_keys(pa.array([-0.0, float("nan")])).to_pylist()
    [0.0, None]
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):  # of no chunk, or too long for one
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        column = column.cast(
            pa.large_string() if pa.types.is_string(column.type) else pa.large_binary()
        )
    if pa.types.is_floating(column.type):
        column = pc.add(column, pa.scalar(0.0, column.type))  # one zero, not two
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    return column


def hashes(keys: pa.Array) -> Codes:
    """64 bits for each key; equal keys give equal bits, in every file and on every machine.

    Examples
    --------
    >>> a, b = hashes(pa.array(["x", "y"])), hashes(pa.array(["y", "x"]))
    >>> bool((a == b[::-1]).all()), bool(a[0] == a[1])
    (True, False)
    """
    import pandas as pd

    if pa.types.is_integer(keys.type):
        values = pc.fill_null(keys, 0).to_numpy(zero_copy_only=False)
        code = pd.util.hash_array(
            values.astype(np.int64 if keys.type.bit_width < 64 else values.dtype)
        )
    else:
        encoded = keys.dictionary_encode()
        words = np.array([str(value) for value in encoded.dictionary.to_pylist()], dtype=object)
        if not len(words):
            return np.full(len(keys), _MISSING)
        code = pd.util.hash_array(words, categorize=False)[
            pc.fill_null(encoded.indices, 0).to_numpy(zero_copy_only=False)
        ]
    missing = keys.is_null().to_numpy(zero_copy_only=False)
    return np.where(missing, _MISSING, code).astype(np.uint64)


def grouped(keys: pa.Array) -> tuple[NDArray[np.int64], pa.Array]:
    """For each row the number of its group, groups numbered as they first appear; and their keys.

    The rows without a key are a group of their own.

    Examples
    --------
    >>> codes, names = grouped(pa.array(["b", "a", None, "b"]))
    >>> codes, names.to_pylist()
    (array([0, 1, 2, 0]), ['b', 'a', None])
    """
    encoded = keys.dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, encoded.dictionary
