"""What the words and numbers of one row say together, before they become a record.

Each step reads the row's facts and states or withdraws some; the order is `STEPS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from evidence.ingest.instruments import kind_of
from evidence.ingest.rows import Row
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN
from evidence.records.families import Family, family_of

TWO_ARMS = frozenset(
    ("parallel", "within_person", "crossover", "cluster", "nonrandomised_controlled")
)
ONE_ARM = frozenset(("single_arm_prepost", "survey", "testimonial"))
_CONTROLS = frozenset(("vehicle", "placebo", "active", "competitor", "untreated", "untreated_site"))
_ARM_NUMBERS = (
    "n", "mean", "sd", "se", "median", "baseline_mean", "change_mean", "pct_change", "events",
    "pct",
)  # fmt: skip


class Measure(NamedTuple):
    """What a printed effect measure compares, and what its number summarises."""

    contrast: str  # between_group, within_group, or "" when the word does not say
    statistic: str  # a Statistic, or "" when no magnitude is printed
    words: str = ""  # what is said where no magnitude is printed


_RATIO = Measure("between_group", "events")
MEASURES: dict[str, Measure] = {
    "mean_change_per_arm": Measure("", "mean"),
    "mean_change_per_arm_95ci": Measure("", "mean"),
    "mean_per_arm_pre_post": Measure("", "mean"),
    "mean_pre_post": Measure("within_group", "mean"),
    "mean_per_group": Measure("between_group", "mean"),
    "pct_change_within_arm": Measure("within_group", "mean"),
    "pct_change_per_arm": Measure("", "mean"),
    "pct_change_unclear_reference": Measure("", "mean"),
    "pct_difference_vs_placebo": Measure("between_group", "mean"),
    "pct_difference_vs_comparator_ambiguous": Measure("between_group", "mean"),
    "risk_ratio": Measure("between_group", "responder_pct"),
    "relative_odds": _RATIO,
    "relative_risk_adjusted": _RATIO,
    "prevalence_ratio": _RATIO,
    "partial_r2": Measure("between_group", "mean"),
    "responders_pct_per_arm": Measure("between_group", "responder_pct"),
    "responders_pct_one_arm": Measure("within_group", "responder_pct"),
    "responders_n": Measure("", "events"),
    "p_only": Measure("", "", "a p value, no magnitude"),
    "direction_only": Measure("", "", "a direction, no magnitude"),
    "no_significant_difference": Measure("between_group", "", "no significant difference"),
    "no_significant_change": Measure("within_group", "", "no significant change"),
    "all_arms_improved": Measure("within_group", "", "all arms improved"),
    "not_seen": Measure("", "", "no result seen"),
    "rr": _RATIO, "or": _RATIO, "rd": _RATIO, "hr": Measure("between_group", "time_to_event"),
    "md": Measure("between_group", "mean"), "smd": Measure("between_group", "mean"),
    "rom": Measure("between_group", "mean"),
}  # fmt: skip
"""The words of the column `effect_measure`, as the data set's dictionary defines them, and MD …"""

RATIOS = frozenset(
    ("risk_ratio", "relative_odds", "relative_risk_adjusted", "prevalence_ratio", "rr", "or", "hr",
     "risk ratio", "odds ratio", "hazard ratio", "rom")
)  # fmt: skip
_PERCENT_EFFECTS = ("pct_difference_vs_placebo", "pct_difference_vs_comparator_ambiguous")


def measure_of(row: Row) -> Measure:
    """The row's effect measure, or one that says nothing.

    >>> measure_of(Row(file="a.csv", line=2, facts={"contrast.measure": "risk_ratio"}))
    Measure(contrast='between_group', statistic='responder_pct', words='')
    """
    return MEASURES.get(row.text("contrast.measure").casefold(), Measure("", "mean"))


def interpret(row: Row) -> None:
    """Turn what the row says into facts of a record; findings for what does not fit.

    >>> row = Row(file="a.csv", line=2, facts={"study.id": "a", "row.outcome": "TEWL",
    ...     "contrast.measure": "risk_ratio"})
    >>> interpret(row)
    >>> {path: row.facts[path] for path in ("outcome.name", "outcome.family", "outcome.better")}
    {'outcome.name': 'TEWL', 'outcome.family': 'tewl', 'outcome.better': 'lower'}
    """
    for step in STEPS:
        step(row)


def _allocation(row: Row) -> None:
    """`randomised` in the design and `no` beside it cannot both hold."""
    chance = row.text("design.randomised")
    if row.text("row.said_random") == "yes" and chance == "no":
        row.say("EV407", "the design says randomised, the column randomised says no.",
                at="design.kind")  # fmt: skip
        row.facts["design.randomised"] = row.facts["design.sequence"] = UNKNOWN
    elif row.text("row.said_random") == "yes" and not chance:
        row.put("design.randomised", "yes", row.places.get("design.kind"))
        row.put("design.sequence", "stated_only", row.places.get("design.kind"))
    if row.text("design.kind") == "nonrandomised_controlled" and chance == "":
        row.put("design.randomised", "no", row.places.get("design.kind"))


