"""The number in a claim against the number in the result, in percent, positive = benefit."""

from __future__ import annotations

from typing import NamedTuple

from evidence.appraisal.assess import Assessment
from evidence.effects.effect import Effect
from evidence.effects.labelled import percent_of_log
from evidence.formatting import interval, number
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.records.outcome import Outcome
from evidence.records.reported import value_of
from evidence.verdict.claim_facts import Answer, Case, Said, fact, of_both, of_result, reply
from evidence.verdict.claim_types import is_size
from evidence.verdict.claim_words import PERCENT, SHARE
from evidence.verdict.judge import direction_of
from evidence.verdict.wording import PATTERNS, hits, wording_known


class Size(NamedTuple):
    """A printed change in percent, positive = benefit, with limits where they are known."""

    estimate: float
    low: float | None
    high: float | None
    between: bool  # against a control; else from baseline

    def __str__(self) -> str:
        size: str = f"{number(self.estimate, 1)} %"
        if self.low is not None:
            limits = interval(self.low, self.high, 1)
            size = say("{value} % ({limits})", value=number(self.estimate, 1), limits=limits)
        if self.between:
            return say("{size} between groups", size=size)
        return say("{size} from baseline", size=size)


def claimed_percent(claim: Claim) -> float | None:
    """The size a claim states in percent, without sign; None where it states none.

    >>> claimed_percent(Claim(id="1", text="0.1 % retinol lowers wrinkles by up to 20 %"))
    20.0
    """
    unit = claim.unit.lower()
    if claim.value is not UNKNOWN and ("percent" in unit or "%" in (unit, claim.value.unit)):
        return abs(claim.value.value)
    for hit in PERCENT.finditer(claim.text):
        if is_size(claim.text, hit) and not SHARE.match(claim.text, hit.start()):
            return float(hit.group(0).split("%")[0].split("p")[0])
    return None


def size_of(done: Assessment) -> Size | None:
    """The change in percent that a result prints: between groups if it can, else from baseline.

    A maximum ("up to") is no size. None where nothing in percent, or no direction, is known.

    >>> from evidence.verdict.cases import case_of
    >>> str(size_of(case_of("it works", outcome="wrinkle depth", change=["-20%"], n=["50"]).done))
    '20.0 % from baseline'
    """
    outcome = done.outcome
    if outcome.statistic == "max" or outcome.better is UNKNOWN:
        return None
    if (found := _of_effect(done.effects.between)) is not None:
        return found
    if (found := _of_contrast(outcome)) is not None and done.facts.control in ("full", "untreated"):
        return found
    return _of_effect(done.effects.treated)


def _of_effect(effect: Effect) -> Size | None:
    percent = effect.unit in ("%", "percentage points") or effect.measure in ("ROM", "ROMC", "PCD")
    if effect.yi is None or not percent or effect.better is UNKNOWN:
        return None
    return _signed(
        [effect.yi, effect.ci_low, effect.ci_high],
        towards=1 if effect.better == "higher" else -1,
        log=effect.log,
        between=effect.kind == "between_arm",
    )


def _of_contrast(outcome: Outcome) -> Size | None:
    """A percent printed for the comparison itself."""
    contrast = outcome.contrast
    if contrast.estimate is UNKNOWN or contrast.kind == "within_group":
        return None
    if contrast.estimate.unit != "%" or contrast.estimate.qualifier == "up to":
        return None
    numbers = [value_of(x) for x in (contrast.estimate, contrast.ci_low, contrast.ci_high)]
    return _signed(numbers, towards=1 if outcome.better == "higher" else -1, log=False,
                   between=True)  # fmt: skip


def _signed(numbers: list[float | None], *, towards: int, log: bool, between: bool) -> Size | None:
    seen = [x if x is None or not log else percent_of_log(x) for x in numbers]
    value, *limits = [None if x is None else towards * x for x in seen]
    if value is None:
        return None
    whole = sorted(x for x in limits if x is not None)
    low, high = (whole[0], whole[1]) if len(whole) == 2 else (None, None)
    return Size(value, low, high, between)


