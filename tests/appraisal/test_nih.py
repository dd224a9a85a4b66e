"""The twelve before-after questions: answered from facts, never added up."""

from __future__ import annotations

import dataclasses

import pytest

from evidence.appraisal.nih_before_after import ANSWERS, INTENTS, BeforeAfter, nih_before_after
from evidence.appraisal.rob2_overrides import Override
from evidence.errors import OptionError
from evidence.records.claim import Claim
from evidence.records.outcome import (
    ArmResult,
    Blinding,
    Contrast,
    Design,
    Outcome,
    PValue,
    Reporting,
)
from evidence.records.reported import Reported
from evidence.records.study import Arm, Ingredient, Study


def _n(text, unit=""):
    return Reported(text=text, unit=unit)


RETINOL = Ingredient(name="retinol", percent=_n("0.1", "%"))


def _appraised(study=None, *, arm=None, claim=None, claimed=None, overrides=(), **facts):
    design = {"kind": "single_arm_prepost", "comparator": "baseline_only"}
    design |= facts.pop("design", {})
    outcome = Outcome(
        id="o", name=facts.pop("name", "wrinkle depth"), design=Design(**design),
        treated=ArmResult(**(arm or {})), **facts,
    )  # fmt: skip
    return nih_before_after(
        Study(id="s", **(study or {})), outcome, claim=claim, claimed=claimed, overrides=overrides
    )


def _answer(result, question):
    return next(row for row in result.answers if row.question == question)


def test_twelve_questions_each_with_fact_and_rule():
    result = _appraised()
    assert [row.question for row in result.answers] == [str(n) for n in range(1, 13)]
    assert {row.code for row in result.answers} <= set(ANSWERS)
    assert all(row.rule and row.why for row in result.answers)
    assert len(result.to_frame()) == 12
    assert "before and after" in result._repr_html_()


def test_what_a_bare_record_does_not_state_is_not_reported_and_never_no():
    result = _appraised()
    assert result.said("no") == ()
    assert result.said("not applicable") == ("12",)
    assert len(result.said("not reported")) == 11


def test_there_is_no_total():
    names = {field.name for field in dataclasses.fields(BeforeAfter)} | set(dir(BeforeAfter))
    assert not names & {"score", "total", "points", "sum", "rating", "overall"}
    with pytest.raises(TypeError):
        sum(_appraised().answers)


@pytest.mark.parametrize(
    ("question", "code", "facts"),
    [
        ("1", "yes", {"study": {"product": "retinol serum"}}),
        ("2", "yes", {"study": {"population": "women over 40"},
                      "reporting": Reporting(registered="primary")}),
        ("2", "no", {"study": {"population": "women over 40"},
                     "reporting": Reporting(registered="no")}),
        ("2", "not reported", {"study": {"population": "women over 40"}}),
        ("3", "yes", {"study": {"population": "Women over 40"},
                      "claim": Claim(id="c", text="t", population="women over 40")}),
        ("3", "not reported", {"study": {"population": "men"},
                               "claim": Claim(id="c", text="t", population="women over 40")}),
        ("6", "yes", {"study": {"ingredients": (RETINOL,),
                                "arms": (Arm(label="a", treatment="every evening"),)}}),
        ("6", "not reported", {"study": {"ingredients": (Ingredient(name="retinol"),)}}),
        ("7", "yes", {"instrument": "PRIMOS", "reporting": Reporting(registered="primary")}),
        ("7", "no", {"instrument": "PRIMOS", "reporting": Reporting(registered="no")}),
        ("7", "not reported", {"instrument": "PRIMOS"}),
        ("8", "no", {"kind": "self_report"}),
        ("8", "yes", {"kind": "photo_blinded_grade"}),
        ("8", "no", {"kind": "live_expert_grade", "design": {"blinding": Blinding(assessor="no")}}),
        ("8", "not reported", {"kind": "instrument"}),
        ("10", "yes", {"contrast": Contrast(p=PValue(operator="<", value=_n("0.05")))}),
        ("10", "yes", {"arm": {"change_ci_low": _n("-30"), "change_ci_high": _n("-10")}}),
        ("12", "not applicable", {}),
    ],
)  # fmt: skip
def test_a_fact_answers_its_question(question, code, facts):
    assert _answer(_appraised(**facts), question).code == code


@pytest.mark.parametrize(
    ("analysed", "missing", "code"),
    [
        ("50", None, "yes"),  # nobody lost
        ("40", "MI", "yes"),  # 20 % is not more than 20 %
        ("40", "complete_case", "no"),
        ("40", None, "not reported"),  # few lost; what became of them is not stated
        ("39", "MI", "no"),  # 22 %
    ],
)
def test_a_fifth_may_be_lost_if_accounted_for(analysed, missing, code):
    design = {"missing_handled": missing} if missing else {}
    result = _appraised(arm={"n_randomised": _n("50"), "n": _n(analysed)}, design=design)
    assert _answer(result, "9").code == code


@pytest.mark.parametrize(
    ("claimed", "code"),
    [
        (_n("20", "%"), "yes"),  # half width 10 % of the baseline, half of 20 %
        (_n("19", "%"), "no"),
        (_n("4"), "yes"),  # in the unit itself: half width 2, half of 4
        (_n("3"), "no"),
        (None, "not reported"),
    ],
)
def test_enough_people_means_an_interval_narrow_beside_the_claim(claimed, code):
    arm = {"change_ci_low": _n("-6"), "change_ci_high": _n("-2"), "baseline_mean": _n("20")}
    assert _answer(_appraised(arm=arm, claimed=claimed), "5").code == code


def test_an_interval_is_made_of_the_standard_deviation_of_the_change_with_t():
    """n = 10, SD 4: t(9) = 2.262157, half width 2.8614 (tables of t)."""
    arm = {"n": _n("10"), "change_sd": _n("4"), "change_mean": _n("-5")}
    wide, narrow = _n("5.72"), _n("5.73")  # twice the half width lies between
    assert _answer(_appraised(arm=arm, claimed=wide), "5").code == "no"
    assert _answer(_appraised(arm=arm, claimed=narrow), "5").code == "yes"


def test_without_people_a_standard_deviation_gives_no_interval():
    arm = {"change_sd": _n("4"), "change_mean": _n("-5")}
    assert _answer(_appraised(arm=arm, claimed=_n("5")), "5").code == "not reported"


def test_a_reader_s_answer_carries_name_date_and_reason():
    who = {"name": "A. Reader", "date": "2026-01-31", "reason": "all volunteers were taken"}
    result = _appraised(overrides=[Override(target="4", answer="yes", **who)])
    assert _answer(result, "4").code == "yes"
    assert _answer(result, "4").why == "A. Reader, 2026-01-31: all volunteers were taken"
    with pytest.raises(OptionError):
        _appraised(overrides=[Override(target="13", answer="yes", **who)])
    with pytest.raises(OptionError):
        _appraised(overrides=[Override(target="4", answer="Y", **who)])


def test_a_comparison_is_sent_elsewhere():
    design = Design(kind="parallel", comparator="vehicle", randomised="yes")
    result = nih_before_after(Study(id="s"), Outcome(id="o", name="TEWL", design=design))
    assert (result.answers, result.fits) == ((), "rob2")
    assert "do not apply" in str(result)


def test_intents_are_short_and_our_own():
    assert list(INTENTS) == [str(n) for n in range(1, 13)]
    assert all(len(intent) < 80 and not intent.endswith("?") for intent in INTENTS.values())
