"""An assessment as JSON and as a row; as lines for people it is in `score_lines`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evidence.appraisal.assess import Assessment
from evidence.appraisal.reliability import Reliability
from evidence.effects.effect import Basis, Effect
from evidence.records.base import Unknown

Data = dict[str, object]


def score_data(done: Assessment, typed: Data | None, notes: Sequence[str]) -> Data:
    """One assessment as plain data, fields as `docs/json.md` lists them."""
    outcome, study = done.outcome, done.study
    place = next(iter(outcome.places.values()), None)
    data: Data = {}
    if typed is not None:
        data["input"] = typed
    else:
        data["source"] = {
            "file": place.file if place else None,
            "line": place.line if place else None,
            "id": outcome.id,
            "study": study.id,
            "product": study.product,
            "outcome": outcome.name or outcome.domain,
        }
    expected = done.expected
    data |= {
        "effect": {
            "change": _effect(done.effects.treated),
            "change_control": _effect(done.effects.control),
            "between": _effect(done.effects.between),
        },
        "recovery": _recovery(done),
        "integrity": None
        if done.integrity is None
        else {
            "status": done.integrity.status,
            "possible": done.integrity.possible,
            "run": done.integrity.run,
            "items": [item.as_dict() for item in done.integrity.items],
        },
        "reliability": _reliability(done.reliability),
        "expected_effect": None
        if expected is None
        else {
            "estimate": expected.estimate,
            "ci_low": expected.ci_low,
            "ci_high": expected.ci_high,
            "level": expected.level,
            "unit": expected.unit,
            "orientation": "positive = benefit",
            "reported": expected.reported,
            "scenario": expected.scenario,
            "assumptions": list(expected.assumptions),
            "pr_above_zero": expected.pr_above_zero,
            "mid": expected.mid,
            "pr_above_mid": expected.pr_above_mid,
            "claim": expected.claim,
            "pr_at_least_claim": expected.pr_at_least_claim,
        },
        "expected_effect_reason": done.expected_reason or None,
        "probability": _probability(done),
        "judgements": [
            {
                "fact": part.name,
                "judgement": {"known": "flaw", "unreported": "unknown"}.get(
                    part.status, "inherent"
                ),
                "reason": part.why,
                "source": part.source,
            }
            for part in done.reliability.components
        ],
        "findings": list(notes),
    }
    return data


def _effect(effect: Effect | None) -> Data | None:
    if effect is None:
        return None
    return {
        "measure": effect.measure,
        "kind": effect.kind,
        "estimate": effect.yi,
        "se": None if effect.vi is None else math.sqrt(effect.vi),
        "ci_low": effect.ci_low,
        "ci_high": effect.ci_high,
        "level": effect.level,
        "df": effect.df,
        "log": effect.log,
        "unit": effect.unit,
        "better": None if isinstance(effect.better, Unknown) else effect.better,
        "label": effect.label,
        "basis": _basis(effect.basis),
        "spread": _basis(effect.spread),
        "se_bound": effect.se_bound,
    }


def _basis(basis: Basis) -> Data:
    return {
        "label": basis.label,
        "rule": basis.rule,
        "assumptions": list(basis.assumptions),
        "inputs": list(basis.inputs),
        "reason": basis.reason or None,
    }


def _recovery(done: Assessment) -> Data:
    """What is known of the error of the tested arm's percent change."""
    seen = done.standing
    found = seen.recovered
    net = done.net
    return {
        "percent": found.percent,
        "label": found.label,
        "prior": found.prior.id,
        "conflict": found.conflict or None,
        "steps": [
            {
                "rule": step.rule,
                "title": step.title,
                "exact": step.exact,
                "se": step.se,
                "scale": step.scale,
                "narrowest": step.narrowest,
                "widest": step.widest,
                **_basis(step.basis),
            }
            for step in found.steps
        ],
        "touches_zero": [{"r": r, "cv": cv} for r, cv in seen.touches_zero],
        "if_mean_of_individual_percents": [{"cv": cv, "percent": x} for cv, x in seen.readings],
        "tipping_points": [
            {"supposing": tip.supposing, "percent": tip.point.tipping_ci_percent}
            for tip in seen.tips
        ],
        "if_vehicle": [
            {
                "vehicle_percent": row.vehicle_percent,
                "net_percent": row.net_percent,
                "ci_low": row.ci_net_percent[0],
                "ci_high": row.ci_net_percent[1],
            }
            for row in (() if seen.nets is None else seen.nets.rows)
        ],
        "regression_to_the_mean": None
        if seen.regression is None
        else {
            "cv": seen.regression.cv,
            "r": seen.regression.r,
            "shares_let_in": seen.regression.shares,
            "percent": seen.regression.percent,
        },
        "hypothetical": [row._asdict() for row in seen.supposed],
        "net": None
        if net is None or net.percent is None
        else {
            "percent": net.percent,
            "se": net.se,
            "narrowest": net.narrowest,
            "widest": net.widest,
            **_basis(net.basis),
        },
        "said": [row._asdict() for row in seen.said],
        "not_said": [row._asdict() for row in seen.not_said],
    }


def _reliability(result: Reliability) -> Data:
    return {
        "value": result.value,
        "low": result.low,
        "high": result.high,
        "reason": result.reason or None,
        "a_scale": result.a_scale,
        "bias_set": result.bias_set,
        "scored": result.scored,
        "b": result.b,
        "s2": result.s2,
        "components": [
            {
                "name": part.name,
                "status": part.status,
                "mean": part.mean,
                "variance": part.variance,
                "points_lost": part.points_lost,
                "why": part.why,
            }
            for part in result.components
        ],
        "would_raise": [row._asdict() for row in result.would_raise],
        "n_for_small_sampling": result.n_for_small_sampling,
        "other_scale": None
        if result.other_scale is None
        else {"a_scale": result.other_scale[0], "value": result.other_scale[1]},
        "assumed": list(result.assumed),
    }


def _probability(done: Assessment) -> Data:
    chance = done.probability
    return {
        "reason": chance.reason or None,
        "mid_smd": chance.mid,
        "assumption_driven": chance.assumption_driven if chance.sets else None,
        "sets": [
            {
                "bias_set": row.bias_set,
                "mean": row.mean,
                "sd": row.sd,
                "above_zero": row.above_zero,
                "above_mid": row.above_mid,
                "at_least_claim": row.at_least_claim,
            }
            for row in chance.sets
        ],
    }


def score_row(done: Assessment) -> Data:
    """One assessment as a flat row for CSV and tables."""
    result, seen = done.reliability, done.expected
    return {
        "study": done.study.id,
        "result": done.outcome.id,
        "outcome": done.outcome.name or done.outcome.domain,
        "reliability": None if result.value is None else round(result.value, 1),
        "low": None if result.low is None else round(result.low, 1),
        "high": None if result.high is None else round(result.high, 1),
        "costliest": result.lost[0].name if result.lost else None,
        "expected": None if seen is None else round(seen.estimate, 2),
        "unit": None if seen is None else seen.unit,
        "reason": result.reason or None,
    }


def shown_row(row: Data) -> Data:
    """The row for people: the limits of the range in one cell.

    >>> shown_row({"study": "a", "low": 12.3, "high": 56.0, "reason": None})
    {'study': 'a', 'range': '12.3–56.0', 'reason': None}
    """
    shown: Data = {}
    for name, value in row.items():
        if name == "low":
            limits = (value, row["high"])
            shown["range"] = None if value is None else "–".join(f"{x:.1f}" for x in limits)
        elif name != "high":
            shown[name] = value
    return shown