def _exposure(row: Row) -> None:
    """Smoking and sleep are exposures whatever the design is called."""
    if row.text("study.category") in ("lifestyle_smoking", "lifestyle_sleep"):
        if row.text("design.kind") != "exposure":
            row.say("EV409", say("category {name}: read as an exposure.",
                                 name=row.text("study.category")),
                    at="study.category")  # fmt: skip
        row.put("design.kind", "exposure", row.places.get("study.category"))


def _pooled(row: Row) -> None:
    if row.text("design.pooled_analysis") == "yes":
        row.say("EV410", "a pooled analysis: one study, each person counted once.",
                at="design.kind")  # fmt: skip


def _dispersion(row: Row) -> None:
    """Numbers in the columns of standard deviations are standard errors when the row says so."""
    said = row.text("row.dispersion")
    if said == "se_converted":
        row.say("EV408", "standard deviations were computed from standard errors by the file's "
                "author.", at="row.dispersion")  # fmt: skip
    if said != "se":
        return
    for arm in ("treated", "control"):
        for sd, se in (("sd", "se"), ("change_sd", "change_se")):
            if f"{arm}.{sd}" in row.facts and f"{arm}.{se}" not in row.facts:
                row.move(f"{arm}.{sd}", f"{arm}.{se}")
        if spread := row.number(f"{arm}.baseline_sd"):
            row.say(
                "EV131",
                say(
                    "the standard error before ({value}) has no field and is kept as a remark",
                    value=spread.text,
                ),
                at=f"{arm}.baseline_sd",
            )
            del row.facts[f"{arm}.baseline_sd"]
            row.remark(say("SE before, {arm} arm: {value}", arm=arm, value=spread.text))


def _second_arm(row: Row) -> None:
    """Whether the result has a comparator arm."""
    kind, against = row.text("design.kind"), row.text("design.comparator")
    numbers = [name for name in _ARM_NUMBERS if f"control.{name}" in row.facts]
    if kind in ONE_ARM and against in ("", "none", "baseline_only"):
        if numbers:
            row.say(
                "EV401",
                say(
                    "a design with one arm, and {fields} of a second arm: not used.",
                    fields=listed(numbers, ", "),
                ),
                at=f"control.{numbers[0]}",
            )
            counts = [row.number(f"{arm}.n") for arm in ("treated", "control")]
            printed = listed((f"n {n.text}" for n in counts if n), ", ")
            row.remark(say("numbers of a second cohort: {numbers}", numbers=printed))
            for path in [p for p in row.facts if p.startswith("control.")]:
                del row.facts[path]
            row.facts.pop("treated.n", None)
            row.facts.pop("treated.label", None)
        row.facts.pop("control.label", None)
        return
    labelled = "control.label" in row.facts
    if kind in TWO_ARMS or against in _CONTROLS or numbers or labelled:
        row.facts["row.controlled"] = "yes"
        label = row.text("row.comparator_detail") or against
        if not labelled and label:
            row.put("control.label", label, row.places.get("design.comparator"))


def _people(row: Row) -> None:
    """Arm counts are people analysed, people enrolled, or uses of a product: by what they add to.

    Arms that add up to the people enrolled, where nobody says how many were analysed, were counted
    at the start: taking them as analysed would claim that nobody was lost.
    """
    kind, controlled = row.text("design.kind"), row.text("row.controlled") == "yes"
    first, second = row.value("treated.n"), row.value("control.n")
    analysed, enrolled = row.value("outcome.n_total"), row.value("outcome.n_total_randomised")
    if analysed and enrolled and analysed > enrolled:
        row.say(
            "EV212",
            say(
                "{n} analysed of {enrolled} enrolled.", n=f"{analysed:g}", enrolled=f"{enrolled:g}"
            ),
            at="outcome.n_total",
        )
    sides = kind in ("within_person", "crossover")
    counts = [n for n in (first, second) if n]
    implied = (max(counts) if sides else sum(counts)) if counts else None
    if row.text("design.pooled_analysis") == "yes" and implied and analysed and implied > analysed:
        row.say(
            "EV402",
            say(
                "{uses} uses of a product by {n} people: arm counts are not people "
                "and were not taken.",
                uses=f"{implied:g}",
                n=f"{analysed:g}",
            ),
            at="treated.n",
        )
        _drop_counts(row)
    elif implied and analysed and max(counts) > analysed:
        row.say("EV402", say("arms of {arms} and {n} analysed: the arm counts are of another "
                             "analysis and were not taken.", arms=_arms(counts), n=f"{analysed:g}"),
                at="treated.n")  # fmt: skip
        _drop_counts(row)
    elif implied and analysed and implied > analysed:
        row.say("EV402", say("arms of {arms} make {total}, and {n} people were analysed: perhaps "
                             "the same people in both arms.", arms=_arms(counts),
                             total=f"{implied:g}", n=f"{analysed:g}"),
                at="treated.n")  # fmt: skip
    elif implied and enrolled and not analysed:
        if implied > enrolled:
            row.say(
                "EV402",
                say(
                    "arms of {arms} make {total}, and {n} people took part.",
                    arms=_arms(counts),
                    total=f"{implied:g}",
                    n=f"{enrolled:g}",
                ),
                at="treated.n",
            )
        elif implied == enrolled or (sides and sum(counts) == enrolled):
            row.move("treated.n", "treated.n_randomised")
            row.move("control.n", "control.n_randomised")
    if sides and row.text("row.incomplete_block") != "yes":
        _each_side(row, "outcome.n_total", "n")
        _each_side(row, "outcome.n_total_randomised", "n_randomised")
    elif not controlled:
        for total, arm in (("n_total", "n"), ("n_total_randomised", "n_randomised")):
            _copy(row, f"outcome.{total}", f"treated.{arm}")
            _copy(row, f"treated.{arm}", f"outcome.{total}")


