"""Every word that can be explained, by shelf; the words live where the thing itself lives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, get_args, get_origin

from evidence.cli import ideas, json_fields, method_words
from evidence.cli.bias_shelves import questions, rules
from evidence.cli.explanation import Explanation, Idea, Kind, explained, said
from evidence.cli.schema import TAKES
from evidence.messages import capital, say, sentence


def everything() -> list[Explanation]:
    """Every word that can be explained, in the order of the shelves."""
    return [entry for shelf in _SHELVES for entry in shelf()]


def _words() -> Iterable[Explanation]:
    tables: dict[Kind, tuple[dict[str, Idea], ...]] = {
        **ideas.TABLES,
        "method": (method_words.METHODS, method_words.BIAS_SETS),
    }
    for kind, parts in tables.items():
        for table in parts:
            for name, idea in table.items():
                yield explained(kind, name, idea)


def _findings() -> Iterable[Explanation]:
    from evidence.records.codes import CODES

    for code, about in CODES.items():
        facts = {
            name: str(getattr(about, name)) for name in ("severity", "what", "why", "fix", "source")
        }
        yield Explanation(kind="finding", name=code, title=about.title, facts=said(facts))


def _components() -> Iterable[Explanation]:
    from evidence.appraisal.component_table import COMPONENTS

    for name, about in COMPONENTS.items():
        facts = {
            "what": about.what,
            "why": ideas.COMPONENTS_WHY[name],
            "where": "lost, in evidence score; reliability.components in its JSON",
            "source": about.source,
        }
        yield Explanation(kind="component", name=name, title=about.title, facts=facts)


def _families() -> Iterable[Explanation]:
    from evidence.records.families import DRIFT, FAMILIES

    for name, family in FAMILIES.items():
        drift = DRIFT[family.drift]
        facts = {
            "what": say("outcomes named by: {words}", words=", ".join(family.words))
            if family.words
            else "outcomes of no other family",
            "why": "the family says which way is good, and what to expect where a paper is silent",
            "better": family.better if isinstance(family.better, str) else "the source must say",
            "r": say("{r} assumed between before and after, where none is printed",
                     r=f"{family.r:g}"),
            "vehicle": say("changes by {mean} SD (spread {sd}) without the product: {basis}",
                           mean=f"{drift.mean:g}", sd=f"{drift.sd:g}", basis=drift.basis),
            "cv": f"{family.cv.median:g}: {family.cv.basis}" if family.cv else "",
            "where": "family in evidence pool; evidence/records/families.py",
        }  # fmt: skip
        yield Explanation(kind="family", name=name, title=family.title, facts=said(facts))


def _columns() -> Iterable[Explanation]:
    from evidence.records.codebook import Column, Scope, columns

    every: dict[str, Column] = {}
    for scope in get_args(Scope):
        every |= {column.name: column for column in columns(scope) if column.name not in every}
    for name, column in every.items():
        kind, _, choices = column.kind.partition(":")
        facts = {
            "what": f"{TAKES.get(kind, kind)}{f', {column.unit}' if column.unit else ''}",
            "values": _choices(choices),
            "example": column.example,
            "why": ideas.COLUMNS_WHY[column.group],
            "where": say("{target} in the record; evidence schema lists all", target=column.target),
            "or": ", ".join(column.synonyms),
        }
        yield Explanation(
            kind="column",
            name=name,
            title=capital(column.description),
            facts=said(facts),
            also=column.synonyms,
        )


def _choices(name: str) -> str:
    if not name:
        return ""
    from evidence.ingest.words import words_of

    return ", ".join(words_of(name))


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
            words = about.description or name.replace("_", " ")
            facts = {
                "what": sentence(words),
                "values": words_of_type(about.annotation),
                "why": ideas.RECORDS_WHY[record.__name__],
                "where": say("{record} in evidence schema --format json", record=record.__name__),
            }
            yield Explanation(
                kind="field",
                name=f"{record.__name__}.{name}",
                title=capital(words),
                facts=said(facts),
                also=(name,),
            )


def words_of_type(annotation: object) -> str:
    """The closed list of words a field may hold, "" when it is free."""
    if get_origin(annotation) is Literal:
        return ", ".join(str(word) for word in get_args(annotation) if word != "")
    return ", ".join(filter(None, map(words_of_type, get_args(annotation))))


def _json() -> Iterable[Explanation]:
    for field in json_fields.fields():
        where = say("{path} in evidence {command} --json; docs/json.md", path=field.path,
                    command=field.command)  # fmt: skip
        last = field.path.rpartition(".")[2]
        every = ("change", "change_control", "between") if "*" in field.path else ()
        yield Explanation(
            kind="json",
            name=f"{field.command}.{field.path}",
            title=field.title,
            facts={"what": field.what, "why": field.why, "where": where},
            also=(last, field.path, *(field.path.replace("*", name) for name in every)),
        )


_SHELVES: tuple[Callable[[], Iterable[Explanation]], ...] = (
    _words,
    _findings,
    _components,
    questions,
    rules,
    _families,
    _columns,
    _fields,
    _json,
)
