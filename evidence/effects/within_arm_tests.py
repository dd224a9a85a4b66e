"""The comparison between arms where a paper reports one test within each arm.

"Improved significantly, and the placebo did not" compares nothing. What is printed of the two
changes often gives the difference all the same, with its standard error or with limits to it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from evidence.effects.effect import Basis, Label, quantile, weakest
from evidence.effects.labelled import (
    Interval,
    Labels,
    basis_of,
    check_finite,
    check_people,
    check_spread,
)
from evidence.effects.reported import HANDBOOK, p_limits, se_from_p, se_limits_from_p
from evidence.errors import EffectError
from evidence.messages import listed, say
from evidence.records.vocabulary import POperator

Open: TypeAlias = tuple[float, float | None]
"""Limits of a standard error; None for no upper one."""
Decision: TypeAlias = Literal["differ", "no_difference_shown", "undecided"]

DIFFERENCE = "difference of two independent changes"
NO_SPREAD = "nothing printed gives the standard error of the change in one arm or both"
WITHIN = "a statement about the change in one arm limits its standard error, no more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A printed statement about p: operator, number, decimals, and the grid of its stars."""

    operator: POperator | Literal["stars"]
    p: float | None = None
    decimals: int | None = None
    grid: Sequence[float] = ()

    def __str__(self) -> str:
        return f'"{self.operator}"' if self.p is None else f'"{self.operator} {self.p:g}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmChange:
    """What is printed of the change in one arm: the first of SE, SD and p that is there is used.

    `change` is a mean change or a mean percent change; `sd` is that of the individual changes;
    `labels` names what is not printed, {"sd": "imputed"}.
    """

    change: float
    n: int | None = None
    se: float | None = None
    sd: float | None = None
    p: Statement | None = None
    labels: Labels | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenArms:
    """The difference between two arms, treated minus control, in the unit of their changes.

    With `se` known, `se_interval` has it at both ends, and so have interval and p. Otherwise the
    true interval lies between `ci_narrowest` and `ci_widest` (None: without limit), and the true p
    in `p_interval`. `basis` is that of the difference, `spread` that of its error.
    """

    difference: float
    se: float | None
    df: float | None
    se_interval: Open
    ci_narrowest: Interval
    ci_widest: Interval | None
    p_interval: Interval
    level: float
    basis: Basis
    spread: Basis

    @property
    def label(self) -> Label:
        """The weaker label of the difference and its spread."""
        return weakest((self.basis.label, self.spread.label))

    @property
    def decision(self) -> Decision:
        """What the test between the arms says at this level, if what is printed decides it."""
        low, high = self.p_interval
        if high < 1 - self.level:
            return "differ"
        return "no_difference_shown" if low >= 1 - self.level else "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Error:
    """Standard error of one arm as far as it is known, and the people behind it."""

    limits: Open
    basis: Basis
    n: int | None


def contrast_of_within_arm_tests(
    treated: ArmChange, control: ArmChange, *, level: float = 0.95
) -> BetweenArms:
    """Recompute arm against arm from what is printed of each arm against its own baseline.

    Parameters
    ----------
    treated, control : ArmChange
        Changes of different people, in one unit (percents in points: the baseline means are then
        taken as fixed). Two sides of the same people need `paired_sides_difference`.
    level : float
        Of the intervals; one minus the alpha of the decision.

    Returns
    -------
    BetweenArms
        Derived from two SEs, SDs with n, or exact p values with n; bounded when an arm has only a
        statement such as "p < .05" or "ns"; its spread refused when an arm has none of them. A
        result inherits the weakest label. The test is Welch's where n is known, else normal;
        limits take the degrees of freedom that make them safe.

    Raises
    ------
    EffectError
        For an SD or p without n, a change of 0 said to be significant, a p that is no
        probability, or a negative spread.

    References
    ----------
    Cochrane Handbook (2019), section 6.5.2.
    Gelman & Stern (2006), Am Stat 60:328–331. https://doi.org/10.1198/000313006X152649

    Examples
    --------
    >>> found = contrast_of_within_arm_tests(
    ...     ArmChange(change=-20, n=30, p=Statement(operator="=", p=0.01)),
    ...     ArmChange(change=-12, n=30, p=Statement(operator="=", p=0.08)),
    ... )
    >>> found.difference, found.se, found.decision
    (-8, 9.82, 'no_difference_shown')
    """
    check_finite(treated=treated.change, control=control.change)
    difference = treated.change - control.change
    one, two = _error("treated", treated), _error("control", control)
    low = math.hypot(one.limits[0], two.limits[0])
    tops = (one.limits[1], two.limits[1])
    high = None if tops[0] is None or tops[1] is None else math.hypot(tops[0], tops[1])
    known = low == high
    if known:
        df = _welch(one, two)
        few, many = df, df
    else:
        df, few, many = None, *_df_limits(one.n, two.n)
    widest = None if high is None else _around(difference, quantile(level, few) * high)
    return BetweenArms(
        difference=difference,
        se=low if known else None,
        df=df,
        se_interval=(low, high),
        ci_narrowest=_around(difference, quantile(level, many) * low),
        ci_widest=widest,
        p_interval=(
            _p(difference, low, many),
            1.0 if high is None else _p(difference, high, few),
        ),
        level=level,
        basis=_of_difference(treated, control),
        spread=_of_spread(one, two),
    )