@of_result
def better_than_control(done: Assessment) -> Answer:
    """Whether the product beat its control, by an interval or a test between arms.

    >>> from evidence.verdict.cases import case_of
    >>> arms = {"outcome": "hydration", "n": ["50", "50"], "comparator": "vehicle"}
    >>> better_than_control(case_of("moister", mean=["60", "50"], sd=["10", "10"], **arms)).said
    'yes'
    >>> better_than_control(case_of("moister", mean=["51", "50"], sd=["10", "10"], **arms)).said
    'no'
    """
    direction, why = direction_of(done)
    shown = (fact("effect.between", done.effects.between.shown()),)
    if direction in ("in favour", "against", "no difference shown"):
        said: Said = "yes" if direction == "in favour" else "no"
        return Answer(said, say("{direction}: {why}", direction=direction, why=why), shown)
    if direction == "uncontrolled":
        known = done.facts.control == "none"
        words = "no test against a control"
        return Answer("no", words, shown) if known else Answer("unknown", why, shown)
    return _printed_contrast(done) or Answer("unknown", why, shown)


def _printed_contrast(done: Assessment) -> Answer | None:
    """What is printed of the comparison itself: limits of a percent, or a test between arms."""
    size, p = _of_contrast(done.outcome), done.outcome.contrast.p
    shown = [] if size is None else [fact("outcome.contrast.estimate", str(size))]
    decided: bool | None = None
    if size is not None and size.low is not None and size.high is not None:
        decided = size.low > 0 or size.high < 0
    elif p is not UNKNOWN and p.kind == "between_arm" and p.value is not UNKNOWN:
        shown.append(fact("outcome.contrast.p", f"{p.operator} {p.value.text}"))
        small = p.value.value <= 0.05
        if p.operator in (("=", "<", "<=") if small else ("=", ">", ">=")):
            decided = small
    if decided is None or (decided and size is None):
        return None  # a difference without a direction
    if not decided or size is None:
        return Answer("no", "no difference shown", tuple(shown))
    good = size.estimate > 0
    direction = "in favour" if good else "against"
    words = say("{direction}: {why}", direction=direction, why=size)
    return Answer("yes" if good else "no", words, tuple(shown))


@of_both
def lower_limit_reaches_claim(case: Case, done: Assessment) -> Answer:
    """Whether the lower limit of the effect is at or above the number claimed.

    >>> from evidence.verdict.cases import case_of
    >>> trial = {"outcome": "hydration", "change": ["20%"], "ci": ["12", "28"]}
    >>> trial["comparator"] = "vehicle"
    >>> lower_limit_reaches_claim(case_of("10 % more moisture", **trial)).said
    'yes'
    >>> lower_limit_reaches_claim(case_of("20 % more moisture", **trial)).why
    'the lower limit is below the number claimed'
    """
    claimed, size = claimed_percent(case.claim), size_of(done)
    shown = (fact("claim.value", None if claimed is None else f"{claimed:g} %"),
             fact("effect", None if size is None else str(size)))  # fmt: skip
    if claimed is None or size is None:
        return Answer("unknown", "the number claimed or measured cannot be read as percent", shown)
    if not size.between:
        return Answer("no", "the number is a change from baseline, not the product's effect", shown)
    if size.low is None:
        short = size.estimate < claimed
        why = "less than claimed" if short else "no interval stands beside the number"
        return Answer("no" if short else "unknown", why, shown)
    return reply("yes" if size.low >= claimed else "no", "even the lower limit is as claimed",
                 "the lower limit is below the number claimed", "", *shown)  # fmt: skip


@of_both
def within_evidence(case: Case, done: Assessment) -> Answer:
    """Whether the number claimed is no larger than the one measured, and of its kind.

    >>> from evidence.verdict.cases import case_of
    >>> trial = {"outcome": "hydration", "change": ["20%"], "ci": ["12", "28"]}
    >>> trial["comparator"] = "vehicle"
    >>> [within_evidence(case_of(text, **trial)).said
    ...     for text in ("20 % more moisture", "30 % more moisture", "up to 20 % more moisture")]
    ['yes', 'no', 'no']
    """
    claimed, size = claimed_percent(case.claim), size_of(done)
    shown = [fact("claim.value", None if claimed is None else f"{claimed:g} %"),
             fact("effect", None if size is None else str(size))]  # fmt: skip
    value = case.claim.value
    up_to = bool(hits(case.claim.text, "up to")) or (
        value is not UNKNOWN and value.qualifier == "up to"
    )
    if up_to and done.outcome.statistic != "max":
        shown.append(fact("outcome.statistic", done.outcome.statistic))
        return Answer("no", "up to, said of a mean", tuple(shown))
    if claimed is None or size is None:
        return Answer("unknown", "no number in percent to hold the claim against", tuple(shown))
    if not size.between and wording_known(case.claim):
        told = PATTERNS["baseline said"].search(case.claim.text)
        no_control = PATTERNS["no control said"].search(case.claim.text)
        if not (told and no_control):
            why = "a change from baseline without a control, and the claim does not say so"
            return Answer("no", why, tuple(shown))
    fits = claimed <= size.estimate + 1e-9
    return reply("yes" if fits else "no", "no larger than the number measured",
                 "larger than the number measured", "", *shown)  # fmt: skip


