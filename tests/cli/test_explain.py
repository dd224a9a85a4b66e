"""`evidence explain`: every word that a result shows can be looked up, and every value walked."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path
from typing import get_args

import pytest

from evidence.__main__ import main
from evidence.appraisal import rob2_questions, robins_i_tables
from evidence.appraisal.bias_sets import BiasSet
from evidence.appraisal.components import COMPONENTS, Status
from evidence.appraisal.grade_rules import Level
from evidence.appraisal.nih_before_after import INTENTS
from evidence.appraisal.rob2_tables import Answer, Judgement
from evidence.appraisal.tools import Tool
from evidence.cli.explain import look_up
from evidence.cli.json_fields import canonical, fields
from evidence.cli.shelves import everything
from evidence.effects.effect import Label
from evidence.integrity.found import Overall
from evidence.integrity.found import Status as Checked
from evidence.kernels.inference import Test as MeanTest
from evidence.kernels.tau2 import Tau2Method
from evidence.records.codebook import columns
from evidence.records.codes import CODES
from evidence.records.families import FAMILIES
from evidence.verdict.judge import Direction, VerdictWord
from evidence.verdict.markets import RULES

ROOT = Path(__file__).parents[2]
TRIALS = str(ROOT / "datasets" / "cosmetic_trials.csv")
SHELF = everything()


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def words():
    """Every word that the program prints and a reader may ask for."""
    yield from CODES
    yield from COMPONENTS
    yield from FAMILIES
    for kind in (Label, VerdictWord, Direction, Tau2Method, MeanTest, BiasSet, Level, Judgement,
                 robins_i_tables.Level, Answer, Status, Checked, Overall):  # fmt: skip
        yield from get_args(kind)
    yield from (tool for tool in get_args(Tool) if tool != "none")
    yield from chain.from_iterable(table.options for table in robins_i_tables.SCREEN.values())
    yield from (rule.id for market in RULES.values() for rule in market.rules)
    for scope in ("wide", "long", "claims"):
        yield from (column.name for column in columns(scope))
    for domain, asked in rob2_questions.QUESTIONS.items():
        yield domain
        yield from asked
    for domain in robins_i_tables.DOMAINS:
        yield domain
        for effect in ("assignment", "adherence"):
            for number, question in robins_i_tables.questions_of(domain, effect).items():
                yield from (number, *question.options)
    yield from (*robins_i_tables.SCREEN, *INTENTS)


def test_every_word_that_is_printed_is_explained():
    asked = sorted(set(words()))
    assert len(asked) > 400
    for word in asked:
        assert look_up(word, SHELF), word


def test_none_is_without_title_what_why_and_what_to_do_or_where():
    assert len(SHELF) > 900
    for entry in SHELF:
        assert entry.title.strip(), entry.name
        for heading in ("what", "why"):
            assert entry.facts.get(heading, "").strip(), (entry.name, heading)
        assert (entry.facts.get("fix") or entry.facts.get("where", "")).strip(), entry.name


def test_no_name_stands_for_two_things_of_one_kind():
    names = [(entry.kind, entry.name) for entry in SHELF]
    assert len(names) == len(set(names))


FLAGS = (
    "--design parallel --randomised yes --comparator vehicle --lower-is-better --mid 0.2".split()
)
ARMS = "--n 40 41 --mean 12.1 14.0 --sd 3.2 3.5 --standard eu".split()


@pytest.mark.parametrize(
    "typed",
    [
        ("score", *FLAGS, *ARMS),
        ("score", "--design", "single-arm", "--change", "-20%", "--outcome", "wrinkle depth"),
        ("score", "--design", "in-vitro", "--n", "3"),
        ("score", TRIALS),
        ("pool", TRIALS, "--by", "outcome"),
        ("check", TRIALS),
    ],
    ids=lambda typed: " ".join(typed[:2])[:20],
)
def test_every_field_of_the_json_is_explained(typed, capsys):
    main([*typed, "--json", "--quiet"] if typed[0] != "score" else [*typed, "--json"])
    known = {field.path for field in fields() if field.command == typed[0]}
    printed = {canonical(path) for path in paths(json.loads(capsys.readouterr().out))}
    free = re.compile(r"results\.reasons\.")  # one text for each number that is null
    assert {path for path in printed if not free.match(path)} <= known


def paths(value, path=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{path}.{name}".lstrip(".")
            yield from paths(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{path}[]")


def test_a_finding_code_is_explained_in_words(capsys):
    assert main(["explain", "EV305"]) == 0
    printed = capsys.readouterr().out
    about = CODES["EV305"]
    assert printed.startswith(f"EV305  {about.title}")
    flowed = " ".join(printed.split())
    for told in (about.what, about.why, about.fix, about.source):
        assert told in flowed


def test_case_and_separators_do_not_matter(capsys):
    assert main(["explain", "ev305", "Sample-Size-Unstated"]) == 0
    printed = capsys.readouterr().out
    assert "EV305" in printed
    assert COMPONENTS["sample_size_unstated"].title in printed


def test_a_number_with_a_point_is_not_the_number_without():
    assert {entry.name for entry in look_up("1.1", SHELF)} == {
        "RoB 2 1.1", "ROBINS-I 1.1 assignment", "ROBINS-I 1.1 adherence"}  # fmt: skip
    assert [entry.name for entry in look_up("11", SHELF)] == ["NIH 11"]


def test_several_words_may_be_one_name(capsys):
    assert main(["explain", "supported", "if", "reworded"]) == 0
    assert capsys.readouterr().out.startswith("supported if reworded  ")


def test_another_word_for_a_column_finds_it(capsys):
    assert main(["explain", "標準偏差"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("sd_t  Tested product: standard deviation")
    assert "\nsd  Standard deviation" in printed


def test_other_meanings_are_named(capsys):
    main(["explain", "ci_low"])
    flowed = " ".join(capsys.readouterr().out.split())
    assert "other meanings: evidence explain ArmResult.ci_low, Contrast.ci_low" in flowed


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("results[].reliability.value", "score.reliability.value"),
        ("effect.change_control.basis.rule", "score.effect.*.basis.rule"),
        ("results.pi_low", "pool.results.pi_low"),
    ],
)
def test_a_path_of_the_json_is_found_as_programs_write_it(path, name):
    assert [entry.name for entry in look_up(path, SHELF)] == [name]


def test_a_field_lists_the_words_it_may_hold(capsys):
    assert main(["explain", "Design.concealment"]) == 0
    assert "numbered_opaque_sealed_envelopes" in capsys.readouterr().out


def test_json_has_one_object_for_each_meaning(capsys):
    assert main(["explain", "derived", "EV305", "--json"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert read["schema"] == "evidence/explain/1"
    label, finding = read["explanations"]
    assert (label["kind"], label["name"]) == ("label", "derived")
    assert (finding["kind"], finding["severity"]) == ("finding", CODES["EV305"].severity)


def test_nothing_asked_lists_everything(capsys):
    assert main(["explain"]) == 0
    printed = capsys.readouterr().out
    flowed = " ".join(printed.split())
    for entry in SHELF:
        assert entry.name in flowed


@pytest.mark.parametrize(
    ("word", "hint"), [("derivd", "'derived'"), ("conceelment", "'concealment'"), ("qqqq", "")]
)
def test_an_unknown_word_exits_2_and_names_the_nearest(capsys, word, hint):
    assert main(["explain", word]) == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert heard.err.count("\n") == 1
    assert repr(word) in heard.err
    assert hint in heard.err
    assert ("Did you mean" in heard.err) == bool(hint)


# ---------------------------------------------------------------- a value, walked back

STUDY = (
    "study,row_id,outcome,design,randomised,comparator,n_t,n_c,mean_t,mean_c,sd_t,sd_c,unit,"
    "direction,source\n"
    "Kim 2019,k1,TEWL,parallel,computer,vehicle,40,41,12.1,14.0,3.2,3.5,g,lower,table 2\n"
)


@pytest.fixture
def studies():
    Path("studies.csv").write_text(STUDY)
    return "studies.csv"


@pytest.mark.parametrize("word", ["kim2019", "Kim 2019", "k1"])
def test_a_study_is_walked_from_every_number_to_the_printed_figure(studies, word, capsys):
    assert main(["explain", word, "--file", studies]) == 0
    printed = capsys.readouterr().out
    # mean difference 12.1 - 14.0 = -1.9, from six cells of line 2
    assert "mean difference −1.90 (−3.38 to −0.42) g [derived]" in printed
    for cell in ("treated.mean = 12.1", "control.mean = 14.0", "treated.sd = 3.2",
                 "control.sd = 3.5", "treated.n = 40", "control.n = 41"):  # fmt: skip
        field = cell.partition(" ")[0].replace("treated.", "").replace("control.", "")
        arm = "t" if cell.startswith("treated") else "c"
        assert f"{cell} (studies.csv:2:{field}_{arm} (table 2))" in printed
    assert "product: mean at the time point: 12.1 (studies.csv:2:mean_t (table 2))" in printed
    assert "A = 0.25: R = 100 A² / (A² + S² + B²)" in printed


def test_the_parts_walked_through_add_up(studies, capsys):
    main(["explain", "k1", "--file", studies, "--json"])
    rows = {row["title"]: row for row in json.loads(capsys.readouterr().out)["explanations"]}
    b, s2, value = map(float, re.search(
        r"B = ([\d.]+), S² = ([\d.]+), A = 0.25: .* = ([\d.]+)\.", rows["reliability"]["what"]
    ).groups())  # fmt: skip
    assert 100 * 0.0625 / (0.0625 + s2 + b * b) == pytest.approx(value, abs=0.5)
    assert next(text.split()[0] for text in rows["reliability"]["lost"]) in COMPONENTS


def test_a_word_beside_a_file_is_still_a_word(studies, capsys):
    assert main(["explain", "EV305", "--file", studies]) == 0
    assert capsys.readouterr().out.startswith("EV305  ")


def test_a_study_that_is_not_there(studies, capsys):
    assert main(["explain", "kim2018", "--file", studies]) == 2
    assert "Did you mean 'Kim 2019'" in capsys.readouterr().err
    assert main(["explain", "kim2019"]) == 2
    assert "A study or result needs --file." in capsys.readouterr().err
    assert main(["explain", "kim2019", "--file", "nothing.csv"]) == 2