def _error(name: str, arm: ArmChange) -> _Error:
    """The first route that is printed: SE, SD, exact p, a statement about p, nothing."""
    check_people(n=arm.n)
    check_spread(se=arm.se, sd=arm.sd)
    if arm.se is not None:
        return _known(name, arm, arm.se, "se")
    if arm.sd is None and arm.p is None:
        reason = say("{arm}: {reason}", arm=name, reason=NO_SPREAD)
        return _Error(limits=(0.0, None), basis=Basis(label="refused", reason=reason), n=arm.n)
    if arm.n is None:
        raise EffectError(
            f"{name}: an SD or a p value gives a standard error only with the number of people.",
            missing=("n",),
        )
    if arm.sd is not None:
        return _known(name, arm, arm.sd / math.sqrt(arm.n), "sd")
    return _by_statement(name, arm, arm.n)


def _by_statement(name: str, arm: ArmChange, n: int) -> _Error:
    said = arm.p
    if said is None:
        raise ValueError("no statement")
    if said.operator == "=" and said.p:
        return _known(name, arm, se_from_p(arm.change, said.p, df=n - 1), "p")
    p = p_limits(said.operator, said.p, decimals=said.decimals, grid=said.grid)
    return _Error(
        limits=se_limits_from_p(arm.change, p, df=n - 1),
        basis=basis_of(
            "se_interval_from_p_statement",
            HANDBOOK,
            _given(arm, "p"),
            _labels(arm, "p"),
            least="bounded",
            assumptions=(say("{arm}: p is that of a paired t test", arm=name),),
            reason=say("{arm}: {reason}", arm=name, reason=WITHIN),
        ),
        n=n,
    )


def _known(name: str, arm: ArmChange, se: float, route: str) -> _Error:
    assumed = (say("{arm}: p is that of a paired t test", arm=name),) if route == "p" else ()
    basis = basis_of(
        f"se_from_{route}", HANDBOOK, _given(arm, route), _labels(arm, route), assumptions=assumed
    )
    return _Error(limits=(se, se), basis=basis, n=arm.n)


def _given(arm: ArmChange, route: str) -> dict[str, object]:
    return {"change": arm.change, route: getattr(arm, route), "n": arm.n}


def _labels(arm: ArmChange, route: str) -> Labels:
    """Labels of what this route takes; naming anything else is an error that basis_of finds."""
    fields = {"change", "n", "se", "sd", "p"}
    return {
        name: label
        for name, label in (arm.labels or {}).items()
        if name in ("change", "n", route) or name not in fields
    }


def _of_difference(treated: ArmChange, control: ArmChange) -> Basis:
    arms = {"treated": treated, "control": control}
    labels = {
        name: arm.labels["change"]
        for name, arm in arms.items()
        if arm.labels and "change" in arm.labels
    }
    changes = {name: arm.change for name, arm in arms.items()}
    return basis_of("contrast_of_within_arm_tests", DIFFERENCE, changes, labels)


def _of_spread(one: _Error, two: _Error) -> Basis:
    arms = {"treated": one.basis, "control": two.basis}
    assumed = [a for basis in arms.values() for a in basis.assumptions]
    if one.n is None or two.n is None:
        assumed.append("normal quantile: people not known")
    return Basis(
        label=weakest(basis.label for basis in arms.values()),
        rule=" and ".join(dict.fromkeys(basis.rule for basis in arms.values() if basis.rule)),
        source=HANDBOOK,
        assumptions=tuple(dict.fromkeys(assumed)),
        inputs=tuple(f"{arm}: {i}" for arm, basis in arms.items() for i in basis.inputs),
        reason=listed(basis.reason for basis in arms.values() if basis.reason),
    )


def _welch(one: _Error, two: _Error) -> float | None:
    """Degrees of freedom of Welch and Satterthwaite; None, for a normal, without people."""
    if one.n is None or two.n is None:
        return None
    a, b = one.limits[0] ** 2, two.limits[0] ** 2
    if a + b == 0:
        return None
    return (a + b) ** 2 / (a**2 / (one.n - 1) + b**2 / (two.n - 1))


def _df_limits(n1: int | None, n2: int | None) -> tuple[float | None, float | None]:
    """Between which the degrees of freedom lie whatever the standard errors are."""
    if n1 is None or n2 is None:
        known = n1 or n2
        return (None if known is None else known - 1), None
    return min(n1, n2) - 1, n1 + n2 - 2


def _around(centre: float, half: float) -> Interval:
    return centre - half, centre + half


def _p(difference: float, se: float, df: float | None) -> float:
    if se == 0:
        return 1.0 if difference == 0 else 0.0
    from scipy.special import ndtr, stdtr  # only a test needs them

    t = -abs(difference) / se
    return 2 * float(ndtr(t) if df is None else stdtr(df, t))