@of_result
def matters(done: Assessment) -> Answer:
    """Whether the effect is at least the smallest that matters.

    >>> from evidence.verdict.cases import case_of
    >>> matters(case_of("moister", outcome="hydration", n=["50"], change=["10%"])).said
    'unknown'
    """
    seen, mid = done.expected, value_of(done.outcome.mid)
    if seen is not None and seen.mid is not None:
        said: Said = "yes" if seen.reported >= seen.mid else "no"
        shown = (fact("mid", f"{seen.mid:.3g} {seen.unit}"),
                 fact("effect", f"{seen.reported:.3g} {seen.unit}"))  # fmt: skip
        return reply(said, "at least the smallest effect that matters",
                     "less than the smallest effect that matters", "", *shown)  # fmt: skip
    stated = fact("outcome.mid", None if mid is None else f"{mid:g}")
    why = "whether it reaches the smallest effect that matters to people is not known"
    return Answer("unknown", why, (stated,))


def disclosed(case: Case) -> Answer:
    """Whether the claim says people and an interval or a control beside its number.

    >>> from evidence.verdict.cases import case_of
    >>> disclosed(case_of("8 % fewer wrinkles (95 % CI 2 to 14) in 60 women")).said
    'yes'
    >>> disclosed(case_of("8 % fewer wrinkles in 60 women")).said
    'no'
    """
    claim = case.claim
    if not wording_known(claim):
        return Answer("unknown", "the claim's words are not given")
    people = claim.n is not UNKNOWN or PATTERNS["people said"].search(claim.text) is not None
    spread = PATTERNS["interval"].search(claim.text) is not None
    shown = (fact("claim.n", "stated" if people else None),
             fact("claim.text", "interval stated" if spread else None))  # fmt: skip
    said: Said = "yes" if people and spread else "no"
    return reply(said, "people and interval stand beside the number",
                 "people and interval do not both stand beside the number", "", *shown)  # fmt: skip


def number_explained(case: Case) -> Answer:
    """Whether people, time and measure stand beside the number.

    >>> from evidence.verdict.cases import case_of
    >>> number_explained(case_of("8 % fewer wrinkles in 60 women")).why
    'not beside the number: week'
    """
    claim = case.claim
    if not wording_known(claim):
        return Answer("unknown", "the claim's words are not given")
    text = claim.text
    time = claim.duration or claim.week is not UNKNOWN or PATTERNS["time said"].search(text)
    parts = {
        "claim.n": claim.n is not UNKNOWN or PATTERNS["people said"].search(text) is not None,
        "claim.week": bool(time),
        "claim.outcome": bool(claim.outcome) or "measured" in case.types,
    }
    shown = tuple(fact(path, "stated" if there else None) for path, there in parts.items())
    missing = [path.removeprefix("claim.") for path, there in parts.items() if not there]
    return reply("no" if missing else "yes", "people, time and measure stand beside the number",
                 say("not beside the number: {missing}", missing=listed(missing, ", ")), "",
                 *shown)  # fmt: skip


def said_with_interval(case: Case) -> Answer:
    """Whether the claim says on average, gives its interval and names the vehicle.

    >>> from evidence.verdict.cases import case_of
    >>> said_with_interval(case_of("on average 8 % (CI 2 to 14) fewer wrinkles than vehicle")).said
    'yes'
    >>> said_with_interval(case_of("8 % fewer wrinkles")).said
    'no'
    """
    if not wording_known(case.claim):
        return Answer("unknown", "the claim's words are not given")
    names = ("on average", "interval", "control said")
    there = [bool(PATTERNS[name].search(case.claim.text)) for name in names]
    shown = tuple(fact("claim.text", name) for name, seen in zip(names, there, strict=True) if seen)
    return reply("yes" if all(there) else "no", "an average with its interval against a control",
                 "not said as an average with its interval against a control", "",
                 *shown)  # fmt: skip
