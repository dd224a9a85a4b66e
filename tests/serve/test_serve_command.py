"""`evidence serve` as a program: its address, its port, its end."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import webbrowser
from urllib.parse import urlsplit

import pytest
from serving import serving

from evidence.__main__ import main
from evidence.cli import serve as command
from evidence.cli import settings


@contextlib.contextmanager
def running(*words, cwd):
    with subprocess.Popen(
        [sys.executable, "-m", "evidence", "serve", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=cwd,
    ) as process:
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def ask(url):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    connection.request("GET", parts.path)
    return connection.getresponse().status


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_the_address_is_printed_and_ctrl_c_ends_it_and_frees_the_port(tmp_path):
    with running("--port", "0", cwd=tmp_path) as (process, url):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
        assert ask(url) == 200
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert told == "evidence serve: for this computer alone; Ctrl-C stops it\n"
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", urlsplit(url).port))


def test_a_port_in_use_is_one_line_and_exit_2(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert heard.err.startswith(f"evidence: port {port} cannot be had: ")
    assert "name another with --port" in heard.err
    assert heard.err.count("\n") == 1


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_is_none_is_refused(capsys, port):
    assert main(["serve", "--port", port]) == 2
    assert "0 to 65535" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_refused(capsys, tmp_path):
    assert main(["serve", str(tmp_path / "none")]) == 2
    assert "there is no such folder" in capsys.readouterr().err


def test_no_option_makes_it_listen_elsewhere(capsys):
    assert main(["serve", "--host", "0.0.0.0"]) == 2
    assert "--host" in capsys.readouterr().err


@pytest.fixture
def opened(monkeypatch):
    """Addresses that a browser was opened at; the server stops at once."""
    from evidence.serve.server import Server

    def stop(*_, **__):
        raise KeyboardInterrupt

    found = []
    monkeypatch.setattr(webbrowser, "open", found.append)
    monkeypatch.setattr(Server, "serve_forever", stop)
    return found


@pytest.mark.parametrize(
    ("words", "desktop", "opens"),
    [([], False, 0), ([], True, 1), (["--open"], False, 1), (["--no-open"], True, 0)],
)
def test_a_browser_opens_when_asked_or_on_a_desktop(
    opened, monkeypatch, capsys, words, desktop, opens
):
    monkeypatch.setattr(command, "_has_desktop", lambda: desktop)
    assert main(["serve", "--port", "0", *words]) == 130
    assert len(opened) == opens
    assert [url + "\n" for url in opened] in ([], [capsys.readouterr().out])


def test_a_pipe_is_no_desktop(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    assert not command._has_desktop()


def test_the_help_names_the_command(capsys):
    assert main(["serve", "--help"]) == 0
    told = capsys.readouterr().out
    assert "127.0.0.1" in told
    assert "evidence serve reports --port 0" in told


def test_help_costs_no_server_and_no_templates():
    code = (
        "import sys; from evidence.__main__ import main; main(['serve', '--help']); "
        "sys.exit(bool({'http.server', 'jinja2', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0


def test_settings_hold_on_the_page_as_they_do_on_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evidence.toml").write_text(
        'bias_set = "metablind"\n[score]\na_scale = "skin_trials"\n'
    )
    (tmp_path / "a.csv").write_text("study,outcome,n_t,pct_change_t\nA,wrinkles,50,-20\n")
    with serving(tmp_path, settings.find()) as site:
        assert '<option value="metablind" selected>' in site.get("/score").text
        page = site.post("/score", [("design", "single-arm"), ("n", "50"), ("change", "-20%")])
        assert page.element("command") == "evidence score --design single-arm --n 50 --change -20%"
        assert main([*page.element("command").split()[1:], "--json"]) == 0
        assert page.element("json") == (printed := capsys.readouterr().out)
        assert json.loads(printed)["reliability"]["bias_set"] == "metablind"
        assert json.loads(printed)["reliability"]["a_scale"] == "skin_trials"
        other = [("design", "single-arm"), ("n", "50"), ("change", "-20%"), ("bias_set", "none")]
        assert site.post("/score", other).element("command").endswith(" --bias-set none")
        found = site.checked([("studies", "a.csv", (tmp_path / "a.csv").read_bytes())],
                             [("claim", "reduces wrinkles by 20 % in 8 weeks")])  # fmt: skip
        report = site.get(found.text.partition('main" href="')[2].partition('"')[0]).text
    main(
        [
            "report",
            "a.csv",
            "--claim",
            "reduces wrinkles by 20 % in 8 weeks",
            "-o",
            "report.html",
            "-q",
        ]
    )
    assert report == (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "--bias-set metablind" in report


def test_ipv6_where_there_is_no_ipv4(tmp_path, monkeypatch):
    import errno

    from evidence.serve import server
    from evidence.serve.site import Site

    if not socket.has_ipv6:
        pytest.skip("needs IPv6")

    def bind(self, address):
        if self.family == socket.AF_INET:
            raise OSError(errno.EADDRNOTAVAIL, "no IPv4")
        return real(self, address)

    real = socket.socket.bind
    monkeypatch.setattr(server.socket.socket, "bind", bind, raising=False)
    try:
        listening = server.serve(Site(folder=tmp_path, verbs=command.verbs()))
    except server.ServeError:
        pytest.skip("needs IPv6")
    with listening:
        assert listening.socket.getsockname()[0] == "::1"
        assert listening.url == f"http://[::1]:{listening.port}/"
