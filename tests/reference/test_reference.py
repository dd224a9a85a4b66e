"""Every reference case of the folder, one test per family; a failing case is named."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from runner import Adapter, case_files, load_adapters, read_cases, run_case

BESIDE = Path(__file__).parents[3] / "shared" / "reference" / "beside"
SHOWN = 40  # failing cases printed in full; every one of them is named


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = Path(metafunc.config.getoption("--reference-dir"))
    for fixture, folder in (("path", chosen), ("beside", BESIDE)):
        if fixture in metafunc.fixturenames:
            files = case_files(folder)
            metafunc.parametrize(fixture, list(files.values()) or [None], ids=list(files) or ["-"])


@pytest.fixture(scope="session")
def known() -> dict[str, Adapter]:
    return load_adapters()


def test_family(path, known, record_property, request):
    folder = request.config.getoption("--reference-dir")
    assert path is not None, f"no *.json.gz or *.json directly in {folder}"
    run_file(path, known, record_property, folder="")


def test_beside(beside, known, record_property):
    """More cases of the same families, on data sets that are not part of the project."""
    if beside is None:
        absent = {"folder": "beside", "family": "", "counts": {}, "absent": True}
        record_property("reference", absent)
        return
    run_file(beside, known, record_property, folder="beside")


def run_file(path, known, record_property, *, folder):
    (family,) = (name for name, file in case_files(path.parent).items() if file == path)
    counts: Counter[str] = Counter()
    failed: list[str] = []
    disputed: list[str] = []
    for case in read_cases(path, family):
        outcome, why = run_case(case, known.get(family))
        counts[outcome] += 1
        if outcome == "failed":
            failed.append(f"{case.id}: {why[:400]}" if len(failed) < SHOWN else case.id)
        if outcome == "disputed":
            disputed.append(case.id)
    tally = {"folder": folder, "family": family, "counts": dict(counts), "absent": False}
    record_property("reference", {**tally, "disputed": disputed})
    assert not failed, f"{len(failed)} of {counts.total()} cases failed\n" + "\n".join(failed)
