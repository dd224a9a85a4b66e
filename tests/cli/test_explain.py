"""`evidence explain`: every word that a result shows can be looked up."""

import json

import pytest

from evidence.__main__ import main
from evidence.appraisal.components import COMPONENTS
from evidence.cli.explain import LABELS, everything, look_up
from evidence.records.codebook import columns
from evidence.records.codes import CODES
from evidence.records.families import FAMILIES


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_every_code_component_label_family_and_column_is_explained():
    shelf = everything()
    names = {
        name for scope in ("wide", "long", "claims") for name in (c.name for c in columns(scope))
    }
    for name in (*CODES, *COMPONENTS, *LABELS, *FAMILIES, *names):
        found = look_up(name, shelf)
        assert name in {entry.name for entry in found}
        assert all(entry.title or entry.facts for entry in found)


def test_a_finding_code_is_explained_in_words(capsys):
    assert main(["explain", "EV305"]) == 0
    printed = capsys.readouterr().out
    about = CODES["EV305"]
    assert printed.startswith(f"EV305  {about.title}")
    flowed = " ".join(printed.split())
    for words in (about.what, about.why, about.fix, about.source):
        assert words in flowed


def test_case_and_separators_do_not_matter(capsys):
    assert main(["explain", "ev305", "Sample-Size-Unstated"]) == 0
    printed = capsys.readouterr().out
    assert "EV305" in printed
    assert COMPONENTS["sample_size_unstated"].title in printed


def test_another_word_for_a_column_finds_it(capsys):
    assert main(["explain", "標準偏差"]) == 0
    assert "sd  (column of a table)" in capsys.readouterr().out


def test_a_name_that_several_records_have_is_explained_for_each():
    found = {entry.name for entry in look_up("funding", everything())}
    assert "Interest.funding" in found or "funder" in found
    assert {"ArmResult.ci_low", "Contrast.ci_low"} <= {
        entry.name for entry in everything() if entry.name.endswith(".ci_low")
    }


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
    for name in (*CODES, *COMPONENTS, *LABELS, *FAMILIES):
        assert name in printed


@pytest.mark.parametrize(
    ("word", "hint"), [("derivd", "'derived'"), ("conceelment", "'concealment'"), ("qqqq", "")]
)
def test_an_unknown_word_exits_2_and_names_the_nearest(capsys, word, hint):
    assert main(["explain", word]) == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert repr(word) in heard.err
    assert hint in heard.err
    assert ("Did you mean" in heard.err) == bool(hint)
