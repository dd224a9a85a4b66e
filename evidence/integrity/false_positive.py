"""How often a p value like this one comes from no effect at all.

The answer needs a probability that there is an effect, given before the data. Nothing in a paper
determines it: `prior_needed` turns the question round, and says what one would have to believe.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from evidence.effects.labelled import Labels, basis_of
from evidence.errors import EffectError, OptionError
from evidence.integrity.lens import Lens, count, exact_p, number, percent, share
from evidence.messages import say, sentences

Stated: TypeAlias = Literal["=", "<"]
"""An exact p value, or a threshold it is said to be below."""

SELLKE = "Sellke, Bayarri & Berger (2001), doi 10.1198/000313001300339950"
COLQUHOUN = "Colquhoun (2017), doi 10.1098/rsos.171085"
LARGEST_SMD = 10.0
MOST_NONCENTRALITY = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FalsePositiveBound(Lens):
    """The smallest false positive risk that goes with p; `prior_needed` would bring `target`."""

    min_bayes_factor_null: float
    false_positive_risk: float
    prior: float
    prior_needed: float
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FalsePositivePEquals(Lens):
    """The false positive risk of exactly this p; `prior_needed` would bring `target`."""

    likelihood_ratio: float
    false_positive_risk: float
    prior: float
    prior_needed: float
    target: float


def false_positive_risk_bound(
    p: float,
    prior: float,
    *,
    stated: Stated = "=",
    target: float = 0.05,
    labels: Labels | None = None,
) -> FalsePositiveBound:
    """The least chance that there is no effect, given p and a prior chance that there is one.

    Parameters
    ----------
    p : float
        Two-sided p value, or the threshold it is said to be below.
    prior : float
        Chance of an effect before the data.
    stated : {"=", "<"}
        Whether p is exact. "p < .05" is taken at .05: what is printed says no more.
    target : float
        The risk for which `prior_needed` is worked out.
    labels : mapping, optional
        Labels of the arguments; the prior is imputed unless said otherwise.

    Raises
    ------
    EffectError
        For a p value of 0 or outside (0, 1], and for shares outside (0, 1).
    OptionError
        For another `stated`.

    Notes
    -----
    The Bayes factor for no effect is at least −e p ln p where p < 1/e, and else taken as 1.

    References
    ----------
    Sellke, Bayarri & Berger (2001), Am Stat 55:62–71. https://doi.org/10.1198/000313001300339950

    Examples
    --------
    >>> found = false_positive_risk_bound(0.05, 0.5)
    >>> found.false_positive_risk, found.prior_needed
    (0.29, 0.89)
    >>> print(found)
    If an effect was as likely as 50 % beforehand, there is none in at least 29 % of results with
    p = 0.05. For 5 % an effect must have been as likely as 89 %.
    """
    if stated not in get_args(Stated):
        raise OptionError("stated", stated, get_args(Stated))
    exact_p("p", p)
    share("prior", prior)
    share("target", target)
    factor = -math.e * p * math.log(p) if p < 1 / math.e else 1.0
    risk, needed = _risk(1 / factor, prior), _prior_for(1 / factor, target)
    taken = "" if stated == "=" else "The p value is printed as a threshold and taken at it."
    return FalsePositiveBound(
        min_bayes_factor_null=factor,
        false_positive_risk=risk,
        prior=prior,
        prior_needed=needed,
        target=target,
        basis=basis_of(
            "false_positive_risk_bound",
            SELLKE,
            {"p": p, "prior": prior},
            {"prior": "imputed", **(labels or {})},
            least="bounded",
            assumptions=("p is uniform without an effect", *((taken,) if taken else ())),
        ),
        sentence=sentences(
            say(
                "If an effect was as likely as {prior} beforehand, there is none in at least "
                "{risk} of results with p = {p}. For {target} an effect must have been as likely "
                "as {needed}.",
                prior=percent(prior),
                risk=percent(risk),
                p=f"{p:g}",
                target=percent(target),
                needed=percent(needed),
            ),
            taken,
        ),
    )


def false_positive_risk_p_equals(
    p: float,
    n_per_group: int,
    smd: float,
    prior: float,
    *,
    target: float = 0.05,
    labels: Labels | None = None,
) -> FalsePositivePEquals:
    """The chance that there is no effect when two groups give exactly this p value.

    Parameters
    ----------
    p : float
        Exact two-sided p value of a t test between two groups.
    n_per_group : int
        People in each group.
    smd : float
        The standardised difference there is, if there is one; up to 10, its sign is ignored.
    prior : float
        Chance of an effect before the data.
    target : float
        The risk for which `prior_needed` is worked out.
    labels : mapping, optional
        Labels of the arguments; prior and smd are imputed unless said otherwise.

    Raises
    ------
    EffectError
        For a p value that is 0, a threshold or outside (0, 1]; fewer than 2 people a group;
        shares outside (0, 1); a difference of 0, above 10, or of more than 1000 standard errors.

    Notes
    -----
    The likelihood ratio is the noncentral over twice the central density of t, both at the
    observed value: without an effect either sign gives this p value.

    References
    ----------
    Colquhoun (2017), R Soc Open Sci 4:171085. https://doi.org/10.1098/rsos.171085
    Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, chapter 31.

    Examples
    --------
    >>> found = false_positive_risk_p_equals(0.05, 16, 1, 0.1)
    >>> found.likelihood_ratio, found.false_positive_risk
    (2.756, 0.766)
    >>> print(found)
    If an effect was as likely as 10 % beforehand, there is none in 77 % of results with exactly
    p = 0.05. For 5 % an effect must have been as likely as 87 %.
    """
    exact_p("p", p)
    count("n_per_group", n_per_group, 2)
    share("prior", prior)
    share("target", target)
    size = abs(number("smd", smd))
    noncentrality = size * math.sqrt(n_per_group / 2)
    if not 0 < size <= LARGEST_SMD or noncentrality > MOST_NONCENTRALITY:
        raise EffectError(
            f"smd is {smd:g} with {n_per_group} people a group: a difference above 0, up to 10 "
            "SDs and 1000 standard errors, is needed."
        )
    ratio = _density_ratio(p, 2 * n_per_group - 2, noncentrality) / 2
    risk, needed = _risk(ratio, prior), _prior_for(ratio, target)
    return FalsePositivePEquals(
        likelihood_ratio=ratio,
        false_positive_risk=risk,
        prior=prior,
        prior_needed=needed,
        target=target,
        basis=basis_of(
            "false_positive_risk_p_equals",
            COLQUHOUN,
            {"p": p, "n_per_group": n_per_group, "smd": smd, "prior": prior},
            {"prior": "imputed", "smd": "imputed", **(labels or {})},
            assumptions=("two groups, normal with equal SDs", "no effect, or exactly this one"),
        ),
        sentence=say(
            "If an effect was as likely as {prior} beforehand, there is none in {risk} of results "
            "with exactly p = {p}. For {target} an effect must have been as likely as {needed}.",
            prior=percent(prior),
            risk=percent(risk),
            p=f"{p:g}",
            target=percent(target),
            needed=percent(needed),
        ),
    )


def _risk(ratio: float, prior: float) -> float:
    """Chance of no effect, given the likelihood ratio in favour of one."""
    return (1 - prior) / (1 - prior + prior * ratio)


def _prior_for(ratio: float, risk: float) -> float:
    """The prior with which the likelihood ratio leaves this risk."""
    return (1 - risk) / (1 - risk + risk * ratio)


def _density_ratio(p: float, df: int, noncentrality: float) -> float:
    """Noncentral over central density of t, where the upper tail holds p/2.

    exp(−δ²/2) Σ Γ((ν + 1 + j)/2) / Γ((ν + 1)/2) (δ√(2u))ʲ/j! with u = t²/(ν + t²): the terms
    are positive, rise and then fall, and are summed from their logarithms until they no longer
    count. u is a beta quantile, which exists for p values whose t is beyond all numbers.
    """
    from scipy.special import betainccinv

    u = float(betainccinv(0.5, df / 2, p))
    start = -noncentrality * noncentrality / 2
    if u == 0:
        return math.exp(start)
    log_x = math.log(noncentrality) + math.log(2 * u) / 2
    base = math.lgamma((df + 1) / 2)
    total, j, last, term = 0.0, 0, -math.inf, start
    while term >= last or term > math.log(total + 1e-300) - 40:
        if term > 700:
            return math.inf
        total += math.exp(term)
        j, last = j + 1, term
        term = start + math.lgamma((df + 1 + j) / 2) - base - math.lgamma(j + 1) + j * log_x
    return total
