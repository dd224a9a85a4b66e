"""The runner itself: what it must call a pass, a failure, and not supported yet."""

import gzip
import json
import math

import numpy as np
import pytest
from runner import Case, Unsupported, case_files, load_adapters, read_cases, run_case

VI = [0.01, 0.04, 0.09]


def outcome_of(expect, answer, **facts):
    case = Case(id="x", family="f", input={"vi": VI}, options={}, expect=expect, **facts)
    return run_case(case, lambda _: answer)[0]


PASS, FAIL = "passed", "failed"
COMPARED = [
    # relative tolerance, with a floor for an exact zero
    ({"estimate": 1.0}, {"estimate": 1 + 0.9e-9}, PASS),
    ({"estimate": 1.0}, {"estimate": 1 + 1.2e-9}, FAIL),
    ({"QE": 0}, {"QE": 1e-17}, PASS),
    ({"QE": 0}, {"QE": 1e-11}, FAIL),
    # scales: the standard error, the median variance, 1 for percentages, the largest element
    ({"estimate": 1e-8, "se": 1.0}, {"estimate": 1e-8 + 0.9e-9, "se": 1.0}, PASS),
    ({"statistic": 1e-3, "se": 1.0}, {"statistic": 1e-3 + 0.9e-9, "se": 1.0}, FAIL),
    ({"tau2": 0}, {"tau2": 0.9 * 0.04e-9 + 1e-12}, PASS),
    ({"tau2": 0}, {"tau2": 1.1 * 0.04e-9 + 1e-12}, FAIL),
    ({"tau2": 1e-12, "tau": 1e-6}, {"tau2": 0.0, "tau": 0.0}, PASS),
    ({"tau2": 0.04, "tau": 0.2}, {"tau2": 0.04, "tau": 0.2 + 1e-8}, FAIL),
    ({"I2": 0}, {"I2": 0.9e-9}, PASS),
    ({"w": [100.0, 1e-9]}, {"w": [100.0, 0.0]}, PASS),
    ({"w": [100.0, 1e-6]}, {"w": [100.0, 0.0]}, FAIL),
    # tiny p values on the log scale
    ({"pval": 1e-30}, {"pval": 1e-30 * (1 + 1e-8)}, PASS),
    ({"pval": 1e-30}, {"pval": 2e-30}, FAIL),
    ({"pval": 1e-30}, {"pval": 0.0}, FAIL),
    # missing and infinite
    ({"a": None}, {}, PASS),
    ({"a": [1.0, None]}, {"a": np.array([1.0, math.nan])}, PASS),
    ({"a": [1.0, None]}, {"a": [1.0, 0.0]}, FAIL),
    ({"a": [1.0, 2.0]}, {"a": [1.0, None]}, FAIL),
    ({"a": "Inf"}, {"a": math.inf}, PASS),
    ({"a": "Inf"}, {"a": 1e308}, FAIL),
    ({"a": "-Inf"}, {"a": math.inf}, FAIL),
    ({"a": 1.0}, {"a": math.nan}, FAIL),
    # keys and shapes
    ({"a": 1.0, "b": 2.0}, {"a": 1.0}, FAIL),
    ({"a": [1.0, 2.0]}, {"a": [1.0]}, FAIL),
    ({"a": [[1.0], [2.0]]}, {"a": np.array([[1.0], [2.0]])}, PASS),
    ({"a": {"b": 1.0}}, {"a": {"b": 1.0}}, PASS),
    ({"a": {"b": 1.0}}, {"a": {"c": 1.0}}, FAIL),
    ({"a": "right"}, {"a": "left"}, FAIL),
    ({"a": True}, {"a": np.bool_(True)}, PASS),
    ({"a": True}, {"a": 1}, FAIL),
]


@pytest.mark.parametrize(("expect", "answer", "outcome"), COMPARED)
def test_the_rules_of_comparison(expect, answer, outcome):
    assert outcome_of(expect, answer) == outcome


def test_a_field_may_have_its_own_tolerance_by_name_or_prefix():
    fields = {"mu_*": 0.1, "mu_sd": 1e-6}
    assert outcome_of({"mu_mean": 1.0}, {"mu_mean": 1.09}, tol_fields=fields) == PASS
    assert outcome_of({"mu_sd": 1.0}, {"mu_sd": 1.09}, tol_fields=fields) == FAIL


def test_recovery_tolerances_are_the_larger_of_absolute_and_relative():
    tolerance = {"rel": 1e-6, "abs": 1e-3}
    assert outcome_of({"a": 1.0}, {"a": 1.0009}, tolerance=tolerance) == PASS
    assert outcome_of({"a": 1.0}, {"a": 1.0011}, tolerance=tolerance) == FAIL
    assert outcome_of({"a": 1e6}, {"a": 1e6 + 0.9}, tolerance=tolerance) == PASS
    assert outcome_of({"n": [3, 4]}, {"n": [3, 4.0005]}, tolerance=tolerance) == FAIL
    assert outcome_of({"n": [3, 4]}, {"n": [3, 4]}, tolerance=tolerance) == PASS


def test_not_supported_is_only_what_says_so():
    case = Case(id="x", family="f", input={}, options={}, expect={"a": 1})

    def unsupported(_):
        raise Unsupported("not yet")

    def broken(_):
        raise NotImplementedError("oops")

    assert run_case(case, None)[0] == "not supported yet"
    assert run_case(case, unsupported) == ("not supported yet", "not yet")
    assert run_case(case, broken) == ("failed", "NotImplementedError: oops")


def test_files_directly_in_the_folder_are_read_by_name(tmp_path):
    case = {"id": "a", "input": {}, "expect": {"k": 1}, "method": "m", "tolerance": {"abs": 0}}
    (tmp_path / "one.json").write_text(json.dumps([case]))
    (tmp_path / "two.json.gz").write_bytes(gzip.compress(json.dumps([case, case]).encode()))
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "three.json").write_text("[]")
    files = case_files(tmp_path)
    assert list(files) == ["one", "two"]
    (first, _) = read_cases(files["two"], "two")
    assert (first.family, first.method) == ("two", "m")


def test_adapters_are_found_by_themselves():
    assert {"pooling", "pooling_options"} <= set(load_adapters())


@pytest.mark.parametrize(("estimate", "status"), [(0.25, 0), (0.26, 1)])
def test_the_exit_status_tells_whether_something_failed(pytester_run, estimate, status):
    case = {
        "id": "pool.wrong",
        "input": {"yi": [0.2, 0.3], "vi": [0.01, 0.01]},
        "options": {"method": "EE", "test": "z", "level": 0.95},
        "expect": {"estimate": estimate},
        "tol": 1e-9,
    }
    done = pytester_run([case])
    assert done.returncode == status
    counts = "1 passed, 0 failed" if status == 0 else "0 passed, 1 failed"
    for label in ("pooling", "all"):
        assert f"\n{label}: {counts}, 0 not supported yet, 1 total\n" in done.stdout
    assert ("pool.wrong" in done.stdout) == bool(status)


@pytest.fixture
def pytester_run(tmp_path):
    import subprocess
    import sys
    from pathlib import Path

    def run(cases):
        (tmp_path / "pooling.json").write_text(json.dumps(cases))
        test = Path(__file__).with_name("test_reference.py")
        words = ["-q", "-p", "no:cacheprovider", "-k", "test_family", f"--reference-dir={tmp_path}"]
        return subprocess.run(
            [sys.executable, "-m", "pytest", str(test), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )

    return run
