"""One study described by flags, for somebody who holds a press release and no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from evidence.errors import RecordError
from evidence.records.base import UNKNOWN, Place
from evidence.records.families import FAMILIES, family_of
from evidence.records.outcome import (
    ArmResult,
    Blinding,
    Contrast,
    Design,
    Outcome,
    PValue,
    Reporting,
)
from evidence.records.reported import Number, Reported
from evidence.records.study import Study
from evidence.records.vocabulary import (
    Better,
    Comparator,
    ConcealmentMethod,
    DesignKind,
    OutcomeKind,
    POperator,
    Registration,
    SequenceMethod,
    YesNo,
)

DesignFlag = Literal[
    "single-arm",
    "parallel",
    "split-face",
    "crossover",
    "cluster",
    "nonrandomised",
    "survey",
    "in-vitro",
    "ex-vivo",
    "testimonial",
]
RandomisedFlag = Literal[
    "yes",
    "no",
    "computer",
    "table",
    "coin_dice_lots",
    "minimisation",
    "alternation",
    "date",
    "record_no",
    "choice",
    "availability",
]
BlindedFlag = Literal["double", "participants", "assessor", "none"]
ComparatorFlag = Literal["vehicle", "placebo", "active", "competitor", "untreated", "none"]

DESIGNS: dict[DesignFlag, DesignKind] = {
    "single-arm": "single_arm_prepost",
    "parallel": "parallel",
    "split-face": "within_person",
    "crossover": "crossover",
    "cluster": "cluster",
    "nonrandomised": "nonrandomised_controlled",
    "survey": "survey",
    "in-vitro": "in_vitro",
    "ex-vivo": "ex_vivo",
    "testimonial": "testimonial",
}
BLINDED: dict[BlindedFlag, Blinding] = {
    "double": Blinding(participant="yes", assessor="yes"),
    "participants": Blinding(participant="yes", assessor="no"),
    "assessor": Blinding(participant="no", assessor="yes"),
    "none": Blinding(participant="no", assessor="no"),
}
_TWO_ARMS = ("parallel", "within_person", "crossover", "cluster", "nonrandomised_controlled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The flags of `evidence score`, as typed; None where a flag was left out."""

    design: DesignFlag | None = None
    n: Sequence[str] = ()
    weeks: str | None = None
    outcome: str | None = None
    kind: OutcomeKind | None = None
    change: Sequence[str] = ()
    better: Better | None = None
    r: str | None = None
    randomised: RandomisedFlag | None = None
    concealed: ConcealmentMethod | None = None
    blinded: BlindedFlag | None = None
    attrition: Sequence[str] = ()
    registered: Registration | None = None
    primary: YesNo | None = None
    outcomes_measured: str | None = None
    comparator: ComparatorFlag | None = None
    mean: Sequence[str] = ()
    sd: Sequence[str] = ()
    se: Sequence[str] = ()
    ci: Sequence[str] = ()
    p: str | None = None
    unit: str = ""


def study_from_flags(flags: Flags) -> Study:
    """The record that the flags describe; whatever they leave out is UNKNOWN.

    Raises
    ------
    RecordError
        A flag's value cannot be: names the flag, what was found and what would fix it.

    Examples
    --------
    >>> study = study_from_flags(Flags(design="single-arm", n=["50"], change=["-20%"]))
    >>> study.outcomes[0].treated.pct_change.text, study.outcomes[0].design.randomised
    ('-20', UNKNOWN)
    """
    family = family_of(flags.outcome or "")
    n = [_number("--n", text, whole=True, low=1) for text in flags.n]
    if len(n) > 2:
        raise _error("--n", " ".join(flags.n), "give one number, or one per arm: --n 40 41")
    attrition = [_share("--attrition", text) for text in flags.attrition]
    design = _design(flags, two=len(n) == 2)
    two = len(n) == 2 or (design.kind is not UNKNOWN and design.kind in _TWO_ARMS)
    if len(n) == 2 and design.kind in ("single_arm_prepost", "survey"):
        raise _error("--n", " ".join(flags.n), "one arm has one number of people")
    treated, control = _arms(flags, n, attrition, two=two)
    contrast, treated, control = _results(flags, treated, control, two=two)
    outcome = Outcome(
        id="flags",
        name=flags.outcome or "",
        family=family.id,
        kind=flags.kind or UNKNOWN,
        better=flags.better or family.better,
        unit=flags.unit,
        week=UNKNOWN if flags.weeks is None else _number("--weeks", flags.weeks, low=0),
        design=design,
        treated=treated,
        control=control,
        n_total=n[0] if len(n) == 1 and two else UNKNOWN,
        contrast=contrast,
        reporting=Reporting(
            registered=flags.registered or UNKNOWN,
            named_primary=flags.primary or UNKNOWN,
            measured=UNKNOWN
            if flags.outcomes_measured is None
            else _number("--outcomes-measured", flags.outcomes_measured, whole=True, low=1),
        ),
    )
    return Study(id="flags", citation="described on the command line", outcomes=(outcome,))


