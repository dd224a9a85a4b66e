"""Simple sums on one row: numbers that are both there and cannot both be right."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from evidence.formatting import number as words
from evidence.ingest.interpret import RATIOS
from evidence.ingest.rows import Row
from evidence.messages import say
from evidence.records.reported import Reported

MAX_SMD = 3.0
"""An effect above this many standard deviations is taken for a standard error read as one."""


def check_arithmetic(row: Row) -> None:
    """Add a finding for every sum that does not come out.

    >>> facts = {"treated.events": Reported(text="31"), "treated.total": Reported(text="30")}
    >>> row = Row(file="a.csv", line=2, facts=facts)
    >>> check_arithmetic(row)
    >>> print(row.findings[0].message)
    31 events among 30 people.
    """
    for check in CHECKS:
        check(row)


def _limits(row: Row) -> None:
    pairs = [("contrast.ci_low", "contrast.ci_high")]
    for arm in ("treated", "control"):
        pairs += [(f"{arm}.ci_low", f"{arm}.ci_high")]
        pairs += [(f"{arm}.change_ci_low", f"{arm}.change_ci_high")]
    for low_path, high_path in pairs:
        low, high = row.number(low_path), row.number(high_path)
        if low and high and low.value > high.value:
            row.say("EV206", say("the lower limit {low} is above the upper limit {high}.",
                    low=low.text, high=high.text),
                    at=low_path, value=low.text,
                    suggestion="Swapped, or a minus sign is missing?")  # fmt: skip


def _order(row: Row) -> None:
    for arm in ("treated", "control"):
        found = [
            (path, n) for name in ("minimum", "q1", "median", "q3", "maximum")
            if (n := row.number(path := f"{arm}.{name}"))
        ]  # fmt: skip
        for (_, one), (path, two) in pairwise(found):
            if one.value > two.value:
                row.say(
                    "EV219",
                    say("{one} should not be above {two}.", one=one.text, two=two.text),
                    at=path,
                )


def _events(row: Row) -> None:
    for arm in ("treated", "control"):
        events = row.number(f"{arm}.events")
        total = row.number(f"{arm}.total") or row.number(f"{arm}.n")
        percent = row.number(f"{arm}.pct")
        if not events or not total:
            continue
        if events.value > total.value:
            row.say("EV207", say("{events} events among {n} people.",
                                  events=events.text, n=total.text),
                    at=f"{arm}.events", value=events.text)  # fmt: skip
        elif percent and not percent.qualifier:
            share = 100 * events.value / total.value
            if abs(share - percent.value) > max(percent.rounding_unit, 0.1) * 0.5001:
                row.say("EV304", say("{events} of {n} is {share} %, and {percent} % is printed.",
                                      events=events.text, n=total.text, share=f"{share:.1f}",
                                      percent=percent.text), at=f"{arm}.pct")  # fmt: skip


def _interval(row: Row) -> None:
    estimate = row.number("contrast.estimate")
    low, high = row.number("contrast.ci_low"), row.number("contrast.ci_high")
    _contains(row, estimate, low, high, "contrast.estimate")
    for arm in ("treated", "control"):
        _contains(row, row.number(f"{arm}.mean"), row.number(f"{arm}.ci_low"),
                  row.number(f"{arm}.ci_high"), f"{arm}.mean")  # fmt: skip
        _contains(row, row.number(f"{arm}.change_mean"), row.number(f"{arm}.change_ci_low"),
                  row.number(f"{arm}.change_ci_high"), f"{arm}.change_mean")  # fmt: skip
    if not (estimate and low and high and row.text("contrast.measure").casefold() in RATIOS):
        return
    if min(low.value, estimate.value) <= 0 or not low.value <= estimate.value <= high.value:
        return
    half = [low.rounding_unit / 2, estimate.rounding_unit / 2, high.rounding_unit / 2]
    least = math.sqrt(max(0.0, low.value - half[0]) * (high.value - half[2]))
    most = math.sqrt((low.value + half[0]) * (high.value + half[2]))
    if estimate.value + half[1] < least or estimate.value - half[1] > most:
        middle = math.sqrt(low.value * high.value)
        row.say("EV307", say(
            "{estimate} is not the middle of {low} to {high} on the log scale ({middle}).",
            estimate=estimate.text, low=low.text, high=high.text, middle=f"{middle:.2f}",
        ), at="contrast.estimate")  # fmt: skip


def _contains(
    row: Row, estimate: Reported | None, low: Reported | None, high: Reported | None, at: str
) -> None:
    if not (estimate and low and high) or low.value > high.value:
        return
    slack = (estimate.rounding_unit + min(low.rounding_unit, high.rounding_unit)) / 2
    if not low.value - slack <= estimate.value <= high.value + slack:
        row.say(
            "EV306",
            say(
                "the estimate {estimate} lies outside its limits {low} to {high}.",
                estimate=estimate.text,
                low=low.text,
                high=high.text,
            ),
            at=at,
            value=estimate.text,
        )


def _changes(row: Row) -> None:
    for arm in ("treated", "control"):
        before, after = row.number(f"{arm}.baseline_mean"), row.number(f"{arm}.mean")
        change, percent = row.number(f"{arm}.change_mean"), row.number(f"{arm}.pct_change")
        if percent and percent.value < -100:
            row.say("EV308", say("{percent} % is a fall by more than everything.",
                                  percent=percent.text),
                    at=f"{arm}.pct_change")  # fmt: skip
        if not before:
            continue
        if after and change:
            slack = (before.rounding_unit + after.rounding_unit + change.rounding_unit) / 2
            if abs(after.value - before.value - change.value) > slack * 1.0001:
                row.say("EV303", say(
                    "{after} − {before} is {difference}, and {change} is printed.",
                    after=after.text, before=before.text, change=change.text,
                    difference=words(after.value - before.value, max(after.decimals, 1)),
                ), at=f"{arm}.change_mean")  # fmt: skip
        shift = change.value if change else after.value - before.value if after else None
        if shift is not None and percent and before.value > 0 and not percent.qualifier:
            units = change.rounding_unit if change else before.rounding_unit
            units += 0 if change or not after else after.rounding_unit
            implied = 100 * shift / before.value
            slack = (100 * units + abs(implied) * before.rounding_unit) / before.value / 2
            slack += percent.rounding_unit / 2
            if abs(implied - percent.value) > slack:
                row.say(
                    "EV309",
                    say(
                        "the means give {implied} %, and {percent} % is printed.",
                        implied=words(implied, 1),
                        percent=percent.text,
                    ),
                    at=f"{arm}.pct_change",
                )


def _standard_errors(row: Row) -> None:
    """A dispersion so small that the effect would be beyond anything seen, or p impossible."""
    if row.text("row.dispersion") in ("sd", "se", "se_converted"):
        return
    for mean, sd in (("mean", "sd"), ("change_mean", "change_sd")):
        one, two = row.value(f"treated.{mean}"), row.value(f"control.{mean}")
        s1, s2 = row.value(f"treated.{sd}"), row.value(f"control.{sd}")
        if one is not None and two is not None and s1 and s2:
            smd = (one - two) / math.sqrt((s1**2 + s2**2) / 2)
            if abs(smd) > MAX_SMD:
                _suspect(row, sd, say("the arms would differ by {n} standard deviations",
                                       n=words(abs(smd), 1)))  # fmt: skip
            else:
                _against_p(row, one - two, s1, s2, sd)
    before, after = row.value("treated.baseline_mean"), row.value("treated.mean")
    spread = row.value("treated.baseline_sd")
    if before is not None and after is not None and spread:
        shift = (after - before) / spread
        if abs(shift) > MAX_SMD:
            _suspect(row, "baseline_sd", say("the change would be {n} standard deviations",
                                              n=words(abs(shift), 1)))  # fmt: skip


def _against_p(row: Row, difference: float, s1: float, s2: float, sd: str) -> None:
    """Whether the printed p needs the dispersions to be standard errors."""
    p, operator = row.value("row.p_value"), row.text("row.p_operator") or "="
    n1, n2 = row.value("treated.n"), row.value("control.n")
    within = row.text("row.p_kind") == "within_arm" or row.text("design.kind") == "within_person"
    if not (p and n1 and n2) or operator != "=" or within or not 1e-6 < p < 1:
        return
    as_sd = _p_of(difference / math.sqrt(s1**2 / n1 + s2**2 / n2))
    as_se = _p_of(difference / math.sqrt(s1**2 + s2**2))
    if as_sd < p / 1000 and p / 5 < as_se < p * 5:
        _suspect(
            row,
            sd,
            say("it implies p = {implied}, the paper says {p}", implied=f"{as_sd:.1g}", p=f"{p:g}"),
        )


def _p_of(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _suspect(row: Row, sd: str, why: str) -> None:
    arm = "control" if f"control.{sd}" in row.facts else "treated"
    spread = row.number(f"{arm}.{sd}")
    text = spread.text if spread else ""
    row.say("EV305", say("{field} {value} looks like a standard error: as an SD {why}.",
                          field=sd, value=text, why=why),
            at=f"{arm}.{sd}", value=text,
            suggestion='Set the column dispersion to "se", or to "sd" to confirm.')  # fmt: skip


CHECKS: tuple[Callable[[Row], None], ...] = (
    _limits,
    _order,
    _events,
    _interval,
    _changes,
    _standard_errors,
)
