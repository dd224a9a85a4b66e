"""Every trap that a reviewer wrote beside a row of the trials, and what notices it.

`traps.csv` splits each trap into its parts and names, for each, the codes that notice it or why
no machine can from this record. The file is read here without the reviewer's words.
"""

import csv
import io
from collections import defaultdict
from pathlib import Path

import pytest

from evidence.ingest.read import read
from evidence.integrity.checks_of_studies import check_studies
from evidence.records.codes import CODES

ROOT = Path(__file__).parents[2]


def _table(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


TRIALS = _table(ROOT / "datasets" / "cosmetic_trials.csv")
TRAPS = _table(Path(__file__).with_name("traps.csv"))
NOTICED = [(row["row_id"], code) for row in TRAPS for code in row["codes"].split()]

WHAT_A_DESIGN_IS = ("EV409", "EV412", "EV435", "EV452", "EV456")
"""Codes that every row of a design has, so that the rows to compare with are of other designs."""

CONTROLLED = ("parallel", "within_person", "nonrandomised_controlled")


def _read(*, blank):
    text = io.StringIO()
    writer = csv.DictWriter(text, TRIALS[0].keys())
    writer.writeheader()
    writer.writerows({**row, **dict.fromkeys(blank, "")} for row in TRIALS)
    text.seek(0)
    return read(text)


def _made(reading):
    """Codes by row: what reading found, then checks and signals."""
    rows = {o.places["id"].line: o.id for _, o in reading.outcomes}
    made = defaultdict(set)
    for item in reading.findings:
        made[rows.get(item.line, "")].add(item.code)
    report = check_studies(reading.studies)
    for item in (*report.items, *report.signals):
        if item.status in ("stop", "query", "note"):
            made[item.outcome].add(item.code)
    return made


@pytest.fixture(scope="module")
def blind():
    """The trials without traps and notes."""
    return _read(blank=("traps", "notes"))


@pytest.fixture(scope="module")
def made(blind):
    """Codes by row, made without the reviewer's words."""
    return _made(blind)


def test_every_part_of_every_trap_is_listed_in_the_words_of_the_file():
    listed = defaultdict(list)
    for row in TRAPS:
        listed[row["row_id"]].append(row["trap"])
    told = {
        row["row_id"]: [part.strip() for part in row["traps"].split(";")]
        for row in TRIALS
        if row["traps"]
    }
    assert listed == told


def test_each_part_has_a_code_or_a_reason():
    assert all(bool(row["codes"]) != bool(row["why_not"]) for row in TRAPS)
    assert {code for _, code in NOTICED} <= set(CODES)


@pytest.mark.parametrize(("row", "code"), NOTICED)
def test_the_trap_is_noticed(row, code, made):
    assert code in made[row]


def test_most_traps_are_noticed():
    assert sum(bool(row["codes"]) for row in TRAPS) / len(TRAPS) > 0.8


def _sort(kind):
    return "controlled" if kind in CONTROLLED else kind


@pytest.mark.parametrize("code", sorted({code for _, code in NOTICED}))
def test_a_code_is_not_made_for_every_row(code, made, blind):
    kinds = {o.id: _sort(o.design.kind) for _, o in blind.outcomes}
    having = {row for row in kinds if code in made[row]}
    assert len(having) < 0.6 * len(kinds)
    for row in {row for row, noticed in NOTICED if noticed == code}:
        others = [o for o in kinds if o != row and o not in having]
        same_kind = [o for o in others if kinds[o] == kinds[row]]
        alone = list(kinds.values()).count(kinds[row]) == 1
        assert others if code in WHAT_A_DESIGN_IS or alone else same_kind


def test_the_reviewers_words_change_nothing(blind):
    def told(reading):
        report = check_studies(reading.studies)
        return [(i.code, i.status, i.outcome, i.sentence) for i in (*report.items, *report.signals)]

    assert told(blind) == told(_read(blank=()))
