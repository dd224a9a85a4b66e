"""The cheapest single study that could change the verdict on a claim, with its numbers' basis."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evidence.appraisal.assess import Assessment
from evidence.formatting import html_table
from evidence.messages import capital, say, sentences
from evidence.records.claim import Claim
from evidence.records.families import FAMILIES, Family, family_of
from evidence.records.priors import prior_of
from evidence.records.reported import value_of
from evidence.verdict.claim_numbers import claimed_percent
from evidence.verdict.claim_types import ClaimTypes, claim_types
from evidence.verdict.claim_words import SHARE
from evidence.verdict.sample_size import (
    SETTINGS,
    PowerSettings,
    people_factorial,
    people_parallel,
    people_share,
    people_two_sides,
    people_without_reaction,
)

StudyDesign = Literal[
    "parallel", "split-face", "head-to-head", "factorial", "use test", "safety use test",
    "cohort", "analysis of the formula", "none",
]  # fmt: skip


SIDES = ("tewl", "hydration", "elasticity", "wrinkle_grade", "wrinkle_depth", "wrinkles",
         "pigmentation", "puffiness")  # fmt: skip
"""Families that can be read on each side of a face; contour and opinions belong to the whole."""

INSTRUMENTS: dict[str, tuple[str, str]] = {
    "tewl": ("transepidermal water loss", "an evaporimeter in a controlled room"),
    "hydration": ("hydration", "a corneometer in a controlled room"),
    "contour": ("facial contour", "three-dimensional imaging, graded blind"),
    "collagen": ("the process itself", "biopsy or imaging read blind"),
    "elasticity": ("elasticity", "a cutometer, its parameter named beforehand"),
    "wrinkle_grade": ("wrinkle grade", "photographs graded blind on a validated scale"),
    "wrinkle_depth": ("wrinkle depth", "in-vivo profilometry"),
    "wrinkles": ("wrinkle depth", "in-vivo profilometry"),
    "pigmentation": ("pigmentation", "colorimetry or photographs graded blind"),
    "radiance": ("radiance", "photographs graded blind"),
    "puffiness": ("puffiness", "three-dimensional imaging, graded blind"),
    "satisfaction": ("what people perceive", "a balanced questionnaire"),
    "unlisted": ("the outcome claimed", "a validated instrument, or photographs graded blind"),
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheapestStudy:
    """One study: design, people, time, measure, blinding, and what its numbers rest on.

    `n` people finish, `enrol` are enrolled; `n_if_usual` would finish where the effect is only
    as large as is usual (`PowerSettings.floor`). All are None where no study is needed.
    """

    design: StudyDesign
    comparator: str
    n: int | None
    enrol: int | None
    groups: int | None
    n_if_usual: int | None
    weeks: float | None
    outcome: str
    instrument: str
    blinding: str
    smd: float | None
    smd_from: str
    basis: tuple[str, ...]
    sentence: str

    def __repr__(self) -> str:
        return f"<CheapestStudy: {self.design}, {self.n} people>"

    def _repr_html_(self) -> str:
        basis = ((("rests on", "")[i > 0], text) for i, text in enumerate(self.basis))
        rows = [("study", self.sentence), *basis]
        return html_table(("", ""), rows)

    def as_dict(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {name: getattr(self, name) for name in self.__slots__} | {"basis": list(self.basis)}


def cheapest_study(
    claim: Claim,
    types: ClaimTypes | None = None,
    assessment: Assessment | None = None,
    *,
    mid_smd: float | None = None,
    settings: PowerSettings = SETTINGS,
) -> CheapestStudy:
    """The cheapest single study that could change the verdict on a claim.

    Parameters
    ----------
    claim, types, assessment
        The claim, its types, and the study behind it, whose outcome and time are taken over.
    mid_smd
        Smallest effect that matters, in SDs; taken from the assessment where it holds one. Without
        it the claimed change over the coefficient of variation of the outcome between people, not
        below `settings.floor`; without that the floor itself.
    settings
        Power, alpha and the project's assumptions.

    Examples
    --------
    >>> claim = Claim(id="1", text="lowers wrinkle depth by 20 % in 12 weeks")
    >>> study = cheapest_study(claim)
    >>> study.design, study.n, round(study.smd, 2), study.n_if_usual
    ('split-face', 25, 0.57, 126)
    """
    seen = types or claim_types(claim)
    family = _family(claim, assessment)
    plan = _PLANS.get(seen.primary, _controlled)
    if claim.type == "lifestyle":
        plan = _cohort
    return plan(_Ask(claim, seen, assessment, family, mid_smd, settings))


class _Ask(NamedTuple):
    claim: Claim
    types: ClaimTypes
    done: Assessment | None
    family: Family
    mid_smd: float | None
    settings: PowerSettings

    @property
    def weeks(self) -> tuple[float, str]:
        """How long, and where that comes from."""
        for number, basis in (
            (value_of(self.claim.week), "the duration claimed"),
            (None if self.done is None else value_of(self.done.outcome.week),
             "the time of the study at hand"),
        ):  # fmt: skip
            if number is not None:
                return number, basis
        return self.settings.weeks, "no duration is claimed: a project setting"

    @property
    def smd(self) -> tuple[float, str]:
        """The difference to plan for in SDs, and where it comes from."""
        seen = None if self.done is None else self.done.expected
        mid = self.mid_smd
        if mid is None and seen is not None and seen.mid is not None:
            mid = seen.mid / seen.scale
        if mid is not None:
            return mid, "the smallest effect that matters"
        claimed, prior = claimed_percent(self.claim), prior_of(self.family.id)
        usual = self.settings.floor
        if claimed and prior.cv_median:
            size = claimed / (100 * prior.cv_median)
            basis = say(
                "{claimed} % claimed over a CV of {cv} (prior {prior})",
                claimed=f"{claimed:g}",
                cv=f"{prior.cv_median:g}",
                prior=prior.id,
            )
            if size >= usual:
                return size, basis
            return usual, say(
                "{basis} would be {size} SD; not planned below {usual}",
                basis=basis,
                size=f"{size:.2f}",
                usual=f"{usual:g}",
            )
        return usual, say(
            "true effects of cosmetics are usually about {usual} SD (scale A of score)",
            usual=f"{usual:g}",
        )


def _family(claim: Claim, done: Assessment | None) -> Family:
    found = family_of(claim.outcome, claim.text)
    if found.id == "unlisted" and done is not None:
        return FAMILIES.get(done.outcome.family, found)
    return found


def _controlled(ask: _Ask) -> CheapestStudy:
    """Against the vehicle: on two sides of a face where the outcome allows it."""
    sides = ask.family.id in SIDES and "physiological" not in ask.types
    people = people_two_sides if sides else people_parallel
    usage = "the same product used in the usual way"
    against = usage if ask.claim.type == "usage" else "its vehicle"
    return _trial(ask, "split-face" if sides else "parallel", against, people, 1 if sides else 2)


def _head_to_head(ask: _Ask) -> CheapestStudy:
    sides = ask.family.id in SIDES
    people = people_two_sides if sides else people_parallel
    against = "the product it is compared with, as sold now"
    return _trial(ask, "head-to-head", against, people, 1 if sides else 2)


def _factorial(ask: _Ask) -> CheapestStudy:
    return _trial(ask, "factorial", "each part alone and the vehicle", people_factorial, 4)


def _trial(
    ask: _Ask,
    design: StudyDesign,
    against: str,
    people: Callable[[float, PowerSettings], int],
    groups: int,
) -> CheapestStudy:
    s = ask.settings
    (smd, smd_from), (weeks, weeks_from) = ask.smd, ask.weeks
    needed, usual = people(smd, s), people(s.floor, s)
    n = max(needed, s.fewest)
    enrol = _enrol(n, s)
    outcome, instrument = INSTRUMENTS[ask.family.id]
    if ask.claim.outcome and not any(mark in ask.claim.outcome for mark in ",;"):
        outcome = ask.claim.outcome.replace("_", " ")
    shape = {
        "split-face": "both sides of each face, sides drawn by lot",
        "head-to-head": "both sides of each face, sides drawn by lot" if groups == 1
        else "two groups drawn by lot",
        "factorial": "four groups drawn by lot",
    }.get(design, "two groups drawn by lot")  # fmt: skip
    size = f"{smd:.2f}"
    basis = [
        _power(s),
        say("a difference of {smd} SD: {why}", smd=size, why=smd_from),
        _lost(s),
        _for_weeks(weeks, weeks_from),
    ]
    if groups == 1:
        rho = f"{s.rho:g}"
        basis.insert(2, say("correlation of the two sides {rho}: assumed", rho=rho))
    if n > needed:
        basis.append(
            say(
                "{needed} by the formula; not fewer than {n}, where it no longer holds",
                needed=needed,
                n=n,
            )
        )
    also = "" if smd <= s.floor + 1e-9 else say(
        "If the true effect is only as large as is usual ({floor} SD), {n} must finish.",
        floor=f"{s.floor:g}", n=usual,
    )  # fmt: skip
    blinding = "the people, whoever applies it and whoever measures"
    plan = say(
        "{design} study against {comparator}: {shape}, {enrol} people enrolled so that {n} "
        "finish, {weeks} weeks, {outcome} by {instrument}, registered beforehand; blind: "
        "{blinding}.",
        design=capital(design), comparator=against, shape=shape, enrol=enrol, n=n,
        weeks=f"{weeks:g}", outcome=outcome, instrument=instrument, blinding=blinding,
    )  # fmt: skip
    return CheapestStudy(
        design=design, comparator=against, n=n, enrol=enrol, groups=groups, n_if_usual=usual,
        weeks=weeks, outcome=outcome, instrument=instrument, blinding=blinding, smd=smd,
        smd_from=smd_from, basis=tuple(basis),
        sentence=sentences(plan, _would_show(size, s), also),
    )  # fmt: skip


def _would_show(smd: str, s: PowerSettings) -> str:
    if abs(s.power - 0.8) < 1e-9:
        return say("It would show a difference of {smd} SD four times in five.", smd=smd)
    return say(
        "It would show a difference of {smd} SD in {n} of 100 such studies.",
        smd=smd,
        n=f"{100 * s.power:g}",
    )


def _power(s: PowerSettings) -> str:
    return say("power {power}, two-sided alpha {alpha}", power=f"{s.power:g}", alpha=f"{s.alpha:g}")


def _lost(s: PowerSettings) -> str:
    return say("{share} % expected not to finish", share=f"{100 * s.lost:.0f}")


def _for_weeks(weeks: float, why: str) -> str:
    return say("{n} weeks: {why}", n=f"{weeks:g}", why=why)


def _enrol(n: int, s: PowerSettings) -> int:
    return math.ceil(n / (1 - s.lost) - 1e-9)


def _use_test(ask: _Ask) -> CheapestStudy:
    """What people perceive: asked after use, without knowing the product."""
    s, weeks = ask.settings, ask.weeks
    claimed = None
    if hit := SHARE.search(ask.claim.text):
        claimed = float(hit.group(0).split("%")[0].split("p")[0]) / 100
    usable = claimed is not None and 0.5 < claimed < 1
    share = claimed if usable and claimed is not None else s.share
    n = people_share(share, s)
    where = (
        "the share claimed" if usable else "no share above one half is claimed: a project setting"
    )
    basis = (
        _power(s),
        say("{share} % agree, against one half: {why}", share=f"{100 * share:.0f}", why=where),
        _lost(s),
        _for_weeks(*weeks),
    )
    return _other(
        "use test", basis, n=n, enrol=_enrol(n, s), weeks=weeks[0], against="one half",
        outcome="what people perceive", instrument="a balanced questionnaire, key question first",
        blinding="the people, who do not see the brand",
        sentence=say(
            "Use test without the brand: {enrol} people enrolled so that {n} answer, {weeks} "
            "weeks, the key question first and its answers balanced; worded as their opinion, "
            "with n and the interval.",
            enrol=_enrol(n, s), n=n, weeks=f"{weeks[0]:g}",
        ),
    )  # fmt: skip


def _safety(ask: _Ask) -> CheapestStudy:
    s, weeks = ask.settings, ask.weeks
    n = people_without_reaction(s.reaction, s)
    rate = f"{100 * s.reaction:g} %"
    alpha = f"{s.alpha:g}"
    basis = (
        say(
            "none of {n} reacting excludes a rate of {rate} (one-sided {alpha})",
            n=n,
            rate=rate,
            alpha=alpha,
        ),
        _lost(s),
        _for_weeks(*weeks),
    )
    return _other(
        "safety use test", basis, n=n, enrol=_enrol(n, s), weeks=weeks[0], against="none",
        outcome="reactions", instrument="examination by a dermatologist, and a diary",
        blinding="none needed where no reaction is seen",
        sentence=say(
            "Use test with examinations: {enrol} people enrolled so that {n} finish, {weeks} "
            "weeks, every reaction counted; without one, a rate of {rate} is excluded.",
            enrol=_enrol(n, s), n=n, weeks=f"{weeks[0]:g}", rate=rate,
        ),
    )  # fmt: skip


def _cohort(ask: _Ask) -> CheapestStudy:
    s = ask.settings
    n = people_parallel(s.floor, s)
    basis = (
        _power(s),
        say("a difference of {smd} SD: a project setting", smd=f"{s.floor:g}"),
        "two groups of equal size; adjusting for confounders asks for more people",
    )
    return _other(
        "cohort", basis, n=n, enrol=_enrol(n, s), weeks=None, against="people without the habit",
        outcome=INSTRUMENTS[ask.family.id][0], instrument=INSTRUMENTS[ask.family.id][1],
        blinding="whoever measures",
        sentence=say(
            "Cohort of people with and without the habit: {n} followed to the end, alike in age, "
            "sun and care or compared with these taken into account; whoever measures is blind. It "
            "shows an association.",
            n=n,
        ),
    )  # fmt: skip


def _formula(_: _Ask) -> CheapestStudy:
    return _other(
        "analysis of the formula", ("no people are needed",), outcome="what the formula contains",
        instrument="chemical analysis",
        sentence="No study of people: an analysis of the formula by a laboratory.",
    )  # fmt: skip


def _nothing(ask: _Ask) -> CheapestStudy:
    if ask.types.primary == "background":
        return _other(
            "none",
            ("the claim says how skin works, not what a product does",),
            sentence="No trial of a product would change it: it says how skin works; a source "
            "would do.",
        )
    return _other(
        "none",
        ("the claim says how to choose or use, not what a product does",),
        sentence="No trial of a product would change it: it says how to choose or use; a source "
        "would do.",
    )


def _other(
    design: StudyDesign,
    basis: tuple[str, ...],
    *,
    sentence: str,
    n: int | None = None,
    enrol: int | None = None,
    weeks: float | None = None,
    against: str = "none",
    outcome: str = "",
    instrument: str = "",
    blinding: str = "",
) -> CheapestStudy:
    """A study whose size rests on no standardised difference between arms."""
    return CheapestStudy(
        design=design, comparator=against, n=n, enrol=enrol, groups=None if n is None else 1,
        n_if_usual=None, weeks=weeks, outcome=outcome, instrument=instrument, blinding=blinding,
        smd=None, smd_from="", basis=basis, sentence=sentence,
    )  # fmt: skip


_PLANS: dict[str, Callable[[_Ask], CheapestStudy]] = {
    "comparative": _head_to_head,
    "synergy": _factorial,
    "sensory": _use_test,
    "safety": _safety,
    "absence": _formula,
    "background": _nothing,
    "advice": _nothing,
}
"""Primary type to plan; everything else is a controlled study against the vehicle."""
