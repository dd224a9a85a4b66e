"""Score by form: the fields of one study in, what `evidence score` says of them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from evidence.appraisal.component_table import COMPONENTS
from evidence.effects.effect import ratio_of_log
from evidence.effects.names import measure_title
from evidence.errors import EvidenceError
from evidence.formatting import estimate, interval, number
from evidence.messages import say
from evidence.plots.lanes import SLIM
from evidence.plots.waterfall import waterfall_rows, waterfall_svg
from evidence.serve.exchange import Request, Response
from evidence.serve.fields import (
    BETTER,
    BETTER_FLAG,
    BETTER_HELP,
    FIELDS,
    GROUPS,
    Filled,
    Scored,
    arguments,
    command,
    filled,
    problem_of,
)
from evidence.serve.pages import page
from evidence.serve.words import WORDS

if TYPE_CHECKING:
    from evidence.serve.site import Site

Pairs = list[tuple[str, str]]


def blank(site: Site, _: Request) -> Response:
    """The empty form."""
    return _page(site, Filled({}))


def score(site: Site, request: Request) -> Response:
    """The form again with the result above it, or with its problems beside the fields."""
    flags = site.verbs.flags
    given = filled(request.form)
    values, problems = arguments(given, flags)
    if problems:
        return _page(site, given._replace(problems=problems))
    try:
        done = site.verbs.score(values)
    except EvidenceError as error:
        field, message = problem_of(error, flags)
        return _page(site, given._replace(problems={field: message}))
    return _page(site, given, done, command(values, flags))


def _page(site: Site, given: Filled, done: Scored | None = None, said: str = "") -> Response:
    result: Mapping[str, object] | None = None
    if done is not None:
        result = {
            "headline": headline(done.data),
            "pairs": pairs(done.data),
            "raises": raises(done.data),
            "figure": figure(done.data),
            "command": said,
            "text": done.text,
            "json": done.json,
        }
    flags = {**site.verbs.flags, BETTER: _BETTER}
    return page(
        "score",
        title=WORDS["score"],
        token=site.token,
        here="score",
        status=422 if given.problems else 200,
        groups=GROUPS,
        fields=FIELDS,
        flags=flags,
        given=given,
        result=result,
    )


_BETTER = BETTER_FLAG._replace(help=BETTER_HELP, flag="--lower-is-better, --higher-is-better")


def headline(data: Mapping[str, Any]) -> str:
    """The score with its range, or that there is none and why.

    >>> headline({"reliability": {"value": 20.4, "low": 12.0, "high": 56.0}})
    '20 of 100 (range 12–56)'
    """
    found = data["reliability"]
    if found["value"] is None:
        return say("Not scored: {reason}", reason=found["reason"])
    return say(
        "{value} of 100 (range {low}–{high})",
        value=number(found["value"], 0),
        low=number(found["low"], 0),
        high=number(found["high"], 0),
    )


def pairs(data: Mapping[str, Any]) -> Pairs:
    """What was found of the effect, in a few lines.

    >>> effect = dict.fromkeys(("change", "change_control", "between"))
    >>> data = {"effect": effect, "expected_effect": None, "expected_effect_reason": "no spread",
    ...     "probability": {"sets": []}, "reliability": {"assumed": []}, "findings": []}
    >>> pairs(data)
    [('Expected true effect', 'none: no spread')]
    """
    lines: Pairs = []
    for title, name in _EFFECTS:
        if (effect := data["effect"][name]) is not None and effect["estimate"] is not None:
            lines.append((title, _effect(effect)))
    if (expected := data["expected_effect"]) is not None:
        digits = 1 if expected["unit"] == "%" else 2
        lines.append(
            (
                "Expected true effect",
                say(
                    "{value} {unit} benefit ({limits}), against {reported} reported",
                    value=number(expected["estimate"], digits),
                    unit=expected["unit"],
                    limits=interval(expected["ci_low"], expected["ci_high"], digits),
                    reported=number(expected["reported"], digits),
                ),
            )
        )
    elif data["expected_effect_reason"]:
        lines.append(
            ("Expected true effect", say("none: {reason}", reason=data["expected_effect_reason"]))
        )
    sets = data["probability"]["sets"]
    if sets and (low := min(row["above_zero"] for row in sets)) is not None:
        high = max(row["above_zero"] for row in sets)
        lines.append(
            (
                "Probability of any benefit",
                say("{low} to {high} over the sets of bias", low=number(low), high=number(high)),
            )
        )
    judged = data.get("risk_of_bias") or {}
    if judged.get("overall"):
        lines.append(("Risk of bias", str(judged["overall"])))
    assumed = [*data["reliability"]["assumed"], *data["findings"]]
    return [*lines, *(("Assumed", line) for line in assumed)]


_EFFECTS = (
    ("Change from baseline", "change"),
    ("Change with the comparator", "change_control"),
    ("Between the groups", "between"),
)


def _effect(effect: Mapping[str, Any]) -> str:
    numbers = [effect[name] for name in ("estimate", "ci_low", "ci_high")]
    if effect["log"]:
        numbers = [None if value is None else ratio_of_log(value) for value in numbers]
    value, low, high = numbers
    shown = estimate(value, low, high, 1 if effect["unit"] == "%" else 2)
    title = measure_title(effect["measure"])
    return say(
        "{measure} {value} [{label}]",
        measure=title,
        value=f"{shown} {effect['unit']}".strip(),
        label=effect["basis"]["label"],
    )


def raises(data: Mapping[str, Any]) -> list[str]:
    """Facts that would raise the score, with the score they would bring.

    >>> raises({"reliability": {"would_raise": [{"value": 44.2, "fact": "a vehicle as control"}]}})
    ['to 44: a vehicle as control']
    """
    return [
        say("to {value}: {fact}", value=number(row["value"], 0), fact=row["fact"])
        for row in data["reliability"]["would_raise"][:4]
    ]


class Drawn(NamedTuple):
    """The points lost: drawn for a page and for a phone, and the steps with their numbers."""

    wide: str
    slim: str
    steps: list[tuple[str, str, str, str]]  # what, points lost, left, why


def figure(data: Mapping[str, Any]) -> Drawn | None:
    """Where the points went, from the components of the JSON; None without a score.

    >>> part = {"name": "sampling", "status": "known", "points_lost": 80.0, "why": "50 people"}
    >>> found = {"value": 20.0, "low": 12.0, "high": 56.0, "components": [part]}
    >>> figure({"reliability": found}).steps
    [('Chance: how few people were measured', '80.0', '20.0', '50 people')]
    >>> figure({"reliability": {"value": None}}) is None
    True
    """
    found = data["reliability"]
    if found["value"] is None:
        return None
    lost = sorted(found["components"], key=lambda part: -part["points_lost"])
    rows = waterfall_rows(
        [{**part, "note": part["why"]} for part in lost if part["points_lost"] > 0],
        value=found["value"],
        low=found["low"],
        high=found["high"],
        labels={name: about.title for name, about in COMPONENTS.items()},
    )
    desc = say("From 100 down to {score}.", score=headline(data))
    title = WORDS["points"]
    return Drawn(
        waterfall_svg(rows, title=title, desc=desc),
        waterfall_svg(rows, title=title, desc=desc, width=SLIM),
        [
            (row.label, number(row.points_lost, 1), number(row.after, 1), row.note)
            for row in rows[1:-1]
        ],
    )
