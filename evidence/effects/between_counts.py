"""Shares of people in two arms, or on two sides of the same people."""

from __future__ import annotations

import math

from evidence.effects.counts import Responders, responders
from evidence.effects.one_row import effect_sizes
from evidence.effects.printed import N_MISSING, Found, Spread, derived, nothing, people
from evidence.effects.sides import PATHS, SIDES_UNPAIRED, Sides, bounded, total_only


def _events(x: Sides, measure: str, *, exact: bool) -> Found | None:
    """Ratios and differences of shares of people."""
    both = _both(x)
    first, second = both
    if first is None or second is None:
        return None if exact else _shares(x, measure)
    printed = all(r is not None and r.basis.rule == "counts" for r in both)
    if exact != printed:
        return None
    notes = first.notes + second.notes
    if x.paired:
        return _paired_events(measure, first, second)
    found = effect_sizes(
        measure, drop00=measure != "RD",
        ai=first.events, n1i=first.total, ci=second.events, n2i=second.total,
    )  # fmt: skip
    yi, vi = float(found.yi[0]), float(found.vi[0])
    rule = "counts" if exact else "events_from_percent"
    basis = derived(rule, "Cochrane Handbook 6.4.1", first.figure, second.figure)
    zero = any(r.events in (0, r.total) for r in (first, second))
    if math.isnan(yi):
        return None
    if zero:
        if measure == "RD":  # the difference itself needs no constant, its variance does
            yi = first.events / first.total - second.events / second.total
        notes = (*notes, "one cell is zero: 0.5 added to each of the four")
    return Found(
        measure=measure,
        yi=yi,
        basis=basis,
        spread=Spread(basis=basis, vi=vi),
        log=measure != "RD",
        notes=notes,
    )


def _shares(x: Sides, measure: str) -> Found | None:
    """Two percentages without the people in each arm: a value, and at most bounds."""
    p1, p2 = x.read("treated", "pct"), x.read("control", "pct")
    if p1 is None or p2 is None:
        return None
    a, b = p1.value / 100, p2.value / 100
    basis = derived("ratio_of_percentages", "Cochrane Handbook 6.4.1", p1, p2)
    if measure == "RD":
        yi, parts = a - b, (a * (1 - a), b * (1 - b))
    elif not (0 < a < 1 and 0 < b < 1):
        return None
    elif measure == "RR":
        yi, parts = math.log(a / b), ((1 - a) / a, (1 - b) / b)
    else:
        yi = math.log(a / (1 - a)) - math.log(b / (1 - b))
        parts = (1 / (a * (1 - a)), 1 / (b * (1 - b)))
    if x.paired:
        spread = nothing(N_MISSING if x.n1 is None else SIDES_UNPAIRED)
    else:
        spread = total_only(x, lambda n1, n2: parts[0] / n1 + parts[1] / n2, (p1, p2))
    return Found(measure=measure, yi=yi, basis=basis, spread=spread, log=measure != "RD")


def _paired_events(measure: str, first: Responders, second: Responders) -> Found | None:
    """Responders on two sides of the same people: how many responded on both is not printed."""
    n = min(first.total, second.total)
    e1, e2 = first.events, second.events
    if e1 > n or e2 > n:
        return None
    if measure != "RD" and 0 in (e1, e2, n - e1, n - e2):
        return None
    import numpy as np

    # a percent of few people may stand for no whole number of them
    shared = np.arange(max(0.0, e1 + e2 - n), min(e1, e2) + 1e-9)
    apart = (e1 - shared, e2 - shared, n - e1 - e2 + shared)
    bi, ci, di = (np.maximum(cell, 0.0) for cell in apart)
    found = effect_sizes(f"MP{measure}", to="none", ai=shared, bi=bi, ci=ci, di=di)
    basis = derived("paired_margins", "Cochrane Handbook 23.2.6", first.figure, second.figure)
    variances = found.vi[np.isfinite(found.vi) & (found.vi > 0)]
    if not len(variances):
        spread = nothing("the sides never differ in any table that fits the percentages")
    elif len(shared) == 1:
        spread = Spread(basis=basis, vi=float(variances[0]))
    else:
        spread = bounded(
            "paired_margins",
            "Cochrane Handbook 23.2.6",
            (first.figure, second.figure),
            (math.sqrt(variances.min()), math.sqrt(variances.max())),
            assumption="any number of people responded on both sides",
            reason="how many people responded on both sides is not printed",
        )
    return Found(
        measure=measure,
        yi=float(found.yi[0]),
        basis=basis,
        spread=spread,
        log=measure != "RD",
        notes=first.notes + second.notes,
    )


def from_counts(x: Sides, measure: str) -> Found | None:
    """Printed counts of both arms.

    >>> from evidence.effects.sides import sides_of
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> serum = ArmResult(events=Reported(text="12"), total=Reported(text="20"),
    ...                   n=Reported(text="20"))
    >>> vehicle = ArmResult(events=Reported(text="5"), total=Reported(text="20"),
    ...                     n=Reported(text="20"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> x = sides_of(Study(id="Kim", outcomes=(one,)), one)
    >>> found = from_counts(x, "RR")
    >>> math.exp(found.yi), found.basis.label
    (2.4, 'derived')
    """
    return _events(x, measure, exact=True)


def from_percents(x: Sides, measure: str) -> Found | None:
    """Percentages of both arms, turned into counts where the people are printed.

    >>> from evidence.effects.sides import sides_of
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> serum = ArmResult(pct=Reported(text="60"), n=Reported(text="20"))
    >>> vehicle = ArmResult(pct=Reported(text="25"), n=Reported(text="20"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> x = sides_of(Study(id="Kim", outcomes=(one,)), one)
    >>> found = from_percents(x, "RD")
    >>> found.yi, found.basis.label
    (0.35, 'derived')
    """
    return _events(x, measure, exact=False)


def _both(x: Sides) -> list[Responders | None]:
    counted = [
        people(x.study, x.outcome, x.arm(path), path, everybody=x.paired, counted=True)
        for path in PATHS
    ]
    return [
        responders(x.study, x.arm(path), path, n) for path, n in zip(PATHS, counted, strict=True)
    ]


def impossible(x: Sides) -> tuple[str, ...]:
    """What to say of percentages that no count of people gives.

    >>> from evidence.effects.sides import sides_of
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> serum = ArmResult(pct=Reported(text="62"), n=Reported(text="20"))
    >>> vehicle = ArmResult(pct=Reported(text="25"), n=Reported(text="20"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> x = sides_of(Study(id="Kim", outcomes=(one,)), one)
    >>> impossible(x)
    ('no whole number of 20 people is 62 %: nearest 12 (60.0 %); the printed percent is kept',)
    """
    return tuple(note for r in _both(x) if r is not None for note in r.notes if "no whole" in note)


def nobody(x: Sides) -> bool:
    """Whether none or all responded in an arm, as far as the counts are known.

    >>> from evidence.effects.sides import sides_of
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> serum = ArmResult(events=Reported(text="12"), total=Reported(text="20"),
    ...                   n=Reported(text="20"))
    >>> vehicle = ArmResult(events=Reported(text="0"), total=Reported(text="20"),
    ...                     n=Reported(text="20"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> x = sides_of(Study(id="Kim", outcomes=(one,)), one)
    >>> nobody(x)
    True
    """
    return any(r is not None and r.events in (0, r.total) for r in _both(x))
