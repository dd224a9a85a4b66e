"""What the p values of one brand's studies say together.

A z-curve of them is `evidence.synthesis.z_curve.z_curve`, with z = Φ⁻¹(1 − p/2) as `yi` and ones
as `vi`; it needs 20 significant results or more, and its use is debated. Where effects and their
variances are known, `evidence.synthesis.excess.excess_significance` finds the powers itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from evidence.effects.labelled import Labels, basis_of
from evidence.errors import EffectError, OptionError
from evidence.formatting import number, plural, pvalue
from evidence.integrity.lens import Lens, brief, count, exact_p, listed, percent, share
from evidence.messages import say, sentences

Keep: TypeAlias = Literal["first", "last"]
"""Which p value of a study enters: a rule that does not look at the values."""

SIGNIFICANT = 0.05
SIMONSOHN = "Simonsohn, Nelson & Simmons (2014), doi 10.1037/a0033242"
IOANNIDIS = "Ioannidis & Trikalinos (2007), doi 10.1177/1740774507079441"


@dataclass(frozen=True, slots=True, kw_only=True)
class PCurve(Lens):
    """The full p-curve of the significant p values.

    `stouffer_right_skew_z` is negative when small p values prevail, as they do with a true effect,
    and `p_right_skew` tests that; `binomial_p` tests whether more than half are below .025. All
    three are None without a significant result. `not_exact` studies had no exact p value.
    """

    k_significant: int
    k: int
    not_exact: int
    stouffer_right_skew_z: float | None
    p_right_skew: float | None
    binomial_p: float | None
    usable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcessSuccess(Lens):
    """Significant results seen and expected.

    `p_excess` is the chance of so many or more, `p_all_significant` that of all.
    """

    expected: float
    p_excess: float
    p_all_significant: float


def p_curve(
    p: Sequence[float | None],
    *,
    studies: Sequence[str] | None = None,
    keep: Keep = "first",
    min_k: int = 5,
    labels: Labels | None = None,
) -> PCurve:
    """Whether significant p values crowd towards zero, as they do where there is an effect.

    Parameters
    ----------
    p : sequence of shape (k,)
        Exact two-sided p values; None where only a threshold is printed, which cannot enter.
    studies : sequence of shape (k,), optional
        The study of each p value, of which one enters; not given: one p value per study.
    keep : {"first", "last"}
        Which one enters, in the order given, chosen before its value is looked at.
    min_k : int
        Fewest significant p values for the curve to be usable.
    labels : mapping, optional
        Labels of `p` when not printed.

    Raises
    ------
    EffectError
        For no p value, one that is no exact p value, or studies of another number.
    OptionError
        For another rule.

    Notes
    -----
    Each p below .05 becomes pp = p/.05, uniform without any effect; Z = Σ Φ⁻¹(pp)/√k.

    References
    ----------
    Simonsohn, Nelson & Simmons (2014), J Exp Psychol Gen 143:534–547.
    https://doi.org/10.1037/a0033242

    Examples
    --------
    >>> found = p_curve([0.001, 0.003, 0.012, 0.021, 0.0004])
    >>> found.stouffer_right_skew_z, found.p_right_skew, found.binomial_p
    (-3.10, 0.00098, 0.03125)
    >>> print(found)
    The 5 significant p values crowd towards zero (Z = −3.10, p < 0.001), as with a true effect.
    """
    if keep not in get_args(Keep):
        raise OptionError("keep", keep, get_args(Keep))
    chosen = _one_per_study(p, studies, keep)
    exact = [x for x in chosen if x is not None]
    significant = [x for x in exact if x < SIGNIFICANT]
    k, z, skew, halves = len(significant), None, None, None
    if significant:
        z, skew, halves = _right_skew(significant)
    usable = k >= count("min_k", min_k, 1)
    return PCurve(
        k_significant=k,
        k=len(chosen),
        not_exact=len(chosen) - len(exact),
        stouffer_right_skew_z=z,
        p_right_skew=skew,
        binomial_p=halves,
        usable=usable,
        basis=basis_of(
            "p_curve",
            SIMONSOHN,
            {"p": ", ".join(f"{x:g}" for x in exact)},
            labels,
            assumptions=("independent studies", _KEPT[keep]),
        ),
        sentence=_curve_in_words(k, z, skew, usable, min_k),
    )


def _one_per_study(
    p: Sequence[float | None], studies: Sequence[str] | None, keep: Keep
) -> list[float | None]:
    """The p value that stands for each study; every value is looked at for being one."""
    given = enumerate(listed("p", p), start=1)
    read = [None if x is None else exact_p(f"p value {i}", x) for i, x in given]
    if studies is None:
        return read
    if isinstance(studies, str) or len(studies) != len(read):
        raise EffectError(f"studies must name the study of each of {len(read)} p values.")
    chosen: dict[str, float | None] = {}
    for study, value in zip(studies, read, strict=True):
        if keep == "last" or study not in chosen:
            chosen[study] = value
    return list(chosen.values())


def _right_skew(significant: list[float]) -> tuple[float, float, float]:
    """Stouffer's Z, its p value, and the binomial p of the lower half."""
    import numpy as np
    from scipy.special import bdtrc

    from evidence.kernels.pvalue_combination import stouffer

    k, lower = len(significant), sum(x < SIGNIFICANT / 2 for x in significant)
    combined = stouffer(np.array(significant) / SIGNIFICANT)
    halves = float(bdtrc(lower - 1, k, 0.5)) if lower else 1.0
    return -float(combined.statistic or 0.0), combined.pvalue, halves


