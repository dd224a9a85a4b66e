"""An assessment as lines for a reader at a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from evidence.appraisal.assess import Assessment
from evidence.appraisal.expected import ExpectedEffect
from evidence.appraisal.reliability import Reliability
from evidence.cli.lines import Line
from evidence.effects.effect import Effect, ratio_of_log
from evidence.effects.names import measure_title
from evidence.formatting import estimate, interval, number
from evidence.messages import Message, listed, say


def score_lines(done: Assessment, notes: Sequence[str], *, explain: bool) -> Iterator[Line]:
    """What a result shows, what it is worth and why, title by title."""
    yield from _effects(done)
    yield from _standardised(done)
    yield from _standing(done, explain)
    yield from _reliability(done.reliability)
    yield from _integrity(done)
    yield from _expected(done)
    yield from _probability(done)
    told = () if done.expected is None else done.expected.assumptions
    yield from _titled(
        "assumed", [word for word in (*done.reliability.assumed, *notes) if word not in told]
    )
    if explain:
        yield from _lost(done.reliability)
    else:
        yield Line("more: --explain, evidence explain reliability")


def _titled(title: str, texts: Sequence[str]) -> Iterator[Line]:
    """Texts under one title, which stands before the first alone."""
    return (Line(text, "" if index else title) for index, text in enumerate(texts))


def _effects(done: Assessment) -> Iterator[Line]:
    rows = (
        ("from baseline", done.effects.treated),
        ("its comparator", done.effects.control),
        ("between groups", done.effects.between),
    )
    for title, effect in rows:
        if effect is None:
            continue
        if effect.yi is not None:
            yield Line(effect_words(effect), title)
        elif title == "between groups" or effect.basis.reason:
            yield Line(say("refused: {reason}", reason=effect.basis.reason), title)


def effect_words(effect: Effect) -> str:
    """An effect with its interval and label, and why it has no interval where it has none."""
    value, low, high = effect.yi, effect.ci_low, effect.ci_high
    if effect.log:
        value, low, high = (None if x is None else ratio_of_log(x) for x in (value, low, high))
    shown = estimate(value, low, high, 1 if effect.unit == "%" else 2)
    words = say(
        "{measure} {value} [{label}]",
        measure=measure_title(effect.measure),
        value=_with_unit(shown, effect.unit),
        label=effect.basis.label,
    )
    if effect.vi is not None:
        return words
    return say("{effect}; no interval: {reason}", effect=words, reason=effect.spread.reason)


def _with_unit(value: str, unit: str) -> str:
    return say("{value} {unit}", value=value, unit=unit) if unit and unit != "SMD" else value


def _standardised(done: Assessment) -> Iterator[Line]:
    """The effect in standard deviations, where arm summaries give one."""
    found = done.standardised
    if found is None or found.vi is None or not found.rule.startswith("SMD"):
        return
    half = 1.959964 * math.sqrt(found.vi)
    value = estimate(found.y, found.y - half, found.y + half)
    if found.y > 0:
        yield Line(say("SMD {value} in favour of the product [derived]", value=value))
    else:
        yield Line(say("SMD {value} against the product [derived]", value=value))


def _standing(done: Assessment, explain: bool) -> Iterator[Line]:
    """What may be said of the change of one arm and what not, where its error is not printed."""
    seen = done.standing
    if seen.recovered.percent is None or done.effects.between.vi is not None:
        return
    # the change itself stands in the first line of the score
    rows = (("can be said", seen.said[1:]), ("cannot be said", seen.not_said))
    for title, texts in rows:
        yield from _titled(title, [_labelled(text, label) for label, text in texts])
    net = done.net
    if net is not None and net.percent is not None and net.widest is not None:
        value, limits = number(net.percent, 1), interval(*net.widest, 1)
        text = say("{value} % over the comparator's change, at worst {limits}",
                   value=value, limits=limits)  # fmt: skip
        yield Line(say("{text} [{label}]", text=text, label=net.label), "net of it")
    for row in seen.supposed if explain else ():
        worst, best = interval(*row.widest, 1), interval(*row.narrowest, 1)
        text = say("with {n} people at worst {worst}, at best {best}",
                   n=row.n, worst=worst, best=best)  # fmt: skip
        yield Line(text, "hypothetically")


def _labelled(text: str, label: str) -> str:
    return text if label == "refused" else say("{text} [{label}]", text=text, label=label)


def _reliability(result: Reliability) -> Iterator[Line]:
    yield Line(str(result), "reliability")
    if result.value is None:
        return
    lost = [part for part in result.lost if part.points_lost >= 0.05]
    parts = listed((f"{part.name} {part.points_lost:.1f}" for part in lost), ", ")
    yield Line(say("lost: {parts}", parts=parts))
    yield from _titled("would raise it", [_raise(*row[:3]) for row in result.would_raise[:4]])
    if (people := result.n_for_small_sampling) is not None:
        yield Line(say("chance would cost under 5 points with {n} people", n=f"{people:,}"))


def _raise(fact: str, status: str, value: float) -> Message:
    shown = f"{value:.0f}"
    if status == "unknown":
        return say("to {value}: {fact} (not known now)", value=shown, fact=fact)
    return say("to {value}: {fact} (a known flaw now)", value=shown, fact=fact)


def _integrity(done: Assessment) -> Iterator[Line]:
    """How many checks of the figures were possible, and those that ask for a look."""
    found = done.integrity
    if found is None or not found.possible:
        return
    yield Line(found.summary, "integrity")
    for item in found.items:
        if item.status in ("stop", "query", "note"):
            yield Line(say("{code} {found}", code=item.code, found=item.sentence))


def _expected(done: Assessment) -> Iterator[Line]:
    seen = done.expected
    if seen is None:
        if done.expected_reason:
            yield Line(say("none: {reason}", reason=done.expected_reason), "expected effect")
        return
    digits = 1 if seen.unit == "%" else 2
    told = {
        "value": _with_unit(number(seen.estimate, digits), seen.unit),
        "limits": interval(seen.ci_low, seen.ci_high, digits),
        "reported": _with_unit(number(seen.reported, digits), seen.unit),
    }
    text = say("{value} benefit ({limits}), against {reported} reported", **told)
    if seen.scenario:
        text = say("{text} [{label}]", text=text, label="scenario")
    yield Line(text, "expected effect")
    yield Line(_chances(seen))
    for word in seen.assumptions:
        yield Line(say("assumes {what}", what=word))


def _chances(seen: ExpectedEffect) -> Message:
    value = seen.pr_at_least_claim
    told = {
        "zero": f"{seen.pr_above_zero:.2f}",
        "claim": f"{value:.4f}" if value < 0.01 else f"{value:.2f}",
    }
    if seen.pr_above_mid is None:
        return say("Pr(above 0) {zero}, Pr(at least what is claimed) {claim}", **told)
    told |= {"mid": f"{seen.mid:g}", "above": f"{seen.pr_above_mid:.2f}"}
    return say(
        "Pr(above 0) {zero}, Pr(at least what is claimed) {claim}, Pr(above {mid}) {above}", **told
    )


def _probability(done: Assessment) -> Iterator[Line]:
    chance = done.probability
    if not chance.sets:
        yield Line(say("of benefit not shown: {reason}", reason=chance.reason), "probability")
        return
    texts: list[str] = []
    mid = [row.above_mid for row in chance.sets if row.above_mid is not None]
    if chance.mid is not None and mid:
        default = next(row.above_mid for row in chance.sets if row.bias_set == "robes2018")
        told = {"value": f"{default:.2f}", "low": f"{min(mid):.2f}", "high": f"{max(mid):.2f}"}
        texts.append(
            say(
                "of a benefit above {mid} SD: {value} ({low} to {high} over the bias sets)",
                mid=f"{chance.mid:.2f}",
                **told,
            )
        )
    zero = [row.above_zero for row in chance.sets]
    default = next(row.above_zero for row in chance.sets if row.bias_set == "robes2018")
    told = {"value": f"{default:.2f}", "low": f"{min(zero):.2f}", "high": f"{max(zero):.2f}"}
    texts.append(
        say("of a benefit above zero: {value} ({low} to {high} over the bias sets)", **told)
    )
    if chance.assumption_driven:
        texts.append("assumption-driven: the choice of bias set decides")
    yield from _titled("probability", texts)


def _lost(result: Reliability) -> Iterator[Line]:
    """Each part of the score with the points it cost, why, and what its size rests on."""
    yield Line()
    yield Line("", "why each point was lost", 0)
    for part in result.lost:
        reason = say("({status}): {why}", status=part.status, why=part.why)
        yield Line(reason, f"{part.points_lost:7.1f}  {part.name} ", 9)
        if part.source:
            yield Line(say("basis: {source}", source=part.source), "", 9)
