"""Pool a table of effects of any size: cut, pool piece by piece, put together.

Every finished piece is kept until the output is written, so that a run that was stopped goes on
where it was. The bytes of the output depend on the input, the settings and the code alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evidence.batch.pieces import (
    LESS,
    NOTHING,
    POOLED,
    UNNAMED,
    UNSETTLED,
    check_free,
    deal,
    pool_piece,
    read_blocks,
)
from evidence.batch.pieces import merged as merge_pieces
from evidence.batch.plan import (
    Plan,
    Task,
    check_task,
    code_hash,
    content_hash,
    make_plan,
    open_source,
    refuse_too_many,
)
from evidence.batch.store import Store, sync
from evidence.errors import RecordError, SynthesisError

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

SCHEMA = "evidence/batch/1"
META = b"evidence"
ROW_GROUP = 1 << 16
NAMED = 10  # findings given with the outcome; all are in the output


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a batch came to. `groups` counts the rows of the output, by status.

    `made` and `kept` are the pieces this run worked out and those it found finished; both are 0
    when the output was already there.
    """

    rows: int
    set_aside: int
    groups: dict[str, int]
    findings: tuple[str, ...]
    sha256: str
    made: int
    kept: int


def run(task: Task, *, progress: Progress | None = None) -> Batch:
    """Pool each group of the rows of a Parquet file into one row of another.

    Parameters
    ----------
    task : Task
        Where, which columns, how.
    progress : callable, optional
        Told what is done.

    Returns
    -------
    Batch
        When an output of the same input, settings and code is there, what that came to.

    Raises
    ------
    OptionError, SynthesisError
        For options that cannot be, a group that does not fit into memory, or when nothing in the
        file can be pooled; then no output is written.
    RecordError
        When the input cannot be read as asked, or changes meanwhile.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> table = pa.table({"claim": ["a", "a", "b"], "yi": [0.1, 0.3, 0.2], "vi": [0.1, 0.1, 0.1]})
    >>> with TemporaryDirectory() as folder:
    ...     source, target = Path(folder) / "in.parquet", Path(folder) / "out.parquet"
    ...     pq.write_table(table, source)
    ...     done = run(Task(source=source, target=target, group="claim"))
    ...     pooled = pq.read_table(target)
    >>> done.rows, done.groups
    (3, {'pooled': 2})
    >>> [round(value, 2) for value in pooled["estimate"].to_pylist()]
    [0.2, 0.2]
    """
    progress = progress or _silent
    check_task(task)
    check_free(task)
    if not task.target.parent.is_dir():
        raise SynthesisError(f"{task.target}: there is no folder {task.target.parent}")
    if task.target.is_dir():
        raise SynthesisError(f"{task.target} is a folder; name a file in it")
    with open_source(task) as file:
        stamp = _stamp(task.source)
        progress("reading", 0, 1)
        made_of: dict[str, object] = {
            "schema": SCHEMA,
            "input_sha256": content_hash(task.source),
            "settings": task.settings(),
            "code_sha256": code_hash(),
        }
        store, finished = Store.open(task.target), False
        try:
            found = _already(task.target, made_of)
            if found is None:
                found = _work(task, file, store, made_of, stamp, progress)
            finished = True
        except SynthesisError:
            finished = True  # not to be had from this input: nothing to go on with
            raise
        finally:
            store.close(remove=finished)
    return found


def _silent(what: str, done: int, total: int) -> None:
    """Progress nobody asked for."""


def _work(
    task: Task,
    file: pq.ParquetFile,
    store: Store,
    made_of: dict[str, object],
    stamp: tuple[int, int],
    progress: Progress,
) -> Batch:
    identity = {**made_of, "memory": task.memory}
    plan = store.plan_for(identity)
    if plan is None:
        progress("planning", 0, 1)
        plan = make_plan(task, file)
        store.keep_plan(identity, plan)
    deals = [] if plan.together else _names("deal", len(plan.blocks))
    parts = _names("part", len(plan.blocks) if plan.together else plan.parts)
    kept = sum(map(store.has, [*deals, *parts]))
    if plan.together:
        _pool_blocks(task, file, store, plan, parts, progress)
    else:
        _deal_blocks(task, file, store, plan, deals, parts, progress)
        _pool_parts(task, store, plan, deals, parts, progress)
    if _stamp(task.source) != stamp:
        raise RecordError("was changed while it was read; run again", source=str(task.source))
    return _put_together(task, store, plan, parts, made_of, len(deals) + len(parts) - kept, kept,
                         progress)  # fmt: skip


def _names(kind: str, count: int) -> list[str]:
    return [f"{kind}-{number:05d}.arrow" for number in range(count)]


def _pool_blocks(
    task: Task, file: pq.ParquetFile, store: Store, plan: Plan, parts: list[str], progress: Progress
) -> None:
    missing = [(i, block) for i, block in enumerate(plan.blocks) if not store.has(parts[i])]
    for number, table in read_blocks(file, task, missing):
        progress("pooling", number, len(parts))
        _keep(store, parts[number], pool_piece(table, task, plan.engine), ROW_GROUP)


