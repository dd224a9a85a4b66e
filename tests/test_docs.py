"""The site of docs/: every example on it is run, and it is built without a broken link."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from docs_site import built_site  # noqa: F401

import evidence

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "hooks"))

import page_examples  # noqa: E402
import reference_pages  # noqa: E402

PAGES = sorted(DOCS.rglob("*.md"))


def named(path):
    return path.relative_to(DOCS).as_posix()


# ------------------------------------------------------------------------------ examples


@pytest.mark.parametrize("path", page_examples.pages(), ids=named)
def test_commands_on_a_page_print_what_it_shows(path):
    wrong = [
        f"$ {command.typed}\n--- shown\n{command.shown}--- printed\n{command.printed}"
        for _, some in page_examples.run(path.read_text("utf-8"))
        for command in some
        if not command.agrees
    ]
    assert not wrong, "\n".join([*wrong, "python docs/hooks/page_examples.py --write renews them"])


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_block_of_a_page_is_one_that_is_run(path):
    """Commands and Python run; files are read by them; make's targets are there."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for block in page_examples.blocks(path.read_text("utf-8")):
        lines = [line for line in block.text.splitlines() if line.strip()]
        if block.language == "python":
            assert lines[0].startswith(">>> "), f"not run: {block.text}"
        elif block.language == "sh":
            assert {line.split()[0] for line in lines} == {"make"}
            assert {line.split()[1] for line in lines} <= targets
        else:
            assert block.language in ("console", "r") or block.title, f"not run: {block.text}"


def test_the_script_in_r_prints_the_figures_beside_it(tmp_path):
    if not (program := shutil.which("Rscript")):
        pytest.skip("no Rscript on the PATH")
    page = (DOCS / "how-to" / "researcher.md").read_text("utf-8")
    (script,) = (one.text for one in page_examples.blocks(page) if one.language == "r")
    page_examples.lay_out(tmp_path, page)
    done = subprocess.run(
        [program, "-"], input=script, cwd=tmp_path, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    if "there is no package called" in done.stderr:
        pytest.skip("R is here, metafor is not")
    assert done.returncode == 0, done.stderr
    (shown,) = re.findall(r"^\[(-0\.7145, .*)\]$", page, re.MULTILINE)
    assert [float(x) for x in done.stdout.split()] == [float(x) for x in shown.split(",")]


def test_a_page_that_is_out_of_date_is_found_and_renewed():
    page = "```console\n$ echo a; echo b; echo c\nx\n…\nc\n```\n"
    ((_, (command,)),) = page_examples.run(page)
    assert not command.agrees
    assert page_examples.written(page) == page.replace("\nx\n", "\na\n")


# ------------------------------------------------------------------------------ reference


def test_every_public_name_has_its_place_in_the_reference():
    shown = re.findall(r"^::: (\S+)$", "".join(reference_pages.pages().values()), re.MULTILINE)
    assert sorted(shown) == sorted(f"{home}.{name}" for name, home in evidence._HOMES.items())


def test_every_command_code_and_column_is_in_the_reference():
    from evidence.cli.app import COMMANDS
    from evidence.records.codebook import columns
    from evidence.records.codes import CODES

    pages = reference_pages.pages()
    for name in COMMANDS:
        assert f"## evidence {name}\n" in pages["reference/commands.md"]
    for code in CODES:
        assert f"### {code}: " in pages["reference/codes.md"]
    for scope in ("wide", "long", "claims"):
        for column in columns(scope):
            assert f"| `{column.name}` |" in pages["reference/columns.md"]


# ------------------------------------------------------------------------------ the site


class Asked(HTMLParser):
    """What a page loads by itself, and where its links lead."""

    def __init__(self):
        super().__init__()
        self.loads, self.links, self.ids = [], [], set()

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "link" and given.get("rel") in ("canonical", "next", "prev"):
            return
        else:
            self.loads += [
                given[name] for name in ("src", "href", "srcset", "data") if name in given
            ]


@pytest.fixture(scope="module")
def site(built_site):  # noqa: F811
    pages = {}
    for path in sorted(built_site.rglob("*.html")):
        if path.parent.name != "examples":  # a report: its own tests see to it
            pages[path] = Asked()
            pages[path].feed(path.read_text("utf-8"))
    return pages


@pytest.mark.slow
def test_no_page_loads_anything_from_elsewhere(site):
    assert len(site) > 60
    for path, page in site.items():
        for address in page.loads:
            assert address.startswith("data:") or not urlsplit(address).netloc, (path, address)


@pytest.mark.slow
def test_style_sheets_load_nothing_from_elsewhere(built_site):  # noqa: F811
    sheets = list(built_site.rglob("*.css"))
    assert len(sheets) > 2
    for path in sheets:
        found = re.findall(
            r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^)\"']*", path.read_text("utf-8")
        )
        assert not found, path


@pytest.mark.slow
def test_every_link_inside_the_site_leads_somewhere(site, built_site):  # noqa: F811
    """Pages that were made are seen too, which mkdocs does not promise."""
    for path, page in site.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            if path.name == "404.html":  # it does not know where it is shown from
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert there.is_file(), (path.relative_to(built_site), link)
            if parts.fragment and there in site:
                assert unquote(parts.fragment) in site[there].ids, (path, link)


@pytest.mark.slow
def test_notebooks_are_shown_as_they_ran(built_site):  # noqa: F811
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert notebooks
    for name in notebooks:
        page = (built_site / "notebooks" / f"{name}.html").read_text("utf-8")
        assert '<div class="output"' in page
        assert "Traceback" not in page
