"""What kind of file it is, by content before name; and its text, in whatever encoding it came."""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO, Literal, NamedTuple, get_args

from evidence.errors import OptionError, RecordError
from evidence.messages import say
from evidence.records.codebook import match_header
from evidence.records.codes import finding
from evidence.records.finding import Finding

Format = Literal["csv", "tsv", "xlsx", "json", "jsonl", "yaml", "parquet"]
"""Formats that hold studies or claims."""

MAX_BYTES = 64 * 2**20
MAX_LINE = 2**20  # bytes between two line ends of a table
_CHUNK = 2**20

EXTENSIONS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".txt": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx",
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".yaml": "yaml", ".yml": "yaml",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF files hold pages, not tables; type the numbers into a CSV"),
    (b"\xd0\xcf\x11\xe0", "Excel 97 files (.xls) are not read; save the workbook as .xlsx"),
    (b"\x1f\x8b", "compressed files (gzip) are not read; unpack it first"),
    (b"\xfd7zXZ", "compressed files (xz) are not read; unpack it first"),
    (b"BZh", "compressed files (bzip2) are not read; unpack it first"),
    (b"7z\xbc\xaf", "archives (7z) are not read; unpack it first"),
    (b"Rar!", "archives (RAR) are not read; unpack it first"),
    (b"SQLite format 3", "SQLite databases are not read; export the table as CSV"),
    (b"\x89PNG", "pictures are not read; type the numbers into a CSV"),
    (b"\xff\xd8\xff", "pictures are not read; type the numbers into a CSV"),
    (b"{\\rtf", "RTF documents are not read; type the numbers into a CSV"),
    (b"$FL2", "SPSS files are not read; export the table as CSV"),
    (b"RDX", "R data files are not read; export the table with write.csv"),
    (b"ARROW1", "Arrow and Feather files are not read; write Parquet or CSV"),
)
_ZIPPED: tuple[tuple[bytes, str], ...] = (
    (b"word/", "Word documents hold no table of studies; copy the table into Excel or CSV"),
    (b"ppt/", "PowerPoint files are not read; copy the table into Excel or CSV"),
    (b"opendocument", "OpenDocument sheets (.ods) are not read; save as .xlsx or CSV"),
    (b"Index/Document.iwa", "Numbers files are not read; export as Excel or CSV"),
)
_MARKUP: tuple[tuple[str, str], ...] = (
    ("cochrane_review", "RevMan 5 files are not read yet; export a CSV"),
    ("<clinical_study", "ClinicalTrials.gov XML is not read; export a CSV"),
    ("<html", "this is a web page; save the table itself as CSV"),
    ("<!doctype html", "this is a web page; save the table itself as CSV"),
    ("<", "XML files are not read yet; export a CSV"),
)
_KEYS: tuple[tuple[str, str], ...] = (
    ("FullStudiesResponse", "the older ClinicalTrials.gov FullStudiesResponse is not read"),
    ("protocolSection", "ClinicalTrials.gov records (protocolSection) are not read yet; export a "
     "CSV of the results"),
    ("resultsSection", "ClinicalTrials.gov records are not read yet; export a CSV of the results"),
    ("nbformat", "this is a notebook, not a table of studies"),
)  # fmt: skip
_REFERENCES: tuple[tuple[str, str], ...] = (
    (r"^TY  - ", "RIS files are reference lists and hold no numbers"),
    (r"^\s*@(article|misc|book|inproceedings)\s*\{", "BibTeX files are reference lists and hold "
     "no numbers"),
)  # fmt: skip
_ENCODINGS = (("cp932", "Shift-JIS"), ("gb18030", "GB18030"), ("cp1252", "Windows-1252"))


class Source(NamedTuple):
    """What was read: its name, its format, its bytes, its text if it is text, and remarks."""

    name: str
    format: Format
    data: bytes
    text: str
    findings: list[Finding]


def refuse(code: str, message: str, source: str, *, row: int | None = None) -> RecordError:
    """An error about the whole file, its code in front of the message.

    >>> str(refuse("EV103", "the file is empty.", "a.csv"))
    'a.csv: EV103 the file is empty.'
    """
    return RecordError(f"{code} {message}", source=source, row=row)