def _deal_blocks(
    task: Task,
    file: pq.ParquetFile,
    store: Store,
    plan: Plan,
    deals: list[str],
    parts: list[str],
    progress: Progress,
) -> None:
    if all(map(store.has, parts)):
        return
    missing = [(i, block) for i, block in enumerate(plan.blocks) if not store.has(deals[i])]
    for number, table in read_blocks(file, task, missing):
        progress("sorting", number, len(deals))
        batches = deal(table, plan.parts)
        store.put(deals[number], batches, batches[0].schema)


def _pool_parts(
    task: Task, store: Store, plan: Plan, deals: list[str], parts: list[str], progress: Progress
) -> None:
    # so many rows of every part are in hand when the parts are put together
    at_once = min(ROW_GROUP, max(256, task.rows_at_once // (2 * plan.parts)))
    for number, part in enumerate(parts):
        if store.has(part):
            continue
        progress("pooling", number, len(parts))
        batches, held = [], 0
        for name in deals:
            with store.read(name) as reader:
                batches.append(reader.get_batch(number))
            held += len(batches[-1])
            refuse_too_many(task, held, "the rows of a group")
        table = pa.Table.from_batches(batches)
        del batches
        _keep(store, part, pool_piece(table, task, plan.engine), at_once)


def _keep(store: Store, part: str, table: pa.Table, at_once: int) -> None:
    store.put(part, table.combine_chunks().to_batches(max_chunksize=at_once), table.schema)


def _put_together(
    task: Task,
    store: Store,
    plan: Plan,
    parts: list[str],
    made_of: dict[str, object],
    made: int,
    kept: int,
    progress: Progress,
) -> Batch:
    """Write the output: groups in the order in which they first appear in the input."""
    progress("writing", 0, 1)
    pieces = _in_turn(store, parts) if plan.together else merge_pieces(map(store.read, parts))
    counts = dict.fromkeys((POOLED, LESS, NOTHING, UNNAMED, UNSETTLED), 0)
    findings: list[str] = []
    set_aside, writer = 0, None
    rough = store.path("output.parquet")
    for table in _equal_lots(pieces, ROW_GROUP):
        for item in pc.value_counts(table["status"]).to_pylist():
            counts[item["values"]] += item["counts"]
        set_aside += pc.sum(table["set_aside"]).as_py()
        findings += _some_findings(table, task, NAMED - len(findings))
        writer = writer or pq.ParquetWriter(rough, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=ROW_GROUP)
    found = Batch(
        rows=plan.rows,
        set_aside=set_aside,
        groups={name: count for name, count in counts.items() if count},
        findings=tuple(findings),
        sha256="",
        made=made,
        kept=kept,
    )
    if not counts[POOLED] + counts[LESS]:
        raise SynthesisError(
            f"nothing to pool: none of {plan.rows:,} rows can be used. {'. '.join(findings[:3])}"
        )
    assert writer is not None
    summary = {name: value for name, value in asdict(found).items() if name in _KEPT}
    writer.add_key_value_metadata({META: json.dumps({"made_of": made_of, "found": summary})})
    writer.close()
    sync(rough)
    rough.replace(task.target)
    return _with_hash(found, task.target)


_KEPT = ("rows", "set_aside", "groups", "findings")


def _with_hash(found: Batch, target: Path) -> Batch:
    return Batch(**{**asdict(found), "sha256": content_hash(target)})


def _in_turn(store: Store, parts: list[str]) -> Iterator[pa.Table]:
    for name in parts:
        with store.read(name) as reader:
            for index in range(reader.num_record_batches):
                yield pa.Table.from_batches([reader.get_batch(index)])


def _equal_lots(tables: Iterator[pa.Table], size: int) -> Iterator[pa.Table]:
    """The same rows in tables of one size, so that the cut of the work leaves no trace."""
    held: list[pa.Table] = []
    count = 0
    for table in tables:
        held.append(table)
        count += len(table)
        while count >= size:
            whole = pa.concat_tables(held)
            yield whole.slice(0, size).combine_chunks()
            held, count = [whole.slice(size)], count - size
    if count:
        yield pa.concat_tables(held).combine_chunks()


def _some_findings(table: pa.Table, task: Task, wanted: int) -> list[str]:
    if wanted <= 0:
        return []
    some = table.filter(pc.is_valid(table["finding"])).slice(0, wanted)
    return [
        f"{group}: {text}" if group is not None else text
        for group, text in zip(
            some[task.group].to_pylist(), some["finding"].to_pylist(), strict=True
        )
    ]


def _already(target: Path, made_of: dict[str, object]) -> Batch | None:
    """What an output that is there came to, if it was made of the same."""
    if not target.is_file():
        return None
    try:
        kept = json.loads((pq.read_metadata(target).metadata or {}).get(META, b"{}"))
    except (pa.ArrowException, OSError, ValueError):
        return None
    if kept.get("made_of") != json.loads(json.dumps(made_of)):
        return None
    found = kept["found"]
    return _with_hash(
        Batch(**{**found, "findings": tuple(found["findings"])}, sha256="", made=0, kept=0), target
    )


def _stamp(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns
