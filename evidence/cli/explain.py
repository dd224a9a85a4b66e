"""`evidence explain`: what a code, a field, a part of the score, a family or a label means.

The words live where the thing itself lives; this file only knows which shelf to look on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from textwrap import fill
from typing import Annotated, Literal, get_args, get_origin

from cyclopts import Parameter

from evidence.cli.options import FormatOption, JsonOption, OutputOption, chosen
from evidence.cli.output import emit
from evidence.errors import EvidenceError
from evidence.records.codebook import Scope, normalise

Kind = Literal["idea", "finding", "component", "label", "family", "column", "field"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What one word means: its facts in reading order, each under a short heading."""

    kind: Kind
    name: str
    title: str
    facts: Mapping[str, str]
    also: tuple[str, ...] = ()  # other words that mean it

    def as_dict(self) -> dict[str, object]:
        """Plain data, as `--json` prints it."""
        return {"kind": self.kind, "name": self.name, "title": self.title, **self.facts}

    def __str__(self) -> str:
        lead = f"{self.name}  " if self.title else self.name
        lines = [f"{lead}{self.title}  ({_KINDS[self.kind]})"]
        for heading, words in self.facts.items():
            lines.append(
                fill(words, 88, initial_indent=f"{heading:<9} ", subsequent_indent=" " * 10)
            )
        return "\n".join(lines)


_KINDS: dict[Kind, str] = {
    "idea": "what the numbers mean",
    "finding": "finding code",
    "component": "part of the reliability score",
    "label": "label of a number",
    "family": "outcome family",
    "column": "column of a table",
    "field": "field of a record",
}

IDEAS: dict[str, dict[str, str]] = {
    "reliability": {
        "title": "The share of what such studies report that is the product's true effect",
        "what": "0 to 100 for one result of one study: R = 100 A^2 / (A^2 + S^2 + B^2). B adds up "
        "the mean biases and S^2 the variances of all components, in standard deviations of the "
        "outcome; A is the size of true effects to expect. The reported effect is not an input: "
        "a study without an effect can be as reliable as one with.",
        "read": "R / 100 is also how much of a reported number to believe, before its size is "
        "looked at. It never says that a product fails, nor that two are equal.",
        "see": "evidence explain no_control selection blinding sampling …, each with its source",
    },
    "range": {
        "title": "How far the score moves with what nobody knows",
        "what": "The least and greatest score over the bias sets none, robes2018, withintrial and "
        "metablind, a correlation of 0.3 to 0.9, and 1 to 20 results measured, where unknown.",
    },
    "expected_effect": {
        "title": "The true effect to expect behind a reported one",
        "what": "The reported effect less its mean biases, drawn towards zero by how uncertain it "
        "is, in the outcome's own unit; positive is benefit. It is called a scenario when a "
        "coefficient of variation, a correlation or the change without the product was assumed.",
    },
    "probability": {
        "title": "Probability of benefit",
        "what": "Pr(true effect above a threshold) for a result between groups, under each bias "
        "set, with a flat prior and no allowance for selection. Without a control there is none.",
        "source": "Welton 2009, doi 10.1111/j.1467-985X.2008.00548.x",
    },
    "bias_set": {
        "title": "Sizes of bias, as a named set",
        "what": "robes2018 (default), withintrial and metablind are published; none takes nothing "
        "off; the range runs over these four. cochrane_rob2 is this project's own estimate.",
        "source": "appraisal/bias_sets.py; cochrane_rob2: docs/validation.md",
    },
    "priors": {
        "title": "Coefficients of variation and correlations to expect where none is printed",
        "what": "Per outcome family: ln CV and Fisher's z of the before-after correlation are "
        "normal, with a centre and a spread. They give the interval that is labelled imputed, and "
        "nothing else: no score, and no effect.",
        "versions": "0 (default): set by hand from few sources. 1: estimated from the trials in "
        "datasets/, drawn back to version 0 where fewer than three studies were seen, which today "
        "is everywhere; with hydration added. A version never changes once published.",
        "source": "evidence/records/priors.py names what each one rests on",
    },
    "a_scale": {
        "title": "A, the size of true effects to expect",
        "what": "cosmetic 0.25 (default) or skin_trials 0.62, in standard deviations. It sets the "
        "scale of all scores and never their order.",
    },
}

LABELS: dict[str, dict[str, str]] = {
    "reported": {
        "title": "The source prints this number",
        "what": "Read from the source after its unit and its sign were brought into one form.",
        "pooled": "yes",
    },
    "derived": {
        "title": "Algebra from printed numbers",
        "what": "Computed from numbers the source prints, with no assumption from outside; the "
        "rule and its inputs are named beside it.",
        "pooled": "yes",
    },
    "bounded": {
        "title": "An interval that contains the number",
        "what": "What is printed allows every value between the bounds; none is preferred.",
        "pooled": "only as bounds, or in a sensitivity analysis",
    },
    "imputed": {
        "title": "Taken from a named outside distribution",
        "what": "A correlation, a coefficient of variation or a vehicle response that the source "
        "does not print, from a named table with a version.",
        "pooled": "only in an analysis that is marked, never alone",
    },
    "refused": {
        "title": "No number can be given",
        "what": "What is printed does not determine it, not even within bounds; the reason stands "
        "in its place.",
        "pooled": "no",
    },
}


def explain(
    words: Annotated[
        list[str] | None,
        Parameter(help="Codes, columns, parts of the score, families or labels; none lists all."),
    ] = None,
    /,
    *,
    form: FormatOption = "table",
    as_json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Say what a code, a column, a part of the score, an outcome family or a label means.

    Raises
    ------
    EvidenceError
        When a word means nothing here; it names the nearest that does.
    """
    shelf = everything()
    found = [entry for word in words for entry in look_up(word, shelf)] if words else shelf
    emit(
        {"explanations": found},
        chosen(form, as_json),
        schema="evidence/explain/1",
        rows=[entry.as_dict() for entry in found],
        text=lambda: "\n\n".join(map(str, found)) if words else _index(found),
        output=output,
    )


def look_up(word: str, shelf: list[Explanation]) -> list[Explanation]:
    """All that a word means: by its name, else by another word for it or by its last part.

    Raises
    ------
    EvidenceError
        When it means nothing; the message names the nearest that does.
    """
    asked = normalise(word)
    if found := [entry for entry in shelf if normalise(entry.name) == asked]:
        return found
    if found := [entry for entry in shelf if asked in map(normalise, _other_names(entry))]:
        return found
    names = {normalise(name): name for e in shelf for name in (*_other_names(e), e.name)}
    near = [names[key] for key in get_close_matches(asked, names, n=3, cutoff=0.6)]
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise EvidenceError(
        f"{word!r} is no code, column, field, part of the score, family or label.{hint} "
        "`evidence explain` lists them all."
    )


def _other_names(entry: Explanation) -> tuple[str, ...]:
    return (entry.name.rpartition(".")[2], *entry.also)


def everything() -> list[Explanation]:
    """Every word that can be explained, in the order of the shelves."""
    return [entry for shelf in _SHELVES for entry in shelf()]


def _findings() -> Iterable[Explanation]:
    from evidence.records.codes import CODES

    for code, about in CODES.items():
        facts = {
            name: str(getattr(about, name)) for name in ("severity", "what", "why", "fix", "source")
        }
        yield Explanation(kind="finding", name=code, title=about.title, facts=_said(facts))


def _fields() -> Iterable[Explanation]:
    from evidence.records.base import Place
    from evidence.records.claim import Claim
    from evidence.records.outcome import (
        ArmResult,
        Blinding,
        Contrast,
        Design,
        Outcome,
        PValue,
        Reporting,
    )
    from evidence.records.study import Arm, Ingredient, Interest, Study

    for record in (
        *(Study, Arm, Ingredient, Interest, Outcome, Design, Blinding, ArmResult, Contrast),
        *(PValue, Reporting, Claim, Place),
    ):
        for name, about in record.model_fields.items():
            facts = {"what": about.description or "", "values": _words_of(about.annotation)}
            yield Explanation(
                kind="field", name=f"{record.__name__}.{name}", title="", facts=_said(facts)
            )


def _columns() -> Iterable[Explanation]:
    from evidence.records.codebook import Column, columns

    every: dict[str, Column] = {}
    for scope in get_args(Scope):
        every |= {column.name: column for column in columns(scope) if column.name not in every}
    for name, column in every.items():
        facts = {
            "what": column.description,
            "unit": column.unit,
            "holds": column.kind.replace("choice:", "one of: ").replace("|", ", "),
            "example": column.example,
            "goes to": column.target,
            "or": ", ".join(column.synonyms),
        }
        yield Explanation(
            kind="column", name=name, title="", facts=_said(facts), also=column.synonyms
        )


def _words_of(annotation: object) -> str:
    """The closed list of words a field may hold, "" when it is free."""
    if get_origin(annotation) is Literal:
        return ", ".join(str(word) for word in get_args(annotation) if word != "")
    return ", ".join(filter(None, map(_words_of, get_args(annotation))))


def _components() -> Iterable[Explanation]:
    from evidence.appraisal.component_table import COMPONENTS

    for name, about in COMPONENTS.items():
        facts = {"what": about.what, "source": about.source}
        yield Explanation(kind="component", name=name, title=about.title, facts=_said(facts))


def _families() -> Iterable[Explanation]:
    from evidence.records.families import DRIFT, FAMILIES

    for name, family in FAMILIES.items():
        drift = DRIFT[family.drift]
        facts = {
            "better": family.better if isinstance(family.better, str) else "the source must say",
            "r": f"{family.r:g} assumed between before and after, where none is printed",
            "vehicle": f"changes by {drift.mean:g} SD (spread {drift.sd:g}) without the product: "
            f"{drift.basis}",
            "cv": f"{family.cv.median:g}: {family.cv.basis}" if family.cv else "",
            "found by": ", ".join(family.words),
        }
        yield Explanation(kind="family", name=name, title=family.title, facts=_said(facts))


def _ideas() -> Iterable[Explanation]:
    for name, about in IDEAS.items():
        facts = {heading: words for heading, words in about.items() if heading != "title"}
        yield Explanation(kind="idea", name=name, title=about["title"], facts=facts)


def _labels() -> Iterable[Explanation]:
    for name, about in LABELS.items():
        facts = {heading: words for heading, words in about.items() if heading != "title"}
        yield Explanation(kind="label", name=name, title=about["title"], facts=facts)


def _said(facts: Mapping[str, str]) -> dict[str, str]:
    return {heading: words for heading, words in facts.items() if words}


_SHELVES: tuple[Callable[[], Iterable[Explanation]], ...] = (
    _ideas,
    _findings,
    _components,
    _labels,
    _families,
    _columns,
    _fields,
)


_PLURALS: dict[Kind, str] = {
    "finding": "finding codes",
    "component": "parts of the reliability score",
    "label": "labels of numbers",
    "family": "outcome families",
    "column": "columns of tables",
    "field": "fields of records",
}


def _index(shelf: list[Explanation]) -> str:
    blocks = []
    for kind, title in _PLURALS.items():
        entries = [entry for entry in shelf if entry.kind == kind]
        if kind in ("column", "field"):
            names = ", ".join(entry.name for entry in entries)
            lines = [fill(names, 88, initial_indent="  ", subsequent_indent="  ")]
        else:
            lines = [f"  {entry.name:<22} {entry.title}" for entry in entries]
        blocks.append("\n".join((f"{title}:", *lines)))
    return "\n\n".join(blocks)
