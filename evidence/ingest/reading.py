"""What `read` and `read_claims` give back: records, findings, counts, and how they are shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from evidence.formatting import html_table
from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.records.finding import Finding
from evidence.records.outcome import Outcome
from evidence.records.reported import Reported
from evidence.records.study import Study

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T", Study, Claim)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read(Sequence[T], Generic[T]):
    """What came out of one file; behaves as a sequence of its records."""

    source: str
    layout: str
    read: int
    used: int
    set_aside: int
    findings: tuple[Finding, ...] = field(repr=False)

    @property
    def _records(self) -> tuple[T, ...]:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[T]:
        return iter(self._records)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return self._records[index]

    def count_of(self, severity: str) -> int:
        """How many findings are of one severity."""
        return sum(item.severity == severity for item in self.findings)

    def _counts(self) -> str:
        rows = "row" if self.read == 1 else "rows"
        aside = f", {self.set_aside} set aside" if self.set_aside else ""
        return f"{self.read} {rows} read, {self.used} used{aside}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reading(_Read[Study]):
    """Studies read from one file, what was found on the way, and how many rows were used."""

    studies: tuple[Study, ...]

    @property
    def _records(self) -> tuple[Study, ...]:
        return self.studies

    @property
    def outcomes(self) -> tuple[tuple[Study, Outcome], ...]:
        """Every result with its study, in the order of the file."""
        return tuple((study, outcome) for study in self.studies for outcome in study.outcomes)

    def to_frame(self) -> pd.DataFrame:
        """One row per result: what was compared, and every number that is printed."""
        import pandas as pd

        rows = [_tidy(study, outcome) for study, outcome in self.outcomes]
        frame = pd.DataFrame(rows, columns=list(_tidy_columns()))
        return frame.astype(dict.fromkeys(_NUMERIC, float))

    def to_json(self, *, indent: int | None = None) -> str:
        """The study file: JSON that `read` gives back as equal records."""
        tree = {
            "schema": "evidence/studies/1",
            "studies": [study.model_dump(mode="json") for study in self.studies],
        }
        return json.dumps(tree, ensure_ascii=False, allow_nan=False, indent=indent)

    def __repr__(self) -> str:
        return (
            f"<Reading of {self.source}: {len(self)} studies, {len(self.outcomes)} results; "
            f"{self._counts()}>"
        )

    def _repr_html_(self) -> str:
        head = ("study", "year", "product", "design", "results")
        body = [
            (s.id, "" if s.year is UNKNOWN else str(s.year), s.product, _designs(s),
             str(len(s.outcomes)))
            for s in self.studies[:SHOWN]
        ]  # fmt: skip
        return _shown(head, body, f"{self.source}: {self._counts()}",
                      _more(len(self), "study", "studies"))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ClaimReading(_Read[Claim]):
    """Claims read from one file, what was found on the way, and how many rows were used."""

    claims: tuple[Claim, ...]

    @property
    def _records(self) -> tuple[Claim, ...]:
        return self.claims

    def to_frame(self) -> pd.DataFrame:
        """One row per claim."""
        import pandas as pd

        names = [name for name in Claim.model_fields if name not in ("places", "checkable_against")]
        return pd.DataFrame(
            [{name: _cell(getattr(claim, name)) for name in names} for claim in self.claims],
            columns=names,
        )

    def __repr__(self) -> str:
        return f"<ClaimReading of {self.source}: {len(self)} claims; {self._counts()}>"

    def _repr_html_(self) -> str:
        body = [(c.id, c.text, c.ingredient, c.outcome) for c in self.claims[:SHOWN]]
        return _shown(("id", "claim", "ingredient", "outcome"), body,
                      f"{self.source}: {self._counts()}",
                      _more(len(self), "claim", "claims"))  # fmt: skip


# --------------------------------------------------------------------------- showing

SHOWN = 8
"""Records that a notebook shows."""

_ARM_COLUMNS = ("n", "n_randomised", "baseline_mean", "baseline_sd", "mean", "sd", "se",
                "change_mean", "change_sd", "pct_change", "events", "total", "pct")  # fmt: skip


_NUMERIC = ("year", "week", "n_total", "n_total_randomised", "effect", "effect_se", "ci_low",
            "ci_high", "level", "p", *(f"{name}_{side}" for side in "tc"
                                       for name in _ARM_COLUMNS))  # fmt: skip


def _tidy_columns() -> Iterator[str]:
    yield from ("study", "result", "year", "product", "category", "outcome", "domain", "family",
                "kind", "instrument", "unit", "better", "statistic", "week", "design",
                "comparator", "randomised", "n_total", "n_total_randomised")  # fmt: skip
    for side in ("t", "c"):
        yield from (f"{name}_{side}" for name in _ARM_COLUMNS)
    yield from ("measure", "effect", "effect_se", "ci_low", "ci_high", "level", "contrast",
                "p_operator", "p")  # fmt: skip


def _tidy(study: Study, outcome: Outcome) -> dict[str, object]:
    contrast, p = outcome.contrast, outcome.contrast.p
    row: dict[str, object] = {
        "study": study.id, "result": outcome.id, "year": _cell(study.year),
        "product": study.product, "category": study.category, "outcome": outcome.name,
        "domain": outcome.domain, "family": outcome.family, "kind": _cell(outcome.kind),
        "instrument": outcome.instrument, "unit": outcome.unit, "better": _cell(outcome.better),
        "statistic": _cell(outcome.statistic), "week": _cell(outcome.week),
        "design": _cell(outcome.design.kind), "comparator": _cell(outcome.design.comparator),
        "randomised": _cell(outcome.design.randomised), "n_total": _cell(outcome.n_total),
        "n_total_randomised": _cell(outcome.n_total_randomised),
    }  # fmt: skip
    for side, arm in (("t", outcome.treated), ("c", outcome.control)):
        for name in _ARM_COLUMNS:
            row[f"{name}_{side}"] = None if arm is None else _cell(getattr(arm, name))
    row |= {
        "measure": contrast.measure, "effect": _cell(contrast.estimate),
        "effect_se": _cell(contrast.se), "ci_low": _cell(contrast.ci_low),
        "ci_high": _cell(contrast.ci_high), "level": contrast.level,
        "contrast": _cell(contrast.kind),
        "p_operator": None if p is UNKNOWN else p.operator,
        "p": None if p is UNKNOWN else _cell(p.value),
    }  # fmt: skip
    return row


def _cell(value: Any) -> Any:
    """A fact as a table holds it: numbers as floats, unknown as nothing."""
    if value is UNKNOWN:
        return None
    return value.value if isinstance(value, Reported) else value


def _designs(study: Study) -> str:
    kinds = dict.fromkeys(
        "unknown" if o.design.kind is UNKNOWN else o.design.kind.replace("_", " ")
        for o in study.outcomes
    )
    return ", ".join(kinds)


def _shown(head: Sequence[str], body: Sequence[Sequence[str]], caption: str, foot: str) -> str:
    rows = [[_printable(cell) for cell in row] for row in body]
    return html_table(head, rows, caption=_printable(caption), foot=foot)


def _more(n: int, one: str, many: str) -> str:
    """How many records a table leaves out."""
    left = n - SHOWN
    return f"and {left:,} more {one if left == 1 else many}: see .to_frame()" if left > 0 else ""


def _printable(text: str) -> str:
    return "".join(ch if ch.isprintable() else " " for ch in text)
