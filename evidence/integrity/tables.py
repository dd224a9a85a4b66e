"""Tables as a whole: how alike arms are before treatment, and how many people went where.

Unusual balance shows nothing by itself; its answer says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from evidence.errors import EffectError, OptionError
from evidence.formatting import plural
from evidence.integrity.printed_p import TYPING_ERROR, Compared, Interval, box_around, p_of_t
from evidence.integrity.printed_sets import whole
from evidence.messages import listed, say, sentences

BALANCE_LIMIT = 1e-4
"""A balance is called unusual below this probability, not at 0.05: many tables are looked at."""

_NORMAL = NormalDist()
_LIMITS = (
    "This describes the table and shows nothing by itself: rows that go together, skewed values, "
    "stratified or matched allocation and rounding all move it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """One continuous variable before treatment, in two arms; text keeps the printed digits."""

    mean1: str | float
    sd1: str | float
    n1: int
    mean2: str | float
    sd2: str | float
    n2: int
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineBalance(Compared):
    """How alike two randomised arms are before treatment.

    `p_values` are of Student's t test per row, as printed; `stouffer_z` their sum of normal
    scores over √k, below zero for arms more alike than chance, and `stouffer_z_interval` the
    same over the rounding of all figures. `usable` says that there are enough rows.
    """

    verdict: Literal["consistent", "too_similar", "too_different", "not_testable"]
    p_values: tuple[float, ...]
    stouffer_z: float
    stouffer_z_interval: Interval
    p_too_different: float
    p_too_similar: float
    usable: bool


def baseline_balance(
    rows: Sequence[BaselineRow], *, min_variables: int = 5, p_clip: float = 0.001
) -> BaselineBalance:
    """Whether two randomised parallel arms differ at the start about as much as chance makes them.

    Parameters
    ----------
    rows : sequence of BaselineRow
        Roughly independent continuous variables; no percents, no scores made of one another.
    min_variables : int
        With fewer rows the answer is `not_testable`.
    p_clip : float
        p values are held within [p_clip, 1 − p_clip].

    Returns
    -------
    BaselineBalance
        After Carlisle [1]_, in its simplest form. `too_similar` or `too_different` only when the
        probability is below 0.0001 for all values that print as the figures.

    Raises
    ------
    EffectError
        Without rows, or for a row that has no t test.
    OptionError
        For a p_clip that is not between 0 and 0.5.

    References
    ----------
    .. [1] Carlisle (2017), Anaesthesia 72:944–952. https://doi.org/10.1111/anae.13938

    Examples
    --------
    >>> row = BaselineRow(mean1="47.3", sd1="6.1", n1=30, mean2="50.9", sd2="6.2", n2=30)
    >>> found = baseline_balance([row] * 3)  # one row three times, to show the sum
    >>> found.p_values[0], found.stouffer_z, found.verdict
    (0.0271, 3.334, 'not_testable')
    """
    if not 0 < p_clip < 0.5:
        raise OptionError("p_clip", p_clip, ("a number between 0 and 0.5",))
    if not rows:
        raise EffectError("no baseline rows: give the means and SDs of two arms before treatment.")
    tests = [_row_p(row) for row in rows]
    p, least, most = ([test[k] for test in tests] for k in range(3))
    z = _stouffer(p, p_clip)
    low, high = _stouffer(most, p_clip), _stouffer(least, p_clip)
    usable = len(rows) >= whole(min_variables, "min_variables")
    verdict: Literal["consistent", "too_similar", "too_different", "not_testable"] = "consistent"
    if not usable:
        verdict = "not_testable"
    elif _NORMAL.cdf(high) < BALANCE_LIMIT:
        verdict = "too_similar"
    elif _NORMAL.cdf(-low) < BALANCE_LIMIT:
        verdict = "too_different"
    counted = plural(len(rows), "variable")
    said = {
        "not_testable": say(
            "{variables} before treatment: too few to speak of, at least {least} are needed.",
            variables=counted,
            least=min_variables,
        ),
        "consistent": say(
            "The arms differ in {variables} before treatment about as chance makes them.",
            variables=counted,
        ),
        "too_similar": say(
            "The arms are more alike in {variables} before treatment than chance usually makes "
            "them.",
            variables=counted,
        ),
        "too_different": say(
            "The arms differ more in {variables} before treatment than chance usually makes them.",
            variables=counted,
        ),
    }[verdict]
    return BaselineBalance(
        verdict=verdict,
        reason=verdict if verdict.startswith("too") else "" if usable else "too_few_variables",
        benign=_BALANCE_BENIGN.get(verdict, ()),
        sentence=sentences(said, _LIMITS),
        p_values=tuple(p),
        stouffer_z=z,
        stouffer_z_interval=(low, high),
        p_too_different=_NORMAL.cdf(-z),
        p_too_similar=_NORMAL.cdf(z),
        usable=usable,
    )


_BALANCE_BENIGN = {
    "too_similar": (
        "Allocation was stratified, matched or minimised, or each person had both treatments.",
        "Standard errors are printed as SDs.",
        "The figures are rounded, skewed, or of variables that go together.",
    ),
    "too_different": (
        "The variables go together, so that one difference is counted several times.",
        "Allocation was not by chance, or people were left out after it.",
        "SDs are printed as standard errors.",
    ),
}


def _row_p(row: BaselineRow) -> tuple[float, float, float]:
    """P of Student's t test as printed, and its least and most over the rounding."""
    n1, n2 = whole(row.n1, "n1", 2), whole(row.n2, "n2", 2)
    where = f"{row.name}: " if row.name else ""
    mean1, sd1, mean2, sd2 = (
        box_around(str(getattr(row, name)), None, f"{where}{name}")
        for name in ("mean1", "sd1", "mean2", "sd2")
    )
    if float(row.sd1) < 0 or float(row.sd2) < 0:
        raise EffectError(f"{where}a standard deviation is not negative.")

    def p(apart: float, s1: float, s2: float) -> float:
        squared = ((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2) * (1 / n1 + 1 / n2)
        if squared == 0:
            return 0.0 if apart else 1.0
        return p_of_t(apart / math.sqrt(squared), n1 + n2 - 2)

    if float(row.sd1) == float(row.sd2) == 0:
        raise EffectError(f"{where}both SDs are zero: there is no t test of this row.")
    nearest = max(0.0, float(max(mean1.low - mean2.high, mean2.low - mean1.high)))
    farthest = float(max(mean1.high - mean2.low, mean2.high - mean1.low))
    return (
        p(abs(float(row.mean1) - float(row.mean2)), float(row.sd1), float(row.sd2)),
        p(farthest, max(0.0, float(sd1.low)), max(0.0, float(sd2.low))),
        p(nearest, float(sd1.high), float(sd2.high)),
    )


def _stouffer(p: Iterable[float], clip: float) -> float:
    scores = [_NORMAL.inv_cdf(1 - min(max(some, clip), 1 - clip)) for some in p]
    return sum(scores) / math.sqrt(len(scores))


@dataclass(frozen=True, slots=True, kw_only=True)
class NTrail(Compared):
    """Numbers of people from allocation to analysis; `failed` names the steps that do not fit."""

    verdict: Literal["consistent", "inconsistent", "not_testable"]
    failed: tuple[str, ...]
    checks: int


def n_trail(
    *,
    randomised: int | None = None,
    analysed: int | None = None,
    lost: int | None = None,
    arms_randomised: Sequence[int | None] = (),
    arms_analysed: Sequence[int | None] = (),
) -> NTrail:
    """Whether the numbers of people fit one another.

    Parameters
    ----------
    randomised, analysed, lost : int, optional
        Of all arms together; lost are those randomised and not analysed.
    arms_randomised, arms_analysed : sequence of int or None
        Arm by arm, in one order; None where not printed.

    Returns
    -------
    NTrail
        `failed` from `analysed_above_randomised`, `arm_analysed_above_randomised`,
        `arms_randomised_sum`, `arms_analysed_sum`, `lost`; `checks` how many could be made, and
        `not_testable` when none could.

    Raises
    ------
    EffectError
        For a number that is not a whole number, or arms of two lengths.

    Examples
    --------
    >>> print(n_trail(randomised=60, analysed=55, arms_analysed=(28, 29)))
    These numbers cannot all be right: the arms analysed are 57 people together, not 55.
    >>> n_trail(randomised=60, analysed=55, arms_randomised=(30, 30), lost=5).verdict
    'consistent'
    """
    began = _counts(arms_randomised, "arms_randomised")
    ended = _counts(arms_analysed, "arms_analysed")
    if began and ended and len(began) != len(ended):
        raise EffectError(
            f"{len(began)} arms randomised and {len(ended)} analysed: give them in one order, "
            "None for an arm that is not printed."
        )
    for name, value in (("randomised", randomised), ("analysed", analysed), ("lost", lost)):
        if value is not None:
            whole(value, name, 0)
    checks: dict[str, tuple[bool, str]] = {}
    if randomised is not None and analysed is not None:
        checks["analysed_above_randomised"] = (
            analysed <= randomised,
            say(
                "{n} people were analysed of {randomised} randomised",
                n=analysed,
                randomised=randomised,
            ),
        )
    both = [(a, b) for a, b in zip(began, ended, strict=False) if a is not None and b is not None]
    if both:
        checks["arm_analysed_above_randomised"] = (
            all(after <= before for before, after in both),
            "more people were analysed in an arm than randomised to it",
        )
    for name, arms, total in (("randomised", began, randomised), ("analysed", ended, analysed)):
        together = sum(arm for arm in arms if arm is not None)
        if total is None or not arms:
            continue
        if None not in arms:
            words = {"n": together, "total": total}
            if name == "randomised":
                said = say("the arms randomised are {n} people together, not {total}", **words)
            else:
                said = say("the arms analysed are {n} people together, not {total}", **words)
            checks[f"arms_{name}_sum"] = (together == total, said)
        elif any(arm is not None for arm in arms):
            words = {"n": together, "total": total}
            if name == "randomised":
                said = say(
                    "some of the arms randomised are already {n} people, more than {total}",
                    **words,
                )
            else:
                said = say(
                    "some of the arms analysed are already {n} people, more than {total}", **words
                )
            checks[f"arms_{name}_sum"] = (together <= total, said)
    if randomised is not None and analysed is not None and lost is not None:
        checks["lost"] = (
            randomised - lost == analysed,
            say(
                "{randomised} randomised without {lost} lost are {left}, not {analysed}",
                randomised=randomised,
                lost=lost,
                left=randomised - lost,
                analysed=analysed,
            ),
        )
    failed = tuple(name for name, (fits, _) in checks.items() if not fits)
    wrong = listed(checks[name][1] for name in failed)
    verdict: Literal["consistent", "inconsistent", "not_testable"] = "inconsistent"
    if not failed:
        verdict = "consistent" if checks else "not_testable"
    return NTrail(
        verdict=verdict,
        reason=failed[0] if failed else "" if checks else "nothing_to_compare",
        benign=(
            TYPING_ERROR,
            "The number is of sides, sites or visits, not of people.",
            "An arm is left out here, or people were replaced or allowed to change arms.",
        )
        if failed
        else (),
        sentence={
            "inconsistent": say("These numbers cannot all be right: {why}.", why=wrong),
            "consistent": say(
                "The numbers of people fit one another ({checks}).",
                checks=plural(len(checks), "check"),
            ),
            "not_testable": "Too few numbers of people are printed to compare them.",
        }[verdict],
        failed=failed,
        checks=len(checks),
    )


def _counts(arms: Sequence[int | None], name: str) -> list[int | None]:
    return [None if arm is None else whole(arm, name, 0) for arm in arms]
