"""One fit at once, beside R's metafor on the same data in the same run: `make bench`.

Processor time of one fit, in milliseconds: the median of several blocks. Where R or metafor is not
installed (Debian: r-cran-metafor), only our own times are printed, and that is said.
"""

from __future__ import annotations

import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import evidence as ev

BLOCKS = 5


def main() -> None:
    """Time each task here and in metafor, and print the ratios."""
    rng = np.random.default_rng(20260101)
    thirteen = effects(13, rng)
    thousand = effects(1000, rng)
    forty_eight = effects(48, rng)
    nested = effects(100, rng)
    nested["district"] = np.repeat(np.arange(20), 5)
    nested["row"] = np.arange(100)

    def summary() -> object:
        # pool gives the estimate, the prediction interval and the Q-profile interval of tau2
        return ev.pool(thirteen, tau2="REML", test="HKSJ")

    tasks: dict[str, tuple[Callable[[], object], pd.DataFrame, str, int]] = {
        "REML, Knapp-Hartung, prediction and Q-profile interval, k=13": (
            summary,
            thirteen,
            "r <- rma(yi, vi, data=d, test='knha'); confint(r); predict(r)",
            10,
        ),
        "REML, k=1000": (
            lambda: ev.pool(thousand, tau2="REML", test="z"),
            thousand,
            "rma(yi, vi, data=d)",
            500,
        ),
        "step-function selection model, k=48": (
            lambda: ev.fit_selection(forty_eight, model="steps", steps=(0.025,)),
            forty_eight,
            "selmodel(rma(yi, vi, data=d, method='ML'), type='stepfun', steps=0.025)",
            10,
        ),
        "all influence diagnostics, k=48": (
            lambda: ev.influence(forty_eight),
            forty_eight,
            "influence(rma(yi, vi, data=d))",
            50,
        ),
        "three-level model, k=100": (
            lambda: ev.multilevel(nested, random="1 | district/row", test="z"),
            nested,
            "rma.mv(yi, vi, random=~1|district/row, data=d)",
            5,
        ),
    }
    theirs = metafor_times({name: (frame, call) for name, (_, frame, call, _) in tasks.items()})
    print(
        f"machine: {platform.processor() or platform.machine()}, Python {platform.python_version()}"
    )
    print(f"{'task':<62}{'ours, ms':>10}{'metafor, ms':>13}{'ratio':>9}{'wanted':>8}")
    for name, (call, _, _, wanted) in tasks.items():
        ours = 1000 * processor_time(call)
        other = theirs.get(name)
        shown = (
            f"{other:>13.2f}{other / ours:>9.0f}" if other is not None else f"{'absent':>13}{'':>9}"
        )
        print(f"{name:<62}{ours:>10.3f}{shown}{wanted:>8}")
    if not theirs:
        print("metafor is not installed here (apt install r-cran-metafor): no ratios")


def effects(k: int, rng: np.random.Generator) -> pd.DataFrame:
    """Random-effects data with a clear mean and heterogeneity."""
    vi = rng.uniform(0.01, 0.2, k)
    return pd.DataFrame({"yi": rng.normal(0.3, np.sqrt(vi + 0.05)), "vi": vi})


def processor_time(call: Callable[[], object]) -> float:
    """Seconds of processor time of one call: median over blocks of at least 0.1 s each."""
    call()
    start, repeats = time.process_time(), 0
    while time.process_time() - start < 0.1:
        call()
        repeats += 1
    blocks = []
    for _ in range(BLOCKS):
        start = time.process_time()
        for _ in range(repeats):
            call()
        blocks.append((time.process_time() - start) / repeats)
    return statistics.median(blocks)


def metafor_times(tasks: dict[str, tuple[pd.DataFrame, str]]) -> dict[str, float]:
    """Milliseconds of processor time of each task in metafor; empty when it is not there."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        lines = [
            "suppressMessages(library(metafor))",
            "cpu <- function() sum(proc.time()[1:2])",
            "timed <- function(f) { f(); n <- 0; s <- cpu();",
            " while (cpu() - s < 0.3) { f(); n <- n + 1 };",
            f" b <- sapply(1:{BLOCKS}, function(i) {{ s <- cpu(); for (j in 1:n) f();",
            " (cpu() - s) / n }); median(b) * 1000 }",
        ]
        for i, (frame, call) in enumerate(tasks.values()):
            frame.to_csv(Path(folder) / f"{i}.csv", index=False)
            lines += [
                f"d <- read.csv('{folder}/{i}.csv')",
                f"cat(timed(function() suppressWarnings({{ {call} }})), '\\n')",
            ]
        script = Path(folder) / "bench.R"
        script.write_text("\n".join(lines), encoding="utf-8")
        done = subprocess.run(["Rscript", str(script)], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"metafor: {done.stderr.strip().splitlines()[-1:]}")
        return {}
    values = [float(line) for line in done.stdout.split()]
    return dict(zip(tasks, values, strict=True))


if __name__ == "__main__":
    main()
