"""One line of a table to the facts it states, each with its place; whatever is wrong is a finding.

A fact is keyed by its path in the record: `treated.mean`, `design.kind`, `study.year`. Paths that
begin with `row.` are for the reader and are turned into facts by `interpret`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from evidence.ingest import cells
from evidence.ingest.cells import CellError, Parsed
from evidence.ingest.layout import Layout
from evidence.ingest.tables import Grid, Line, shown
from evidence.ingest.words import facts_of, near_word, words_of
from evidence.messages import listed, say
from evidence.records.base import Place
from evidence.records.codebook import Column
from evidence.records.codes import CODES, finding
from evidence.records.finding import Finding, Severity
from evidence.records.reported import Reported

Value = object
BASELINE_WORDS = frozenset(
    ("baseline", "pre", "before", "ベースライン", "投与前", "使用前", "基线", "治疗前")
)

SPREADS = {"mean": ("sd", "se"), "change_mean": ("change_sd", "change_se"),
           "baseline_mean": ("baseline_sd", "")}  # fmt: skip
"""Where the number after ± goes: as a standard deviation, as a standard error."""

BY_CHANCE = ("design.randomised", "design.sequence")
"""Facts that a word for the design implies and the column `randomised` states."""

LIMITS = {"contrast.estimate": ("contrast.ci_low", "contrast.ci_high"),
          "treated.mean": ("treated.ci_low", "treated.ci_high"),
          "control.mean": ("control.ci_low", "control.ci_high"),
          "treated.change_mean": ("treated.change_ci_low", "treated.change_ci_high"),
          "control.change_mean": ("control.change_ci_low", "control.change_ci_high")}  # fmt: skip
"""Where limits printed behind an estimate go."""


@dataclass(slots=True)
class Row:
    """The facts of one line while they are gathered, and what was found on the way."""

    file: str
    line: int | None
    facts: dict[str, Value] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    ref: str = ""  # reference of the first cell, for findings about the whole row

    @property
    def is_set_aside(self) -> bool:
        """Whether an error was found on it."""
        return any(item.severity == "error" for item in self.findings)

    def text(self, path: str) -> str:
        """A fact of words, empty when the row does not state it."""
        value = self.facts.get(path, "")
        return value if isinstance(value, str) else ""

    def number(self, path: str) -> Reported | None:
        """A printed number, None when the row does not state it."""
        value = self.facts.get(path)
        return value if isinstance(value, Reported) else None

    def value(self, path: str) -> float | None:
        """The float of a printed number."""
        number = self.number(path)
        return None if number is None else number.value

    def put(self, path: str, value: Value, place: Place | None) -> None:
        """State a fact."""
        self.facts[path] = value
        if place is not None:
            self.places[path] = place

    def remark(self, text: str) -> None:
        """Keep words that have no field of their own."""
        before = self.text("row.words")
        self.facts["row.words"] = listed((before, text)) if before else text

    def move(self, old: str, new: str) -> None:
        """Move a fact to another path."""
        if old in self.facts:
            self.put(new, self.facts.pop(old), self.places.pop(old, None))
            self.columns[new] = self.columns.get(old, 0)
            self.refs[new] = self.refs.get(old, "")

    def say(
        self,
        code: str,
        message: str,
        *,
        at: str = "",
        suggestion: str = "",
        value: str = "",
        severity: Severity | None = None,
    ) -> None:
        """Add a finding, at the cell of a fact when `at` names one."""
        place = self.places.get(at)
        self.findings.append(
            finding(
                code,
                message,
                severity=severity,
                file=self.file,
                line=self.line,
                column=self.columns.get(at) or None,
                field=place.field if place else "",
                value=shown(value),
                suggestion=suggestion,
                cell=self.refs.get(at) or self.ref,
            )
        )


# --------------------------------------------------------------------------- one line


def parse_line(grid: Grid, layout: Layout, line: Line) -> Row:
    r"""The facts of one line; cells that cannot be used become error findings.

    >>> import io
    >>> from evidence.ingest.detect import load
    >>> from evidence.ingest.layout import layout_of
    >>> from evidence.ingest.tables import read_grid
    >>> grid = read_grid(load(io.StringIO("study,outcome,n_t\na,TEWL,4O\n")))
    >>> row = parse_line(grid, layout_of(grid, []), grid.lines[0])
    >>> row.text("study.id"), [str(item) for item in row.findings]
    ('a', ['stream:2:3: EV214 n_t = "4O" is not a whole number. Did you mean 40 (letter O)?'])
    """
    row = Row(file=grid.name, line=line.number, ref=line.refs[0] if line.refs else "")
    page = next((line.values[i].strip() for i, c in enumerate(layout.columns)
                 if c and c.target == "row.page"), "")  # fmt: skip
    if line.trouble:
        code, reason, suggestion, warning = line.trouble
        row.say(code, say("the row {reason}.", reason=reason), suggestion=suggestion,
                severity="warning" if warning else CODES[code].severity)  # fmt: skip
        if not warning:
            return row
    for i, column in enumerate(layout.columns):
        if column is None:
            continue
        text = line.values[i]
        if not text.strip() and i not in line.cell_trouble:
            continue
        where = line.refs[i] if line.refs else ""
        header = grid.header[i]
        pointer = where if where and line.number is None else header
        place = Place.model_construct(file=grid.name, line=line.number, column=i + 1,
                                      field=pointer, page=page)  # fmt: skip
        cell = _Cell(row, column, header, text.strip(), place, where)
        if i in line.cell_trouble:
            cell.fail(CellError(*line.cell_trouble[i][:3]))
        else:
            cell.read()
    return row


@dataclass(slots=True)
class _Cell:
    row: Row
    column: Column
    header: str
    text: str
    place: Place
    ref: str

    def read(self) -> None:
        kind, _, words = self.column.kind.partition(":")
        try:
            if words:
                self._choice(kind, words)
            elif not cells.is_missing(self.text, words=kind in ("text", "list")):
                KINDS[kind](self)
        except CellError as error:
            self.fail(error)

    def fail(self, error: CellError) -> None:
        self.say(error.code, _cell_said(self, error.reason),
                 error.suggestion, severity="error")  # fmt: skip

    def say(
        self, code: str, message: str, suggestion: str = "", severity: Severity | None = None
    ) -> None:
        self.row.findings.append(
            finding(code, message, severity=severity, file=self.row.file, line=self.row.line,
                    column=self.place.column, field=self.header, value=shown(self.text),
                    suggestion=suggestion, cell=self.ref)
        )  # fmt: skip

    def note(self, code: str, message: str) -> None:
        self.say(
            code,
            say(
                '{column} = "{value}": {note}.',
                column=self.header,
                value=shown(self.text),
                note=message,
            ),
            severity="note",
        )

    def put(self, path: str, value: Value) -> None:
        old = self.row.facts.get(path)
        if old is not None and _plain(old) != _plain(value):
            raise CellError(
                "EV114",
                say("differs from another cell for the same field ({value})", value=_plain(old)),
            )
        self.row.put(path, value, self.place)
        self.row.columns[path] = self.place.column or 0
        self.row.refs[path] = self.ref

    def reported(self, text: str, parsed: Parsed) -> Reported:
        assumed = self.column.unit if self.column.unit in ("%", "weeks") else ""
        return Reported(text=text, unit=parsed.unit or assumed, qualifier=parsed.qualifier,
                        place=self.place)  # fmt: skip

    # ----------------------------------------------------------------- kinds

    def _choice(self, kind: str, words: str) -> None:
        facts = facts_of(words, self.text)
        if facts is None and cells.is_missing(self.text):
            return
        if facts is None and kind == "open":
            self.note("EV131", "kept as words")
            self.row.remark(say("{title}: {words}", title=self.header, words=self.text))
            return
        if facts is None:
            near = near_word(words, self.text)
            if near:
                raise CellError("EV202", "is not a word of this column",
                                say("Did you mean {guess}?", guess=near))  # fmt: skip
            known = listed(words_of(words)[:12], ", ")
            raise CellError("EV202", say("is not one of {words}", words=known))
        for path, word in facts.items():
            if self.column.target == "design.kind" and path in BY_CHANCE:
                self.row.facts["row.said_random"] = "yes"  # the column randomised may say more
            else:
                self.put(path or self.column.target, word)

    def text_(self) -> None:
        clean = "".join(
            ch for ch in self.text
            if ch in "\n\t" or unicodedata.category(ch) not in ("Cc", "Cs")
        ).strip()  # fmt: skip
        if clean != self.text:
            self.note("EV130", "characters that do not print were removed")
        if clean[:1] in ("=", "@"):
            self.note("EV129", "begins like a formula and was kept as text")
        if clean:
            self.put(self.column.target, clean)

    def list_(self) -> None:
        self.text_()

    def year(self) -> None:
        parsed = cells.parse_whole(self.text)
        if not 1900 <= parsed.value <= 2100:
            raise CellError("EV211", "is not a year between 1900 and 2100")
        self.put(self.column.target, int(parsed.value))

    def whole(self) -> None:
        parsed = cells.parse_whole(self.text)
        self._notes(parsed)
        if parsed.value < 0 or (parsed.value == 0 and not self.column.target.endswith("events")):
            raise CellError("EV204", "is below one", "Leave it blank if the source does not say.")
        self.put(self.column.target, self.reported(parsed.text, parsed))

    def number(self) -> None:
        self._number(cells.parse_number(self.text))

    def positive(self) -> None:
        parsed = cells.parse_number(self.text)
        if parsed.value <= 0:
            raise CellError("EV203", "is not above zero")
        self._number(parsed)

    def percent(self) -> None:
        parsed = cells.parse_number(self.text)
        if not 0 <= parsed.value <= 100:
            raise CellError("EV205", "is not between 0 and 100 %")
        self._number(parsed)

    def change(self) -> None:
        self._number(cells.parse_number(self.text))

    def share(self) -> None:
        parsed = cells.parse_number(self.text)
        top = 100 if parsed.unit == "%" else 1
        if not 0 <= parsed.value <= top:
            raise CellError("EV205", "is not a share", "Write 5% or 0.05.")
        self._number(parsed)

    def week(self) -> None:
        if self.text.casefold() in BASELINE_WORDS:
            self.put("row.baseline", "yes")
            return
        parsed = cells.parse_week(self.text)
        if parsed.value < 0:
            raise CellError("EV213", "is not a number of weeks")
        self._number(parsed)

    def duration(self) -> None:
        """A duration in a claim: the words are kept, weeks are read where one number is said."""
        self.put("claim.duration", self.text)
        try:
            self.week()
        except CellError:
            self.note("EV131", "no single number of weeks; kept as words")

    def p(self) -> None:
        operator, parsed = cells.parse_p(self.text)
        if operator != "=" or self.text.strip()[:1] == "=":
            self.put("row.p_operator", operator)
        if parsed is None:
            return
        self._notes(parsed)
        self.put("row.p_value", self.reported(parsed.text, parsed))

    def corr(self) -> None:
        parsed = cells.parse_number(self.text)
        if not -1 <= parsed.value <= 1:
            raise CellError("EV216", "is not between -1 and 1")
        self._number(parsed)

    def level(self) -> None:
        parsed = cells.parse_number(self.text)
        value = parsed.value / 100 if parsed.unit == "%" or parsed.value > 1 else parsed.value
        if not 0 < value < 1:
            raise CellError("EV216", "is no confidence level", "Write 0.95 or 95%.")
        self.put("contrast.level", value)

    def _notes(self, parsed: Parsed) -> None:
        for code, message in parsed.notes:
            self.note(code, message)

    def _number(self, parsed: Parsed) -> None:
        self._notes(parsed)
        target = self.column.target
        if parsed.unit == "%" and self.column.unit != "%" and self.column.kind != "share":
            self.note("EV128", "the percent sign was kept as its unit")
        if parsed.spread:
            self._spread(parsed)
        if parsed.low:
            if target not in LIMITS:
                raise CellError("EV213", "holds limits that this column has no place for")
            low, high = LIMITS[target]
            self.put(low, self.reported(parsed.low, Parsed(text=parsed.low, unit=parsed.unit)))
            self.put(high, self.reported(parsed.high, Parsed(text=parsed.high, unit=parsed.unit)))
            if parsed.level and target == "contrast.estimate":
                self.put("contrast.level", float(parsed.level) / 100)
            self.note(
                "EV124",
                say(
                    "read as {value} with limits {low} and {high}",
                    value=parsed.text,
                    low=parsed.low,
                    high=parsed.high,
                ),
            )
        self.put(target, self.reported(parsed.text, parsed))

    def _spread(self, parsed: Parsed) -> None:
        side, _, name = self.column.target.partition(".")
        if name not in SPREADS or side not in ("treated", "control"):
            raise CellError("EV213", "holds ± and this column has no place for it")
        if float(parsed.spread) <= 0:
            raise CellError("EV203", "has a dispersion that is not above zero")
        spread = f"{side}.{SPREADS[name][0]}"
        self.put(spread, self.reported(parsed.spread, Parsed(text=parsed.spread)))
        self.note(
            "EV123", say("read as mean {mean} and SD {sd}", mean=parsed.text, sd=parsed.spread)
        )


def _cell_said(cell: _Cell, reason: str) -> str:
    return say(
        '{column} = "{value}" {reason}.',
        column=cell.header,
        value=shown(cell.text),
        reason=reason,
    )


def _plain(value: Value) -> str:
    return value.text if isinstance(value, Reported) else str(value)


KINDS: dict[str, Callable[[_Cell], None]] = {
    "text": _Cell.text_,
    "list": _Cell.list_,
    "year": _Cell.year,
    "whole": _Cell.whole,
    "number": _Cell.number,
    "positive": _Cell.positive,
    "percent": _Cell.percent,
    "change": _Cell.change,
    "share": _Cell.share,
    "week": _Cell.week,
    "duration": _Cell.duration,
    "p": _Cell.p,
    "corr": _Cell.corr,
    "level": _Cell.level,
}
"""What each kind of column does with a cell that is not blank."""
