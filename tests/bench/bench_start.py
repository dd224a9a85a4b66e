"""What a command costs before it answers, in multiples of `import numpy`."""

from __future__ import annotations

import sys

from tables import Table, show
from timing import processor_time_of

COMMANDS = {
    "the interpreter alone": ["-c", "pass"],
    "import numpy": ["-c", "import numpy"],
    "import evidence": ["-c", "import evidence"],
    "evidence --help": ["-m", "evidence", "--help"],
    "evidence score, from flags": [
        *("-m", "evidence", "score", "--design", "single-arm", "--n", "50"),
        *("--change", "-20%", "--outcome", "wrinkles"),
    ],
}


def tables() -> list[Table]:
    spent = {name: processor_time_of([sys.executable, *words]) for name, words in COMMANDS.items()}
    unit = spent["import numpy"]
    return [
        Table(
            title="Start of a command",
            how="A whole process, from nothing to its exit: processor time, the median of 15 "
            "runs, and the same as a multiple of a process that only imports numpy. The score is "
            "`evidence score --design single-arm --n 50 --change -20% --outcome wrinkles`.",
            columns=["", "ms", "× import numpy"],
            rows=[[name, f"{s * 1e3:.0f}", f"{s / unit:.2f}"] for name, s in spent.items()],
            notes=[],
        )
    ]


if __name__ == "__main__":
    show(tables)
