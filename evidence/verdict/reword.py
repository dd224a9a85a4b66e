"""One sentence that the evidence behind a claim supports, in place of the claim."""

from __future__ import annotations

import re

from evidence.appraisal.assess import Assessment
from evidence.effects.names import measure_title
from evidence.formatting import number
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.records.families import FAMILIES
from evidence.records.ingredients import concepts_in, title_of
from evidence.records.outcome import short
from evidence.records.reported import value_of
from evidence.verdict.claim_checks import comparator_of
from evidence.verdict.claim_facts import Case
from evidence.verdict.claim_numbers import Size, better_than_control, claimed_percent, size_of
from evidence.verdict.claim_types import ClaimTypes, claim_types
from evidence.verdict.claim_words import EXPOSURES, PERCENT
from evidence.verdict.wording import hits

_LABORATORY = {"in_vitro": "on cells, not on people", "ex_vivo": "on excised skin, not on people"}
_AGAINST = {
    "vehicle": "the vehicle",
    "placebo": "a placebo",
    "untreated": "people who used nothing",
    "untreated_site": "an untreated area",
    "active": "another product",
    "competitor": "another product",
}
_READ_BY = {
    "instrument": "measured by instrument",
    "photo_blinded_grade": "graded from photographs by somebody who was blind",
    "live_expert_grade": "graded by an expert",
    "self_report": "as the people themselves judged it",
}
_NOUN = re.compile(r"\b(?:serum|cream|gel|lotion|oil|moisturiser|formula|regimen|device)\b", re.I)
_WHO = re.compile(
    r"^(?:healthy )?(?:women|men|people|adults|volunteers|smokers)[\w\s,-]{0,40}$", re.I
)


def reword(
    claim: Claim, assessment: Assessment | None = None, types: ClaimTypes | None = None
) -> str:
    """One sentence that the evidence supports; never stronger than it.

    Parameters
    ----------
    claim, types
        The claim, and its types where they are known already.
    assessment
        The study behind the claim; None where there is none, and then no number stays.

    Returns
    -------
    str
        Number, people, duration, measure, control and interval as far as they are known, and what
        the study cannot show.

    Examples
    --------
    >>> reword(Claim(id="1", text="retinol lowers wrinkles by 20 %", ingredient="retinol"))
    'Remove the number, for which no study is at hand; what can be said is: contains retinol.'
    """
    seen = types or claim_types(claim)
    if assessment is None:
        return _without_study(claim, seen)
    kind = assessment.outcome.design.kind
    if kind == "testimonial":
        return "One person's word supports no claim about a product."
    if kind in _LABORATORY:
        return _laboratory(claim, assessment, str(kind))
    if assessment.facts.kind == "self_report" and assessment.facts.control not in (
        "full",
        "untreated",
    ):
        return _survey(assessment)
    return _study(assessment, seen)


def _without_study(claim: Claim, types: ClaimTypes) -> str:
    names = title_of(concepts_in(claim.ingredient or claim.text) - EXPOSURES)
    contains = f"contains {names}" if names else ""  # the product's own words stay English
    if claimed_percent(claim) is not None or "quantified" in types:
        if not contains:
            return "Remove the number, for which no study is at hand; nothing else is left to say."
        return say(
            "Remove the number, for which no study is at hand; what can be said is: {words}.",
            words=contains,
        )
    if types.primary in ("background", "advice"):
        return "No effect of a product is claimed; say it as general information, with its source."
    if types.primary == "sensory":
        return "In our opinion, skin feels so after use; nobody's answers were counted."
    if types.primary == "absence":
        return "Say what the formula contains; what it leaves out makes no other product worse."
    if contains:
        said = f"{contains[0].upper()}{contains[1:]}"
        return say("{words}; no study of this product is at hand.", words=said)
    return "No study is at hand: say what the product is and what it contains, without an effect."


def _who(done: Assessment) -> str:
    """People as printed: "50 women over 40"; without a number it says so."""
    who = done.study.population.strip()
    kind = who if _WHO.match(who) else "people"
    if done.facts.n is None:
        return f"an unstated number of {kind}"
    n = done.facts.n
    total = n[0] if done.facts.structure == "two_sides" else sum(n)
    return f"{total:,.0f} {kind}"


def _product(done: Assessment) -> str:
    """The product by name where the name takes an article; else the product."""
    name = short(done.study.product, 60)
    if not _NOUN.search(name) or hits(name, "superlative"):
        return "the product"
    return name if name.lower().startswith(("the ", "a ")) else f"the {name}"


def _outcome(done: Assessment) -> str:
    outcome, words = done.outcome, _name(done)
    plain = outcome.instrument and not re.search(r"[,;(+]", outcome.instrument)
    read = f"measured with {short(outcome.instrument, 40)}" if plain else ""
    said = read or _READ_BY.get(str(done.facts.kind), "")
    return f"{words}, {said}," if said else words


def _after(done: Assessment) -> str:
    week = value_of(done.outcome.week)
    if week is None:
        return "after a time that is not stated"
    if week == 0:
        return "within a day of one use"
    return f"after {week:g} {'week' if week == 1 else 'weeks'}"


def _laboratory(claim: Claim, done: Assessment, kind: str) -> str:
    what = claim.ingredient or done.study.product or "the product"
    return (
        f"In a laboratory test {_LABORATORY[kind]}, {what} was tested for {_name(done)}; "
        "this shows nothing of an effect on anyone's skin."
    )