def _arms(counts: Sequence[float]) -> str:
    return listed((f"{n:g}" for n in counts), " and ")


def _drop_counts(row: Row) -> None:
    counts = [n.text for n in (row.number("treated.n"), row.number("control.n")) if n]
    row.remark(say("arm counts printed: {counts}", counts=listed(counts, ", ")))
    row.facts.pop("treated.n", None)
    row.facts.pop("control.n", None)


def _each_side(row: Row, total: str, arm: str) -> None:
    """Everybody has both sides: the people are those of either side, counted once."""
    first, second = row.value(f"treated.{arm}"), row.value(f"control.{arm}")
    if first and first == second:
        _copy(row, f"treated.{arm}", total)
    elif not first and not second:
        _copy(row, total, f"treated.{arm}")
        _copy(row, total, f"control.{arm}")


def _copy(row: Row, old: str, new: str) -> None:
    if old in row.facts and new not in row.facts:
        row.put(new, row.facts[old], row.places.get(old))


def _outcome(row: Row) -> None:
    """Name, family, kind and direction of the outcome."""
    domain, detail = row.text("outcome.domain"), row.text("row.detail")
    name = row.text("row.outcome") or detail or domain
    words = domain.replace("_", " ")
    if detail and domain and not row.text("row.outcome"):
        name = detail if words.casefold() in detail.casefold() else f"{words}: {detail}"
    elif not row.text("row.outcome"):
        name = words
    row.facts["outcome.name"] = name
    if "row.outcome" in row.places:
        row.places["outcome.name"] = row.places["row.outcome"]
    family = family_of(domain, row.text("row.outcome"), detail)
    row.facts["outcome.family"] = family.id
    if "outcome.better" not in row.facts and family.better is not UNKNOWN:
        row.facts["outcome.better"] = family.better
        row.say("EV221", _direction(name, family), at="outcome.name")  # fmt: skip
    if "outcome.kind" not in row.facts:
        instrument = row.text("outcome.instrument")
        blind = row.text("design.blinding.assessor") == "yes"
        kind, why = kind_of(instrument, f"{detail} {name}", row.text("outcome.site"),
                            assessor_blind=blind)  # fmt: skip
        row.put("outcome.kind", kind, row.places.get("outcome.instrument"))
        if why == "several":
            row.say(
                "EV403",
                say(
                    'instrument "{instrument}" names several kinds of measurement; kind unknown.',
                    instrument=instrument,
                ),
                at="outcome.instrument",
            )
        elif why == "unlisted":
            row.say("EV404", say('instrument "{instrument}" is not in the list; kind unknown.',
                                 instrument=instrument),
                    at="outcome.instrument")  # fmt: skip


def _direction(name: str, family: Family) -> str:
    words = {"outcome": repr(name), "family": family.title}
    if family.better == "lower":
        return say("no direction given for {outcome}: lower is better, as for {family}.", **words)
    return say("no direction given for {outcome}: higher is better, as for {family}.", **words)


