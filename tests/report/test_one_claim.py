"""A report on one claim: its order, what it draws, and what it leaves out with a reason."""

from __future__ import annotations

import json

import pytest
from trials import write_trials

import evidence as ev
from evidence.appraisal.grade_rules import LEVELS
from evidence.ingest.claim_text import claim_from_text
from evidence.report.document import Details, Figure, Section, to_data
from evidence.report.people_blocks import people_blocks
from evidence.report.pooled_figures import FEWEST, pooled_figures


def audit_of(tmp_path, claim="Niacinamide reduces wrinkle depth", **changed):
    studies = ev.read(write_trials(tmp_path / "studies.csv", **changed))
    return ev.audit([claim_from_text(claim)], studies, title=claim)


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    return audit_of(tmp_path_factory.mktemp("trials"))


@pytest.fixture(scope="module")
def document(audit):
    return ev.compose_report(audit).document


def figures(blocks):
    for block in blocks:
        if isinstance(block, Figure):
            yield block
        elif isinstance(block, Details | Section):
            yield from figures(block.blocks)


def test_the_answer_stands_first_and_the_rest_in_order(document, audit):
    assert document.title == "Niacinamide reduces wrinkle depth"
    assert document.verdict == audit.claims[0].verdict.sentence
    assert document.verdict_badge.text == audit.claims[0].verdict.word
    assert [section.title for section in document.blocks][:6] == [
        "In short",
        "What it means for 100 people",
        "Summary of findings",
        "What studies found",
        "How certain it is",
        "The claim, word by word",
    ]


def test_the_status_line_says_certainty_estimate_studies_and_people(document, audit):
    status = dict(document.status)
    pooled = audit.claims[0].pooled
    assert status["Certainty (GRADE)"] == audit.claims[0].certainty.level
    assert status["Best estimate"].startswith("mean difference −4.")
    assert f"{abs(pooled.estimate):.2f}" in status["Best estimate"]
    assert status["Studies"] == "12 (3,292 people)"


def test_a_harm_has_its_line_even_where_nobody_counted_any(document):
    table = document.blocks[2].blocks[0]
    assert [getattr(cell, "text", cell) for cell in table.rows[-1]][:1] == ["Harms"]
    assert "Nobody counted them." in table.rows[-1]


def test_pooled_decides_over_the_count_of_studies(audit):
    """Three of twelve show no difference alone, and all together do."""
    row = audit.claims[0]
    alone = {item.direction for item in row.direct}
    assert alone == {"in favour", "no difference shown"}
    assert row.pooled.ci_high < 0
    assert row.verdict.word == "supported if reworded"
    assert "Pooled, the controlled studies favour it." in row.verdict.sentence
    assert row.suggested.startswith("Taken together, studies of other products with niacinamide")
    assert " improved more than with the comparator; this product was not tested." in row.suggested


def test_a_pool_of_some_leaves_the_count_to_decide(tmp_path):
    path = write_trials(tmp_path / "studies.csv", k=4)
    text = path.read_text(encoding="utf-8").splitlines()
    unreadable = text[1].replace("trial1", "other").split(",")
    for name in ("mean_t", "mean_c", "sd_t", "sd_c"):
        unreadable[text[0].split(",").index(name)] = ""
    path.write_text("\n".join([text[0] + ",p", *(line + "," for line in text[1:]),
                               ",".join(unreadable) + ",NS"]) + "\n", encoding="utf-8")  # fmt: skip
    (row,) = ev.audit([claim_from_text("Niacinamide reduces wrinkle depth")], ev.read(path))
    directions = {item.match.study.id: item.direction for item in row.direct}
    assert directions["other"] == "no difference shown"
    assert "Pooled" not in row.verdict.sentence
    assert row.verdict.word == "not supported"


