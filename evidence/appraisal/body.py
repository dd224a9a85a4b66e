"""A body of evidence: the results of several studies about one outcome and one comparison.

What the bias adjustment, the score of a body and GRADE need, and nothing else. Effects are on
the scale they are pooled on (log for ratios) and signed so that positive is a benefit.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from evidence.appraisal.bias_sets import BIAS_SETS, Flag
from evidence.appraisal.facts import Facts
from evidence.errors import OptionError, SynthesisError

DesignClass = Literal[
    "randomised", "nonrandomised", "single_arm", "survey", "in_vitro", "ex_vivo", "testimonial"
]
Judgement = Literal[
    "Low",
    "Some concerns",
    "High",
    "Low except for uncontrolled confounding",
    "Moderate",
    "Serious",
    "Critical",
]
"""Overall risk of bias of one result: the first three of RoB 2; Low and the others of ROBINS-I."""
MismatchKind = Literal[
    "formula_or_dose", "population", "duration", "surrogate", "baseline_comparator", "other"
]
Flaws = Facts | tuple[Flag, ...]

LOG_ODDS_PER_SMD = 1.81
"""Chinn 2000, doi 10.1002/1097-0258(20001130)19:22<3127::AID-SIM784>3.0.CO;2-M."""


class Mismatch(NamedTuple):
    """One way in which the evidence is not about the question asked; `reason` says how."""

    kind: MismatchKind
    reason: str
    serious: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyStudy:
    """One study's result in a body. None everywhere means not stated or not judged.

    `n` counts people. `flaws` is the flattened record or the names of the flagged domains; an
    empty tuple says that they were judged and none was flagged. `unusable` gives the reason why
    the number is no estimate of an effect: a maximum, an integrity check at stop.
    """

    study: str
    yi: float | None = None
    vi: float | None = None
    n: float | None = None
    flaws: Flaws | None = None
    rob: Judgement | None = None
    high_domains: int = 0  # domains judged High
    sponsor_funded: bool | None = None
    unusable: str = ""

    def why_not_pooled(self) -> str:
        """Why this result has no place in a pooled estimate; empty where it has one.

        >>> BodyStudy(study="a", yi=0.5).why_not_pooled()
        'no variance is printed and none can be derived'
        """
        if self.unusable:
            return self.unusable
        if self.yi is None:
            return "no effect can be computed"
        if self.vi is None:
            return "no variance is printed and none can be derived"
        return "the number of people is not stated" if self.n is None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Results about one outcome and one comparison, of one class of design.

    `mid` is the smallest effect that matters and `claim` the effect claimed, both on the scale
    of the effects, positive. `rho` is the correlation between two sides of one person where the
    studies compare sides. `selection_estimate` is the pooled estimate of a selection model.

    Raises
    ------
    OptionError
        A design, measure, judgement, flag or mismatch that is not known.
    SynthesisError
        A study twice, records of another class of design, or numbers that cannot be used.
    """

    outcome: str
    comparison: str = ""
    design: DesignClass
    studies: tuple[BodyStudy, ...]
    measure: str = "SMD"
    cv: float | None = None  # spread of the outcome between people, for measure ROM
    mid: float | None = None
    claim: float | None = None
    rho: float | None = None
    ois_smd: float | None = None  # effect in SDs the information size is for; else the MID
    mismatches: tuple[Mismatch, ...] = ()
    registry_searched: bool | None = None
    selection_estimate: float | None = None
    dose_response: str = ""  # reason, where there is one
    opposing_confounding: str = ""  # reason, where confounding would have hidden the effect

    def __post_init__(self) -> None:
        if self.design not in get_args(DesignClass):
            raise OptionError("design", self.design, get_args(DesignClass))
        if not self.studies:
            raise SynthesisError(f"{self.outcome}: a body of evidence needs at least one study.")
        names = Counter(one.study for one in self.studies)
        if twice := [name for name, count in names.items() if count > 1]:
            raise SynthesisError(
                f"{', '.join(twice)}: more than once in the body of {self.outcome}; the same "
                "people count once. Choose one result of each study, or pool its results first."
            )
        for name in ("mid", "claim", "ois_smd", "cv"):
            _check_positive(name, getattr(self, name))
        if self.rho is not None and not -1 <= self.rho < 1:
            raise OptionError("rho", self.rho, ("from -1 to below 1",))
        for mismatch in self.mismatches:
            if mismatch.kind not in get_args(MismatchKind):
                raise OptionError("mismatch", mismatch.kind, get_args(MismatchKind))
            if not mismatch.reason.strip():
                raise SynthesisError(f"the mismatch {mismatch.kind} needs a reason.")
        for one in self.studies:
            self._check_study(one)

    def _check_study(self, one: BodyStudy) -> None:
        if one.rob is not None and one.rob not in get_args(Judgement):
            raise OptionError("rob", one.rob, get_args(Judgement))
        if one.yi is not None and not math.isfinite(one.yi):
            raise SynthesisError(f"{one.study}: the effect yi is {one.yi}; it must be finite.")
        if one.vi is not None and not (math.isfinite(one.vi) and one.vi > 0):
            raise SynthesisError(
                f"{one.study}: the variance vi is {one.vi}; it must be above zero, or None where "
                "none is known."
            )
        if one.n is not None and not one.n > 0:
            raise SynthesisError(f"{one.study}: n is {one.n}; it must be above zero.")
        if isinstance(one.flaws, Facts):
            found = design_of(one.flaws)
            if found != self.design:
                raise SynthesisError(
                    f"{one.study} is {found}, the body is {self.design}: randomised, other "
                    "controlled and uncontrolled results are never one body. Judge them apart."
                )
        elif one.flaws is not None:
            known = BIAS_SETS["robes2018"]
            for flag in one.flaws:
                if flag not in known:
                    raise OptionError("flag", flag, known)
            kinds = [flag for flag in one.flaws if flag.startswith("blinding")]
            if len(set(kinds)) > 1:
                raise SynthesisError(f"{one.study}: one blinding flag at a time, not {kinds}.")

    @property
    def pooled_studies(self) -> tuple[BodyStudy, ...]:
        """Those with an effect, its variance and a number of people."""
        return tuple(one for one in self.studies if not one.why_not_pooled())

    @property
    def left_out(self) -> tuple[tuple[str, str], ...]:
        """Studies that cannot be pooled, each with the reason."""
        return tuple((one.study, why) for one in self.studies if (why := one.why_not_pooled()))

    @property
    def people(self) -> float:
        """People in the studies that are pooled."""
        return math.fsum(one.n or 0.0 for one in self.pooled_studies)


