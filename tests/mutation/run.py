"""Mutation testing of the kernels: put in one fault, run the tests that come by, see them fail.

    make mutate                          the sample, and what was not noticed
    python tests/mutation/run.py --help  the rest

One warm process imports everything and collects the tests. Each mutant is a fork of it, in which
the code of the mutated function is exchanged and the tests that execute the mutated statement run,
quickest first, until one fails or the time is up. numba does not compile here: the loops run as
the Python they are written in.

A run that is stopped goes on where it was. Results count only for the kernels and tests they were
measured with; `--trust-killed` keeps the mutants killed so far when only tests were added.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import csv
import importlib
import json
import os
import pkgutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from exchange import exchange, execute_anew, live_functions
from mutants import Mutant, apply, mutants_of, sampled
from reach import BUILD, KERNELS, ROOT, Reach, digest, forget, fork, say, write_whole

SURVIVORS = Path(__file__).parent / "survivors.csv"
COLUMNS = ("module", "scope", "operator", "statement", "before", "after", "number", "reason")

# what runs against the mutants: everything that calls a kernel and is quick
TESTS = (
    "evidence/kernels",  # the examples of the docstrings
    "tests/kernels",
    "tests/synthesis",
    "tests/mutation/reference_cases.py",
)
LAZY = ("coverage", "pandas", "patsy", "scipy.stats", "statsmodels.api", "statsmodels.formula.api")
SURVIVED, KILLED, BROKEN = 0, 2, 3  # exit statuses of a mutant's fork

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    sample: int
    seed: int
    jobs: int
    budget: float
    modules: tuple[str, ...]
    floor: float
    trust_killed: bool
    only: str


def main() -> int:
    options = _options()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_DISABLE_JIT"):
        os.environ[name] = "1"  # read when numpy and numba are imported, which is later
    import pytest

    BUILD.mkdir(parents=True, exist_ok=True)
    plugin = Warm(options)
    # `-o addopts=` leaves out the project's own, which are for people who read the output
    arguments = ["-q", "-s", "-o", "addopts=", "--doctest-modules", "--strict-markers"]
    arguments += ["-p", "no:cacheprovider", "--doctest-continue-on-failure", *TESTS]
    status = pytest.main(arguments, plugins=[plugin])
    return (int(status) or 1) if plugin.answer is None else plugin.answer


def _options() -> Options:
    parser = argparse.ArgumentParser(description="Mutation testing of evidence/kernels.")
    parser.add_argument("--sample", type=int, default=1000, help="mutants tried (0: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--budget", type=float, default=3.0, help="seconds of tests a mutant")
    parser.add_argument("--modules", nargs="*", default=[], help="these kernels only")
    parser.add_argument("--floor", type=float, default=0.85, help="share that has to be killed")
    parser.add_argument("--trust-killed", action="store_true")
    parser.add_argument("--only", default="", help="mutants whose statement contains this text")
    given = vars(parser.parse_args())
    given["sample"] = given["sample"] or sys.maxsize
    return Options(**{**given, "modules": tuple(given["modules"])})


class Warm:
    """A pytest plugin that takes the place of the loop over tests."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.answer: int | None = None
        self.failed = False
        for name in LAZY:  # else every fork would import them anew
            importlib.import_module(name)
        for found in pkgutil.walk_packages([str(ROOT / "evidence")], "evidence."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)

    def pytest_collection(self) -> None:
        """Hypothesis tries fewer examples, and does not make the one that fails smaller."""
        from hypothesis import Phase, settings

        found = settings.get_profile("project")
        quick = settings(found, phases=(Phase.explicit, Phase.generate), max_examples=25)
        settings.register_profile("mutation", quick)
        settings.load_profile("mutation")

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.failed = self.failed or report.failed

    def pytest_runtestloop(self, session: Any) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        with contextlib.suppress(KeyboardInterrupt):
            self.answer = Run(self, session.items).all()
        return True

    def fails(self, item: Any) -> bool:
        """Whether the test fails; for a fork, which ends soon after."""
        self.failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return self.failed


