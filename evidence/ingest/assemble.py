"""Rows to records: one outcome per row, one study per name, one claim per row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from evidence.ingest.ingredients import parse_ingredients
from evidence.ingest.rows import Row
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN, Place
from evidence.records.claim import Claim
from evidence.records.codes import finding
from evidence.records.finding import Finding
from evidence.records.outcome import Outcome
from evidence.records.study import Arm, Study

_JOINED = ("population", "harms", "seen_via")
"""Study facts that rows may state differently without contradiction: kept side by side."""


def number_rows(rows: Iterable[Row]) -> None:
    """Give every row an id; an id or a result that stands twice sets the second row aside.

    >>> rows = [Row(file="a.csv", line=line, facts={"study.id": "kim2019", "outcome.name": name})
    ...     for line, name in ((2, "TEWL"), (3, "hydration"))]
    >>> number_rows(rows)
    >>> [row.text("outcome.id") for row in rows]
    ['kim2019_01', 'kim2019_02']
    """
    ids: dict[str, Row] = {}
    results: dict[tuple[str, ...], Row] = {}
    ordinal: Counter[str] = Counter()
    taken = {row.text("outcome.id") for row in rows}
    for row in rows:
        study, name = row.text("study.id"), row.text("outcome.id")
        ordinal[study] += 1
        if not name:
            name = f"{study}_{ordinal[study]:02d}"
            while name in taken:
                ordinal[study] += 1
                name = f"{study}_{ordinal[study]:02d}"
            taken.add(name)
            row.facts["outcome.id"] = name
        elif first := ids.get(name):
            row.say("EV209", say('the id "{name}" stands twice; first {where}.',
                                  name=name, where=_where(first)),
                    at="outcome.id", value=name)  # fmt: skip
            continue
        ids.setdefault(name, row)
        key = _result_key(row)
        if earlier := results.get(key):
            row.say("EV210", say("the same study, outcome, week and comparison stand {where}.",
                                  where=_where(earlier)), at="outcome.name")  # fmt: skip
        results.setdefault(key, row)


def _result_key(row: Row) -> tuple[str, ...]:
    week = row.number("outcome.week")
    words = ("study.id", "outcome.name", "outcome.domain", "outcome.instrument", "outcome.site",
             "treated.label", "control.label", "design.comparator", "contrast.measure",
             "row.arm")  # fmt: skip
    return (*(row.text(path).casefold() for path in words), str(week.value) if week else "")


def _where(row: Row) -> str:
    if row.line:
        return say("on line {line}", line=row.line)
    return say("at {cell}", cell=row.ref) if row.ref else "earlier"


def build_outcome(row: Row, printed: int) -> Outcome | None:
    """The record of one row; None, with a finding, when it does not fit.

    >>> row = Row(file="a.csv", line=2, facts={"outcome.id": "1", "outcome.name": "TEWL",
    ...     "design.kind": "parallel", "row.controlled": "yes"})
    >>> build_outcome(row, printed=3)
    <Outcome 1: TEWL; parallel>
    """
    tree: dict[str, Any] = {"reporting": {"results_printed": printed}}
    for path, value in row.facts.items():
        owner, _, rest = path.partition(".")
        if owner in ("row", "study", "claim") or not rest:
            continue
        steps = rest.split(".") if owner == "outcome" else [owner, *rest.split(".")]
        branch = tree
        for step in steps[:-1]:
            branch = branch.setdefault(step, {})
        branch[steps[-1]] = value
    if row.text("row.controlled") == "yes":
        tree.setdefault("control", {})
    elif "control" in tree:
        del tree["control"]
    tree["places"] = {
        path.removeprefix("outcome."): place
        for path, place in row.places.items()
        if not path.startswith(("row.", "study."))
        and (path in row.facts or path == "reporting.registered")
    }
    try:
        return Outcome.model_validate(tree)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        row.say("EV218", say("the record does not fit: {why}.", why=problem["msg"]))
        return None


def build_studies(rows: list[Row]) -> tuple[list[Study], list[Finding]]:
    """Studies in the order of their first rows; rows that do not fit get a finding.

    >>> rows = [Row(file="a.csv", line=line, facts={"study.id": "kim2019", "outcome.id": str(line),
    ...     "outcome.name": "TEWL"}) for line in (2, 3)]
    >>> studies, findings = build_studies(rows)
    >>> [(study.id, len(study.outcomes)) for study in studies], findings
    ([('kim2019', 2)], [])
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.text("study.id"), []).append(row)
    studies, findings = [], []
    for name, group in groups.items():
        outcomes = [(row, build_outcome(row, len(group))) for row in group]
        kept = [(row, outcome) for row, outcome in outcomes if outcome is not None]
        if not kept:
            continue
        study, notes = _build_study(name, [row for row, _ in kept], [o for _, o in kept])
        studies.append(study)
        findings += notes
    return studies, findings


