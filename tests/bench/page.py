"""Run every script here, print their tables, and write them as one page.

    python tests/bench/page.py            measure and write build/benchmarks.md
    python tests/bench/page.py --publish  copy that to docs/benchmarks.md

Each script runs in a process of its own, in one thread. One that fails is named on the page.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

from tables import Table, as_markdown, as_text
from timing import Absent, metafor, peers

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILT, PUBLISHED = ROOT / "build" / "benchmarks.md", ROOT / "docs" / "benchmarks.md"
SCRIPTS = ("bench_ragged.py", "bench_single.py", "bench_cochrane.py", "bench_start.py")
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)

HEAD = """# Benchmarks

How long things take, and beside what. Every figure is processor time (user and system, one thread),
not time on the clock; a ratio above 1× means that less is spent here. All programs ran on the same
data in the same run.

```
make bench        # measure, print, and write build/benchmarks.md; about five minutes
make bench-page   # copy that to this page
```

R's metafor is timed when Debian's `r-cran-metafor` is installed, the Python packages in an
environment of their own from `tests/bench/peers.lock`. What is missing is named in the tables.
"""


def main() -> None:
    os.environ |= ONE_THREAD
    begun = time.perf_counter()
    about = machine()
    print("\n".join(f"{name:<10} {value}" for name, value in about), end="\n\n", flush=True)
    found: list[Table] = []
    failed: list[str] = []
    for script in SCRIPTS:
        done = subprocess.run(
            [sys.executable, str(HERE / script), "--json"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["no message"]
            failed.append(f"{script} did not finish: {last[0]}")
            print(f"{failed[-1]}\n{done.stderr}", flush=True)
            continue
        tables = [Table(**table) for table in json.loads(done.stdout)]
        print("\n".join(as_text(table) for table in tables), flush=True)
        found += tables
    unmet = failed + [line for table in found for line in table.unmet()]
    print("\n".join(["Not met:", *(f"  {line}" for line in unmet or ["nothing"])]))
    spent = time.perf_counter() - begun
    BUILT.parent.mkdir(exist_ok=True)
    BUILT.write_text(page(about, found, unmet, spent), encoding="utf-8")
    print(f"Written to {BUILT.relative_to(ROOT)} after {spent:.0f} s.")
    if failed:
        sys.exit(1)


def page(about: list[tuple[str, str]], found: list[Table], unmet: list[str], spent: float) -> str:
    """The whole page as Markdown."""
    facts = "\n".join(["| | |", "| --- | --- |", *(f"| {a} | {b} |" for a, b in about)])
    short = "\n".join(
        f"- {line}" for line in unmet or ["Nothing: every ratio asked for is reached."]
    )
    return "\n".join([
        HEAD, f"{facts}\n", *(as_markdown(table) for table in found),
        f"## What is not met\n\n{short}\n\nThe whole run took {spent:.0f} s on the clock.\n",
    ])  # fmt: skip


def machine() -> list[tuple[str, str]]:
    """What the figures depend on."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.platform()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("claims-evidence", "numpy", "scipy", "pandas", "numba")
    return [
        ("date", datetime.date.today().isoformat()),
        ("processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("memory", f"{memory:.1f} GiB"),
        ("system", f"{system}, {platform.system()} {platform.release()}"),
        ("Python", f"{platform.python_version()}; {', '.join(map(_version, packages))}"),
        ("R", _r()),
        ("peers", _peers()),
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"{package} absent"


def _r() -> str:
    try:
        rows = metafor(
            ["for (v in list(getRversion(), packageVersion('metafor'))) cat(unlist(v), '\\n')"], {}
        )
    except Absent as absent:
        return str(absent)
    r, package = (".".join(f"{part:.0f}" for part in row) for row in rows)
    return f"{r}; metafor {package}"


def _peers() -> str:
    try:
        found = peers("versions")
    except Absent as absent:
        return str(absent)
    return ", ".join(
        f"{name} {what['version']}" if "version" in what else f"{name} absent ({what['absent']})"
        for name, what in found.items()
    )


def publish() -> None:
    """Copy what was measured into the documentation."""
    if not BUILT.exists():
        sys.exit(f"{BUILT.relative_to(ROOT)} is not there: run `make bench` first.")
    shutil.copyfile(BUILT, PUBLISHED)
    print(f"Copied to {PUBLISHED.relative_to(ROOT)}.")


if __name__ == "__main__":
    publish() if "--publish" in sys.argv else main()
