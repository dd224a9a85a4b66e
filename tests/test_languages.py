"""Every sentence exists in every language, with the same places, and none is left over."""

from __future__ import annotations

import ast
import copy
import json
import pickle
from functools import cache
from pathlib import Path

import pytest

from evidence.messages import (
    LANGUAGES,
    Message,
    capital,
    clause,
    is_known,
    listed,
    places,
    say,
    say_n,
    sentence,
    sentences,
    translate,
)

ROOT = Path(__file__).resolve().parents[1] / "evidence"
CATALOGUES = sorted((ROOT / "languages").glob("*/*.json"))
OTHERS = [lang for lang in LANGUAGES if lang != "en"]
TEMPLATED = {"say": (0,), "say_n": (2,)}


@cache
def _written() -> tuple[set[str], set[str]]:
    """Templates handed to `say` and its kin, and every text that stands in the program."""
    templates, texts = set(), set()
    for file in ROOT.rglob("*.py"):
        tree = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        ours = {  # the command line has a `say` of its own
            name.asname or name.name
            for node in tree
            if isinstance(node, ast.ImportFrom)
            and node.module in ("evidence.messages", "evidence.formatting")
            for name in node.names
        }
        for node in tree:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                templates |= _templates(node, file) if node.func.id in ours else set()
    return templates, texts


def _templates(call: ast.Call, file: Path) -> set[str]:
    name = call.func.id
    if name == "plural":
        words = [arg.value for arg in call.args[1:3] if isinstance(arg, ast.Constant)]
        return {f"{{n}} {words[-1] if len(words) == 2 else words[0] + 's'}"} if words else set()
    if name not in TEMPLATED or file.name == "formatting.py":
        return set()
    found = set()
    for place in TEMPLATED[name]:
        arg = call.args[place]
        where = f"{file.relative_to(ROOT)}:{call.lineno}"
        assert isinstance(arg, ast.Constant), f"{where}: the template is not written out"
        found.add(arg.value)
    return found


@pytest.mark.parametrize("lang", OTHERS)
def test_every_template_is_in_the_catalogue(lang):
    known = {key for file in CATALOGUES if file.parent.name == lang for key in _read(file)}
    missing = sorted(_written()[0] - known)
    assert not missing, f"{len(missing)} sentences have no {lang}: {missing[:20]}"


def test_languages_hold_the_same_sentences():
    by_lang = {
        lang: {key for file in CATALOGUES if file.parent.name == lang for key in _read(file)}
        for lang in OTHERS
    }
    first, *rest = by_lang.values()
    for other in rest:
        assert first == other, sorted(first ^ other)[:20]


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_places_are_kept_and_nothing_is_empty(file):
    for template, text in _read(file).items():
        assert text.strip(), template
        assert places(text) == places(template), template


@pytest.mark.parametrize("lang", OTHERS)
def test_one_sentence_has_one_translation(lang):
    seen: dict[str, str] = {}
    for file in CATALOGUES:
        if file.parent.name == lang:
            for key, text in _read(file).items():
                assert seen.setdefault(key, text) == text, f"{key!r} in {file.name} and elsewhere"


@pytest.mark.parametrize("lang", OTHERS)
def test_no_translation_is_left_over(lang):
    """A sentence that nobody says any more leaves the catalogue."""
    templates, texts = _written()
    formatting = {"{low} to {high}", "{value}{unit}", "{value}{unit} ({limits})", "{n} people"}
    for file in CATALOGUES:
        if file.parent.name == lang:
            stale = set(_read(file)) - templates - texts - formatting - _columns()
            assert not stale, f"{file.name}: {sorted(stale)[:10]}"


@cache
def _columns() -> set[str]:
    """Words that come from tables beside the program (the codebook)."""
    return {
        cell
        for file in ROOT.rglob("*.csv")
        for line in file.read_text(encoding="utf-8").splitlines()
        for cell in line.replace('"', "").split(",")
    }


def _read(file: Path) -> dict[str, str]:
    def unique(pairs):
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"{file.name}: a sentence twice"
        return dict(pairs)

    return json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=unique)


def test_a_sentence_is_translated_with_what_fills_it():
    inner = say("{low} to {high}", low=3, high=10)
    text = listed([inner, "not stated"])
    assert text == "3 to 10; not stated"
    assert translate(text, "ja") == "3～10；記載なし"
    assert translate(text, "zh-Hans") == "3 至 10；未说明"
    assert translate(text, "en") == text


def test_a_sentence_no_catalogue_knows_stays_whole_and_english():
    text = say("colour {name} of 77", name="not stated")
    assert translate(text, "ja") == "colour not stated of 77"
    assert not is_known(text, "ja")
    assert translate(sentences("not stated", text), "ja") == "記載なしcolour not stated of 77"


def test_joins_of_each_language():
    two = sentences(sentence("not stated"), sentence("not stated"))
    assert two == "Not stated. Not stated."
    assert translate(two, "ja") == "記載なし。記載なし。"
    assert translate(clause(two), "zh") == "未说明。未说明"
    assert translate(capital("not stated"), "zh") == "未说明"
    assert translate(listed(["a", "b"], ", "), "ja") == "a、b"


def test_places_in_words_are_not_filled_again():
    hostile = say("{low} to {high}", low="{high}", high="{low.__class__}")
    assert hostile == "{high} to {low.__class__}"
    assert translate(hostile, "ja") == "{high}～{low.__class__}"


def test_copies_keep_how_they_were_made():
    text = say_n(2, "{n} person", "{n} people")
    for again in (pickle.loads(pickle.dumps(text)), copy.deepcopy(text), copy.copy(text)):
        assert isinstance(again, Message)
        assert translate(again, "ja") == "2人"


def test_a_language_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="en, ja, zh"):
        translate("x", "fr")