_KEPT: Mapping[Keep, str] = {
    "first": "one p value per study, the first given",
    "last": "one p value per study, the last given",
}


def _curve_in_words(k: int, z: float | None, skew: float | None, usable: bool, min_k: int) -> str:
    if not usable or z is None or skew is None:
        return say(
            "{values}: a p-curve needs {least} or more.",
            values=plural(k, "exact significant p value"),
            least=min_k,
        )
    words = {"k": k, "z": number(z), "p": pvalue(skew)}
    if skew < SIGNIFICANT:
        return say(
            "The {k} significant p values crowd towards zero (Z = {z}, {p}), as with a true "
            "effect.",
            **words,
        )
    return say(
        "The {k} significant p values do not crowd towards zero (Z = {z}, {p}): by themselves "
        "they do not show an effect, nor that there is none.",
        **words,
    )


def excess_significance(
    n_significant: int,
    n_results: int,
    mean_power: float,
    *,
    labels: Labels | None = None,
) -> ExcessSuccess:
    """Whether more results are significant than their power lets expect.

    Parameters
    ----------
    n_significant, n_results : int
        Significant results, and all of them, independent of each other.
    mean_power : float
        Their mean power for an effect supposed from outside these studies.
    labels : mapping, optional
        Labels of the arguments; the power is imputed unless said otherwise.

    Raises
    ------
    EffectError
        For counts that are not whole, more significant results than results, none at all, or a
        power outside (0, 1).

    Notes
    -----
    Binomial with the mean power. Where powers differ the number varies less, so that the test errs
    on the side of seeing no excess.

    References
    ----------
    Ioannidis & Trikalinos (2007), Clin Trials 4:245–253. https://doi.org/10.1177/1740774507079441

    Examples
    --------
    >>> found = excess_significance(9, 9, 0.5)
    >>> found.expected, found.p_excess
    (4.5, 0.00195)
    >>> print(found)
    9 of 9 results are significant, where a mean power of 50 % lets expect 4.5; so many or more
    would come about in 0.2 % of such sets. Other results may not be in print, or the power is
    higher than supposed.
    """
    from scipy.special import bdtrc

    hits, results = count("n_significant", n_significant), count("n_results", n_results, 1)
    share("mean_power", mean_power)
    if hits > results:
        raise EffectError(f"n_significant is {hits}, more than the {plural(results, 'result')}.")
    chance = float(bdtrc(hits - 1, results, mean_power)) if hits else 1.0
    expected = results * mean_power
    return ExcessSuccess(
        expected=expected,
        p_excess=chance,
        p_all_significant=mean_power**results,
        basis=basis_of(
            "excess_significance",
            IOANNIDIS,
            {"n_significant": hits, "n_results": results, "mean_power": mean_power},
            {"mean_power": "imputed", **(labels or {})},
            assumptions=("independent results", "one power for all"),
        ),
        sentence=sentences(
            say(
                "{n} of {results} are significant, where a mean power of {power} lets expect "
                "{expected}; so many or more would come about in {chance} of such sets.",
                n=hits,
                results=plural(results, "result"),
                power=percent(mean_power),
                expected=brief(expected),
                chance=percent(chance),
            ),
            "Other results may not be in print, or the power is higher than supposed."
            if chance < SIGNIFICANT
            else "",
        ),
    )
