"""The form of one study: a table of fields, what was filled in, and the command that says the same.

Help, choices and defaults of each field are those of the flag it stands for; here are only its
label, its kind of control and its place on the page.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from evidence.messages import say
from evidence.serve.exchange import Form

Kind = Literal["choice", "text", "arms", "limits", "tick"]


class Flag(NamedTuple):
    """A flag of `evidence score` as its command declares it."""

    name: str  # of the parameter: outcomes_measured
    flag: str  # as typed: --outcomes-measured
    help: str
    choices: tuple[str, ...] = ()
    default: object = None


class Field(NamedTuple):
    """One field: the parameter it fills, its label, its control, the choice of no value."""

    name: str
    label: str
    kind: Kind
    blank: str = "not stated"


class Group(NamedTuple):
    """Fields that belong together, under one legend."""

    title: str
    fields: tuple[Field, ...]
    folded: bool = False


BETTER = "better"
"""The one field that stands for two flags."""

GROUPS: tuple[Group, ...] = (
    Group(
        "The study",
        (
            Field("design", "Design", "choice"),
            Field("comparator", "Compared with", "choice"),
            Field("randomised", "Randomised", "choice"),
            Field("concealed", "Allocation concealed by", "choice"),
            Field("blinded", "Who was blind", "choice"),
            Field("registered", "Registered before the start", "choice"),
            Field("n", "People analysed", "arms"),
            Field("attrition", "Share of people lost", "arms"),
        ),
    ),
    Group(
        "The outcome",
        (
            Field("outcome", "What was measured", "text"),
            Field("kind", "How the value is produced", "choice"),
            Field(BETTER, "Which direction is a benefit", "choice"),
            Field("primary", "Named as primary", "choice"),
            Field("weeks", "Time point in weeks", "text"),
            Field("outcomes_measured", "How many results were measured", "text"),
        ),
    ),
    Group(
        "The result as printed",
        (
            Field("change", "Change", "arms"),
            Field("mean", "Mean", "arms"),
            Field("sd", "Standard deviation", "arms"),
            Field("se", "Standard error", "arms"),
            Field("ci", "95 % interval", "limits"),
            Field("p", "p value", "text"),
            Field("r", "Correlation", "text"),
            Field("unit", "Unit", "text"),
        ),
    ),
    Group(
        "How it is judged",
        (
            Field("mid", "Smallest effect that matters", "text"),
            Field("claim_about", "What is scored", "choice"),
            Field("a_scale", "True effects to expect", "choice"),
            Field("bias_set", "Sizes of bias", "choice"),
            Field("priors", "Version of the priors", "choice"),
            Field("standard", "Rules of a market", "choice", "none"),
            Field("no_assumptions", "Assume nothing", "tick"),
        ),
        folded=True,
    ),
)
FIELDS: Mapping[str, Field] = {field.name: field for group in GROUPS for field in group.fields}

BETTER_FLAG = Flag(BETTER, "--lower-is-better", "", ("lower", "higher"))
BETTER_HELP = "Left out, it is the usual one for what was measured, and the result says so."

Values = Mapping[str, object]
"""Arguments of `evidence.cli.score.score`, only those that were filled in."""


class Filled(NamedTuple):
    """A form as it was sent: the texts by field, and what is wrong with them."""

    texts: Mapping[str, Sequence[str]]
    problems: Mapping[str, str] = {}

    def text(self, name: str, index: int = 0) -> str:
        """What stood in a field; nothing where it was left out."""
        given = self.texts.get(name, ())
        return given[index] if index < len(given) else ""


def filled(form: Form) -> Filled:
    """The texts of the form's own fields, without spaces around them.

    >>> filled(Form([("n", " 40 "), ("n", ""), ("other", "1")])).texts
    {'n': ['40', '']}
    """
    return Filled(
        {name: [text.strip() for text in given] for name in FIELDS if (given := form.all(name))}
    )


def arguments(given: Filled, flags: Mapping[str, Flag]) -> tuple[dict[str, object], dict[str, str]]:
    """What the form says as arguments of the command, and the problems by field.

    A first box left empty beside a full second one stays: the command then says what it expects.

    Examples
    --------
    >>> flags = {"design": Flag("design", "--design", "", ("parallel",))}
    >>> arguments(Filled({"design": ["parallel"], "n": ["40", "41"], "better": ["lower"]}), flags)
    ({'design': 'parallel', 'n': ('40', '41'), 'lower_is_better': True}, {})
    """
    values: dict[str, object] = {}
    problems: dict[str, str] = {}
    for name, field in FIELDS.items():
        texts = list(given.texts.get(name, ()))
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            continue
        if field.kind in ("arms", "limits"):
            values[name] = tuple(texts)
        elif field.kind == "tick":
            values[name] = True
        elif field.kind == "choice" and texts[0] not in _choices(name, flags):
            problems[name] = say(
                'Invalid value "{value}" for {flag}. Choose from: {choices}.',
                value=texts[0],
                flag=_flag(name, flags),
                choices=", ".join(f'"{choice}"' for choice in _choices(name, flags)),
            )
        elif name == BETTER:
            values[f"{texts[0]}_is_better"] = True
        elif field.kind == "text" or texts[0] != flags[name].default:
            values[name] = texts[0]
    return values, problems


def _choices(name: str, flags: Mapping[str, Flag]) -> tuple[str, ...]:
    return BETTER_FLAG.choices if name == BETTER else flags[name].choices


def _flag(name: str, flags: Mapping[str, Flag]) -> str:
    return BETTER_FLAG.flag if name == BETTER else flags[name].flag


def problem_of(error: Exception, flags: Mapping[str, Flag]) -> tuple[str, str]:
    """The field an error of the command is about, and its message; no field when it names none.

    >>> flags = {"n": Flag("n", "--n", "")}
    >>> problem_of(ValueError("--n '4O' cannot be used; expected: did you mean 40?"), flags)[0]
    'n'
    """
    message = str(error)
    named = re.match(r"--[a-z-]+", message)
    for name, flag in flags.items():
        if named and flag.flag == named[0] and name in FIELDS:
            return name, message
    return "", message


def command(values: Values, flags: Mapping[str, Flag]) -> str:
    """The command line that says the same.

    >>> command({"n": ("40", "41"), "change": ("-20%",), "lower_is_better": True},
    ...         {"n": Flag("n", "--n", ""), "change": Flag("change", "--change", "")})
    'evidence score --n 40 41 --change -20% --lower-is-better'
    """
    words = ["evidence", "score"]
    for name, value in values.items():
        known = flags.get(name)
        flag = known.flag if known else f"--{name.replace('_', '-')}"
        if value is True:
            words.append(flag)
        elif name in _REPEATED and isinstance(value, tuple):
            words += [word for item in value for word in _with(flag, item)]
        elif isinstance(value, tuple):
            words += [flag, *map(str, value)]
        else:
            words += _with(flag, str(value))
    return shlex.join(words)


_REPEATED = ("change",)
"""Flags that are typed once for each arm."""


def _with(flag: str, text: str) -> list[str]:
    """A flag and its value; in one word where the value looks like a flag."""
    return [f"{flag}={text}"] if re.match(r"-[^0-9.]", text) else [flag, text]


Score = Callable[[Values], "Scored"]


class Scored(NamedTuple):
    """What the command makes of the values: its JSON as data and as text, and its own text."""

    data: Mapping[str, object]
    json: str
    text: str
