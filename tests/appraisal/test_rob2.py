"""RoB 2 of a record: domains, overall, a reader's overrides, and the cosmetic trials."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from evidence import read
from evidence.appraisal.rob2 import Override, rob2
from evidence.appraisal.rob2_tables import JUDGEMENTS, judge_domain
from evidence.errors import EvidenceError, OptionError
from evidence.records.outcome import ArmResult, Blinding, Contrast, Design, Outcome, Reporting
from evidence.records.reported import Reported
from evidence.records.study import Study

LOW, SOME, HIGH = JUDGEMENTS
ROOT = Path(__file__).parents[2]
STUDY = Study(id="s")
READER = {"name": "A. Reader", "date": "2026-01-31", "reason": "methods, page 3"}


def num(text: str) -> Reported:
    return Reported.parse(text)


def outcome(**design) -> Outcome:
    facts = {"kind": "parallel", "randomised": "yes", "comparator": "vehicle"} | design
    return Outcome(id="o", name="wrinkle depth", design=Design(**facts))


def sound() -> Outcome:
    """A trial whose record says all that a record can say, and says it well."""
    arms = {"n": num("100"), "n_randomised": num("100")}
    return Outcome(
        id="o", name="wrinkle depth", kind="instrument", instrument="PRIMOS",
        design=Design(
            kind="parallel", randomised="yes", comparator="vehicle", sequence="computer",
            concealment="central", population_analysed="itt",
            blinding=Blinding(participant="yes", applier="yes", assessor="yes"),
        ),
        treated=ArmResult(**arms), control=ArmResult(**arms),
        contrast=Contrast(kind="between_group"),
        reporting=Reporting(registered="primary", measured=num("1")),
    )  # fmt: skip


def over(target: str, answer: str) -> Override:
    return Override(target=target, answer=answer, **READER)


# ------------------------------------------------------------------------------ judging


def test_a_sound_trial_lacks_only_what_no_record_holds():
    result = rob2(STUDY, sound())
    assert result.judgements == {"D1": LOW, "D2a": LOW, "D3": LOW, "D4": SOME, "D5": LOW}
    assert (result.overall, result.flaws) == (SOME, ())
    assert [row.question for row in result.unknown] == ["1.3", "4.2"]
    assert result.reachable == (LOW, SOME, HIGH)  # an imbalance at the start, Some concerns
    done = rob2(STUDY, sound(), overrides=[over("4.2", "N"), over("1.3", "N")])
    assert (done.overall, done.reachable, done.n_no_information) == (LOW, (LOW,), 0)


def test_unknown_facts_are_told_apart_from_flaws():
    silent = rob2(STUDY, outcome())
    assert (silent.overall, silent.flaws, silent.n_no_information) == (HIGH, (), 20)
    assert silent.reachable == JUDGEMENTS
    open_label = outcome(blinding=Blinding(participant="no", assessor="no"), concealment="open")
    flawed = rob2(STUDY, open_label)
    assert {row.question for row in flawed.flaws} == {"1.2", "2.1", "4.3"}
    assert flawed.reachable == (HIGH,)


def test_a_question_off_the_path_is_not_applicable_but_keeps_what_it_would_be():
    rows = {row.question: row for domain in rob2(STUDY, sound()).domains for row in domain.answers}
    assert (rows["3.2"].code, rows["3.2"].if_asked) == ("NA", "NI")
    assert (rows["3.1"].code, rows["3.1"].if_asked) == ("Y", "Y")


def test_what_would_change_a_judgement():
    result = rob2(STUDY, sound())
    change = next(row for row in result.would_change if row.question == "4.2")
    assert (change.domain, change.now, change.if_good, change.if_bad) == ("D4", SOME, LOW, HIGH)
    assert "device" in change.wanted


def test_effect_of_adherence_has_its_own_second_domain():
    result = rob2(STUDY, sound(), effect="adherence")
    assert list(result.judgements) == ["D1", "D2b", "D3", "D4", "D5"]
    with pytest.raises(OptionError, match="effect='usage' is not one of assignment, adherence"):
        rob2(STUDY, sound(), effect="usage")


def test_cluster_and_crossover_have_one_domain_more():
    cluster = rob2(STUDY, outcome(kind="cluster"))
    assert cluster.judgements["D1b"] == SOME
    cross = rob2(STUDY, outcome(kind="crossover", washout_week=num("1")))
    assert cross.judgements["S"] == HIGH
    assert {domain.id for domain in cross.domains if domain.interim} == {"S"}
    assert any("interim" in text for text in cross.remarks)
    first = rob2(STUDY, outcome(kind="crossover", first_period_only="yes"))
    assert first.judgements["S"] == LOW


def test_sides_of_one_person():
    fixed = rob2(STUDY, outcome(kind="within_person", fixed_side="yes", concealment="central"))
    assert fixed.judgements["D1"] == SOME
    untreated = outcome(kind="within_person", comparator="untreated_site")
    answers = {row.question: row for d in rob2(STUDY, untreated).domains for row in d.answers}
    assert (answers["2.1"].code, answers["4.3"].code) == ("Y", "NI")
    unpaired = outcome(kind="within_person", population_analysed="itt", unit_of_count="sides")
    unpaired = unpaired.model_copy(update={"contrast": Contrast(kind="between_group")})
    result = rob2(STUDY, unpaired)
    answers = {row.question: row for d in result.domains for row in d.answers}
    assert answers["2.6"].code == "Y"
    assert any("standard error has to be recomputed" in text for text in result.remarks)
    assert "n counts sides, not people" in result.remarks


def test_a_test_within_each_arm_is_no_analysis_of_allocation():
    within = sound().model_copy(update={"contrast": Contrast(kind="within_group")})
    result = rob2(STUDY, within)
    assert result.judgements["D2a"] == HIGH
    assert result.reachable == (HIGH,)
    assert any("another result" in text for text in result.remarks)


# ------------------------------------------------------------------------------ overall


def concerns() -> list[Override]:
    return [over("1.2", "NI"), over("2.6", "NI"), over("2.7", "PN"), over("5.2", "NI")]


def test_several_concerns_are_never_high_by_count():
    result = rob2(STUDY, sound(), overrides=concerns())
    assert Counter(result.judgements.values()) == {SOME: 4, LOW: 1}
    assert result.overall == SOME


def test_escalation_needs_a_reason_and_something_to_escalate():
    reason = "the people who left were those who reported irritation"
    result = rob2(STUDY, sound(), overrides=concerns(), escalate=(True, reason))
    assert (result.overall, result.overall_by_rule) == (HIGH, SOME)
    assert result.escalation == reason
    assert rob2(STUDY, sound(), overrides=concerns(), escalate=(False, "")).overall == SOME
    with pytest.raises(EvidenceError, match="no reason given"):
        rob2(STUDY, sound(), overrides=concerns(), escalate=(True, " "))
    with pytest.raises(EvidenceError, match="takes at least two"):
        rob2(STUDY, sound(), escalate=(True, reason))
    with pytest.raises(EvidenceError, match="the result is High"):
        rob2(STUDY, outcome(), escalate=(True, reason))


# ------------------------------------------------------------------------------ overrides


@pytest.mark.parametrize("missing", ["name", "date", "reason"])
def test_an_override_without_name_date_or_reason_is_refused(missing):
    with pytest.raises(EvidenceError, match=f"override of 2.3: no {missing} given"):
        Override(target="2.3", answer="PN", **(READER | {missing: "  "}))


def test_an_override_is_dated_and_fits_its_target():
    with pytest.raises(EvidenceError, match="'last week' is no date"):
        Override(target="2.3", answer="PN", **(READER | {"date": "last week"}))
    with pytest.raises(OptionError, match=r"target='9\.9' is not one of"):
        rob2(STUDY, sound(), overrides=[over("9.9", "Y")])
    with pytest.raises(OptionError, match=r"answer to 4\.2='NA'"):
        rob2(STUDY, sound(), overrides=[over("4.2", "NA")])
    with pytest.raises(OptionError, match="answer to D4='Moderate'"):
        rob2(STUDY, sound(), overrides=[over("D4", "Moderate")])
    with pytest.raises(EvidenceError, match="given twice"):
        rob2(STUDY, sound(), overrides=[over("4.2", "Y"), over("4.2", "N")])


def test_an_override_shows_who_said_so():
    result = rob2(STUDY, sound(), overrides=[over("4.2", "PN"), over("D5", "High")])
    row = next(r for d in result.domains for r in d.answers if r.question == "4.2")
    assert (row.code, row.reach) == ("PN", "reviewer")
    assert row.why == "A. Reader, 2026-01-31: methods, page 3"
    last = result.domains[-1]
    assert (last.judgement, last.by_rule, last.reachable) == (HIGH, LOW, (HIGH,))
    assert (result.overall, result.overall_by_rule) == (HIGH, HIGH)
    assert len(result.overrides) == 2


# ------------------------------------------------------------------------------ scope


@pytest.mark.parametrize(
    ("design", "fits"),
    [
        ({"kind": "single_arm_prepost", "randomised": "no"}, "before-after"),
        ({"kind": "nonrandomised_controlled", "randomised": "no"}, "ROBINS-I"),
        ({"kind": "parallel", "randomised": "no"}, "ROBINS-I"),
        ({"kind": "parallel", "randomised": "no", "sequence": "choice"}, "ROBINS-I"),
        ({"kind": "parallel", "comparator": "baseline_only", "randomised": "yes"}, "before-after"),
        ({"kind": "exposure"}, "ROBINS-E"),
        ({"kind": "survey"}, "survey"),
        ({"kind": "in_vitro"}, "no risk-of-bias tool"),
    ],
)
def test_what_is_not_randomised_is_sent_to_the_tool_that_fits(design, fits):
    result = rob2(STUDY, outcome(**design))
    assert (result.overall, result.domains, result.reachable) == (None, (), ())
    assert fits in result.fits
    assert str(result).startswith("RoB 2 does not apply: ")
    assert result.to_frame().empty


def test_allocation_of_unknown_kind_is_not_taken_for_randomised():
    bare = Outcome(id="o", name="x", design=Design(kind="parallel", comparator="vehicle"))
    assert rob2(STUDY, bare).reason == "nothing says that allocation was by chance"
    assert "before-after" in rob2(STUDY, Outcome(id="o", name="x")).fits


@pytest.mark.parametrize("sequence", ["alternation", "date", "record_no"])
def test_quasi_random_allocation_is_judged_and_answered_no(sequence):
    result = rob2(STUDY, outcome(randomised="no", sequence=sequence))
    assert result.domains[0].answers[0].code == "N"


# ------------------------------------------------------------------------------ showing


def test_shown_as_a_frame_and_in_a_notebook():
    result = rob2(STUDY, sound())
    frame = result.to_frame()
    assert list(frame["question"][:3]) == ["1.1", "1.2", "1.3"]
    assert frame.loc[frame["question"] == "1.2", "printed"].item() == "central"
    assert len(frame) == 22
    assert "Some concerns" in result._repr_html_()
    hostile = sound().model_copy(update={"id": "<script>"})
    assert "<script>" not in rob2(Study(id="<script>"), hostile)._repr_html_()
    assert str(result) == (
        "Some concerns (0 known flaws; no information on 2 of 13; "
        "if known: Low or Some concerns or High)"
    )


def test_judging_a_record_waits_for_no_heavy_library():
    code = (
        "import sys; from evidence.appraisal.rob2 import rob2;"
        "print([m for m in ('numpy', 'pandas', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ------------------------------------------------------------------------------ cosmetic trials


@pytest.fixture(scope="module")
def trials():
    found = read(ROOT / "datasets" / "cosmetic_trials.csv")
    return [(study, each) for study in found for each in study.outcomes]


@pytest.mark.parametrize("effect", ["assignment", "adherence"])
def test_every_randomised_row_is_judged_and_every_answer_cites_a_fact(trials, effect):
    randomised = [(s, o) for s, o in trials if o.design.randomised == "yes"]
    assert len(randomised) == 75
    for study, each in randomised:
        result = rob2(study, each, effect=effect)
        assert result.overall in JUDGEMENTS
        assert set(result.reachable) <= set(JUDGEMENTS)
        for domain in result.domains:
            codes = {row.question: row.if_asked for row in domain.answers}
            assert domain.judgement == judge_domain(domain.id, codes)
            for row in domain.answers:
                assert row.printed
                if row.if_asked != "NI":
                    assert row.fact
                    assert row.printed != "not stated"


def test_rows_that_are_not_randomised_are_refused(trials):
    others = [rob2(s, o) for s, o in trials if o.design.randomised != "yes"]
    assert {result.overall for result in others} == {None}
    assert Counter(result.fits.split(",")[0] for result in others) == {
        "the NIH questions for before-after studies": 69,
        "ROBINS-I": 23,
        "ROBINS-E": 12,
        "no risk-of-bias tool: it is no study of people": 1,
    }


def test_most_of_what_makes_the_cosmetic_trials_high_is_silence(trials):
    results = [rob2(s, o) for s, o in trials if o.design.randomised == "yes"]
    high = [result for result in results if result.overall == HIGH]
    silent = [result for result in high if not result.flaws]
    assert len(silent) > len(high) / 2
    assert all(LOW in result.reachable for result in silent)
