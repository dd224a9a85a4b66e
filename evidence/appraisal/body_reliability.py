"""The reliability score of a body of evidence: R of the pooled mean of its results.

R = 100 A² / (A² + S² + B²), with B and S² of the pooled mean. What studies share is not averaged
out, so that many biased studies meet a ceiling that more of them cannot lift.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from evidence.appraisal.bias_sets import BIAS_SETS, BiasSet
from evidence.appraisal.body import Body, BodyStudy, bias_scale
from evidence.appraisal.component_table import COMPONENTS
from evidence.appraisal.components import POLICY, Policy, Scenario, results_to_choose_from
from evidence.appraisal.facts import Facts
from evidence.appraisal.reliability import A_SCALES, RANGE_SETS, AScale
from evidence.appraisal.shared_bias import Flaw, PooledBias, combine, flaws_of
from evidence.errors import OptionError
from evidence.formatting import html_table, number
from evidence.messages import listed as joined
from evidence.messages import say
from evidence.records.outcome import said

if TYPE_CHECKING:
    import pandas as pd

    from evidence.kernels.tau2 import Tau2Method

BETWEEN = "between_studies"


class BodyPart(NamedTuple):
    """One part of the expected error of the pooled mean, SMD scale."""

    name: str
    mean: float
    variance: float
    shared: float  # part of the variance that more such studies do not reduce
    points_lost: float


class Without(NamedTuple):
    """The score with one study left out, and what leaving it out gains."""

    study: str
    value: float
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BodyReliability:
    """The score of a body, or the `reason` why it has none.

    `ceiling` is R of endlessly many such studies: what the shared terms and the mean biases,
    selection among them, leave. `without` holds the score without each study in turn; a gain above
    zero means that the study lowers it.
    """

    outcome: str
    value: float | None
    low: float | None
    high: float | None
    ceiling: float | None
    reason: str
    a_scale: AScale
    bias_set: BiasSet
    b: float | None
    s2: float | None
    tau2: float | None  # None: not estimated
    weights: tuple[tuple[str, float], ...]
    components: tuple[BodyPart, ...]
    without: tuple[Without, ...]
    assumed: tuple[str, ...]

    @property
    def lowered_by(self) -> tuple[Without, ...]:
        """Studies without which the score would be higher, the worst first."""
        worse = [row for row in self.without if row.gain > 1e-9]
        return tuple(sorted(worse, key=lambda row: (-row.gain, row.study)))

    def __str__(self) -> str:
        if self.value is None or self.low is None or self.high is None:
            return say("not scored: {reason}", reason=self.reason)
        value, low, high = (f"{each:.0f}" for each in (self.value, self.low, self.high))
        return say("{value} of 100 (range {low}–{high})", value=value, low=low, high=high)

    def __repr__(self) -> str:
        return f"<BodyReliability of {self.outcome}: {self}>"

    def to_frame(self) -> pd.DataFrame:
        """One row per component, costliest first."""
        import pandas as pd

        rows = sorted(self.components, key=lambda part: -part.points_lost)
        return pd.DataFrame(rows, columns=list(BodyPart._fields))

    def _repr_html_(self) -> str:
        rows = [(_title(part.name), number(part.points_lost, 1)) for part in self.components]
        rows += [(f"without {row.study}", number(row.value, 1)) for row in self.lowered_by]
        head = ("component", "points lost; R without the study")
        return html_table(head, rows, caption=f"Reliability {self}", foot="; ".join(self.assumed))


def _title(name: str) -> str:
    """What a part is called where people read it."""
    titles: dict[str, str] = {key: about.title for key, about in COMPONENTS.items()}
    return titles.get(name, "Differences between the studies")


def score_body(
    body: Body,
    *,
    a_scale: AScale = "cosmetic",
    bias_set: BiasSet = "robes2018",
    tau2: Tau2Method = "REML",
    policy: Policy = POLICY,
) -> BodyReliability:
    """Score a body of evidence from the flattened records of its studies.

    Studies are weighed by their own variance, 1/(own + tau²). The effects enter through tau²
    alone; where a study has none, or one study is all there is, tau² is zero and that is said.

    Parameters
    ----------
    body
        Every study that counts needs its flattened record (`Facts`) as `flaws`.
    a_scale, bias_set, policy
        As for `score`; the range runs over all sets and the assumed correlations and numbers of
        results.
    tau2
        Estimator of the variance between studies.

    Raises
    ------
    OptionError
        An unknown scale or set, or a measure that biases cannot be turned into.

    Examples
    --------
    >>> from evidence.records.families import FAMILIES
    >>> facts = Facts(structure="before_after", control="none", single_arm=True, n=(50,),
    ...     kind="instrument", family=FAMILIES["wrinkle_depth"])
    >>> studies = tuple(BodyStudy(study=str(i), flaws=facts) for i in range(50))
    >>> found = score_body(Body(outcome="wrinkle depth", design="single_arm", studies=studies))
    >>> print(found, f"ceiling {found.ceiling:.1f}")
    15 of 100 (range 12–32) ceiling 15.4
    """
    if a_scale not in A_SCALES:
        raise OptionError("a_scale", a_scale, A_SCALES)
    if bias_set not in BIAS_SETS:
        raise OptionError("bias_set", bias_set, BIAS_SETS)
    studies = [one for one in body.studies if isinstance(one.flaws, Facts) and not one.unusable]
    assumed = [
        say("{study} left out: {why}", study=one.study, why=one.unusable or "no flattened record")
        for one in body.studies
        if one not in studies
    ]
    a = A_SCALES[a_scale].a
    blank = BodyReliability(
        outcome=body.outcome, value=None, low=None, high=None, ceiling=None,
        reason=joined(assumed), a_scale=a_scale, bias_set=bias_set, b=None, s2=None,
        tau2=None, weights=(), components=(), without=(), assumed=tuple(assumed),
    )  # fmt: skip
    if body.design not in ("randomised", "nonrandomised", "single_arm"):
        return replace(
            blank, reason=say("{design}: not an effect in people", design=said(body.design))
        )
    if not studies:
        return blank
    base = Scenario(bias_set=bias_set, policy=policy)
    scale = 1.0 if all(one.yi is None for one in studies) else bias_scale(body.measure, body.cv)
    fit = _fit(studies, _flaws(studies, base), scale, tau2)
    value = _r(a, fit.pooled)
    inside = [
        _r(a, _fit(studies, _flaws(studies, run), scale, tau2).pooled)
        for run in _scenarios(studies, base)
    ]
    return replace(
        blank,
        value=value,
        low=min([value, *inside]),
        high=max([value, *inside]),
        ceiling=_ceiling(a, fit),
        reason="",
        b=fit.pooled.mean,
        s2=fit.pooled.variance,
        tau2=fit.tau2,
        weights=tuple(zip((one.study for one in studies), fit.pooled.weights, strict=True)),
        components=_parts(fit, value),
        without=_without(studies, fit.flaws, scale, tau2, a, value),
        assumed=(*assumed, *_tau2_words(studies, fit)),
    )


class _Fit(NamedTuple):
    pooled: PooledBias
    flaws: Sequence[Sequence[Flaw]]
    tau2: float | None


def _flaws(studies: Sequence[BodyStudy], run: Scenario) -> list[tuple[Flaw, ...]]:
    return [flaws_of(one.flaws or (), run) for one in studies]


def _fit(
    studies: Sequence[BodyStudy],
    flaws: Sequence[Sequence[Flaw]],
    scale: float,
    method: Tau2Method,
) -> _Fit:
    own = [sum(flaw.own for flaw in listed) for listed in flaws]
    tau2 = None
    if len(studies) > 1 and all(one.yi is not None for one in studies) and min(own) > 0:
        from evidence.synthesis.pool import pool

        moved = [
            (one.yi or 0.0) / scale - sum(flaw.mean for flaw in listed)
            for one, listed in zip(studies, flaws, strict=True)
        ]
        tau2 = pool({"yi": moved, "vi": own}, tau2=method, test="z").tau2
    return _Fit(combine(own, flaws, tau2 or 0.0), flaws, tau2)


def _r(a: float, pooled: PooledBias) -> float:
    return 100 * a * a / (a * a + pooled.variance + pooled.mean**2)


def _ceiling(a: float, fit: _Fit) -> float:
    """R once everything that is a study's own has averaged out."""
    return 100 * a * a / (a * a + fit.pooled.shared + fit.pooled.mean**2)


