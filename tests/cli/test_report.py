"""`evidence report`: one ordinary command from anybody's files to one file anybody can open."""

from __future__ import annotations

import csv
import html
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evidence.__main__ import main

DATA = Path(__file__).parents[2] / "datasets"
TABLES = sorted(str(path) for path in (DATA / "meta_tables").glob("*.csv"))
AUDIT = [
    "report",
    str(DATA / "cosmetic_trials.csv"),
    *TABLES,
    "--claims",
    str(DATA / "article_claims.csv"),
]


class Page(HTMLParser):
    """Ids, words, and whatever a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.ids, self.fetched, self.words = [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"])
        for name in ("src", "srcset", "poster", "data", "action"):
            if found.get(name):
                self.fetched.append(found[name])
        if tag in ("link", "iframe", "object", "embed", "base"):
            self.fetched.append(tag)

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit")
    out = folder / "build" / "report.html"
    assert main([*AUDIT, "-o", str(out), "-q"]) == 0
    page = Page()
    text = out.read_text(encoding="utf-8")
    page.feed(text)
    return out, text, page


def claims():
    with (DATA / "article_claims.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_claim_has_its_own_place_once(audit):
    _, _, page = audit
    wanted = [f"claim-{row['claim_id']}" for row in claims()]
    assert len(wanted) == 97
    assert sorted(i for i in page.ids if i.startswith("claim-")) == sorted(wanted)
    assert len(page.ids) == len(set(page.ids))


def test_every_study_has_its_own_place_once(audit):
    _, _, page = audit
    assert sum(name.startswith("study-") for name in page.ids) == 90


def test_nothing_is_fetched_and_no_folder_of_this_machine_is_told(audit):
    _, text, page = audit
    assert page.fetched == []
    assert "default-src 'none'" in html.unescape(text)
    assert str(DATA.parent) not in text
    assert not re.search(r"url\(\s*['\"]?(https?:)?//", text)


def test_the_three_claims_with_study_data_get_the_full_treatment(audit):
    _, _, page = audit
    words = " ".join("".join(page.words).split())
    for claim, score in (("L49", "12 of 100 (range 7–32)"), ("L50", "7 of 100 (range 4–21)")):
        assert f"{claim}: where the points went" in words
        assert f"{claim}: what would raise the score" in words
        assert f"{claim}: claimed and expected" in words
        assert score in words
    assert "No pooled estimate" in words


def test_the_same_input_gives_the_same_bytes(audit, tmp_path):
    out, _, _ = audit
    again = tmp_path / "build" / "report.html"
    assert main([*AUDIT, "-o", str(again), "-q"]) == 0
    strip = re.compile(rb"-o [^<&]*report\.html")
    first, second = (strip.sub(b"", path.read_bytes()) for path in (out, again))
    assert first == second


def test_markdown_and_json_say_the_same(audit, tmp_path):
    for suffix in (".md", ".json"):
        assert main([*AUDIT, "-o", str(tmp_path / f"r{suffix}"), "-q"]) == 0
    text = (tmp_path / "r.md").read_text(encoding="utf-8")
    data = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert data["schema"] == "evidence/report/1"
    assert data["verdict"] in text
    assert "L49" in text


def test_progress_and_the_path_are_told(tmp_path, capsys):
    out = tmp_path / "r.html"
    assert main([*AUDIT[:2], "--claims", AUDIT[-1], "-o", str(out)]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "180 rows read, 180 used, 0 set aside" in told.err
    assert f"report: {out}" in told.err


HOSTILE = '<script>alert(1)</script> & "x" =cmd()'


def test_what_users_write_is_text(tmp_path):
    studies, listed = tmp_path / "s.csv", tmp_path / "c.csv"
    with studies.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [
                ["study", "product", "active", "outcome", "n_t", "n_c", "comparator"],
                [HOSTILE, "retinol serum", "retinol 0.1%", "wrinkle depth", 20, 20, "vehicle"],
            ]
        )
    with listed.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["id", "text", "ingredient", "outcome"], ["A", HOSTILE, "retinol", "wrinkle depth"]]
        )
    out = tmp_path / "r.html"
    assert main(["report", str(studies), "--claims", str(listed), "-o", str(out), "-q"]) == 0
    text = out.read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_one_claim_in_words(tmp_path):
    out = tmp_path / "r.md"
    words = "reduces wrinkle depth by 20 % in 12 weeks with 0.1 % retinol, 50 women"
    assert main(["report", AUDIT[1], "--claim", words, "-o", str(out), "-q"]) == 0
    text = out.read_text(encoding="utf-8")
    assert words in text
    assert "Reliability" in text


@pytest.mark.parametrize(("name", "start"), [("r.pdf", b"%PDF-"), ("r.docx", b"PK")])
def test_the_same_command_writes_paper(tmp_path, name, start):
    out = tmp_path / name
    words = "reduces wrinkle depth by 20 % in 12 weeks with 0.1 % retinol, 50 women"
    assert main(["report", AUDIT[1], "--claim", words, "-o", str(out), "-q"]) == 0
    assert out.read_bytes().startswith(start)


def test_without_its_package_a_pdf_is_refused_before_any_work(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    assert main(["report", "nowhere.csv", "--claim", "x", "-o", str(tmp_path / "r.pdf")]) == 3
    assert "claims-evidence[report]" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


BAD = {
    "no claims": ([AUDIT[1]], "r.html", "--claims"),
    "two kinds of claims": ([AUDIT[1], "--claim", "x", "--claims", AUDIT[-1]], "r.html", "either"),
    "unknown suffix": ([AUDIT[1], "--claim", "x"], "r.txt", ".html"),
    "only published tables": ([TABLES[0], "--claim", "x"], "r.html", "no study"),
    "a missing file": (["nowhere.csv", "--claim", "x"], "r.html", "nowhere.csv"),
    "the same file twice": ([AUDIT[1], AUDIT[1], "--claim", "x"], "r.html", "more than one file"),
    "an empty claim": ([AUDIT[1], "--claim", " "], "r.html", "no words"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_one_line_and_writes_nothing(name, tmp_path, capsys):
    words, target, says = BAD[name]
    out = tmp_path / target
    assert main(["report", *words, "-o", str(out), "-q"]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert "Traceback" not in told
    assert not out.exists()
