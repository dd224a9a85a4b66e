"""A pooled result as lines for people, in the language that is spoken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evidence.cli.lines import Line

if TYPE_CHECKING:
    from evidence.synthesis.pool import Pooled


def pool_lines(pooled: Pooled, group: str = "") -> Iterator[Line]:
    """The lines of `Pooled.summary`, below the name of their group where there is one."""
    if group:
        yield Line("", group, 0)
    for text in pooled.summary():
        yield Line(text, left=1 if group else 0)
