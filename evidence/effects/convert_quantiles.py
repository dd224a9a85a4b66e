"""Mean and SD of a group whose median, quartiles or range is printed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from numbers import Real
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from evidence.effects.effect import Basis, Label
from evidence.errors import EffectError, OptionError
from evidence.formatting import number
from evidence.kernels.five_number import (
    FiveNumbers,
    Scenario,
    SkewTest,
    lognormal_moments,
    luo_mean,
    skew_test,
    walter_yao_sd,
    wan_sd,
)
from evidence.kernels.power_normal import box_cox_fit, order_fit
from evidence.kernels.quantile_fit import fit_quantiles
from evidence.messages import say

Estimator: TypeAlias = Literal["luo/wan/shi", "walter2007", "qe", "bc", "mln"]
Distribution: TypeAlias = Literal["normal", "lognormal"]

FEWEST = 5  # people; below, five numbers say more about single persons than about a distribution


class Found(NamedTuple):
    """What an estimator gives."""

    mean: float
    sd: float
    selected: str | None = None
    power: float | None = None


class Row(NamedTuple):
    """An estimator: what computes it, where it is published, what it assumes and needs."""

    compute: Callable[[FiveNumbers], Found]
    source: str
    assumption: str
    positive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanSD:
    """A mean and SD that were not printed, and what they rest on.

    `skew` tests the printed numbers; `skew_on_scale` their logs when these are assumed normal.
    """

    mean: float
    sd: float
    n: int
    scenario: Scenario  # S1: range; S2: quartiles; S3: both
    estimator: Estimator
    distribution: Distribution
    skew: SkewTest
    skew_on_scale: SkewTest
    selected: str | None  # family that fits best, of "qe"
    power: float | None  # Box–Cox power, of "bc" and "mln"
    basis: Basis
    notes: tuple[str, ...]

    def _repr_html_(self) -> str:
        lines = (
            f"mean {number(self.mean)}, SD {number(self.sd)}, n {self.n} ({self.basis.rule})",
            *(f"note: {note}" for note in self.notes),
        )
        return "".join(f"<div>{escape(line)}</div>" for line in lines)


def mean_sd_from_five_number(
    *,
    n: int,
    median: float,
    q1: float | None = None,
    q3: float | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    estimator: Estimator = "luo/wan/shi",
    distribution: Distribution = "normal",
    refuse_skewed: bool = False,
) -> MeanSD:
    """Mean and SD from the median with the quartiles, the range, or both.

    Parameters
    ----------
    n : int
        People, at least 5.
    median, q1, q3, minimum, maximum : float
        As printed; both quartiles, both extremes, or all.
    estimator : {"luo/wan/shi", "walter2007", "qe", "bc", "mln"}
        Closed formulas for a normal or lognormal sample; the median with the SD from the expected
        range; the best of several distributions fitted to the quantiles; a Box–Cox scale made
        symmetric; a Box–Cox scale by likelihood.
    distribution : {"normal", "lognormal"}
        For "luo/wan/shi".
    refuse_skewed : bool
        Whether numbers that the test of Shi and colleagues finds skewed, on the scale of
        `distribution`, are refused. They are always said to be in the notes.

    Returns
    -------
    MeanSD
        Its basis is "derived", or "imputed" when the numbers are skewed for the distribution
        assumed: compare several estimators then, and report their spread, which is no bound.

    Raises
    ------
    OptionError
        For an unknown estimator or distribution.
    EffectError
        When numbers are missing, not in order, not positive where they must be, without spread,
        or skewed and `refuse_skewed`.

    References
    ----------
    Luo et al. (2018), https://doi.org/10.1177/0962280216669183; Wan et al. (2014),
    https://doi.org/10.1186/1471-2288-14-135; Shi et al. (2020),
    https://doi.org/10.1002/jrsm.1429; Walter & Yao (2007),
    https://doi.org/10.1016/j.jclinepi.2006.11.003; McGrath et al. (2020),
    https://doi.org/10.1177/0962280219889080; Cai et al. (2021),
    https://doi.org/10.1177/09622802211047348

    Examples
    --------
    >>> found = mean_sd_from_five_number(n=40, q1=14, median=18, q3=23)
    >>> found.mean, found.sd, found.skew.skewed
    (18.354875, 6.9204, False)
    >>> found = mean_sd_from_five_number(n=60, q1=2, median=4, q3=11, estimator="qe")
    >>> found.mean, found.selected
    (11.33, 'log-normal')
    """
    if estimator not in ESTIMATORS:
        raise OptionError("estimator", estimator, get_args(Estimator))
    if distribution not in get_args(Distribution):
        raise OptionError("distribution", distribution, get_args(Distribution))
    logs = distribution == "lognormal"
    if logs and estimator != "luo/wan/shi":
        raise EffectError(
            f"distribution='lognormal' belongs to estimator='luo/wan/shi'; {estimator!r} chooses "
            "its own distribution."
        )
    x = _checked(n, median, q1, q3, minimum, maximum)
    row = LOGNORMAL if logs else ESTIMATORS[estimator]
    if row.positive and min(value for _, value in x.points) <= 0:
        raise EffectError(
            f"{row.assumption} needs numbers above zero; the smallest here is "
            f"{min(value for _, value in x.points):g}. estimator='qe' fits a normal distribution."
        )
    if estimator == "walter2007" and x.scenario != "S1":
        raise EffectError(
            "estimator='walter2007' uses the range alone; leave the quartiles out, or use "
            "'luo/wan/shi', which uses both."
        )
    skew = skew_test(x)
    on_scale = skew_test(x.map(math.log)) if logs else skew
    doubtful = on_scale.skewed and estimator in ("luo/wan/shi", "walter2007")
    if doubtful and refuse_skewed:
        raise EffectError(
            f"the numbers are skewed for a {distribution} distribution "
            f"({on_scale.statistic:.3f}, at least {on_scale.critical:.3f}); "
            "try distribution='lognormal' or estimator='qe', and report the spread of methods."
        )
    found = row.compute(x)
    label: Label = "imputed" if doubtful else "derived"
    given = ("minimum", "q1", "median", "q3", "maximum")
    values = (x.minimum, x.q1, x.median, x.q3, x.maximum)
    inputs = tuple(
        f"{name} = {v:g}" for name, v in zip(given, values, strict=True) if v is not None
    )
    return MeanSD(
        mean=found.mean,
        sd=found.sd,
        n=x.n,
        scenario=x.scenario,
        estimator=estimator,
        distribution=distribution,
        skew=skew,
        skew_on_scale=on_scale,
        selected=found.selected,
        power=found.power,
        basis=Basis(
            label=label,
            rule=f"mean_sd_from_five_number, {estimator}",
            source=row.source,
            assumptions=(row.assumption,),
            inputs=(*inputs, f"n = {x.n}"),
        ),
        notes=_notes(doubtful, distribution, on_scale, estimator),
    )


def _luo_wan_shi(x: FiveNumbers) -> Found:
    return Found(luo_mean(x), wan_sd(x))


def _lognormal(x: FiveNumbers) -> Found:
    return Found(*lognormal_moments(x))


def _walter_yao(x: FiveNumbers) -> Found:
    return Found(x.median, walter_yao_sd(x))


def _quantile_estimation(x: FiveNumbers) -> Found:
    p, q = (np.array(column, dtype=np.float64) for column in zip(*x.points, strict=True))
    best = fit_quantiles(p, q)[0]
    return Found(best.mean, best.sd, selected=best.family)


def _box_cox(x: FiveNumbers) -> Found:
    found = box_cox_fit(x)
    return Found(found.mean, found.sd, power=found.power)


def _order_statistics(x: FiveNumbers) -> Found:
    found = order_fit(x)
    return Found(found.mean, found.sd, power=found.power)


_LUO = "Luo et al. 2018; Wan et al. 2014; Shi et al. 2020"

ESTIMATORS: dict[Estimator, Row] = {
    "luo/wan/shi": Row(_luo_wan_shi, _LUO, "a normal sample"),
    "walter2007": Row(_walter_yao, "Walter & Yao 2007", "a normal sample"),
    "qe": Row(_quantile_estimation, "McGrath et al. 2020", "the distribution that fits best"),
    "bc": Row(_box_cox, "McGrath et al. 2020", "a Box–Cox normal sample", positive=True),
    "mln": Row(_order_statistics, "Cai et al. 2021", "a Box–Cox normal sample", positive=True),
}
LOGNORMAL = Row(_lognormal, "Shi et al. 2020", "a lognormal sample", positive=True)


def _checked(
    n: object, median: object, q1: object, q3: object, minimum: object, maximum: object
) -> FiveNumbers:
    """The five numbers, refused when they cannot be."""
    given: dict[str, object] = {
        "minimum": minimum,
        "q1": q1,
        "median": median,
        "q3": q3,
        "maximum": maximum,
    }
    kept: dict[str, float | None] = {}
    for name, value in given.items():
        kept[name] = None if value is None else _number(name, value)
    people = _number("n", n)
    if people is None or people != int(people):
        raise EffectError(f"n = {n!r} is not a whole number of people.")
    if people < FEWEST:
        raise EffectError(
            f"n = {people:g}: with fewer than {FEWEST} people no SD can be recovered."
        )
    middle = kept["median"]
    if middle is None:
        raise EffectError("the median is missing.", missing=("median",))
    pairs = (("q1", "q3"), ("minimum", "maximum"))
    for low, high in pairs:
        if (kept[low] is None) != (kept[high] is None):
            missing = low if kept[low] is None else high
            raise EffectError(
                f"{low} and {high} go together; {missing} is missing.", missing=(missing,)
            )
    if all(kept[low] is None for low, _ in pairs):
        raise EffectError(
            "the median alone has no spread: give both quartiles or both extremes.",
            missing=("q1", "q3"),
        )
    present = [(name, value) for name, value in kept.items() if value is not None]
    for (name, value), (after, later) in pairwise(present):
        if later < value:
            raise EffectError(f"{name} = {value:g} is above {after} = {later:g}; check the order.")
    for low, high in pairs:
        if kept[low] is not None and kept[low] == kept[high]:
            raise EffectError(f"{low} and {high} are both {kept[low]:g}: no spread to recover.")
    return FiveNumbers(
        n=int(people),
        median=middle,
        minimum=kept["minimum"],
        q1=kept["q1"],
        q3=kept["q3"],
        maximum=kept["maximum"],
    )


def _number(name: str, value: object) -> float | None:
    """A float; None for a missing one."""
    if isinstance(value, bool) or not isinstance(value, Real) or math.isinf(value):
        raise EffectError(f"{name} = {value!r} is not a number.")
    return None if math.isnan(value) else float(value)


def _notes(
    doubtful: bool, distribution: Distribution, skew: SkewTest, estimator: Estimator
) -> tuple[str, ...]:
    notes: list[str] = []
    if doubtful:
        notes.append(
            say(
                "skewed for a {distribution} distribution ({statistic}, at least {critical}): the "
                "mean and SD depend on the method; compare estimator='qe' and report the spread, "
                "which is no bound: in simulations it held the sample's mean about 6 times in 10.",
                distribution=distribution,
                statistic=f"{skew.statistic:.3f}",
                critical=f"{skew.critical:.3f}",
            )
        )
    if estimator == "mln":
        notes.append("the Box–Cox power found by this likelihood depends on the unit.")
    return tuple(notes)
