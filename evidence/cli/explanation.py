"""What one word means: the noun that `evidence explain` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evidence.cli.lines import Line
from evidence.messages import say

Kind = Literal[
    "idea", "finding", "component", "label", "verdict", "method", "judgement", "question",
    "rule", "family", "column", "field", "json", "value",
]  # fmt: skip

KINDS: dict[Kind, str] = {
    "idea": "what the numbers mean",
    "finding": "finding code",
    "component": "part of the reliability score",
    "label": "label of a number",
    "verdict": "word of a verdict",
    "method": "method",
    "judgement": "judgement of bias or certainty",
    "question": "question of a tool for risk of bias",
    "rule": "rule of a market for claims",
    "family": "outcome family",
    "column": "column of a table",
    "field": "field of a record",
    "json": "field of JSON output",
    "value": "how a value came about",
}
"""Kinds in the order in which they are listed, in words."""

LEFT = 12


class Idea(NamedTuple):
    """One word: what it is, why a reader should know, where it stands or what to read on."""

    title: str
    what: str
    why: str
    where: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What one word means: its facts in reading order, each under a short heading.

    Every one says what it is, why it matters, and what to do (`fix`) or where it stands (`where`).
    """

    kind: Kind
    name: str
    title: str
    facts: Mapping[str, str | tuple[str, ...]]
    also: tuple[str, ...] = ()  # other words that mean it

    def as_dict(self) -> dict[str, object]:
        """Plain data, as `--json` prints it."""
        return {"kind": self.kind, "name": self.name, "title": self.title, **self.facts}

    def lines(self) -> Iterator[Line]:
        """The title, then each fact under its heading."""
        title = say("{title}  ({kind})", title=self.title, kind=KINDS[self.kind])
        yield Line(title, f"{self.name} ", 2)
        for heading, words in self.facts.items():
            for index, text in enumerate((words,) if isinstance(words, str) else words):
                yield Line(text, "" if index else heading, LEFT)


def explained(kind: Kind, name: str, idea: Idea) -> Explanation:
    """A row of a table of words as an explanation."""
    facts = {"what": idea.what, "why": idea.why, "where": idea.where, "source": idea.source}
    return Explanation(kind=kind, name=name, title=idea.title, facts=said(facts))


def said(facts: Mapping[str, str | tuple[str, ...]]) -> dict[str, str | tuple[str, ...]]:
    """Facts that say something."""
    return {heading: words for heading, words in facts.items() if words}
