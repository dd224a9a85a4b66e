"""The folder a batch works in: finished pieces, each whole or not there, and what they belong to.

It lies beside the output, is found again by a later run with the same input, settings and code, and
is removed when the output is written.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from evidence.batch.plan import Plan
from evidence.errors import EvidenceError

MANIFEST = "manifest.json"


class BusyError(EvidenceError):
    """Another run works on the same output."""


@dataclass(slots=True)
class Store:
    """A work folder, held by one run at a time."""

    folder: Path
    lock: IO[bytes]

    @classmethod
    def open(cls, target: Path) -> Store:
        """The folder that belongs to an output, made when it is not there.

        Raises
        ------
        BusyError
            When another run holds it.
        OSError
            When it cannot be made.
        """
        folder = target.parent / f".{target.name}.parts"
        folder.mkdir(exist_ok=True)
        lock = (folder / "lock").open("wb")
        try:
            _hold(lock)
        except OSError as error:
            lock.close()
            raise BusyError(
                f"another run is writing {target.name}; wait for it, or choose another output"
            ) from error
        return cls(folder, lock)

    def plan_for(self, identity: Mapping[str, object]) -> Plan | None:
        """The plan of an earlier run of the same work; None, and an empty folder, otherwise."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
            if found["identity"] == json.loads(json.dumps(identity)):
                blocks = tuple((start, stop) for start, stop in found["plan"].pop("blocks"))
                return Plan(blocks=blocks, **found["plan"])
        for path in self.folder.iterdir():
            if path.name != "lock":
                path.unlink()
        return None

    def keep_plan(self, identity: Mapping[str, object], plan: Plan) -> None:
        """Remember what the pieces will belong to."""
        text = json.dumps({"identity": identity, "plan": asdict(plan)}, indent=1)
        self._whole(MANIFEST, lambda path: path.write_text(text, encoding="utf-8"))

    def has(self, piece: str) -> bool:
        """Whether a piece is finished."""
        return (self.folder / piece).exists()

    def put(self, piece: str, batches: list[pa.RecordBatch], schema: pa.Schema) -> None:
        """Keep a finished piece: record batches that can be read one by one."""

        def write(path: Path) -> None:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
                for batch in batches:
                    writer.write_batch(batch)

        self._whole(piece, write)

    def read(self, piece: str) -> pa.ipc.RecordBatchFileReader:
        """A finished piece; only the batches asked for are read."""
        return pa.ipc.open_file(pa.OSFile(str(self.folder / piece), "rb"))

    def path(self, name: str) -> Path:
        """Where a file of the folder lies."""
        return self.folder / name

    def close(self, *, remove: bool) -> None:
        """Let go of the folder; remove it with what is in it when the work is done."""
        if remove:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.close()

    def _whole(self, name: str, write: Callable[[Path], Any]) -> None:
        """A file under its own name only when every byte of it is on the disk."""
        rough = self.folder / f"{name}.unfinished"
        write(rough)
        sync(rough)
        rough.replace(self.folder / name)


def sync(path: Path) -> None:
    """Wait until a file's bytes are on the disk.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a"
    ...     size = path.write_bytes(b"abc")
    ...     sync(path)
    ...     path.read_bytes()
    b'abc'
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _hold(lock: IO[bytes]) -> None:
    """Hold a file for this process alone; the system lets go of it when the process dies."""
    try:
        import fcntl
    except ModuleNotFoundError:  # not a Unix: two runs at once are then up to the user
        return
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
