"""`evidence explain`: what a word of the results means, and how the values of a study came about.

The words live where the thing itself lives; `shelves` knows where that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Annotated

from cyclopts import Parameter

from evidence.cli.explanation import KINDS, Explanation
from evidence.cli.lines import Line
from evidence.cli.options import FormatOption, JsonOption, LangOption, OutputOption, chosen
from evidence.cli.output import emit
from evidence.cli.shelves import everything
from evidence.errors import EvidenceError
from evidence.messages import listed, say, speaking
from evidence.records.codebook import normalise

_key = cache(normalise)
_MANY = 8  # other meanings that are named


def explain(
    words: Annotated[
        list[str] | None,
        Parameter(
            help="Codes, columns, fields, methods, verdicts, questions, rules; with --file also "
            "studies and results. None lists all."
        ),
    ] = None,
    /,
    *,
    file: Annotated[
        str | None, Parameter(help="Study file: walk its numbers back to the printed figures.")
    ] = None,
    form: FormatOption = "table",
    as_json: JsonOption = False,
    output: OutputOption = None,
    lang: LangOption = "en",
) -> None:
    """Say what a word of the results means, or how the values of a study came about.

    Codes (EV305), columns, fields of JSON, labels, verdicts, methods, questions (4.3) and rules of
    markets need no file. A study or a result is looked up in the --file that holds it.

    Raises
    ------
    EvidenceError
        When a word means nothing here; it names the nearest that does.
    """
    shelf = everything()
    with speaking(lang):
        found = _found(words or [], shelf, file)
        also = _elsewhere(words or [], shelf, found)
        emit(
            {"explanations": found},
            chosen(form, as_json),
            schema="evidence/explain/1",
            rows=[entry.as_dict() for entry in found],
            text=lambda: _told(found, also) if words else _index(found),
            output=output,
        )


def _found(words: list[str], shelf: list[Explanation], file: str | None) -> list[Explanation]:
    if len(words) > 1 and (whole := _named(" ".join(words), shelf)):
        return whole  # evidence explain supported if reworded
    if file is None:
        return [entry for word in words for entry in look_up(word, shelf)] if words else shelf
    from evidence.cli.walk import Shelf, walk

    studies = Shelf(file)
    found: list[Explanation] = []
    for word in words or studies.names[:1]:
        if results := studies.find(word):
            found += walk(results)
        else:
            found += look_up(word, shelf, studies.names)
    return found


def look_up(
    word: str, shelf: list[Explanation], others: list[str] | None = None
) -> list[Explanation]:
    """All that a word means: by its name, else by another word for it or by its last part.

    Raises
    ------
    EvidenceError
        When it means nothing; the message names the nearest that does, `others` included.
    """
    if found := _named(word, shelf):
        return found
    from evidence.cli.json_fields import canonical

    if (path := canonical(word)) != word:
        return look_up(path, shelf, others)
    asked = _key(word)
    known = [name for e in shelf for name in (*_other_names(e), e.name)]
    names = {_key(name): name for name in (*known, *(others or []))}
    near = [names[key] for key in get_close_matches(asked, names, n=3, cutoff=0.6)]
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    where = "" if others else " A study or result needs --file."
    raise EvidenceError(
        f"{word!r} is no code, column, field, method, verdict, question, rule or label.{hint}"
        f"{where} `evidence explain` lists them all."
    )


def _named(word: str, shelf: list[Explanation]) -> list[Explanation]:
    """Entries of this name, else those with another name like it; as typed first: 1.1 is not 11."""
    asked, typed = _key(word), word.casefold()
    for names_of in (_own, _other_names):
        if found := [e for e in shelf if typed in map(str.casefold, names_of(e))]:
            return found
        if found := [e for e in shelf if asked in map(_key, names_of(e))]:
            return found
    return []


def _own(entry: Explanation) -> tuple[str, ...]:
    return (entry.name,)


def _other_names(entry: Explanation) -> tuple[str, ...]:
    last = entry.name.rpartition(".")[2] if entry.kind in ("field", "json") else entry.name
    return (last, *entry.also)


def _elsewhere(words: list[str], shelf: list[Explanation], found: list[Explanation]) -> list[str]:
    """Names of other entries that a word could mean too."""
    seen = {entry.name for entry in found}
    asked = {_key(word) for word in words}
    return [
        entry.name
        for entry in shelf
        if entry.name not in seen and asked & set(map(_key, _other_names(entry)))
    ]


def _told(found: list[Explanation], also: list[str]) -> Iterator[Line]:
    for index, entry in enumerate(found):
        if index:
            yield Line()
        yield from entry.lines()
    if also:
        shown = [f"'{name}'" if " " in name else name for name in also[:_MANY]]
        names = listed([*shown, *(["…"] if len(also) > _MANY else [])], ", ")
        yield Line()
        yield Line(say("the word has other meanings: evidence explain {names}", names=names),
                   left=2)  # fmt: skip


def _index(shelf: list[Explanation]) -> Iterator[Line]:
    """Every word by kind; those of tables and records in rows, the others with their title."""
    first = True
    for kind, title in KINDS.items():
        entries = [entry for entry in shelf if entry.kind == kind]
        if not entries:
            continue
        if not first:
            yield Line()
        first = False
        yield Line(say("{what}:", what=title), left=0)
        if kind in ("column", "field", "json", "question"):
            yield Line(listed([entry.name for entry in entries], ", "), "", 2)
        else:
            for entry in entries:
                yield Line(entry.title, f"  {entry.name}", 26)
