"""ROBINS-I of records: what facts settle, what stays open, and what only a reader may say."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

import evidence as ev
from evidence.appraisal.rob2_overrides import Override
from evidence.appraisal.robins_i import robins_i
from evidence.appraisal.robins_i_levels import judge_robins_domain, overall
from evidence.appraisal.robins_i_tables import VERSIONS, questions_of
from evidence.errors import EvidenceError, OptionError
from evidence.records.outcome import ArmResult, Blinding, Contrast, Design, Outcome, Reporting
from evidence.records.reported import Reported
from evidence.records.study import Interest, Study

ROOT = Path(__file__).parents[2]
LXC = "Low except for uncontrolled confounding"
WHO = {"name": "A. Reader", "date": "2026-01-31", "reason": "stated in the methods, page 3"}


def _record(*, study=None, outcome=None, **design):
    facts = {"kind": "parallel", "comparator": "untreated", "randomised": "no"}
    return Study(id="s", **(study or {})), Outcome(
        id="o", name="wrinkle depth", design=Design(**{**facts, **design}), **(outcome or {})
    )


def _answers(result):
    return {row.question: row for domain in result.domains for row in domain.answers}


# ------------------------------------------------------------------ worked answers of the tool


@pytest.mark.parametrize(
    ("domain", "answers", "level"),
    [
        ("D2", {"2.1": "N", "2.2": "N", "2.3": "WY", "2.4": "N", "2.5": "N"}, "Moderate"),
        ("D5", {"5.1": "NI", "5.2": "N"}, "Moderate"),
        ("D6", {"6.1": "N", "6.2": "NI", "6.3": "NI", "6.4": "NI"}, "Serious"),
    ],
)
def test_vectors_of_the_specification(domain, answers, level):
    assert judge_robins_domain(domain, answers) == level


def test_an_answer_that_is_asked_must_be_there_and_be_one_of_its_own():
    with pytest.raises(EvidenceError, match=r"question 5\.3 is asked and has no answer"):
        judge_robins_domain("D5", {"5.1": "N", "5.2": "Y"})
    with pytest.raises(OptionError, match=r"WY"):
        judge_robins_domain("D5", {"5.1": "N", "5.2": "Y", "5.3": "Y"})
    with pytest.raises(OptionError):
        judge_robins_domain("D1", {"1.1": "SN", "1.4": "NI"})
    with pytest.raises(OptionError, match="D6"):
        judge_robins_domain("D7", {})


def test_overall_is_the_worst_domain_and_never_plain_low():
    low = dict.fromkeys(("D2", "D3", "D4", "D5", "D6"), "Low")
    assert overall({"D1": LXC, **low}) == LXC
    assert overall({"D1": LXC, **low, "D4": "Moderate"}) == "Moderate"
    assert overall({"D1": "Serious", **low, "D6": "Critical"}) == "Critical"
    assert overall({"D1": LXC, **low, "D2": None}) is None  # encoding B, a path without an end


# ------------------------------------------------------------------ facts to answers


@pytest.mark.parametrize(
    ("question", "code", "record"),
    [
        ("1.1", "SN", _record(adjusted_for_baseline="no")),
        ("1.1", "NI", _record(adjusted_for_baseline="yes")),
        ("1.1", "NI", _record()),
        ("1.1", "SN", _record(sequence="choice")),
        ("1.1", "WN", _record(kind="within_person", comparator="untreated_site")),
        ("1.4", "PN", _record()),
        ("2.1", "Y", _record(comparator="vehicle")),
        ("2.1", "Y", _record()),
        ("2.1", "NI", _record(kind="nonrandomised_controlled")),
        ("3.1", "SN", _record(study={"population": "Loyal customers of the brand, 30-60 years"})),
        ("3.1", "PY", _record(comparator="placebo")),
        ("3.1", "NI", _record(kind="nonrandomised_controlled", study={"population": "women"})),
        ("3.3", "PY", _record(population_analysed="per_protocol")),
        ("4.4", "Y", _record(missing_handled="complete_case")),
        ("4.4", "N", _record(missing_handled="MI")),
        ("4.9", "WN", _record(missing_handled="LOCF")),
        ("5.2", "Y", _record(outcome={"kind": "self_report"})),
        ("5.3", "SY", _record(outcome={"kind": "self_report"})),
        (
            "5.3",
            "WY",
            _record(
                comparator="vehicle",
                outcome={"kind": "self_report"},
            ),
        ),
        ("5.2", "N", _record(outcome={"kind": "photo_blinded_grade"})),
        ("5.3", "WY", _record(outcome={"kind": "live_expert_grade"})),
        (
            "5.3",
            "SY",
            _record(
                study={"interest": Interest(authors_employed="yes")},
                outcome={"kind": "live_expert_grade"},
            ),
        ),
        ("5.3", "NI", _record(outcome={"kind": "instrument", "instrument": "PRIMOS"})),
        ("6.1", "N", _record(outcome={"reporting": Reporting(registered="no")})),
        ("6.1", "PY", _record(outcome={"reporting": Reporting(registered="primary")})),
        (
            "6.2",
            "PY",
            _record(outcome={"reporting": Reporting(measured=Reported(text="12"))}),
        ),
    ],
)
def test_a_fact_settles_its_question(question, code, record):
    row = _answers(robins_i(*record))[question]
    assert row.if_asked == code
    assert row.settled == (row.printed != "not stated" and not row.why.startswith("wanted"))
    assert row.settled or code in ("NI", "PN")  # what is not stated is never a "no" of its own


def test_share_measured_in_each_group_answers_whether_the_outcome_is_complete():
    def arms(analysed):
        return {
            name: ArmResult(n_randomised=Reported(text="100"), n=Reported(text=analysed))
            for name in ("treated", "control")
        }

    codes = [
        _answers(robins_i(*_record(outcome=arms(n))))["4.2"].if_asked for n in ("96", "92", "60")
    ]
    assert codes == ["Y", "PN", "N"]


def test_open_self_report_of_people_who_chose_is_serious_for_measurement_and_confounding():
    result = robins_i(*_record(sequence="choice", outcome={"kind": "self_report"}))
    assert result.levels["D1"] == "Serious"
    assert result.levels["D5"] == "Serious"
    assert result.overall == "Serious"
    assert "Low" not in result.reachable
    assert LXC not in result.reachable  # no unsettled fact can undo a known flaw


def test_every_question_of_every_domain_is_answered_with_fact_and_rule():
    for effect in ("assignment", "adherence"):
        result = robins_i(*_record(), effect=effect)
        assert result.version == VERSIONS["A"] == "2025-11-20 draft, A"
        for domain in result.domains:
            assert [row.question for row in domain.answers] == list(questions_of(domain.id, effect))
            assert all(row.rule and row.why for row in domain.answers)
        assert len(result.to_frame()) == sum(len(d.answers) for d in result.domains)
        assert "ROBINS-I" in result._repr_html_()


def test_levels_reachable_are_those_of_some_way_of_knowing_everything():
    result = robins_i(*_record(comparator="vehicle"))
    by_id = {domain.id: domain for domain in result.domains}
    assert by_id["D2"].reachable == ("Low",)
    assert by_id["D6"].reachable == ("Low", "Serious", "Critical")  # NI stands for Y or N
    assert result.reachable == (LXC, "Moderate", "Serious", "Critical")


@pytest.mark.parametrize("domain", ["D1", "D2", "D3", "D5", "D6"])
def test_reachable_levels_are_those_of_every_way_of_filling_the_gaps(domain):
    record = _record(kind="nonrandomised_controlled", adjusted_for_baseline="yes")
    found = next(d for d in robins_i(*record).domains if d.id == domain)
    options = [
        [row.if_asked]
        if row.settled
        else [code for code in questions_of(domain)[row.question].options if code != "NI"]
        for row in found.answers
    ]
    names = [row.question for row in found.answers]
    if domain == "D3":  # one code for each kind of answer
        options = [[code for code in codes if code not in ("PY", "PN")] for codes in options]
    walks = {
        judge_robins_domain(domain, dict(zip(names, codes, strict=True)))
        for codes in product(*options)
    }
    assert walks == set(found.reachable)


def test_a_fact_that_would_change_a_domain_does_so_when_a_reader_gives_it():
    record = _record()
    result = robins_i(*record)
    assert {change.domain for change in result.would_change} >= {"D3", "D4", "D5", "D6"}
    for change in result.would_change:
        options = questions_of(change.domain)[change.question].options
        seen = {
            robins_i(
                *record, overrides=[Override(target=change.question, answer=code, **WHO)]
            ).levels[change.domain]
            for code in options
            if code != "NI"
        }
        assert seen == set(change.could_be)
        assert seen != {change.now}


def test_silence_on_who_belonged_to_which_group_is_critical_by_the_tool_s_own_ladder():
    """2.1 to 2.5 all NI: one step each from 2.3, 2.4 and 2.5. Any of it known can undo it."""
    result = robins_i(*_record(kind="nonrandomised_controlled"))
    assert result.levels["D2"] == "Critical"
    assert "Low" in result.domains[1].reachable


def test_knowing_one_fact_leaves_nothing_new_to_reach():
    open_ = robins_i(*_record())
    known = robins_i(*_record(adjusted_for_baseline="no", population_analysed="itt"))
    assert set(known.reachable) <= set(open_.reachable)


# ------------------------------------------------------------------ the reader's word


def test_an_override_carries_name_date_and_reason_and_changes_the_level():
    record = _record(adjusted_for_baseline="no")
    said = [Override(target="1.1", answer="Y", **WHO), Override(target="1.2", answer="Y", **WHO)]
    result = robins_i(*record, overrides=said)
    row = _answers(result)["1.1"]
    assert (row.code, row.reach) == ("Y", "reviewer")
    assert "A. Reader, 2026-01-31" in row.why
    assert result.levels["D1"] == LXC
    assert robins_i(*record).levels["D1"] == "Serious"


def test_an_override_of_a_domain_stands_beside_what_the_rules_say():
    result = robins_i(*_record(), overrides=[Override(target="D1", answer="Critical", **WHO)])
    first = result.domains[0]
    assert (first.level, first.by_rule, first.reachable) == ("Critical", "Serious", ("Critical",))
    assert result.overall == "Critical"


@pytest.mark.parametrize(
    ("target", "answer"), [("1.1", "N"), ("9.9", "Y"), ("D1", "High"), ("1.4", "NI"), ("1.5", "Y")]
)
def test_an_override_that_the_tool_does_not_take_is_refused(target, answer):
    with pytest.raises(OptionError):
        robins_i(*_record(), overrides=[Override(target=target, answer=answer, **WHO)])


def test_what_is_asked_first_can_make_it_critical_at_once():
    result = robins_i(*_record(), overrides=[Override(target="B2", answer="PY", **WHO)])
    assert (result.overall, result.reachable) == ("Critical", ("Critical",))
    result = robins_i(*_record(), overrides=[Override(target="B2", answer="N", **WHO)])
    assert result.overall == "Serious"


def test_escalation_needs_a_reason_and_two_domains():
    record = _record()  # confounding and reporting both Serious
    assert robins_i(*record).overall == "Serious"
    result = robins_i(*record, escalate=(True, "both favour the product"))
    assert (result.overall, result.overall_by_rule) == ("Critical", "Serious")
    assert result.escalation == "both favour the product"
    assert robins_i(*record, escalate=(False, "")).overall == "Serious"
    with pytest.raises(EvidenceError, match="no reason"):
        robins_i(*record, escalate=(True, "  "))
    critical = [Override(target="D1", answer="Critical", **WHO)]
    with pytest.raises(EvidenceError, match="at least two"):
        robins_i(*record, overrides=critical, escalate=(True, "because"))


def test_several_moderate_domains_are_not_counted_up():
    said = [
        Override(target=name, answer="Moderate", **WHO)
        for name in ("D1", "D2", "D3", "D4", "D5", "D6")
    ]
    assert robins_i(*_record(), overrides=said).overall == "Moderate"
    result = robins_i(*_record(), overrides=said, escalate=(True, "all of one making"))
    assert result.overall == "Serious"


# ------------------------------------------------------------------ versions and scope


@pytest.mark.parametrize("version", ["1", "V1", "2016"])
def test_version_1_is_refused_with_the_reason(version):
    with pytest.raises(EvidenceError, match="gives no rule"):
        robins_i(*_record(), encoding=version)


def test_encoding_b_is_offered_by_name_and_differs_where_it_differs():
    a, b = (
        robins_i(
            *_record(adjusted_for_baseline="no"),
            encoding=encoding,
            overrides=[Override(target="1.1", answer="WN", **WHO),
                       Override(target="1.2", answer="Y", **WHO)],
        )
        for encoding in ("A", "B")
    )  # fmt: skip
    assert (a.levels["D1"], b.levels["D1"]) == ("Moderate", LXC)
    assert b.version == "2025-11-20 draft, B"
    with pytest.raises(OptionError):
        robins_i(*_record(), encoding="C")
    with pytest.raises(OptionError):
        robins_i(*_record(), effect="whole")


def test_a_path_of_b_without_an_end_gives_no_judgement():
    said = [
        Override(target=q, answer=code, **WHO)
        for q, code in {"2.1": "N", "2.2": "N", "2.3": "SY", "2.4": "WY", "2.5": "N"}.items()
    ]
    result = robins_i(*_record(), encoding="B", overrides=said)
    assert (result.levels["D2"], result.overall) == (None, None)
    assert str(result).startswith("no judgement")
    assert robins_i(*_record(), overrides=said).levels["D2"] == "Moderate"


def test_people_compared_with_their_own_start_are_sent_elsewhere():
    record = _record(kind="single_arm_prepost", comparator="baseline_only")
    result = robins_i(*record)
    assert (result.overall, result.domains, result.fits) == (None, (), "nih_before_after")
    assert "does not apply" in str(result)


def test_a_controlled_study_with_tests_within_each_arm_alone_has_nothing_to_judge_here():
    contrast = Contrast(kind="within_group")
    assert robins_i(*_record(outcome={"contrast": contrast})).fits == "nih_before_after"


def test_blinded_participants_of_a_vehicle_comparison():
    blind = Blinding(participant="yes", assessor="yes")
    result = robins_i(*_record(comparator="vehicle", blinding=blind))
    assert _answers(result)["5.2"].code == "N"
    assert _answers(result)["5.3"].code == "NA"
    assert result.levels["D5"] == "Moderate"  # whether both were measured alike is not stated


def test_every_comparison_of_the_trials_file_that_it_fits_is_judged():
    judged = [
        robins_i(study, outcome)
        for study in ev.read(str(ROOT / "datasets/cosmetic_trials.csv"))
        for outcome in study.outcomes
    ]
    levels = [result.overall for result in judged if result.domains]
    assert len(judged) == 180
    assert len(levels) == 18
    assert set(levels) == {"Serious", "Critical"}  # what was adjusted for is never reported
    silent = [r for r in judged if r.domains and r.levels["D2"] == "Critical"]
    assert silent == [r for r in judged if r.overall == "Critical"]
    handed_out = [row for r in silent for row in r.domains[1].answers if row.settled]
    assert handed_out == []  # critical only where nothing says that products were handed out
