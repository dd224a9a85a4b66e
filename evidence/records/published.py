"""A line of somebody else's table: a pooled result, a study's estimate, a rating, a benchmark."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from evidence.records.base import UNKNOWN, Place, Record
from evidence.records.reported import Number

PublishedKind = Literal[
    "pooled_result",
    "study_estimate",
    "certainty_rating",
    "control_response",
    "arm_means",
    "reporting_quality",
]


class Published(Record):
    """One row of a published table, kept as context: it is shown, never pooled with studies."""

    id: str = Field(description="identifier in the table, or its row")
    kind: PublishedKind = Field(description="what the row is")
    comparison: str = Field("", description="what was compared with what")
    outcome: str = Field("", description="outcome in words")
    n_studies: Number = Field(UNKNOWN, description="studies behind it")
    n_people: Number = Field(UNKNOWN, description="people behind it")
    measure: str = Field("", description="measure as printed")
    estimate: Number = Field(UNKNOWN, description="estimate as printed")
    ci_low: Number = Field(UNKNOWN, description="lower limit as printed")
    ci_high: Number = Field(UNKNOWN, description="upper limit as printed")
    statement: str = Field("", description="rating, test or direction, in words")
    note: str = Field("", description="reasons and remarks")
    url: str = Field("", description="where it was read")
    place: Place | None = Field(None, description="file and line")
