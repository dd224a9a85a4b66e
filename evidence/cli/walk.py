"""How the values of a study came about: from each number back to the printed figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from evidence.appraisal.assess import Assessment, assess
from evidence.cli.explanation import Explanation, said
from evidence.cli.score_lines import effect_words
from evidence.effects.effect import Basis, Effect
from evidence.formatting import interval, number
from evidence.messages import say
from evidence.records.codebook import normalise
from evidence.records.outcome import Outcome, printed_numbers
from evidence.records.study import Study

Result = tuple[Study, Outcome]


class Shelf:
    """The studies of a file, by the names that a person would type."""

    def __init__(self, file: str) -> None:
        """Read the file; `RecordError` when it cannot be used."""
        from evidence.ingest.read import read

        self.file = Path(file).name
        self.results: list[Result] = [
            (study, outcome) for study in read(Path(file)).studies for outcome in study.outcomes
        ]

    def find(self, word: str) -> list[Result]:
        """Results of a study of this name, or the result with this id."""
        asked = normalise(word)
        return [
            (study, outcome)
            for study, outcome in self.results
            if asked in (normalise(study.id), normalise(outcome.id))
        ]

    @property
    def names(self) -> list[str]:
        """Studies, then results."""
        studies = [study.id for study, _ in self.results]
        return list(dict.fromkeys([*studies, *(outcome.id for _, outcome in self.results)]))


def walk(results: Sequence[Result]) -> Iterator[Explanation]:
    """Each result: what is printed, each effect, the score and the effect to expect."""
    for study, outcome in results:
        done = assess(study, outcome)
        yield _printed(study, outcome)
        for title, key, effect in (
            ("from baseline", "change", done.effects.treated),
            ("its comparator", "change_control", done.effects.control),
            ("between groups", "between", done.effects.between),
        ):
            if effect is not None and (effect.yi is not None or effect.basis.reason):
                yield _effect(outcome, title, key, effect)
        yield _score(done)
        if done.expected is not None:
            yield _expected(done)


def _printed(study: Study, outcome: Outcome) -> Explanation:
    figures = tuple(
        f"{what}: {digits}{f' ({place})' if place else ''}"
        for what, digits, place in printed_numbers(outcome)
    )
    facts = said(
        {
            "what": say("{outcome} of {study}", outcome=outcome.name or outcome.domain,
                        study=study.citation or study.id),
            "printed": figures or "no number is printed",
            "why": "every other number of this result comes from these",
            "where": say("{place}; the source itself: {source}", place=_row(outcome),
                         source=study.doi or study.url or study.citation or "not stated"),
        }
    )  # fmt: skip
    return Explanation(kind="value", name=outcome.id, title="what is printed", facts=facts)


def _row(outcome: Outcome) -> str:
    place = next(iter(outcome.places.values()), None)
    if place is None:
        return "not stated"
    return f"{place.file}:{place.line}" if place.line else place.file


def _effect(outcome: Outcome, title: str, key: str, effect: Effect) -> Explanation:
    facts = said(
        {
            "what": effect_words(effect)
            if effect.yi is not None
            else say("refused: {reason}", reason=effect.basis.reason),
            "rule": _rule(effect.basis),
            "from": effect.basis.inputs,
            "assumes": (*effect.basis.assumptions, *_further(effect)),
            "interval": _interval(effect),
            "why": "a change from baseline never stands in for an effect between groups"
            if key == "between"
            else "everything that happened in that time is in it, not the product alone",
            "where": say("effect.{key} in evidence score --json", key=key),
        }
    )
    return Explanation(kind="value", name=outcome.id, title=title, facts=facts)


def _rule(basis: Basis) -> str:
    words = basis.rule.replace("_", " ")
    if words and basis.source:
        return say("{rule}; {source}", rule=words, source=basis.source)
    return words


def _further(effect: Effect) -> tuple[str, ...]:
    return tuple(word for word in effect.spread.assumptions if word not in effect.basis.assumptions)


def _interval(effect: Effect) -> tuple[str, ...] | str:
    """What the interval rests on, where the value rests on something else."""
    if effect.yi is None:
        return ""
    if effect.vi is None:
        return say("none: {reason}", reason=effect.spread.reason)
    if effect.spread == effect.basis:
        return "from the same figures"
    return (_rule(effect.spread), *effect.spread.inputs)


def _score(done: Assessment) -> Explanation:
    from evidence.appraisal.reliability import A_SCALES

    result = done.reliability
    if result.value is None or result.b is None or result.s2 is None:
        what = str(result)
    else:
        what = say(
            "B = {b}, S² = {s2}, A = {a}: R = 100 A² / (A² + S² + B²) = {value}. "
            "Bias set {bias_set}.",
            b=number(result.b, 3),
            s2=number(result.s2, 3),
            a=f"{A_SCALES[result.a_scale].a:g}",
            value=number(result.value, 1),
            bias_set=result.bias_set,
        )
    facts = said(
        {
            "what": what,
            "lost": tuple(
                say("{part}: {why}", part=f"{part.name} {part.points_lost:.1f}", why=part.why)
                for part in result.lost
            ),
            "assumes": result.assumed,
            "why": "it is the share of what such studies report that is the product's true effect",
            "where": "reliability in evidence score --json; evidence explain reliability",
        }
    )
    return Explanation(kind="value", name=done.outcome.id, title="reliability", facts=facts)


def _expected(done: Assessment) -> Explanation:
    seen = done.expected
    assert seen is not None
    digits = 1 if seen.unit == "%" else 2
    facts = said(
        {
            "what": say(
                "{reported} {unit} reported, {value} {unit} to expect ({limits})",
                reported=number(seen.reported, digits),
                value=number(seen.estimate, digits),
                limits=interval(seen.ci_low, seen.ci_high, digits),
                unit=seen.unit,
            ),
            "assumes": seen.assumptions,
            "why": "a reported effect is mostly larger than the true one",
            "where": "expected_effect in evidence score --json; evidence explain expected_effect",
        }
    )
    return Explanation(kind="value", name=done.outcome.id, title="expected effect", facts=facts)
