"""Processor time per set and peak memory of pooling in bulk, 10³ to 10⁶ sets of 3 to 20 studies.

Each size runs in a process of its own, so that its peak is its own. `make bench` runs this.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ENGINES = ("compiled", "numpy")


def many_sets(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Effects with heterogeneity from none to large, the same for every run."""
    rng = np.random.default_rng(20)
    sizes = rng.integers(3, 21, count)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    n = int(offsets[-1])
    vi = rng.lognormal(-3, 1, n)
    tau = rng.choice([0.0, 0.1, 0.3, 1.0], count)
    yi = np.repeat(rng.normal(0, 0.5, count), sizes)
    yi += rng.standard_normal(n) * np.sqrt(vi + np.repeat(tau * tau, sizes))
    return yi, vi, offsets


def measure(count: int, engine: str) -> dict[str, float]:
    """One size with one engine, the compiler warmed up on a few sets first."""
    from evidence.kernels.ragged import pool_ragged

    pool_ragged([0.1, 0.3, 0.8], [0.02, 0.03, 0.05], [0, 3], engine=engine)
    yi, vi, offsets = many_sets(count)
    before = _peak(anew=True)
    start = time.process_time()
    found = pool_ragged(yi, vi, offsets, tau2="REML", test="HKSJ", engine=engine)
    spent = time.process_time() - start
    more = _peak() - before
    given = yi.nbytes + vi.nbytes + offsets.nbytes
    return {
        "us_per_set": spent / count * 1e6,
        "ns_per_study": spent / len(yi) * 1e9,
        "seconds": spent,
        "peak_over_input": (given + more) / given,
        "failed": float((found.status != 0).sum()),
    }


def _peak(*, anew: bool = False) -> int:
    """The most memory held so far, in bytes; on Linux counted anew when asked."""
    if not sys.platform.startswith("linux"):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def main() -> None:
    print(
        f"{'engine':<9} {'sets':>9} {'µs/set':>8} {'ns/study':>9} {'seconds':>8} {'peak/input':>10}"
    )
    for engine in ENGINES:
        for count in SIZES:
            done = subprocess.run(
                [sys.executable, __file__, str(count), engine],
                capture_output=True, check=True, encoding="utf-8",
            )  # fmt: skip
            row = json.loads(done.stdout)
            print(
                f"{engine:<9} {count:>9,} {row['us_per_set']:>8.2f} {row['ns_per_study']:>9.1f} "
                f"{row['seconds']:>8.2f} {row['peak_over_input']:>10.2f}"
            )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(int(sys.argv[1]), sys.argv[2])))
    else:
        main()
