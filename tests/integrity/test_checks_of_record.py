"""Checks of whole records: worked figures of others, statuses, counts and awkward input."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.ingest.read import read
from evidence.integrity.checks_of_record import CHECKS, STATUS, check_outcome
from evidence.integrity.checks_of_studies import check_studies
from evidence.integrity.signals import SIGNALS
from evidence.integrity.signals_of_rows import ROW_SIGNALS
from evidence.records.codes import CODES
from evidence.records.design_codes import SIGNALS as SIGNAL_CODES
from evidence.records.integrity_codes import ARITHMETIC
from evidence.records.outcome import ArmResult, Contrast, Design, Outcome, PValue
from evidence.records.reported import Reported
from evidence.records.study import Study


def table(text):
    return read(io.StringIO("\n".join(line.strip() for line in text.strip().splitlines()) + "\n"))


def report(text):
    return check_studies(table(text).studies)


def only(text, code):
    found = [item for item in report(text).items if item.code == code]
    assert len(found) == 1
    return found[0]


HEAD = "study,outcome,design,randomised"

# figures and answers: Brown & Heathers 2017 and the worked numbers of the cited methods
WORKED = {
    "a share that 30 people cannot give": (
        f"{HEAD},n_t,pct_t\nA,smoother,single-arm,no,30,88", "EV310", "inconsistent", "query"),
    "a share that 30 people give": (
        f"{HEAD},n_t,pct_t\nA,smoother,single-arm,no,30,87", "EV310", "consistent", "pass"),
    "a share that was cut off": (
        f"{HEAD},n_t,pct_t\nA,smoother,single-arm,no,30,86", "EV310",
        "consistent_only_if_truncated_or_rounded_up", "note"),
    "only the people enrolled are printed": (
        f"{HEAD},n_randomised,pct_t\nA,smoother,single-arm,no,30,88", "EV310", "inconsistent",
        "note"),
    "a mean of grades, 28 people": (
        f"{HEAD},instrument,n_t,mean_t\nA,lines,single-arm,no,live grade 0-9,28,3.19", "EV311",
        "inconsistent", "query"),
    "a mean of grades that fits": (
        f"{HEAD},instrument,n_t,mean_t\nA,lines,single-arm,no,live grade 0-9,28,5.21", "EV311",
        "consistent", "pass"),
    "any mean of so many people fits": (
        f"{HEAD},instrument,n_t,mean_t\nA,lines,single-arm,no,live grade 0-9,200,5.21", "EV311",
        "not_informative", "not_applicable"),
    "an SD that three people cannot have": (
        f"{HEAD},instrument,n_t,mean_t,sd_t\nA,lines,single-arm,no,live grade 0-9,3,5.00,1.4",
        "EV312", "inconsistent", "query"),
    "an SD too large for the scale": (
        f"{HEAD},instrument,n_t,mean_t,sd_t\nA,lines,single-arm,no,live grade 0-9,30,8.60,3.10",
        "EV312", "inconsistent", "query"),
    "a percent of the value after": (
        f"{HEAD},baseline_t,mean_t,pct_change_t\nA,TEWL,single-arm,no,50,40,-25", "EV309",
        "inconsistent", "query"),
    "a percent of the value before": (
        f"{HEAD},baseline_t,mean_t,pct_change_t\nA,TEWL,single-arm,no,50,40,-20", "EV309",
        "consistent", "pass"),
    "a percent of a change": (
        f"{HEAD},baseline_t,change_t,pct_change_t\nA,TEWL,single-arm,no,19.42,-2.19,-11.3", "EV309",
        "consistent", "pass"),
    "p of two groups": (
        f"{HEAD},mean_t,sd_t,n_t,mean_c,sd_c,n_c,p\n"
        "A,TEWL,parallel,yes,41.2,12.1,33,47.8,13.4,31,=0.04", "EV313", "consistent", "pass"),
    "p of two groups, mistyped": (
        f"{HEAD},mean_t,sd_t,n_t,mean_c,sd_c,n_c,p\n"
        "A,TEWL,parallel,yes,41.2,12.1,33,47.8,13.4,31,=0.004", "EV313", "inconsistent", "query"),
    "p of two groups, significance changes": (
        f"{HEAD},mean_t,sd_t,n_t,mean_c,sd_c,n_c,p\n"
        "A,TEWL,parallel,yes,41.2,12.1,33,47.8,13.4,31,=0.4", "EV313", "inconsistent", "stop"),
    "a t statistic, significance changes": (
        f"{HEAD},t,df,p\nA,TEWL,single-arm,no,1.70,49,<0.05", "EV314", "inconsistent", "stop"),
    "a t statistic, p mistyped": (
        f"{HEAD},t,df,p\nA,TEWL,single-arm,no,2.20,28,=0.03", "EV314", "inconsistent", "query"),
    "limits against p, significance changes": (
        f"{HEAD},measure,effect,ci_low,ci_high,df,p,p_kind\n"
        "A,TEWL,parallel,yes,MD,-0.08,-0.17,0.01,35,=0.03,between_arm", "EV315", "inconsistent",
        "stop"),
    "limits beside a p that says not what it tested": (
        f"{HEAD},measure,effect,ci_low,ci_high,df,p\n"
        "A,TEWL,parallel,yes,MD,-0.08,-0.17,0.01,35,=0.03", "EV315", "inconsistent", "query"),
    "sides counted as people": (
        f"{HEAD},n_t,n_c,n_analysed,df\nA,TEWL,split-face,yes,24,24,24,46", "EV316", "inconsistent",
        "query"),
    "fewer df than people": (
        f"{HEAD},n_analysed,df\nA,TEWL,single-arm,no,50,43", "EV316", "dropouts_or_subset", "note"),
    # −2 % of 12 people with p < .001 fits no CV from .2 to .6 with r up to .9
    "significance that needs no spread": (
        f"{HEAD},instrument,n_t,pct_change_t,p\nA,wrinkle depth,single-arm,no,PRIMOS,12,-2,<0.001",
        "EV317", "inconsistent", "query"),
    "millimetres before and micrometres after": (
        f"{HEAD},baseline_t,mean_t\nA,wrinkle depth,single-arm,no,0.52,410", "EV319", "unit_slip",
        "query"),
    "one unit": (
        f"{HEAD},baseline_t,mean_t\nA,wrinkle depth,single-arm,no,0.52,0.41", "EV319",
        "consistent", "pass"),
    "arms that exceed everybody": (
        f"{HEAD},n_t,n_c,n_analysed\nA,TEWL,parallel,yes,36,36,36", "EV318", "inconsistent",
        "query"),
    "a count and its percent": (
        f"{HEAD},events_t,total_t,pct_t\nA,smoother,single-arm,no,34,40,85", "EV304", "consistent",
        "pass"),
    "a count and a percent cut off": (
        f"{HEAD},events_t,total_t,pct_t\nA,smoother,single-arm,no,26,30,86", "EV304",
        "consistent_only_if_truncated_or_rounded_up", "note"),
    "limits of a ratio": (
        f"{HEAD},measure,effect,ci_low,ci_high\nA,TEWL,parallel,yes,RR,2.72,1.32,3.21", "EV307",
        "asymmetric", "note"),
    "limits of a mean": (
        f"{HEAD},change_t,change_ci_low_t,change_ci_high_t\n"
        "A,TEWL,single-arm,no,-1.64,-2.06,-1.22", "EV325", "symmetric", "pass"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKED)
def test_worked_figures(name):
    text, code, verdict, status = WORKED[name]
    item = only(text, code)
    assert (item.verdict, item.status) == (verdict, status)
    assert item.sentence
    assert item.inputs
    assert all("not stated" not in cited for cited in item.inputs)
    assert bool(item.benign) == (status in ("query", "stop", "note"))


def test_a_contradiction_is_no_accusation():
    for text, code, _, status in WORKED.values():
        item = only(text, code)
        words = " ".join((item.sentence, *item.benign)).lower()
        assert not any(word in words for word in ("fraud", "fake", "fabricat", "manipul", "lie "))
        if status == "stop":
            assert "cannot all be right" in words


def test_a_stop_names_its_reason_for_its_result_alone():
    text = WORKED["limits against p, significance changes"][0]
    found = report(text)
    assert found.status == "stop"
    assert found.stop_reason("A_01").startswith("EV315: These numbers cannot all be right")
    assert found.stop_reason("another") == ""
    assert report(WORKED["sides counted as people"][0]).stop_reason("A_01") == ""


def test_a_test_that_may_have_been_of_the_change_does_not_stop():
    text = (
        f"{HEAD},baseline_t,mean_t,sd_t,n_t,baseline_c,mean_c,sd_c,n_c,p\n"
        "A,TEWL,parallel,yes,44.0,41.2,12.1,33,44.0,47.8,13.4,31,=0.4"
    )
    assert only(text, "EV313").status == "query"


def test_nothing_to_check_is_no_pass():
    found = report(f"{HEAD},pct_change_t\nA,wrinkle depth,single-arm,no,-20")
    assert (found.possible, found.run, found.status) == (0, 0, "nothing_to_check")
    assert found.summary == "0 integrity checks possible, 0 run: nothing could be checked."
    tried = report(WORKED["any mean of so many people fits"][0])
    assert (tried.possible, tried.run, tried.status) == (1, 0, "nothing_to_check")


def test_words_before_a_figure_keep_it_out_of_the_checks():
    assert report(f"{HEAD},n_t,pct_t\nA,smoother,single-arm,no,30,88").possible == 1
    assert report(f"{HEAD},n_t,pct_t\nA,smoother,single-arm,no,30,about 88").possible == 0
    assert report(f"{HEAD},n_t,pct_t\nA,smoother,single-arm,no,30,up to 88").possible == 0


def test_a_frame_has_a_row_per_item_and_signal():
    found = report(WORKED["a share that 30 people cannot give"][0])
    frame = found.to_frame()
    assert list(frame["kind"].value_counts().items()) == [
        ("signal", len(found.signals)),
        ("check", 1),
    ]
    assert frame.loc[0, "code"] == "EV310"
    assert "EV310" in found._repr_html_()


# --------------------------------------------------------------------------- across results


def test_the_same_result_with_two_figures():
    text = (
        "study,row_id,outcome,week,measure,pct_change_t\n"
        "A,1,wrinkle depth,4,pct_change_within_arm,-20\n"
        "A,2,wrinkle depth,4,mean_pre_post,-31"
    )
    item = only(text, "EV323")
    assert (item.status, item.outcome) == ("query", "2")
    assert item.sentence.startswith("These cannot both be right: pct_change is -20 in 1 and -31")


def test_two_outcomes_with_one_mean_and_sd():
    text = (
        "study,outcome,week,mean_t,sd_t\nA,TEWL,4,41.2,12.1\nA,hydration,4,41.2,12.1\n"
        "A,redness,4,20.1,3.3"
    )
    assert only(text, "EV320").status == "query"
    assert only(text.replace("hydration,4,41.2", "hydration,4,43.2"), "EV320").status == "pass"


def test_one_baseline_told_for_two_weeks_is_no_repeat():
    text = (
        "study,outcome,week,baseline_t,baseline_sd_t,mean_t,sd_t\n"
        "A,TEWL,4,41.2,12.1,40.1,11.7\nA,TEWL,8,41.2,12.1,39.0,11.4"
    )
    assert only(text, "EV320").status == "pass"


def test_one_arm_in_two_studies():
    text = "study,outcome,mean_t,sd_t\nA,TEWL,41.23,12.11\nB,TEWL,{},12.11"
    assert only(text.format("41.23"), "EV321").status == "query"
    assert only(text.format("40.23"), "EV321").status == "pass"


def test_one_set_of_percents_with_two_numbers_of_people():
    rows = [f"A,{name},{30},{pct}" for name, pct in zip("uvw", (87, 93, 80), strict=True)]
    rows += [f"B,{name},{60},{pct}" for name, pct in zip("uvw", (87, 93, 80), strict=True)]
    assert only("study,outcome,n_t,pct_t\n" + "\n".join(rows), "EV322").status == "query"


def test_one_registration_number_for_two_studies():
    text = "study,outcome,registry\nA,TEWL,NCT01234567\nB,TEWL,{}"
    assert only(text.format("NCT01234567"), "EV326").status == "query"
    assert only(text.format("NCT01234568"), "EV326").status == "pass"


def _baselines(mean, *, randomised="yes", variables="uvwxy"):
    head = f"{HEAD},baseline_t,baseline_sd_t,n_t,baseline_c,baseline_sd_c,n_c\n"
    rows = [f"A,{name},parallel,{randomised},47.3,6.1,30,{mean},6.2,30" for name in variables]
    return [item for item in report(head + "\n".join(rows)).items if item.code == "EV324"]


def test_baselines_need_five_variables_and_allocation_by_chance():
    # each row has p = .0271: five make Z = 4.30, beyond 3.72 (p = .0001)
    (apart,) = _baselines("50.9")
    assert (apart.status, apart.verdict, apart.outcome) == ("query", "too_different", "")
    (near,) = _baselines("48.9")
    assert near.status == "pass"
    assert _baselines("50.9", randomised="no") == []
    assert _baselines("50.9", variables="uvwx") == []


# --------------------------------------------------------------------------- the tables


def test_every_check_has_a_code_and_every_status_a_word():
    assert {check.code for check in CHECKS} <= set(CODES)
    assert len({check.code for check in CHECKS}) == len(CHECKS)
    assert set(STATUS.values()) == {"pass", "query", "note", "not_applicable"}


NUMBERS = st.sampled_from(
    ["0", "-0", "0.0", "1", "2", "-1.5", "3.14", "100", "101", "1e5", "1E-7", "0.05", "12", "99999"]
).map(lambda text: Reported(text=text))
SOME = st.one_of(st.none(), NUMBERS)


def _arm():
    names = [n for n in ArmResult.model_fields if n not in ("label", "ci_low", "ci_high")]
    chosen = st.dictionaries(st.sampled_from(names), NUMBERS, max_size=12)
    return chosen.map(lambda facts: ArmResult(label="arm", **facts))


@st.composite
def studies(draw):
    outcomes = []
    for i in range(draw(st.integers(1, 3))):
        facts = {"n_total": draw(SOME), "n_total_randomised": draw(SOME), "week": draw(SOME)}
        contrast = {name: draw(SOME) for name in ("estimate", "statistic_t", "df", "r")}
        operator = draw(st.sampled_from(["=", "<", "ns", ">", "<=", ">="]))
        value = {} if operator == "ns" else {"value": Reported(text=draw(
            st.sampled_from(["0.05", "0.001", "0", "1", "0.04999"])))}  # fmt: skip
        p = PValue(operator=operator, kind=draw(st.sampled_from(["between_arm", "within_arm"])),
                   **value)  # fmt: skip
        outcomes.append(
            Outcome(
                id=str(i),
                name=draw(st.sampled_from(["wrinkle depth", "lines 0-9", "", "TEWL"])),
                family=draw(st.sampled_from(["wrinkle_depth", "unlisted"])),
                instrument=draw(st.sampled_from(["", "dermatologist 0-9", "2 raters, 5-point"])),
                treated=draw(_arm()),
                control=draw(st.one_of(st.none(), _arm())),
                design=Design(kind=draw(st.sampled_from(
                    ["parallel", "within_person", "single_arm_prepost", "exposure", "unknown"]))),
                contrast=Contrast(measure=draw(st.sampled_from(["", "RR", "MD", "partial_r2"])),
                                  p=p, **{k: v for k, v in contrast.items() if v is not None}),
                **{k: v for k, v in facts.items() if v is not None},
            )
        )  # fmt: skip
    return Study(id=draw(st.sampled_from(["a", "b"])), outcomes=tuple(outcomes))


@settings(max_examples=150, deadline=None)
@given(st.lists(studies(), max_size=3))
def test_any_record_is_answered_and_counted(listed):
    found = check_studies(listed)
    assert found.possible == len(found.items) == sum(found.counts.values())
    assert found.run == found.possible - found.counts["not_applicable"]
    for item in (*found.items, *found.signals):
        assert item.code in CODES
        assert item.sentence
        assert item.status != "pass" or not item.benign
    each = [check_outcome(s, o) for s in listed for o in s.outcomes]
    assert {i.code for r in each for i in r.items} <= {i.code for i in found.items}


def test_codes_of_checks_and_signals_stand_once():
    rows = [row.code for row in (*ARITHMETIC, *SIGNAL_CODES)]
    assert len(set(rows)) == len(rows)
    assert rows == sorted(rows)
    assert set(rows) >= {signal.code for signal in (*SIGNALS, *ROW_SIGNALS)} - {"EV405", "EV409"}
