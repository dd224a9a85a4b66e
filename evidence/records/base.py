"""What every record shares: frozen, no unknown fields, and `UNKNOWN`, which never means "no"."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from evidence.messages import Message


class Unknown(Enum):
    """The type of `UNKNOWN`: a fact that the source does not state.

    It has no truth value, so that a missing fact can never be read as "no" by accident:

    >>> bool(UNKNOWN)
    Traceback (most recent call last):
    TypeError: an unknown fact is neither true nor false; compare it with `is UNKNOWN`
    """

    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        raise TypeError("an unknown fact is neither true nor false; compare it with `is UNKNOWN`")

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN


def _as_said(value: object, check: ValidatorFunctionWrapHandler) -> str:
    """A text made here keeps how it was made, so that it can be read in other languages."""
    return value if isinstance(value, Message) else str(check(value))


Remark = Annotated[str, WrapValidator(_as_said)]
"""Words of the source, or of a reader of files about it."""


class Record(BaseModel):
    """Base of what came from outside: checked once at the door, trusted afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(Record):
    """Where a value was read, so that a reader can walk back to the printed figure."""

    file: str = Field(description="file name as the user gave it, `flags` for the command line")
    line: int | None = Field(None, description="physical line on which the record starts, from 1")
    column: int | None = Field(None, description="ordinal of the column, from 1")
    field: str = Field("", description="column header or field name as it stands in the file")
    page: str = Field("", description="where the source prints it: abstract, table 2, page 5")

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line, self.field) if part)
        return f"{where} ({self.page})" if self.page else where


Qualifier = Literal["", "up to", "about", "more than", "less than", "on average", "at least"]
"""Words printed before a number that change what it says."""