def _build_study(
    name: str, rows: list[Row], outcomes: list[Outcome]
) -> tuple[Study, list[Finding]]:
    facts: dict[str, Any] = {}
    places: dict[str, Place] = {}
    findings: list[Finding] = []
    for row in rows:
        for path, value in row.facts.items():
            if not path.startswith("study.") or path == "study.id":
                continue
            key = path.removeprefix("study.")
            if key not in facts:
                facts[key] = value
                if path in row.places:
                    places[key] = row.places[path]
            elif _differs(facts[key], value):
                if key in _JOINED:
                    facts[key] = "; ".join(dict.fromkeys([*facts[key].split("; "), str(value)]))
                else:
                    findings.append(_disagreement(name, key, facts[key], value, row))
    interest = {key.removeprefix("interest."): facts.pop(key)
                for key in list(facts) if key.startswith("interest.")}  # fmt: skip
    named = facts.pop("ingredients", "")
    dose = next((row.text("row.dose") for row in rows if row.text("row.dose")), "")
    ingredients = parse_ingredients(named, dose=dose, place=places.get("ingredients"))
    notes = []
    if ingredients and "; ".join(_as_printed(i) for i in ingredients) != named:
        notes.append(say("ingredients as printed: {words}", words=named))
    if seen := facts.pop("seen_via", ""):
        notes.append(say("also read: {where}", where=seen))
        places.pop("seen_via", None)
    if enrolled := next((row.number("outcome.n_total_randomised") for row in rows), None):
        places.setdefault("n_randomised", enrolled.place or Place(file=rows[0].file))
    study = Study(
        id=name, outcomes=tuple(outcomes), ingredients=ingredients, interest=interest,
        arms=_arms(outcomes), note=listed(notes), places=places, **facts,
    )  # fmt: skip
    return study, findings


def _as_printed(item: Any) -> str:
    return item.name if item.percent is UNKNOWN else f"{item.name} {item.percent.text}%"


def _differs(old: Any, new: Any) -> bool:
    return bool(getattr(old, "text", old) != getattr(new, "text", new))


def _disagreement(study: str, key: str, old: Any, new: Any, row: Row) -> Finding:
    path = f"study.{key}"
    place = row.places.get(path)
    old, new = getattr(old, "text", old), getattr(new, "text", new)
    return finding(
        "EV217",
        say(
            '{study}: {field} is "{old}" in an earlier row and "{new}" here; the first was kept.',
            study=study,
            field=key,
            old=old,
            new=new,
        ),
        file=row.file,
        line=row.line,
        column=row.columns.get(path),
        field=place.field if place else "",
        value=str(new),
        cell=row.refs.get(path, "") or row.ref,
    )


def _arms(outcomes: list[Outcome]) -> tuple[Arm, ...]:
    """Arms by label, with the number allocated where every row that says one says the same."""
    arms: dict[str, set[Any]] = {}
    for outcome in outcomes:
        for arm in (outcome.treated, outcome.control):
            if arm is not None and arm.label:
                arms.setdefault(arm.label, set())
                if arm.n_randomised is not UNKNOWN:
                    arms[arm.label].add(arm.n_randomised)
    return tuple(
        Arm(label=label, n_randomised=next(iter(numbers)) if len(numbers) == 1 else UNKNOWN)
        for label, numbers in arms.items()
    )


def build_claims(rows: list[Row]) -> list[Claim]:
    """One claim per row; an id is made up where there is none, one that stands twice is refused.

    >>> rows = [Row(file="a.csv", line=2, facts={"claim.text": "fewer wrinkles"})]
    >>> [(claim.id, claim.text) for claim in build_claims(rows)], rows[0].findings[0].code
    ([('claim_01', 'fewer wrinkles')], 'EV137')
    """
    seen: dict[str, Row] = {}
    claims = []
    for i, row in enumerate(rows, start=1):
        if not row.text("claim.text"):
            row.say("EV201", "the row has no claim in words.")
        name = row.text("claim.id")
        if not name:
            name = f"claim_{i:02d}"
            row.say("EV137", say("the claim has no id and is called {name}.", name=name))
        elif first := seen.get(name):
            row.say("EV209", say('the id "{name}" stands twice; first {where}.',
                                  name=name, where=_where(first)),
                    at="claim.id", value=name)  # fmt: skip
        seen.setdefault(name, row)
        if row.is_set_aside:
            continue
        facts = {path.removeprefix("claim."): value for path, value in row.facts.items()
                 if path.startswith("claim.")}  # fmt: skip
        facts["id"] = name
        against = facts.pop("checkable_against", "")
        facts["checkable_against"] = tuple(
            part.strip() for part in str(against).split(";") if part.strip()
        )
        places = {path.removeprefix("claim."): place for path, place in row.places.items()
                  if path.startswith("claim.")}  # fmt: skip
        try:
            claims.append(Claim.model_validate({**facts, "places": places}))
        except ValidationError as error:
            row.say("EV218", say("the claim does not fit: {why}.", why=error.errors()[0]["msg"]))
    return claims
