"""The numbers with which a page computes what the package would, for one result.

Every judgement is made here: which component each choice brings, and how large it is in each
bias set. The page adds them up, and knows the closed formulas in people, spread and correlation.
"""

from __future__ import annotations

import math
from typing import Any

from evidence.appraisal.assess import Assessment
from evidence.appraisal.bias_sets import BiasSet
from evidence.appraisal.component_table import COMPONENTS
from evidence.appraisal.components import (
    POLICY,
    Component,
    Policy,
    Scenario,
    assumed_r,
    components_of,
    expected_maximum,
    results_to_choose_from,
)
from evidence.appraisal.facts import Facts, read_facts
from evidence.appraisal.reliability import A_SCALES, RANGE_SETS
from evidence.appraisal.supposing import CHOICES, Suppose, supposed
from evidence.effects.effect import quantile
from evidence.effects.percent_scale import T_BELOW
from evidence.effects.prior_interval import prior_propagation_paired
from evidence.errors import EvidenceError
from evidence.verdict.effect_if import LEVEL, as_reported, better_of, magnitude_of, means_of

Plain = dict[str, Any]

NAMES = tuple(COMPONENTS)
MOVING = ("no_control", "untreated_control", "not_randomised", "carry_over")
"""Components whose variance is picked from when the best of several results is shown."""
_CONTROL = ("no_control", "untreated_control", "carry_over")
_ALLOCATION = ("not_randomised", "sequence", "concealment")
_COMPUTED = ("sampling", "sample_size_unstated", "selection", "unit_of_analysis")
"""Components that depend on numbers the reader may change: the page works them out."""


def model_of(done: Assessment, *, policy: Policy = POLICY) -> Plain:
    """Everything the page needs to know of one result, as plain data.

    Returns
    -------
    dict
        `parts` are components as [name, mean in each set, variance in each set]; `drift`,
        `allocation` and `blinding` say which of them each choice brings, by position, the first
        of every choice being "as reported"; `rest` those that no choice moves.

    Examples
    --------
    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> model = model_of(assess(study, study.outcomes[0]))
    >>> model["n"], model["effect"]["how"], model["controls"][1]["structure"]
    (50.0, 'percent', 'two_arms')
    """
    sets = list(dict.fromkeys((*RANGE_SETS, done.reliability.bias_set)))
    parts = _Parts(sets, policy)
    control, allocation, blinding, kind, registered = (
        (None, *CHOICES[name])
        for name in ("control", "allocation", "blinding", "kind", "registered")
    )

    def facts(**given: Any) -> Facts:
        outcome = supposed(done.outcome, done.facts, Suppose(**given))
        return read_facts(done.study, outcome, scored=done.reliability.scored)

    def found(names: tuple[str, ...], **given: Any) -> list[int]:
        return parts.of(facts(**given), names)

    blind = [
        [[found(("blinding",), control=c, blinding=b, kind=k) for k in kind] for b in blinding]
        for c in control
    ]
    placed = {*_CONTROL, *_ALLOCATION, *_COMPUTED, "blinding"}
    return {
        "a2": A_SCALES[done.reliability.a_scale].a ** 2,
        "level": LEVEL,
        "z": quantile(LEVEL, None),
        "few": T_BELOW,
        "sets": sets,
        "base": sets.index(done.reliability.bias_set),
        "shown": len(RANGE_SETS),
        "rLow": policy.r_low,
        "rHigh": policy.r_high,
        "rho": policy.rho_sides,
        "c": policy.c,
        "enrolled": policy.enrolled_share,
        "standIn": policy.stand_in_n,
        "r": done.facts.r,
        "n": None if done.facts.n is None else sum(done.facts.n),
        "analysis": done.facts.analysis,
        "counted": done.facts.counted,
        "controls": [
            _structure(facts(control=c), facts(control=c, n=1000), policy) for c in control
        ],
        "rs": [
            [assumed_r(facts(control=c, kind=k), Scenario(policy=policy)) for k in kind]
            for c in control
        ],
        "results": [_results(facts(registered=g), policy) for g in registered],
        "drift": [[found(_CONTROL, control=c, kind=k) for k in kind] for c in control],
        "allocation": [
            [found(_ALLOCATION, control=c, allocation=a) for a in allocation] for c in control
        ],
        "blinding": blind,
        "rest": found(tuple(name for name in NAMES if name not in placed)),
        "parts": parts.rows,
        "names": list(NAMES),
        "effect": _effect(done),
    }


