"""From the facts of a record to answers: each rule, its limits, and what stays unknown."""

from __future__ import annotations

import pytest
from scipy.stats import combine_pvalues, ttest_ind_from_stats

from evidence.appraisal.rob2_answers import answer_all, rules
from evidence.appraisal.rob2_baseline import compare_baselines, sizes_p, stouffer
from evidence.appraisal.rob2_facts import NOT_STATED, READERS, RoB2Settings
from evidence.appraisal.rob2_questions import QUESTIONS
from evidence.appraisal.rob2_tables import TABLES
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
from evidence.records.study import Interest, Study

SETTINGS = RoB2Settings()


def num(text: str) -> Reported:
    return Reported.parse(text)


def arm(**values: str) -> ArmResult:
    return ArmResult(**{name: num(text) for name, text in values.items()})


def design(**facts) -> dict:
    return {"design": Design(**({"kind": "parallel", "randomised": "yes"} | facts))}


def blind(**who: str) -> dict:
    return design(blinding=Blinding(**who))


def answered(domain: str, question: str, study=None, settings=SETTINGS, **facts):
    study = study or Study(id="s")
    outcome = Outcome(**({"id": "o", "name": "wrinkle depth"} | facts))
    rows = answer_all(study, outcome, [domain], settings)[domain]
    return next(row for row in rows if row.question == question)


def flow(*counts: str, kind: str = "parallel") -> dict:
    one, of_one, other, of_other = counts
    return {
        **design(kind=kind),
        "treated": arm(n=one, n_randomised=of_one),
        "control": arm(n=other, n_randomised=of_other),
    }


def totals(end: str, start: str, **more) -> dict:
    return {**design(), "n_total": num(end), "n_total_randomised": num(start), **more}