def load(source: str | Path | IO[bytes] | IO[str], *, format: str | None = None) -> Source:
    r"""Fetch a file or a stream and find out what it is.

    Raises
    ------
    RecordError
        When it cannot be opened, is empty, damaged, too large, or of a format that is not read.
    OptionError
        When `format` is no known format.

    Examples
    --------
    >>> import io
    >>> load(io.StringIO("study,outcome\nKim 2019,TEWL\n")).format
    'csv'
    >>> load(io.BytesIO(b'[{"study": "Kim 2019"}]')).format
    'json'
    """
    if format is not None and format not in get_args(Format):
        raise OptionError("format", format, get_args(Format))
    name, data = _bytes_of(source)
    if not data.strip(b"\x00 \t\r\n"):
        raise refuse("EV103", "the file is empty.", name)
    declared = EXTENSIONS.get(Path(name).suffix.lower())
    binary = _binary_format(data, name)
    if format in ("xlsx", "parquet") and binary != format:
        raise refuse("EV105", f"the content is not {format}.", name)
    if binary:
        notes = _disagreement(name, declared, binary)
        return Source(name, binary, data, "", notes)
    if declared in ("xlsx", "parquet"):
        kind = "Excel workbook" if declared == "xlsx" else "Parquet file"
        if _looks_binary(data):
            raise refuse("EV105", f"the content is no {kind}: the file is damaged.", name)
    text, notes = decode(data, name)
    found = format if format is not None else _text_format(text, declared, name)
    notes += _disagreement(name, declared, found) if format is None else []
    if found in ("csv", "tsv", "jsonl"):
        _refuse_long_lines(data, name)
    return Source(name, found, data, text, notes)  # type: ignore[arg-type]


def _bytes_of(source: str | Path | IO[bytes] | IO[str]) -> tuple[str, bytes]:
    """Name and content, never more than the limit in memory."""
    if not isinstance(source, (str, Path)):
        name = str(getattr(source, "name", "stream"))
        return name, _drain(source, name)
    path, name = Path(source), str(source)
    try:
        with path.open("rb") as stream:
            size = path.stat().st_size
            if size > MAX_BYTES:
                _refuse_by_head(stream, name, size)
            return name, _drain(stream, name)
    except FileNotFoundError:
        raise refuse("EV101", "no such file.", name) from None
    except IsADirectoryError:
        raise refuse("EV101", "is a folder; name the files in it.", name) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refuse("EV101", f"cannot be opened: {reason}.", name) from None


def _refuse_by_head(stream: IO[bytes], name: str, size: int) -> None:
    head = stream.read(MAX_LINE)
    if b"\n" not in head and b"\r" not in head and head[:4] not in (b"PAR1", b"PK\x03\x04"):
        raise refuse("EV107", f"its first line is longer than {MAX_LINE:,} bytes.", name, row=1)
    raise refuse(
        "EV107", f"has {size / 2**20:,.0f} MB, the limit is {MAX_BYTES // 2**20}; split it.", name
    )


def _drain(stream: IO[bytes] | IO[str], name: str) -> bytes:
    chunks, size = [], 0
    while chunk := stream.read(_CHUNK):
        piece = chunk.encode("utf-8", "surrogatepass") if isinstance(chunk, str) else chunk
        size += len(piece)
        if size > MAX_BYTES:
            raise refuse("EV107", f"is longer than {MAX_BYTES // 2**20} MB; split it.", name)
        chunks.append(piece)
    return b"".join(chunks)


def _refuse_long_lines(data: bytes, name: str) -> None:
    start, line = 0, 1
    while start < len(data):
        end = data.find(b"\n", start, start + MAX_LINE)
        if end < 0:
            if len(data) - start <= MAX_LINE:
                return
            if b"\r" in data[start : start + MAX_LINE]:  # line ends of old Macintosh files
                start = data.rfind(b"\r", start, start + MAX_LINE) + 1
                continue
            raise refuse("EV107", f"a line is longer than {MAX_LINE:,} bytes.", name, row=line)
        start, line = end + 1, line + 1


def _binary_format(data: bytes, name: str) -> Format | None:
    if data.startswith(b"PAR1"):
        if not data.endswith(b"PAR1") or len(data) < 12:
            raise refuse("EV105", "the Parquet file is cut short: it has no end.", name)
        return "parquet"
    if data.startswith(b"PK\x03\x04"):
        for mark, reason in _ZIPPED:
            if mark in data[:4000] or mark in data[-8000:]:
                raise refuse("EV102", f"{reason}.", name)
        if b"xl/" in data or b"[Content_Types]" in data[:200]:
            return "xlsx"
        raise refuse("EV102", "archives (zip) are not read; unpack it first.", name)
    for magic, reason in _MAGIC:
        if data.startswith(magic):
            raise refuse("EV102", f"{reason}.", name)
    return None


def _disagreement(name: str, declared: Format | None, found: str) -> list[Finding]:
    if declared is None or declared == found or {declared, found} == {"csv", "tsv"}:
        return []
    return [
        finding(
            "EV113",
            say("named like {name}, read as {format}.", name=declared, format=found),
            file=name,
            value=found,
        )
    ]


