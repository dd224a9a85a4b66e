"""Bodies of evidence behind the claims of the two articles, and what an audit says with them."""

from __future__ import annotations

from pathlib import Path

import pytest

import evidence as ev
from evidence.appraisal.tools import tools_for
from evidence.verdict.bodies import CLASSES, kind_of_mismatch

DATA = Path(__file__).parents[2] / "datasets"


@pytest.fixture(scope="module")
def audit():
    claims = ev.read_claims(DATA / "article_claims.csv")
    studies = ev.read(DATA / "cosmetic_trials.csv")
    return ev.audit(claims, studies, markets=("eu", "us", "uk", "jp", "cn", "ca"))


def test_a_body_holds_one_design_and_each_study_once(audit):
    for row in audit:
        for body in row.bodies:
            tools = {tools_for(m.match.study, m.match.outcome).tool for m in body.members}
            assert {CLASSES[tool] for tool in tools} == {body.design}
            names = [m.match.study.id for m in body.members]
            assert len(names) == len(set(names))


def test_every_result_that_bears_is_in_a_body_or_cannot_be_judged(audit):
    for row in audit:
        held = {m.match.study.id for body in row.bodies for m in body.members}
        for bearing in row.direct:
            tool = tools_for(bearing.match.study, bearing.match.outcome).tool
            assert bearing.match.study.id in held or tool == "none"


def test_certainty_is_there_with_its_reasons_wherever_something_bears(audit):
    rated = [row for row in audit if row.bodies]
    assert len(rated) >= 20
    for row in rated:
        for body in row.bodies:
            assert body.certainty.level is not None
            assert body.certainty.reasons, body
            assert len(body.certainty.domains) == 5
    assert all(row.certainty is None for row in audit if not row.bodies)


def test_a_change_without_a_control_is_never_adjusted_into_an_effect(audit):
    alone = [b for row in audit for b in row.bodies if b.design == "single_arm"]
    assert alone
    for body in alone:
        assert body.adjusted is None
        assert body.certainty.level == "Very low"


def test_differences_that_the_design_carries_are_not_counted_twice():
    assert kind_of_mismatch("no control") is None
    assert kind_of_mismatch("taken by mouth, not applied") == "formula_or_dose"
    assert kind_of_mismatch("read at 24 weeks, claimed for 12") == "duration"
    assert kind_of_mismatch("graded wrinkles in place of wrinkle depth") == "surrogate"


def test_all_claims_have_types_a_rewording_and_a_study_that_would_change_it(audit):
    assert len(audit) == 97
    for row in audit:
        assert row.types.names, row.claim.id
        assert row.suggested.strip(), row.claim.id
        assert row.verdict.would_change.startswith("What would change it: "), row.claim.id
        assert row.cheapest.sentence in row.verdict.would_change
        assert set(row.standards) == {"eu", "us", "uk", "jp", "cn", "ca"}


def test_a_rewording_never_claims_that_the_product_works(audit):
    """Nothing in these articles shows what the product itself does."""
    for row in audit:
        said = row.suggested.lower()
        assert "proven" not in said
        assert "clinically" not in said
        if row.verdict.word == "supported if reworded":
            assert "this product was not tested" in said


def test_the_frame_carries_what_the_page_shows(audit):
    frame = audit.to_frame()
    assert {"certainty", "types", "wording", "suggested", "would_change"} <= set(frame.columns)
    assert (frame["suggested"].str.len() > 0).all()
