"""`evidence check` and `evidence schema`: exit codes and every output form."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

import evidence
from evidence.__main__ import main

DATASETS = Path(evidence.__file__).parents[1] / "datasets"
HEAD = "study,outcome,design,n_t,n_c\n"
GOOD = "Kim 2019,TEWL,parallel,40,41\n"
BAD = "Li 2020,TEWL,parallel,4O,41\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("good.csv").write_text(HEAD.replace("\n", ",direction\n") + GOOD[:-1] + ",lower\n")
    Path("bad.csv").write_text(HEAD + GOOD + BAD)
    Path("useless.csv").write_text(HEAD + BAD)
    Path("empty.csv").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("good.csv",), 0),
        (("bad.csv",), 1),
        (("bad.csv", "--fail-on", "never"), 0),
        (("good.csv", "bad.csv"), 1),
        (("useless.csv",), 2),
        (("empty.csv",), 2),
        (("nothing.csv",), 2),
        (("good.csv", "nothing.csv"), 1),
        ((), 2),
        (("--bogus", "good.csv"), 2),
        (("good.csv", "--from", "docx"), 2),
    ],
)
def test_exit_codes(words, status, folder):
    assert main(["check", *words]) == status


def test_warnings_fail_only_when_asked(folder):
    Path("warn.csv").write_text("study,year,outcome,week\nA,2019,TEWL,4\nA,2020,TEWL,8\n")
    assert main(["check", "warn.csv"]) == 0
    assert main(["check", "warn.csv", "--fail-on", "warning"]) == 1


def test_findings_go_to_stdout_in_the_form_of_a_compiler(folder, capsys):
    main(["check", "bad.csv"])
    out, err = capsys.readouterr()
    assert 'bad.csv:3:4: EV214 n_t = "4O" is not a whole number. Did you mean 40 (letter O)?' in out
    last = out.splitlines()[-1]
    assert last.startswith("1 error, 2 notes in 2 rows (1 used, 1 set aside).") or last.startswith(
        "1 error, 1 note in 2 rows (1 used, 1 set aside)."
    )
    assert last.endswith("Next: evidence explain EV214")
    assert err == ""


def test_a_file_that_cannot_be_used_is_one_line_on_stderr(folder, capsys):
    main(["check", "empty.csv"])
    assert capsys.readouterr().err == "evidence: empty.csv: EV103 the file is empty.\n"


def test_json(folder, capsys):
    main(["check", "bad.csv", "--json"])
    tree = json.loads(capsys.readouterr().out)
    assert tree["schema"] == "evidence/check/1"
    error = next(item for item in tree["findings"] if item["severity"] == "error")
    assert set(error) == {"code", "severity", "file", "line", "column", "cell", "field", "value",
                          "message", "suggestion"}  # fmt: skip
    assert (error["code"], error["line"], error["column"], error["value"]) == ("EV214", 3, 4, "4O")
    assert tree["summary"]["set_aside"] == 1


def test_json_tells_of_a_file_that_cannot_be_used(folder, capsys):
    main(["check", "useless.csv", "empty.csv", "--json"])
    found = json.loads(capsys.readouterr().out)["findings"]
    assert {(item["code"], item["file"]) for item in found if item["severity"] == "error"} == {
        ("EV214", "useless.csv"), ("EV103", "empty.csv")}  # fmt: skip


def test_json_lines_csv_and_markdown(folder, capsys):
    main(["check", "bad.csv", "--format", "jsonl"])
    lines = capsys.readouterr().out.splitlines()
    assert "EV214" in {json.loads(line)["code"] for line in lines}
    main(["check", "bad.csv", "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert "EV214" in {row["code"] for row in rows}
    main(["check", "bad.csv", "--format", "md"])
    assert capsys.readouterr().out.startswith("| code |")


def test_workflow_annotations(folder, capsys):
    Path("odd, name.csv").write_text(HEAD + GOOD + BAD)
    main(["check", "odd, name.csv", "--format", "github", "--quiet"])
    out, err = capsys.readouterr()
    assert "::error file=odd%2C name.csv,line=3,col=4,title=EV214::n_t" in out
    assert err == ""


def test_output_to_a_file_and_summary_on_stderr(folder, capsys):
    main(["check", "bad.csv", "--json", "-o", "found.json"])
    out, err = capsys.readouterr()
    assert out == ""
    assert "set aside" in err
    assert json.loads(Path("found.json").read_text())["summary"]["read"] == 2


def test_control_characters_do_not_reach_the_terminal(folder, capsys):
    Path("esc.csv").write_text("study,outcome,n_t\nA,TEWL,40\n\x1b[31mB,TEWL,\x1b[2J\n")
    main(["check", "esc.csv"])
    assert "\x1b" not in capsys.readouterr().out


def test_standard_input(folder, capsys, monkeypatch):
    class Stdin:
        buffer = io.BytesIO((HEAD + BAD + GOOD).encode())

    monkeypatch.setattr("sys.stdin", Stdin)
    assert main(["check", "-", "--from", "csv"]) == 1


def test_claims_are_checked_too(folder, capsys):
    Path("claims.csv").write_text("id,text,n\nC1,lifts,4O\nC2,firms,40\n")
    assert main(["check", "claims.csv"]) == 1
    assert "EV214" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["cosmetic_trials.csv", "article_claims.csv"])
def test_the_data_sets_have_no_errors(name, capsys):
    assert main(["check", str(DATASETS / name), "--quiet"]) == 0
    assert "set aside" in capsys.readouterr().out


def test_many_findings_of_one_kind_are_counted_for_people(folder, capsys):
    rows = "".join(f'S{i},TEWL,"1{i % 10},5"\n' for i in range(60))
    Path("many.csv").write_text("study,outcome,mean_t\n" + rows)
    main(["check", "many.csv"])
    out = capsys.readouterr().out
    assert "EV120 … and 40 more in mean_t" in out
    assert out.count('EV120 mean_t = "1') == 20


def test_schema(capsys):
    assert main(["schema"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["study"]["title"] == "Study"
    assert {row["column"] for row in tree["columns"]} >= {"study", "mean_t", "sd_c", "text"}
    assert main(["schema", "--format", "csv", "--table", "studies"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    design = next(row for row in rows if row["column"] == "design")
    assert "split-face" in design["words"]


FIGURES = (
    "study,row_id,outcome,design,randomised,n_t,pct_t,direction\n"
    "Kim 2019,k1,smoother,single-arm,no,30,{},higher\n"
)
STOP = (
    "study,row_id,outcome,design,randomised,mean_t,sd_t,n_t,mean_c,sd_c,n_c,p,p_kind,direction\n"
    "Li 2020,l1,TEWL,parallel,yes,41.2,12.1,33,47.8,13.4,31,=0.4,between_arm,lower\n"
)


def test_figures_that_cannot_all_be_right_are_findings_with_their_place(folder, capsys):
    Path("figures.csv").write_text(FIGURES.format(88))
    assert main(["check", "figures.csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3].startswith(
        "figures.csv:2:7: EV310 k1: These numbers cannot all be right: of n = 30 people, 87 % (26) "
        "or 90 % (27) are possible, not 88 %. Harmless ways there: "
    )
    assert lines[-2].startswith("1 integrity check possible, 1 run: 1 query.")
    assert lines[-1].endswith("Next: evidence explain EV310")


def test_a_query_or_stop_sets_no_row_aside_and_fails_only_when_asked(folder, capsys):
    Path("figures.csv").write_text(FIGURES.format(88))
    Path("stop.csv").write_text(STOP)
    for name, status in (("figures.csv", "1 query"), ("stop.csv", "1 stop")):
        assert main(["check", name]) == 0
        assert main(["check", name, "--fail-on", "warning"]) == 1
        out = capsys.readouterr().out
        assert status in out
        assert "(1 used, 0 set aside)" in out


def test_nothing_to_check_does_not_look_like_a_pass(folder, capsys):
    Path("bare.csv").write_text("study,outcome,pct_change_t\nKim 2019,wrinkle depth,-20\n")
    main(["check", "bare.csv"])
    assert "0 integrity checks possible, 0 run: nothing could be checked." in (
        capsys.readouterr().out
    )


def test_signals_are_listed_when_asked_for(folder, capsys):
    Path("figures.csv").write_text(FIGURES.format(87))
    main(["check", "figures.csv"])
    quiet = capsys.readouterr().out
    assert "EV412" not in quiet
    assert "signals of design and reporting: --signals" in quiet
    assert main(["check", "figures.csv", "--signals", "--fail-on", "warning"]) == 0
    assert "EV412 k1: Everybody used the product" in capsys.readouterr().out


def test_json_holds_every_check_and_signal_with_every_field(folder, capsys):
    Path("figures.csv").write_text(FIGURES.format(87))
    main(["check", "figures.csv", "--json"])
    tree = json.loads(capsys.readouterr().out)
    found = tree["integrity"]
    assert (found["status"], found["possible"], found["run"]) == ("pass", 1, 1)
    assert found["counts"] == {"stop": 0, "query": 0, "note": 0, "pass": 1, "not_applicable": 0}
    (item,) = found["items"]
    fields = {"code", "check", "status", "verdict", "sentence", "benign", "inputs", "study",
              "outcome", "place"}  # fmt: skip
    assert set(item) == fields
    assert item["inputs"] == ["treated.pct = 87 % (figures.csv:2:pct_t)",
                              "treated.n = 30 (figures.csv:2:n_t)"]  # fmt: skip
    assert (item["place"]["line"], item["place"]["column"]) == (2, 7)
    assert "EV412" in {signal["code"] for signal in found["signals"]}
    assert "EV412" not in {item["code"] for item in tree["findings"]}
    page = (DATASETS.parent / "docs" / "json.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page or f".{name}`" in page or f"{name}[]" in page
               for name in (*fields, *found))  # fmt: skip


def test_what_reading_said_of_a_row_is_not_said_twice(folder, capsys):
    Path("twice.csv").write_text(
        "study,outcome,baseline_t,mean_t,pct_change_t,direction\nA,TEWL,50,40,-25,lower\n"
    )
    main(["check", "twice.csv", "--json"])
    tree = json.loads(capsys.readouterr().out)
    assert [item["code"] for item in tree["findings"]].count("EV309") == 1
    assert "query" in {item["status"] for item in tree["integrity"]["items"]}


def test_claims_have_no_figures_to_check(folder, capsys):
    Path("claims.csv").write_text("id,text,n\nC1,firms,40\n")
    main(["check", "claims.csv", "--json"])
    assert json.loads(capsys.readouterr().out)["integrity"] is None
    main(["check", "claims.csv"])
    assert "integrity" not in capsys.readouterr().out


def test_the_file_of_trials_tells_what_was_checked(capsys):
    main(["check", str(DATASETS / "cosmetic_trials.csv"), "--json"])
    found = json.loads(capsys.readouterr().out)["integrity"]
    # 46.2 % is 12 of 26 and 64.3 % is 18 of 28, and 29 people are said to have been analysed
    queries = {(i["outcome"], i["code"]) for i in found["items"] if i["status"] == "query"}
    assert {("sstt_cosmetic_01", "EV310"), ("sstt_cosmetic_02", "EV310")} <= queries
    assert found["counts"]["stop"] == 0
