"""One result whose figures cannot be costs no other: it is set aside, named, and counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evidence as ev
from evidence.__main__ import main
from evidence.appraisal.assess import assess_studies

DATA = Path(__file__).parents[2] / "datasets"
HEADER = (
    "study_id,outcome,design,comparator,randomised,n_t,n_c,mean_t,sd_t,mean_c,sd_c,pct_change_t,"
    "events_t,n_randomised_t,direction\n"
)
GOOD = "good,wrinkle depth,parallel,vehicle,yes,40,41,12.1,3.2,14.0,3.5,,,,lower\n"
MORE_THAN_ALL = "many,satisfaction,single_arm_prepost,none,,,,,,,,,50,13,higher\n"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "studies.csv"
    path.write_text(HEADER + GOOD + MORE_THAN_ALL, encoding="utf-8")
    return path


def test_a_score_goes_on_and_names_it(table, capsys):
    assert main(["score", str(table), "--json"]) == 1
    out, err = capsys.readouterr()
    data = json.loads(out)
    assert [row["source"]["study"] for row in data["results"]] == ["good"]
    assert data["summary"] == {"read": 2, "used": 1, "set_aside": 1}
    (found,) = [row for row in data["findings"] if row["severity"] == "error"]
    assert (found["code"], found["line"]) == ("EV223", 3)
    assert "more events than people" in found["message"]
    assert "EV223" in err


def test_a_check_names_it_and_counts_it_as_set_aside(table, capsys):
    assert main(["check", str(table), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["summary"] == {**data["summary"], "read": 2, "used": 1, "set_aside": 1}
    errors = [(row["code"], row["line"]) for row in data["findings"] if row["severity"] == "error"]
    assert ("EV223", 3) in errors


def test_pooling_keeps_it_among_the_refused(table, capsys):
    assert main(["pool", str(table), "--measure", "PR", "--outcome", "satisfaction"]) == 2
    assert "Traceback" not in capsys.readouterr().err
    effects = ev.compute_effects(ev.read(table), measure="SMD")
    assert list(effects.frame["study"]) == ["good"]
    refused = ev.compute_effects(ev.read(table), measure="PR").refused
    (reason,) = refused.loc[refused["study"] == "many", "reason"]
    assert "more events than people" in reason


def test_a_report_is_written_and_says_so(table, tmp_path, capsys):
    claims = str(DATA / "article_claims.csv")
    out = tmp_path / "report.json"
    status = main(["report", str(table), "--claims", claims, "-o", str(out), "--fail-on", "error"])
    assert status == 1
    assert "1 result set aside: the figures cannot be" in capsys.readouterr().err
    assert "EV223" in out.read_text(encoding="utf-8")


def test_findings_carry_the_place(table):
    done = assess_studies(ev.read(table))
    assert [one.study.id for one in done.results] == ["good"]
    assert [(f.code, Path(f.file).name, f.line) for f in done.findings] == [
        ("EV223", "studies.csv", 3)
    ]


def test_a_claim_of_more_than_everything_cannot_be(tmp_path):
    claims = tmp_path / "claims.csv"
    rows = (DATA / "article_claims.csv").read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in rows if line.startswith("L49,")]
    claims.write_text("\n".join([rows[0], row.replace(",20,", ",130,")]), encoding="utf-8")
    (found,) = ev.audit(ev.read_claims(claims), ev.read(DATA / "cosmetic_trials.csv"))
    assert found.verdict.word == "not supported"
    assert "falls by more than 100 %" in found.verdict.sentence
    assert found.own is None


@pytest.mark.parametrize(
    "words",
    [
        ("--p", "1"),
        ("--p", ">1"),
        ("--p", "0"),
        ("--sd", "12345678"),
    ],
    ids=" ".join,
)
def test_figures_at_the_edge_never_show_a_fault_of_the_program(words, capsys):
    flags = ("--design", "single-arm", "--n", "3", "--change=-20%", "--outcome", "wrinkle depth")
    assert main(["score", *flags, *words]) in (0, 2)
    assert "bug" not in capsys.readouterr().err


def test_two_people_with_two_sides_have_no_standardised_effect(tmp_path):
    text = HEADER + "two,hydration,within_person,vehicle,yes,2,2,12.1,3.2,14.0,3.5,,,,higher\n"
    path = tmp_path / "two.csv"
    path.write_text(text, encoding="utf-8")
    effects = ev.compute_effects(ev.read(path), measure="SMD")
    assert not len(effects)
    assert effects.refused["yi"].isna().all()


def test_a_percent_of_few_people_that_is_no_whole_number_is_no_negative_count(tmp_path):
    head = "study_id,outcome,design,comparator,randomised,n_t,n_c,pct_t,pct_c,direction\n"
    path = tmp_path / "few.csv"
    path.write_text(
        head + "few,satisfaction,within_person,vehicle,yes,2,2,33.3333,85,higher\n", "utf-8"
    )
    effects = ev.compute_effects(ev.read(path), measure="RD")
    assert "negative" not in " ".join(effects.refused["reason"].fillna(""))
