"""PEDro and Jadad counts for trials, and the OCEBM level: labels on request, never weights.

Sums of quality items do not track bias [3]_; these exist because readers ask for them, and no
estimate, score or verdict here uses one. A point is given only for what is stated; what is not
stated gets none and is shown apart from what is known to be missing.

References
----------
.. [1] Maher et al. (2003), Reliability of the PEDro scale. Phys Ther 83:713-721.
   https://doi.org/10.1093/ptj/83.8.713
.. [2] Jadad et al. (1996), Assessing the quality of reports of randomized clinical trials.
   Control Clin Trials 17:1-12. https://doi.org/10.1016/0197-2456(95)00134-4
.. [3] Juni et al. (1999), The hazards of scoring the quality of clinical trials for meta-analysis.
   JAMA 282:1054-1060. https://doi.org/10.1001/jama.282.11.1054
.. [4] OCEBM Levels of Evidence Working Group (2011), The Oxford 2011 Levels of Evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evidence.appraisal.answering import ANY, Span, reply
from evidence.appraisal.answers import Reply, Rule, common_facts
from evidence.appraisal.rob2_facts import Fact
from evidence.appraisal.tools import tools_for
from evidence.errors import OptionError
from evidence.formatting import html_table, number
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import ArmResult, Outcome
from evidence.records.reported import value_of
from evidence.records.study import Study

ChecklistName = Literal["pedro", "jadad"]


class Item(NamedTuple):
    """An item in our own words, the points of each answer, the item it counts only beside."""

    intent: str
    yes: int = 1
    no: int = 0
    beside: str = ""


class _List(NamedTuple):
    title: str
    source: str
    items: Mapping[str, Item]
    rules: tuple[Rule, ...]
    most: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Checklist:
    """A count of what a report states, item by item.

    `points` counts what is stated; `could_be` is what it would be if all that is not reported
    had been done.
    """

    name: ChecklistName
    study: str
    outcome: str
    items: tuple[Reply, ...]
    points: int
    could_be: int
    most: int
    source: str
    remarks: tuple[str, ...] = ()

    def __str__(self) -> str:
        title = _LISTS[self.name].title
        if self.could_be == self.points:
            return say("{title}: {n} of {most}", title=title, n=self.points, most=self.most)
        return say(
            "{title}: {n} of {most} (up to {could_be} if reported)",
            title=title,
            n=self.points,
            most=self.most,
            could_be=self.could_be,
        )

    def __repr__(self) -> str:
        return f"<Checklist of {self.outcome or self.study}: {self}>"

    def _repr_html_(self) -> str:
        wording = _LISTS[self.name].items
        rows = [
            (f"{row.question} {wording[row.question].intent}", row.code, row.why, row.printed)
            for row in self.items
        ]
        head = ("item", "answer", "why", "as printed")
        return html_table(head, rows, caption=str(self), foot="; ".join(self.remarks))


def checklist(study: Study, outcome: Outcome, name: ChecklistName) -> Checklist:
    """Count the items of one list that a record states.

    Parameters
    ----------
    study, outcome
        The record of one result of a trial.
    name
        `pedro` (0 to 10; the first item is not counted) [1]_ or `jadad` (0 to 5) [2]_.

    Returns
    -------
    Checklist
        Each item with its answer, fact and rule, the points, and the points it could have. Both
        lists are for randomised trials; a remark says so where the study is none.

    Raises
    ------
    OptionError
        A list that is not here.

    References
    ----------
    .. [1] Maher et al. (2003), https://doi.org/10.1093/ptj/83.8.713
    .. [2] Jadad et al. (1996), https://doi.org/10.1016/0197-2456(95)00134-4

    Examples
    --------
    >>> from evidence.records.outcome import Blinding, Design
    >>> design = Design(kind="parallel", comparator="vehicle", randomised="yes",
    ...     sequence="computer", blinding=Blinding(participant="yes", assessor="yes"))
    >>> result = checklist(Study(id="a"), Outcome(id="b", name="TEWL", design=design), "jadad")
    >>> print(result)
    Jadad: 3 of 5 (up to 5 if reported)
    >>> [row.code for row in result.items]
    ['yes', 'yes', 'yes', 'not reported', 'not reported']
    """
    if name not in _LISTS:
        raise OptionError("name", name, _LISTS)
    table, facts = _LISTS[name], _facts(study, outcome)
    items = tuple(
        reply(
            which,
            table.rules,
            facts,
            otherwise="not reported",
            wanted=say("whether {intent}", intent=item.intent),
        )
        for which, item in table.items.items()
    )
    codes = {row.question: row.code for row in items}
    now, best = (_points(table.items, codes, hopeful=hopeful) for hopeful in (False, True))
    choice = tools_for(study, outcome)
    remark = (
        "" if choice.tool == "rob2" else say("made for randomised trials: {why}", why=choice.why)
    )
    return Checklist(
        name=name,
        study=study.id,
        outcome=outcome.id,
        items=items,
        points=max(0, now),
        could_be=max(0, best),
        most=table.most,
        source=table.source,
        remarks=tuple(filter(None, (remark, "a count, not a measure of bias"))),
    )


def _points(items: Mapping[str, Item], codes: Mapping[str, str], *, hopeful: bool) -> int:
    total = 0
    given = ("yes", "not reported") if hopeful else ("yes",)
    for which, item in items.items():
        if item.beside and codes[item.beside] not in given:
            continue
        total += item.yes if codes[which] in given else item.no if codes[which] == "no" else 0
    return total


# --------------------------------------------------------------------------- the lists

_CHANCE = ("computer", "table", "coin_dice_lots", "minimisation")
_QUASI = ("alternation", "date", "record_no")
_CHOSEN = ("choice", "availability", "none")
_HIDDEN = ("central", "numbered_identical_containers", "numbered_opaque_sealed_envelopes")
_AWARE = ("no", "untreated", "attempted_but_distinguishable")
_FOLLOWED_UP = 0.85  # PEDro: more than 85 % of those allocated


def _blind(question: str, fact: str, blind: str, aware: str) -> tuple[Rule, ...]:
    return (
        Rule(question, "yes", fact, ("yes",), blind),
        Rule(question, "no", fact, _AWARE, aware),
    )


_PEDRO = _List(
    "PEDro",
    "doi 10.1093/ptj/83.8.713",
    {
        "1": Item("who could take part is described (not counted)", yes=0),
        "2": Item("people were allocated by chance"),
        "3": Item("the allocation was concealed"),
        "4": Item("the groups were alike at the start"),
        "5": Item("the people using it were blind"),
        "6": Item("whoever applied it was blind"),
        "7": Item("whoever measured was blind"),
        "8": Item("more than 85 % of those allocated were measured"),
        "9": Item("people were analysed as allocated"),
        "10": Item("the groups were compared with each other"),
        "11": Item("size and spread of the result are given"),
    },
    (
        Rule("1", "yes", "people", ANY, "people described"),
        Rule("2", "no", "sequence", _QUASI + _CHOSEN, "not by chance"),
        Rule("2", "yes", "sequence", _CHANCE, "by chance, method stated"),
        Rule("2", "yes", "randomised", ("yes",), "said to be randomised"),
        Rule("2", "no", "randomised", ("no",), "not randomised"),
        Rule("3", "yes", "concealment", _HIDDEN, "next allocation could not be seen"),
        Rule("3", "no", "concealment", ("open", "none"), "next allocation could be seen"),
        Rule("4", "yes", "start", ("chance",), "differences within chance"),
        Rule("4", "no", "start", ("not chance",), "differences beyond chance"),
        *_blind("5", "participant", "people blind", "people not blind, or able to tell"),
        *_blind("6", "applier", "those who applied it blind",
                "those who applied it not blind, or able to tell"),
        *_blind("7", "assessor", "whoever measured blind",
                "whoever measured not blind, or able to tell"),
        Rule("8", "yes", "lowest share", Span(above=_FOLLOWED_UP), "more than 85 % of each group"),
        Rule("8", "yes", "measured of all", Span(above=_FOLLOWED_UP), "more than 85 % of all"),
        Rule("8", "no", "measured of all", Span(at_most=_FOLLOWED_UP), "85 % of all or fewer"),
        Rule("9", "yes", "population", ("itt", "mitt_missing_only"), "analysed as allocated"),
        Rule("9", "no", "population", ("per_protocol", "as_treated"), "not as allocated"),
        Rule("10", "yes", "contrast", ("between_group", "paired_site"), "groups compared"),
        Rule("10", "yes", "p between", ANY, "groups compared"),
        Rule("10", "no", "contrast", ("within_group",), "each group with its own start only"),
        Rule("11", "yes", "size and spread", ANY, "both are printed"),
    ),
    10,
)  # fmt: skip

_JADAD = _List(
    "Jadad",
    "doi 10.1016/0197-2456(95)00134-4",
    {
        "1": Item("said to be randomised"),
        "2": Item("the way of randomising is stated and sound; unsound takes a point", no=-1,
                  beside="1"),
        "3": Item("said to be double blind"),
        "4": Item("the way of blinding is stated and sound; unsound takes a point", no=-1,
                  beside="3"),
        "5": Item("who left, and why, is stated for each group"),
    },
    (
        Rule("1", "yes", "randomised", ("yes",), "said to be randomised"),
        Rule("1", "no", "randomised", ("no",), "not randomised"),
        Rule("1", "no", "sequence", _CHOSEN, "not randomised"),
        Rule("1", "yes", "sequence", ANY, "the method of allocation is stated"),
        Rule("2", "yes", "sequence", _CHANCE, "method sound"),
        Rule("2", "no", "sequence", _QUASI, "method unsound"),
        Rule("3", "yes", "double blind", ("yes",), "people and another party blind"),
        Rule("3", "no", "double blind", ("no",), "somebody knew"),
        Rule("4", "yes", "double blind how", ("sound",), "identical containers"),
        Rule("4", "no", "double blind how", ("unsound",), "products could be told apart"),
        Rule("5", "yes", "lowest share", Span(at_least=1.0), "nobody left any group"),
    ),
    5,
)  # fmt: skip

_LISTS: dict[ChecklistName, _List] = {"pedro": _PEDRO, "jadad": _JADAD}


def _facts(study: Study, outcome: Outcome) -> dict[str, Fact]:
    facts = common_facts(study, outcome)
    return {
        **facts,
        "measured of all": _measured_of_all(outcome),
        "p between": _p_between(outcome),
        "size and spread": _size_and_spread(outcome),
        "double blind": _double_blind(facts),
        "double blind how": _double_blind_how(facts),
    }


def _measured_of_all(outcome: Outcome) -> Fact:
    """Share of all people allocated, from the totals or from the groups added up."""
    path = "n_total / n_total_randomised"
    end, start = value_of(outcome.n_total), value_of(outcome.n_total_randomised)
    if end is None or not start:
        people = outcome.design.kind in ("within_person", "crossover")
        groups = (outcome.treated,) if people else (outcome.treated, outcome.control)
        ends = [None if arm is None else value_of(arm.n) for arm in groups]
        starts = [None if arm is None else value_of(arm.n_randomised) for arm in groups]
        path = "treated.n / treated.n_randomised"
        if None in ends or None in starts:
            return Fact(path)
        end, start = sum(filter(None, ends)), sum(filter(None, starts))
    if not start:
        return Fact(path)
    return Fact(path, end / start, f"{number(100 * end / start, 1)} %")


def _p_between(outcome: Outcome) -> Fact:
    p = outcome.contrast.p
    if p is UNKNOWN or p.kind != "between_arm":
        return Fact("contrast.p")
    printed = "" if p.value is UNKNOWN else f" {p.value}"
    return Fact("contrast.p", "yes", f"p {p.operator}{printed}", outcome.places.get("contrast.p"))


def _size_and_spread(outcome: Outcome) -> Fact:
    """Of the comparison, or of both arms; a count of people carries its own spread."""
    contrast, arms = outcome.contrast, (outcome.treated, outcome.control)
    path = "contrast.estimate"
    if contrast.estimate is not UNKNOWN and UNKNOWN not in (contrast.ci_low, contrast.ci_high):
        printed = say(
            "{value} ({low} to {high})",
            value=contrast.estimate,
            low=contrast.ci_low,
            high=contrast.ci_high,
        )
        return Fact(path, "yes", printed)
    if contrast.estimate is not UNKNOWN and contrast.se is not UNKNOWN:
        return Fact(path, "yes", f"{contrast.estimate}, SE {contrast.se}")
    if all(arm is not None and _described(arm) for arm in arms):
        return Fact("treated, control", "yes", "both arms with their spread")
    return Fact("contrast.estimate, treated, control")


_SIZES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("mean", ("sd", "se", "ci_low")),
    ("median", ("q1", "minimum")),
    ("change_mean", ("change_sd", "change_se", "change_ci_low")),
)


def _described(arm: ArmResult) -> bool:
    if arm.events is not UNKNOWN or arm.pct is not UNKNOWN:
        return True
    return any(
        getattr(arm, size) is not UNKNOWN
        and any(getattr(arm, spread) is not UNKNOWN for spread in spreads)
        for size, spreads in _SIZES
    )


def _double_blind(facts: Mapping[str, Fact]) -> Fact:
    """People, and whoever applied or measured, blind or said to be, even where it failed."""
    people, others = facts["participant"], [facts["applier"], facts["assessor"]]
    tried = ("yes", "attempted_but_distinguishable")
    path = "design.blinding"
    if people.value in _AWARE[:2] or all(fact.value in _AWARE[:2] for fact in others):
        return Fact(path, "no", say("people: {printed}", printed=people.printed), people.place)
    if people.value in tried and any(fact.value in tried for fact in others):
        return Fact(path, "yes", say("people: {printed}", printed=people.printed), people.place)
    return Fact(path)


def _double_blind_how(facts: Mapping[str, Fact]) -> Fact:
    """Of what is double blind alone: identical containers, or products that can be told apart."""
    if _double_blind(facts).value != "yes":
        return Fact("design.blinding")
    for name in ("participant", "applier", "assessor"):
        if facts[name].value == "attempted_but_distinguishable":
            return facts[name]._replace(value="unsound")
    if facts["concealment"].value == "numbered_identical_containers":
        return facts["concealment"]._replace(value="sound")
    return Fact("design.concealment")


# --------------------------------------------------------------------------- OCEBM


class OcebmLevel(NamedTuple):
    """The Oxford 2011 level for "does this help", and why; None where there is none."""

    level: int | None
    why: str


_MECHANISM = ("in_vitro", "ex_vivo")


def ocebm_level(study: Study, outcome: Outcome) -> OcebmLevel:
    """The Oxford 2011 level of one study's result; a label only.

    Level 1 belongs to systematic reviews and is never given to a study. Opinions of users,
    testimonials and exposures have no level for the question whether a product helps.

    Examples
    --------
    >>> from evidence.records.outcome import Design
    >>> design = Design(kind="single_arm_prepost", comparator="baseline_only")
    >>> ocebm_level(Study(id="a"), Outcome(id="b", name="TEWL", design=design))
    OcebmLevel(level=4, why='no group beside it: no concurrent control')
    """
    choice, kind = tools_for(study, outcome), outcome.design.kind
    if kind in _MECHANISM:
        return OcebmLevel(5, say("mechanism: {why}", why=choice.why))
    if choice.tool == "none":
        return OcebmLevel(None, choice.why)
    if choice.tool == "rob2":
        if outcome.design.sequence in _QUASI:
            return OcebmLevel(3, "allocated in turn, by date or by record number, not by chance")
        return OcebmLevel(2, choice.why)
    if choice.tool == "robins_i":
        return OcebmLevel(3, say("controlled, not randomised: {why}", why=choice.why))
    return OcebmLevel(4, say("no group beside it: {why}", why=choice.why))
