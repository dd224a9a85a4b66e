"""Risk of bias of a comparison that was not randomised, by ROBINS-I version 2.

For two or more products or sides compared over follow-up; not for people compared with their own
start alone. A rule answers what a record settles; the rest is no information (NI), which is not a
flaw. A reader's own answer enters as an `Override` with name, date and reason.

Version 1 (2016) is refused: it has no decision rule from its answers to its judgements, so a
mechanical version 1 would be our invention under its name.

References
----------
.. [1] Sterne et al. (2016), ROBINS-I: a tool for assessing risk of bias in non-randomised studies
   of interventions. BMJ 355:i4919. https://doi.org/10.1136/bmj.i4919
.. [2] ROBINS-I version 2, draft of 20 November 2025, riskofbias.info.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, cast

from evidence.appraisal.answers import Reply, by_target, overridden
from evidence.appraisal.rob2_overrides import Escalation, Override
from evidence.appraisal.robins_i_answers import SETTINGS, RobinsSettings, answer
from evidence.appraisal.robins_i_levels import (
    asked,
    escalated,
    in_order,
    overall,
    row_that_holds,
)
from evidence.appraisal.robins_i_tables import (
    CRITICAL,
    DOMAINS,
    LXC,
    SCREEN,
    SEVERITY,
    VERSIONS,
    Domain,
    Effect,
    Encoding,
    Level,
    questions_of,
    rows,
)
from evidence.appraisal.tools import tools_for
from evidence.appraisal.words import either
from evidence.errors import EvidenceError, OptionError
from evidence.formatting import html_table, plural
from evidence.messages import say
from evidence.records.outcome import Outcome
from evidence.records.study import Study

if TYPE_CHECKING:
    import pandas as pd

EFFECTS: tuple[Effect, ...] = ("assignment", "adherence")
_VERSION_1 = ("1", "V1", "v1", "2016")
NO_VERSION_1 = (
    "ROBINS-I version 1 (2016) gives no rule that leads from its answers to the judgement of a "
    "domain, so no judgement can be computed under its name; use version 2, or enter a reader's "
    "judgements of version 1 as such."
)


class Change(NamedTuple):
    """An unsettled fact that alone would change its domain, and the levels it could lead to."""

    domain: Domain
    question: str
    wanted: str
    now: Level | None
    could_be: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RobinsDomain:
    """One domain: its answers, the row of the table that holds, what it could still become.

    `level` differs from `by_rule` only where an override says so; `by_rule` is None where the
    encoding has no judgement for the answers. `reachable` holds the levels possible once every
    unsettled fact is known, from best to worst.
    """

    id: Domain
    name: str
    level: Level | None
    by_rule: Level | None
    rule: str  # the answers that decided it
    reachable: tuple[Level, ...]
    answers: tuple[Reply, ...]
    override: Override | None = None

    @property
    def unknown(self) -> tuple[Reply, ...]:
        """What is asked and is not settled: unreported, which is not flawed."""
        return tuple(row for row in self.answers if row.code != "NA" and not row.settled)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RobinsI:
    """ROBINS-I of one result. `overall` is None, with `reason` and `fits`, where it fits not."""

    study: str
    outcome: str
    version: str
    effect: Effect
    domains: tuple[RobinsDomain, ...]
    overall: Level | None
    overall_by_rule: Level | None
    reachable: tuple[Level, ...]
    would_change: tuple[Change, ...] = ()
    overrides: tuple[Override, ...] = ()
    escalation: str = ""  # why several domains together were taken for a level more
    remarks: tuple[str, ...] = ()
    reason: str = ""
    fits: str = ""

    @property
    def levels(self) -> dict[Domain, Level | None]:
        """Level by domain."""
        return {domain.id: domain.level for domain in self.domains}

    @property
    def unknown(self) -> tuple[Reply, ...]:
        """What is asked and is not settled: unreported, which is not flawed."""
        return tuple(row for domain in self.domains for row in domain.unknown)

    def __str__(self) -> str:
        if not self.domains:
            return say(
                "ROBINS-I does not apply: {why}; use {tool}", why=self.reason, tool=self.fits
            )
        count = sum(row.code != "NA" for domain in self.domains for row in domain.answers)
        return say(
            "{level} (not settled: {unknown} of {asked}; if known: {reachable})",
            level=self.overall or "no judgement",
            unknown=len(self.unknown),
            asked=plural(count, "question"),
            reachable=either(self.reachable),
        )

    def __repr__(self) -> str:
        return f"<RobinsI of {self.outcome or self.study}: {self}>"

    def to_frame(self) -> pd.DataFrame:
        """One row per question: its answer, the fact, the rule, and its domain's level."""
        import pandas as pd

        return pd.DataFrame(list(_table(self)), columns=list(_COLUMNS))

    def _repr_html_(self) -> str:
        body = [
            (
                f"{domain.id} {domain.name}",
                (domain.level or "no judgement") + (" (reader)" if domain.override else ""),
                domain.rule,
                "; ".join(row.question for row in domain.unknown),
                " or ".join(domain.reachable),
            )
            for domain in self.domains
        ]
        head = ("domain", "level", "decided by", "not settled", "if all were known")
        foot = "; ".join(part for part in (self.version, self.escalation, *self.remarks) if part)
        return html_table(head, body, caption=f"ROBINS-I: {self}", foot=foot)


def robins_i(
    study: Study,
    outcome: Outcome,
    *,
    effect: Effect = "assignment",
    encoding: Encoding = "A",
    overrides: Iterable[Override] = (),
    escalate: Escalation = None,
    settings: RobinsSettings = SETTINGS,
) -> RobinsI:
    """Judge the risk of bias of one comparison without random allocation.

    Parameters
    ----------
    study, outcome
        The record of the result; one judgement per outcome, time point and comparison.
    effect
        `assignment`: of starting the product. `adherence`: of keeping to it.
    encoding
        A, or B to see where another public reading of the draft differs.
    overrides
        A reader's answers to questions ("1.1"), levels of domains ("D4"), or answers to what is
        asked first: "B2" (nothing done about confounding, and too much of it) and "B3" (measured
        in a way that cannot show the outcome); yes to either is Critical.
    escalate
        `(True, reason)` takes several domains at Moderate together for Serious, or several at
        Serious for Critical. A reader's judgement, never done by counting.
    settings
        Thresholds and words of this project.

    Returns
    -------
    RobinsI
        Domains with their answers, the overall level (the worst domain; all at their best is
        "Low except for uncontrolled confounding"), and those reachable if every unsettled fact
        were known; or the reason and the tool that fits, where no two groups were compared.

    Raises
    ------
    OptionError
        An unknown effect, encoding, override target or answer.
    EvidenceError
        Version 1; an escalation without a reason, or nothing to escalate.

    Examples
    --------
    >>> from evidence.records.outcome import Design
    >>> design = Design(kind="nonrandomised_controlled", comparator="vehicle")
    >>> print(robins_i(Study(id="a"), Outcome(id="b", name="TEWL", design=design)))
    Serious (not settled: 17 of 22 questions; if known: Low except for uncontrolled confounding
    or Moderate or Serious or Critical)
    """
    if encoding in _VERSION_1:
        raise EvidenceError(NO_VERSION_1)
    if encoding not in VERSIONS:
        raise OptionError("encoding", encoding, VERSIONS)
    if effect not in EFFECTS:
        raise OptionError("effect", effect, EFFECTS)
    choice = tools_for(study, outcome)
    if choice.tool != "robins_i":
        return RobinsI(
            study=study.id, outcome=outcome.id, version=VERSIONS[encoding], effect=effect,
            domains=(), overall=None, overall_by_rule=None, reachable=(), reason=choice.why,
            fits=choice.tool,
        )  # fmt: skip
    said = by_target(overrides, _targets(effect))
    domains = tuple(
        _domain(id_, answer(study, outcome, id_, effect, settings), effect, encoding, said)
        for id_ in DOMAINS
    )
    screened = any(said[q].answer in ("Y", "PY") for q in SCREEN if q in said)
    by_rule = CRITICAL if screened else overall({row.id: row.level for row in domains})
    level, escalation = escalated(by_rule, [row.level for row in domains], escalate)
    return RobinsI(
        study=study.id,
        outcome=outcome.id,
        version=VERSIONS[encoding],
        effect=effect,
        domains=domains,
        overall=level,
        overall_by_rule=by_rule,
        reachable=(CRITICAL,) if screened else _reachable_overall(domains),
        would_change=tuple(
            change for domain in domains for change in _changes(domain, effect, encoding)
        ),
        overrides=tuple(said.values()),
        escalation=escalation,
        remarks=(choice.why,) if choice.design_unknown else (),
    )


# --------------------------------------------------------------------------- one domain


def _targets(effect: Effect) -> dict[str, tuple[str, ...]]:
    questions = {q: row.options for id_ in DOMAINS for q, row in questions_of(id_, effect).items()}
    screen = {name: question.options for name, question in SCREEN.items()}
    return {**questions, **screen, **dict.fromkeys(DOMAINS, tuple(SEVERITY))}


def _domain(
    id_: Domain,
    answers: tuple[Reply, ...],
    effect: Effect,
    encoding: Encoding,
    said: Mapping[str, Override],
) -> RobinsDomain:
    answers = tuple(overridden(row, said.get(row.question)) for row in answers)
    codes = {row.question: row.if_asked for row in answers}
    on_path = asked(id_, codes, effect, encoding)
    held = row_that_holds(rows(id_, effect=effect, encoding=encoding), codes)
    override = said.get(id_)
    level = held.level if override is None else cast("Level", override.answer)
    return RobinsDomain(
        id=id_,
        name=DOMAINS[id_],
        level=level,
        by_rule=held.level,
        rule=held.text,
        reachable=in_order((level,)) if override else _reachable(id_, answers, effect, encoding),
        answers=tuple(
            row if row.question in on_path else replace(row, code="NA") for row in answers
        ),
        override=override,
    )


def _reachable(
    id_: Domain, answers: tuple[Reply, ...], effect: Effect, encoding: Encoding
) -> tuple[Level, ...]:
    """Levels of the rows that can hold once every unsettled answer is known."""
    questions = questions_of(id_, effect)
    possible = {
        row.question: {row.if_asked} if row.settled else _known(questions[row.question].options)
        for row in answers
    }
    return in_order(
        row.level
        for row in rows(id_, effect=effect, encoding=encoding)
        if all(possible[question] & codes for question, codes in row.when.items())
    )


def _known(options: tuple[str, ...]) -> set[str]:
    return set(options) - {"NI"}


def _changes(domain: RobinsDomain, effect: Effect, encoding: Encoding) -> Iterator[Change]:
    """Each unsettled answer on the path that would move the domain on its own."""
    if domain.override is not None:
        return
    codes = {row.question: row.if_asked for row in domain.answers}
    table = rows(domain.id, effect=effect, encoding=encoding)
    for row in domain.unknown:
        question = questions_of(domain.id, effect)[row.question]
        found = in_order(
            row_that_holds(table, {**codes, row.question: code}).level
            for code in _known(question.options)
        )
        if set(found) != {domain.level}:
            yield Change(domain.id, row.question, question.intent, domain.level, found)


def _reachable_overall(domains: tuple[RobinsDomain, ...]) -> tuple[Level, ...]:
    """Every overall level that some choice of each domain's levels gives."""
    found: set[Level | None] = {LXC}
    for domain in domains:
        found = {
            overall({"D1": one, "D2": other}) for one in found for other in domain.reachable
        } or found
    return in_order(found)


# --------------------------------------------------------------------------- showing

_COLUMNS = (
    "domain", "level", "question", "intent", "answer", "fact", "printed", "place", "rule", "why",
    "mechanical",
)  # fmt: skip


def _table(result: RobinsI) -> Iterator[tuple[object, ...]]:
    for domain in result.domains:
        intents = questions_of(domain.id, result.effect)
        for row in domain.answers:
            yield (
                domain.id, domain.level, row.question, intents[row.question].intent, row.code,
                row.fact, row.printed, "" if row.place is None else str(row.place), row.rule,
                row.why, row.mechanical,
            )  # fmt: skip
