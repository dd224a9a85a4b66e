"""The project's own tables: wide and long, in three languages; and anything at all thrown at it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.errors import EvidenceError
from evidence.ingest import cells
from evidence.ingest.read import ClaimReading, Reading, read, read_any
from evidence.records.base import UNKNOWN
from evidence.records.codebook import columns, match_header, normalise
from evidence.records.outcome import ArmResult, Outcome


def codes(reading):
    return [f.code for f in reading.findings if f.severity == "error"]


@pytest.mark.parametrize("scope", ["wide", "long", "claims"])
def test_every_name_of_the_codebook_finds_its_column(scope):
    for column in columns(scope):
        assert match_header(column.name, scope).name == column.name
        assert match_header(f" {column.name.upper().replace('_', '. ')} ", scope) is not None


def test_every_target_is_a_field_of_a_record():
    for column in columns("wide"):
        owner, _, rest = column.target.partition(".")
        if owner in ("treated", "control"):
            assert rest in ArmResult.model_fields
        elif owner == "outcome":
            assert rest in Outcome.model_fields


def test_no_header_means_two_columns():
    for scope in ("long", "claims"):
        names = [(normalise(w), c.name) for c in columns(scope) for w in (c.name, *c.synonyms)]
        assert len({name for name, _ in names}) == len(set(names))


@pytest.mark.parametrize(
    ("header", "name"),
    [("Mean (T)", "mean_t"), ("SD.c", "sd_c"), ("n1", "n_t"), ("N 2", "n_c"),
     ("treatment mean", "mean_t"), ("placebo SD", "sd_c"), ("試験群 平均", "mean_t"),
     ("対照群 標準偏差", "sd_c"), ("対照群例数", "n_c"), ("干预组均值", "mean_t"),
     ("对照组标准差", "sd_c"), ("试验组例数", "n_t"), ("Study_ID", "study"), ("95", None),
     ("CI lower", "ci_low"), ("change from baseline (t)", "change_t")],
)  # fmt: skip
def test_headers_in_three_languages(header, name):
    column = match_header(header)
    assert (column and column.name) == name


def test_the_template_to_a_record():
    text = (
        "study,year,product,active,dose,comparator,outcome,instrument,unit,direction,week,design,"
        "randomised,concealed,blinded_participant,blinded_assessor,arm_t,arm_c,n_t,n_c,mean_t,"
        "sd_t,mean_c,sd_c,p,funder,authors_employed,registered,source\n"
        "Kim 2019,2019,serum A,niacinamide,5%,vehicle,wrinkle depth,PRIMOS,µm,lower is better,12,"
        "split-face,computer,central,yes,no,serum,vehicle,40,40,60.20,12.5,66.8,13.1,=0.023,"
        "industry,no,primary,table 2\n"
    )
    reading = read(io.StringIO(text))
    study, outcome = reading.outcomes[0]
    assert reading.layout == "template"
    assert study.ingredients[0].percent.text == "5"
    assert study.interest.authors_employed == "no"
    assert outcome.design.kind == "within_person"
    assert (outcome.design.sequence, outcome.design.randomised) == ("computer", "yes")
    assert outcome.design.blinding.assessor == "no"
    assert outcome.treated.mean.decimals == 2
    assert outcome.treated.mean.place.page == "table 2"
    assert (outcome.better, outcome.kind, outcome.family) == (
        "lower",
        "instrument",
        "wrinkle_depth",
    )
    assert outcome.contrast.kind == "paired_site"
    assert outcome.reporting.registered == "primary"
    assert outcome.n_total.text == "40"  # sides of 40 people
    assert outcome.id == "Kim 2019_01"


def test_one_group_without_arm_names():
    reading = read(
        io.StringIO("研究,評価項目,例数,平均,標準偏差\n田中,水分量 hydration,40,12.1,3.2\n")
    )
    outcome = reading[0].outcomes[0]
    assert (outcome.treated.mean.text, outcome.treated.sd.text) == ("12.1", "3.2")
    assert outcome.treated.n.text == "40"
    assert [f.code for f in reading.findings].count("EV135") == 2


LONG = """study,outcome,week,arm,n,mean,sd,direction
Kim,TEWL,0,serum,40,14.0,3.0,lower
Kim,TEWL,12,serum,38,12.1,3.2,lower
Kim,TEWL,0,vehicle,41,14.1,3.1,lower
Kim,TEWL,12,vehicle,40,14.0,3.5,lower
"""


def test_the_long_form_is_joined_by_week():
    reading = read(io.StringIO(LONG))
    assert (reading.layout, reading.read, reading.used) == ("long", 4, 4)
    ((_, outcome),) = reading.outcomes
    assert (outcome.treated.label, outcome.control.label) == ("serum", "vehicle")
    assert (outcome.treated.mean.text, outcome.control.mean.text) == ("12.1", "14.0")
    assert (outcome.treated.baseline_mean.text, outcome.control.baseline_sd.text) == ("14.0", "3.1")
    assert outcome.control.n.place.line == 5
    assert [f.code for f in reading.findings].count("EV138") == 2


def test_the_long_form_needs_to_know_the_product():
    text = "study,outcome,week,arm,mean\nKim,TEWL,12,A,1\nKim,TEWL,12,B,2\nLi,TEWL,12,product,3\n"
    reading = read(io.StringIO(text))
    assert codes(reading) == ["EV222", "EV222"]
    assert (reading.read, reading.used, reading.set_aside) == (3, 1, 2)
    told = text.replace("arm,mean", "arm,role,mean").replace(",A,", ",A,product,").replace(
        ",B,", ",B,comparator,").replace("product,3", "product,,3")  # fmt: skip
    assert read(io.StringIO(told)).used == 3


def test_two_products_share_a_comparator():
    text = "study,outcome,week,arm,mean\nK,TEWL,4,A,1\nK,TEWL,4,B,2\nK,TEWL,4,placebo,3\n"
    outcomes = read(io.StringIO(text))[0].outcomes
    assert [(o.treated.label, o.control.label) for o in outcomes] == [
        ("A", "placebo"), ("B", "placebo")]  # fmt: skip


def test_rows_of_one_study_that_disagree():
    text = "study,year,outcome,week\nA,2019,TEWL,4\nA,2020,TEWL,8\n"
    reading = read(io.StringIO(text))
    assert [f.code for f in reading.findings if f.severity == "warning"] == ["EV217"]
    assert reading[0].year == 2019


def test_up_to_is_a_maximum():
    reading = read(io.StringIO("study,outcome,pct_change_t\nA,wrinkles,up to -20%\n"))
    assert reading[0].outcomes[0].statistic == "max"


def test_unknown_stays_unknown():
    outcome = read(io.StringIO("study,outcome\nA,something\n"))[0].outcomes[0]
    assert outcome.design.kind is UNKNOWN
    assert outcome.design.randomised is UNKNOWN
    assert outcome.better is UNKNOWN
    assert outcome.control is None


# ------------------------------------------------------------------------------ anything at all

CELLS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="0123456789.,-−±()%<>=~ eEto", max_size=16),
    st.sampled_from(["NA", "0", "40", "1,234", "12.1 ± 3.2", "1 (0 to 2)", "<0.05", "yes", "none"]),
)
HEADERS = st.lists(
    st.sampled_from([column.name for column in columns("wide")] + ["arm", "n", "mean", "oddity"]),
    max_size=8, unique=True,
)  # fmt: skip


@given(data=st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_cells_give_a_reading_or_an_error_of_ours(data):
    header = ["study", "outcome", *data.draw(HEADERS)]
    rows = data.draw(st.lists(st.lists(CELLS, min_size=1, max_size=len(header) + 1), max_size=4))
    buffer = io.StringIO()
    csv.writer(buffer).writerows([header, *rows])
    try:
        reading = read_any(io.StringIO(buffer.getvalue()), format="csv")
    except EvidenceError:
        return
    assert isinstance(reading, (Reading, ClaimReading))
    assert reading.used + reading.set_aside == reading.read
    assert reading.set_aside == 0 or any(f.severity == "error" for f in reading.findings)
    if isinstance(reading, Reading):
        again = read(io.StringIO(reading.to_json()), format="json")
        assert again.studies == reading.studies


@given(content=st.binary(max_size=300), name=st.sampled_from(
    ["csv", "tsv", "xlsx", "json", "jsonl", "yaml", "parquet", None]))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_reading_or_an_error_of_ours(content, name):
    try:
        reading = read_any(io.BytesIO(content), format=name)
    except EvidenceError:
        return
    assert isinstance(reading, (Reading, ClaimReading))


@given(
    text=st.text(max_size=200), head=st.sampled_from(["", "study,outcome,", "- study: ", "{", "["])
)
@settings(max_examples=200, deadline=None)
def test_any_text_gives_a_reading_or_an_error_of_ours(text, head):
    for name in ("csv", "json", "yaml", None):
        try:
            read_any(io.StringIO(head + text), format=name)
        except EvidenceError:
            continue


@given(st.text(max_size=30))
@settings(max_examples=500, deadline=None)
def test_a_number_is_finite_and_plain_or_refused(text):
    try:
        parsed = cells.parse_number(text)
    except cells.CellError:
        return
    assert parsed.text.isascii()
    assert abs(parsed.value) < 1e16