def _looks_binary(data: bytes) -> bool:
    head = data[:4096]
    odd = sum(byte < 32 and byte not in (9, 10, 13, 27) for byte in head)
    return odd > len(head) / 50


def decode(data: bytes, name: str) -> tuple[str, list[Finding]]:
    """Bytes to text: UTF-8 first, UTF-16 and UTF-32 by their marks, then the best of the rest.

    >>> decode("平均,例数".encode("cp932"), "a.csv")[0]
    '平均,例数'
    """
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"),
                        (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"),
                        (b"\xfe\xff", "utf-16")):  # fmt: skip
        if data.startswith(mark):
            try:
                text = data.decode(codec)
            except UnicodeDecodeError:
                raise refuse("EV105", f"the text breaks off inside a {codec} character.",
                             name) from None  # fmt: skip
            return text, [] if codec == "utf-8-sig" else [_guessed(name, codec.upper())]
    head = data[:4096]
    for codec, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if zeros.count(0) > len(zeros) * 0.3 and head.count(0) < len(head) * 0.6:
            try:
                return data.decode(codec), [_guessed(name, codec.upper())]
            except UnicodeDecodeError:
                break
    if _looks_binary(data):
        raise refuse("EV106", "the content is not text.", name)
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    best: tuple[float, str, str] | None = None
    for codec, title in _ENCODINGS:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        score = _sense(text)
        if best is None or score > best[0]:
            best = (score, text, title)
    if best is None or best[0] < -0.3:
        raise refuse("EV106", "the content is not text in any encoding that is read.", name)
    return best[1], [_guessed(name, best[2])]


def _guessed(name: str, title: str) -> Finding:
    return finding("EV111", say("read as {encoding}.", encoding=title), file=name, value=title)


def _sense(text: str) -> float:
    """How much sense a text makes: known headers, and characters people write."""
    head = text[:5000]
    first = next((line for line in head.splitlines() if line.strip()), "")
    cells = [cell.strip().strip('"') for cell in re.split(r"[,;\t|]", first)]
    known = sum(
        1 for cell in cells
        if match_header(cell) or match_header(cell, "long") or match_header(cell, "claims")
    )  # fmt: skip
    strange = [ch for ch in head if ord(ch) > 126]
    if not strange:
        return 10.0 * known
    points = 0.0
    for ch in strange:
        code = ord(ch)
        if 0x3040 <= code <= 0x30FF or ch in "±µ°×·–—−’‘“”éèüöäßçñáíóúàêôîâ%，。、（）：":
            points += 1.0
        elif 0x4E00 <= code <= 0x9FFF:
            points += 0.5
        elif 0xFF61 <= code <= 0xFF9F or 0xE000 <= code <= 0xF8FF or code < 0xA0:
            points -= 1.0
    return 10.0 * known + points / len(strange)


def _text_format(text: str, declared: Format | None, name: str) -> Format:
    """Format of a text by its first characters, then by the file's name."""
    head = text.lstrip("\ufeff \t\r\n")[:20000]
    lowered = head[:2000].lower()
    if lowered.startswith("<"):
        for mark, reason in _MARKUP:
            if mark in lowered:
                raise refuse("EV102", f"{reason}.", name)
    for pattern, reason in _REFERENCES:
        if re.search(pattern, head[:2000], re.MULTILINE | re.IGNORECASE):
            raise refuse("EV102", f"{reason}.", name)
    if head[:1] in "{[" and declared != "yaml":
        for key, reason in _KEYS:
            if f'"{key}"' in head:
                raise refuse("EV102", f"{reason}.", name)
        lines = [line for line in head.splitlines()[:-1] if line.strip()]
        many = len(lines) > 1 and all(x.startswith("{") and x.rstrip().endswith("}") for x in lines)
        return "jsonl" if declared == "jsonl" or many else "json"
    if declared in ("json", "jsonl"):
        return _table_or(declared, text)
    if declared in ("csv", "tsv", "yaml"):
        return declared
    if declared in ("xlsx", "parquet"):
        return _table_or(declared, text)
    if re.match(r"^(---|-\s|[A-Za-z_]+:(\s|$))", head):
        return "yaml"
    return "tsv" if head.splitlines()[0].count("\t") > head.splitlines()[0].count(",") else "csv"


def _table_or(declared: Format, text: str) -> Format:
    """A table under another name when its first line has known headers; else as declared."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    known = [c for c in re.split(r"[,;\t]", first) if match_header(c.strip().strip('"'))]
    if len(known) > 1:
        return "tsv" if "\t" in first else "csv"
    return "csv" if declared in ("xlsx", "parquet") else declared
