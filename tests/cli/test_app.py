"""The frame: exit statuses, one-line errors, settings, and what reaches the terminal."""

import importlib
import os
import signal
import subprocess
import sys
import time
import warnings
from typing import get_args, get_type_hints

import pytest
from cyclopts import Parameter

from evidence.__main__ import main
from evidence.cli import app
from evidence.cli.options import exit_status
from evidence.errors import EvidenceError, RecordError


@pytest.fixture(autouse=True)
def _nobody_else_s_settings(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("EVIDENCE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def evidence(*words, stdin=None, **environment):
    """Run the program as a user does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "evidence", *words],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        check=False,
    )


def failing(error):
    def run(_tokens):
        raise error

    return run


# ---------------------------------------------------------------- help and version


def test_help_lists_every_command_and_real_examples(capsys):
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    for name, row in app.COMMANDS.items():
        assert f"  {name}: {row.does}" in printed
        assert row.examples[0] in printed


def test_no_words_at_all_is_a_question_for_help(capsys):
    assert main([]) == 0
    assert "Usage: evidence" in capsys.readouterr().out


def test_version(capsys):
    import evidence as package

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"evidence {package.__version__}\n"


def test_help_of_one_command_shows_its_own_examples(capsys):
    assert main(["explain", "--help"]) == 0
    printed = capsys.readouterr().out
    assert "evidence explain EV305" in printed
    assert "evidence report" not in printed
    assert "--format" in printed


def test_examples_of_the_help_are_shown_with_commands_that_exist():
    for name, row in app.COMMANDS.items():
        assert all(line.startswith((f"evidence {name}", "    ")) for line in row.examples)
        assert row.path == f"evidence.cli.{name}:{name}"


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_option_says_what_it_does(name, capsys):
    module, _, function = app.COMMANDS[name].path.partition(":")
    command = getattr(importlib.import_module(module), function)
    assert command.__doc__
    for option, hint in get_type_hints(command, include_extras=True).items():
        if option == "return":
            continue
        helps = [part.help for part in get_args(hint) if isinstance(part, Parameter)]
        assert any(helps), f"{name}: {option}"
    main([name, "--help"])
    printed = capsys.readouterr().out
    assert "default: ()" not in printed
    assert 'default: ""' not in printed
    assert "Examples:" in printed


@pytest.mark.parametrize("words", [("--help",), ("explain", "derived"), ("schema",)])
def test_a_pipe_gets_plain_text(words):
    done = evidence(*words, FORCE_COLOR="", TERM="xterm-256color")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr


# ---------------------------------------------------------------- errors


def test_an_error_raised_on_purpose_is_one_line_and_its_exit_code(monkeypatch, capsys):
    class PickyError(EvidenceError):
        exit_code = 3

    monkeypatch.setattr(app, "run", failing(PickyError("Kim 2019: no control SD")))
    assert main(["score"]) == 3
    heard = capsys.readouterr()
    assert heard.err == "evidence: Kim 2019: no control SD\n"
    assert heard.out == ""


def test_control_characters_of_a_file_do_not_reach_the_terminal_in_an_error(monkeypatch, capsys):
    trap = "\x1b]0;owned\x07\u202e\x9b2J"
    monkeypatch.setattr(app, "run", failing(RecordError(f"bad cell {trap}", source="a.csv", row=3)))
    assert main(["score"]) == 2
    assert capsys.readouterr().err == (
        "evidence: a.csv:3: bad cell \\x1b]0;owned\\x07\\u202e\\x9b2J\n"
    )


def test_every_line_of_a_message_carries_the_name_of_the_program(monkeypatch, capsys):
    monkeypatch.setattr(app, "run", failing(EvidenceError("first reason\nsecond reason")))
    assert main([]) == 2
    assert capsys.readouterr().err == "evidence: first reason\nevidence: second reason\n"


def test_a_bug_says_that_it_is_one_and_how_to_see_more(monkeypatch, capsys):
    monkeypatch.setattr(app, "run", failing(ZeroDivisionError("float division\nby zero")))
    assert main([]) == 2
    heard = capsys.readouterr().err
    assert heard.startswith("evidence: ZeroDivisionError: float division by zero (this is a bug")
    assert "EVIDENCE_DEBUG=1" in heard
    assert "Traceback" not in heard
    assert heard.count("\n") == 1

    monkeypatch.setenv("EVIDENCE_DEBUG", "1")
    assert main([]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_missing_file_is_no_bug(monkeypatch, capsys):
    error = FileNotFoundError(2, "No such file or directory", "studies.csv")
    monkeypatch.setattr(app, "run", failing(error))
    assert main([]) == 2
    assert capsys.readouterr().err == "evidence: studies.csv: No such file or directory\n"


def test_a_missing_optional_package_is_exit_3_and_named(monkeypatch, capsys):
    lost = ImportError("Cannot import module")
    lost.__cause__ = ModuleNotFoundError("No module named 'docx.shared'", name="docx.shared")
    monkeypatch.setattr(app, "run", failing(lost))
    assert main([]) == 3
    assert "python-docx" in (heard := capsys.readouterr().err)
    assert "claims-evidence[report]" in heard


def test_a_module_of_ours_that_is_missing_is_a_bug(monkeypatch, capsys):
    monkeypatch.setattr(app, "run", failing(ModuleNotFoundError("evidence.x", name="evidence.x")))
    assert main([]) == 2
    assert "this is a bug" in capsys.readouterr().err


@pytest.mark.parametrize(("code", "status"), [(None, 0), (0, 0), (1, 1), ("no way", 2)])
def test_a_command_may_leave_by_systemexit(monkeypatch, capsys, code, status):
    monkeypatch.setattr(app, "run", failing(SystemExit(code)))
    assert main([]) == status
    assert capsys.readouterr().err == ("evidence: no way\n" if code == "no way" else "")


def test_a_warning_is_one_line_without_our_file_names(monkeypatch, capsys):
    def run(_tokens):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("n = 40 assumed to be people", stacklevel=1)
        return 0

    monkeypatch.setattr(app, "run", run)
    assert main([]) == 0
    assert capsys.readouterr().err == "evidence: warning: n = 40 assumed to be people\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["scroe"], "no command 'scroe'. Did you mean 'score'?"),
        (["doctor", "--fromat", "csv"], "--fromat. Did you mean --format? See evidence doctor"),
        (["doctor", "--format", "cvs"], 'Did you mean "csv"?'),
        (["--config"], "--config requires an argument"),
        (["xyzzy"], "There are init, check,"),
    ],
)
def test_words_that_cannot_be_used(capsys, words, says):
    assert main(words) == 2
    heard = capsys.readouterr().err
    assert says in heard
    assert heard.count("\n") == 1


def test_interrupting_is_130_and_silent(monkeypatch, capsys):
    monkeypatch.setattr(app, "run", failing(KeyboardInterrupt()))
    assert main([]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_running_command_can_be_interrupted():
    code = (
        "import sys, time; from evidence.cli import app; import evidence.__main__ as m\n"
        "app.run = lambda tokens: (print('ready', flush=True), time.sleep(60))\n"
        "sys.exit(m.main([]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout.readline() == b"ready\n"
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        _, heard = running.communicate(timeout=30)
    assert running.returncode == 130
    assert heard == b""


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_a_reader_that_leaves_early_gets_no_complaint():
    code = "from evidence.__main__ import main; from evidence.cli import app; import sys\n"
    code += "app.run = lambda tokens: print('x' * 1_000_000) or 0\nsys.exit(main([]))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        writer.stdout.read(1)
        writer.stdout.close()
        assert writer.stderr.read() == b""
    assert writer.returncode == 141


# ---------------------------------------------------------------- findings and exit status


@pytest.mark.parametrize(
    ("severities", "fail_on", "status"),
    [
        ((), "warning", 0),
        (("note",), "warning", 0),
        (("warning",), "error", 0),
        (("warning",), "warning", 1),
        (("note", "error"), "error", 1),
        (("error",), "never", 0),
    ],
)
def test_fail_on(severities, fail_on, status):
    assert exit_status(severities, fail_on) == status