class Run:
    """The mutants, the tests that meet them, and what became of each."""

    def __init__(self, warm: Warm, items: Sequence[Any]) -> None:
        self.warm, self.options = warm, warm.options
        self.items = {item.nodeid: item for item in items}
        self.modules = {path.stem: _module(path.stem) for path in sorted(KERNELS.glob("*.py"))}
        self.trees = {
            name: ast.parse((KERNELS / f"{name}.py").read_text()) for name in self.modules
        }
        self.functions = live_functions(self.modules.values())
        self.kernels_digest = digest(KERNELS.glob("*.py"))
        self.tests_digest = digest((ROOT / "tests").rglob("*.py"))

    def all(self) -> int:
        """Try every mutant of the sample that is not known yet, and report."""
        every = [
            mutant
            for name in self.options.modules or self.modules
            for mutant in mutants_of(name, self.trees[name])
            if self.options.only in mutant.statement
        ]
        chosen = sampled(every, self.options.sample, self.options.seed)
        reach = Reach(self.items, self.modules, self.warm.fails, self.options.jobs)
        results = self._known()
        waiting = [mutant for mutant in chosen if mutant.key not in results]
        say(f"{len(chosen)} mutants, {len(chosen) - len(waiting)} known, {len(self.items)} tests")
        self._try_all(waiting, reach, results)
        return report(chosen, results, self.options)

    def _known(self) -> dict[Key, str]:
        """Results of an earlier run of the same kernels and tests."""
        path = BUILD / "results.jsonl"
        kept: dict[Key, str] = {}
        for line in path.read_text().splitlines() if path.exists() else []:
            with contextlib.suppress(ValueError):  # the last line of a run that was stopped
                row = json.loads(line)
                same_kernels = row["kernels"] == self.kernels_digest
                trusted = self.options.trust_killed and row["outcome"] != "survived"
                if same_kernels and (row["tests"] == self.tests_digest or trusted):
                    kept[tuple(row["key"])] = row["outcome"]
        return kept

    def _try_all(self, waiting: Sequence[Mutant], reach: Reach, results: dict[Key, str]) -> None:
        running: dict[int, tuple[Mutant, int]] = {}
        left, counts, shown = list(reversed(waiting)), Counter[str](), 0.0
        digests = {"kernels": self.kernels_digest, "tests": self.tests_digest}
        with (BUILD / "results.jsonl").open("a") as log:
            while left or running:
                while left and len(running) < self.options.jobs:
                    mutant = left.pop()
                    tests = reach.tests_of(self._lines(mutant, reach), self.options.budget)
                    reader, writer = os.pipe()
                    running[fork(partial(self._trial, mutant, tests, writer))] = mutant, reader
                    os.close(writer)
                pid, status = os.waitpid(-1, 0)
                mutant, reader = running.pop(pid)
                with os.fdopen(reader) as pipe:
                    words = pipe.read()
                outcome = results[mutant.key] = _outcome(status, f"{mutant.key}: {words}")
                row = {"key": mutant.key, "outcome": outcome, "test": words, **digests}
                log.write(json.dumps(row) + "\n")
                log.flush()
                counts[outcome] += 1
                if time.monotonic() - shown > 10 or not (left or running):
                    shown = time.monotonic()
                    say(f"{counts.total()} of {len(waiting)}: {dict(counts)}")

    def _trial(self, mutant: Mutant, tests: Sequence[tuple[str, float]], writer: int) -> int:
        """Try one mutant, in a fork of its own; what noticed it goes into the pipe."""
        try:
            status, words = self._noticed(mutant, tests)
        except BaseException as error:  # whatever it is, the parent has to hear of it
            status, words = BROKEN, repr(error)
        os.write(writer, words.encode())
        return status

    def _noticed(self, mutant: Mutant, tests: Sequence[tuple[str, float]]) -> tuple[int, str]:
        signal.setitimer(signal.ITIMER_PROF, 10)
        module = self.modules[mutant.module]
        code = compile(apply(mutant, self.trees[mutant.module]), str(module.__file__), "exec")
        at_import = mutant.default or not mutant.scope
        if at_import or not exchange(code, mutant.scope, self.functions):
            try:
                execute_anew(code, module)
            except Exception as error:
                return KILLED, f"import: {error!r}"
        forget(self.modules.values())
        for name, seconds in tests:
            signal.setitimer(signal.ITIMER_PROF, 3 + 10 * seconds)  # then the fork ends: killed
            if self.warm.fails(self.items[name]):
                return KILLED, name
        return SURVIVED, f"{len(tests)} tests"

    def _lines(self, mutant: Mutant, reach: Reach) -> dict[str, set[int]]:
        """Where the fault is executed; of a constant, where its name is read."""
        if mutant.scope:
            return {mutant.module: set(mutant.lines)}
        used = {
            module: {
                node.lineno
                for node in ast.walk(tree)
                if isinstance(node, ast.Name) and node.id == mutant.name
                and isinstance(node.ctx, ast.Load)
            }
            for module, tree in self.trees.items()
            if hasattr(self.modules[module], mutant.name or "-")
        }  # fmt: skip
        read = any(lines & reach.inside(module) for module, lines in used.items())
        if mutant.table or not read:
            # a table is read elsewhere too: whatever uses the module at all
            used[mutant.module] = reach.inside(mutant.module)
        return used


