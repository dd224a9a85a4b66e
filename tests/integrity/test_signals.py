"""Every signal appears for a record that has what it speaks of, and not for its twin."""

from dataclasses import dataclass, field

import pytest

from evidence.integrity.facts_of_record import value_at
from evidence.integrity.signals import SIGNALS, signals_across, signals_of
from evidence.integrity.signals_of_rows import ROW_SIGNALS
from evidence.records.base import Place
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
from evidence.records.study import Ingredient, Interest, Study


def number(text):
    return Reported(text=text, place=Place(file="a.csv", line=2, column=9, field="x"))


def arm(label="", **figures):
    return ArmResult(label=label, **{name: number(text) for name, text in figures.items()})


def p(operator, value=None, kind="between_arm"):
    return PValue(operator=operator, kind=kind, **({"value": number(value)} if value else {}))


@dataclass
class Row:
    """A result in few words; the rest is a plain controlled trial that no signal speaks of."""

    treated: ArmResult = field(default_factory=lambda: arm("serum", n="40"))
    control: ArmResult | None = field(default_factory=lambda: arm("vehicle", n="40"))
    kind: str = "parallel"
    comparator: str = "vehicle"
    name: str = "roughness"
    outcome: dict = field(default_factory=dict)
    design: dict = field(default_factory=dict)
    contrast: dict = field(default_factory=dict)
    study: dict = field(default_factory=dict)

    def build(self):
        facts = {"kind": self.kind, "comparator": self.comparator, "randomised": "yes"}
        if self.kind == "":
            facts = {}
        blinding = Blinding(participant="yes", assessor="yes")
        outcome = Outcome(
            **{
                "id": "1",
                "name": self.name,
                "instrument": "PRIMOS",
                "kind": "instrument",
                "treated": self.treated,
                "control": self.control,
                "design": Design(**{"blinding": blinding, **facts, **self.design}),
                "contrast": Contrast(**self.contrast),
                **self.outcome,
            }
        )
        return Study(id="a", outcomes=(outcome,), **self.study), outcome


ONE_ARM = {"kind": "single_arm_prepost", "comparator": "baseline_only", "control": None}


def few(**figures):
    return arm("serum", n="40", **figures)


def versus(**figures):
    return arm("vehicle", n="40", **figures)


def two_counts(first, second):
    return {"treated": arm("serum", n=first), "control": arm("vehicle", n=second)}


def totals(analysed, enrolled):
    said = {"n_total_randomised": number(enrolled)}
    return {"outcome": said | ({"n_total": number(analysed)} if analysed else {})}


def said(**facts):
    return {"outcome": facts}


def actives(*names):
    return {"study": {"ingredients": tuple(Ingredient(name=name) for name in names)}}


def at_week(week, duration):
    return {"outcome": {"week": number(week)}, "study": {"duration_week": number(duration)}}


SIDES = {"kind": "within_person"}

