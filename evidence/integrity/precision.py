"""What a study of this size can show: smallest effect it can find, errors of what it does find.

The power at the effect that a study itself observed is not offered: it is a function of p alone
(Hoenig & Heisey 2001, Am Stat 55:19–24, doi 10.1198/000313001300339897). Effects to judge a study
by come from outside it: a difference that matters to people, or the vehicle-controlled literature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, TypeAlias, get_args

from evidence.effects.effect import quantile
from evidence.effects.labelled import Labels, basis_of
from evidence.errors import EffectError, OptionError
from evidence.integrity.lens import Lens, brief, count, number, percent, positive, share
from evidence.kernels.bracketed_root import bracketed_root
from evidence.messages import say, sentences

Design: TypeAlias = Literal["paired", "independent"]
"""One group of people measured twice (also two sides of one face), or two groups."""
EffectFrom: TypeAlias = Literal["outside", "this_study"]

COHEN = "Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, 2nd edition"
GELMAN = "Gelman & Carlin (2014), doi 10.1177/1745691614551642"
LU = "Lu, Qiu & Deng (2019), doi 10.1111/bmsp.12132"
MOST_LAMBDA = 1000.0
LARGEST_CRITICAL = 10_000.0
LEAST_TAIL = 1e-12
"""A smaller tail of the noncentral t has no certain digits and is given as 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimalDetectable(Lens):
    """The true difference that a two-sided t test finds with the power asked for.

    In the unit of `sd`. `finds_important` says whether a difference that matters is at least as
    large; None when none was given.
    """

    minimal_detectable_difference: float
    df: int
    se: float
    n: int
    n2: int | None
    design: Design
    alpha: float
    power: float
    finds_important: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrodesign(Lens):
    """What significant results look like when the true effect is the one supposed.

    `type_s` is the share of significant results with the wrong sign; `type_m` the mean factor by
    which significant results exceed the true effect. `df` is None for the normal distribution.
    """

    power: float
    type_s: float
    type_m: float
    effect: float
    se: float
    df: float | None
    alpha: float


def minimal_detectable_effect(
    n: int,
    sd: float,
    *,
    design: Design,
    n2: int | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
    important: float | None = None,
    labels: Labels | None = None,
) -> MinimalDetectable:
    """The smallest true difference that a study of this size finds reliably.

    Compare it with a difference that matters (`important`), never with the observed effect.

    Parameters
    ----------
    n : int
        People analysed; of the first group when there are two.
    sd : float
        SD of the individual changes (paired) or within the groups (independent).
    design : {"paired", "independent"}
        One group measured twice, or two groups.
    n2 : int, optional
        People in the second group; not given: as many as in the first.
    alpha : float
        Two-sided level of the test.
    power : float
        Chance to find the difference; above `alpha`.
    important : float, optional
        The smallest difference that matters, in the unit of `sd`; its sign is ignored.
    labels : mapping, optional
        Labels of arguments that are not printed, {"sd": "imputed"}.

    Raises
    ------
    EffectError
        For fewer than 2 people, an SD that is not positive, shares outside (0, 1), a power not
        above alpha, and an alpha so small that so few people can never reach it.
    OptionError
        For another design.

    Notes
    -----
    The noncentrality at which the noncentral t distribution has the power, both tails counted,
    times the standard error.

    References
    ----------
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, 2nd edition, chapter 2.

    Examples
    --------
    >>> found = minimal_detectable_effect(50, 35, design="paired")
    >>> found.minimal_detectable_difference, found.df
    (14.15, 49)
    >>> print(found)
    With 50 people measured twice, a true difference of 14.1 would be found with a chance of 80 %;
    a smaller one may well be missed.
    """
    if design not in get_args(Design):
        raise OptionError("design", design, get_args(Design))
    se, df = _error_and_df(n, positive("sd", sd), design, n2)
    alpha, power = share("alpha", alpha), share("power", power)
    if power <= alpha:
        raise EffectError(
            f"power is {power:g}: a test at {alpha:g} has that with no effect at all."
        )
    difference = _noncentrality(df, alpha, power) * se
    enough = None if important is None else abs(number("important", important)) >= difference
    second = (n if n2 is None else n2) if design == "independent" else None
    who = say("{n} people measured twice", n=n)
    if second is not None:
        who = say("{n1} and {n2} people in two groups", n1=n, n2=second)
    missed = {True: "A difference that matters is among those found.",
              False: "A difference that matters can be smaller than that."}  # fmt: skip
    return MinimalDetectable(
        minimal_detectable_difference=difference,
        df=df,
        se=se,
        n=n,
        n2=second,
        design=design,
        alpha=alpha,
        power=power,
        finds_important=enough,
        basis=basis_of(
            "minimal_detectable_effect",
            COHEN,
            {"n": n, "sd": sd, "n2": n2, "important": important},
            labels,
            assumptions=("individual values or changes are normal",),
        ),
        sentence=sentences(
            say(
                "With {who}, a true difference of {difference} would be found with a chance of "
                "{power}; a smaller one may well be missed.",
                who=who,
                difference=brief(difference),
                power=percent(power),
            ),
            "" if enough is None else missed[bool(enough)],
        ),
    )


