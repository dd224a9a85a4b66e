"""An assessment as JSON, as a row and as text for people."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from evidence.appraisal.assess import Assessment
from evidence.appraisal.reliability import Reliability
from evidence.effects.effect import Basis, Effect, ratio_of_log
from evidence.effects.names import measure_title
from evidence.formatting import estimate, interval, number
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


_LEFT = 17  # width of the left column


def score_text(done: Assessment, notes: Sequence[str], *, explain: bool) -> str:
    """One assessment for a reader at a terminal."""
    lines = [*_effect_lines(done), *_standardised_line(done), *_standing_lines(done, explain)]
    result = done.reliability
    if result.value is None:
        lines.append(_line("reliability", f"not scored: {result.reason}"))
    else:
        lost = [part for part in result.lost if part.points_lost >= 0.05]
        parts = ", ".join(f"{part.name} {part.points_lost:.1f}" for part in lost)
        lines.append(_line("reliability", f"{result}"))
        lines.append(_line("", f"lost: {parts}"))
        lines += _raises(result)
    lines += _integrity_lines(done)
    lines += _expected_lines(done)
    lines += _probability_lines(done)
    told = () if done.expected is None else done.expected.assumptions
    assumed = [word for word in (*result.assumed, *notes) if word not in told]
    lines += [_line("assumed" if not i else "", word) for i, word in enumerate(assumed)]
    if explain:
        lines += ["", "why each point was lost"]
        for part in result.lost:
            lead = f"{part.name} ({part.status})"
            lines.append(_wrap(f"  {lead:<32}{part.points_lost:5.1f}  {part.why}", 41))
            if part.source:
                lines.append(_wrap(f"{'':41}basis: {part.source}", 41))
    else:
        lines.append(_line("", "more: --explain, evidence explain reliability"))
    return "\n".join(lines) + "\n"


def _effect_lines(done: Assessment) -> list[str]:
    lines = []
    rows = (
        ("from baseline", done.effects.treated),
        ("its comparator", done.effects.control),
        ("between groups", done.effects.between),
    )
    for title, effect in rows:
        if effect is None:
            continue
        if effect.yi is None:
            if title == "between groups" or effect.basis.reason:
                lines.append(_line(title, f"refused: {effect.basis.reason}"))
            continue
        percent = effect.unit == "%"
        value, low, high = effect.yi, effect.ci_low, effect.ci_high
        if effect.log:
            value = ratio_of_log(value)
            low = None if low is None else ratio_of_log(low)
            high = None if high is None else ratio_of_log(high)
        shown = estimate(value, low, high, 1 if percent else 2)
        words = f"{measure_title(effect.measure)} {shown} {effect.unit}".rstrip()
        why = "" if effect.vi is not None else f"; no interval: {effect.spread.reason}"
        lines.append(_line(title, f"{words} [{effect.basis.label}]{why}"))
    return lines


def _standardised_line(done: Assessment) -> list[str]:
    """The effect in standard deviations, where arm summaries give one."""
    found = done.standardised
    if found is None or found.vi is None or not found.rule.startswith("SMD"):
        return []
    half = 1.959964 * math.sqrt(found.vi)
    shown = estimate(found.y, found.y - half, found.y + half)
    towards = "in favour of the product" if found.y > 0 else "against the product"
    return [_line("", f"SMD {shown} {towards} [derived]")]


def _standing_lines(done: Assessment, explain: bool) -> list[str]:
    """What may be said of the change of one arm and what not, where its error is not printed."""
    seen = done.standing
    if seen.recovered.percent is None or done.effects.between.vi is not None:
        return []
    lines = []
    # the change itself stands in the first line of the score
    rows = (("can be said", seen.said[1:]), ("cannot be said", seen.not_said))
    for title, sentences in rows:
        for index, (label, text) in enumerate(sentences):
            tail = "" if label == "refused" else f" [{label}]"
            lines.append(_line("" if index else title, f"{text}{tail}"))
    if done.net is not None and done.net.percent is not None and done.net.widest is not None:
        shown = interval(*done.net.widest, 1)
        words = f"{number(done.net.percent, 1)} % over the comparator's change, at worst {shown}"
        lines.append(_line("net of it", f"{words} [{done.net.label}]"))
    if explain:
        for row in seen.supposed:
            words = f"with {row.n} people at worst {interval(*row.widest, 1)}, at best "
            lines.append(_line("hypothetically", f"{words}{interval(*row.narrowest, 1)}"))
    return lines


def _integrity_lines(done: Assessment) -> list[str]:
    """How many checks of the figures were possible, and those that ask for a look."""
    found = done.integrity
    if found is None or not found.possible:
        return []
    lines = [_line("integrity", found.summary)]
    lines += [
        _line("", f"{item.code} {item.sentence}")
        for item in found.items
        if item.status in ("stop", "query", "note")
    ]
    return lines


def _raises(result: Reliability) -> list[str]:
    lines = []
    for index, row in enumerate(result.would_raise[:4]):
        state = "not known now" if row.status == "unknown" else "a known flaw now"
        words = f"to {row.value:.0f}: {row.fact} ({state})"
        lines.append(_line("would raise it" if not index else "", words))
    if (people := result.n_for_small_sampling) is not None:
        lines.append(_line("", f"chance would cost under 5 points with {people:,} people"))
    return lines


def _expected_lines(done: Assessment) -> list[str]:
    seen = done.expected
    if seen is None:
        return (
            [_line("expected effect", f"none: {done.expected_reason}")]
            if done.expected_reason
            else []
        )
    unit = "" if seen.unit == "SMD" else f" {seen.unit}"
    digits = 1 if seen.unit == "%" else 2
    label = " [scenario]" if seen.scenario else ""
    lines = [
        _line(
            "expected effect",
            f"{number(seen.estimate, digits)}{unit} benefit "
            f"({interval(seen.ci_low, seen.ci_high, digits)}), against "
            f"{number(seen.reported, digits)}{unit} reported{label}",
        ),
        _line(
            "",
            f"Pr(above 0) {seen.pr_above_zero:.2f}, Pr(at least what is claimed) "
            f"{_probability_text(seen.pr_at_least_claim)}"
            + (
                ""
                if seen.pr_above_mid is None
                else f", Pr(above {seen.mid:g}) {seen.pr_above_mid:.2f}"
            ),
        ),
    ]
    lines += [_line("", f"assumes {word}") for word in seen.assumptions]
    return lines


def _probability_text(value: float) -> str:
    return f"{value:.4f}" if value < 0.01 else f"{value:.2f}"


def _probability_lines(done: Assessment) -> list[str]:
    chance = done.probability
    if not chance.sets:
        return [_line("probability", f"of benefit not shown: {chance.reason}")]
    lines: list[str] = []
    for title, pick in (
        (f"above {chance.mid:.2f} SD" if chance.mid is not None else "", "above_mid"),
        ("above zero", "above_zero"),
    ):
        values = [getattr(row, pick) for row in chance.sets]
        if not title or values[0] is None:
            continue
        default = next(getattr(row, pick) for row in chance.sets if row.bias_set == "robes2018")
        span = f"{min(values):.2f} to {max(values):.2f} over the bias sets"
        lines.append(
            _line(
                "probability" if not lines else "", f"of a benefit {title}: {default:.2f} ({span})"
            )
        )
    if chance.assumption_driven:
        lines.append(_line("", "assumption-driven: the choice of bias set decides"))
    return lines


def _line(title: str, text: str) -> str:
    return _wrap(f"{title:<{_LEFT}}{text}", _LEFT)


def _wrap(text: str, indent: int) -> str:
    whole = text.replace(" %", "\0%")  # a number is not parted from its percent sign
    filled = textwrap.fill(
        whole, 100, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
    return filled.replace("\0%", " %")


def scores_text(results: Sequence[Assessment]) -> str:
    """Many assessments as a table, best score first within the order of the file."""
    from evidence.cli.output import to_table

    return to_table([score_row(done) for done in results])