def test_drawings_come_with_enough_studies(document, audit, tmp_path):
    titles = [figure.title for figure in figures(document.blocks)]
    for words in ("against their precision", "were added, by year", "intervals of every level",
                  "every defensible way to pool", "what the result hangs on",
                  "every subset"):  # fmt: skip
        assert sum(words in title for title in titles) == 1, words
    few = audit_of(tmp_path, k=3).claims[0]
    (folded,) = pooled_figures(few)
    assert "3 studies, and it takes 10" in folded.blocks[0].text
    assert len(list(figures([folded]))) == 3
    assert min(FEWEST.values()) == 3
    assert pooled_figures(audit_of(tmp_path, k=2).claims[0]) == []


def test_every_figure_has_its_numbers_and_a_narrow_twin(document):
    for figure in figures(document.blocks):
        assert figure.table.rows, figure.title
        assert figure.narrow, figure.title


def test_egger_is_that_of_the_same_studies(document, audit):
    row = audit.claims[0]
    yi = [effect.yi for effect in row.pooled_from]
    vi = [effect.vi for effect in row.pooled_from]
    p = ev.regression_test({"yi": yi, "vi": vi}).pvalue
    assert f"p = {p:.3f}" in json.dumps(to_data(document), ensure_ascii=False)


def test_100_people_are_drawn_unless_the_certainty_is_very_low(audit):
    row = audit.claims[0]
    assert row.certainty.level == LEVELS[1]
    (why,) = people_blocks(row)
    assert "the certainty of the evidence is very low" in why.text


def test_100_people_where_the_certainty_allows(audit, monkeypatch):
    """Φ(Φ⁻¹(0.20) + SMD): people who reach what 20 of 100 reach without the product."""
    from dataclasses import replace
    from statistics import NormalDist

    row = audit.claims[0]
    body = row.bodies[0]
    better = replace(body, certainty=replace(body.certainty, level="Low"))
    figure, note = people_blocks(replace(row, bodies=(better,)))
    smd = body.certainty.pooled.estimate
    share = NormalDist().cdf(NormalDist().inv_cdf(0.2) + smd)
    said = f"20 of 100 people without the product, {round(100 * share)} of 100 with it."
    assert figure.description == said
    assert note.text.startswith("Assumed: that 20 of 100 get noticeably better without the product")


def test_studies_that_say_nothing_to_it_are_counted_not_listed(tmp_path):
    path = write_trials(tmp_path / "studies.csv", k=3)
    lines = path.read_text(encoding="utf-8").splitlines()
    other = lines[-1].replace("trial3", "elsewhere").replace("niacinamide 5%", "bakuchiol 1%")
    other = other.replace("wrinkle depth", "hydration")
    path.write_text("\n".join([*lines, other]) + "\n", encoding="utf-8")
    claim = claim_from_text("Niacinamide reduces wrinkle depth")
    page = ev.compose_report(ev.audit([claim], ev.read(path))).document
    said = json.dumps(to_data(page), ensure_ascii=False)
    assert "1 study in the data tests other ingredients or outcomes and is not listed." in said
    assert "study-elsewhere" not in said


@pytest.mark.parametrize("claim", ["Smells of roses", "Contains water", "reduces wrinkles by 20 % "
                                   "in 12 weeks, 50 women"])  # fmt: skip
def test_a_claim_nothing_bears_on_is_a_whole_report(tmp_path, claim):
    page = ev.compose_report(audit_of(tmp_path, claim, k=2)).document
    assert page.title == claim
    assert page.blocks[0].title == "In short"


def test_equal_results_carry_nothing_by_an_interval_of_no_width(tmp_path):
    """Two trials that agree by chance and show nothing alone show nothing together."""
    path = write_trials(tmp_path / "studies.csv", k=2, n_t="20", n_c="20", mean_t="63")
    (row,) = ev.audit([claim_from_text("Niacinamide reduces wrinkle depth")], ev.read(path))
    assert {item.direction for item in row.direct} == {"no difference shown"}
    assert row.pooled.ci_high < 0  # Knapp-Hartung, without width
    assert row.verdict.word == "not supported"
    assert "Pooled, the controlled studies show no difference." in row.verdict.sentence
