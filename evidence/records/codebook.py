"""The codebook: which column header means which fact, as the table `codebook.csv` beside this file.

Headers are compared ignoring case, spaces, dots, underscores, hyphens and brackets, and full-width
letters count as plain ones. A row with `arms` describes a number of one arm: its wide names end in
`_t` (tested product) and `_c` (comparator), its long name stands alone.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

Scope = Literal["wide", "long", "claims"]
"""Which names a table may use: two arms in a row, one arm in a row, or claims."""

TREATED_WORDS = (
    "t", "1", "treated", "treatment", "intervention", "experimental", "exp", "product", "active",
    "test", "tx", "arm1", "group1", "試験群", "試験品", "介入群", "治療群", "製品群", "试验组",
    "干预组", "实验组", "治疗组", "产品组",
)  # fmt: skip
"""Words before or after a header that name the tested product's arm."""

CONTROL_WORDS = (
    "c", "2", "control", "ctrl", "comparator", "vehicle", "placebo", "arm2", "group2", "対照群",
    "対照", "対照品", "プラセボ群", "プラセボ", "对照组", "对照", "安慰剂组", "安慰剂", "基质组",
)  # fmt: skip
"""Words before or after a header that name the comparator's arm."""

_IGNORED = re.compile(r"[\s._\-()\[\]:/]+")


class Column(NamedTuple):
    """One column of a table: its name, what it holds and where it goes in a record."""

    name: str
    kind: str  # text, whole, number, positive, percent, change, share, week, p, choice:<list>, …
    target: str  # field path in the record; `row.` is for the reader alone
    group: str
    unit: str
    description: str
    example: str
    layouts: tuple[str, ...]
    starter: bool  # part of the table that `evidence init` writes
    synonyms: tuple[str, ...]
    bare: bool = False  # a number of one arm under a header that names no arm


def normalise(header: str) -> str:
    """A header as it is compared.

    >>> normalise("Baseline Mean_T"), normalise("ｎ．t")
    ('baselinemeant', 'nt')
    """
    return _IGNORED.sub("", unicodedata.normalize("NFKC", header).casefold())


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = files("evidence.records").joinpath("codebook.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _column(row: dict[str, str], arm: str) -> Column:
    side = {"treated": "_t", "control": "_c", "": ""}[arm]
    words = {"treated": "tested product: ", "control": "comparator: ", "": ""}[arm]
    per_arm = row["arms"] == "yes"
    return Column(
        name=row["field"] + side,
        kind=row["kind"],
        target=row["target"].replace("arm.", f"{arm or 'treated'}.") if per_arm else row["target"],
        group=row["group"],
        unit=row["unit"],
        description=words + row["description"],
        example=row["example"],
        layouts=tuple(row["layouts"].split()),
        starter=row["starter"] == "yes",
        synonyms=tuple(word for word in row["synonyms"].split("|") if word),
        bare=per_arm and not arm,
    )


def columns(scope: Scope = "wide") -> tuple[Column, ...]:
    """Every column a table of this scope may have, in the codebook's order.

    >>> [column.name for column in columns("wide")][:3]
    ['study', 'row_id', 'citation']
    """
    found: list[Column] = []
    for row in _rows():
        layouts = row["layouts"].split()
        if scope == "claims":
            if "claims" in layouts:
                found.append(_column(row, ""))
        elif "claims" in layouts:
            continue
        elif scope == "long":
            if "long" in layouts:
                found.append(_column(row, ""))
        elif row["arms"] == "yes":
            found += [_column(row, "treated"), _column(row, "control")]
        elif layouts != ["long"]:
            found.append(_column(row, ""))
    return tuple(found)


@cache
def _index(scope: Scope) -> tuple[dict[str, Column], dict[str, dict[str, str]]]:
    """Whole headers of a scope, and the stems that take an arm word."""
    whole: dict[str, Column] = {}
    stems: dict[str, dict[str, str]] = {}
    for column in columns(scope):
        if scope == "wide" and column.target.startswith(("treated.", "control.")):
            whole.setdefault(normalise(column.name), column)
        else:
            for name in (column.name, *column.synonyms):
                whole.setdefault(normalise(name), column)
    if scope == "wide":
        for row in _rows():
            if row["arms"] == "yes":
                for name in (row["field"], *row["synonyms"].split("|")):
                    if name:
                        stems.setdefault(normalise(name), row)
    return whole, stems


def match_header(header: str, scope: Scope = "wide") -> Column | None:
    """The column that a header names, or None.

    >>> match_header("arm1_change_ci_low").name
    'change_ci_low_t'
    >>> match_header("対照群 標準偏差").name, match_header("均值", "long").name
    ('sd_c', 'mean')
    """
    key = normalise(header)
    whole, stems = _index(scope)
    if not key or key in whole:
        return whole.get(key)
    for arm, words in (("treated", TREATED_WORDS), ("control", CONTROL_WORDS)):
        for word in words:
            tail, lead = key.removeprefix(word), key.removesuffix(word)
            for stem in (tail, lead):
                if stem != key and stem in stems:
                    return _column(stems[stem], arm)
    return _column(stems[key], "") if key in stems else None


def suggest_header(header: str, scope: Scope = "wide") -> str:
    """The name of the column whose header looks most like this one, or nothing.

    >>> suggest_header("instrumnet")
    'instrument'
    """
    whole, stems = _index(scope)
    near = get_close_matches(normalise(header), [*whole, *stems], n=1, cutoff=0.75)
    if not near:
        return ""
    column = whole.get(near[0])
    return column.name if column else f"{stems[near[0]]['field']}_t"