TWINS = {
    "EV405": (
        {"contrast": {"measure": "pct_change_unclear_reference"}},
        {"contrast": {"measure": "pct_change_within_arm"}},
    ),
    "EV409": ({"kind": "exposure"}, {}),
    "EV412": (ONE_ARM, {}),
    "EV413": ({"comparator": "active"}, {}),
    "EV414": ({"comparator": "untreated"}, {}),
    "EV415": (
        {"contrast": {"p": p("=", "0.01", "within_arm")}},
        {"contrast": {"p": p("=", "0.01")}},
    ),
    "EV416": (
        {"name": "TEWL: placebo arm rose significantly, active arm did not"},
        {"name": "TEWL: placebo arm rose more than the active arm"},
    ),
    "EV417": ({"contrast": {"p": p("<", "0.05")}}, {"contrast": {"p": p("=", "0.02")}}),
    "EV418": ({"contrast": {"p": p("=", "0.049")}}, {"contrast": {"p": p("=", "0.031")}}),
    "EV419": ({}, {"treated": few(mean="3.1")}),
    "EV420": ({"treated": few(mean="3.1")}, {"treated": few(mean="3.1", sd="0.4")}),
    "EV421": ({"treated": arm("serum"), "control": arm("vehicle")}, {}),
    "EV422": (totals("72", "80"), totals("78", "80")),
    "EV423": (totals("60", "80"), totals("72", "80")),
    "EV424": (two_counts("24", "40"), two_counts("25", "40")),
    "EV425": (totals("6", "36"), totals("30", "36")),
    "EV426": (
        {"treated": few(pct_change="-20"), **said(kind="live_expert_grade")},
        {"treated": few(pct_change="-20")},
    ),
    "EV427": (said(week=number("0")), said(week=number("4"))),
    "EV428": (
        {"treated": arm(pct_change="-10.609"), "control": None},
        {"treated": arm(pct_change="-10.6"), "control": None},
    ),
    "EV429": ({"contrast": {"p": p("ns")}}, {"contrast": {"p": p("<", "0.05")}}),
    "EV430": (actives("retinol", "niacinamide"), actives("retinol")),
    "EV431": (
        {**said(kind="self_report"), "design": {"blinding": Blinding()}},
        said(kind="self_report"),
    ),
    "EV432": ({"treated": few(pct="95")}, {"treated": few(pct="94")}),
    "EV433": ({"contrast": {"measure": "relative_odds"}}, {"contrast": {"measure": "RR"}}),
    # as one paper printed it, a digit short, and as the registry has it
    "EV434": (
        {"study": {"registry_id": "NCT0454597"}},
        {"study": {"registry_id": "NCT04545970"}},
    ),
    "EV435": ({"kind": "in_vitro"}, {}),
    "EV437": (
        {**two_counts("30", "29"), **said(n_total=number("87"))},
        {**two_counts("30", "29"), **said(n_total=number("59"))},
    ),
    "EV439": (
        {"treated": few(pct="49"), "control": versus(pct="0")},
        {"treated": few(pct="49"), "control": versus(pct="5")},
    ),
    "EV440": (
        {"treated": few(pct="79"), "control": versus(pct="48")},
        {"treated": few(pct="79"), "control": versus(pct="8")},
    ),
    "EV443": (
        {"treated": few(pct_change="-14"), "control": versus(pct_change="-13"),
         **said(better="lower")},
        {"treated": few(pct_change="-14"), "control": versus(pct_change="3"),
         **said(better="lower")},
    ),
    "EV444": ({"name": "depth, volume, area of wrinkles"}, {"name": "depth of wrinkles"}),
    "EV445": (at_week("4", "12"), at_week("12", "12")),
    "EV446": (
        {"name": "wrinkles, change from baseline, vehicle arm"},
        {"name": "wrinkles, change from baseline, test arm"},
    ),
    "EV447": (
        {"contrast": {"p": PValue(operator="=", value=number("0.02"))}},
        {"contrast": {"p": p("=", "0.02")}},
    ),
    "EV448": (
        {"contrast": {"measure": "RR", "ci_low": number("1.5"), "ci_high": number("530")}},
        {"contrast": {"measure": "RR", "ci_low": number("1.5"), "ci_high": number("5.3")}},
    ),
    "EV449": ({"design": {"blinding": Blinding(participant="yes", assessor="no")}}, {}),
    "EV450": (
        {"study": {"interest": Interest(funding="industry")}},
        {"study": {"interest": Interest(funding="independent")}},
    ),
    "EV451": ({"study": {"source_kind": "news"}}, {"study": {"source_kind": "primary_abstract"}}),
    "EV452": ({"kind": ""}, {}),
    "EV453": ({"design": {"randomised": "unknown"}}, {}),
    "EV454": (said(reporting=Reporting(registered="no")), said(reporting=Reporting())),
    "EV455": (
        {"treated": few(change_ci_low="-2", change_ci_high="-1"),
         "control": versus(change_ci_low="-1", change_ci_high="1")},
        {"treated": few(change_ci_low="-2", change_ci_high="-1")},
    ),
    "EV456": (SIDES, {**SIDES, "contrast": {"r": number("0.6")}}),
    "EV457": (
        {"treated": few(baseline_sd="9", sd="10")},
        {"treated": few(baseline_sd="9", sd="10", change_sd="6")},
    ),
    "EV458": (
        {"treated": arm("serum"), "control": arm("vehicle"), **said(n_total=number("80"))},
        said(n_total=number("80")),
    ),
    "EV459": (two_counts("45", "15"), two_counts("45", "40")),
    "EV460": ({"study": {"population": "convenience sample of students"}}, {}),
    "EV461": (
        {**said(site="face, with sunscreen")},
        {**said(site="face, with sunscreen"), "study": {"product": "daily sunscreen"}},
    ),
    "EV462": (
        {"contrast": {"measure": "partial_r2", "estimate": number("0.04")}},
        {"contrast": {"measure": "partial_r2", "estimate": number("0.4")}},
    ),
    "EV463": ({"name": "redness rose over spring"}, {"name": "redness"}),
    "EV464": ({"name": "roughness fell 8-9%"}, {"name": "roughness fell 8%"}),
    "EV465": ({"treated": few(pct_change="134")}, {"treated": few(pct_change="34")}),
    "EV466": (
        said(instrument="photo scale (9-grade in methods, 5-grade in abstract)"),
        said(instrument="photo scale (9-grade)"),
    ),
    "EV467": (said(site="back of hand"), said(site="half face, hand")),
    "EV468": (said(site="arm, staff-applied"), said(site="arm")),
    "EV469": (
        {**SIDES, "treated": arm(n="84"), "control": arm(n="84"), **totals("", "126")},
        {**SIDES, "treated": arm(n="84"), "control": arm(n="84"), **totals("", "84")},
    ),
    "EV470": (
        {**SIDES, "treated": arm(n="27"), "control": arm(n="25"), **totals("", "52")},
        {**SIDES, "treated": arm(n="52"), "control": arm(n="52"), **totals("", "52")},
    ),
    "EV471": (
        {"treated": arm("bakuchiol bid", n="40"), "control": arm("retinol qd", n="40")},
        {"treated": arm("bakuchiol bid", n="40"), "control": arm("retinol bid", n="40")},
    ),
    "EV472": (
        {"treated": few(pct="73")},
        {"treated": few(pct="73"), "control": versus(pct="40")},
    ),
    "EV473": (said(instrument="Cutometer"), said(instrument="Cutometer R2")),
    "EV474": (at_week("52", "26"), at_week("26", "26")),
    "EV475": ({"outcome": {"instrument": "", "kind": "unknown"}}, said(instrument="")),
    "EV476": ({"design": {"randomised": "no"}}, {}),
    "EV477": ({"design": {"blinding": Blinding(assessor="yes")}}, {}),
    "EV478": ({"treated": few(pct="87")}, {"treated": few(pct_change="-20")}),
    "EV479": (
        {"contrast": {"measure": "pct_difference_vs_placebo", "estimate": number("-20")}},
        {"contrast": {"measure": "MD", "estimate": number("-20")}},
    ),
    "EV481": (
        said(n_total=number("80")),
        said(n_total=number("80"), n_total_randomised=number("80")),
    ),
}  # fmt: skip


