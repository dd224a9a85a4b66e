"""Files brought to the page: what is found in them, the report, and that nothing mixes or stays."""

import json
import re
import tempfile
import threading
from html import unescape
from importlib.util import find_spec
from pathlib import Path

import pytest
from serving import calmly

from evidence.__main__ import main
from evidence.serve import check_page, uploads
from evidence.serve.jobs import Jobs
from evidence.serve.parsing import shown_name

HEAD = (
    "study,outcome,unit,kind,week,design,randomised,comparator,direction,"
    "n_t,n_c,mean_t,mean_c,sd_t,sd_c,active"
)
GOOD = (
    "Kim 2019,wrinkle depth,µm,instrument,8,parallel,computer,vehicle,lower,"
    "40,41,60.2,66.8,12.5,13.1,retinol"
)
LETTER = (
    "Li 2020,TEWL,g/m2/h,instrument,8,parallel,computer,vehicle,lower,"
    "4O,40,9.1,10.2,2.1,2.2,retinol"
)
MINUS = (
    "Wu 2021,wrinkle depth,µm,instrument,12,parallel,computer,vehicle,lower,"
    "30,30,58.0,66.8,-12.5,13.1,retinol"
)
CLAIM = "retinol reduces wrinkle depth by 20 % in 8 weeks"


@pytest.fixture
def site(tmp_path):
    """A client of a server whose folder is `tmp_path`."""
    with calmly(tmp_path) as client:
        yield client


def table(*rows):
    return "\n".join([HEAD, *rows, ""]).encode()


TWO_BAD = table(GOOD, LETTER, MINUS)
CLAIMS = b"id,text,ingredient,outcome\nC1,retinol reduces wrinkle depth,retinol,wrinkle depth\n"


def rows_of(page, caption):
    """The cells of one table of a page, row by row."""
    body = page.text.partition(f'id="{caption}-caption"')[2].partition("</table>")[0]
    return [
        [unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd] .*?</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body)[1:]
    ]


# ---------------------------------------------------------------- findings and scores


def test_two_bad_rows_are_named_by_file_row_and_field(site):
    page = site.checked([("studies", "trials.csv", TWO_BAD)])
    assert "trials.csv: 3 rows read, 1 used, 2 set aside" in page.text
    assert rows_of(page, "findings") == [
        ["trials.csv:3:10", "n_t", "✕error", "EV214",
         'n_t = "4O" is not a whole number. Did you mean 40 (letter O)?'],
        ["trials.csv:4:14", "sd_t", "✕error", "EV203", 'sd_t = "-12.5" is not above zero.'],
    ]  # fmt: skip


