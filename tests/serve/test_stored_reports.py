"""Reports of a folder: ours alone, read-only, and no way out of the folder."""

import json
import os
import zipfile
from importlib.util import find_spec

import pytest
from serving import SECURE, calmly, serving

from evidence.report.document import CodeBlock, Document, Paragraph
from evidence.report.save import save
from evidence.serve.reports import LARGEST, report, reports_in

NAMES = {".html": "web page", ".md": "Markdown", ".json": "JSON"}
if find_spec("typst"):
    NAMES[".pdf"] = "PDF"
if find_spec("docx") and find_spec("typst"):
    NAMES[".docx"] = "Word"
MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
TITLE = "Reduces wrinkles by 20 %"


@pytest.fixture
def site(tmp_path):
    """A client of a server whose folder is `tmp_path`."""
    with calmly(tmp_path) as client:
        yield client


def document(**changes):
    given = {"title": TITLE, "made_by": "evidence 0.1.0", "blocks": (Paragraph("One study."),)}
    return Document(**{**given, **changes})


@pytest.fixture
def folder(tmp_path):
    """A folder with a report in every format."""
    for suffix in NAMES:
        save(document(), tmp_path / f"report{suffix}")
    return tmp_path


# ---------------------------------------------------------------- ours


def test_reports_of_every_format_are_listed_and_opened_as_they_are(folder, site):
    assert {row.name: row.kind for row in reports_in(folder)} == {
        f"report{suffix}": name for suffix, name in NAMES.items()
    }
    home = site.get("/").text
    for suffix in NAMES:
        assert f'href="/reports/report{suffix}"' in home
        answer = site.get(f"/reports/report{suffix}")
        assert answer.status == 200
        assert answer.headers["content-type"] == MEDIA[suffix]
        assert answer.body == (folder / f"report{suffix}").read_bytes()
        for name, value in SECURE.items():
            assert answer.headers[name] == value


def test_a_report_may_run_the_script_of_reports_and_no_other(folder, site):
    answer = site.get("/reports/report.html")
    policy = answer.headers["content-security-policy"]
    own = answer.text.partition("script-src &#39;")[2].partition("&#39;")[0]
    assert own.startswith("sha256-")
    assert f"script-src '{own}'" in policy
    for part in ("default-src 'none'", "form-action 'none'", "base-uri 'none'"):
        assert part in policy


@pytest.mark.parametrize("lang", ["en", "ja", "zh"])
@pytest.mark.parametrize("made_by", ["evidence", "evidence 0.1.0", "evidence 12.3.1rc1"])
def test_reports_of_every_language_and_version_are_ours(tmp_path, lang, made_by):
    for suffix in (".html", ".md", ".json"):
        save(document(lang=lang, made_by=made_by), tmp_path / f"a{suffix}")
    assert len(reports_in(tmp_path)) == 3


def test_newest_first_and_names_are_escaped(tmp_path, site):
    for i, name in enumerate(["old.html", "<b>&\"'#?%2e.html", "neu ü 新.html"]):
        save(document(), tmp_path / name)
        os.utime(tmp_path / name, (1e9 + i * 1e6, 1e9 + i * 1e6))
    assert [row.name[:3] for row in reports_in(tmp_path)] == ["neu", "<b>", "old"]
    home = site.get("/").text
    assert "&lt;b&gt;&amp;&quot;&#39;#?%2e.html</a>" in home
    assert "<b>" not in home
    links = [part.partition('"')[0] for part in home.split('href="/reports/')[1:]]
    assert len(links) == 3
    for link in links:
        assert site.get(f"/reports/{link}").status == 200


def test_a_folder_that_went_away_is_an_empty_list(tmp_path, site):
    assert "There is no report in this folder yet" in site.get("/").text
    tmp_path.rmdir()
    assert "There is no report in this folder yet" in site.get("/").text
    assert site.get("/reports/report.html").status == 404
    tmp_path.mkdir()


# ---------------------------------------------------------------- not ours


