"""The reference: public names from their docstrings, commands, finding codes, columns, words.

Everything here is read from the program, so that no page of it can be out of date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from evidence import _HOMES


class Shelf(NamedTuple):
    """One page of public names: a title, what they are for, and the modules they live in."""

    slug: str
    title: str
    about: str
    homes: str  # a pattern for the module, matched from its start

    def names(self) -> list[str]:
        """Its public names, those that no earlier shelf has, in alphabetical order."""
        return [name for name, shelf in _shelved().items() if shelf is self]


SHELVES = (
    Shelf("read", "Reading and records",
          "Files become records; what a source does not state stays `UNKNOWN`.",
          r"ingest|records|errors"),
    Shelf("effects", "Effects",
          "From a record or from arrays to effects with their labels, and what can be recovered.",
          r"effects"),
    Shelf("score", "Score and certainty",
          "The reliability of one result, risk of bias, and the certainty of a body of evidence.",
          r"appraisal"),
    Shelf("integrity", "Integrity", "Whether printed figures can all be right.", r"integrity"),
    Shelf("pool", "Pooling",
          "One mean of several independent effects, its intervals, and many groups at once.",
          r"kernels\.ragged|synthesis\.(pool|subgroup|intervals|meta_intervals|heterogeneity|ivhet|"
          r"prediction_limits|pvalues|table_pooling)"),
    Shelf("regress", "Regression and dependence",
          "Effects that vary with what is known of the studies, or share people.",
          r"synthesis\.(regression|prediction|location_scale|permutation|multilevel|robust|vcalc)"),
    Shelf("counts", "Counts", "Events and proportions, without one effect and variance per study.",
          r"synthesis\.(binary|glmm|proportions)"),
    Shelf("missing", "Missing studies",
          "Small-study effects, selection for publication, and what they would change.",
          r"synthesis\.(small_study|rank_test|trim_fill|limit_meta|pet_peese|selection|"
          r"weight_function|p_uniform|z_curve|excess|fail_safe|funnel)"),
    Shelf("diagnose", "Diagnostics", "Which study, or which choice, carries the answer.",
          r"synthesis"),
    Shelf("judge", "Claims and verdicts", "Claims held against studies, wording, and markets.",
          r"verdict"),
    Shelf("show", "Plots and reports", "Pictures and documents made from results.",
          r"plots|report"),
)  # fmt: skip
"""The first shelf whose pattern fits takes a name."""


def menu() -> list[dict[str, str]]:
    """The reference in the menu of the site, after its first page."""
    names = [{shelf.title: f"reference/{shelf.slug}.md"} for shelf in SHELVES if shelf.names()]
    return [
        {"Commands": "reference/commands.md"},
        {"Python": names},  # type: ignore[dict-item]  # a menu inside the menu
        {"Columns of the tables": "reference/columns.md"},
        {"Finding codes": "reference/codes.md"},
        {"Words of the results": "reference/words.md"},
        {"JSON of the commands": "json.md"},
    ]


def pages() -> dict[str, str]:
    """Every page by its place in the site, as Markdown."""
    shelves = {f"reference/{shelf.slug}.md": _shelf(shelf) for shelf in SHELVES if shelf.names()}
    return shelves | {
        "reference/index.md": _index(),
        "reference/commands.md": _commands(),
        "reference/columns.md": _columns(),
        "reference/codes.md": _codes(),
        "reference/words.md": _words(),
    }


# ------------------------------------------------------------------------------ public names


def _shelved() -> dict[str, Shelf]:
    """Each public name and its shelf.

    >>> _shelved()["pool"].title, _shelved()["leave_one_out"].title
    ('Pooling', 'Diagnostics')
    """
    found = {}
    for name in sorted(_HOMES, key=str.casefold):
        home = _HOMES[name].removeprefix("evidence.")
        found[name] = next(shelf for shelf in SHELVES if re.match(shelf.homes, home))
    return found


def _index() -> str:
    lines = ["# Reference", ""]
    lines += ["Made from the program itself: docstrings, the command line's own help, its tables."]
    lines += ["", "| page | holds |", "| --- | --- |"]
    lines += ["| [Commands](commands.md) | every command and option |"]
    for shelf in SHELVES:
        names = ", ".join(f"[`{name}`]({shelf.slug}.md#{_path(name)})" for name in shelf.names())
        lines.append(f"| [{shelf.title}]({shelf.slug}.md) | {names} |")
    lines += ["| [Columns of the tables](columns.md) | what a study or claims file may hold |"]
    lines += ["| [Finding codes](codes.md) | what a check can say of a file, and what to do |"]
    lines += ["| [Words of the results](words.md) | labels, parts of the score, families |"]
    lines += ["| [JSON of the commands](../json.md) | fields of `--json` |"]
    return "\n".join(lines) + "\n"


def _shelf(shelf: Shelf) -> str:
    lines = [f"# {shelf.title}", "", shelf.about, "", "```python", "import evidence as ev", "```"]
    for name in shelf.names():
        lines += ["", f"::: {_path(name)}", "    options:", f'      heading: "{name}"']
        lines += [f'      toc_label: "{name}"']
    return "\n".join(lines) + "\n"


def _path(name: str) -> str:
    return f"{_HOMES[name]}.{name}"


# ------------------------------------------------------------------------------ the rest


def _commands() -> str:
    """The commands as the command line describes itself."""
    from evidence.cli.app import COMMANDS, build

    text = build().generate_docs(output_format="markdown", heading_level=1)
    text = re.sub(r"^## Table of Contents\n.*?(?=^\*\*Commands\*\*)", "", text, flags=re.M | re.S)
    text = re.sub(r"^# evidence$", "# Commands", text, flags=re.M)
    # two options that every command has are said once, at the top
    head, *rest = re.split(r"(?=^## )", text, flags=re.M)
    rest = [re.sub(r"^\*\*Everywhere\*\*:\n.*", "", part, flags=re.M | re.S) for part in rest]
    for name, row in COMMANDS.items():
        typed = "\n".join(row.examples)
        rest = [
            f"{part.rstrip()}\n\n**Examples**:\n\n```sh\n{typed}\n```\n\n"
            if part.startswith(f"## evidence {name}\n")
            else part
            for part in rest
        ]
    return head + "".join(rest)


def _columns() -> str:
    from evidence.cli.schema import TAKES
    from evidence.ingest.words import words_of
    from evidence.records.codebook import Scope, columns

    tables: dict[str, Scope] = {
        "Studies: one row per comparison": "wide",
        "Studies: one row per arm": "long",
        "Claims": "claims",
    }
    lines = ["# Columns of the tables", ""]
    lines += [
        "Only a study and an outcome are required. Headers are compared without case, spaces,"
    ]
    lines += ["dots and hyphens. `evidence explain COLUMN` says the same of one column, and"]
    lines += ["`evidence schema --format csv` prints the whole list for a program."]
    for title, scope in tables.items():
        lines += ["", f"## {title}"]
        groups: dict[str, list[tuple[str, ...]]] = {}
        for column in columns(scope):
            kind, _, words = column.kind.partition(":")
            taken = ", ".join(words_of(words)) if words else TAKES.get(kind, kind)
            holds = f"{column.description}; {column.unit}" if column.unit else column.description
            row = (f"`{column.name}`", holds, taken, column.example)
            groups.setdefault(column.group, []).append(row)
        for group, rows in groups.items():
            lines += ["", f"### {group[0].upper()}{group[1:]}", ""]
            lines += _table(("column", "holds", "takes", "for example"), rows)
    return "\n".join(lines) + "\n"


_HUNDREDS = {
    "1": "Reading", "2": "Records", "3": "Arithmetic", "4": "Design", "5": "Pooling", "6": "Claims",
}  # fmt: skip


def _codes() -> str:
    from evidence.records.codes import CODES

    lines = [
        "# Finding codes",
        "",
        "A code keeps its meaning for good. An error sets its row aside,",
    ]
    lines += [
        "a warning leaves it in and asks for a look, a note says what was converted. None says"
    ]
    lines += ["more than that figures or words should be looked at."]
    for hundred, title in _HUNDREDS.items():
        some = [code for code in CODES.values() if code.code[2] == hundred]
        lines += ["", f"## EV{hundred}xx: {title}"] if some else []
        for code in some:
            lines += ["", f"### {code.code}: {_text(code.title)} {{ #{code.code} }}", ""]
            facts = (
                ("severity", code.severity),
                ("what", code.what),
                ("why", code.why),
                ("what to do", code.fix),
                ("source", code.source),
            )
            lines += [f"- **{name}:** {_text(words)}" for name, words in facts]
    return "\n".join(lines) + "\n"


_ELSEWHERE = ("finding", "column", "field", "json", "value")
"""Kinds of words that have a page of their own, or belong to one file."""


def _words() -> str:
    """What `evidence explain` has beside codes, columns and fields."""
    from evidence.cli.explanation import KINDS
    from evidence.cli.shelves import everything

    lines = ["# Words of the results", "", "What `evidence explain WORD` says of each."]
    entries = everything()
    for kind, title in KINDS.items():
        some = [entry for entry in entries if entry.kind == kind and kind not in _ELSEWHERE]
        lines += ["", f"## {title[0].upper()}{title[1:]}"] if some else []
        for entry in some:
            lines += ["", f"### {_text(entry.name)}", "", _text(entry.title), ""]
            for heading, words in entry.facts.items():
                told = words if isinstance(words, str) else "; ".join(words)
                lines += [f"- **{heading}:** {_text(told)}"] if told else []
    return "\n".join(lines) + "\n"


def _table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield "| " + " | ".join(names) + " |"
    yield "| " + " | ".join("---" for _ in names) + " |"
    for row in rows:
        yield "| " + " | ".join(_text(cell) for cell in row) + " |"


def _text(words: str) -> str:
    r"""Words as Markdown shows them: nothing in them is markup but what stands in backticks.

    >>> _text("a < b*c | `d*e`")
    'a &lt; b\\*c &#124; `d*e`'
    """
    parts = re.split(r"(`[^`]*`)", " ".join(words.split()))
    for at in range(0, len(parts), 2):
        escaped = re.sub(r"([\\*_\[\]])", r"\\\1", parts[at])
        parts[at] = escaped.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")
    return "".join(parts)
