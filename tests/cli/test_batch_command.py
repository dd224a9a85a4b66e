"""`evidence batch`: Parquet in, Parquet out, with exit statuses and words for people."""

import json
import time

import pandas as pd
import pytest

from evidence.__main__ import main
from evidence.cli.batch import Progress
from evidence.synthesis.pool import pool

ROWS = {
    "claim": ["b", "b", "b", "a", "a"],
    "yi": [0.1, 0.3, 0.8, 0.5, 0.6],
    "vi": [0.02, 0.03, 0.05, 0.04, 0.09],
}


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(**changed):
        pd.DataFrame({**ROWS, **changed}).to_parquet("in.parquet")
        return ["batch", "in.parquet", "-o", "out.parquet", "--group", "claim"]

    return write


def test_each_group_becomes_a_row(table, capsys):
    assert main(table()) == 0
    heard = capsys.readouterr()
    assert heard.out == "5 rows read, 0 set aside\n2 groups: 2 pooled\n"
    assert heard.err == ""
    answer = pd.read_parquet("out.parquet")
    assert answer["claim"].tolist() == ["b", "a"]
    want = pool({"yi": ROWS["yi"][:3], "vi": ROWS["vi"][:3]})
    assert answer["estimate"][0] == pytest.approx(want.estimate, rel=1e-9)
    assert answer["pi_high"][0] == pytest.approx(want.pi_high, rel=1e-9)
    assert pd.isna(answer["pi_high"][1])


def test_given_again_it_says_that_all_is_there(table, capsys):
    words = table()
    main(words)
    capsys.readouterr()
    assert main(words) == 0
    assert "was there already" in capsys.readouterr().out


def test_bad_rows_are_named_and_the_status_is_1(table, capsys):
    words = table(vi=[0.02, 0.0, 0.05, 0.04, 0.09])
    assert main([*words, "--json"]) == 1
    heard = capsys.readouterr()
    assert heard.err == "evidence: b: row 2: vi = 0 is not above zero\n"
    data = json.loads(heard.out)
    assert data["schema"] == "evidence/batch/1"
    assert data["by_status"] == {"pooled": 1, "rows set aside": 1}
    assert (data["rows"], data["set_aside"], data["groups"]) == (5, 1, 2)
    assert main([*words, "--fail-on", "never"]) == 0  # found there already, findings and all


def test_more_findings_than_are_shown_are_counted(table, capsys):
    names = [f"g{i}" for i in range(15)]
    words = table(claim=[*names, "good"], yi=[0.1] * 16, vi=[0.0] * 15 + [0.1])
    assert main(words) == 1
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 11
    assert err[-1] == "and 5 more groups; column finding names them all"


def test_nothing_usable_is_2_and_leaves_no_file(table, capsys, tmp_path):
    assert main(table(vi=[0.0] * 5)) == 2
    assert "nothing to pool: none of 5 rows can be used" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--vi", "vi", "--se", "se"], "give --vi or --se"),
        (["--tau2", "RELM"], "Did you mean 'REML'"),
        (["--tau2", "GENQ"], "'GENQ' is not one of"),
        (["--memory", "much"], "memory='much'"),
        (["--se", "sei"], "no column 'sei'; there are claim, yi, vi"),
    ],
)
def test_what_cannot_be_is_one_line_and_2(words, message, table, capsys):
    assert main([*table(), *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_an_output_folder_that_is_not_there(table, capsys):
    words = table()
    words[words.index("out.parquet")] = "none/out.parquet"
    assert main(words) == 2
    assert "there is no folder none" in capsys.readouterr().err


def test_progress_is_silent_for_two_seconds_and_then_speaks_now_and_then(capsys, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    with Progress(quiet=False) as progress:
        for done in range(50):  # ten seconds
            progress("pooling", done, 50)
            clock[0] += 0.2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "pooling 10 of 50"
    assert len(lines) == 4


def test_quiet_is_quiet(capsys, monkeypatch):
    monkeypatch.setattr(time, "monotonic", iter(range(0, 1000, 10)).__next__)
    with Progress(quiet=True) as progress:
        progress("pooling", 1, 2)
    assert capsys.readouterr().err == ""
