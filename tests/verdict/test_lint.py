"""The wording lint, and the one sentence that the evidence supports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evidence.appraisal.assess import assess
from evidence.ingest.from_flags import Flags, study_from_flags
from evidence.ingest.read import read, read_claims
from evidence.records.claim import Claim
from evidence.records.reported import Reported
from evidence.verdict.claim_study import study_of_claim
from evidence.verdict.claim_types import claim_from_outcome
from evidence.verdict.judge import Bearing, direction_of
from evidence.verdict.lint import LINT, lint, lint_frame
from evidence.verdict.match import Match
from evidence.verdict.reword import reword
from evidence.verdict.wording import WORDING

DATA = Path(__file__).parents[2] / "datasets"


def claimed(text, **fields):
    return Claim(id="claim", text=text, **fields)


def done(**flags):
    found = study_from_flags(Flags(**flags))
    return assess(found, found.outcomes[0])


SINGLE = {
    "design": "single-arm", "n": ["50"], "weeks": "12", "outcome": "wrinkle depth",
    "change": ["-20%"], "kind": "instrument",
}  # fmt: skip
TRIAL = {
    "outcome": "wrinkle depth", "change": ["-20%"], "ci": ["-28%", "-12%"], "n": ["50", "50"],
    "weeks": "8", "randomised": "computer", "comparator": "vehicle", "blinded": "double",
    "kind": "instrument",
}  # fmt: skip

EXAMPLES = {
    "W01": ("Clinically proven to reduce wrinkles", "Clinically proven"),
    "W02": ("clinically tested cream", "clinically tested"),
    "W03": ("dermatologist-tested", "dermatologist-tested"),
    "W04": ("up to 82% fewer wrinkles", "up to 82%"),
    "W05": ("20 % on average", "on average"),
    "W06": ("scientifically proven", "scientifically proven"),
    "W07": ("results guaranteed", "guaranteed"),
    "W08": ("100 % of users agreed", "100 %"),
    "W09": ("boosts collagen", "boosts collagen"),
    "W10": ("with anti-wrinkle effect", "anti-wrinkle effect"),
    "W11": ("the most effective serum", "the most effective"),
    "W12": ("soothes eczema", "eczema"),
    "W13": ("Individual results may vary", "Individual results may vary"),
    "W14": ("promising results", "promising"),
    "W15": ("93 % of women saw a change", "93 % of women"),
    "W16": ("20 % fewer wrinkles", "20 %"),
    "W17": ("works instantly", "instantly"),
    "W18": ("no nasties inside", "nasties"),
    "W19": ("FDA approved", "FDA approved"),
}


@pytest.mark.parametrize("rule", [row.id for row in LINT])
def test_every_rule_finds_its_words_at_their_place(rule):
    text, words = EXAMPLES[rule]
    found = [row for row in lint(claimed(text)) if row.rule == rule]
    assert [row.words for row in found] == [words]
    row = found[0]
    assert text[row.span[0] : row.span[1]] == words
    assert row.why
    assert row.stands_on
    assert row.stands_why
    assert row.instead
    assert row.stands != "yes"  # no study is at hand
    assert "{" not in row.instead


@pytest.mark.parametrize("word", ["regenerates", "rejuvenates", "boosts collagen", "repairs",
                                  "detoxifies", "stimulates", "reactivates"])  # fmt: skip
def test_words_of_body_processes(word):
    assert [row.rule for row in lint(claimed(f"{word} skin"))] == ["W09"]


def test_every_named_wording_is_in_the_lexicon():
    assert {row.wording for row in LINT if row.wording} <= set(WORDING)
    assert len({row.id for row in LINT}) == len(LINT)


@pytest.mark.parametrize(
    "text",
    ["results are not guaranteed", "this has not been clinically proven", "it never repairs skin",
     "leaves skin soft", "contains 0.3% retinol", "is not the best"],
)  # fmt: skip
def test_honest_and_denied_words_pass(text):
    assert lint(claimed(text)) == ()


def test_findings_come_in_the_order_of_the_text():
    text = "Guaranteed: clinically proven, up to 82% fewer wrinkles at once"
    spans = [row.span for row in lint(claimed(text))]
    assert spans == sorted(spans)
    assert len(spans) >= 4


def test_clinically_proven_stands_only_on_repeated_blind_trials():
    claim = claimed("clinically proven to reduce wrinkles")
    trial = done(**TRIAL)

    def bearing(name):
        study = trial.study.model_copy(update={"id": name})
        seen = assess(study, study.outcomes[0])
        one = Match(study=study, outcome=study.outcomes[0], closeness="bears", reason="",
                    indirectness=())  # fmt: skip
        direction, why = direction_of(seen)
        return Bearing(match=one, assessment=seen, direction=direction, direction_why=why)

    assert lint(claim, trial)[0].stands == "unknown"
    assert lint(claim, trial, [bearing("a")])[0].stands == "no"
    assert lint(claim, trial, [bearing("a"), bearing("b")])[0].stands == "yes"
    assert lint(claim, done(**SINGLE), [bearing("a"), bearing("b")])[0].stands == "no"


def test_on_average_needs_an_interval_and_up_to_is_no_mean():
    assert lint(claimed("lower on average"), done(**TRIAL))[0].stands == "yes"
    assert lint(claimed("lower on average"), done(**SINGLE))[0].stands == "unknown"
    assert lint(claimed("up to 20 % lower"), done(**TRIAL))[0].stands == "no"


def test_instead_names_the_people_of_the_study():
    row = lint(claimed("clinically tested"), done(**SINGLE))[0]
    assert row.stands == "yes"
    assert "50 people" in row.instead


def test_frame_and_dict_hold_every_finding():
    found = lint(claimed("clinically proven, guaranteed"))
    assert list(lint_frame(found)["rule"]) == ["W01", "W07"]
    assert found[0].as_dict()["span"] == [0, 17]


# ---------------------------------------------------------------- one honest sentence


def test_before_after_says_that_it_shows_no_cause():
    study = study_from_flags(Flags(**SINGLE)).model_copy(
        update={"product": "serum", "population": "women"}
    )
    sentence = reword(claimed("erases wrinkles by 20 %"), assess(study, study.outcomes[0]))
    assert sentence == (
        "In a study of 50 women without a control group, wrinkle depth, measured by instrument, "
        "was on average 20 % lower after 12 weeks than at the start; the study cannot show that "
        "the serum caused this."
    )


def test_a_trial_keeps_number_control_time_and_interval():
    sentence = reword(claimed("wrinkles by 20 %"), done(**TRIAL))
    assert sentence == (
        "In a randomised study of 100 people against the vehicle, wrinkle depth, measured by "
        "instrument, was on average 20 % lower after 8 weeks than with the vehicle (95 % interval "
        "12.0 to 28.0 %); this is one study."
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"n": ["9", "9"], "ci": ["-45%", "5%"]}, "this does not show that the product is better"),
        ({"randomised": "no"}, "without random allocation this cannot show"),
        ({"blinded": "none"}, "those who judged knew which product was used"),
        ({"blinded": None}, "whether the people and those who measured were blind is not stated"),
        ({"ci": ()}, "whether this is more than chance is not stated"),
        ({"change": ["up to -20%"], "ci": ()}, "in the one person in whom it changed most"),
        ({"change": [], "ci": (), "p": "0.5"}, "was not shown to be better than with the vehicle"),
        ({"change": [], "ci": ()}, "whether it differed cannot be read from what is stated"),
        ({"n": []}, "an unstated number of people"),
        ({"weeks": None}, "after a time that is not stated"),
    ],
)
def test_the_weakest_point_is_said(changes, words):
    given = {"design": "parallel", **TRIAL, **changes}
    assert words in reword(claimed("wrinkles by 20 %"), done(**given))


def test_a_survey_stays_an_opinion_and_glass_stays_glass():
    survey = done(design="survey", n=["52"], kind="self_report", outcome="wrinkles")
    assert reword(claimed("82% decrease in wrinkles"), survey).endswith(
        "this is their opinion, and nothing was measured."
    )
    glass = done(design="in-vitro", outcome="collagen", change=["50%"])
    assert "nothing of an effect on anyone's skin" in reword(claimed("50 % more collagen"), glass)
    assert "50 %" not in reword(claimed("50 % more collagen"), glass)


def test_without_a_study_no_number_and_no_effect_stay():
    assert reword(claimed("0.3% retinol, 20 % fewer wrinkles")).startswith("Remove the number")
    assert reword(claimed("niacinamide reduces fine lines")) == (
        "Contains niacinamide; no study of this product is at hand."
    )
    assert reword(claimed("skin feels soft")).startswith("In our opinion")


def sentences():
    for claim in read_claims(DATA / "article_claims.csv").claims:
        yield claim, None
        if claim.carries_study_data == "yes":
            study = study_of_claim(claim)
            yield claim, assess(study, study.outcomes[0])
    for study in read(DATA / "cosmetic_trials.csv").studies:
        for outcome in study.outcomes:
            yield claim_from_outcome(study, outcome), assess(study, outcome)


def test_no_suggested_sentence_is_stronger_than_its_evidence():
    seen = 0
    # the names that the source gives to product and outcome are not ours to change
    ours = {"W05", "W16", "W09", "W12", "W17"}
    for claim, result in sentences():
        text = reword(claim, result)
        seen += 1
        assert text.endswith(".")
        assert "None" not in text
        assert {row.rule for row in lint(claimed(text))} <= ours, text
        if result is None:
            assert not re.search(r"\d+ %", text), text
        elif result.facts.control not in ("full", "untreated"):
            assert "than with" not in text, text
            assert "better" not in text, text
    assert seen > 250


def test_a_number_that_is_not_in_the_study_never_appears():
    claim = claimed("99 % fewer wrinkles", value=Reported(text="99"), unit="percent")
    assert "99" not in reword(claim, done(**SINGLE))
