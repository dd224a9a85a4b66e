"""Sentences that remember how they were made, so that a reader may have them in another language.

English is written where the thing happens: `say("{n} people were enrolled", n=50)` is the string
"50 people were enrolled", and works wherever a string does. It also keeps its template and what
fills it; `translate` looks the template up in a catalogue and fills the sentence of that language.
Nothing is ever taken apart again, and no sentence is glued from pieces of another language:
several of them go through `sentences` or `listed`, which know how each language joins them.

A fixed text needs nothing: it is found by its English words. What no catalogue knows (a product's
name, the words of a claim) stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from string import Formatter
from typing import Literal, NamedTuple, TypeAlias

Language: TypeAlias = Literal["en", "ja", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "ja", "zh")
Join = Literal["; ", ", ", " · ", " and ", " to "]


class Style(NamedTuple):
    """How a language puts sentences and items together."""

    joins: Mapping[str, str]
    between: str  # between two sentences
    stop: str
    ends: str  # what may end a sentence


STYLES: Mapping[str, Style] = {
    "en": Style({}, " ", ".", ".!?:…"),
    "ja": Style({"; ": "；", ", ": "、", " and ": "と", " to ": "から"}, "", "。", "。！？：.!?…"),
    "zh": Style({"; ": "；", ", ": "、", " and ": "和", " to ": "至"}, "", "。", "。！？：.!?…"),
}


class Message(str):
    """A text in English with what is needed to say it in another language.

    `how` is "say" (a template and its values) or the name of a way to put texts together;
    `values` are the fillings by name, or the parts by position.
    """

    __slots__ = ("how", "template", "values")

    how: str
    template: str
    values: tuple[tuple[str, str], ...]

    def __new__(
        cls,
        text: str,
        template: str = "",
        values: tuple[tuple[str, str], ...] = (),
        how: str = "say",
    ) -> Message:
        """Keep how a text was made beside it."""
        made = super().__new__(cls, text)
        made.template, made.values, made.how = template, values, how
        return made

    def __reduce__(self) -> tuple[type[Message], tuple[object, ...]]:
        """Copies and pickles keep it whole."""
        return Message, (str(self), self.template, self.values, self.how)


def say(template: str, /, **values: object) -> Message:
    """A sentence, or a part of a table, with its places filled.

    Parameters
    ----------
    template : str
        English, with named places: "{n} of {total} people". It is the key of the catalogues, so
        it is written out where it is used and holds no number format: numbers come in as text.
    **values
        What goes into the places. A value that is itself such a text is translated with the rest.

    Examples
    --------
    >>> text = say("{low} to {high}", low=3, high=10)
    >>> text, translate(text, "ja")
    ('3 to 10', '3～10')
    """
    kept = tuple((name, _kept(value)) for name, value in values.items())
    return Message(template.format_map(dict(kept)), template, kept)


def say_n(n: float, one: str, many: str, /, **values: object) -> Message:
    """A sentence about a number of things: `one` for exactly one, `many` otherwise.

    The catalogues hold `many` alone. `{n}` is the number unless `values` say otherwise.

    >>> say_n(1, "{n} study has no control", "{n} studies have no control")
    '1 study has no control'
    """
    filled = {"n": f"{n:,}", **values}
    kept = tuple((name, _kept(value)) for name, value in filled.items())
    return Message((one if n == 1 else many).format_map(dict(kept)), many, kept)


def listed(items: Iterable[object], join: Join = "; ") -> Message:
    """Items in a row, put together as each language does.

    >>> translate(listed(["A", "B"], ", "), "zh")
    'A、B'
    """
    parts = tuple(_kept(item) for item in items)
    return Message(join.join(parts), join, _numbered(parts), "listed")


def sentences(*texts: object) -> Message:
    """Whole sentences after one another; empty ones are left out.

    >>> sentences("One.", "", "Two.")
    'One. Two.'
    """
    parts = tuple(_kept(text) for text in texts if text)
    return Message(" ".join(parts), "", _numbered(parts), "sentences")


def sentence(text: str) -> Message:
    """A text as a sentence: a capital first, a full stop last.

    >>> sentence("no spread is printed"), sentence("Why?")
    ('No spread is printed.', 'Why?')
    """
    whole = text[:1].upper() + text[1:]
    if whole and whole[-1] not in STYLES["en"].ends:
        whole += "."
    return Message(whole, "", _numbered((_kept(text),)), "sentence")


def capital(text: str) -> Message:
    """A text that begins a line: a capital first.

    >>> capital("two groups")
    'Two groups'
    """
    return Message(text[:1].upper() + text[1:], "", _numbered((_kept(text),)), "capital")


def clause(text: str) -> Message:
    """A sentence without its full stop, to stand inside another one.

    >>> clause("No evidence is offered.")
    'No evidence is offered'
    """
    return Message(text.rstrip("."), "", _numbered((_kept(text),)), "clause")


def _kept(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _numbered(parts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((str(i), part) for i, part in enumerate(parts))


def translate(text: str, lang: str) -> str:
    """A text in another language; what no catalogue knows stays as it is.

    Parameters
    ----------
    text : str
        From `say` and its kin, or fixed English words.
    lang : str
        "en", "ja" or "zh", with a region if need be.

    Raises
    ------
    ValueError
        There is no such language here.

    Examples
    --------
    >>> translate("not stated", "ja"), translate("Kim 2019", "ja"), translate("Low", "en")
    ('記載なし', 'Kim 2019', 'Low')
    """
    return _translated(text, base_language(lang))


def base_language(lang: str) -> Language:
    """The language of a tag, its region left out.

    >>> base_language("zh-Hans")
    'zh'
    """
    base = lang.split("-")[0].lower()
    for known in LANGUAGES:
        if base == known:
            return known
    raise ValueError(f"there is no language {lang!r} here; there are: {', '.join(LANGUAGES)}.")


def _translated(text: str, lang: Language) -> str:
    if lang == "en":
        return str(text)
    if not isinstance(text, Message):
        return catalogue(lang).get(text, text)
    parts = [_translated(value, lang) for _, value in text.values]
    style = STYLES[lang]
    match text.how:
        case "listed":
            return style.joins.get(text.template, text.template).join(parts)
        case "sentences":
            return style.between.join(_spaced(part) for part in parts).strip()
        case "sentence":
            done = parts[0]
            return done if not done or done[-1] in style.ends else done + style.stop
        case "clause":
            return parts[0].rstrip("." + style.stop)
        case "capital":
            return parts[0]
    template = catalogue(lang).get(text.template)
    if template is None:  # a sentence half in English would be read by nobody
        return str(text)
    names = (name for name, _ in text.values)
    return template.format_map(dict(zip(names, parts, strict=True)))


def _spaced(part: str) -> str:
    """A sentence that stayed English keeps the space after it."""
    return part + " " if part.endswith((".", "!", "?")) else part


def is_known(text: str, lang: str) -> bool:
    """Whether a language has its own words for all of a text.

    >>> is_known(say("{low} to {high}", low=3, high=10), "zh"), is_known("Kim 2019", "zh")
    (True, False)
    """
    base = base_language(lang)
    if base == "en":
        return True
    if not isinstance(text, Message):
        return text in catalogue(base)
    if text.how == "say":
        return text.template in catalogue(base)
    return all(is_known(value, base) for _, value in text.values)


@cache
def catalogue(lang: Language) -> Mapping[str, str]:
    """Every sentence of a language, by its English template.

    >>> catalogue("zh")["not stated"], len(catalogue("en"))
    ('未说明', 0)
    """
    found: dict[str, str] = {}
    if lang == "en":
        return found
    import json  # both only when another language is asked for
    from importlib.resources import files

    folder = files("evidence") / "languages" / lang
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".json"):
            found.update(json.loads(file.read_text(encoding="utf-8")))
    return found


def places(template: str) -> set[str]:
    """The named places of a template.

    >>> sorted(places("{n} of {total}"))
    ['n', 'total']
    """
    return {name for _, name, _, _ in Formatter().parse(template) if name}


_SPOKEN: ContextVar[Language] = ContextVar("evidence_language", default="en")


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Draw in a language: what is written into drawings inside of the block is `spoken`.

    Text has to be translated before it is measured, so a drawing cannot be translated afterwards.

    >>> with speaking("zh"):
    ...     spoken("not stated")
    '未说明'
    """
    token = _SPOKEN.set(base_language(lang))
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def spoken(text: str) -> str:
    """A text in the language that is being drawn in.

    >>> spoken("not stated")
    'not stated'
    >>> with speaking("ja"):
    ...     spoken("not stated")
    '記載なし'
    """
    lang = _SPOKEN.get()
    return text if lang == "en" else _translated(text, lang)
