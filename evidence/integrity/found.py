"""What checks and signals of a record found: items, and the report that holds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Literal, get_args

from evidence.formatting import html_table, plural
from evidence.messages import listed, say, say_n
from evidence.records.base import Place

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["stop", "query", "note", "pass", "not_applicable"]
"""`stop`: figures that cannot all be right, and the conclusion hangs on which is wrong. `query`:
figures that cannot all be right. `note`: they fit in an unusual way. `pass`: they fit.
`not_applicable`: the check was tried and could not tell."""

Overall = Literal["stop", "query", "note", "pass", "nothing_to_check"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One check on one result, or one signal about it.

    `verdict` is the check's own word, `inputs` are the fields it read with their places, and
    `outcome` is empty where the item speaks of a whole study.
    """

    code: str
    check: str
    status: Status
    verdict: str
    sentence: str
    benign: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    study: str = ""
    outcome: str = ""
    place: Place | None = field(default=None, repr=False)

    def as_dict(self) -> dict[str, object]:
        """Plain data, as `--json` prints it."""
        tree = asdict(self)
        tree["place"] = None if self.place is None else self.place.model_dump()
        return tree

    def __str__(self) -> str:
        lead = ": ".join(part for part in (self.outcome or self.study, self.code) if part)
        return say("{code} {found}", code=lead, found=self.sentence)


_COLUMNS = tuple(item.name for item in fields(Item) if item.name != "place")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IntegrityReport:
    """What was checked and what was found; `signals` say how a result came about and was told.

    Only `items` are counted: a signal is no test that can be passed.
    """

    items: tuple[Item, ...]
    signals: tuple[Item, ...] = ()

    @property
    def possible(self) -> int:
        """Checks whose figures are printed."""
        return len(self.items)

    @property
    def run(self) -> int:
        """Checks that could tell something."""
        return sum(item.status != "not_applicable" for item in self.items)

    @property
    def counts(self) -> dict[Status, int]:
        """How many items have each status."""
        counted = Counter(item.status for item in self.items)
        return {status: counted[status] for status in STATUSES}

    @property
    def status(self) -> Overall:
        """The worst status; `nothing_to_check` where no check could tell anything."""
        for status, n in self.counts.items():
            if n and status != "not_applicable":
                return status
        return "nothing_to_check"

    @property
    def summary(self) -> str:
        """How many checks were possible and run, and how they came out, in one line."""
        counts = self.counts
        told = listed(
            (counted(counts[name]) for name, counted in _COUNTED.items() if counts[name]), ", "
        )
        checks = plural(self.possible, "integrity check")
        if not told:
            return say(
                "{checks} possible, {run} run: nothing could be checked.",
                checks=checks,
                run=self.run,
            )
        return say("{checks} possible, {run} run: {told}.", checks=checks, run=self.run, told=told)

    def stop_reason(self, outcome: str) -> str:
        """Why the result with this id must not be scored as it stands, or an empty string."""
        return next(
            (say("{code}: {found}", code=item.code, found=item.sentence) for item in self.items
             if item.status == "stop" and item.outcome == outcome),
            "",
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row per item, then per signal; columns as the fields, `kind` tells them apart."""
        import pandas as pd

        rows = [
            {"kind": kind, **{name: getattr(item, name) for name in _COLUMNS}}
            for kind, items in (("check", self.items), ("signal", self.signals))
            for item in items
        ]
        return pd.DataFrame(rows, columns=["kind", *_COLUMNS])

    def __repr__(self) -> str:
        return f"<IntegrityReport {self.status}: {self.summary}>"

    def _repr_html_(self) -> str:
        shown = [item for item in self.items if item.status in ("stop", "query", "note")]
        rows = [(item.outcome or item.study, item.status, item.code, item.sentence)
                for item in (*shown, *self.signals)[:SHOWN]]  # fmt: skip
        more = len(shown) + len(self.signals) - SHOWN
        foot = self.summary + (f" And {more} more." if more > 0 else "")
        return html_table(("result", "status", "code", "found"), rows,
                          caption="Integrity", foot=foot)  # fmt: skip


SHOWN = 40
_COUNTED: Mapping[Status, Callable[[int], str]] = {
    "pass": lambda n: say_n(n, "{n} pass", "{n} passes"),
    "query": lambda n: say_n(n, "{n} query", "{n} queries"),
    "stop": lambda n: say_n(n, "{n} stop", "{n} stops"),
    "note": lambda n: say_n(n, "{n} note", "{n} notes"),
}


def joined(reports: Iterable[IntegrityReport]) -> IntegrityReport:
    """Several reports as one, in order.

    >>> item = Item(code="EV310", check="grim_percent", status="query", verdict="x", sentence="No.")
    >>> len(joined([IntegrityReport(items=(item,)), IntegrityReport(items=(item,))]).items)
    2
    """
    listed = list(reports)
    return IntegrityReport(
        items=tuple(item for report in listed for item in report.items),
        signals=tuple(item for report in listed for item in report.signals),
    )
