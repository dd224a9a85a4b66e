"""What a terminal shows: tables that fit it, colour, wide characters, nothing it would obey."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import pytest

from evidence.cli import terminal
from evidence.cli.lines import Line, told, width_of, wrap

pty = pytest.importorskip("pty", reason="terminals of POSIX")

ROOT = Path(__file__).parents[2]
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HEAD = "study,row_id,outcome,design,comparator,n_t,n_c,mean_t,mean_c,sd_t,sd_c,direction\n"
ROWS = (
    "Kim 2019,kim_1,TEWL,parallel,vehicle,40,41,12.1,14.0,3.2,3.5,lower\n"
    "佐藤 2021,sato_1,経皮水分蒸散量,parallel,vehicle,30,28,12.4,13.2,3.1,3.0,lower\n"
    "[red]Roy[/red],\x1b[31mroy\x07,TEWL,parallel,vehicle,55,52,11.8,13.6,3.4,3.6,lower\n"
)


def shown(*words, columns=100, folder=None, term="xterm-256color", **environment):
    """What arrives on the screen of a terminal, and the exit status."""
    import fcntl
    import struct
    import termios

    kept = {n: v for n, v in os.environ.items() if not n.startswith("EVIDENCE_")}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        kept.pop(name, None)
    kept |= {"TERM": term, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment}
    child, screen = pty.fork()
    if not child:  # the program, in a terminal of its own
        os.chdir(folder or ROOT)
        os.read(0, 1)  # until the size is set
        # an environment of its own: readline leaves COLUMNS in that of this process
        os.execve(sys.executable, [sys.executable, "-m", "evidence", *words], kept)
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    settings = termios.tcgetattr(screen)
    settings[3] &= ~termios.ECHO
    termios.tcsetattr(screen, termios.TCSANOW, settings)
    os.write(screen, b"\n")
    seen = b""
    while True:
        try:
            part = os.read(screen, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
    _, status = os.waitpid(child, 0)
    os.close(screen)
    return seen.decode("utf-8").replace("\r\n", "\n"), os.waitstatus_to_exitcode(status)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("terminal")
    (made / "studies.csv").write_text(HEAD + ROWS, encoding="utf-8")
    (made / "bad.csv").write_text(HEAD + ROWS.replace("40,41", "4O,41"), encoding="utf-8")
    return made


FLAGS = "--design single-arm --n 50 --weeks 12 --change -20% --lower-is-better --kind instrument"
COMMANDS = (
    ("check", "bad.csv", "--signals"),
    ("score", "studies.csv"),
    ("score", *FLAGS.split(), "--outcome", "wrinkle depth", "--explain"),
    ("pool", "studies.csv", "--by", "outcome"),
    ("explain", "EV305", "ci_low", "HKSJ"),
    ("explain", "kim_1", "--file", "studies.csv"),
    ("doctor",),
    ("schema", "--format", "table", "--table", "claims"),
)


@pytest.mark.parametrize("columns", [100, 60])
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words)[:28])
def test_nothing_is_wider_than_the_terminal(words, columns, folder):
    text, _ = shown(*words, columns=columns, folder=folder)
    plain = CODES.sub("", text)
    assert plain.strip()
    # a path or an address is not broken: such a word may stand out alone
    for line in plain.splitlines():
        assert width_of(line.rstrip()) <= columns or len(line.split()) == 1, line


def test_a_table_has_rules_and_bold_names_where_it_fits(folder):
    text, status = shown("score", "studies.csv", columns=120, folder=folder)
    assert status == 0
    lines = CODES.sub("", text).splitlines()
    header = next(line for line in lines if line.startswith("study"))
    assert "reliability" in header
    assert set(lines[lines.index(header) + 1]) == {"─"}
    assert "\x1b[1m" in text
    # wide characters: the next column begins at the same place in every row
    rows = [line for line in lines if re.match(r"Kim|佐藤", line)]
    starts = {
        width_of(line[: line.index(name)]) for line, name in zip(rows, ("kim", "sato"), strict=True)
    }
    assert len(rows) == 2
    assert len(starts) == 1


def test_a_table_that_does_not_fit_is_shown_row_by_row(folder):
    lines = CODES.sub("", shown("score", "studies.csv", columns=60, folder=folder)[0]).splitlines()
    assert "study        Kim 2019" in lines
    assert any(re.match(r"reliability  \d", line) for line in lines)


@pytest.mark.parametrize("columns", [120, 60])
def test_text_of_a_file_is_neither_markup_nor_control(columns, folder):
    text, _ = shown("score", "studies.csv", columns=columns, folder=folder)
    assert "[red]Roy[/red]" in CODES.sub("", text)
    assert "\x1b[31m" not in text
    assert "\x07" not in text


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("doctor",), {"NO_COLOR": "1"}),
        (("doctor",), {"term": "dumb"}),
        (("doctor", "--no-color"), {}),
        (("--no-color", "--help"), {}),
        (("--help",), {"NO_COLOR": "1"}),
        (("score", "studies.csv"), {"NO_COLOR": "1"}),
    ],
    ids=str,
)
def test_plain_text_where_it_is_asked_for(words, environment, folder):
    text, _ = shown(*words, folder=folder, **environment)
    assert text.strip()
    assert "\x1b" not in text
    assert not set(text) & set("─│╭╮━")


def test_a_file_gets_no_colour(folder):
    _, status = shown("score", "studies.csv", "-o", "out.txt", folder=folder)
    assert status == 0
    assert "\x1b" not in (folder / "out.txt").read_text(encoding="utf-8")


def test_a_sign_of_life_only_in_a_terminal_and_only_when_it_takes_long(monkeypatch, capsys):
    started = []
    monkeypatch.setattr(terminal, "PATIENCE", 0.05)
    monkeypatch.setattr(terminal, "_sign_of_life", lambda what: started.append(what) or _Sign())
    monkeypatch.setattr(terminal, "is_terminal", lambda stream=None: True)
    with terminal.waiting("checking"):
        pass
    assert started == []
    with terminal.waiting("checking", quiet=True):
        time.sleep(0.2)
    assert started == []
    with terminal.waiting("checking"):
        time.sleep(0.2)
    assert started == ["checking"]
    assert _Sign.stopped == 1
    monkeypatch.setattr(terminal, "is_terminal", lambda stream=None: False)
    with terminal.waiting("checking"):
        time.sleep(0.2)
    assert started == ["checking"]
    assert capsys.readouterr() == ("", "")


class _Sign:
    stopped = 0

    def stop(self):
        _Sign.stopped += 1


def test_lines_wrap_beside_their_title_and_keep_the_percent_sign():
    text = told([Line("a change of −20.0 % was seen in the arm", "from baseline")], 34)
    assert text == (
        "from baseline    a change of\n"
        "                 −20.0 % was seen\n"
        "                 in the arm\n"
    )  # fmt: skip


@pytest.mark.parametrize("width", range(4, 30))
def test_east_asian_text_breaks_anywhere_but_before_a_closing_mark(width):
    text = "対照群がない（前後比較）。変化は「製品」だけの効果ではない、と読む。"
    lines = wrap(text, width)
    assert "".join(lines) == text
    assert all(line[0] not in "、。）」" for line in lines)
    assert all(line[-1] not in "（「" for line in lines)
    # a closing mark stays with the character before it, which may cost two columns more
    assert all(width_of(line) <= max(width, 6) for line in lines)
