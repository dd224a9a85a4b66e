"""What each command ends with, and one line of reason on standard error for each fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.__main__ import main
from evidence.cli import doctor

HEAD = "study,outcome,design,comparator,n_t,n_c,mean_t,mean_c,sd_t,sd_c,direction\n"
GOOD = "Kim 2019,TEWL,parallel,vehicle,40,41,12.1,14.0,3.2,3.5,lower\n"
BAD = "Li 2020,TEWL,parallel,vehicle,4O,41,12.1,14.0,3.2,3.5,lower\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("good.csv").write_text(HEAD + GOOD)
    Path("bad.csv").write_text(HEAD + GOOD + BAD)
    Path("useless.csv").write_text(HEAD + BAD)
    Path("claims.csv").write_text("id,text\nC1,reduces water loss\n")
    Path("effects.csv").write_text("study,yi,vi\na,0.1,0.02\nb,0.3,0.03\nc,0.8,0.05\n")
    Path("notes.txt").write_text("hello")


def case(typed, status, says=""):
    return pytest.param(typed.split(), status, says, id=f"{status} {typed[:44]}")


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        case("check good.csv", 0),
        case("score good.csv", 0),
        case("score --design in-vitro --n 6", 0),  # a refusal with its reason is an answer
        case("pool effects.csv", 0),
        case("explain EV305", 0),
        case("schema", 0),
        case("init made", 0),
        case("check bad.csv", 1),
        case("score bad.csv", 1, "EV214"),
        case("pool bad.csv", 1, "EV214"),
        case("check bad.csv --fail-on never", 0),
        case("score bad.csv --fail-on never", 0, "EV214"),
        case("check useless.csv", 2, "EV109"),
        case("score useless.csv", 2, "EV109"),
        case("pool useless.csv", 2, "EV109"),
        case("check nothing.csv", 2, "nothing.csv"),
        case("score nothing.csv", 2, "nothing.csv"),
        case("score", 2, "nothing to score"),
        case("score good.csv --n 40", 2, "exclude each other"),
        case("score --lower-is-better --higher-is-better", 2, "exclude each other"),
        case("pool", 2, "name a file"),
        case("pool effects.csv --by typ", 2, "no such column"),
        case("pool effects.csv --by stdy", 2, "Did you mean 'study'?"),
        case("pool effects.csv --tau2 RELM", 2, "Did you mean 'REML'?"),
        case("pool effects.csv --tets z", 2, "Did you mean '--test'?"),
        case("check good.csv --formt json", 2, "Did you mean '--format'?"),
        case("check good.csv --format jsn", 2, 'Did you mean "json"?'),
        case("score --desing parallel", 2, "Did you mean --design?"),
        case("score --design paralel", 2, 'Did you mean "parallel"?'),
        case("score good.csv --lang jaa", 2, 'Did you mean "ja"?'),
        case("chekc good.csv", 2, "Did you mean 'check'?"),
        case("explain derivd", 2, "Did you mean 'derived'?"),
        case("explain kim2018 --file good.csv", 2, "Did you mean 'Kim 2019'"),
        case("report good.csv -o r.md", 2, "--claims FILE or --claim TEXT"),
        case("report good.csv --claim x -o r.txt", 2, "is not one of .html"),
        case("report good.csv --claim x", 2, "--output"),
        case("report nothing.csv --claim x -o r.md", 2, "nothing.csv"),
        case("batch effects.csv -o p.parquet --group study", 2, "effects.csv"),
        case("schema --table studes", 2, 'Did you mean "studies"?'),
        case("explain EV305 -o no/x.txt", 2, "there is no folder"),
        case("score good.csv --config no.toml", 2, "no such settings file"),
    ],
)
def test_exit_status(words, status, says, capsys):
    assert main(words) == status
    heard = capsys.readouterr().err
    assert says in heard
    assert "Traceback" not in heard
    assert "this is a bug" not in heard
    if status == 2:
        assert heard.startswith("evidence: ")
        assert heard.count("\n") == 1


def test_a_missing_piece_is_3_and_named(monkeypatch, capsys):
    gone = doctor.Piece(name="pdf", extra="report", modules={"no_such_x": "typst"}, allows="PDF")
    monkeypatch.setattr(doctor, "PIECES", (gone,))
    monkeypatch.setattr(doctor, "cjk_font", lambda: "DroidSansFallback.ttf")
    assert main(["doctor"]) == 3
    assert "typst missing" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "PIECES", ())
    assert main(["doctor"]) == 0
    monkeypatch.setattr(doctor, "cjk_font", lambda: None)
    assert main(["doctor"]) == 3
    assert "apt install fonts-droid-fallback" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "score", "pool"])
def test_an_interruption_is_130_and_silent(command, monkeypatch, capsys):
    def stopped(*_args, **_named):
        raise KeyboardInterrupt

    monkeypatch.setattr("evidence.ingest.read.read", stopped)
    monkeypatch.setattr("evidence.ingest.read.read_any", stopped)
    assert main([command, "good.csv"]) == 130
    assert capsys.readouterr() == ("", "")
