"""What one result would be worth, were it otherwise: controls for a page, a table elsewhere."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from evidence.appraisal.assess import Assessment
from evidence.appraisal.component_table import COMPONENTS
from evidence.appraisal.components import POLICY, Scenario, assumed_r
from evidence.appraisal.supposing import CHOICES, FEWEST, Suppose
from evidence.formatting import number
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.report.blocks import (
    Block,
    Cell,
    Choice,
    Column,
    Control,
    Section,
    Table,
    WhatIf,
    Word,
)
from evidence.report.what_if_model import model_of, reported_sd
from evidence.report.what_if_words import LABELS, LEAD, OPTIONS, WORDS, digits_of, shown
from evidence.report.wording import DIRECTION_BADGE
from evidence.report.words import SIGNS
from evidence.verdict.audit import ClaimAudit
from evidence.verdict.effect_if import magnitude_of
from evidence.verdict.what_if import ALONE, alone_words, verdict_alone, what_if


def what_if_blocks(done: Assessment, title: str) -> list[Block]:
    """The block for one result; none where there is no score to move.

    Examples
    --------
    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> block, = what_if_blocks(assess(study, study.outcomes[0]), "What if")
    >>> [cell if isinstance(cell, str) else cell.text for cell in block.table.rows[1][:2]]
    ['half the people', '11 of 100 (range 6–31)']
    """
    result = done.reliability
    off = done.standardised is not None and done.expected is None  # assumptions switched off
    if result.value is None or off or done.facts.counted == "time_to_event":
        return []
    model = model_of(done)
    model["direction"] = what_if(done).direction
    model["verdicts"] = {way: verdict_alone(done, way) for way in DIRECTION_BADGE}
    model["badges"] = {way: [kind, SIGNS[kind]] for way, kind in DIRECTION_BADGE.items()}
    model["reasons"] = {
        "expected": done.expected_reason,
        "probability": done.probability.reason,
    }
    return [
        WhatIf(
            title=title,
            lead=LEAD,
            controls=tuple(_controls(done)),
            words=(*(Word(key, text) for key, text in WORDS.items()), *_other_words(done)),
            model=json.dumps(model, sort_keys=True, allow_nan=False, separators=(",", ":")),
            table=_table(done, title),
        )
    ]


def what_if_section(row: ClaimAudit | None) -> list[Section]:
    """For a report on one claim: the most reliable study that bears on it, to be changed.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> section, = what_if_section(audit_of("retinol lowers wrinkle depth", TRIAL)["1"])
    >>> section.blocks[0].title
    'If s1 had been done otherwise'
    """
    if row is None or row.own is not None:  # the study it describes has controls of its own
        return []
    scored = [item.assessment for item in row.direct if item.assessment.reliability.value]
    if not scored:
        return []
    best = max(
        scored, key=lambda done: (done.standardised is not None, done.reliability.value or 0.0)
    )
    title = say("If {study} had been done otherwise", study=best.study.id)
    blocks = tuple(what_if_blocks(best, title))
    heading = "What if the best study were otherwise"
    return [Section(heading, blocks, anchor="what-if", collapsed=True)] if blocks else []


def _other_words(done: Assessment) -> Iterator[Word]:
    for name, about in COMPONENTS.items():
        yield Word(f"lost-{name}", about.title)
    for way in DIRECTION_BADGE:
        yield Word(f"way-{way}", way)
        yield Word(f"verdict-{way}", alone_words(verdict_alone(done, way), ALONE[way]))
    effect = what_if(done).effect
    units = {effect.unit} | ({done.standardised.unit} if done.standardised else set())
    yield from (Word(f"unit-{unit}", unit) for unit in sorted(units) if unit)
    yield Word("expected-reason", done.expected_reason)
    yield Word("probability-reason", done.probability.reason)
    yield Word("reported-reason", effect.reason)


# --------------------------------------------------------------------------- controls


def _controls(done: Assessment) -> Iterator[Control]:
    facts, found, how = done.facts, done.standardised, magnitude_of(done)
    people = None if facts.n is None else sum(facts.n)
    at = POLICY.stand_in_n if people is None else people
    reach = _Reach(10, max(500.0, _rounded(4 * at)), 1, FEWEST, 100_000)
    count = _number("n", at, reach, known=people is not None, digits=0)
    if people is None:
        said = say("not stated; {n} stand in, inside the score alone", n=number(at, 0))
        count = replace(count, reported=said)
    yield count
    if found is not None and how != "responders":
        sd, digits = reported_sd(done), digits_of(found.unit)
        step = 10.0 ** math.floor(math.log10(sd) - 1)
        ends = [_rounded(sd * part) for part in (0.2, 3, 0.001, 1000)]
        reach = _Reach(ends[0], ends[1], step, ends[2], ends[3])
        yield _number("sd", sd, reach, known=found.cv is None, digits=digits, unit=found.unit)
    if how != "responders":
        r, known = assumed_r(facts, Scenario()), facts.r is not None
        yield _number("r", r, _Reach(0, 0.95, 0.01, -0.99, 0.99), known=known, digits=2)
    if found is not None:
        mid = None if done.expected is None else done.expected.mid
        top = _rounded(found.scale)
        step = 10.0 ** math.floor(math.log10(top) - 1.5)
        reach = _Reach(step, top, step, _rounded(top / 1000), top * 1000)
        digits = digits_of(found.unit)
        yield _number("mid", mid, reach, known=mid is not None, digits=digits, unit=found.unit)
    stated = {
        "control": _word(done.outcome.design.comparator),
        "allocation": {"yes": "at random", "no": "not at random", "unknown": "not stated"}[
            facts.randomised
        ],
        "blinding": _blind_words(done),
        "kind": "not stated" if facts.kind is UNKNOWN else OPTIONS["kind"][str(facts.kind)],
        "registered": "not stated"
        if facts.registered == "unknown"
        else OPTIONS["registered"][facts.registered],
    }  # fmt: skip
    for name, words in CHOICES.items():
        options = (
            Choice("", "as reported"),
            *(Choice(word, OPTIONS[name][word]) for word in words),
        )
        was: str = say("reported: {value}", value=stated[name])
        if stated[name] == "not stated":
            was = "not stated in the report"
        yield Control(name=name, label=LABELS[name], reported=was, was=was, options=options)


class _Reach(NamedTuple):
    """Where a slider begins and ends, its step, and what may be typed."""

    low: float
    high: float
    step: float
    least: float
    most: float


def _number(
    name: str, at: float | None, reach: _Reach, *, known: bool, digits: int, unit: str = ""
) -> Control:
    value: str = number(at, digits)
    if unit:
        value = say("{value} {unit}", value=value, unit=unit)
    untouched: str = "as reported" if known else "not set"
    if not known and at is not None:
        untouched = say("not stated; {value} assumed", value=value)
    return Control(
        name=name,
        label=LABELS[name],
        reported=untouched,
        was=say("reported: {value}", value=value) if known else "not stated in the report",
        unit=unit,
        at=at if at is None or digits == 0 else float(f"{at:.4g}"),
        known=known,
        **reach._asdict(),
    )


def _rounded(value: float) -> float:
    """One significant digit, for the end of a slider."""
    size = 10.0 ** math.floor(math.log10(value))
    return round(value / size) * size


def _word(value: object) -> str:
    return "not stated" if value is UNKNOWN else str(value).replace("_", " ")


def _blind_words(done: Assessment) -> str:
    if done.facts.single_arm:
        return "nobody can be, in one group"
    pair = (done.facts.participant_blind, done.facts.assessor_blind)
    named = {("yes", "yes"): "double", ("yes", "no"): "participants", ("no", "yes"): "assessor",
             ("no", "no"): "none"}.get(pair)  # fmt: skip
    if named is not None:
        return OPTIONS["blinding"][named]
    words = {"yes": "blind", "no": "not blind", "unknown": "not stated"}
    if set(pair) == {"unknown"}:
        return words["unknown"]
    return say(
        "participants {participants}, assessor {assessor}",
        participants=words[pair[0]],
        assessor=words[pair[1]],
    )


# --------------------------------------------------------------------------- in a table


def scenarios(done: Assessment) -> list[tuple[str, Suppose]]:
    """A dozen suppositions that differ from what is reported, each with its words.

    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> done = audit_of("retinol lowers wrinkle depth", TRIAL)["1"].direct[0].assessment
    >>> [(words, suppose.n) for words, suppose in scenarios(done)][:3]
    [('as reported', None), ('half the people', 20), ('twice the people', 80)]
    """
    facts, found = done.facts, done.standardised
    people = None if facts.n is None else sum(facts.n)
    rows: list[tuple[str, Suppose]] = [("as reported", Suppose())]
    for factor, words in ((0.5, "half the people"), (2, "twice the people"),
                          (5, "five times the people")):  # fmt: skip
        if people is not None and people * factor >= 2 * FEWEST:
            rows.append((words, Suppose(n=round(people * factor))))
    if people is None:
        rows += [(say("{n} people", n=str(n)), Suppose(n=n)) for n in (20, 50, 200)]
    if found is not None and magnitude_of(done) != "responders":
        rows.append(("a third less spread between people", Suppose(sd=reported_sd(done) * 2 / 3)))
    if facts.r is None or facts.r < 0.9:
        rows.append(("a correlation of 0.9", Suppose(r=0.9)))
    choices: list[tuple[str, Suppose]] = [
        ("everybody blind", Suppose(blinding="double")),
        ("an instrument read the value", Suppose(kind="instrument")),
        ("registered as primary outcome", Suppose(registered="primary")),
        ("no control", Suppose(control="none")),
        ("a vehicle as control", Suppose(control="vehicle")),
        ("a vehicle, at random and concealed", Suppose(control="vehicle", allocation="concealed")),
        ("all of that: vehicle, concealed, blind, registered", Suppose(
            control="vehicle", allocation="concealed", blinding="double", registered="primary")),
        ("all of that, with 200 people", Suppose(
            n=200, control="vehicle", allocation="concealed", blinding="double",
            registered="primary")),
    ]  # fmt: skip
    base = shown(what_if(done))
    return rows + [row for row in choices if shown(what_if(done, row[1])) != base]


def _table(done: Assessment, title: str) -> Table:
    rows = []
    for words, suppose in scenarios(done):
        result = what_if(done, suppose)
        texts = shown(result)
        rows.append(
            (
                words,
                Cell(texts.score, sort=result.reliability.value),
                texts.effect,
                texts.expected,
                texts.above_zero,
                Cell(texts.direction, badge=DIRECTION_BADGE[result.direction]),
            )
        )
    return Table(
        say("{title}: the numbers", title=title),
        (
            Column("If"),
            Column("Reliability"),
            Column("Effect as printed", wide=True),
            Column("Expected true effect, positive = benefit"),
            Column("Chance of any benefit"),
            Column("Direction", "badge"),
        ),
        tuple(rows),
        note="Everything else as reported. The figure stays as printed; a supposed control makes "
        "it the difference to that control.",
        narrow="cards",
    )  # fmt: skip