def _module(name: str) -> ModuleType:
    full = "evidence.kernels" if name == "__init__" else f"evidence.kernels.{name}"
    return importlib.import_module(full)


def _outcome(status: int, words: str) -> str:
    if os.WIFSIGNALED(status):
        return "timeout" if os.WTERMSIG(status) == signal.SIGPROF else "crashed"
    known = {SURVIVED: "survived", KILLED: "killed"}
    if os.WEXITSTATUS(status) not in known:
        raise RuntimeError(f"this mutant could not be tried: {words}")
    return known[os.WEXITSTATUS(status)]


def report(chosen: Sequence[Mutant], results: Mapping[Key, str], options: Options) -> int:
    """Print and write the shares and the survivors; 1 below the floor."""
    counts = Counter(results[mutant.key] for mutant in chosen)
    survived = [mutant for mutant in chosen if results[mutant.key] == "survived"]
    killed = len(chosen) - len(survived)
    share = killed / max(1, len(chosen))
    lines = [
        f"{killed} of {len(chosen)} mutants killed: {100 * share:.1f} % (seed {options.seed}; "
        f"{counts['timeout']} by running out of time)",
        *_table("module", chosen, results),
        *_table("operator", chosen, results),
    ]
    print("\n".join(lines))
    write_whole(BUILD / "report.txt", "\n".join(lines) + "\n")
    _write_survivors(survived, BUILD / "survivors.csv")
    return 0 if share >= options.floor else 1


def _table(by: str, chosen: Sequence[Mutant], results: Mapping[Key, str]) -> Iterator[str]:
    tried = Counter(getattr(mutant, by) for mutant in chosen)
    left = Counter(getattr(m, by) for m in chosen if results[m.key] == "survived")
    yield f"\n{by:24} tried  killed   %"
    for name, count in sorted(tried.items()):
        gone = count - left[name]
        yield f"{name:24} {count:5}   {gone:5} {100 * gone / count:5.0f}"


def _write_survivors(survived: Sequence[Mutant], path: Path) -> None:
    """The survivors with the reasons known of them; those without one are to be looked at."""
    reasons = {}
    if SURVIVORS.exists():
        with SURVIVORS.open(newline="") as stream:
            for row in csv.DictReader(stream):
                reasons[tuple(row[name] for name in COLUMNS[:-1])] = row["reason"]
    scratch = path.with_suffix(".part")
    with scratch.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for mutant in survived:
            writer.writerow([*mutant.key, reasons.get(mutant.key, "")])
    scratch.replace(path)
    unexplained = sum(not reasons.get(mutant.key) for mutant in survived)
    print(f"\n{len(survived)} survivors, {unexplained} without a reason: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
