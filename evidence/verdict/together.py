"""The results that bear on a claim, pooled where they are commensurable, and what that says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evidence.effects.effect import Effect, Effects
from evidence.errors import SynthesisError
from evidence.messages import say
from evidence.records.families import FAMILIES, group_of
from evidence.synthesis.pool import Pooled, pool
from evidence.verdict.judge import Bearing, Direction


def pool_bearings(bearings: Sequence[Bearing]) -> tuple[Pooled | None, tuple[Effect, ...], str]:
    """Pool what is commensurable, one effect per study, or say why not.

    Examples
    --------
    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> row = audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)["1"]
    >>> pooled, used, why = pool_bearings(row.bearings)
    >>> pooled.k, round(pooled.estimate, 2), len(used), why
    (2, -2.0, 2, '')
    >>> pool_bearings(row.bearings[:1])[2]
    'one study alone bears on it'
    """
    direct = [row for row in bearings if row.match.closeness == "bears"]
    if not direct:
        return None, (), "no result bears on the claim"
    usable: dict[tuple[str, str, str], dict[str, Effect]] = {}
    with_effect = set()
    for row in direct:
        effect = row.assessment.effects.between
        if effect.yi is None or effect.vi is None:
            continue
        outcome = row.match.outcome
        with_effect.add(row.match.study.id)
        group = group_of(FAMILIES.get(outcome.family, FAMILIES["unlisted"]))
        comparator = outcome.design.comparator
        against = "control" if comparator in ("vehicle", "placebo") else str(comparator)
        design = "exposure" if outcome.design.kind == "exposure" else "trial"
        usable.setdefault((effect.measure, f"{group}/{design}", against), {}).setdefault(
            row.match.study.id, effect
        )
    best = max(usable.values(), key=len, default={})
    if len(best) < 2:
        studies = len({row.match.study.id for row in direct})
        return None, (), _why_not_pooled(studies, len(with_effect))
    chosen = tuple(best.values())
    effects = Effects.from_effects(chosen, measure=chosen[0].measure)
    try:
        return pool(effects), chosen, ""
    except SynthesisError as error:
        return None, (), error.sentence


def together(
    bearings: Sequence[Bearing], pooled: Pooled | None, used: tuple[Effect, ...]
) -> Direction | None:
    """The direction of the pooled estimate, where it holds every controlled study that is readable.

    A pool of some of them says nothing about the others, and leaves the count to decide. No effect
    must lie outside the normal interval too: of results that are nearly equal, the Knapp-Hartung
    interval has next to no width (Jackson, Law, Rücker & Schwarzer 2017,
    doi 10.1002/sim.7411).

    Examples
    --------
    >>> from evidence.verdict.cases import TRIAL, audit_of
    >>> row = audit_of("retinol lowers wrinkle depth", TRIAL, TRIAL)["1"]
    >>> together(row.bearings, row.pooled, row.pooled_from)
    'in favour'
    >>> together(row.bearings, row.pooled, row.pooled_from[:1]) is None
    True
    """
    readable = {
        row.match.study.id
        for row in bearings
        if row.match.closeness == "bears"
        and row.direction in ("in favour", "no difference shown", "against")
    }
    if pooled is None or not readable <= {effect.study for effect in used}:
        return None
    plain = pool(Effects.from_effects(used, measure=pooled.measure), test="z")
    if any(one.ci_low <= 0 <= one.ci_high for one in (pooled, plain)):
        return "no difference shown"
    side = replace(used[0], yi=pooled.estimate).favours
    return "in favour" if side > 0 else "against" if side < 0 else None


def _why_not_pooled(studies: int, with_effect: int) -> str:
    """Why the results of some studies cannot be pooled, `with_effect` of which give a spread."""
    if not with_effect and studies == 1:
        return "the one study that bears on it prints no effect with a spread"
    if not with_effect:
        return say(
            "none of the {n} studies prints an effect between arms with its spread", n=studies
        )
    if studies == 1:
        return "one study alone bears on it"
    if with_effect == 1:
        return say("only {n} of {total} studies gives an effect with its spread", n=1,
                   total=studies)  # fmt: skip
    return "the effects with a spread are in different measures or against different comparators"
