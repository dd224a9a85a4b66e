"""Awkward and damaged input: each kind has a promised finding or refusal, and never a traceback."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evidence.errors import OptionError, RecordError
from evidence.ingest.read import read, read_claims
from evidence.records.codes import CODES

HEAD = "study,outcome,design,n_t,n_c,mean_t,sd_t,mean_c,sd_c"
GOOD = "Good 2020,wrinkle depth,parallel,40,41,12.1,3.2,14.0,3.5"


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def table(column, cell, more=""):
    """A good row, and a row that differs in one column."""
    names, cells = HEAD.split(","), GOOD.split(",")
    cells[0] = "Odd 2021"
    if column in names:
        cells[names.index(column)] = cell
        header = HEAD
    else:
        header, cells = f"{HEAD},{column}", [*cells, cell]
    quoted = ",".join(f'"{c}"' if "," in c or '"' in c else c for c in cells)
    first = GOOD + ("," if header != HEAD else "")
    return f"{header}\n{first}\n{quoted}{more}\n"


def codes(reading, severity=None):
    return [f.code for f in reading.findings if severity in (None, f.severity)]


ERRORS = {
    "letter O for zero": ("n_c", "4O", "EV214"),
    "people with decimals": ("n_t", "40.5", "EV214"),
    "nobody": ("n_t", "0", "EV204"),
    "fewer than nobody": ("n_t", "-4", "EV204"),
    "two numbers of people": ("n_t", "40/42", "EV214"),
    "negative SD": ("sd_t", "-3.2", "EV203"),
    "SD of zero": ("sd_c", "0", "EV203"),
    "comma that could be either": ("mean_t", "1,234", "EV125"),
    "number that became a date": ("mean_t", "3-Apr", "EV126"),
    "number that became a month": ("mean_t", "Apr-03", "EV126"),
    "number that became a full date": ("mean_t", "2003-04-05", "EV126"),
    "Japanese date": ("mean_t", "4月3日", "EV126"),
    "formula as text": ("mean_t", "=1+1", "EV129"),
    "words for a number": ("mean_t", "about twelve", "EV213"),
    "superscript": ("mean_t", "10²", "EV213"),
    "huge exponent": ("mean_t", "1e999", "EV213"),
    "infinity": ("mean_t", "inf", "EV213"),
    "mean and something in brackets": ("mean_t", "12.1 (3.2)", "EV213"),
    "thousand repeated digits": ("mean_t", "1 " * 1000, "EV213"),
    "percent over 100": ("pct_t", "140", "EV205"),
    "percent below 0": ("pct_t", "-4", "EV205"),
    "more events than people": ("events_t", "41", "EV207"),
    "p above one": ("p", "1.5", "EV208"),
    "p of stars": ("p", "**", "EV215"),
    "p of zero": ("p", "0", "EV208"),
    "unknown design": ("design", "paralel", "EV202"),
    "unknown comparator": ("comparator", "vehikle", "EV202"),
    "year out of range": ("year", "20199", "EV211"),
    "level out of range": ("level", "195", "EV216"),
    "correlation above one": ("r_pre_post", "1.2", "EV216"),
    "cell past the limit": ("notes", "x" * 40_000, "EV107"),
    "no study": ("study", "", "EV201"),
    "no outcome": ("outcome", "", "EV201"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_a_bad_cell_sets_its_row_aside_and_the_good_row_goes_on(kind, tmp_path):
    column, cell, code = ERRORS[kind]
    reading = read(write(tmp_path, "studies.csv", table(column, cell)))
    assert (reading.read, reading.used, reading.set_aside) == (2, 1, 1)
    assert [study.id for study in reading] == ["Good 2020"]
    found = [f for f in reading.findings if f.severity == "error"]
    assert [f.code for f in found] == [code]
    assert found[0].line == 3
    assert found[0].file.endswith("studies.csv")


def test_the_message_names_place_value_and_what_is_meant(tmp_path):
    reading = read(write(tmp_path, "studies.csv", table("n_c", "4O")))
    told = str(reading.findings[-1])
    assert told.endswith(
        'studies.csv:3:5: EV214 n_c = "4O" is not a whole number. Did you mean 40 (letter O)?'
    )


def test_an_unknown_word_is_answered_with_the_nearest(tmp_path):
    reading = read(write(tmp_path, "studies.csv", table("design", "paralel")))
    assert reading.findings[-1].suggestion == "Did you mean parallel?"


NOTES = {
    "decimal comma": ("mean_t", "12,5", "EV120", "mean", "12.5"),
    "thousands and decimal": ("mean_t", "1,234.5", "EV121", "mean", "1234.5"),
    "continental thousands": ("mean_t", "1.234,5", "EV120", "mean", "1234.5"),
    "spaced thousands": ("mean_t", "1 234", "EV121", "mean", "1234"),
    "millions": ("mean_t", "1,234,567", "EV121", "mean", "1234567"),
    "people in thousands": ("n_t", "1,234", "EV121", "n", "1234"),
    "typographic minus": ("mean_t", "−12.5", "EV122", "mean", "-12.5"),
    "full-width digits": ("n_t", "４０", "EV122", "n", "40"),
    "whole number with a zero after the point": ("n_t", "40.0", "EV134", "n", "40"),
    "up to": ("pct_change_t", "up to 20%", "EV127", "pct_change", "20"),
    "about": ("mean_t", "~20", "EV127", "mean", "20"),
    "percent sign": ("mean_t", "12.1%", "EV128", "mean", "12.1"),
}


@pytest.mark.parametrize("kind", NOTES)
def test_a_conversion_is_a_note_and_the_row_is_used(kind, tmp_path):
    column, cell, code, field, text = NOTES[kind]
    sds = "sd_t,sd_c"  # left out: the conversions change means by orders of magnitude
    content = table(column, cell)
    rows = content.splitlines()
    rows = [_without(line, sds.split(","), rows[0]) for line in rows]
    reading = read(write(tmp_path, "studies.csv", "\n".join(rows)))
    assert reading.used == 2
    assert code in codes(reading, "note")
    assert getattr(reading[1].outcomes[0].treated, field).text == text


def _without(line, dropped, header):
    import csv

    names = next(csv.reader([header]))
    cells = next(csv.reader([line]))
    kept = [c for name, c in zip(names, cells, strict=True) if name not in dropped]
    buffer = io.StringIO()
    csv.writer(buffer).writerow(kept)
    return buffer.getvalue().strip()


def test_mean_and_sd_in_one_cell():
    reading = read(io.StringIO("study,outcome,n_t,mean_t\nA,TEWL,40,12.1 ± 3.2\n"))
    arm = reading[0].outcomes[0].treated
    assert (arm.mean.text, arm.sd.text) == ("12.1", "3.2")
    assert "EV123" in codes(reading, "note")


def test_the_dispersion_column_turns_plus_minus_into_a_standard_error():
    reading = read(io.StringIO("study,outcome,mean_t,dispersion\nA,TEWL,12.1 ± 3.2,SE\n"))
    arm = reading[0].outcomes[0].treated
    assert arm.se.text == "3.2"
    assert str(arm.sd) == "Unknown.UNKNOWN"


@pytest.mark.parametrize(
    "cell", ["-1.9 (95% CI -3.4 to -0.4)", "−1.9 (−3.4 to −0.4)", "-1.9 [-3.4; -0.4]",
             "-1.9 (-3.4 – -0.4)"]
)  # fmt: skip
def test_estimate_and_limits_in_one_cell(cell):
    reading = read(io.StringIO(f'study,outcome,measure,effect\nA,TEWL,MD,"{cell}"\n'))
    contrast = reading[0].outcomes[0].contrast
    found = (contrast.estimate.text, contrast.ci_low.text, contrast.ci_high.text)
    assert found == ("-1.9", "-3.4", "-0.4")
    assert "EV124" in codes(reading, "note")


@pytest.mark.parametrize(
    ("cell", "operator", "text"),
    [("<0.05", "<", "0.05"), ("NS", "ns", None), ("n.s.", "ns", None), ("=0.247", "=", "0.247"),
     ("0.247", "=", "0.247"), ("p<.05", "<", "0.05"), ("P = 0.03", "=", "0.03"),
     ("≤0.05", "<=", "0.05"), ("0.000", "<", "0.0005"), ("<0,05", "<", "0.05")],
)  # fmt: skip
def test_p_values_as_printed(cell, operator, text):
    reading = read(io.StringIO(f'study,outcome,n_t,n_c,p\nA,TEWL,40,40,"{cell}"\n'))
    p = reading[0].outcomes[0].contrast.p
    assert p.operator == operator
    assert getattr(p.value, "text", None) == text
    assert p.kind == "between_arm"


@pytest.mark.parametrize(
    "cell", ["", "NA", "NR", "–", "not reported", "not_stated", "n/a", "記載なし"]
)
def test_missing_means_missing_and_zero_means_zero(cell):
    reading = read(io.StringIO(f"study,outcome,mean_t,change_t\nA,TEWL,{cell},0\n"))
    arm = reading[0].outcomes[0].treated
    assert repr(arm.mean) == "UNKNOWN"
    assert arm.change_mean.value == 0
    assert reading.set_aside == 0


def test_swapped_limits():
    reading = read(io.StringIO(
        "study,outcome,effect,ci_low,ci_high\nA,TEWL,1,2,0.5\nB,TEWL,1,0.5,2\n"))  # fmt: skip
    assert codes(reading, "error") == ["EV206"]
    assert [s.id for s in reading] == ["B"]


def test_an_estimate_outside_its_limits():
    reading = read(io.StringIO(
        "study,outcome,effect,ci_low,ci_high\nA,TEWL,3,0.5,2\nB,TEWL,1,0.5,2\n"))  # fmt: skip
    assert codes(reading, "error") == ["EV306"]


def test_quartiles_out_of_order():
    reading = read(io.StringIO(
        "study,outcome,q1_t,median_t,q3_t\nA,TEWL,3,2,5\nB,TEWL,1,2,5\n"))  # fmt: skip
    assert codes(reading, "error") == ["EV219"]


def test_a_standard_error_read_as_a_standard_deviation():
    row = "A,TEWL,parallel,40,41,12.1,0.5,14.0,0.5"
    reading = read(io.StringIO(f"{HEAD}\n{row}\n{GOOD}\n"))
    assert codes(reading, "error") == ["EV305"]
    confirmed = read(io.StringIO(f"{HEAD},dispersion\n{row},sd\n"))
    assert (confirmed.used, codes(confirmed, "error")) == (1, [])
    as_se = read(io.StringIO(f"{HEAD},dispersion\n{row},se\n"))
    assert as_se[0].outcomes[0].treated.se.text == "0.5"


def test_a_standard_deviation_that_the_printed_p_makes_impossible():
    # se 0.5 each: z = 1.9 / 0.707 = 2.7, p = 0.007; as SDs z is 17
    row = "A,TEWL,parallel,40,41,12.1,1.0,14.0,1.0"
    reading = read(io.StringIO(f"{HEAD},p\n{row},0.18\n{GOOD},0.01\n"))
    assert codes(reading, "error") == ["EV305"]
    assert "the paper says 0.18" in str(reading.findings)


def test_the_same_result_twice_and_the_same_id_twice():
    twice = read(io.StringIO("study,outcome,week,n_t\nA,TEWL,4,40\nA,TEWL,4.0,38\nA,TEWL,8,38\n"))
    assert codes(twice, "error") == ["EV210"]
    assert [o.treated.n.text for o in twice[0].outcomes] == ["40", "38"]
    same_id = read(io.StringIO("row_id,study,outcome,week\nr1,A,TEWL,4\nr1,A,TEWL,8\n"))
    assert codes(same_id, "error") == ["EV209"]


def test_more_cells_than_headers_and_fewer():
    reading = read(io.StringIO(f"{HEAD}\n{GOOD},9\n{GOOD.replace('Good', 'Short')[:-4]}\n{GOOD}\n"))
    assert codes(reading, "error") == ["EV115"]
    assert codes(reading, "warning") == ["EV115"]
    assert reading.used == 2


def test_more_analysed_than_enrolled():
    reading = read(io.StringIO(
        "study,outcome,n_analysed,n_randomised\nA,TEWL,50,40\nB,TEWL,30,40\n"))  # fmt: skip
    assert codes(reading, "error") == ["EV212"]


def test_two_columns_for_one_field_that_differ():
    reading = read(io.StringIO("study,outcome,n_t,n1\nA,TEWL,40,41\nB,TEWL,40,40\n"))
    assert codes(reading, "error") == ["EV114"]


def test_unknown_columns_are_told_with_what_may_be_meant():
    reading = read(
        io.StringIO("study,outcome,instrumnet,colour of the box\nA,TEWL,Tewameter,red\n")
    )
    notes = {f.field: f.suggestion for f in reading.findings if f.code == "EV110"}
    assert notes == {"instrumnet": "Did you mean instrument?", "colour of the box": ""}


def test_judgements_are_kept_as_remarks():
    reading = read(io.StringIO("study,outcome,D1,Overall\nA,TEWL,Low,High\n"))
    assert codes(reading).count("EV116") == 2
    assert "D1 judged by the file: Low" in reading[0].outcomes[0].note


def test_markup_and_control_characters_in_names():
    names = ["<script>alert(1)</script>", "red\x1b[31m", "=cmd()"]
    reading = read(io.StringIO("study,outcome\n" + "".join(f"{n},TEWL\n" for n in names)))
    assert [s.id for s in reading] == ["<script>alert(1)</script>", "red[31m", "=cmd()"]
    assert {"EV130", "EV129"} <= set(codes(reading, "note"))
    assert "<script>" not in reading._repr_html_()


# ------------------------------------------------------------------------------ files as a whole


def xlsx(rows, formats=None):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for ref, number_format in (formats or {}).items():
        sheet[ref].number_format = number_format
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def parquet(rows):
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def docx():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


ROWS = [["study", "outcome", "n_t"], ["A", "TEWL", 40]]
WHOLE = {
    "empty": ("a.csv", b"", "EV103"),
    "blank": ("a.csv", b" \n\n", "EV103"),
    "header only": ("a.csv", b"study,outcome,n_t\n", "EV104"),
    "no study column": ("a.csv", b"outcome,n_t\nTEWL,40\n", "EV108"),
    "no outcome column": ("a.csv", b"study,n_t\nA,40\n", "EV108"),
    "no row that can be used": ("a.csv", b"study,outcome,n_t\nA,TEWL,4O\n", "EV109"),
    "binary junk": ("a.csv", bytes(range(256)) * 20, "EV106"),
    "zeros": ("a.csv", b"\x00" * 5000, "EV103"),
    "one endless line": ("a.csv", b"study,outcome" + b"x" * (2 * 2**20), "EV107"),
    "endless quote": ("a.csv", b'study,outcome\n"A,TEWL\nB,TEWL\n', "EV109"),
    "truncated JSON": ("a.json", b'{"studies": [{"id": "A", "outcomes": [', "EV105"),
    "JSON with NaN": ("a.json", b'[{"study": "A", "outcome": "TEWL", "n_t": NaN}]', "EV105"),
    "JSON key twice": ("a.json", b'[{"study": "A", "study": "B", "outcome": "x"}]', "EV105"),
    "deep JSON": ("a.json", b"[" * 100_000, "EV105"),
    "JSON of numbers": ("a.json", b"[1, 2, 3]", "EV218"),
    "empty JSON list": ("a.json", b"[]", "EV104"),
    "JSON record that does not fit": (
        "a.json", b'{"id": "A", "outcomes": [{"id": "1", "name": "x", "colour": 1}]}', "EV109"),
    "broken YAML": ("a.yaml", b"- study: A\n  outcome: [\n", "EV105"),
    "YAML that runs code": ("a.yaml", b"- !!python/object/apply:os.system ['ls']\n", "EV105"),
    "YAML aliases": ("a.yaml", b"a: &a [x]\nb: [*a, *a]\n", "EV105"),
    "truncated xlsx": ("a.xlsx", xlsx(ROWS)[:2000], "EV105"),
    "empty workbook": ("a.xlsx", xlsx([]), "EV103"),
    "text named xlsx": ("a.xlsx", b"\x01\x02\x03" * 500, "EV105"),
    "truncated parquet": ("a.parquet", parquet([{"study": "A"}])[:-20], "EV105"),
    "damaged parquet": ("a.parquet", b"PAR1" + b"x" * 100 + b"PAR1", "EV105"),
    "Excel 97": ("a.xls", b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "EV102"),
    "PDF": ("a.pdf", b"%PDF-1.7\n" + b"x" * 100, "EV102"),
    "Word": ("a.docx", docx(), "EV102"),
    "gzip": ("a.csv.gz", b"\x1f\x8b\x08" + b"x" * 50, "EV102"),
    "RevMan 5": ("a.rm5", b'<?xml version="1.0"?>\n<COCHRANE_REVIEW ID="1"/>', "EV102"),
    "other XML": ("a.xml", b"<?xml version='1.0'?><data/>", "EV102"),
    "web page": ("a.csv", b"<!DOCTYPE html><html><body>404</body></html>", "EV102"),
    "registry record": ("a.json", b'{"protocolSection": {"identificationModule": {}}}', "EV102"),
    "RIS": ("a.ris", b"TY  - JOUR\nTI  - x\nER  - \n", "EV102"),
    "BibTeX": ("a.bib", b"@article{x, title={y}}\n", "EV102"),
    "RevMan data rows": (
        "a.csv", b"Study,Analysis name,Experimental mean,GIV Mean\nA,x,1,0\n", "EV102"),
    "claims where studies belong": ("a.csv", b"id,text\nC1,lifts\n", "EV108"),
}  # fmt: skip


def test_a_refusal_ends_in_one_full_stop(tmp_path):
    with pytest.raises(RecordError) as caught:
        read(write(tmp_path, "a.csv", "outcome,Subj. No.\nTEWL,40\n"))
    assert "found: outcome, Subj. No." in str(caught.value)
    assert ".." not in str(caught.value)


def test_json_records_take_a_number_as_text(tmp_path):
    """One line of a file: people as text, a mean as a number whose digits stay."""
    arm = '{"n": "40", "mean": 5.10, "sd": "about 2"}'
    outcome = f'{{"id": "1", "name": "wrinkle depth", "treated": {arm}}}'
    content = f'{{"id": "A", "outcomes": [{outcome}]}}'
    treated = read(write(tmp_path, "a.json", content))[0].outcomes[0].treated
    assert [treated.n.text, treated.mean.text, treated.sd.text] == ["40", "5.10", "2"]
    with pytest.raises(RecordError, match="treated/n: '4O' is not a finite number"):
        read(write(tmp_path, "a.json", content.replace('"40"', '"4O"')))


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(kind, tmp_path):
    name, content, code = WHOLE[kind]
    with pytest.raises(RecordError, match=code) as caught:
        read(write(tmp_path, name, content))
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_what_is_not_there_and_what_is_a_folder(tmp_path):
    with pytest.raises(RecordError, match="EV101 no such file"):
        read(tmp_path / "nothing.csv")
    with pytest.raises(RecordError, match="EV101 is a folder"):
        read(tmp_path)
    with pytest.raises(RecordError, match="EV101"):
        read("a\x00b.csv")


def test_a_format_nobody_knows():
    with pytest.raises(OptionError, match="Did you mean 'xlsx'"):
        read(io.BytesIO(b"x"), format="xlsb")


def test_200_mb_in_one_line_are_refused_from_the_first_megabyte(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"study,outcome,")
        file.seek(200 * 2**20)  # a hole: no such amount is written
        file.write(b"x")
    with pytest.raises(RecordError, match="EV107 its first line is longer"):
        read(path)


def test_a_stream_past_the_limit_is_left_before_it_is_read(monkeypatch):
    taken = []

    class Endless(io.RawIOBase):
        name = "endless"

        def read(self, size=-1):
            taken.append(size)
            return b"x" * 2**20

    with pytest.raises(RecordError, match="EV107"):
        read(Endless())
    assert len(taken) <= 70


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_with_and_without_a_mark(codec):
    text = "研究,評価項目,介入群 平均\n田中 2019,シワの深さ wrinkle depth,12.1\n"
    reading = read(io.BytesIO(text.encode(codec)), format="csv")
    assert reading[0].id == "田中 2019"
    assert reading[0].outcomes[0].treated.mean.text == "12.1"
    assert ("EV111" in codes(reading)) == codec.startswith("utf-16")


@pytest.mark.parametrize(
    ("codec", "title", "text"),
    [
        ("cp932", "Shift-JIS", "研究,評価項目,例数,平均,標準偏差\n田中 2019,シワ,40,12.1,3.2\n"),
        ("gb18030", "GB18030", "研究,结局,例数,均值,标准差\n李 2019,皱纹深度,40,12.1,3.2\n"),
        ("cp1252", "Windows-1252", "study,outcome,n_t,mean_t,sd_t\nMüller,TEWL,40,12.1,3.2\n"),
    ],
)
def test_older_encodings_are_guessed_and_told(codec, title, text):
    reading = read(io.BytesIO(text.encode(codec)), format="csv")
    guessed = [f.value for f in reading.findings if f.code == "EV111"]
    assert guessed == [title]
    assert reading[0].id == text.splitlines()[1].split(",")[0]
    arm = reading[0].outcomes[0].treated
    assert (arm.mean.text, arm.sd.text) == ("12.1", "3.2")


def test_the_content_decides_not_the_name(tmp_path):
    reading = read(write(tmp_path, "a.csv", xlsx(ROWS)))
    assert reading[0].outcomes[0].treated.n.text == "40"
    assert "EV113" in codes(reading, "note")
    reading = read(write(tmp_path, "a.xlsx", b"study,outcome\nA,TEWL\n"))
    assert "EV113" in codes(reading, "note")


def test_semicolons_with_decimal_commas():
    reading = read(io.StringIO("study;outcome;mean_t\nA;TEWL;12,5\n"))
    assert reading[0].outcomes[0].treated.mean.text == "12.5"
    assert {"EV112", "EV120"} <= set(codes(reading, "note"))


def test_title_lines_and_blank_lines_around_the_table():
    text = "My extraction\n\nstudy,outcome,n_t\n\nA,TEWL,40\n\n"
    reading = read(io.StringIO(text))
    assert reading.read == 1
    assert "EV136" in codes(reading, "note")
    assert reading[0].outcomes[0].places["treated.n"].line == 5


def test_quoted_line_breaks_count_as_physical_lines():
    text = 'study,outcome,notes,n_t\nA,TEWL,"two\nlines",40\nB,TEWL,x,4O\n'
    assert read(io.StringIO(text)).findings[-1].line == 4


def test_a_record_that_cannot_be_split_leaves_the_others():
    text = 'study,outcome,n_t\nA,"TE"WL,40\nB,TEWL,40\n'
    reading = read(io.StringIO(text))
    assert (codes(reading, "error"), [s.id for s in reading]) == (["EV119"], ["B"])


def test_excel_keeps_shown_digits_and_names_cells(tmp_path):
    rows = [["study", "outcome", "mean_t", "pct_t", "n_t"], ["A", "TEWL", 5.1, 0.25, 40],
            ["B", "TEWL", 5.1, 0.25, "4O"]]  # fmt: skip
    path = write(tmp_path, "a.xlsx", xlsx(rows, {"C2": "0.00", "D2": "0%", "D3": "0%"}))
    reading = read(path)
    arm = reading[0].outcomes[0].treated
    assert (arm.mean.text, arm.pct.text) == ("5.10", "25")
    assert reading.findings[-1].where.endswith("a.xlsx#Sheet!E3")


def test_excel_formulas_dates_and_other_sheets(tmp_path):
    import datetime

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["study", "outcome", "mean_t"], ["A", "TEWL", "=1+1"],
                ["B", "TEWL", datetime.datetime(2003, 4, 5)], ["C", "TEWL", 3.5]):  # fmt: skip
        sheet.append(row)
    book.create_sheet("notes").append(["something"])
    buffer = io.BytesIO()
    book.save(buffer)
    reading = read(write(tmp_path, "a.xlsx", buffer.getvalue()))
    assert codes(reading, "error") == ["EV117", "EV126"]
    assert "EV118" in codes(reading, "note")
    assert [s.id for s in reading] == ["C"]


def test_json_lines_with_a_bad_line(tmp_path):
    text = '{"study": "A", "outcome": "TEWL", "mean_t": 5.10}\n{"study": \n[1]\n'
    reading = read(write(tmp_path, "a.jsonl", text))
    assert (reading.read, reading.used, reading.set_aside) == (3, 1, 2)
    assert reading[0].outcomes[0].treated.mean.text == "5.10"
    assert [f.line for f in reading.findings if f.code == "EV105"] == [2, 3]


def test_json_findings_carry_a_pointer(tmp_path):
    rows = [
        {"study": "A", "outcome": "TEWL", "n_t": 40},
        {"study": "B", "outcome": "x", "n_t": "4O"},
    ]
    reading = read(write(tmp_path, "a.json", json.dumps({"rows": rows})))
    assert reading.findings[-1].where.endswith("a.json#/rows/1/n_t")


def test_json_nested_where_one_value_belongs(tmp_path):
    rows = [{"study": "A", "outcome": "TEWL", "n_t": {"a": 1}}, {"study": "B", "outcome": "TEWL"}]
    reading = read(write(tmp_path, "a.json", json.dumps(rows)))
    assert codes(reading, "error") == ["EV218"]


def test_yaml_keeps_digits_and_words(tmp_path):
    text = "- study: A\n  outcome: TEWL\n  mean_t: 5.10\n  randomised: no\n  week: null\n"
    outcome = read(write(tmp_path, "a.yaml", text))[0].outcomes[0]
    assert outcome.treated.mean.text == "5.10"
    assert outcome.design.randomised == "no"
    assert repr(outcome.week) == "UNKNOWN"


def test_parquet(tmp_path):
    rows = [{"study": "A", "outcome": "TEWL", "mean_t": 5.5, "n_t": 40},
            {"study": "B", "outcome": "TEWL", "mean_t": None, "n_t": 41}]  # fmt: skip
    reading = read(write(tmp_path, "a.parquet", parquet(rows)))
    assert [o.treated.n.text for _, o in reading.outcomes] == ["40", "41"]
    assert repr(reading[1].outcomes[0].treated.mean) == "UNKNOWN"


def test_standard_input(monkeypatch):
    class Stdin:
        buffer = io.BytesIO(b"study,outcome\nA,TEWL\n")

    monkeypatch.setattr("sys.stdin", Stdin)
    assert read("-", format="csv")[0].id == "A"


def test_claims_with_errors():
    text = "id,text,value,weeks\nC1,lifts,20,4 weeks\nC1,firms,,\n,plumps,,1-3 months\nC4,,,\n"
    reading = read_claims(io.StringIO(text))
    assert (reading.read, reading.used, reading.set_aside) == (4, 2, 2)
    assert codes(reading, "error") == ["EV209", "EV201"]
    assert [(c.id, str(c.week)) for c in reading] == [
        ("C1", "4 weeks"), ("claim_03", "Unknown.UNKNOWN")]  # fmt: skip
    with pytest.raises(RecordError, match="EV108"):
        read_claims(io.StringIO("study,outcome\nA,TEWL\n"))


def test_every_code_has_its_words():
    for code, row in CODES.items():
        assert code == row.code
        assert row.severity in ("error", "warning", "note")
        assert all((row.title, row.what, row.why, row.fix, row.source))