def _name(done: Assessment) -> str:
    """The outcome as the source names it; a name that carries a result is no name."""
    outcome = done.outcome
    family = FAMILIES.get(outcome.family, FAMILIES["unlisted"])
    name = outcome.name or outcome.domain
    if not name or PERCENT.search(name):
        name = "an unnamed outcome" if family.id == "unlisted" else family.title
    return short(name.replace("_", " "), 80)


def _survey(done: Assessment) -> str:
    printed = done.outcome.treated.pct
    answer = (
        "the share that answered in its favour is not stated"
        if printed is UNKNOWN
        else f"{printed.text} % answered in its favour"
    )
    return (
        f"In a survey of {_who(done)} who used the product, asked about {_name(done)} "
        f"{_after(done)}, {answer}; this is their opinion, and nothing was measured."
    )


def _study(done: Assessment, types: ClaimTypes) -> str:
    control = done.facts.control
    design = {
        "none": " without a control group",
        "unknown": ", which does not say whether there was a control group",
    }.get(control, "")
    if control in ("full", "untreated"):
        drawn = {"yes": "randomised ", "no": "not randomised "}.get(done.facts.randomised, "")
        against = _AGAINST.get(str(comparator_of(done)), "a control")
        lead = f"In a {drawn}study of {_who(done)} against {against}"
    else:
        lead = f"In a study of {_who(done)}{design}"
        against = ""
    if done.outcome.statistic == "max" or _up_to(done):
        return f"{lead}, {_outcome(done)} changed {_most(done)}; the average is not stated."
    size = size_of(done)
    if size is None:
        return _direction(done, lead, against, types)
    return f"{lead}, {_sized(done, size, against)}; {_cannot(done, size, types)}."


def _up_to(done: Assessment) -> bool:
    numbers = (done.outcome.treated.pct_change, done.outcome.contrast.estimate)
    return any(x is not UNKNOWN and x.qualifier == "up to" for x in numbers)


def _most(done: Assessment) -> str:
    for x in (done.outcome.treated.pct_change, done.outcome.contrast.estimate):
        if x is not UNKNOWN:
            return f"by {x.text.lstrip('+-')} {x.unit} in the one person in whom it changed most"
    return "most in one person"


def _sized(done: Assessment, size: Size, against: str) -> str:
    """The outcome, its mean change and the interval; lower or higher as printed."""
    better = done.outcome.better
    up = (size.estimate > 0) == (better == "higher")
    value = number(abs(size.estimate), _digits(size))
    limits = ""
    if size.low is not None and size.high is not None:
        turn = 1 if (size.estimate > 0) else -1
        low, high = sorted((turn * size.low, turn * size.high))
        limits = f" (95 % interval {number(low, 1)} to {number(high, 1)} %)"
    points = done.effects.between.unit == "percentage points" and size.between
    unit = "percentage points" if points else "%"
    than = f" than with {against}" if size.between else " than at the start"
    stat = "in the median" if done.outcome.statistic == "median" else "on average"
    side = "higher" if up else "lower"
    return f"{_outcome(done)} was {stat} {value} {unit} {side} {_after(done)}{than}{limits}"


def _digits(size: Size) -> int:
    return 0 if abs(size.estimate - round(size.estimate)) < 1e-9 else 1


def _cannot(done: Assessment, size: Size, types: ClaimTypes) -> str:
    """What the study cannot show, strongest reservation first."""
    what = _product(done)
    if not size.between:
        return f"the study cannot show that {what} caused this"
    shown = better_than_control(Case(claim=types.claim, types=types, done=done)).said
    if shown == "no":
        return f"this does not show that {what} is better"
    if shown == "unknown":
        return "whether this is more than chance is not stated"
    if done.facts.randomised != "yes":
        return f"without random allocation this cannot show that {what} caused it"
    if "unknown" in (done.facts.participant_blind, done.facts.assessor_blind):
        return "whether the people and those who measured were blind is not stated"
    if "no" in (done.facts.participant_blind, done.facts.assessor_blind):
        return "those who judged knew which product was used"
    return "this is one study"


def _direction(done: Assessment, lead: str, against: str, types: ClaimTypes) -> str:
    """Words where no percent can be given."""
    outcome = _outcome(done)
    if not against:
        what = _product(done)
        return (
            f"{lead}, {outcome} was followed {_after(done)}, and how much it changed is not "
            f"stated in percent; the study cannot show that {what} caused a change."
        )
    shown = better_than_control(Case(claim=types.claim, types=types, done=done)).said
    words = {
        "yes": f"was better than with {against} {_after(done)}, {_amount(done)}"
        if done.effects.between.yi is not None
        else f"was better than with {against} {_after(done)}, by an amount that is not stated",
        "no": f"was not shown to be better than with {against} {_after(done)}",
        "unknown": f"was compared with {against} {_after(done)}, and whether it differed cannot be "
        "read from what is stated",
    }[shown]
    return f"{lead}, {outcome} {words}."


def _amount(done: Assessment) -> str:
    effect = done.effects.between
    shown = effect.shown().removeprefix(effect.measure).strip()
    return f"{measure_title(effect.measure)} {shown}"