def codes(facts):
    study, outcome = Row(**facts).build()
    return {item.code for item in signals_of(study, outcome)}


def test_every_signal_has_twins():
    assert set(TWINS) == {signal.code for signal in SIGNALS}


@pytest.mark.parametrize("code", TWINS)
def test_a_signal_is_seen_and_its_twin_is_silent(code):
    seen, silent = TWINS[code]
    assert code in codes(seen)
    assert code not in codes(silent)


def test_a_plain_trial_with_its_figures_has_no_signal():
    treated = few(mean="3.1", sd="0.4", n_randomised="40")
    control = versus(mean="3.4", sd="0.4", n_randomised="40")
    assert codes({"treated": treated, "control": control, "contrast": {"p": p("=", "0.01")}}) == (
        set()
    )


def test_a_signal_cites_the_fields_it_read_with_their_places():
    study, outcome = Row(treated=few(pct_change="134")).build()
    item = next(item for item in signals_of(study, outcome) if item.code == "EV465")
    assert item.inputs == ("treated.pct_change = 134 (a.csv:2:x)",)
    assert (item.place.line, item.place.column) == (2, 9)
    assert (item.study, item.outcome, item.status) == ("a", "1", "note")


def test_the_words_of_a_reviewer_cannot_be_read():
    study, outcome = Row().build()
    for path in ("cautions", "note", "quote", "study.note"):
        with pytest.raises(ValueError, match="reviewer"):
            value_at(study, outcome, path)


def rows_of(*facts):
    built = [Row(**row).build()[1] for row in facts]
    named = [o.model_copy(update={"id": f"r{i}"}) for i, o in enumerate(built)]
    return Study(id="a", outcomes=tuple(named))


WITHIN = {"contrast": {"p": p("=", "0.01", "within_arm")}}
NOT_WITHIN = {"contrast": {"p": p("=", "0.11", "within_arm")}}
P01, P02, NS = ({"contrast": {"p": x}} for x in (p("=", "0.01"), p("<", "0.05"), p("ns")))
GRADE = {"outcome": {"kind": "live_expert_grade", "instrument": "dermatologist 0-9"}}


def shown(week, **figures):
    return {"treated": few(**figures), "outcome": {"week": number(week)}}


ROW_TWINS = {
    "EV416": ((WITHIN, NOT_WITHIN), (WITHIN, WITHIN)),
    "EV436": (
        ({"treated": arm("glycolic acid", n="40")}, {"treated": arm("lactic acid", n="40")}),
        ({"treated": arm("glycolic acid", n="40")}, {"treated": arm("glycolic acid", n="40")}),
    ),
    "EV438": ((P01, P02, P01), (P01, P02, NS)),
    "EV441": (
        (shown("4", pct_change="70"), shown("4", pct="70")),
        (shown("4", pct_change="70"), shown("4", pct="60")),
    ),
    "EV442": (
        ({"treated": few(pct_change="-35"), **GRADE}, {"treated": few(pct_change="-9")}),
        ({"treated": few(pct_change="-35"), **GRADE}, {"treated": few(pct_change="-30")}),
    ),
    "EV480": (
        (shown("2", pct_change="-10.7"), shown("4", pct_change="-9.5")),
        (shown("2", pct_change="-9.5"), shown("4", pct_change="-10.7")),
    ),
}


def test_every_signal_across_rows_has_twins():
    assert set(ROW_TWINS) == {signal.code for signal in ROW_SIGNALS}


@pytest.mark.parametrize("code", ROW_TWINS)
def test_a_signal_across_rows_is_seen_and_its_twin_is_silent(code):
    seen, silent = (rows_of(*rows) for rows in ROW_TWINS[code])
    found = [item for item in signals_across(seen) if item.code == code]
    assert {item.outcome for item in found} == {o.id for o in seen.outcomes}
    assert code not in {item.code for item in signals_across(silent)}