def _measure(row: Row) -> None:
    """What was printed for the comparison, and what the number summarises."""
    word = row.text("contrast.measure")
    measure = measure_of(row)
    if word == "pct_difference_vs_comparator_ambiguous":
        row.move("treated.pct_change", "contrast.estimate")
    if word in ("pct_difference_vs_comparator_ambiguous", "pct_change_unclear_reference"):
        row.say("EV405", "the source does not say what the percent is a percent of.",
                at="contrast.measure")  # fmt: skip
    effect = row.number("contrast.estimate")
    if effect and word in _PERCENT_EFFECTS:
        row.facts["contrast.estimate"] = effect.model_copy(update={"unit": "%"})
    if measure.words:
        row.facts["contrast.direction_only"] = measure.words
    if "outcome.statistic" not in row.facts:
        stated = _statistic(row, measure)
        row.facts["outcome.statistic"] = stated or UNKNOWN
    if any((n := row.number(path)) and n.qualifier == "up to"
           for path in ("treated.pct_change", "treated.mean", "contrast.estimate")):  # fmt: skip
        row.facts["outcome.statistic"] = "max"


def _statistic(row: Row, measure: Measure) -> str:
    has = {name for name in _ARM_NUMBERS if f"treated.{name}" in row.facts}
    if row.text("contrast.measure").casefold() in MEASURES:
        return measure.statistic
    if "events" in has:
        return "events"
    if "pct" in has:
        return "responder_pct"
    if "median" in has and not has & {"mean", "change_mean", "pct_change"}:
        return "median"
    known = has & {"mean", "change_mean", "pct_change", "baseline_mean"}
    return "mean" if known or "contrast.estimate" in row.facts else ""


def _p_value(row: Row) -> None:
    """The p value, and what was compared."""
    operator, number = row.text("row.p_operator"), row.number("row.p_value")
    kind = row.text("row.p_kind")
    controlled = row.text("row.controlled") == "yes"
    if not kind and "contrast.measure" not in row.facts and (operator or number):
        kind = "between_arm" if controlled else "within_arm"  # the template's column says so
    if number and not operator:
        operator = "="
    if operator and (number or operator == "ns"):
        implied = operator in ("<", "<=") and bool(_IMPLIED.search(
            f"{row.text('outcome.cautions')} {row.text('row.note')}"))  # fmt: skip
        if implied:
            row.say("EV411", "the threshold is implied by the word significant.", at="row.p_value")
        row.facts["contrast.p"] = {
            "operator": operator, "value": number or UNKNOWN, "kind": kind or UNKNOWN,
            "implied": implied,
        }  # fmt: skip
        if place := row.places.get("row.p_value") or row.places.get("row.p_operator"):
            row.places["contrast.p"] = place
    elif operator:
        row.say("EV215", say('a sign "{sign}" and no p value.', sign=operator), at="row.p_operator")
    row.facts["contrast.kind"] = _contrast_kind(row, kind, controlled) or UNKNOWN


_IMPLIED = re.compile(r"threshold implied|implied by", re.IGNORECASE)


def _contrast_kind(row: Row, p_kind: str, controlled: bool) -> str:
    said = {"between_arm": "between_group", "within_arm": "within_group"}.get(p_kind, "")
    compared = said or measure_of(row).contrast
    if not controlled and row.text("design.kind") != "exposure":
        return "within_group" if row.text("design.kind") in ONE_ARM else compared
    if not compared and "contrast.estimate" in row.facts:
        compared = "between_group"
    if compared == "between_group" and row.text("design.kind") in ("within_person", "crossover"):
        return "paired_site"
    return compared


def _registration(row: Row) -> None:
    if row.text("row.registered") == "yes" and "reporting.registered" not in row.facts:
        number = row.text("study.registry_id")
        if number:
            text = say("registered ({number}); which outcome is not said.", number=number)
            row.remark(say("registered as {number}, which outcome is not said", number=number))
        else:
            text = say("registered; which outcome is not said.")
            row.remark("registered, which outcome is not said")
        row.say("EV406", text, at="row.registered")
        if place := row.places.get("row.registered"):
            row.places["reporting.registered"] = place


def _remarks(row: Row) -> None:
    """Everything in words that has no field of its own goes to the note, named."""
    parts = [row.text("row.note")]
    for path, title in (("row.comparator_detail", "comparator"),
                        ("row.responder_definition", "event"), ("row.dose", "dose"),
                        *((f"row.{d}", say("{domain} judged by the file", domain=d)) for d in
                          ("D1", "D2", "D3", "D4", "D5", "overall"))):  # fmt: skip
        if words := row.text(path):
            parts.append(say("{title}: {words}", title=title, words=words))
    if row.text("row.posthoc") == "yes":
        parts.append("a post hoc subset")
    parts.append(row.text("row.words"))
    if note := listed(part for part in parts if part):
        row.facts["outcome.note"] = note
    if page := row.text("row.page"):
        row.facts["outcome.quote"] = page


STEPS: tuple[Callable[[Row], None], ...] = (
    _allocation,
    _exposure,
    _pooled,
    _dispersion,
    _second_arm,
    _people,
    _outcome,
    _measure,
    _p_value,
    _registration,
    _remarks,
)
