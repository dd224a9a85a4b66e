"""The data sets that come with the project: every row read, and what the dictionary promises."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pytest

import evidence
from evidence.ingest.read import read, read_claims
from evidence.records.base import UNKNOWN

DATASETS = Path(evidence.__file__).parents[1] / "datasets"
TRIALS, CLAIMS = DATASETS / "cosmetic_trials.csv", DATASETS / "article_claims.csv"


@pytest.fixture(scope="module")
def reading():
    return read(TRIALS)


@pytest.fixture(scope="module")
def results(reading):
    return {outcome.id: outcome for _, outcome in reading.outcomes}


@pytest.fixture(scope="module")
def printed():
    with TRIALS.open(encoding="utf-8", newline="") as file:
        return {row["row_id"]: row for row in csv.DictReader(file)}


def test_every_row_is_read_and_none_set_aside(reading, printed):
    assert (reading.read, reading.used, reading.set_aside) == (180, 180, 0)
    assert (len(reading), len(reading.outcomes), reading.layout) == (90, 180, "trials")
    assert reading.count_of("error") == 0
    assert [o.id for _, o in reading.outcomes] != []
    assert {o.id for _, o in reading.outcomes} == set(printed)


def test_no_column_is_unknown(reading):
    assert not [f for f in reading.findings if f.code in ("EV110", "EV116", "EV135")]


NUMBERS = {
    "arm1_baseline_mean": "treated.baseline_mean", "arm1_baseline_sd": "treated.baseline_sd",
    "arm1_final_mean": "treated.mean", "arm1_final_sd": "treated.sd",
    "arm1_change_mean": "treated.change_mean", "arm1_change_ci_low": "treated.change_ci_low",
    "arm1_change_ci_high": "treated.change_ci_high", "arm2_baseline_mean": "control.baseline_mean",
    "arm2_final_mean": "control.mean", "arm2_final_sd": "control.sd",
    "arm2_change_mean": "control.change_mean", "arm2_pct_change": "control.pct_change",
    "effect_value": "contrast.estimate", "ci_low": "contrast.ci_low",
    "ci_high": "contrast.ci_high", "arm1_responders_n": "treated.events",
    "arm1_responders_total": "treated.total", "arm1_responders_pct": "treated.pct",
    "arm2_responders_pct": "control.pct", "timepoint_weeks": "week",
    "n_randomised": "n_total_randomised", "n_analysed": "n_total",
}  # fmt: skip


@pytest.mark.parametrize("column", NUMBERS)
def test_every_printed_number_is_in_the_record_with_its_digits_and_its_line(
    column, results, printed
):
    seen = 0
    for line, (row_id, row) in enumerate(printed.items(), start=2):
        if not row[column]:
            continue
        value = results[row_id]
        for step in NUMBERS[column].split("."):
            value = getattr(value, step)
        assert value.text == row[column], row_id
        assert (value.place.line, value.place.field) == (line, column)
        seen += 1
    assert seen > 0


def test_percent_changes_are_kept_except_where_the_comparator_is_ambiguous(results, printed):
    for row_id, row in printed.items():
        if row["arm1_pct_change"]:
            ambiguous = row["effect_measure"] == "pct_difference_vs_comparator_ambiguous"
            outcome = results[row_id]
            number = outcome.contrast.estimate if ambiguous else outcome.treated.pct_change
            assert (number.text, number.unit) == (row["arm1_pct_change"], "%")
            assert (outcome.treated.pct_change is UNKNOWN) == ambiguous


DESIGNS = {
    "randomised_parallel": "parallel", "randomised_split_face": "within_person",
    "randomised_split_body": "within_person",
    "randomised_incomplete_block_split_face": "within_person",
    "nonrandomised_controlled": "nonrandomised_controlled",
    "controlled_unclear_allocation": "parallel", "single_arm_pre_post": "single_arm_prepost",
    "observational": "exposure", "in_vitro": "in_vitro",
    "pooled_analysis_of_controlled_studies": "parallel", "not_stated": UNKNOWN,
}  # fmt: skip


def test_designs_blinding_and_allocation(results, printed):
    for row_id, row in printed.items():
        design = results[row_id].design
        lifestyle = row["category"] in ("lifestyle_smoking", "lifestyle_sleep")
        assert design.kind == ("exposure" if lifestyle else DESIGNS[row["design"]]), row_id
        assert design.concealment is UNKNOWN
        both = (design.blinding.participant, design.blinding.assessor)
        assert both == {
            "double": ("yes", "yes"), "single": ("yes", UNKNOWN), "evaluator": (UNKNOWN, "yes"),
            "none": ("no", "no"),
        }.get(row["blinding"], (UNKNOWN, UNKNOWN)), row_id  # fmt: skip
        if row["randomised"] == "yes":
            assert (design.randomised, design.sequence) == ("yes", "stated_only")
        if row["design"] == "controlled_unclear_allocation":
            assert (design.randomised, design.sequence) == (UNKNOWN, UNKNOWN)
        expected = {"none": "baseline_only", "not_stated": UNKNOWN}
        assert design.comparator == expected.get(row["comparator"], row["comparator"])


def test_one_arm_studies_have_no_comparator_arm(reading):
    for _, outcome in reading.outcomes:
        if outcome.design.kind == "single_arm_prepost":
            assert outcome.control is None
        elif outcome.design.kind in ("parallel", "within_person"):
            assert outcome.control is not None


def test_results_printed_counts_the_rows_of_the_study(results, printed):
    counts = Counter(row["study_id"] for row in printed.values())
    for row_id, row in printed.items():
        assert results[row_id].reporting.results_printed == counts[row["study_id"]]


def test_people_are_counted_once(results):
    farris = results["farris2024_pooled_01"]
    assert (farris.n_total.text, farris.treated.n, farris.design.pooled_analysis) == (
        "352", UNKNOWN, "yes")  # fmt: skip
    osborne = results["osborne_pg_poster_01"]
    assert (osborne.n_total.text, osborne.treated.n.text) == ("60", "60")
    kafi = results["kafi2007_02"]
    assert (kafi.treated.n.text, kafi.control.n.text, kafi.treated.n_randomised.text) == (
        "6", "6", "36")  # fmt: skip


def test_arms_that_add_up_to_the_enrolled_are_not_taken_as_analysed(results):
    proksch = results["proksch2014_wrinkle_01"]
    assert proksch.treated.n is UNKNOWN
    assert (proksch.treated.n_randomised.text, proksch.n_total_randomised.text) == ("57", "114")
    shin = results["shin2021_ctp_01"]
    assert (shin.treated.n.text, shin.control.n.text, shin.n_total.text) == ("35", "38", "73")


def test_registration_of_the_study_is_not_registration_of_the_outcome(results):
    assert results["kafi2007_01"].reporting.registered is UNKNOWN
    assert "which outcome is not said" in results["kafi2007_01"].note
    assert results["hughes2013_01"].reporting.registered == "no"


def test_p_values(results):
    assert results["kafi2007_01"].contrast.p.operator == "<"
    assert results["kafi2007_01"].contrast.kind == "paired_site"
    assert results["proksch2014_wrinkle_04"].contrast.p.operator == "ns"
    assert results["watson2009_01"].contrast.kind == "within_group"
    assert results["shiseido_retinol2019_01"].contrast.p.implied is True
    assert results["kafi2007_02"].contrast.p.implied is False


KINDS = {
    "kafi2007_01": "live_expert_grade", "sstt_cosmetic_04": "instrument",
    "draelos2016_01": "self_report", "alam2018_01": "photo_blinded_grade",
    "ohare1999_01": "photo_blinded_grade", "kadunce1991_01": "live_expert_grade",
    "smoking_replica2002_01": UNKNOWN, "ghkcu_71women_01": UNKNOWN,
}  # fmt: skip


@pytest.mark.parametrize("row_id", KINDS)
def test_kinds_of_measurement(row_id, results):
    assert results[row_id].kind == KINDS[row_id]


def test_cautions_ingredients_and_money(reading, results):
    assert "paired design" in results["kafi2007_01"].cautions
    kafi = next(study for study in reading if study.id == "kafi2007")
    assert [(i.name, i.percent.text) for i in kafi.ingredients] == [("retinol", "0.4")]
    farris = next(study for study in reading if study.id == "farris2024_pooled")
    assert (farris.interest.funding, farris.interest.conflicts) == ("industry", "yes")


def test_a_study_file_gives_the_same_records_back(reading, tmp_path):
    path = tmp_path / "studies.json"
    path.write_text(reading.to_json(), encoding="utf-8")
    again = read(path)
    assert again.studies == reading.studies
    assert read(io.StringIO(again.to_json()), format="json").studies == reading.studies


def test_the_tidy_frame_has_a_row_per_result(reading):
    frame = reading.to_frame()
    assert len(frame) == 180
    row = frame.set_index("result").loc["dpke2019_01"]
    assert (row["mean_t"], row["sd_c"], row["n_t"], row["p"]) == (52.92, 11.62, 36, 0.01)
    assert frame["mean_c"].dtype == float


def test_all_claims_are_read():
    claims = read_claims(CLAIMS)
    assert (claims.read, claims.used, claims.set_aside, len(claims)) == (97, 97, 0, 97)
    by_id = {claim.id: claim for claim in claims}
    with_data = [claim.id for claim in claims if claim.carries_study_data == "yes"]
    assert with_data == ["L49", "L50", "L51"]
    l49 = by_id["L49"]
    assert (l49.value.text, l49.week.text, l49.n.text) == ("20", "12", "50")
    assert l49.design is UNKNOWN
    assert not [f for f in claims.findings if f.severity != "note"]
    assert len(claims.to_frame()) == 97


def test_what_is_shown(reading):
    assert repr(reading).endswith("90 studies, 180 results; 180 rows read, 180 used>")
    assert reading._repr_html_().count("<tr>") == 9  # a head and eight studies
    assert reading[0].id == "kafi2007"
    assert len(reading[:3]) == 3
