"""One piece of a batch: rows read, dealt out by group, or pooled group by group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from evidence._typing import Vector
from evidence.batch.keys import grouped, hashes, plain_keys
from evidence.batch.plan import READ_ROWS, Range, Task
from evidence.errors import RecordError
from evidence.kernels.ragged import STATUS, Engine, RaggedPooled, pool_ragged
from evidence.kernels.ragged_rows import LARGEST, NOT_CONVERGED, OK

KEY, YI, SPREAD, ROW = "key", "yi", "spread", "row"

POOLED, LESS, NOTHING, UNNAMED, UNSETTLED = (
    "pooled",
    "rows set aside",
    "no usable row",
    "no group",
    "not converged",
)
"""Values of the column `status`."""

NUMBERS = tuple(item.name for item in fields(RaggedPooled) if item.name not in ("k", "status"))
COUNTS = ("first_row", "rows", "set_aside", "k")
RESERVED = frozenset((*COUNTS, *NUMBERS, "status", "finding"))

TROUBLES: dict[int, str] = {
    1: "{yi} is missing",
    2: "{yi} is not finite",
    3: f"{{yi}} is beyond ±{LARGEST:g}; check its unit",
    4: "{spread} is missing",
    5: "{spread} is not finite",
    6: "{spread} = {value:g} is not above zero",
    7: "{spread} = {value:g} is too large or too small to weigh with; check its unit",
}


def read_blocks(
    file: pq.ParquetFile, task: Task, blocks: Sequence[tuple[int, Range]]
) -> Iterator[tuple[int, pa.Table]]:
    """The rows of each block asked for, in order, in one pass over the row groups they lie in.

    Columns are `key`, `yi`, `spread` and `row`, the number of the row from 0.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> table = pa.table({"claim": ["a", "a", "b"], "yi": [0.1, 0.3, 0.2], "vi": [0.1, 0.1, 0.1]})
    >>> with TemporaryDirectory() as folder:
    ...     source = Path(folder) / "in.parquet"
    ...     pq.write_table(table, source)
    ...     task = Task(source=source, target=Path(folder) / "out.parquet", group="claim")
    ...     with pq.ParquetFile(source) as file:
    ...         blocks = list(read_blocks(file, task, [(0, (0, 2)), (1, (2, 3))]))
    >>> [(number, block["key"].to_pylist()) for number, block in blocks]
    [(0, ['a', 'a']), (1, ['b'])]
    """
    columns = list(dict.fromkeys((task.group, task.yi, task.spread)))
    waiting = list(blocks)
    held: list[pa.RecordBatch] = []
    row = 0
    for index in range(file.metadata.num_row_groups):
        after = row + file.metadata.row_group(index).num_rows
        if not waiting:
            return
        if after <= waiting[0][1][0]:
            row = after
            continue
        for batch in file.iter_batches(
            READ_ROWS, row_groups=[index], columns=columns, use_threads=False
        ):
            end = row + len(batch)
            while waiting and waiting[0][1][0] < end:
                number, (start, stop) = waiting[0]
                first = max(start, row)
                held.append(_plain(batch.slice(first - row, min(stop, end) - first), task, first))
                if stop > end:
                    break
                yield number, pa.Table.from_batches(held)
                held = []
                waiting.pop(0)
            row = end


def _plain(batch: pa.RecordBatch, task: Task, first: int) -> pa.RecordBatch:
    numbers = [
        pc.cast(batch.column(batch.schema.get_field_index(name)), pa.float64(), safe=False)
        for name in (task.yi, task.spread)
    ]
    rows = pa.array(np.arange(first, first + len(batch)))
    key = plain_keys(batch.column(batch.schema.get_field_index(task.group)))
    return pa.record_batch([key, *numbers, rows], names=[KEY, YI, SPREAD, ROW])


def deal(table: pa.Table, parts: int) -> list[pa.RecordBatch]:
    """One record batch for each part, rows of a group in the same part and in their order.

    >>> table = pa.table({"key": ["a", "b", "a", "c"], "yi": [0.1, 0.2, 0.3, 0.4]})
    >>> parts = deal(table, 2)
    >>> sum(len(part) for part in parts), sum("a" in part["key"].to_pylist() for part in parts)
    (4, 1)
    """
    part = (hashes(plain_keys(table[KEY])) % np.uint64(parts)).astype(np.int64)
    order = np.argsort(part, kind="stable")
    sorted_ = table.take(pa.array(order)).combine_chunks()
    ends = np.cumsum(np.bincount(part, minlength=parts))
    return [
        _one_batch(sorted_.slice(start, stop - start))
        for start, stop in zip([0, *ends[:-1]], ends, strict=True)
    ]


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    found = table.combine_chunks().to_batches()
    return found[0] if found else pa.RecordBatch.from_pylist([], schema=table.schema)


def pool_piece(table: pa.Table, task: Task, engine: Engine) -> pa.Table:
    """Pool the groups of a piece that holds all their rows; one row each, as they first appear.

    A row that cannot be used is set aside and counted, and the first of a group is named.

    >>> from pathlib import Path
    >>> task = Task(source=Path("in.parquet"), target=Path("out.parquet"), group="claim")
    >>> table = pa.table({"key": ["a", "a", "a", "b"], "yi": [0.1, 0.3, None, 0.2],
    ...     "spread": [0.1, 0.1, 0.1, 0.0], "row": [0, 1, 2, 3]})
    >>> found = pool_piece(table, task, "numpy")
    >>> found.select(["claim", "k", "set_aside", "status"]).to_pylist()
    [{'claim': 'a', 'k': 2, 'set_aside': 1, 'status': 'rows set aside'}, {'claim': 'b', 'k': 0,
     'set_aside': 1, 'status': 'no usable row'}]
    >>> round(found["estimate"][0].as_py(), 2), found["finding"][1].as_py()
    (0.2, 'row 4: vi = 0 is not above zero')
    """
    codes, names = grouped(plain_keys(table[KEY]))
    yi, spread = (np.asarray(table[name].to_numpy(), dtype=np.float64) for name in (YI, SPREAD))
    row = np.asarray(table[ROW].to_numpy(), dtype=np.int64)
    count = len(names)
    wrong = _troubles(yi, spread, task)
    unnamed = names.is_null().to_numpy(zero_copy_only=False)
    usable = (wrong == 0) & ~unnamed[codes]
    order = np.flatnonzero(usable)
    if (np.diff(codes) < 0).any():
        order = order[np.argsort(codes[order], kind="stable")]
    k = np.bincount(codes[order], minlength=count)
    pooled = pool_ragged(
        yi[order],
        np.square(spread[order]) if task.is_se else spread[order],
        np.concatenate([[0], np.cumsum(k)]),
        tau2=task.tau2,
        test=task.test,
        level=task.level,
        engine=engine,
    )
    rows = np.bincount(codes, minlength=count)
    first = np.empty(count, dtype=np.int64)
    first[codes[::-1]] = row[::-1]
    status = np.select(
        [unnamed, k == 0, pooled.status == NOT_CONVERGED, rows > k],
        [UNNAMED, NOTHING, UNSETTLED, LESS],
        POOLED,
    )
    unsettled = np.flatnonzero(pooled.status != OK)
    findings = _findings(codes, wrong, spread, row, unnamed, task)
    for group in unsettled[k[unsettled] > 0]:
        findings.setdefault(int(group), STATUS[int(pooled.status[group])])
    texts = np.full(count, None, dtype=object)
    for group, text in findings.items():
        texts[group] = text
    counts = dict(zip(COUNTS, (first + 1, rows, rows - k, k), strict=True))
    columns = {
        task.group: names,
        **{name: pa.array(values.astype(np.int64)) for name, values in counts.items()},
        **{name: pa.array(getattr(pooled, name), from_pandas=True) for name in NUMBERS},
        "status": pa.array(status, pa.string()),
        "finding": pa.array(texts, pa.string()),
    }
    columns["df"] = columns["df"].cast(pa.int64())
    return pa.table(columns)


def check_free(task: Task) -> None:
    """Refuse a group column that has the name of a result.

    Raises
    ------
    RecordError

    Examples
    --------
    >>> from pathlib import Path
    >>> check_free(Task(source=Path("in.parquet"), target=Path("out.parquet"), group="k"))
    Traceback (most recent call last):
        ...
    evidence.errors.RecordError: in.parquet: the group column 'k' has the name of a column of the
    results; rename it
    """
    if task.group in RESERVED:
        raise RecordError(
            f"the group column {task.group!r} has the name of a column of the results; rename it",
            source=str(task.source),
        )


def _troubles(yi: Vector, spread: Vector, task: Task) -> NDArray[np.int8]:
    """What is wrong with each row, a key of `TROUBLES`; 0 when nothing is."""
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        vi = np.square(spread) if task.is_se else spread
        return np.select(
            [
                np.isnan(yi), np.isinf(yi), np.abs(yi) > LARGEST,
                np.isnan(spread), np.isinf(spread), spread <= 0,
                (vi > LARGEST) | (vi < 1 / LARGEST),
            ],
            list(TROUBLES),
            0,
        ).astype(np.int8)  # fmt: skip


def _findings(
    codes: NDArray[np.int64],
    wrong: NDArray[np.int8],
    spread: Vector,
    row: NDArray[np.int64],
    unnamed: NDArray[np.bool_],
    task: Task,
) -> dict[int, str]:
    """For each group with rows set aside: the first of them, why, and how many more."""
    bad = np.flatnonzero((wrong > 0) | unnamed[codes])
    groups, where, times = np.unique(codes[bad], return_index=True, return_counts=True)
    found = {}
    for group, first, more in zip(groups.tolist(), bad[where].tolist(), times - 1, strict=True):
        why = f"{task.group} is missing"
        if not unnamed[group]:
            why = TROUBLES[int(wrong[first])].format(
                yi=task.yi, spread=task.spread, value=spread[first]
            )
        rest = f"; and {more:,} more" if more else ""
        found[group] = f"row {row[first] + 1:,}: {why}{rest}"
    return found


def merged(readers: Iterable[pa.ipc.RecordBatchFileReader]) -> Iterator[pa.Table]:
    """The rows of several pieces, each in the order of `first_row`, brought into that order.

    >>> def piece(rows):
    ...     sink, table = pa.BufferOutputStream(), pa.table({"first_row": rows})
    ...     with pa.ipc.new_file(sink, table.schema) as writer:
    ...         writer.write_table(table)
    ...     return pa.ipc.open_file(sink.getvalue())
    >>> parts = merged([piece([1, 4]), piece([2, 3])])
    >>> [row for part in parts for row in part["first_row"].to_pylist()]
    [1, 2, 3, 4]
    """
    heads = [_Head(reader) for reader in readers]
    while heads := [head for head in heads if head.fill()]:
        # what is not yet read comes after the last row in hand of the piece it belongs to
        limits = [head.last for head in heads if head.more]
        some = [head.take(min(limits) if limits else None) for head in heads]
        yield pa.concat_tables(some).combine_chunks().sort_by("first_row")


class _Head:
    """The rows in hand of one piece."""

    def __init__(self, reader: pa.ipc.RecordBatchFileReader) -> None:
        self.reader, self.next = reader, 0
        self.rows = pa.Table.from_batches([], schema=reader.schema)

    @property
    def more(self) -> bool:
        return bool(self.next < self.reader.num_record_batches)

    @property
    def last(self) -> int:
        return int(self.rows["first_row"][-1].as_py())

    def fill(self) -> bool:
        """Have rows in hand, if there are any left."""
        while not len(self.rows) and self.more:
            self.rows = pa.Table.from_batches([self.reader.get_batch(self.next)])
            self.next += 1
        return bool(len(self.rows))

    def take(self, limit: int | None) -> pa.Table:
        """The rows in hand up to a row number."""
        numbers = self.rows["first_row"].to_numpy()
        stop = len(numbers) if limit is None else int(np.searchsorted(numbers, limit, "right"))
        taken, self.rows = self.rows.slice(0, stop), self.rows.slice(stop)
        return taken
