"""What a claim's section says of certainty, wording and the rules of markets."""

from __future__ import annotations

from pathlib import Path

import pytest

import evidence as ev
from evidence.report.certainty_section import certainty_blocks
from evidence.report.claim_section import claim_section, verdict_reasons
from evidence.report.claim_wording import wording_blocks
from evidence.report.document import Callout, Details, Table
from evidence.report.integrity_section import integrity_section
from evidence.report.overview import status_lines, summary_section

DATA = Path(__file__).parents[2] / "datasets"


@pytest.fixture(scope="module")
def audit():
    claims = ev.read_claims(DATA / "article_claims.csv")
    studies = ev.read(DATA / "cosmetic_trials.csv")
    return ev.audit(claims, studies, markets=("eu",))


def tables(blocks):
    for block in blocks:
        if isinstance(block, Table):
            yield block
        elif isinstance(block, Details):
            yield from tables(block.blocks)


def words(table):
    return [[getattr(cell, "text", cell) for cell in row] for row in table.rows]


def test_every_body_is_a_line_with_its_level_and_reasons(audit):
    row = audit["L49"]
    table = next(tables(certainty_blocks(row)))
    shown = words(table)
    assert len(shown) == len(row.bodies)
    for line, body in zip(shown, row.bodies, strict=True):
        assert line[2] == body.certainty.level
    profiles = [t for t in tables(certainty_blocks(row)) if "evidence profile" in t.caption]
    for profile, body in zip(profiles, row.bodies, strict=True):
        domains = {line[0]: (line[1], line[2]) for line in words(profile)}
        for rated in body.certainty.domains:
            levels, fact = domains[rated.domain.replace("_", " ").capitalize()]
            assert levels == ("0" if not rated.down else f"−{rated.down}")
            assert fact[1:].startswith(rated.reason[1:].rstrip("."))


def test_a_high_judgement_says_what_it_could_still_be(audit):
    row = audit["L49"]
    domains = [t for t in tables(certainty_blocks(row)) if "RoB 2" in t.caption]
    (table,) = domains
    for line in words(table):
        assert line[6] == "High"
        assert line[7].startswith(("Low", "Some concerns", "High"))
        assert int(line[8]) > 0


def test_nothing_bears_nothing_is_rated(audit):
    row = next(row for row in audit if not row.bodies)
    assert certainty_blocks(row) == []


def test_the_rewording_comes_first_and_the_rules_after(audit):
    row = audit["L49"]
    first, *rest = wording_blocks(row)
    assert isinstance(first, Callout)
    assert first.title == "What could be said instead"
    rules = next(t for t in tables(rest) if "European Union" in t.caption)
    ids = [line[0] for line in words(rules)]
    assert ids == [rule.id for rule in row.standards["eu"]]
    assert {line[2] for line in words(rules)} <= {"met", "not met", "unknown", "not applicable"}


def test_at_most_three_reasons_are_called_the_strongest(audit):
    for row in audit:
        assert 1 <= len(verdict_reasons(row)) <= 3


def test_what_can_be_said_stands_in_the_section_of_a_described_study(audit):
    section = claim_section(audit["L49"])
    table = next(t for t in tables(section.blocks) if "what can be said" in t.caption)
    said = words(table)
    assert [r[2] for r in said if "−28.9 to −10.0" in r[1]] == ["imputed"]
    assert [r[2] for r in said if "−34.3 to −2.6" in r[1]] == ["bounded"]


def test_figures_that_do_not_fit_are_listed_once_without_an_accusation(audit):
    section = integrity_section(audit)
    (table,) = tables(section.blocks)
    text = " ".join(" ".join(line) for line in words(table)).lower()
    assert "46.2 %" in text
    assert not any(word in text for word in ("fraud", "fabricat", "falsif", "misconduct"))


def test_the_first_page_says_how_certain_the_evidence_is(audit):
    said = dict(status_lines(audit))["Certainty"]
    rated = [row for row in audit if row.certainty]
    assert (
        said == f"very low for {len(rated)} of the {len(rated)} claims that results bear on (GRADE)"
    )
    (table,) = tables(summary_section(audit).blocks)
    at = [column.label for column in table.columns].index("Certainty")
    assert {line[at] for line in words(table)} == {"Very low"}
