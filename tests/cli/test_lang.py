"""`--lang`: people read their language, programs read English, and settings choose it too."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from evidence.__main__ import main

HEAD = "study,row_id,outcome,design,comparator,n_t,n_c,mean_t,mean_c,sd_t,sd_c,direction\n"
ROWS = (
    "Kim 2019,k1,TEWL,parallel,vehicle,40,41,12.1,14.0,3.2,3.5,lower\n"
    "Li 2020,l1,TEWL,parallel,vehicle,4O,41,12.1,14.0,3.2,3.5,lower\n"
    "Roy 2022,r1,TEWL,parallel,vehicle,55,52,11.8,13.6,3.4,3.6,lower\n"
)
FLAGS = "--design single-arm --n 50 --weeks 12 --change -20% --lower-is-better --kind instrument"
SCORE = ["score", *FLAGS.split(), "--outcome", "wrinkle depth", "--explain", "--standard", "jp"]
CJK = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("EVIDENCE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("studies.csv").write_text(HEAD + ROWS)


COMMANDS = (
    SCORE,
    ["score", "studies.csv"],
    ["check", "studies.csv"],
    ["pool", "studies.csv"],
    ["explain", "reliability", "derived", "supported"],
    ["explain", "k1", "--file", "studies.csv"],
    ["doctor"],
)


@pytest.mark.parametrize("lang", ["ja", "zh"])
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words)[:24])
def test_people_read_their_language(words, lang, capsys):
    status = main(words)
    english = capsys.readouterr()
    assert not CJK.search(english.out + english.err)
    assert main([*words, "--lang", lang]) == status
    heard = capsys.readouterr()
    assert CJK.search(heard.out)
    assert len(CJK.findall(heard.out)) > 15
    if english.err:
        assert CJK.search(heard.err)
    numbers = re.compile(r"\d+\.\d+")
    assert sorted(numbers.findall(heard.out)) == sorted(numbers.findall(english.out))


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("ja", ("信頼度", "ベースラインから", "導出値", "範囲のみ", "仮定：")),
        ("zh", ("可信度", "较基线", "推导值", "仅有界限", "假定：")),
    ],
)
def test_the_words_of_a_score(lang, words, capsys):
    main([*SCORE, "--lang", lang])
    printed = capsys.readouterr().out
    for word in words:
        assert word in printed


@pytest.mark.parametrize("lang", ["ja", "zh"])
@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
@pytest.mark.parametrize("words", COMMANDS[1:4], ids=lambda words: words[0])
def test_what_programs_read_stays_english(words, form, lang, capsys):
    main([*words, "--format", form])
    english = capsys.readouterr().out
    main([*words, "--format", form, "--lang", lang])
    assert capsys.readouterr().out == english


def test_help_says_that_json_stays_english(capsys):
    for command in ("score", "check", "pool", "explain", "doctor"):
        main([command, "--help"])
        flowed = " ".join(capsys.readouterr().out.split())
        assert "Language of the words for people; JSON and CSV of results stay English." in flowed


def test_a_setting_chooses_the_language(monkeypatch, capsys):
    title = {"en": "finding code", "ja": "指摘コード", "zh": "问题代码"}

    for lang, word in title.items():
        main(["explain", "EV214", "--lang", lang])
        assert word in capsys.readouterr().out
    Path("evidence.toml").write_text('lang = "zh"\n')
    main(["explain", "EV214"])
    assert title["zh"] in capsys.readouterr().out
    monkeypatch.setenv("EVIDENCE_LANG", "ja")
    main(["explain", "EV214"])
    assert title["ja"] in capsys.readouterr().out
    main(["explain", "EV214", "--lang", "en"])
    assert title["en"] in capsys.readouterr().out
    monkeypatch.setenv("EVIDENCE_LANG", "fr")
    assert main(["explain", "EV214"]) == 2
    assert "EVIDENCE_LANG" in capsys.readouterr().err


def test_the_language_ends_with_the_command(capsys):
    main(["explain", "EV214", "--lang", "ja"])
    capsys.readouterr()
    main(["explain", "EV214"])
    assert not CJK.search(capsys.readouterr().out)


def test_english_brings_no_catalogue(tmp_path):
    import subprocess

    code = (
        "import sys; from evidence.__main__ import main; from evidence.messages import catalogue\n"
        "main(['explain', 'EV214']); print(catalogue.cache_info().currsize)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-1] == "0"


def test_json_of_english_holds_no_other_language(capsys):
    main(["score", "studies.csv", "--json", "--lang", "ja"])
    tree = json.loads(capsys.readouterr().out)
    assert not CJK.search(json.dumps(tree, ensure_ascii=False))
