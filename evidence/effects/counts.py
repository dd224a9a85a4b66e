"""People who responded: printed counts, or counts that a printed percent allows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, sqrt

from evidence.effects.effect import Basis, quantile
from evidence.effects.printed import Figure, figure
from evidence.errors import EffectError
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import ArmResult
from evidence.records.reported import Reported
from evidence.records.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Responders:
    """Events among people in one arm."""

    events: float
    total: float
    basis: Basis
    exact: bool  # printed, or the only count that fits the percent
    notes: tuple[str, ...] = ()

    @property
    def figure(self) -> Figure:
        """The count as an input of something else."""
        return Figure(
            value=self.events,
            inputs=self.basis.inputs,
            label=self.basis.label,
            assumptions=self.basis.assumptions,
        )


def counts_of_percent(percent: str, n: int) -> list[int]:
    """Every count of n people whose percent prints as this one.

    >>> counts_of_percent("87", 30), counts_of_percent("88", 30)
    ([26], [])
    >>> counts_of_percent("94", 250)
    [234, 235, 236]
    """
    value = Fraction(percent)
    decimals = len(percent.partition(".")[2])
    half = Fraction(1, 2 * 10**decimals)
    low, high = ceil((value - half) * n / 100), floor((value + half) * n / 100)
    return list(range(max(0, low), min(n, high) + 1))


def responders(study: Study, arm: ArmResult, path: str, total: Figure | None) -> Responders | None:
    """Events and people of one arm; None when they are not printed.

    Raises EffectError for more events than people, or a percent outside 0 to 100.

    >>> arm = ArmResult(pct=Reported(text="85"))
    >>> found = responders(Study(id="Kim"), arm, "treated", Figure(value=40.0, inputs=()))
    >>> found.events, found.total, found.exact
    (34.0, 40.0, True)
    """
    events, percent = figure(f"{path}.events", arm.events), figure(f"{path}.pct", arm.pct)
    if percent is not None and not 0 <= percent.value <= 100:
        raise EffectError(
            say(
                "{printed}: a share of people lies between 0 and 100 %.", printed=percent.inputs[0]
            ),
            study=study.id,
        )
    if events is not None and events.value < 0:
        raise EffectError(
            say("{printed}: a negative count.", printed=events.inputs[0]), study=study.id
        )
    if total is None:
        return None
    if events is not None:
        if events.value > total.value:
            raise EffectError(
                say(
                    "more events than people: {events}, {people}.",
                    events=events.inputs[0],
                    people=total.inputs[0],
                ),
                study=study.id,
            )
        basis = Basis(
            label="reported",
            rule="counts",
            inputs=events.inputs + total.inputs,
            assumptions=total.assumptions,
        )
        return Responders(events=events.value, total=total.value, basis=basis, exact=True)
    if percent is None or arm.pct is UNKNOWN:
        return None
    return _from_percent(percent, arm.pct, total)


def _from_percent(percent: Figure, printed: Reported, total: Figure) -> Responders:
    n = round(total.value)
    fits = counts_of_percent(printed.text, n)
    nearest = floor(percent.value * n / 100 + 0.5)
    notes: tuple[str, ...] = ()
    events = float(nearest)
    if not fits:
        events = percent.value * total.value / 100
        notes = (
            say(
                "no whole number of {n} people is {percent} %: nearest {nearest} ({share} %); "
                "the printed percent is kept",
                n=n,
                percent=f"{percent.value:g}",
                nearest=nearest,
                share=f"{100 * nearest / n:.1f}",
            ),
        )
    elif len(fits) > 1:
        notes = (
            say(
                "{percent} % of {n} is any count from {low} to {high}",
                percent=f"{percent.value:g}",
                n=n,
                low=fits[0],
                high=fits[-1],
            ),
        )
    else:
        events = float(fits[0])
    basis = Basis(
        label="derived",
        rule="events_from_percent",
        source="Cochrane Handbook 6.4.1",
        inputs=percent.inputs + total.inputs,
        assumptions=total.assumptions,
    )
    return Responders(
        events=events, total=total.value, basis=basis, exact=len(fits) == 1, notes=notes
    )


def wilson(events: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Score interval of a share (Wilson 1927, doi 10.1080/01621459.1927.10502953).

    >>> wilson(34, 40)
    (0.709, 0.929)
    """
    z = quantile(level, None)
    p = events / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)
