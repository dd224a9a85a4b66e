"""PEDro and Jadad by their published rules, and the OCEBM level."""

from __future__ import annotations

import pytest

from evidence.appraisal.checklists import checklist, ocebm_level
from evidence.errors import OptionError
from evidence.records.outcome import ArmResult, Blinding, Contrast, Design, Outcome
from evidence.records.reported import Reported
from evidence.records.study import Study


def _n(text):
    return Reported(text=text)


def _arm(label, *, n="48", mean="4.1", sd="1.0"):
    return ArmResult(
        label=label, n_randomised=_n("50"), n=_n(n), baseline_mean=_n("5.0"), baseline_sd=_n("1.1"),
        mean=_n(mean), sd=_n(sd),
    )  # fmt: skip


GOOD = {
    "kind": "parallel",
    "comparator": "vehicle",
    "randomised": "yes",
    "sequence": "computer",
    "concealment": "numbered_identical_containers",
    "blinding": Blinding(participant="yes", applier="yes", assessor="yes"),
    "population_analysed": "itt",
}


def _record(*, outcome=None, population="women over 40", **changes):
    facts = {"treated": _arm("p"), "control": _arm("v", mean="4.8"), **(outcome or {})}
    facts.setdefault("contrast", Contrast(kind="between_group"))
    design = Design(**{**GOOD, **changes})
    return Study(id="s", population=population), Outcome(
        id="o", name="wrinkle grade", kind="live_expert_grade", design=design, **facts
    )


def _pedro(record):
    result = checklist(*record, "pedro")
    return result, {row.question: row.code for row in result.items}


def test_a_trial_that_states_everything_has_ten_of_ten_and_eligibility_is_not_counted():
    result, codes = _pedro(_record())
    assert set(codes.values()) == {"yes"}
    assert (len(codes), result.points, result.could_be) == (11, 10, 10)
    result, codes = _pedro(_record(population=""))
    assert (codes["1"], result.points) == ("not reported", 10)


@pytest.mark.parametrize(
    ("item", "code", "changes"),
    [
        ("2", "no", {"sequence": "alternation"}),  # quasi-random does not satisfy the item
        ("2", "yes", {"sequence": "stated_only"}),
        ("3", "not reported", {"concealment": "envelopes_unqualified"}),
        ("3", "no", {"concealment": "open"}),
        ("5", "no", {"blinding": Blinding(participant="no", applier="yes", assessor="yes")}),
        ("5", "no", {"blinding": Blinding(participant="attempted_but_distinguishable",
                                          applier="yes", assessor="yes")}),
        ("6", "not reported", {"blinding": Blinding(participant="yes", assessor="yes")}),
        ("7", "no", {"blinding": Blinding(participant="yes", applier="yes", assessor="no")}),
        ("9", "no", {"population_analysed": "per_protocol"}),
        ("9", "yes", {"population_analysed": "mitt_missing_only"}),
        ("10", "no", {"outcome": {"contrast": Contrast(kind="within_group")}}),
        ("10", "yes", {"outcome": {"contrast": Contrast(kind="paired_site")}}),
        ("11", "not reported", {"outcome": {"treated": _arm("p").model_copy(
            update={"sd": ArmResult().sd})}}),
        ("11", "yes", {"outcome": {"contrast": Contrast(
            kind="between_group", estimate=_n("-0.7"), ci_low=_n("-1.1"), ci_high=_n("-0.3"))}}),
    ],
)  # fmt: skip
def test_pedro_items_one_by_one(item, code, changes):
    result, codes = _pedro(_record(**changes))
    assert codes[item] == code
    assert result.points == 10 - (code != "yes")
    assert result.could_be == 10 - (code == "no")


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [("43", "43", "yes"), ("42", "44", "yes"), ("42", "43", "no"), ("40", "40", "no")],
)
def test_pedro_asks_for_more_than_85_percent_of_all_people(one, other, code):
    """85 of 100 is not more than 85 %; 86 is, however they divide."""
    arms = {"treated": _arm("p", n=one), "control": _arm("v", n=other)}
    assert _pedro(_record(outcome=arms))[1]["8"] == code


