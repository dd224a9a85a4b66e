"""Reference cases as tests of their own, so that a mutant meets the few cases it touches.

A large family is represented by cases evenly spread over its file.

Collected only where this file is named, as `run.py` does; `tests/reference` runs the same cases
by families.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[1] / "reference"
sys.path.insert(0, str(REFERENCE))

from runner import case_files, load_adapters, read_cases, run_case  # noqa: E402

MOST = 25  # of a family
adapters = cache(load_adapters)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    known = adapters()
    cases = [
        case
        for family, path in case_files(REFERENCE / "data").items()
        if family in known
        for case in spread(read_cases(path, family))
    ]
    metafunc.parametrize("case", cases, ids=[f"{case.family}:{case.id}" for case in cases])


def spread(cases):
    step = max(1, len(cases) / MOST)
    return [cases[int(i * step)] for i in range(min(MOST, len(cases)))]


def test_case(case):
    outcome, why = run_case(case, adapters()[case.family])
    assert outcome != "failed", why
