"""Checks that show only across results and across studies: repeats, contradictions, balance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import NamedTuple

from evidence.integrity.checks_of_record import check_outcome, item_of
from evidence.integrity.figures_of_record import (
    Case,
    as_found,
    behind,
    digits,
    each_arm,
    people,
)
from evidence.integrity.found import IntegrityReport, Item, joined
from evidence.integrity.printed_p import TYPING_ERROR, Compared
from evidence.integrity.repeats import (
    ArmFigures,
    StudyPercents,
    duplicate_rows,
    identical_percents,
    reused_arms,
)
from evidence.integrity.signals import signals_across
from evidence.integrity.tables import BaselineRow, baseline_balance
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome
from evidence.records.study import Study

MIN_BALANCED = 5
"""Variables before treatment that the balance of two arms needs."""

_FIGURES = ("mean", "change_mean", "pct_change", "median", "events", "pct")


def check_studies(studies: Iterable[Study]) -> IntegrityReport:
    """Every check of every result, then those across the results and across the studies.

    Parameters
    ----------
    studies
        Studies that are read together, such as the rows of one file.

    Returns
    -------
    IntegrityReport
        Items and signals of the results in the order of the studies. Items across results name
        the result they are about; those of a whole study or of several have no outcome.

    Examples
    --------
    >>> check_studies([])
    <IntegrityReport nothing_to_check: 0 integrity checks possible, 0 run: nothing could be
    checked.>
    """
    listed = list(studies)
    reports = [check_study(study) for study in listed]
    return joined([*reports, IntegrityReport(items=tuple(_across(listed)))])


def check_study(study: Study) -> IntegrityReport:
    """Every check of one study, across its results included.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("smoother", treated={"pct": "88", "n": "30"})
    >>> check_study(Study(id="serum", outcomes=(one,)))
    <IntegrityReport query: 1 integrity check possible, 1 run: 1 query.>
    """
    reports = [check_outcome(study, outcome) for outcome in study.outcomes]
    across = IntegrityReport(
        items=(*_contradictions(study), *_repeats(study), *_balance(study)),
        signals=signals_across(study),
    )
    return joined([*reports, across])


# --------------------------------------------------------------------------- within a study


def _result_key(outcome: Outcome) -> tuple[object, ...]:
    week = None if outcome.week is UNKNOWN else outcome.week.value
    control = "" if outcome.control is None else outcome.control.label
    return (outcome.name.casefold(), outcome.instrument, outcome.site, week,
            outcome.treated.label, control, outcome.statistic)  # fmt: skip


def _contradictions(study: Study) -> Iterator[Item]:
    """The same result in two rows: the figures that both print must be the same."""
    groups: dict[tuple[object, ...], list[Outcome]] = defaultdict(list)
    for outcome in study.outcomes:
        groups[_result_key(outcome)].append(outcome)
    for rows in groups.values():
        for one, two in combinations(rows, 2):
            for arm, name in ((arm, name) for arm, _ in each_arm(one) for name in _FIGURES):
                first, second = (digits(getattr(getattr(o, arm), name)) for o in (one, two))
                if first and second:
                    said = Compared(
                        verdict="consistent" if first == second else "inconsistent",
                        reason="" if first == second else name,
                        benign=() if first == second
                        else ("Something that differs between the rows is not said.",
                              "One of the two pages rounds, or tells another analysis.",
                              TYPING_ERROR),
                        sentence=say("{one} and {two} have the same {name}.",
                                     one=one.id, two=two.id, name=name)
                        if first == second
                        else say("These cannot both be right: {name} is {first} in {one} and "
                                 "{second} in {two}.", name=name, first=first, one=one.id,
                                 second=second, two=two.id),
                    )  # fmt: skip
                    case = Case((f"{arm}.{name}",), partial(as_found, said))
                    yield item_of(study, two, "EV323", "one_result_two_figures", case)


class _Line(NamedTuple):
    """One row of the table that a study is: an arm at a time."""

    outcome: Outcome
    title: str
    cells: tuple[str, str]
    reads: tuple[str, str]


def _lines(study: Study) -> list[_Line]:
    """Means with their SDs; a baseline that several time points share stands once."""
    found: dict[tuple[object, ...], _Line] = {}
    for outcome in study.outcomes:
        for arm, result in each_arm(outcome):
            for mean, sd in (("baseline_mean", "baseline_sd"), ("mean", "sd"),
                             ("change_mean", "change_sd")):  # fmt: skip
                cells = digits(getattr(result, mean)), digits(getattr(result, sd))
                if not all(cells):
                    continue
                week = outcome.week.value if outcome.week is not UNKNOWN else None
                when = None if mean == "baseline_mean" else week
                key = (outcome.name, outcome.instrument, outcome.site, result.label, mean, when)
                title = f"{outcome.name}, {result.label or arm}, {mean.replace('_', ' ')}"
                line = _Line(outcome, title, cells, (f"{arm}.{mean}", f"{arm}.{sd}"))
                found.setdefault(key, line)
    return list(found.values())


def _repeats(study: Study) -> Iterator[Item]:
    """Identical mean and SD in results that should differ; single figures repeat by chance."""
    lines = _lines(study)
    if len(lines) < 2:
        return
    found = duplicate_rows([line.cells for line in lines])
    same = [[lines[place] for place in group] for group in found.identical_rows]
    titles = listed(listed((f'"{line.title}"' for line in group), " and ") for group in same)
    said = Compared(
        verdict="repeated" if same else "consistent",
        reason="rows" if same else "",
        benign=found.benign if same else (),
        sentence=say("The same mean and SD stand for {titles}. That may be right: see whether they "
                     "are the same people.", titles=titles)
        if same else say("No two of {n} means have the same SD too.", n=len(lines)),
    )  # fmt: skip
    about = same[0][1] if same else lines[0]
    yield item_of(study, about.outcome, "EV320", "duplicate_rows",
                  Case(about.reads, partial(as_found, said)))  # fmt: skip


def _balance(study: Study) -> Iterator[Item]:
    """Baselines of two randomised groups of people, over at least five variables."""
    rows: dict[str, tuple[Outcome, BaselineRow]] = {}
    for outcome in study.outcomes:
        one, two = outcome.treated, outcome.control
        if two is None or outcome.design.kind != "parallel" or outcome.design.randomised != "yes":
            continue
        texts = [digits(x) for a in (one, two) for x in (a.baseline_mean, a.baseline_sd)]
        n1 = people(one.n) or people(one.n_randomised)
        n2 = people(two.n) or people(two.n_randomised)
        if all(texts) and n1 and n2 and n1 > 1 and n2 > 1 and any(float(sd) for sd in texts[1::2]):
            row = BaselineRow(mean1=texts[0], sd1=texts[1], n1=n1, mean2=texts[2], sd2=texts[3],
                              n2=n2, name=outcome.name)  # fmt: skip
            rows.setdefault(outcome.name, (outcome, row))
    if len(rows) >= MIN_BALANCED:
        listed = [row for _, row in rows.values()]
        outcome = next(iter(rows.values()))[0]
        case = Case(("treated.baseline_mean", "control.baseline_mean"),
                    partial(baseline_balance, listed, min_variables=MIN_BALANCED))  # fmt: skip
        yield replace(item_of(study, outcome, "EV324", "baseline_balance", case), outcome="")


# --------------------------------------------------------------------------- across studies


def _across(studies: Sequence[Study]) -> Iterator[Item]:
    yield from _two_names(studies)
    yield from _reused(studies)
    yield from _same_percents(studies)


def _two_names(studies: Sequence[Study]) -> Iterator[Item]:
    """Two studies of the file with one registration number, DOI or PubMed number."""
    for field in ("registry_id", "doi", "pmid"):
        groups: dict[str, list[Study]] = defaultdict(list)
        for study in studies:
            if number := str(getattr(study, field)).strip().casefold():
                groups[number].append(study)
        shared = {number: group for number, group in groups.items() if len(group) > 1}
        if len(groups) < 2 and not shared:
            continue
        said = listed(
            say(
                "{studies} have the same {field}, {number}",
                studies=listed((study.id for study in group), " and "),
                field=field,
                number=number,
            )
            for number, group in shared.items()
        )
        answer = Compared(
            verdict="repeated" if shared else "consistent",
            reason=field if shared else "",
            benign=("One report or registration holds several studies.", TYPING_ERROR)
            if shared
            else (),
            sentence=say("{said}.", said=said)
            if shared
            else say("No {field} stands for two studies.", field=field),
        )
        about = next(iter(shared.values()))[1] if shared else next(iter(groups.values()))[0]
        case = Case((f"study.{field}",), partial(as_found, answer))
        item = item_of(about, None, "EV326", "one_study_two_names", case)
        yield item if shared else replace(item, study="")


def _reused(studies: Sequence[Study]) -> Iterator[Item]:
    """Arms of different studies with the same figures."""
    arms: list[ArmFigures] = []
    owners: dict[tuple[str, tuple[str | None, ...]], tuple[Study, Outcome, str]] = {}
    for study in studies:
        for outcome in study.outcomes:
            for arm, result in each_arm(outcome):
                figures = tuple(
                    digits(getattr(result, name)) or None
                    for name in ("baseline_mean", "baseline_sd", "mean", "sd", "change_mean",
                                 "change_sd")
                )  # fmt: skip
                if sum(text is not None for text in figures) > 1:
                    arms.append(ArmFigures(study=study.id, figures=figures, arm=arm))
                    owners.setdefault((study.id, figures), (study, outcome, arm))
    if len({arm.study for arm in arms}) < 2:
        return
    found = reused_arms(arms)
    if not found.groups:
        study, outcome, arm = owners[(arms[-1].study, arms[-1].figures)]
        case = Case((f"{arm}.mean", f"{arm}.baseline_mean"), partial(as_found, found))
        yield replace(item_of(study, outcome, "EV321", "reused_arms", case), outcome="")
    for group in found.groups:
        alone = reused_arms(group)
        study, outcome, arm = owners[(group[-1].study, group[-1].figures)]
        case = Case((f"{arm}.mean", f"{arm}.baseline_mean"), partial(as_found, alone))
        yield item_of(study, outcome, "EV321", "reused_arms", case)


def _same_percents(studies: Sequence[Study]) -> Iterator[Item]:
    """Percents of people that two studies of different size share."""
    told: list[StudyPercents] = []
    owners: dict[str, Study] = {}
    for study in studies:
        percents, numbers = [], []
        for outcome in study.outcomes:
            for name, arm in each_arm(outcome):
                if (text := digits(arm.pct)) and (counted := behind(outcome, name, arm)):
                    percents.append(text)
                    numbers.append(counted[0])
        if len(percents) >= MIN_PERCENTS:
            told.append(StudyPercents(study=study.id, n=max(numbers), percents=tuple(percents)))
            owners[study.id] = study
    if len({one.n for one in told}) > 1:
        found = identical_percents(told)
        last = owners[found.pairs[0][1] if found.pairs else told[-1].study]
        yield item_of(last, None, "EV322", "identical_percents",
                      Case(("study.id",), partial(as_found, found)))  # fmt: skip


MIN_PERCENTS = 3
