"""The long form: one row per arm and time point, put together to one row per comparison."""

from __future__ import annotations

from dataclasses import replace

from evidence.ingest.rows import Row
from evidence.ingest.words import facts_of
from evidence.messages import say

_BASELINE = {"treated.mean": "treated.baseline_mean", "treated.sd": "treated.baseline_sd"}
_GROUPED = ("study.id", "row.outcome", "outcome.instrument", "outcome.site")


def to_wide(rows: list[Row]) -> list[tuple[Row, list[Row]]]:
    """Comparisons of a product arm with its comparator, each with the lines it came from.

    Several product arms and one comparator give one comparison each; a product arm alone gives a
    result without comparator. Rows that cannot be placed get an error.

    >>> rows = [Row(file="a.csv", line=line, facts={"study.id": "a", "row.outcome": "TEWL",
    ...     "row.arm": arm, "row.role": role}) for line, arm, role in
    ...     ((2, "serum", "treated"), (3, "base", "control"))]
    >>> [(wide.text("treated.label"), wide.text("control.label")) for wide, _ in to_wide(rows)]
    [('serum', 'base')]
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        key = tuple(row.text(path).casefold() for path in _GROUPED)
        groups.setdefault(key, []).append(row)
    return [pair for group in groups.values() for pair in _group(group)]


def _group(rows: list[Row]) -> list[tuple[Row, list[Row]]]:
    arms: dict[str, list[Row]] = {}
    for row in rows:
        arms.setdefault(row.text("row.arm"), []).append(row)
    sides = {arm: _side(arm, members) for arm, members in arms.items()}
    if len(arms) == 1:
        sides = {arm: side or "treated" for arm, side in sides.items()}
    controls = [arm for arm, side in sides.items() if side == "control"]
    if len(controls) == 1:  # everything that is not the comparator is a product
        sides = {arm: side or "treated" for arm, side in sides.items()}
    for arm, side in sides.items():
        if not side or len(controls) > 1:
            for row in arms[arm]:
                row.say(
                    "EV222",
                    say('arm "{arm}" could be the product or the comparator.', arm=arm),
                    at="row.arm",
                    value=arm,
                    suggestion="Add a column role: product or comparator.",
                )
    placed = {arm: side for arm, side in sides.items() if side}
    if len(controls) > 1:
        return []
    baselines = {arm: _take_baseline(arms[arm]) for arm in placed}
    found = []
    for arm in (arm for arm, side in placed.items() if side == "treated"):
        for row in arms[arm]:
            if row in baselines[arm] or row.is_set_aside:
                continue
            other = (
                _at_same_week(row, arms[controls[0]], baselines[controls[0]]) if controls else None
            )
            found.append(_join(row, other, baselines[arm],
                               baselines[controls[0]] if controls else []))  # fmt: skip
    return found


def _side(arm: str, rows: list[Row]) -> str:
    said = next((row.text("row.role") for row in rows if row.text("row.role")), "")
    if said:
        return said
    facts = facts_of("role", arm)
    return facts.get("row.role", "") if facts else ""


def _take_baseline(rows: list[Row]) -> list[Row]:
    """The rows of an arm that hold the values before."""
    weeks = [row.value("outcome.week") for row in rows]
    later = any(week for week in weeks)
    found = []
    for row, week in zip(rows, weeks, strict=True):
        if row.text("row.baseline") == "yes":
            found.append(row)
        elif week == 0 and later:
            row.say("EV138", "week 0 was read as the values before.", at="outcome.week")
            found.append(row)
    return found


def _at_same_week(row: Row, others: list[Row], skip: list[Row]) -> Row | None:
    week = row.value("outcome.week")
    usable = [other for other in others if other not in skip and not other.is_set_aside]
    return next((other for other in usable if other.value("outcome.week") == week), None)


def _join(
    row: Row, other: Row | None, before: list[Row], other_before: list[Row]
) -> tuple[Row, list[Row]]:
    wide = replace(row, facts=dict(row.facts), places=dict(row.places), columns=dict(row.columns),
                   refs=dict(row.refs), findings=[])  # fmt: skip
    _label(wide, row, "treated")
    members = [row]
    for source in before:
        members.append(source)
        for old, new in _BASELINE.items():
            _carry(source, old, wide, new)
    if other is not None:
        members.append(other)
        for path in list(other.facts):
            if path.startswith("treated."):
                _carry(other, path, wide, path.replace("treated.", "control."))
            elif not path.startswith("row.") and path not in wide.facts:
                _carry(other, path, wide, path)
        _label(wide, other, "control")
        for source in other_before:
            members.append(source)
            for old, new in _BASELINE.items():
                _carry(source, old, wide, new.replace("treated.", "control."))
    return wide, members


def _label(wide: Row, source: Row, side: str) -> None:
    wide.put(f"{side}.label", source.text("row.arm"), source.places.get("row.arm"))


def _carry(source: Row, old: str, wide: Row, new: str) -> None:
    if old in source.facts:
        wide.put(new, source.facts[old], source.places.get(old))
        wide.columns[new] = source.columns.get(old, 0)
        wide.refs[new] = source.refs.get(old, "")
