"""Files that are whole or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it: a temporary one beside it, then renamed.

    A link is followed, the mode of an older file kept; a device or a pipe is written to directly.

    Raises
    ------
    OSError
        The folder is not there or not writable; nothing is left behind.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "report.html", b"whole")
    ...     [(file.name, file.read_bytes()) for file in Path(folder).iterdir()]
    [('report.html', b'whole')]
    """
    place = target.resolve()
    if place.exists() and not place.is_file():  # a device or a pipe cannot be replaced
        place.write_bytes(content)
        return
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(place.stat().st_mode if place.exists() else _new_file_mode())
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _new_file_mode() -> int:
    umask = os.umask(0)  # the only way to read it
    os.umask(umask)
    return 0o666 & ~umask