CASES = [
    *(("D1", "1.1", design(sequence=word), "Y")
      for word in ("computer", "table", "coin_dice_lots", "minimisation")),
    *(("D1", "1.1", design(sequence=word), "N")
      for word in ("alternation", "date", "record_no", "choice", "availability")),
    ("D1", "1.1", design(sequence="stated_only"), "NI"),
    ("D1", "1.1", design(kind="within_person", sequence="computer", fixed_side="yes"), "N"),
    ("D1", "1.1", design(kind="parallel", sequence="computer", fixed_side="yes"), "Y"),
    *(("D1", "1.2", design(concealment=word), "Y") for word in
      ("central", "numbered_identical_containers", "numbered_opaque_sealed_envelopes")),
    ("D1", "1.2", design(concealment="envelopes_unqualified"), "NI"),
    ("D1", "1.2", design(concealment="open"), "N"),
    ("D1", "1.2", design(concealment="none"), "N"),
    ("D2a", "2.1", blind(participant="yes"), "N"),
    ("D2a", "2.1", blind(participant="no"), "Y"),
    ("D2a", "2.1", blind(participant="attempted_but_distinguishable"), "PY"),
    ("D2a", "2.1", design(comparator="untreated_site", kind="within_person"), "Y"),
    ("D2a", "2.2", blind(participant="yes", assessor="yes"), "NI"),
    ("D2a", "2.2", blind(applier="yes"), "N"),
    ("D2b", "2.1", blind(participant="yes"), "N"),
    ("D2a", "2.6", design(population_analysed="itt"), "Y"),
    ("D2a", "2.6", design(population_analysed="mitt_missing_only"), "Y"),
    ("D2a", "2.6", design(population_analysed="per_protocol"), "N"),
    ("D2a", "2.6", design(population_analysed="as_treated"), "N"),
    ("D2a", "2.6", {**design(population_analysed="itt"),
                    "contrast": Contrast(kind="within_group")}, "N"),
    ("D2a", "2.6", {**design(), "contrast": Contrast(
        p=PValue(operator="<", value=num("0.05"), kind="within_arm"))}, "N"),
    ("D2a", "2.6", {**design(), "contrast": Contrast(kind="between_group")}, "NI"),
    ("D2a", "2.7", flow("98", "100", "99", "100"), "PN"),
    ("D2a", "2.7", flow("97", "100", "99", "100"), "NI"),
    ("D2a", "2.7", {**design(), "contrast": Contrast(kind="within_group")}, "PY"),
    ("D2b", "2.6", design(population_analysed="itt"), "PN"),
    ("D3", "3.1", flow("95", "100", "100", "100"), "Y"),
    ("D3", "3.1", flow("94", "100", "100", "100"), "PN"),
    ("D3", "3.1", flow("90", "100", "100", "100"), "PN"),
    ("D3", "3.1", flow("89", "100", "100", "100"), "N"),
    ("D3", "3.1", totals("96", "100"), "PY"),
    ("D3", "3.1", totals("92", "100"), "PN"),
    ("D3", "3.1", totals("80", "100"), "N"),
    ("D3", "3.1", totals("97", "100", treated=arm(n="46", n_randomised="50")), "PN"),
    ("D3", "3.1", {**design(kind="within_person"), "treated": arm(n="29", n_randomised="30")},
     "Y"),
    ("D3", "3.1", {**design(), "treated": arm(attrition="2 %"), "control": arm(attrition="0.04")},
     "Y"),
    ("D3", "3.1", {**design(), "treated": arm(attrition="2 %"), "control": arm()}, "NI"),
    ("D3", "3.1", {**design(), "treated": arm(attrition="20 %"), "control": arm()}, "N"),
    ("D3", "3.2", design(missing_handled="LOCF"), "N"),
    ("D3", "3.2", design(missing_handled="complete_case"), "N"),
    ("D3", "3.2", design(missing_handled="MI"), "PY"),
    ("D3", "3.2", design(missing_handled="worst_case"), "Y"),
    ("D3", "3.4", flow("80", "100", "96", "100"), "PY"),
    ("D3", "3.4", flow("80", "100", "95", "100"), "NI"),
    ("D3", "3.4", flow("65", "100", "80", "100"), "NI"),
    ("D4", "4.1", {"kind": "instrument", "instrument": "Corneometer"}, "PN"),
    ("D4", "4.1", {"kind": "live_expert_grade", "instrument": "0-9 scale"}, "NI"),
    ("D4", "4.3", blind(assessor="yes"), "N"),
    ("D4", "4.3", {**blind(assessor="yes", participant="no"), "kind": "self_report"}, "Y"),
    ("D4", "4.3", {**blind(participant="yes"), "kind": "self_report"}, "N"),
    ("D4", "4.3", {**design(comparator="untreated"), "kind": "photo_blinded_grade"}, "N"),
    ("D4", "4.3", {**design(comparator="untreated"), "kind": "self_report"}, "Y"),
    ("D4", "4.4", {"kind": "self_report"}, "Y"),
    ("D4", "4.4", {"kind": "live_expert_grade"}, "PY"),
    ("D4", "4.4", {"kind": "instrument"}, "NI"),
    ("D5", "5.1", {"reporting": Reporting(registered="primary")}, "PY"),
    ("D5", "5.1", {"reporting": Reporting(registered="no")}, "N"),
    ("D5", "5.2", {"reporting": Reporting(measured=num("9"), results_printed=3)}, "PY"),
    ("D5", "5.2", {"reporting": Reporting(measured=num("3"), results_printed=3)}, "PN"),
    ("D5", "5.3", {"reporting": Reporting(measured=num("3"), results_printed=3)}, "PN"),
    ("D5", "5.3", {"reporting": Reporting(measured=num("9"), results_printed=3)}, "NI"),
    ("S", "S.1", design(kind="crossover", washout_week=num("4")), "Y"),
    ("S", "S.1", design(kind="crossover", washout_week=num("3.9")), "N"),
    ("S", "S.1", design(kind="crossover", washout_week=num("1"), first_period_only="yes"), "Y"),
    ("S", "S.2", design(kind="crossover", period_effect_reported="yes"), "Y"),
    ("S", "S.2", design(kind="crossover", period_effect_reported="no"), "NI"),
    ("S", "S.3", design(kind="crossover", sequence="alternation", randomised="no"), "N"),
    ("S", "S.4", design(kind="crossover", first_period_only="yes"), "N"),
    ("S", "S.4", design(kind="crossover", first_period_only="no"), "NI"),
]  # fmt: skip


@pytest.mark.parametrize(("domain", "question", "facts", "code"), CASES)
def test_a_fact_gives_its_answer(domain, question, facts, code):
    assert answered(domain, question, **facts).code == code


@pytest.mark.parametrize("domain", TABLES)
def test_nothing_stated_is_no_information_everywhere(domain):
    rows = answer_all(Study(id="s"), Outcome(id="o", name="x"), [domain])[domain]
    assert [row.question for row in rows] == list(QUESTIONS[domain])
    assert {row.code for row in rows} == {"NI"}
    assert {row.printed for row in rows} == {NOT_STATED}
    assert all(row.why.startswith("wanted: ") for row in rows)


def test_an_answer_says_what_it_rests_on():
    place = Place(file="a.csv", line=3, field="allocation")
    row = answered("D1", "1.2", **design(concealment="open"), places={"design.concealment": place})
    assert (row.fact, row.printed, row.place) == ("design.concealment", "open", place)
    assert (row.rule, row.why) == ("1.2 concealment", "next allocation could be seen")
    assert row.mechanical