def test_pedro_takes_the_participant_for_the_assessor_of_a_self_report():
    study, outcome = _record(blinding=Blinding(participant="no", applier="yes", assessor="yes"))
    told = outcome.model_copy(update={"kind": "self_report"})
    assert _pedro((study, told))[1]["7"] == "no"


def test_groups_too_different_for_chance_at_the_start():
    apart = _arm("p").model_copy(update={"baseline_mean": _n("6.0")})
    assert _pedro(_record(outcome={"treated": apart}))[1]["4"] == "no"


def test_pedro_of_what_is_not_stated():
    result = checklist(Study(id="s"), Outcome(id="o", name="TEWL"), "pedro")
    assert (result.points, result.could_be) == (0, 10)
    assert "made for randomised trials" in result.remarks[0]
    assert "up to 10" in str(result)


# ------------------------------------------------------------------ Jadad


@pytest.mark.parametrize(
    ("points", "could_be", "changes"),
    [
        # randomised + sound, double blind + sound; losses of 2 in each arm, reasons not recorded
        (4, 5, {}),
        # nobody lost
        (5, 5, {"outcome": {"treated": _arm("p", n="50"), "control": _arm("v", n="50")}}),
        # "randomised", no method
        (3, 5, {"sequence": "stated_only"}),
        # alternation: the point for randomised is taken back
        (2, 3, {"sequence": "alternation"}),
        # double blind, products told apart: the point for blinding is taken back
        (2, 3, {"blinding": Blinding(participant="attempted_but_distinguishable", assessor="yes")}),
        # double blind, not said how
        (3, 5, {"concealment": "central"}),
        # open: no point for blinding, and none to take back
        (2, 3, {"blinding": Blinding(participant="no", assessor="no")}),
        # assessor alone blind is not double blind
        (2, 3, {"blinding": Blinding(participant="no", assessor="yes")}),
        # not randomised
        (2, 3, {"randomised": "no", "sequence": "choice"}),
    ],
)
def test_jadad_as_published(points, could_be, changes):
    result = checklist(*_record(**changes), "jadad")
    assert (result.points, result.could_be, result.most) == (points, could_be, 5)


def test_jadad_ignores_concealment_of_allocation():
    """The published complaint: open or central allocation makes no difference to it."""
    counted = [
        checklist(*_record(concealment=how), "jadad").points for how in ("central", "open", "none")
    ]
    assert len(set(counted)) == 1


def test_points_never_fall_below_zero():
    blind = Blinding(participant="attempted_but_distinguishable", assessor="yes")
    record = _record(sequence="alternation", blinding=blind)
    assert checklist(*record, "jadad").points == 0


def test_every_item_carries_fact_and_rule():
    for name, count in (("pedro", 11), ("jadad", 5)):
        result = checklist(*_record(), name)
        assert len(result.items) == count
        assert all(row.fact and row.rule and row.why for row in result.items)
        assert "a count, not a measure of bias" in result._repr_html_()
    with pytest.raises(OptionError, match="jadad"):
        checklist(*_record(), "jada")


# ------------------------------------------------------------------ OCEBM


@pytest.mark.parametrize(
    ("level", "design"),
    [
        (2, {"kind": "parallel", "comparator": "vehicle", "randomised": "yes"}),
        (3, {"kind": "parallel", "comparator": "vehicle", "sequence": "date"}),
        (3, {"kind": "nonrandomised_controlled", "comparator": "untreated"}),
        (4, {"kind": "single_arm_prepost", "comparator": "baseline_only"}),
        (5, {"kind": "in_vitro"}),
        (5, {"kind": "ex_vivo"}),
        (None, {"kind": "survey"}),
        (None, {"kind": "testimonial"}),
    ],
)
def test_ocebm_levels(level, design):
    result = ocebm_level(Study(id="s"), Outcome(id="o", name="TEWL", design=Design(**design)))
    assert result.level == level
    assert result.why