def _design(flags: Flags, *, two: bool) -> Design:
    kind = DESIGNS[flags.design] if flags.design else UNKNOWN
    if kind is UNKNOWN and (two or flags.comparator not in (None, "none")):
        kind = "parallel"
    elif kind is UNKNOWN and not flags.design and flags.comparator is None:
        kind = UNKNOWN
    if flags.randomised in (None, "no", "yes"):
        randomised = flags.randomised or UNKNOWN
        sequence: SequenceMethod | object = "stated_only" if randomised == "yes" else UNKNOWN
    else:
        randomised, sequence = "yes", flags.randomised
    comparator: Comparator | None = flags.comparator
    return Design(
        kind=kind,
        comparator=comparator or UNKNOWN,
        randomised=cast("YesNo", randomised),
        sequence=cast("SequenceMethod", sequence),
        concealment=flags.concealed or UNKNOWN,
        blinding=BLINDED[flags.blinded] if flags.blinded else Blinding(),
    )


def _arms(
    flags: Flags, n: list[Reported], attrition: list[Reported], *, two: bool
) -> tuple[ArmResult, ArmResult | None]:
    if len(flags.attrition) > 2 or (len(flags.attrition) == 2 and not two):
        raise _error("--attrition", " ".join(flags.attrition), "give one share, or one per arm")
    shared = len(n) == 1 and two
    treated = ArmResult(
        label="product",
        n=UNKNOWN if not n or shared else n[0],
        attrition=attrition[0] if attrition else UNKNOWN,
    )
    if not two:
        return treated, None
    control = ArmResult(
        label="comparator",
        n=n[1] if len(n) == 2 else UNKNOWN,
        attrition=attrition[-1] if attrition else UNKNOWN,
    )
    return treated, control


def _results(
    flags: Flags, treated: ArmResult, control: ArmResult | None, *, two: bool
) -> tuple[Contrast, ArmResult, ArmResult | None]:
    """Put the printed numbers where they belong: arms when there are two, else the change."""
    r = UNKNOWN if flags.r is None else _number("--r", flags.r, low=-1, high=1)
    p = UNKNOWN if flags.p is None else parse_p("--p", flags.p)
    low, high = _limits(flags)
    changes = [_number("--change", text) for text in flags.change]
    if len(changes) > 2 or (len(changes) == 2 and not two):
        raise _error("--change", " ".join(flags.change), "give one change, or one per arm")
    means = _per_arm("--mean", flags.mean, two=two)
    sds = _per_arm("--sd", flags.sd, two=two, low=0)
    ses = _per_arm("--se", flags.se, two=two, low=0)
    for index in range(2 if two else 1):
        arm = treated if index == 0 else control
        assert arm is not None  # two arms were built above
        update: dict[str, Number] = {}
        if index < len(means):
            update["mean"] = means[index]
        if index < len(sds):
            update["sd" if means or two else "change_sd"] = sds[index]
        if index < len(ses) and (means or len(ses) == 2):
            update["se"] = ses[index]
        if len(changes) == (2 if two else 1):
            change = changes[index]
            update["pct_change" if change.unit == "%" else "change_mean"] = change
            if "sd" in update and not means:
                update["change_sd"] = update.pop("sd")
        if not two and not means:
            update |= {"change_ci_low": low, "change_ci_high": high}
            if ses:
                update["change_se"] = ses[0]
        if index == 0:
            treated = treated.model_copy(update=update)
        else:
            control = arm.model_copy(update=update)
    single = two and len(changes) == 1
    if p is not UNKNOWN:
        # one arm has nothing but its change to test; with two changes it may be either's
        tested = UNKNOWN if len(changes) == 2 else "between_arm" if two else "within_arm"
        p = p.model_copy(update={"kind": tested})
    contrast = Contrast(
        measure=("pct_change" if changes[0].unit == "%" else "change_difference") if single else "",
        estimate=changes[0] if single else UNKNOWN,
        se=ses[0] if two and len(ses) == 1 else UNKNOWN,
        ci_low=low if two else UNKNOWN,
        ci_high=high if two else UNKNOWN,
        p=p,
        r=r,
    )
    return contrast, treated, control