def test_findings_are_those_of_the_command(site, tmp_path, monkeypatch, capsys):
    impossible = (
        GOOD.replace("Kim 2019", "Xu 2022").replace("60.2", "60.27").replace("µm", "points")
    )
    whole = table(GOOD, LETTER, MINUS, impossible, GOOD.replace("Kim 2019", "Dup 2020"))
    monkeypatch.chdir(tmp_path)
    Path("trials.csv").write_bytes(whole)
    assert main(["check", "trials.csv", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["findings"]
    page = site.checked([("studies", "trials.csv", whole)])
    shown = rows_of(page, "findings")
    assert [row[3] for row in shown] == [item["code"] for item in told]
    assert [row[1] for row in shown] == [item["field"] or "–" for item in told]
    for row, item in zip(shown, told, strict=True):
        assert row[4] == f"{item['message']} {item['suggestion']}".strip()


def test_scores_are_those_of_the_command(site, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("trials.csv").write_bytes(TWO_BAD)
    main(["score", "trials.csv", "--json"])
    found = json.loads(capsys.readouterr().out)["results"][0]["reliability"]
    page = site.checked([("studies", "trials.csv", TWO_BAD)])
    ((study, outcome, score, _),) = rows_of(page, "scores")
    assert (study, outcome) == ("Kim 2019", "wrinkle depth")
    assert score == f"{found['value']:.0f} ({found['low']:.0f}–{found['high']:.0f})"


def test_a_clean_file_without_a_claim_has_scores_and_no_report(site):
    page = site.checked([("studies", "trials.csv", table(GOOD))])
    assert "No findings" in page.text
    assert "There was no claim, so there is no report" in page.text
    assert "Open the report" not in page.text


def test_excel_json_and_yaml_are_read_too(site, tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for line in TWO_BAD.decode().splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "a.xlsx")
    records = [dict(zip(HEAD.split(","), LETTER.replace("4O", "40").split(","), strict=True))]
    page = site.checked(
        [
            ("studies", "a.xlsx", (tmp_path / "a.xlsx").read_bytes()),
            ("studies", "b.json", json.dumps(records).encode()),
        ]
    )
    assert "a.xlsx: 3 rows read, 1 used, 2 set aside" in page.text
    assert "b.json: 1 row read, 1 used, 0 set aside" in page.text
    assert rows_of(page, "findings")[0][0] == "a.xlsx#Sheet!J3"
    assert [row[0] for row in rows_of(page, "scores")] == ["Kim 2019", "Li 2020"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7 hello", "EV102"),
        (b"", "EV103"),
        (b"\x01\x02\x03\x04" * 50, "EV106"),
        (b"a,b\n1,2\n", "EV108"),
        (table(LETTER), "EV214"),
        (b"PK\x03\x04 broken xl/", "EV105"),
        (b"study,outcome\n", "EV104"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_the_others_go_on(site, content, code):
    page = site.checked(
        [("studies", "bad.csv", content), ("studies", "good.csv", table(GOOD))],
        [("claim", CLAIM)],
    )
    assert "bad.csv: cannot be used" in page.text
    assert code in [row[3] for row in rows_of(page, "findings")]
    assert [row[0] for row in rows_of(page, "scores")] == ["Kim 2019"]
    assert "Open the report" in page.text


def test_without_one_study_that_can_be_used_there_is_no_report(site):
    page = site.checked([("studies", "bad.csv", table(LETTER))], [("claim", CLAIM)])
    assert "No study can be used" in page.text
    assert "Open the report" not in page.text


def test_a_study_in_two_files_is_counted_once(site):
    page = site.checked([("studies", f"{n}.csv", table(GOOD)) for n in "ab"])
    assert "is in more than one file; a study is counted once" in page.text
    assert len(rows_of(page, "scores")) == 1


# ---------------------------------------------------------------- the report


def report_of(site, page, suffix="html"):
    link = re.search(r'href="(/check/[\w-]+/report)\.html"', page.text)[1]
    return site.get(f"{link}.{suffix}")


def test_a_typed_claim_gives_the_report_of_the_command(site, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("trials.csv").write_bytes(TWO_BAD)
    main(["report", "trials.csv", "--claim", CLAIM, "-o", "report.html", "--quiet"])
    page = site.checked([("studies", "trials.csv", TWO_BAD)], [("claim", CLAIM)])
    opened = report_of(site, page)
    assert opened.status == 200
    assert opened.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'sha256-" in opened.headers["content-security-policy"]
    assert opened.body == Path("report.html").read_bytes()


def test_a_file_of_claims_gives_the_report_of_the_command(site, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("trials.csv").write_bytes(table(GOOD))
    Path("claims.csv").write_bytes(CLAIMS)
    main(["report", "trials.csv", "--claims", "claims.csv", "-o", "report.html", "-q"])
    page = site.checked([("studies", "trials.csv", table(GOOD)), ("claims", "claims.csv", CLAIMS)])
    assert "claims.csv: 1 row read, 1 used, 0 set aside" in page.text
    assert report_of(site, page).body == Path("report.html").read_bytes()


@pytest.mark.parametrize(
    ("suffix", "needs", "start"),
    [
        ("md", (), b"# "),
        ("json", (), b"{\n "),
        ("pdf", ("typst",), b"%PDF"),
        ("docx", ("docx", "typst"), b"PK"),
    ],
)
def test_the_report_is_there_in_every_format(site, suffix, needs, start):
    for module in needs:
        if find_spec(module) is None:
            pytest.skip(f"needs {module}")
    page = site.checked([("studies", "trials.csv", table(GOOD))], [("claim", CLAIM)])
    assert f'/report.{suffix}"' in page.text
    opened = report_of(site, page, suffix)
    assert opened.status == 200
    assert opened.body.startswith(start)


@pytest.mark.parametrize("suffix", ["exe", "htm", "html/", "HTML"])
def test_there_is_no_other_format(site, suffix):
    page = site.checked([("studies", "trials.csv", table(GOOD))], [("claim", CLAIM)])
    assert report_of(site, page, suffix).status == 404


def test_claims_that_cannot_be_used_say_why(site):
    page = site.checked(
        [("studies", "a.csv", table(GOOD)), ("claims", "c.csv", table(GOOD))],
    )
    assert "No report could be made" in page.text
    assert "no column holds a claim in words" in page.text
    assert len(rows_of(page, "scores")) == 1


# ---------------------------------------------------------------- the form


def test_no_file_is_said_beside_the_field_and_the_claim_kept(site):
    answer = site.upload([("studies", "", b"")], [("claim", 'a "claim" <b>')])
    assert answer.status == 422
    assert answer.element("e-studies") == "! name at least one study file"
    assert 'value="a &quot;claim&quot; &lt;b&gt;"' in answer.text


def test_claims_both_ways_are_refused(site):
    files = [("studies", "a.csv", table(GOOD)), ("claims", "c.csv", CLAIMS)]
    answer = site.upload(files, [("claim", CLAIM)])
    assert answer.status == 422
    assert "either a file or one claim typed" in answer.element("e-claim")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\trials.csv", "trials.csv"),
        ("/home/me/trials.csv", "trials.csv"),
        ("a\x00b\x1b[31m.csv", "ab[31m.csv"),
        ("gpj\u202evsc.csv", "gpjvsc.csv"),
        (".hidden", "hidden"),
        ("..", "file"),
        ("", "file"),
        ("<img src=x>.csv", "<img src=x>.csv"),
        ("表 1.xlsx", "表 1.xlsx"),
    ],
)
def test_a_file_name_is_shown_plainly(name, shown):
    assert shown_name(name) == shown


def test_a_long_file_name_keeps_its_ending():
    assert len(shown_name("x" * 500 + ".xlsx")) <= 120
    assert shown_name("x" * 500 + ".xlsx").endswith("….xlsx")


def test_a_file_name_is_escaped_and_never_a_path(site, tmp_path):
    name = "<img src=x onerror=alert(1)>&.csv"
    page = site.checked([("studies", name, TWO_BAD)])
    assert "<img" not in page.text
    assert rows_of(page, "findings")[0][0] == f"{name}:3:10"
    secret = tmp_path / "secret.csv"
    secret.write_bytes(table(GOOD.replace("Kim", "Secret")))
    page = site.checked([("studies", str(secret), table(GOOD))])
    assert "Secret" not in page.text
    assert [row[0] for row in rows_of(page, "scores")] == ["Kim 2019"]


def test_what_a_table_holds_is_escaped(site):
    bad = GOOD.replace("Kim 2019", "\"<script>document.title='taken'</script>\"")
    page = site.checked([("studies", "a.csv", table(bad))])
    assert "<script>document" not in page.text
    assert rows_of(page, "scores")[0][0] == "<script>document.title='taken'</script>"


# ---------------------------------------------------------------- nothing stays, nothing mixes


def test_nothing_of_an_upload_reaches_the_disk(site, tmp_path, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    page = site.checked([("studies", "trials.csv", table(GOOD))], [("claim", CLAIM)])
    assert report_of(site, page).status == 200
    assert list(place.iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["temporary"]


def test_the_address_of_an_upload_cannot_be_guessed_and_is_listed_nowhere(site):
    sent = site.upload([("studies", "trials.csv", table(GOOD))])
    key = sent.headers["location"].removeprefix("/check/")
    assert len(key) >= 22  # 16 bytes
    assert key not in site.get("/").text + site.get("/check").text
    assert site.get("/check/" + key[:-1] + ("A" if key[-1] != "A" else "B")).status == 404


def test_work_at_once_does_not_mix(site):
    got = {}

    def bring(n):
        row = GOOD.replace("Kim 2019", f"Study {n}").replace(",40,41,", f",{40 + n},41,")
        page = site.checked([("studies", f"f{n}.csv", table(row))], [("claim", f"{CLAIM} {n}")])
        got[n] = (page, report_of(site, page))

    threads = [threading.Thread(target=bring, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [0, 1, 2, 3]
    for n, (page, opened) in got.items():
        assert [row[0] for row in rows_of(page, "scores")] == [f"Study {n}"]
        assert f"f{n}.csv: 1 row read" in page.text
        assert f"<title>{CLAIM} {n}</title>" in opened.text
        assert not [m for m in range(4) if m != n and f"Study {m}" in opened.text]


def test_long_work_says_that_it_is_working_and_then_shows_itself(site, monkeypatch):
    go, real = threading.Event(), uploads.check

    def slowly(*given):
        given[-1]("reading <a lot>")
        assert go.wait(30)
        return real(*given)

    monkeypatch.setattr(check_page, "PATIENCE", 0.05)
    monkeypatch.setattr(check_page, "check", slowly)
    sent = site.upload([("studies", "trials.csv", table(GOOD))])
    assert sent.status == 303
    waiting = site.get(sent.headers["location"])
    assert waiting.status == 200
    assert waiting.headers["refresh"] == "2"
    assert "Working on it" in waiting.text
    assert "reading &lt;a lot&gt;" in waiting.text
    assert site.get("/score").status == 200  # the rest goes on meanwhile
    go.set()
    key = sent.headers["location"].removeprefix("/check/")
    assert site.server.site.jobs.wait(key, 30).done.is_set()
    done = site.get(sent.headers["location"])
    assert "refresh" not in done.headers
    assert "Kim 2019" in done.text


def test_the_oldest_work_makes_room_and_too_much_waiting_is_refused():
    go = threading.Event()
    jobs = Jobs(kept=2, at_once=1)
    first, second = (jobs.start(lambda tell: go.wait(30)) for _ in range(2))
    assert jobs.start(lambda tell: None) is None
    go.set()
    assert jobs.wait(first, 30).result
    assert jobs.wait(second, 30).result
    third = jobs.start(lambda tell: 3)
    assert jobs.wait(third, 30).result == 3
    assert jobs.get(first) is None
    assert jobs.get(second) is not None


def test_too_much_waiting_is_a_page_that_says_so(site, monkeypatch):
    monkeypatch.setattr(type(site.server.site.jobs), "start", lambda *_: None)
    answer = site.upload([("studies", "trials.csv", table(GOOD))])
    assert answer.status == 503
    assert "The program is busy" in answer.text


def test_work_that_is_no_longer_kept_says_what_to_do(site):
    answer = site.get("/check/AAAAAAAAAAAAAAAAAAAAAA")
    assert answer.status == 404
    assert "bring them again" in answer.text
