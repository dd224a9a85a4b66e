"""What every script here measures with: processor time, peak memory, and the others' programs.

R runs as `Rscript`, the packages from PyPI in an environment of their own (`make bench` makes it);
where one is not there, `Absent` says which and how to get it. This file needs numpy alone: it is
imported in that environment too.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
PEERS_PYTHON = HERE.parents[1] / "build" / "bench-venv" / "bin" / "python"
BLOCKS = 5

R_TIMED = f"""
cpu <- function() sum(proc.time()[1:2])
timed <- function(f, least = 0.3, blocks = {BLOCKS}) {{
  f(); n <- 0; s <- cpu()
  while (n == 0 || cpu() - s < least) {{ f(); n <- n + 1 }}
  if (cpu() - s > 1) blocks <- 3
  median(sapply(1:blocks, function(i) {{ s <- cpu(); for (j in 1:n) f(); (cpu() - s) / n }}))
}}
"""


class Absent(Exception):  # noqa: N818
    """A program to compare with is not there, or did not work: the message says so."""


def processor_time(call: Callable[[], object], least: float = 0.1) -> float:
    """Seconds of processor time of one call: the median of blocks of at least `least` seconds."""
    call()
    start, repeats = time.process_time(), 0
    while not repeats or time.process_time() - start < least:
        call()
        repeats += 1
    blocks = []
    for _ in range(BLOCKS if repeats > 1 else 3):
        start = time.process_time()
        for _ in range(repeats):
            call()
        blocks.append((time.process_time() - start) / repeats)
    return statistics.median(blocks)


def processor_time_of(command: list[str], runs: int = 15) -> float:
    """Seconds of processor time of a whole process: the median of several runs after one more."""
    spent = []
    for _ in range(runs + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return statistics.median(spent[1:])


def peak_memory(*, anew: bool = False) -> int:
    """The most memory held so far, in bytes; on Linux counted anew when asked."""
    if not sys.platform.startswith("linux"):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def metafor(script: Iterable[str], columns: dict[str, dict[str, object]]) -> list[list[float]]:
    """What an R script prints, a list of numbers a line.

    metafor is loaded, `timed(f)` gives the seconds of processor time of one call of f, and each
    table of `columns` is a data frame of its name.
    """
    if shutil.which("Rscript") is None:
        raise Absent("R is not installed here (Debian: apt install r-cran-metafor)")
    with tempfile.TemporaryDirectory() as folder:
        lines = ["suppressMessages(library(metafor))", R_TIMED]
        for name, table in columns.items():
            path = Path(folder) / f"{name}.csv"
            rows = np.column_stack(list(table.values()))
            np.savetxt(path, rows, delimiter=",", header=",".join(table), comments="", fmt="%.17g")
            lines.append(f"{name} <- read.csv('{path}')")
        file = Path(folder) / "bench.R"
        file.write_text("\n".join([*lines, *script]), encoding="utf-8")
        done = subprocess.run(["Rscript", str(file)], capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise Absent(f"metafor does not run (Debian: apt install r-cran-metafor): {last[0]}")
    return [[float(word) for word in line.split()] for line in done.stdout.splitlines()]


def peers(task: str, **arrays: np.ndarray) -> dict[str, dict[str, object]]:
    """What `peers.py` says of each program on the given arrays; see there."""
    if not PEERS_PYTHON.exists():
        raise Absent("the packages from PyPI are not installed here: `make bench` installs them")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        np.savez(path, **arrays)
        done = subprocess.run(
            [str(PEERS_PYTHON), "-W", "ignore", str(HERE / "peers.py"), task, str(path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise Absent(f"the packages from PyPI do not run: {last[0]}")
    return json.loads(done.stdout)