def _per_arm(
    flag: str, texts: Sequence[str], *, two: bool, low: float | None = None
) -> list[Reported]:
    if len(texts) > (2 if two else 1):
        raise _error(
            flag, " ".join(texts), "give one number, or one per arm of a controlled design"
        )
    return [_number(flag, text, low=low, positive=low == 0) for text in texts]


def _limits(flags: Flags) -> tuple[Number, Number]:
    if not flags.ci:
        return UNKNOWN, UNKNOWN
    if len(flags.ci) != 2:
        raise _error("--ci", " ".join(flags.ci), "give both limits: --ci LOW HIGH")
    low, high = (_number("--ci", text) for text in flags.ci)
    if low.value > high.value:
        raise _error("--ci", " ".join(flags.ci), "the lower limit comes first")
    return low, high


_OPERATORS: dict[str, POperator] = {"<=": "<=", "≤": "<=", "<": "<", ">=": ">=", ">": ">", "=": "="}


def parse_p(flag: str, text: str) -> PValue:
    """A p value as printed: 0.03, =0.03, <0.05, >0.05 or ns.

    >>> [parse_p("--p", text).operator for text in ("<0.05", "p = 0.03", "ns")]
    ['<', '=', 'ns']
    >>> parse_p("--p", "<0.05").value.text
    '0.05'
    """
    stripped = text.strip().lower().removeprefix("p").strip()
    if stripped in ("ns", "n.s.", "not significant"):
        return PValue(operator="ns")
    operator: POperator = "="
    for sign, meaning in _OPERATORS.items():
        if stripped.startswith(sign):
            operator, stripped = meaning, stripped[len(sign) :]
            break
    return PValue(operator=operator, value=_number(flag, stripped, low=0, high=1))


def _share(flag: str, text: str) -> Reported:
    number = _number(flag, text, low=0)
    if number.value > (100 if number.unit == "%" else 1):
        raise _error(flag, text, "a share is at most 100 %; write 5% or 0.05")
    return number


def _number(
    flag: str,
    text: str,
    *,
    whole: bool = False,
    low: float | None = None,
    high: float | None = None,
    positive: bool = False,
) -> Reported:
    place = Place(file="flags", field=flag)
    try:
        number = Reported.parse(text, place=place)
    except ValueError as error:
        letters = text.translate(str.maketrans("OoIl", "0011"))
        hint = f"did you mean {letters}?" if letters != text and _numeric(letters) else "a number"
        raise _error(flag, text, hint) from error
    if whole and number.value != int(number.value):
        raise _error(flag, text, "people and results come in whole numbers")
    if low is not None and number.value < low:
        raise _error(flag, text, f"at least {low:g}")
    if positive and number.value <= 0:
        raise _error(flag, text, "above 0")
    if high is not None and number.value > high:
        raise _error(flag, text, f"at most {high:g}")
    return number


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _error(flag: str, found: str, fix: str) -> RecordError:
    return RecordError(f"{flag} {found!r} cannot be used; expected: {fix}", source="", field="")


def better_was_assumed(flags: Flags) -> bool:
    """Whether the direction of benefit came from the outcome's family.

    >>> better_was_assumed(Flags(outcome="wrinkle depth"))
    True
    >>> better_was_assumed(Flags(outcome="wrinkle depth", better="lower"))
    False
    """
    return (
        flags.better is None and FAMILIES[family_of(flags.outcome or "").id].better is not UNKNOWN
    )