def test_a_stated_fact_that_does_not_settle_a_question_is_still_cited():
    row = answered("D4", "4.4", kind="instrument")
    assert (row.code, row.fact, row.printed) == ("NI", "kind", "instrument")


@pytest.mark.parametrize(
    ("study", "kind", "code"),
    [
        (Study(id="s", source_kind="vendor_page"), "self_report", "PY"),
        (Study(id="s", interest=Interest(funding="industry")), "self_report", "PY"),
        (Study(id="s", interest=Interest(funding="independent")), "self_report", "NI"),
        (Study(id="s", interest=Interest(authors_employed="yes")), "live_expert_grade", "PY"),
        (Study(id="s", interest=Interest(funding="industry")), "live_expert_grade", "NI"),
    ],
)
def test_a_stake_in_the_result(study, kind, code):
    assert answered("D4", "4.5", study, kind=kind).code == code


def test_every_rule_speaks_of_a_question_and_a_fact_that_exist():
    for domain, own in rules().items():
        for rule in own:
            assert rule.question in QUESTIONS[domain]
            assert rule.fact in READERS
    assert set(rules()) == set(TABLES) == set(QUESTIONS)
    assert all(set(TABLES[domain].asked) == set(QUESTIONS[domain]) for domain in TABLES)


def test_settings_move_the_limits():
    facts = flow("88", "100", "100", "100")
    assert answered("D3", "3.1", **facts).code == "N"
    assert answered("D3", "3.1", settings=RoB2Settings(available=0.85), **facts).code == "Y"


# ------------------------------------------------------------------------------ baseline


def start(one: dict, other: dict, **more) -> dict:
    return {**design(**more), "treated": arm(**one), "control": arm(**other)}


def values(mean: str, sd: str = "1.0", n: str = "50") -> dict:
    return {"baseline_mean": mean, "baseline_sd": sd, "n": n}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (start(values("5.00"), values("5.10")), "N"),
        (start(values("5.00"), values("5.00")), "N"),  # equal as printed is not too equal
        (start(values("5.00"), values("6.00")), "Y"),
        (start(values("5"), values("6")), "N"),  # both could be 5.5
        (start(values("5.00"), values("6.00"), kind="within_person"), "NI"),
        (start(values("5.00"), {"n": "50"}), "NI"),
    ],
)
def test_baselines_of_two_arms(facts, code):
    assert answered("D1", "1.3", **facts).code == code


def test_baselines_too_alike_over_many_variables_are_not_chance():
    each = [
        Outcome(id=f"o{i}", name=f"v{i}", **start(values(f"{i}.0001"), values(f"{i}.0001")))
        for i in range(1, 31)
    ]
    study = Study(id="s", outcomes=tuple(each))
    row = answer_all(study, each[0], ["D1"])["D1"][2]
    assert row.code == "Y"
    assert row.printed.startswith("30 compared")


def test_a_baseline_printed_again_for_a_later_week_counts_once():
    facts = start(values("5.00"), values("5.60"))
    weeks = [Outcome(id=f"w{i}", name="depth", week=num(str(i)), **facts) for i in (4, 8, 12)]
    assert len(list(compare_baselines(Study(id="s", outcomes=tuple(weeks)), weeks[0]))) == 1


def test_p_values_of_the_start_are_those_of_scipy():
    assert stouffer([0.2, 0.01, 0.6]) == pytest.approx(
        combine_pvalues([0.2, 0.01, 0.6], method="stouffer").pvalue, rel=1e-9
    )
    facts = start(values("5.0000000", "1.2", "14"), values("5.9000000", "0.7", "21"))
    row = next(compare_baselines(Study(id="s"), Outcome(id="o", name="x", **facts)))
    welch = ttest_ind_from_stats(5, 1.2, 14, 5.9, 0.7, 21, equal_var=False).pvalue
    assert row.p_near == pytest.approx(welch, rel=1e-5)  # rounding leaves 1e-7 of the means
    assert row.p_near > welch > row.p_far


def test_arm_sizes_are_tested_only_against_a_plan():
    facts = {**design(), "treated": arm(n_randomised="150"), "control": arm(n_randomised="50")}
    assert answered("D1", "1.3", **facts).code == "NI"
    assert answered("D1", "1.3", settings=RoB2Settings(planned_ratio=1), **facts).code == "Y"
    assert answered("D1", "1.3", settings=RoB2Settings(planned_ratio=3), **facts).code == "NI"
    assert sizes_p(150, 50, 3) == 1
