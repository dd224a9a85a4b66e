"""The printed figures of a record that a check can be made on, and how many people they are of.

Figures with a word such as "about" or "up to" before them are no case of any check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Literal, NamedTuple, Protocol

from evidence.integrity.facts_of_record import SIDES
from evidence.integrity.printed_p import Compared
from evidence.records.base import UNKNOWN
from evidence.records.outcome import ArmResult, Outcome, PValue
from evidence.records.reported import Number

ARMS: tuple[Literal["treated", "control"], ...] = ("treated", "control")
PAIRS = (("baseline_mean", "baseline_sd"), ("mean", "sd"), ("change_mean", "change_sd"))
ENROLLED = "The people enrolled were used; how many were analysed is not printed."


class Answer(Protocol):
    """What every check answers."""

    @property
    def verdict(self) -> str:
        """One word, a key of `checks_of_record.STATUS`."""

    @property
    def sentence(self) -> str:
        """What was found, in plain words."""

    @property
    def benign(self) -> tuple[str, ...]:
        """Harmless ways in which such figures arise."""


class Case(NamedTuple):
    """Figures that one check can be made on.

    `soft` says why a contradiction is only worth a note; `settled` whether the p that is checked
    can be of no other test, so that a change of significance is a reason to stop.
    """

    reads: tuple[str, ...]
    run: Callable[[], Answer]
    soft: str = ""
    settled: bool = True


_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)


def digits(number: Number) -> str:
    """The digits of a figure that stands for itself, or an empty string.

    >>> from evidence.records.reported import Reported
    >>> [digits(Reported.parse(text)) for text in ("5.10", "up to 20 %")], digits(UNKNOWN)
    (['5.10', ''], '')
    """
    if number is UNKNOWN or number.qualifier not in ("", "on average"):
        return ""
    return number.text if _PLAIN.fullmatch(number.text) else ""


def people(number: Number) -> int | None:
    """A whole number of people, at least one and below a billion.

    >>> from evidence.records.reported import Reported
    >>> [people(Reported(text=text)) for text in ("30", "30.5", "0")]
    [30, None, None]
    """
    text = digits(number)
    value = Fraction(text) if text else Fraction(0)
    return int(value) if 1 <= value < 10**9 and value.denominator == 1 else None


def p_digits(p: PValue) -> str:
    """A p value as a paper prints it: 0.04, <0.001, ns.

    >>> from evidence.records.reported import Reported
    >>> low = PValue(operator="<", value=Reported(text="0.001"))
    >>> p_digits(low), p_digits(PValue(operator="ns"))
    ('<0.001', 'ns')
    """
    if p.operator == "ns":
        return "ns"
    text = digits(p.value)
    return "" if not text else text if p.operator == "=" else f"{p.operator}{text}"


def each_arm(outcome: Outcome) -> Iterator[tuple[str, ArmResult]]:
    """Both arms with the path of each; only the first where there is one.

    >>> from evidence.records.plain import outcome_of
    >>> [name for name, _ in each_arm(outcome_of("TEWL"))]
    ['treated']
    >>> [name for name, _ in each_arm(outcome_of("TEWL", control={"label": "vehicle"}))]
    ['treated', 'control']
    """
    for name in ARMS:
        if (arm := getattr(outcome, name)) is not None:
            yield name, arm


def behind(outcome: Outcome, name: str, arm: ArmResult) -> tuple[int, str, str] | None:
    """People behind a figure of an arm, where that is printed, and a remark where it is weak.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("TEWL", treated={"n_randomised": "30"})
    >>> behind(one, "treated", one.treated)[:2]
    (30, 'treated.n_randomised')
    """
    everybody = outcome.control is None or outcome.design.kind in SIDES
    tries = [
        (arm.total, f"{name}.total", ""),
        (arm.n, f"{name}.n", ""),
        *([(outcome.n_total, "n_total", "")] if everybody else []),
        (arm.n_randomised, f"{name}.n_randomised", ENROLLED),
        *([(outcome.n_total_randomised, "n_total_randomised", ENROLLED)] if everybody else []),
    ]
    for number, path, remark in tries:
        if (n := people(number)) is not None:
            return n, path, remark
    return None


def as_found(answer: Compared) -> Compared:
    """An answer that was worked out while its figures were looked for.

    >>> answer = Compared(verdict="consistent", reason="", benign=(), sentence="They fit.")
    >>> Case(("n",), lambda: as_found(answer)).run().sentence
    'They fit.'
    """
    return answer
