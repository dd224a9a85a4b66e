"""Which tests execute which lines of the kernels, and how long each takes."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
KERNELS = ROOT / "evidence" / "kernels"
BUILD = ROOT / "build" / "mutation"
SLOWEST = 1.5  # seconds, under watch; a slower test is left out
LOT = 30  # tests that one fork measures

Lines = Mapping[str, set[int]]
"""Line numbers by module."""


class Reach:
    """Measured once, in forks, and kept; measured anew where a test or a module has changed.

    Parameters
    ----------
    items : mapping of a test's name to the test
    modules : mapping of a kernel's name to the module
    fails : function that runs a test and tells whether it fails
    jobs : how many forks at a time
    """

    def __init__(
        self,
        items: Mapping[str, Any],
        modules: Mapping[str, ModuleType],
        fails: Callable[[Any], bool],
        jobs: int,
    ) -> None:
        self.items, self.modules, self.fails, self.jobs = items, modules, fails, jobs
        self.kept = BUILD / "reach.json"
        self.tests: dict[str, dict[str, Any]] = (
            json.loads(self.kept.read_text()) if self.kept.exists() else {}
        )
        self._measure()
        self.by_module: dict[str, list[tuple[str, float, frozenset[int]]]] = defaultdict(list)
        for name, found in self.tests.items():
            if name not in items or found["seconds"] >= SLOWEST:
                continue
            if found["fails"]:
                say(f"left out, it fails without any fault: {name}")
                continue
            for module, lines in found["lines"].items():
                self.by_module[module].append((name, found["seconds"], frozenset(lines)))

    def inside(self, module: str) -> set[int]:
        """Every line of the module that any test executes."""
        return {line for _, _, covered in self.by_module[module] for line in covered}

    def tests_of(self, wanted: Lines, budget: float) -> list[tuple[str, float]]:
        """Tests that execute one of the lines, and their seconds, `budget` seconds in all.

        Quick ones come first, but not more than two along the very same lines before all others.
        """
        met: dict[str, tuple[float, int]] = {}
        for module, lines in wanted.items():
            for name, seconds, covered in self.by_module[module]:
                if not covered.isdisjoint(lines):
                    met[name] = seconds, hash(covered)
        seen: Counter[int] = Counter()
        ranked = []
        for name, (seconds, kind) in sorted(met.items(), key=lambda test: test[1][0]):
            ranked.append((seen[kind] // 2, seconds, name))
            seen[kind] += 1
        chosen, spent = [], 0.0
        for _, seconds, name in sorted(ranked):
            if spent + seconds <= budget or not chosen:
                chosen.append((name, seconds))
                spent += seconds
        return chosen

    def _measure(self) -> None:
        sources = {name: digest([KERNELS / f"{name}.py"]) for name in self.modules}
        files = {name: digest([Path(item.path)]) for name, item in self.items.items()}

        def known(name: str) -> bool:
            found = self.tests.get(name, {"file": "", "sources": {}})
            same = all(sources.get(m) == one for m, one in found["sources"].items())
            return bool(same and found["file"] == files[name])

        waiting = [name for name in self.items if not known(name)]
        lots = [waiting[start : start + LOT] for start in range(0, len(waiting), LOT)][::-1]
        running: dict[int, list[str]] = {}
        while lots or running:
            while lots and len(running) < self.jobs:
                lot = lots.pop()
                running[fork(partial(self._watch_all, lot))] = lot
            pid, _ = os.waitpid(-1, 0)
            lot = running.pop(pid)
            for name, found in _parts(pid, lot):
                used = {module: sources[module] for module in found["lines"]}
                self.tests[name] = {**found, "file": files[name], "sources": used}
            if rest := [name for name in lot if not known(name)]:
                lots.append(rest)  # the fork ended with a test that was too slow
            write_whole(self.kept, json.dumps(self.tests))
            say(f"measured {len(self.tests)} tests, {len(lots)} lots to go")

    def _watch_all(self, names: Sequence[str]) -> None:
        """Measure some tests, into a file named by the process."""
        with (BUILD / f"part-{os.getpid()}.jsonl").open("w") as part:
            for name in names:
                part.write(json.dumps(self._watched(name)) + "\n")
                part.flush()

    def _watched(self, name: str) -> dict[str, Any]:
        """Seconds, under watch, whether it fails, and the lines it executes."""
        import coverage

        forget(self.modules.values())
        cover = coverage.Coverage(data_file=None, include=[str(KERNELS / "*")], config_file=False)
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SLOWEST)  # the fork ends with it
        cover.start()
        failed = self.fails(self.items[name])
        cover.stop()
        signal.setitimer(signal.ITIMER_PROF, 0)
        seconds = round(time.process_time() - start, 4)
        data = cover.get_data()
        lines = {Path(path).stem: sorted(data.lines(path) or []) for path in data.measured_files()}
        return {"seconds": seconds, "fails": failed, "lines": lines}


def _parts(pid: int, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a fork has measured; the test at which it was stopped is too slow."""
    part = BUILD / f"part-{pid}.jsonl"
    measured = [json.loads(line) for line in part.read_text().splitlines()]
    part.unlink()
    measured.append({"seconds": SLOWEST, "fails": False, "lines": {}})
    yield from zip(names, measured, strict=False)


def forget(modules: Iterable[ModuleType]) -> None:
    """Empty the caches of the modules' functions."""
    for module in modules:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def fork(work: Callable[[], Any]) -> int:
    """Call a function in a fork, so that nothing of it stays here; the fork's id.

    The fork prints nothing, cannot fill the memory, and exits with 1 when the function raises.
    """
    pid = os.fork()
    if not pid:
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            os._exit(work() or 0)
        finally:
            os._exit(1)
    return pid


def digest(paths: Iterable[Path]) -> str:
    """A short hash of the files' bytes."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def write_whole(path: Path, text: str) -> None:
    """Write a file that is never seen half written."""
    scratch = path.with_suffix(".part")
    scratch.write_text(text)
    scratch.replace(path)


def say(words: str) -> None:
    """A line of progress."""
    print(words, flush=True)
