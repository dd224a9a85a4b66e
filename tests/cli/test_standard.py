"""`evidence score --standard`: the checklist of a market after the score."""

from __future__ import annotations

import json

import pytest

from evidence.__main__ import main
from evidence.verdict.markets import MARKETS, RULES

FLAGS = ["--outcome", "wrinkle depth", "--change", "-20%", "--n", "50", "--weeks", "12",
         "--design", "single-arm"]  # fmt: skip


def run(words, capsys):
    status = main(["score", *words])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize("market", MARKETS)
def test_every_rule_is_printed_after_the_score(market, capsys):
    status, out, _ = run([*FLAGS, "--standard", market], capsys)
    assert status == 0
    score, _, tail = out.partition("\nstandard ")
    assert "reliability" in score
    for rule in RULES[market].rules:
        line = next(row for row in tail.splitlines() if row.split()[:1] == [rule.id])
        assert any(word in line for word in ("met", "not met", "unknown", "not applicable"))
    assert "claim read as: wrinkle depth −20 % (quantified, measured" in tail
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize("market", MARKETS)
def test_json_carries_every_rule_with_facts(market, capsys):
    status, out, _ = run([*FLAGS, "--standard", market, "--json"], capsys)
    assert status == 0
    seen = json.loads(out)["standard"]
    assert [row["id"] for row in seen["rules"]] == [rule.id for rule in RULES[market].rules]
    assert seen["market"] == market
    assert seen["claim"]["primary"] == "quantified"
    assert sum(seen["counts"].values()) == len(seen["rules"])
    for row in seen["rules"]:
        assert row["status"] in ("met", "not met", "unknown", "not applicable")
        assert row["why"]
        assert all(fact["path"] and fact["value"] for fact in row["facts"])


def test_without_the_option_nothing_changes(capsys):
    _, plain, _ = run([*FLAGS, "--json"], capsys)
    _, more, _ = run([*FLAGS, "--json", "--standard", "eu"], capsys)
    data = json.loads(more)
    assert "standard" not in json.loads(plain)
    data.pop("standard")
    assert data == json.loads(plain)


def test_the_score_itself_never_depends_on_the_market(capsys):
    values = set()
    for market in MARKETS:
        _, out, _ = run([*FLAGS, "--json", "--standard", market], capsys)
        values.add(json.loads(out)["reliability"]["value"])
    assert len(values) == 1


def test_a_file_gets_a_checklist_per_result_and_counts_as_columns(capsys, tmp_path):
    file = tmp_path / "one.csv"
    file.write_text(
        "study_id,product,outcome_name,design,comparator,n_analysed,pct_change_treat\n"
        "A,serum,wrinkle depth,single-arm,none,50,-20\n"
    )
    status, out, err = run([str(file), "--standard", "cn", "--json", "--fail-on", "never"], capsys)
    assert status == 0, err
    results = json.loads(out)["results"]
    assert [row["standard"]["market"] for row in results] == ["cn"] * len(results)
    assert results
    _, table, _ = run([str(file), "--standard", "cn", "--fail-on", "never"], capsys)
    assert "cn_not_met" in table


def test_an_unknown_market_is_refused(capsys):
    status, _, err = run([*FLAGS, "--standard", "mars"], capsys)
    assert status == 2
    assert "mars" in err
    assert "eu" in err
