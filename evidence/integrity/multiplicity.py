"""How many tests there were, and which results are left when that is taken into account."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Literal, TypeAlias

from evidence.effects.labelled import Labels, basis_of
from evidence.errors import EffectError, OptionError
from evidence.formatting import plural
from evidence.integrity.lens import Lens, as_printed, brief, count, exact_p, listed, percent, share
from evidence.messages import say, say_n, sentences

Counted: TypeAlias = Literal["planned", "printed"]

FACTORS = ("outcomes", "sites", "timepoints", "subgroups", "items")
"""What multiplies the number of tests; comparisons between arms count as outcomes."""

HOLM = "Holm (1979), Scand J Stat 6:65–70; Benjamini & Hochberg (1995), J R Stat Soc B 57:289–300"
BONFERRONI = "Bonferroni (1936); Holm (1979), Scand J Stat 6:65–70"


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiplicity(Lens):
    """Adjusted p values in the order of the input, and how many of them stay at alpha or below.

    `expected_false_positives_unadjusted` and `prob_at_least_one_under_null` say what all tests
    together would bring with no effect anywhere (the second if they were independent).
    """

    holm: tuple[float, ...]
    bh: tuple[float, ...]
    bonferroni: tuple[float, ...]
    n_reject_holm: int
    n_reject_bh: int
    n_reject_bonferroni: int
    tests: int
    alpha: float
    expected_false_positives_unadjusted: float
    prob_at_least_one_under_null: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdBounds(Lens):
    """Upper limits of adjusted p values where p is printed as a threshold.

    `n_certain` of the results stay at alpha or below, whatever the exact p values were.
    """

    bounds: tuple[float, ...]
    n_certain: int
    tests: int
    alpha: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberOfTests(Lens):
    """How many tests there were: as planned where that is known, else at least those printed.

    `unprinted` of the planned ones are not in print; None where the plan is not known.
    """

    tests: int
    counted: Counted
    unprinted: int | None
    expected_false_positives_unadjusted: float
    prob_at_least_one_under_null: float


def multiplicity(
    p: Sequence[float],
    *,
    tests: int | None = None,
    alpha: float = 0.05,
    labels: Labels | None = None,
) -> Multiplicity:
    """Adjust exact p values for their number: Holm for claims, Benjamini–Hochberg to explore.

    Parameters
    ----------
    p : sequence of shape (k,)
        Exact two-sided p values.
    tests : int, optional
        How many tests there were, when more than are printed. Those without a p value are taken
        as p = 1, which can only make the adjusted values larger.
    alpha : float
        Level; an adjusted p equal to it counts as rejected.
    labels : mapping, optional
        Labels of `p` or `tests` when they are not printed.

    Raises
    ------
    EffectError
        For no p value, one that is no exact p value, or fewer tests than p values.

    Notes
    -----
    In fractions of the printed decimals: .03 · 5/3 is .05 and no hair more.

    References
    ----------
    Holm (1979), Scand J Stat 6:65–70.
    Benjamini & Hochberg (1995), J R Stat Soc B 57:289–300.
    https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> found = multiplicity([0.001, 0.012, 0.03, 0.04, 0.21])
    >>> found.holm
    (0.005, 0.048, 0.09, 0.09, 0.21)
    >>> found.n_reject_holm, found.n_reject_bh
    (2, 4)
    >>> print(found)
    2 of 5 results stay significant at 0.05 after Holm's correction for 5 tests, 4 by false
    discovery rate. With no effect anywhere, 0.25 of 5 tests would be significant by chance.
    """
    values = [as_printed(exact_p(f"p value {i}", x)) for i, x in enumerate(listed("p", p), start=1)]
    m = _enough(tests, len(values))
    level = as_printed(share("alpha", alpha))
    order = sorted(range(len(values)), key=values.__getitem__)
    ranked = [values[i] for i in order]
    holm = _back(order, accumulate(((m - i) * x for i, x in enumerate(ranked)), max))
    steps = [m * x / (i + 1) for i, x in enumerate(ranked)]
    bh = _back(order, reversed(list(accumulate(reversed(steps), min))))
    bonferroni = [min(Fraction(1), m * x) for x in values]
    kept = [sum(x <= level for x in adjusted) for adjusted in (holm, bh, bonferroni)]
    chance = _chance_findings(m, alpha)
    return Multiplicity(
        holm=tuple(map(float, holm)),
        bh=tuple(map(float, bh)),
        bonferroni=tuple(map(float, bonferroni)),
        n_reject_holm=kept[0],
        n_reject_bh=kept[1],
        n_reject_bonferroni=kept[2],
        tests=m,
        alpha=alpha,
        expected_false_positives_unadjusted=chance[0],
        prob_at_least_one_under_null=chance[1],
        basis=basis_of(
            "multiplicity",
            HOLM,
            {"p": ", ".join(f"{float(x):g}" for x in values), "tests": tests},
            labels,
            least="derived" if m == len(values) else "bounded",
            assumptions=("false discovery rate: tests independent or positively dependent",),
        ),
        sentence=say_n(
            kept[0],
            "{n} of {results} stays significant at {alpha} after Holm's correction for {tests}, "
            "{by_rate} by false discovery rate. With no effect anywhere, {chance} of {tests} would "
            "be significant by chance.",
            "{n} of {results} stay significant at {alpha} after Holm's correction for {tests}, "
            "{by_rate} by false discovery rate. With no effect anywhere, {chance} of {tests} would "
            "be significant by chance.",
            results=plural(len(values), "result"),
            alpha=f"{alpha:g}",
            tests=plural(m, "test"),
            by_rate=kept[1],
            chance=brief(chance[0]),
        ),
    )


def bounds_of_thresholds(
    thresholds: Sequence[float],
    *,
    tests: int | None = None,
    alpha: float = 0.05,
    labels: Labels | None = None,
) -> ThresholdBounds:
    """What remains for certain when every p value is printed as "below a".

    Parameters
    ----------
    thresholds : sequence of shape (k,)
        The a of each "p < a"; 1 for a result said to be not significant.
    tests : int, optional
        How many tests there were, when more than are printed.
    alpha : float
        Level.
    labels : mapping, optional
        Labels of `thresholds` or `tests` when they are not printed.

    Returns
    -------
    ThresholdBounds
        The limit is m·a, at most 1: an adjusted p value lies below it.

    Raises
    ------
    EffectError
        For no threshold, one outside (0, 1], or fewer tests than thresholds.

    References
    ----------
    Bonferroni (1936), Pubbl R Ist Super Sci Econ Commer Firenze 8:3–62.

    Examples
    --------
    >>> found = bounds_of_thresholds([0.05] * 10)
    >>> found.bounds[0], found.n_certain
    (0.5, 0)
    >>> print(found)
    None of 10 results is certain to stay significant at 0.05 after correction for 10 tests; exact
    p values would show which do.
    """
    values = [
        exact_p(f"threshold {i}", x)
        for i, x in enumerate(listed("thresholds", thresholds), start=1)
    ]
    m = _enough(tests, len(values))
    level = as_printed(share("alpha", alpha))
    bounds = [min(Fraction(1), m * as_printed(x)) for x in values]
    certain = sum(x <= level for x in bounds)
    words = {
        "results": plural(len(values), "result"),
        "alpha": f"{alpha:g}",
        "tests": plural(m, "test"),
    }
    said = say_n(
        certain,
        "{n} of {results} is certain to stay significant at {alpha} after correction for {tests}",
        "{n} of {results} are certain to stay significant at {alpha} after correction for {tests}",
        **words,
    )
    if not certain:
        said = say(
            "None of {results} is certain to stay significant at {alpha} after correction for "
            "{tests}",
            **words,
        )
    return ThresholdBounds(
        bounds=tuple(map(float, bounds)),
        n_certain=certain,
        tests=m,
        alpha=alpha,
        basis=basis_of(
            "bounds_of_thresholds",
            BONFERRONI,
            {"thresholds": ", ".join(f"< {x:g}" for x in values), "tests": tests},
            labels,
            least="bounded",
        ),
        sentence=say("{said}.", said=said)
        if certain == len(values)
        else say("{said}; exact p values would show which do.", said=said),
    )


def number_of_tests(
    *,
    planned: Mapping[str, int] | None = None,
    printed: Mapping[str, int] | None = None,
    alpha: float = 0.05,
    labels: Labels | None = None,
) -> NumberOfTests:
    """Outcomes × sites × time points × subgroups × questionnaire items, planned if known.

    Parameters
    ----------
    planned, printed : mapping, optional
        How many of each of `FACTORS` the protocol or registry names, and how many are printed;
        what is not named counts once. One of the two is needed.
    alpha : float
        Level of each test.
    labels : mapping, optional
        Labels of `planned` or `printed` when they are not printed.

    Returns
    -------
    NumberOfTests
        The larger number where more is printed than was planned. Bounded when only the printed
        ones are known: at least so many.

    Raises
    ------
    EffectError
        For no count at all, or one that is not a whole number of at least 1.
    OptionError
        For a factor that is not in `FACTORS`.

    Examples
    --------
    >>> found = number_of_tests(printed={"items": 20})
    >>> found.tests, found.expected_false_positives_unadjusted, found.label
    (20, 1.0, 'bounded')
    >>> print(found)
    At least 20 tests as printed; the plan is not known. With no effect anywhere 1 of them would be
    significant by chance, and at least one with a chance of 64 %.
    """
    share("alpha", alpha)
    if planned is None and printed is None:
        raise EffectError("number_of_tests needs planned= or printed=.", missing=("planned",))
    plan = None if planned is None else _product("planned", planned)
    print_ = None if printed is None else _product("printed", printed)
    tests = max(plan or 0, print_ or 0)
    unprinted = None if plan is None or print_ is None else max(0, plan - print_)
    counted: Counted = "planned" if plan is not None and plan >= tests else "printed"
    expected, at_least_one = _chance_findings(tests, alpha)
    return NumberOfTests(
        tests=tests,
        counted=counted,
        unprinted=unprinted,
        expected_false_positives_unadjusted=expected,
        prob_at_least_one_under_null=at_least_one,
        basis=basis_of(
            "number_of_tests",
            "",
            {"planned": _shown(planned), "printed": _shown(printed)},
            labels,
            least="bounded" if plan is None else "derived",
            assumptions=("every combination was tested", "chance of one or more: independent"),
        ),
        sentence=sentences(
            _tests_in_words(tests, plan, print_),
            say(
                "With no effect anywhere {n} of them would be significant by chance, and at least "
                "one with a chance of {chance}.",
                n=brief(expected),
                chance=percent(at_least_one),
            ),
        ),
    )


def _enough(tests: int | None, k: int) -> int:
    """The number of tests, which is not smaller than the number of results."""
    m = k if tests is None else count("tests", tests, 1)
    if m < k:
        raise EffectError(f"tests is {m}, but {k} results are given.")
    return m


def _back(order: Sequence[int], ranked: Iterable[Fraction]) -> list[Fraction]:
    """Values in rank order put back into the order of the input, none above 1."""
    found = dict(zip(order, ranked, strict=True))
    return [min(Fraction(1), found[i]) for i in range(len(order))]


def _chance_findings(m: int, alpha: float) -> tuple[float, float]:
    return m * alpha, -math.expm1(m * math.log1p(-alpha))


def _product(name: str, factors: Mapping[str, int]) -> int:
    for factor in factors:
        if factor not in FACTORS:
            raise OptionError(name, factor, FACTORS)
    return math.prod(count(f"{name} {factor}", n, 1) for factor, n in factors.items())


def _shown(factors: Mapping[str, int] | None) -> str | None:
    if factors is None:
        return None
    return " × ".join(f"{n} {factor}" for factor, n in factors.items()) or "1"


def _tests_in_words(tests: int, plan: int | None, print_: int | None) -> str:
    if plan is None:
        return say(
            "At least {tests} as printed; the plan is not known.", tests=plural(tests, "test")
        )
    if print_ is None:
        return say("{tests} planned.", tests=plural(plan, "test"))
    if print_ > plan:
        return say(
            "{tests} printed, {planned} planned: {added} were added.",
            tests=plural(print_, "test"),
            planned=plan,
            added=print_ - plan,
        )
    return say("{tests} planned, {printed} printed.", tests=plural(plan, "test"), printed=print_)
