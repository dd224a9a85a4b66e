"""What remains of an effect when it is seen as one of the many of its kind."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evidence.effects.labelled import Interval, Labels, basis_of
from evidence.errors import EffectError
from evidence.integrity.lens import Lens, brief, number, percent, positive
from evidence.integrity.precision import normal_cdf
from evidence.kernels.bracketed_root import bracketed_root
from evidence.messages import say

COCHRANE_SNR = ((0.32, 0.61), (0.31, 1.42), (0.30, 2.16), (0.07, 5.64))
"""Weight and SD of each part of the distribution of true effect over standard error, from 23,747
results of randomised trials (van Zwet, Schwab & Senn 2021)."""

VAN_ZWET = "van Zwet, Schwab & Senn (2021), doi 10.1002/sim.9173"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrinkage(Lens):
    """The estimate beside those of randomised trials; `interval_95` holds 95 % of its posterior.

    `prob_sign_correct` is the chance that the true effect has the sign of the estimate.
    """

    shrinkage_factor: float
    shrunk_estimate: float
    interval_95: Interval
    prob_sign_correct: float


def cochrane_snr_shrinkage(
    estimate: float,
    se: float,
    *,
    controlled_randomised: bool,
    labels: Labels | None = None,
) -> Shrinkage:
    """The effect to expect when this one is a typical result of a randomised trial.

    Parameters
    ----------
    estimate, se : float
        A contrast between randomised arms and its standard error, on the scale where it is normal
        (log for ratios).
    controlled_randomised : bool
        Whether it is one. A change in one arm is outside the trials that the prior was made from.
    labels : mapping, optional
        Labels of arguments that are not printed; the result is imputed in any case.

    Raises
    ------
    EffectError
        For anything but a controlled, randomised contrast; for a standard error that is not
        positive.

    Notes
    -----
    True effect over standard error is a mixture of normals around zero, `COCHRANE_SNR`; given
    z = estimate/se so is the posterior, with means zτ²/(τ² + 1), variances τ²/(τ² + 1) and weights
    times φ(z; 0, √(τ² + 1)).

    References
    ----------
    van Zwet, Schwab & Senn (2021), Stat Med 40:6107–6117. https://doi.org/10.1002/sim.9173

    Examples
    --------
    >>> found = cochrane_snr_shrinkage(-20, 10.2, controlled_randomised=True)
    >>> found.shrinkage_factor, found.shrunk_estimate, found.interval_95
    (0.633, -12.7, (-32.0, 3.5))
    >>> print(found)
    Seen as a typical result of a randomised trial, −20 shrinks to −12.7 (95 % between −32 and
    3.55); its sign is right with a chance of 93 %.
    """
    if controlled_randomised is not True:
        raise EffectError(
            "the shrinkage was estimated from randomised trials and speaks of controlled, "
            "randomised contrasts only; a change in one arm is not one of them."
        )
    z = number("estimate", estimate) / positive("se", se)
    parts = _posterior(z)
    factor = sum(weight * keep for weight, keep in parts)
    sign = min(1.0, sum(w * normal_cdf(abs(z) * math.sqrt(keep)) for w, keep in parts))
    ends = sorted(se * _quantile(parts, z, p) for p in (0.025, 0.975))
    limits = (ends[0], ends[1])
    return Shrinkage(
        shrinkage_factor=factor,
        shrunk_estimate=factor * estimate,
        interval_95=limits,
        prob_sign_correct=sign,
        basis=basis_of(
            "cochrane_snr_shrinkage",
            VAN_ZWET,
            {"estimate": estimate, "se": se},
            labels,
            least="imputed",
            assumptions=(
                "a controlled, randomised contrast",
                "exchangeable with 23,747 results of trials in Cochrane reviews",
            ),
        ),
        sentence=say(
            "Seen as a typical result of a randomised trial, {estimate} shrinks to {shrunk} (95 % "
            "between {low} and {high}); its sign is right with a chance of {chance}.",
            estimate=brief(estimate),
            shrunk=brief(factor * estimate),
            low=brief(limits[0]),
            high=brief(limits[1]),
            chance=percent(sign),
        ),
    )


def _posterior(z: float) -> list[tuple[float, float]]:
    """Weight of each part given z, and the share τ²/(τ² + 1) of z that its mean keeps."""
    logs = [
        math.log(weight) - math.log(tau**2 + 1) / 2 - z * z / (2 * (tau**2 + 1))
        for weight, tau in COCHRANE_SNR
    ]
    top = max(logs)  # far from zero every density underflows; only their ratios count
    sizes = [math.exp(log - top) for log in logs]
    keeps = [tau**2 / (tau**2 + 1) for _, tau in COCHRANE_SNR]
    return [(size / sum(sizes), keep) for size, keep in zip(sizes, keeps, strict=True)]


def _quantile(parts: list[tuple[float, float]], z: float, p: float) -> float:
    """Quantile of the posterior of true effect over standard error."""

    def gap(x: float) -> float:
        return sum(w * normal_cdf((x - keep * z) / math.sqrt(keep)) for w, keep in parts) - p

    return bracketed_root(gap, min(0.0, z) - 9, max(0.0, z) + 9)
