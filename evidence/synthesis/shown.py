"""How a result shows itself: one row as a table, a few lines as text, the same as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import pandas as pd

from evidence import formatting as say

SCALARS = (str, bool, int, float, type(None))


class Shown:
    """Base of results that are read as a short list of named lines."""

    __slots__ = ()

    def lines(self) -> Iterable[tuple[str, str]]:
        """Name and text of each line; a subclass says them."""
        raise NotImplementedError

    def heading(self) -> str:
        """What the result is, in a few words."""
        raise NotImplementedError

    def to_frame(self) -> pd.DataFrame:
        """One row of the single values; columns named as the attributes."""
        named: dict[str, Any] = {
            item.name: getattr(self, item.name)
            for item in fields(self)  # type: ignore[arg-type]
        }
        return pd.DataFrame([{k: v for k, v in named.items() if isinstance(v, SCALARS)}])

    def _notes(self) -> tuple[str, ...]:
        return tuple(getattr(self, "notes", ()))

    def __repr__(self) -> str:
        lines = list(self.lines())
        width = max((len(name) for name, _ in lines), default=0)
        body = [f"{name:<{width}}  {text}" for name, text in lines]
        return "\n".join([self.heading(), *body, *(f"note: {note}" for note in self._notes())])

    def _repr_html_(self) -> str:
        return say.html_table(
            ("", ""), self.lines(), caption=self.heading(), foot=" ".join(self._notes())
        )
