"""What results of recovery share: a basis, the label that follows from it, checks of the inputs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from evidence.effects.effect import LABELS, LARGEST_LOG, Basis, Label, weakest
from evidence.errors import EffectError, OptionError
from evidence.messages import say
from evidence.records.base import UNKNOWN, Unknown
from evidence.records.vocabulary import Better

Interval: TypeAlias = tuple[float, float]
Labels: TypeAlias = Mapping[str, Label]
"""Labels of those arguments that are not printed: `{"r": "imputed"}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A result and what it rests on."""

    basis: Basis

    @property
    def label(self) -> Label:
        """What the result is: never stronger than the weakest number that went in."""
        return self.basis.label

    @property
    def reason(self) -> str:
        """Why something in it is refused, or empty."""
        return self.basis.reason


def basis_of(
    rule: str,
    source: str,
    inputs: Mapping[str, object],
    labels: Labels | None = None,
    *,
    least: Label = "derived",
    assumptions: Iterable[str] = (),
    reason: str = "",
) -> Basis:
    """The basis of a number made from named arguments.

    Parameters
    ----------
    rule, source : str
        Name of the rule and where it is published.
    inputs : mapping
        Arguments by name; those that are None were not given and are left out.
    labels : mapping, optional
        Labels of arguments that are not printed.
    least : str
        The label when everything is printed.

    Raises
    ------
    OptionError
        When `labels` names another argument or another label.
    EffectError
        When an argument is itself refused.

    Examples
    --------
    >>> basis = basis_of("rule", "", {"mean": 80, "r": 0.6}, {"r": "imputed"})
    >>> basis.label, basis.inputs
    ('imputed', ('mean = 80', 'r = 0.6 (imputed)'))
    """
    given = dict(labels or {})
    named = {name: value for name, value in inputs.items() if value is not None}
    for name, label in given.items():
        if name not in inputs:
            raise OptionError("labels", name, inputs)
        if label not in LABELS:
            raise OptionError(f"labels[{name!r}]", label, LABELS)
        if label == "refused":
            raise EffectError(f"{name} is refused: nothing can be made from it.", missing=(name,))
    of_inputs = [label for name, label in given.items() if name in named]
    return Basis(
        label=weakest([least, *of_inputs]),
        rule=rule,
        source=source,
        assumptions=tuple(assumptions),
        inputs=tuple(_shown(name, value, given.get(name)) for name, value in named.items()),
        reason=reason,
    )


def _shown(name: str, value: object, label: Label | None) -> str:
    number = f"{value:g}" if isinstance(value, int | float) else str(value)
    return f"{name} = {number}" + (f" ({label})" if label and label != "reported" else "")


def percent_of_log(ln_ratio: float) -> float:
    """A log ratio as a percent change; one too large for a number is infinite.

    >>> percent_of_log(-0.2231), percent_of_log(1000)
    (-20.0, inf)
    """
    return 100 * math.expm1(ln_ratio) if ln_ratio < LARGEST_LOG else math.inf


def log_of_percent(name: str, percent: float) -> float:
    """A percent change as a log ratio; refused for −100 %, an error below.

    >>> log_of_percent("percent", -20)
    -0.2231
    """
    check_percent(name, percent)
    return math.log1p(percent / 100)


def check_percent(name: str, percent: float) -> None:
    """A percent change of something measured from zero, whose logarithm exists.

    >>> check_percent("percent", -120.0)
    Traceback (most recent call last):
        ...
    evidence.errors.EffectError: percent = -120 %: nothing that is measured from zero falls by more
    than 100 %.
    """
    check_finite(**{name: percent})
    if percent < -100:
        raise EffectError(
            say(
                "{name} = {percent} %: nothing that is measured from zero falls by more than "
                "100 %.",
                name=name,
                percent=f"{percent:g}",
            )
        )
    if percent == -100:
        raise EffectError(
            say(
                "{name} = −100 %: nothing is left, and the logarithm of nothing does not exist; "
                "use the raw difference.",
                name=name,
            )
        )


def check_finite(**numbers: float | None) -> None:
    """Numbers that were given are numbers.

    >>> check_finite(n=30, sd=float("nan"))
    Traceback (most recent call last):
        ...
    evidence.errors.EffectError: sd = nan is not a number.
    """
    for name, number in numbers.items():
        if number is not None and not math.isfinite(number):
            raise EffectError(f"{name} = {number} is not a number.", missing=(name,))


def check_spread(**numbers: float | None) -> None:
    """Standard deviations, errors and coefficients of variation are not negative.

    >>> check_spread(sd=-0.5)
    Traceback (most recent call last):
        ...
    evidence.errors.EffectError: sd = -0.5: a spread cannot be negative.
    """
    check_finite(**numbers)
    for name, number in numbers.items():
        if number is not None and number < 0:
            raise EffectError(f"{name} = {number:g}: a spread cannot be negative.")


def check_positive(why: str, **numbers: float | None) -> None:
    """Numbers that must be above zero, and why.

    >>> check_positive("a ratio is positive", ratio=0.0)
    Traceback (most recent call last):
        ...
    evidence.errors.EffectError: ratio = 0: a ratio is positive.
    """
    check_finite(**numbers)
    for name, number in numbers.items():
        if number is not None and number <= 0:
            raise EffectError(f"{name} = {number:g}: {why}.")


def check_r(**correlations: float | None) -> None:
    """Correlations lie between −1 and 1.

    >>> check_r(r=1.2)
    Traceback (most recent call last):
        ...
    evidence.errors.EffectError: r = 1.2 is no correlation; it lies between −1 and 1.
    """
    for name, r in correlations.items():
        if r is not None and not -1 <= r <= 1:
            raise EffectError(f"{name} = {r:g} is no correlation; it lies between −1 and 1.")


def check_people(least: int = 2, **counts: float | None) -> None:
    """Numbers of people are whole, and enough for what is asked.

    >>> check_people(n=30, n_control=None)
    >>> check_people(n=12.5)
    Traceback (most recent call last):
        ...
    evidence.errors.EffectError: n = 12.5 is not a whole number of people.
    """
    check_finite(**counts)
    for name, n in counts.items():
        if n is None:
            continue
        if n != int(n):
            raise EffectError(f"{name} = {n:g} is not a whole number of people.")
        if n < least:
            raise EffectError(f"{name} = {n:g}: at least {least} people are needed.")


def check_better(better: Better | Unknown) -> None:
    """The good direction is one of the two, or not known.

    >>> check_better("more")
    Traceback (most recent call last):
        ...
    evidence.errors.OptionError: better='more' is not one of lower, higher.
    """
    if better is not UNKNOWN and better not in ("lower", "higher"):
        raise OptionError("better", better, ("lower", "higher"))