def _scenarios(studies: Sequence[BodyStudy], base: Scenario) -> Iterator[Scenario]:
    """Every combination the range runs over, the same for all studies."""
    policy = base.policy
    printed = [
        results_to_choose_from(one.flaws, base)[0]
        for one in studies
        if isinstance(one.flaws, Facts)
    ]
    ms = (1, None, max([policy.m_high, *printed]))
    rs = (policy.r_low, None, policy.r_high)
    enrolled = any(isinstance(one.flaws, Facts) and one.flaws.n_enrolled_only for one in studies)
    shares = (1.0, policy.enrolled_share) if enrolled else (1.0,)
    sets = dict.fromkeys((*RANGE_SETS, base.bias_set))
    return (
        Scenario(bias_set, r, m, share, policy)
        for bias_set, r, m, share in product(sets, rs, ms, shares)
    )


def _parts(fit: _Fit, value: float) -> tuple[BodyPart, ...]:
    """Mean and variance of the pooled mean, component by component; losses sum to 100 − R."""
    means: dict[str, float] = defaultdict(float)
    own: dict[str, float] = defaultdict(float)
    loadings: dict[tuple[str, object], float] = defaultdict(float)
    for weight, listed in zip(fit.pooled.weights, fit.flaws, strict=True):
        for flaw in listed:
            means[flaw.component] += weight * flaw.mean
            own[flaw.component] += weight**2 * flaw.own
            loadings[flaw.component, flaw.key] += weight * flaw.shared**0.5
    shared: dict[str, float] = defaultdict(float)
    for (name, _), loading in loadings.items():
        shared[name] += loading**2
    if fit.tau2:
        means[BETWEEN] = 0.0
        own[BETWEEN] = fit.tau2 * sum(weight**2 for weight in fit.pooled.weights)
    b = fit.pooled.mean
    e2 = fit.pooled.variance + b * b or 1.0  # endless sound studies lose nothing
    return tuple(
        BodyPart(
            name,
            means[name],
            own[name] + shared[name],
            shared[name],
            (100 - value) * (means[name] * b + own[name] + shared[name]) / e2,
        )
        for name in (*COMPONENTS, BETWEEN)
        if name in means
    )


def _without(
    studies: Sequence[BodyStudy],
    flaws: Sequence[Sequence[Flaw]],
    scale: float,
    method: Tau2Method,
    a: float,
    value: float,
) -> tuple[Without, ...]:
    if len(studies) < 2:
        return ()
    found = []
    for i, one in enumerate(studies):
        rest = [*studies[:i], *studies[i + 1 :]]
        after = _r(a, _fit(rest, [*flaws[:i], *flaws[i + 1 :]], scale, method).pooled)
        found.append(Without(one.study, after, after - value))
    return tuple(found)


def _tau2_words(studies: Sequence[BodyStudy], fit: _Fit) -> tuple[str, ...]:
    if fit.tau2 is not None:
        return ()
    if len(studies) == 1:
        return ("one study: how much effects differ between studies is not known, and not counted",)
    return ("how much effects differ between studies cannot be estimated, and is not counted",)