def _error_and_df(n: int, sd: float, design: Design, n2: int | None) -> tuple[float, int]:
    """Standard error of the difference, and degrees of freedom of its test."""
    first = count("n", n, 2)
    if design == "paired":
        if n2 is not None:
            raise EffectError(f"n2 is {n2!r}: a paired design has one group of people.")
        return sd / math.sqrt(first), first - 1
    second = first if n2 is None else count("n2", n2, 2)
    return sd * math.sqrt(1 / first + 1 / second), first + second - 2


def _noncentrality(df: int, alpha: float, power: float) -> float:
    """Noncentrality at which a two-sided t test has the power."""
    critical = quantile(1 - alpha, df)
    if critical > LARGEST_CRITICAL:
        raise EffectError(f"alpha is {alpha:g}: with {df} degrees of freedom it is out of reach.")
    high = critical
    while _t_power(high, df, critical) <= power:
        high *= 2
    return bracketed_root(lambda x: _t_power(x, df, critical) - power, 0.0, high)


def _t_tails(noncentrality: float, df: float, critical: float) -> tuple[float, float]:
    """Chance of T beyond the critical value on the side of the effect, and on the other."""
    from scipy.special import nctdtr

    right = float(nctdtr(df, -noncentrality, -critical))  # the upper tail, mirrored for its digits
    wrong = float(nctdtr(df, noncentrality, -critical))
    return right, wrong if wrong > LEAST_TAIL else 0.0  # also where it is not a number


def _t_power(noncentrality: float, df: float, critical: float) -> float:
    return sum(_t_tails(noncentrality, df, critical))


def retrodesign(
    effect: float,
    se: float,
    *,
    df: float | None = None,
    alpha: float = 0.05,
    effect_from: EffectFrom = "outside",
    labels: Labels | None = None,
) -> Retrodesign:
    """Power, sign errors and exaggeration of a study, for an effect supposed from outside it.

    Parameters
    ----------
    effect : float
        A guess at the true effect from other, controlled studies; its sign is ignored.
    se : float
        Standard error of this study, in the same unit.
    df : float, optional
        Degrees of freedom of its t test; not given: normal distribution.
    alpha : float
        Two-sided level.
    effect_from : {"outside", "this_study"}
        Where the guess comes from.
    labels : mapping, optional
        Labels of the arguments; the effect is imputed unless said otherwise.

    Raises
    ------
    EffectError
        When the effect is the study's own; when it is zero, or beyond 1000 standard errors.
    OptionError
        For another origin.

    Notes
    -----
    With λ = effect/se and critical value z: power = Φ(λ − z) + Φ(−λ − z), type S the second term
    over the power, type M [φ(λ + z) + φ(λ − z) + λ(Φ(λ + z) + Φ(λ − z) − 1)]/(λ · power). With
    `df`, power and type S come from the noncentral t distribution; type M keeps the published
    convention, |N(λ, 1)| beyond the critical value of t, which is too large with few degrees of
    freedom.

    References
    ----------
    Gelman & Carlin (2014), Perspect Psychol Sci 9:641–651.
    https://doi.org/10.1177/1745691614551642
    Lu, Qiu & Deng (2019), Br J Math Stat Psychol 72:1–17. https://doi.org/10.1111/bmsp.12132

    Examples
    --------
    >>> found = retrodesign(5, 5)
    >>> found.power, found.type_s, found.type_m
    (0.17, 0.009, 2.49)
    >>> print(found)
    If the true effect is 5 and the standard error 5, such a study finds it with a chance of 17 %;
    a significant result then overstates it 2.5 times on average and has the wrong sign in 0.9 %
    of cases.
    """
    if effect_from not in get_args(EffectFrom):
        raise OptionError("effect_from", effect_from, get_args(EffectFrom))
    if effect_from == "this_study":
        raise EffectError(
            "power at the effect that the study itself observed repeats its p value; give an "
            "effect from other, controlled studies."
        )
    size, error, alpha = abs(number("effect", effect)), positive("se", se), share("alpha", alpha)
    ratio = size / error
    if not 1e-6 <= ratio <= MOST_LAMBDA:
        raise EffectError(
            f"effect is {effect:g} with a standard error of {se:g}: between a millionth of it and "
            f"{MOST_LAMBDA:g} times as much is needed; look at the units."
        )
    if df is not None:
        positive("df", df)
    power, type_s, type_m = _errors(ratio, df, alpha)
    return Retrodesign(
        power=power,
        type_s=type_s,
        type_m=type_m,
        effect=size,
        se=error,
        df=df,
        alpha=alpha,
        basis=basis_of(
            "retrodesign",
            f"{GELMAN}; {LU}",
            {"effect": effect, "se": se, "df": df},
            {"effect": "imputed", **(labels or {})},
            assumptions=("the effect supposed is not taken from this study",),
        ),
        sentence=say(
            "If the true effect is {effect} and the standard error {error}, such a study finds it "
            "with a chance of {power}; a significant result then overstates it {times} times on "
            "average and has the wrong sign in {wrong} of cases.",
            effect=brief(size),
            error=brief(error),
            power=percent(power),
            times=f"{type_m:.1f}",
            wrong=percent(type_s),
        ),
    )


