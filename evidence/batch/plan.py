"""What a batch is asked, and how its rows are cut into pieces that fit into memory."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evidence.batch.keys import check_groupable, hashes, plain_keys
from evidence.errors import OptionError, RecordError, SynthesisError
from evidence.kernels.inference import Test
from evidence.kernels.ragged import Engine, chosen_engine
from evidence.kernels.ragged_rows import METHODS
from evidence.kernels.tau2 import Tau2Method

Range = tuple[int, int]

BYTES_PER_ROW = 400
"""What a row in hand takes at its peak, with its share of the answer; a test holds it to that."""
ROWS_PER_GROUP = 5  # taken for the choice of engine, which must not depend on the memory
FEWEST_ROWS = 20_000  # of a piece, however little memory is asked for
READ_ROWS = 1 << 16

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "KI": 2**10, "MI": 2**20, "GI": 2**30}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One batch: where the rows are, which columns they lie in, and how they are pooled.

    `spread` is the column of variances, or of standard errors when `is_se`. `memory` is in bytes.
    """

    source: Path
    target: Path
    group: str
    yi: str = "yi"
    spread: str = "vi"
    is_se: bool = False
    tau2: Tau2Method = "REML"
    test: Test = "HKSJ"
    level: float = 0.95
    memory: int = 512_000_000

    @property
    def rows_at_once(self) -> int:
        """How many rows may be in hand together."""
        return max(FEWEST_ROWS, self.memory // BYTES_PER_ROW)

    def settings(self) -> dict[str, object]:
        """What the answer depends on, the input's contents and the code apart."""
        named = asdict(self)
        return {name: named[name] for name in named if name not in ("source", "target", "memory")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the rows are cut.

    `blocks` are ranges of rows that are read together. With `together`, each group lies in one
    block, whose groups are pooled as they come; otherwise the blocks are first dealt out into
    `parts` by a hash of the group.
    """

    rows: int
    blocks: tuple[Range, ...]
    together: bool
    parts: int
    engine: Engine


def memory_in_bytes(text: str) -> int:
    """An amount of memory as people write it.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> memory_in_bytes("512MB"), memory_in_bytes("2 GiB")
    (512000000, 2147483648)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMG]?I?)B?\s*", text.upper())
    if not found or found[2] not in _UNITS or not float(found[1]) > 0:
        raise OptionError("memory", text, ("512MB", "2GB", "1GiB"))
    return int(float(found[1]) * _UNITS[found[2]])


def open_source(task: Task) -> pq.ParquetFile:
    """The input, checked to have the columns asked for, and these to be of a usable kind.

    Raises
    ------
    RecordError
        No such file, no Parquet, no such column, or text where numbers belong.

    Examples
    --------
    >>> open_source(Task(source=Path("none.parquet"), target=Path("out.parquet"), group="claim"))
    Traceback (most recent call last):
        ...
    evidence.errors.RecordError: none.parquet: no such file
    """
    try:
        file = pq.ParquetFile(task.source, pre_buffer=False, buffer_size=1 << 20)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise RecordError("no such file", source=str(task.source)) from error
    except PermissionError as error:
        raise RecordError("may not be read", source=str(task.source)) from error
    except (pa.ArrowException, OSError) as error:
        raise RecordError(
            f"this is no whole Parquet file: {' '.join(str(error).split())}. A CSV file becomes "
            'one by pandas: pd.read_csv("x.csv").to_parquet("x.parquet")',
            source=str(task.source),
        ) from error
    schema = file.schema_arrow
    for column in (task.group, task.yi, task.spread):
        if schema.get_field_index(column) < 0:
            twice = schema.names.count(column) > 1
            raise RecordError(
                f"{'more than one column' if twice else 'no column'} {column!r}; there are "
                f"{', '.join(schema.names)}. {_which(column, task)}",
                source=str(task.source),
            )
    for column in (task.yi, task.spread):
        kind = schema.field(column).type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or _is_decimal(kind)):
            raise RecordError(
                f"column {column!r} holds {kind}, not numbers", source=str(task.source)
            )
    check_groupable(schema.field(task.group), str(task.source))
    return file


def check_task(task: Task) -> None:
    """Refuse options before any work is done.

    Raises
    ------
    OptionError, SynthesisError

    Examples
    --------
    >>> files = {"source": Path("a.parquet"), "target": Path("b.parquet")}
    >>> check_task(Task(**files, group="claim", level=0.95))
    >>> check_task(Task(**files, group="claim", level=95))
    Traceback (most recent call last):
        ...
    evidence.errors.SynthesisError: level=95 is not between 0 and 1. Did you mean 0.95?
    """
    if task.tau2 not in METHODS:
        raise OptionError("tau2", task.tau2, METHODS)
    if task.test not in get_args(Test):
        raise OptionError("test", task.test, get_args(Test))
    if not 0 < task.level < 1:
        hint = f" Did you mean {task.level / 100:g}?" if 1 < task.level < 100 else ""
        raise SynthesisError(f"level={task.level!r} is not between 0 and 1.{hint}")
    if task.source.resolve() == task.target.resolve():
        raise SynthesisError(f"{task.target}: the output would overwrite the input")