def test_what_somebody_else_made_is_neither_listed_nor_opened(tmp_path, site):
    html = b"<!doctype html><html><head><title>x</title></head><body>evidence 0.1.0</body></html>"
    named = b'<meta name="generator" content="evidence 0.1.0">'
    with zipfile.ZipFile(tmp_path / "other.docx", "w") as packed:
        packed.writestr("docProps/core.xml", "<dc:creator>Anna</dc:creator>")
    with zipfile.ZipFile(tmp_path / "bare.docx", "w") as packed:
        packed.writestr("word/document.xml", "<dc:creator>evidence 0.1.0</dc:creator>")
    files = {
        "page.html": html,
        "late.html": html.replace(b"<body>", b"<style></style>" + named + b"<body>"),
        "far.html": html.replace(b"<head>", b"<head>" + b" " * 10_000 + named),
        "near.html": html.replace(b"<head>", b'<head><meta name="generator" content="evidence-x">'),
        "no-doctype.html": b"<html><head>" + named,
        "readme.md": b"# Notes\n\nWritten with evidence 0.1.0\n",
        "headless.md": b"Notes\n\nMade by evidence 0.1.0\n",
        "package.json": json.dumps({"schema": "evidence/report/1"}).encode(),
        "score.json": b'{\n "schema": "evidence/score/1"\n}\n',
        "inside.json": json.dumps({"a": {"schema": "evidence/report/1"}}, indent=1).encode(),
        "quoted.json": json.dumps({"a": '\n "schema": "evidence/report/1"'}, indent=1).encode(),
        "paper.pdf": b"%PDF-1.7\n/Author(Anna)/Creator(Typst 0.15)\n%%EOF\n",
        "text.pdf": b"/Author(evidence 0.1.0)/Creator(Typst 0.15)",
        "broken.docx": b"PK\x03\x04broken",
        "empty.html": b"",
        "empty.json": b"",
        "data.csv": b"study,outcome\n",
        "report.HTM": html,
        "evidence.toml": b"",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert reports_in(tmp_path) == []
    for name in [*files, "other.docx", "bare.docx"]:
        assert site.get(f"/reports/{name}").status == 404


def test_words_of_a_user_make_no_foreign_file_ours_and_none_of_ours_foreign(tmp_path):
    """The mark is looked for where a user's words cannot stand."""
    words = '"\n "schema": "evidence/report/1", Made by evidence 0.1.0 /Author(x)/Creator(Typst'
    for suffix in (".html", ".md", ".json"):
        save(document(title=words, blocks=(CodeBlock(words),)), tmp_path / f"a{suffix}")
        save(document(title=words, blocks=(CodeBlock(words),), made_by="other 1"),
             tmp_path / f"b{suffix}")  # fmt: skip
    found = {row.name for row in reports_in(tmp_path)}
    assert found == {"a.html", "a.md", "a.json"}


# ---------------------------------------------------------------- no way out


@pytest.fixture
def maze(tmp_path):
    """A folder beside a report that it must not reach."""
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    save(document(title="secret"), outside / "secret.html")
    save(document(title="secret"), tmp_path / "secret.html")
    save(document(), inside / "report.html")
    save(document(title="secret"), inside / ".hidden.html")
    (inside / "below").mkdir()
    save(document(title="secret"), inside / "below" / "secret.html")
    return inside


ESCAPES = [
    "../secret.html",
    "..%2fsecret.html",
    "%2e%2e/secret.html",
    "%2e%2e%2fsecret.html",
    "%2E%2E%5Csecret.html",
    "..\\secret.html",
    "..%5csecret.html",
    "../outside/secret.html",
    "%252e%252e%252fsecret.html",
    "..%c0%afsecret.html",
    "%uff0e%uff0e/secret.html",
    "./report.html",
    ".",
    "..",
    "%2e",
    "",
    ".hidden.html",
    "%2ehidden.html",
    "below/secret.html",
    "below%2fsecret.html",
    "below",
    "below/",
    "report.html/",
    "report.html%00",
    "report.html%00.html",
    "secret.html%00report.html",
    "report.html%0a",
    "report.html%20",
    "report.html.",
    "REPORT.HTML",
    "report.html:stream",
    "C:report.html",
    "C:%5creport.html",
    "~/secret.html",
    "*.html",
    "{outside}",
    "{encoded}",
    "file:{outside}",
]


@pytest.mark.parametrize("asked", ESCAPES)
def test_no_path_leads_out_of_the_folder(maze, asked):
    outside = str(maze.parent / "outside" / "secret.html")
    asked = asked.format(outside=outside, encoded=outside.replace("/", "%2F"))
    with serving(maze) as site:
        answer = site.ask("GET", f"/reports/{asked}")
        assert answer.status in (400, 404)
        assert b"secret" not in answer.body
        assert site.told == []


@pytest.mark.parametrize(
    "name",
    ["../secret.html", "below/secret.html", ".hidden.html", "", ".", "..", "\0", "/etc/x.md"],
)
def test_the_reader_itself_takes_a_name_of_the_folder_and_no_path(maze, name):
    assert report(maze, name) is None
    assert report(maze, str(maze.parent / "secret.html")) is None
    assert report(maze, "report.html") is not None


def test_only_plain_files_of_the_folder_itself_are_listed(maze):
    assert [row.name for row in reports_in(maze)] == ["report.html"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_links_are_not_followed_wherever_they_lead(maze):
    (maze / "out.html").symlink_to(maze.parent / "outside" / "secret.html")
    (maze / "in.html").symlink_to(maze / "report.html")
    (maze / "loop.html").symlink_to(maze / "loop.html")
    (maze / "folder.html").symlink_to(maze.parent / "outside")
    (maze / "gone.html").symlink_to(maze / "nothing")
    assert [row.name for row in reports_in(maze)] == ["report.html"]
    with serving(maze) as site:
        for name in ("out", "in", "loop", "folder", "gone"):
            assert site.get(f"/reports/{name}.html").status == 404
        assert site.get("/reports/folder.html/secret.html").status == 404


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_a_file_that_becomes_a_link_in_between_is_not_followed(maze, monkeypatch):
    from evidence.serve import reports

    monkeypatch.setattr(reports, "_names", lambda _: ["out.html"])
    (maze / "out.html").symlink_to(maze.parent / "outside" / "secret.html")
    assert report(maze, "out.html") is None
    assert reports_in(maze) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_or_a_folder_with_the_name_of_a_report_holds_nobody_up(maze):
    os.mkfifo(maze / "pipe.html")
    (maze / "dir.html").mkdir()
    assert [row.name for row in reports_in(maze)] == ["report.html"]
    assert report(maze, "pipe.html") is None
    assert report(maze, "dir.html") is None


def test_a_huge_file_is_left_alone(maze):
    with (maze / "huge.html").open("wb") as file:
        file.write((maze / "report.html").read_bytes())
        file.truncate(LARGEST + 1)
    assert [row.name for row in reports_in(maze)] == ["report.html"]


def test_a_served_folder_is_never_written_to(folder, site):
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    site.get("/")
    site.get("/reports/report.html")
    site.post("/score", [("design", "in-vitro"), ("n", "3")])
    site.checked([("studies", "report.html", b"study,outcome,n_t\nA,wrinkles,3\n")])
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
