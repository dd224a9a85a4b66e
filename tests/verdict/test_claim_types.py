"""Types of claims, from their words, numbers and named outcomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.ingest.claim_text import claim_from_text
from evidence.ingest.from_flags import Flags, study_from_flags
from evidence.ingest.read import read_claims
from evidence.records.claim import Claim
from evidence.verdict.claim_types import MINIMUM, TYPES, claim_from_outcome, claim_types
from evidence.verdict.claim_words import WORDS

DATA = Path(__file__).parents[2] / "datasets"

EXAMPLES = {
    "82% decrease in wrinkles": ("quantified", {"quantified", "measured"}),
    "80% thought skin felt firmer": ("sensory", {"sensory"}),
    "86 % of women agreed that wrinkles were reduced": ("sensory", {"sensory"}),
    "reduces the appearance of fine lines and wrinkles": ("appearance", {"appearance"}),
    "makes fine wrinkles caused by dryness less noticeable": ("appearance", {"appearance"}),
    "reduces wrinkle depth": ("measured", {"measured"}),
    "regenerates skin": ("physiological", {"physiological"}),
    "boosts collagen renewal": ("physiological", {"physiological"}),
    "more effective than brand X": ("comparative", {"comparative"}),
    "48 h hydration": ("measured", {"measured", "duration"}),
    "wrinkle depth -20% after 8 weeks": ("quantified", {"quantified", "measured", "duration"}),
    "formulated with 0.3% retinol": ("ingredient", {"ingredient"}),
    "hypoallergenic and dermatologist tested": ("safety", {"safety"}),
    "retinol and niacinamide act together in synergy": ("synergy", {"synergy", "ingredient"}),
    "paraben-free": ("absence", {"absence"}),
    "without parabens": ("absence", {"absence"}),
    "leaves skin soft": ("sensory", {"sensory"}),
    "halves wrinkle depth": ("quantified", {"quantified", "measured"}),
    "serums go on after toner": ("advice", {"advice"}),
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_get_their_types(text):
    primary, names = EXAMPLES[text]
    seen = claim_types(Claim(id="1", text=text))
    assert (seen.primary, set(seen.names)) == (primary, names)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("does not reduce wrinkles", "measured"),
        ("is not clinically shown to boost collagen", "physiological"),
        ("cannot lower wrinkle depth by 20 %", "quantified"),
        ("is no better than placebo", "comparative"),
        ("wrinkles were fewer than with the vehicle", "comparative"),
        ("a 0.1% retinol serum", "quantified"),
        ("100% natural", "quantified"),
        ("100 % vegan and 95 % confidence", "quantified"),
        ("for combination skin", "synergy"),
        ("look for airless packaging", "appearance"),
        ("a tear-free formula", "absence"),
    ],
)
def test_words_that_look_like_a_type_and_are_none(text, absent):
    assert absent not in claim_types(Claim(id="1", text=text))


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("not only reduces wrinkles", "measured"),
        ("is not greasy and reduces wrinkles", "measured"),
        ("not greasy, reduces wrinkles", "measured"),
        ("no wrinkles after one use", "measured"),
        ("does not irritate", "safety"),
        ("contains no fragrance", "absence"),
        ("0.1 % retinol lowers wrinkles by 20 %", "quantified"),
    ],
)
def test_a_denial_undoes_only_what_it_denies(text, there):
    assert there in claim_types(Claim(id="1", text=text))


def test_the_words_that_decided_stand_in_the_text():
    text = "Regenerates skin: 20 % fewer wrinkles in 8 weeks, better than brand X"
    seen = claim_types(Claim(id="1", text=text))
    for row in seen.found:
        assert row.span is not None
        assert row.words.lower() in text.lower()[row.span[0] : row.span[1]]
    assert seen.words("quantified") == ("20 %",)


def test_number_unit_and_outcome_fields_count():
    claim = claim_from_text("retinol cream, 20 % in 50 women")
    assert "quantified" in claim_types(claim)
    weeks = Claim(id="1", text="needs time", unit="months", duration="1-3 months")
    assert claim_types(weeks).names == ("duration",)
    graded = Claim(id="1", text="works", outcome="elasticity", type="efficacy")
    assert claim_types(graded).names == ("measured",)


def test_all_97_claims_get_types_and_known_ones_are_right():
    claims = read_claims(DATA / "article_claims.csv").claims
    seen = {claim.id: claim_types(claim) for claim in claims}
    assert len(seen) == 97
    assert all(row.found and row.primary in row.names for row in seen.values())
    for name in ("L49", "L50", "L51"):
        assert seen[name].names == ("quantified", "measured", "duration", "ingredient")
    assert seen["L12"].primary == "physiological"  # promotes collagen production
    assert seen["L46"].names == ("measured", "ingredient")
    assert seen["L54"].primary == "synergy"
    assert "comparative" in seen["L54"]  # outperform
    assert seen["L29"].primary == "safety"
    assert seen["L32"].primary == "advice"
    assert seen["Z07"].primary == "background"  # names no product
    assert seen["L70"].primary == "quantified"  # halves


def test_every_type_has_its_least_evidence_and_every_pattern_compiles_to_a_type():
    assert set(MINIMUM) == set(TYPES)
    assert {row.type for row in WORDS} == set(TYPES) - {"background", "advice"}
    assert all(row.needs for row in MINIMUM.values())


def test_a_claim_built_from_flags_is_the_outcome_and_its_change():
    flags = Flags(outcome="wrinkle depth", change=["-20%"], n=["50"], design="single-arm")
    study = study_from_flags(flags)
    claim = claim_from_outcome(study, study.outcomes[0])
    assert claim.text == "wrinkle depth −20 %"
    assert claim_types(claim).names == ("quantified", "measured")


def test_a_built_claim_without_a_number_has_none():
    study = study_from_flags(Flags(outcome="elasticity", design="survey"))
    claim = claim_from_outcome(study, study.outcomes[0])
    assert "quantified" not in claim_types(claim)