class _Parts:
    """Components without those that cost nothing different: each is listed once."""

    def __init__(self, sets: list[BiasSet], policy: Policy) -> None:
        self.rows: list[list[Any]] = []
        self._sets, self._policy = sets, policy

    def of(self, facts: Facts, names: tuple[str, ...]) -> list[int]:
        """The components of these names, by their place in `rows`."""
        by_set: list[dict[str, Component]] = []
        for bias_set in self._sets:
            listed = components_of(facts, Scenario(bias_set=bias_set, policy=self._policy))
            by_set.append({part.name: part for part in listed if part.name in names})
        places = []
        for name in by_set[0]:
            row = [
                NAMES.index(name),
                [found[name].mean for found in by_set],
                [found[name].variance for found in by_set],
                name in MOVING,
            ]
            if row not in self.rows:
                self.rows.append(row)
            places.append(self.rows.index(row))
        return places


def _structure(facts: Facts, probe: Facts, policy: Policy) -> Plain:
    """How people stand to each other under one choice of control.

    `probe` are the same facts with the number of people supposed.
    """
    assert probe.n is not None  # it was given
    unit = next(
        (p for p in components_of(probe, Scenario(policy=policy)) if p.name == "unit_of_analysis"),
        None,
    )
    sampling = components_of(probe, Scenario(policy=policy))[0].variance
    return {
        "structure": probe.structure,
        "compared": probe.control in ("full", "untreated"),
        "shares": [n / sum(probe.n) for n in probe.n],
        "n": None if facts.n is None else list(facts.n),
        "enrolledOnly": facts.n_enrolled_only,
        "unit": 0.0 if unit is None else unit.variance / sampling,
        "share": facts.share,
        "shareMoved": probe.share,
        "perEvent": sum(facts.n) / facts.events if facts.events and facts.n else None,
        "perEventMoved": sum(probe.n) / probe.events if probe.events else None,
    }


def _results(facts: Facts, policy: Policy) -> Plain:
    """Of how many results the shown one is the best, and the expected largest of so many."""
    m, known = results_to_choose_from(facts, Scenario(policy=policy))
    ms = [m] if known else [1, m, max(policy.m_high, m)]
    return {"m": expected_maximum(m), "ms": [expected_maximum(each) for each in ms]}


def _effect(done: Assessment) -> Plain:
    """The printed magnitude and what its interval is made from."""
    old, seen = done.standardised, as_reported(done)
    data: Plain = {
        "how": magnitude_of(done),
        "higher": better_of(done) == "higher",
        "reported": {
            "value": seen.value, "unit": seen.unit, "low": seen.low, "high": seen.high,
            "narrowLow": seen.narrow_low, "narrowHigh": seen.narrow_high, "label": seen.label,
            "reason": seen.reason,
        },
    }  # fmt: skip
    if old is None:
        return data
    prior = done.standing.recovered.prior
    means = means_of(done) if data["how"] == "means" else None
    cvs = prior.cv_bounds
    data |= {
        "unit": old.unit,
        "y": old.y,
        "scale": old.scale,
        "vi": old.vi,
        "sdKnown": old.cv is None,
        "sds": None if cvs is None else [100 * cvs[0], 100 * cvs[1]],
        "means": None if means is None else list(means),
        "prior": _prior(done),
        "mid": None if done.expected is None else done.expected.mid,
        "claim": None if done.expected is None else done.expected.claim,
    }
    return data


def reported_sd(done: Assessment) -> float:
    """The SD in the outcome's unit: pooled over two groups with summaries, else that of the scale.

    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(design="parallel", n=["20", "20"], mean=["12", "14"],
    ...     sd=["3", "4"], better="lower", comparator="vehicle"))
    >>> round(reported_sd(assess(study, study.outcomes[0])), 3)
    3.536
    """
    if done.standardised is None:
        raise EvidenceError(f"no magnitude: {done.expected_reason}")
    n, means = done.facts.n, means_of(done)
    if magnitude_of(done) != "means" or n is None or means is None:
        return done.standardised.scale
    _, first, second = means
    return math.sqrt(((n[0] - 1) * first**2 + (n[1] - 1) * second**2) / (sum(n) - 2))


def _prior(done: Assessment) -> Plain | None:
    """Half the width of an interval under the prior, in units of 1/√n on the log scale.

    `both`: neither CV nor correlation known. `cv`: the correlation is; times √(2(1 − r)).
    """
    prior = done.standing.recovered.prior
    if prior.cv_median is None or prior.cv_log_sd is None:
        return None

    def half(r: float, r_sd: float) -> float:
        found = prior_propagation_paired(
            -10.0, 1e6, cv_median=prior.cv_median or 0.0, cv_log_sd=prior.cv_log_sd or 0.0,
            r_centre=r, r_fisher_sd=r_sd, level=LEVEL,
        )  # fmt: skip
        return 1000 * (math.log1p(found.ci_high / 100) - math.log1p(-0.1))

    return {"both": half(prior.r_centre, prior.r_fisher_sd), "cv": half(0.5, 0.0)}