def _errors(ratio: float, df: float | None, alpha: float) -> tuple[float, float, float]:
    """Power, type S and type M at λ = `ratio`."""
    critical = quantile(1 - alpha, df)
    right, wrong = normal_cdf(ratio - critical), normal_cdf(-ratio - critical)
    beyond = right + wrong
    density = NormalDist().pdf
    above = density(ratio + critical) + density(ratio - critical) + ratio * (right - wrong)
    if beyond < 1e-300:  # out in the tail the mean beyond c is c + 1/(c − λ), to a millionth
        beyond, above = 1.0, critical + 1 / (critical - ratio)
    if df is not None:
        if critical > LARGEST_CRITICAL:
            raise EffectError(f"alpha is {alpha:g}: with {df:g} degrees of freedom out of reach.")
        right, wrong = _t_tails(ratio, df, critical)
    return right + wrong, wrong / (right + wrong), above / (ratio * beyond)


def normal_cdf(x: float) -> float:
    """Φ, with all its digits in the lower tail.

    >>> normal_cdf(-1.96)
    0.025
    """
    return 0.5 * math.erfc(-x / math.sqrt(2))


def expected_exaggeration(
    effect: float,
    sd: float,
    n: int,
    *,
    design: Design,
    n2: int | None = None,
    alpha: float = 0.05,
    effect_from: EffectFrom = "outside",
    labels: Labels | None = None,
) -> Retrodesign:
    """`retrodesign` for a study of which n and SD are known: what its size lets expect.

    Parameters
    ----------
    effect : float
        A guess at the true effect from other, controlled studies, in the unit of `sd`.
    sd, n, design, n2, alpha
        As in `minimal_detectable_effect`.
    effect_from, labels
        As in `retrodesign`.

    Raises
    ------
    EffectError, OptionError
        As in the two functions named.

    References
    ----------
    Gelman & Carlin (2014), Perspect Psychol Sci 9:641–651.
    https://doi.org/10.1177/1745691614551642

    Examples
    --------
    >>> found = expected_exaggeration(-4, 35, 50, design="paired")
    >>> found.se, found.power, found.type_m
    (4.95, 0.124, 3.08)
    """
    if design not in get_args(Design):
        raise OptionError("design", design, get_args(Design))
    se, df = _error_and_df(n, positive("sd", sd), design, n2)
    given = dict(labels or {})
    outside: Labels = {name: given.pop(name) for name in ("sd", "n", "n2") if name in given}
    basis = basis_of("expected_exaggeration", "", {"sd": sd, "n": n, "n2": n2}, outside)
    return retrodesign(
        effect, se, df=df, alpha=alpha, effect_from=effect_from, labels={"se": basis.label, **given}
    )