def make_plan(task: Task, file: pq.ParquetFile) -> Plan:
    """Read the group column once and cut the rows.

    Raises
    ------
    RecordError
        When there are no rows.
    SynthesisError
        When one group does not fit into the memory allowed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> table = pa.table({"claim": ["a", "a", "b"], "yi": [0.1, 0.3, 0.2], "vi": [0.1, 0.1, 0.1]})
    >>> with TemporaryDirectory() as folder:
    ...     source = Path(folder) / "in.parquet"
    ...     pq.write_table(table, source)
    ...     task = Task(source=source, target=Path(folder) / "out.parquet", group="claim")
    ...     with open_source(task) as file:
    ...         plan = make_plan(task, file)
    >>> plan.rows, plan.blocks, plan.together
    (3, ((0, 3),), True)
    """
    rows = file.metadata.num_rows
    if not rows:
        raise RecordError("there are no rows", source=str(task.source))
    starts = _runs(task, file)
    together = starts is not None
    if starts is not None:
        blocks = _blocks_of_runs(starts, rows, task.rows_at_once)
        for start, stop in blocks:
            refuse_too_many(task, stop - start, f"rows {start + 1:,} to {stop:,}")
    else:
        edges = [*range(0, rows, task.rows_at_once), rows]
        blocks = tuple(pairwise(edges))
    # a hash deals rows out evenly but for large groups, so that parts are made half full
    parts = 0 if together else max(1, -(-2 * rows // task.rows_at_once))
    return Plan(
        rows=rows,
        blocks=blocks,
        together=together,
        parts=parts,
        engine=chosen_engine(rows // ROWS_PER_GROUP),
    )


def _runs(task: Task, file: pq.ParquetFile) -> np.ndarray | None:
    """The rows at which another group begins; None when a group comes back.

    Only hashes are kept. Two groups of one hash would look like one that comes back: then the rows
    are dealt out, which is right as well. Past the memory allowed the same is taken for granted.
    """
    starts: list[np.ndarray] = []
    found: list[np.ndarray] = []
    row, last, runs = 0, None, 0
    for batch in file.iter_batches(READ_ROWS, columns=[task.group], use_threads=False):
        code = hashes(plain_keys(batch.column(0)))
        if not len(code):
            continue
        change = np.flatnonzero(code[1:] != code[:-1]) + 1
        if last is None or code[0] != last:
            change = np.concatenate([[0], change])
        starts.append(change + row)
        found.append(code[change])
        runs += len(change)
        row, last = row + len(code), code[-1]
        if runs * 48 > task.memory:
            return None
    distinct = len(np.unique(np.concatenate(found)))
    return np.concatenate(starts) if distinct == runs else None


def _blocks_of_runs(starts: np.ndarray, rows: int, at_once: int) -> tuple[Range, ...]:
    """Ranges that begin where a group begins, of at most `at_once` rows if groups allow."""
    ends = np.append(starts[1:], rows)
    blocks, start = [], 0
    while start < rows:
        last = int(np.searchsorted(ends, start + at_once, side="right")) - 1
        stop = int(ends[max(last, int(np.searchsorted(ends, start, side="right")))])
        blocks.append((start, stop))
        start = stop
    return tuple(blocks)


def refuse_too_many(task: Task, rows: int, what: str) -> None:
    """Refuse a piece that does not fit.

    Raises
    ------
    SynthesisError

    Examples
    --------
    >>> task = Task(source=Path("a.parquet"), target=Path("b.parquet"), group="claim", memory=10**6)
    >>> refuse_too_many(task, 10, "group 'a'")
    >>> refuse_too_many(task, 30_000, "group 'a'")
    Traceback (most recent call last):
        ...
    evidence.errors.SynthesisError: group 'a' belong together: 30,000 rows, which take about 12
    MB. The rows of a group are held in memory at once; use --memory 12MB or more.
    """
    if rows > task.rows_at_once:
        need = -(-rows * BYTES_PER_ROW // 10**6)
        raise SynthesisError(
            f"{what} belong together: {rows:,} rows, which take about {need:,} MB. The rows of a "
            f"group are held in memory at once; use --memory {need}MB or more."
        )


@cache
def code_hash() -> str:
    """sha256 of the code that makes the numbers, with the versions of what it stands on.

    >>> len(code_hash()), code_hash() == code_hash()
    (64, True)
    """
    digest = hashlib.sha256()
    package = Path(__file__).resolve().parent.parent
    for folder in ("kernels", "batch"):
        for path in sorted((package / folder).glob("*.py")):
            digest.update(f"{folder}/{path.name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update(
        json.dumps([version(name) for name in ("numpy", "pandas", "pyarrow", "scipy")]).encode()
    )
    return digest.hexdigest()


def content_hash(path: Path) -> str:
    """sha256 of a file.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a"
    ...     _ = path.write_bytes(b"abc")
    ...     content_hash(path)[:16]  # the test vector of FIPS 180
    'ba7816bf8f01cfea'
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_decimal(kind: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(kind))


def _which(column: str, task: Task) -> str:
    if column == task.group:
        return "Name the column that says which rows belong together: --group COLUMN."
    if column == task.yi:
        return "Name the column of effects: --yi COLUMN."
    return "Name the column of sampling variances, --vi COLUMN, or of standard errors, --se COLUMN."