def _check_positive(name: str, value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and value > 0):
        raise OptionError(name, value, ("a number above zero",))


def design_of(facts: Facts) -> DesignClass:
    """The class of design a flattened record belongs to; not said to be randomised is not.

    >>> from evidence.records.families import FAMILIES
    >>> design_of(Facts(structure="two_arms", control="full", family=FAMILIES["unlisted"]))
    'nonrandomised'
    """
    if facts.control not in ("full", "untreated"):
        return "single_arm"
    return "randomised" if facts.randomised == "yes" else "nonrandomised"


def bias_scale(measure: str, cv: float | None = None) -> float:
    """What one SD is worth on the scale of a measure, for biases published as SMDs.

    Parameters
    ----------
    measure
        "SMD"; "OR", log odds ratios; or "ROM", log ratios of means.
    cv
        Coefficient of variation of the outcome between people, for "ROM".

    Raises
    ------
    OptionError
        Another measure, or "ROM" without a cv.

    References
    ----------
    Chinn (2000), Stat Med 19:3127–3131; the CV for ratios of means is a project choice.

    Examples
    --------
    >>> bias_scale("SMD"), bias_scale("OR"), bias_scale("ROM", 0.35)
    (1.0, 1.81, 0.35)
    """
    if measure == "SMD":
        return 1.0
    if measure == "OR":
        return LOG_ODDS_PER_SMD
    if measure != "ROM":
        raise OptionError("measure", measure, ("SMD", "OR", "ROM"))
    if cv is None:
        raise OptionError("cv", cv, ("the outcome's coefficient of variation, for measure ROM",))
    return cv
