"""A finding: something about the input that a reader must know, with its stable code."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding, placed so that an editor can jump to it. `line` and `column` start at 1."""

    code: str
    severity: Severity
    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None
    field: str = ""
    value: str = ""
    suggestion: str = ""
    cell: str = ""  # spreadsheets: sheet!B7; JSON: a pointer

    @property
    def where(self) -> str:
        """The place as `file:line:column`, `file#sheet!cell` or `file#/json/pointer`."""
        if self.cell:
            return f"{self.file}#{self.cell}"
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)

    def as_dict(self) -> dict[str, object]:
        """Plain data, as `--json` prints it."""
        return asdict(self)

    def __str__(self) -> str:
        hint = f" {self.suggestion}" if self.suggestion else ""
        lead = f"{self.where}: " if self.where else ""
        return f"{lead}{self.code} {self.message}{hint}"
