"""Risk of bias of one randomised result, by RoB 2, with what the unknown facts could still do.

A rule answers what a record settles; all else is no information (NI), which is not a flaw. A
reader's own answer enters as an `Override` and carries a name, a date and a reason.

References
----------
.. [1] Sterne et al. (2019), RoB 2: a revised tool for assessing risk of bias in randomised
   trials. BMJ 366:l4898. https://doi.org/10.1136/bmj.l4898
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from evidence.appraisal.rob2_answers import Answered, answer_all
from evidence.appraisal.rob2_facts import SETTINGS, RoB2Settings
from evidence.appraisal.rob2_overrides import Escalation, Override, check_overrides, escalated
from evidence.appraisal.rob2_questions import QUESTIONS, favourable, is_flaw
from evidence.appraisal.rob2_scope import out_of_scope, remarks
from evidence.appraisal.rob2_tables import (
    TABLES,
    Answer,
    DomainId,
    Judgement,
    asked,
    judge_domain,
    reachable,
    reachable_overall,
    worst,
)
from evidence.appraisal.words import either
from evidence.errors import OptionError
from evidence.formatting import html_table, plural
from evidence.messages import say
from evidence.records.outcome import Outcome
from evidence.records.study import Study

if TYPE_CHECKING:
    import pandas as pd

EffectOfInterest = Literal["assignment", "adherence"]
DOMAINS: dict[EffectOfInterest, tuple[DomainId, ...]] = {
    "assignment": ("D1", "D1b", "S", "D2a", "D3", "D4", "D5"),
    "adherence": ("D1", "D1b", "S", "D2b", "D3", "D4", "D5"),
}
_ONLY: dict[DomainId, str] = {"D1b": "cluster", "S": "crossover"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One domain: its answers, what the table makes of them, what it could still become.

    `judgement` differs from `by_rule` only where an override says so; `reachable` holds the
    judgements possible once every NI is known, from best to worst.
    """

    id: DomainId
    name: str
    judgement: Judgement
    by_rule: Judgement
    reachable: tuple[Judgement, ...]
    answers: tuple[Answered, ...]
    override: Override | None = None
    interim: bool = False  # a project rule stands in for a flowchart that was not seen

    @property
    def unknown(self) -> tuple[Answered, ...]:
        """Answers that were asked for and that the record does not settle."""
        return tuple(row for row in self.answers if row.code == "NI")

    @property
    def flaws(self) -> tuple[Answered, ...]:
        """Known answers that speak against the result."""
        return tuple(row for row in self.answers if is_flaw(self.id, row.question, row.code))


class Change(NamedTuple):
    """An unknown fact that alone would change its domain, if it turned out well or badly."""

    domain: DomainId
    question: str
    wanted: str
    now: Judgement
    if_good: Judgement
    if_bad: Judgement


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RoB2:
    """RoB 2 of one result. `overall` is None, with `reason` and `fits`, where it does not apply."""

    study: str
    outcome: str
    effect: EffectOfInterest
    domains: tuple[Domain, ...]
    overall: Judgement | None
    overall_by_rule: Judgement | None
    reachable: tuple[Judgement, ...]
    would_change: tuple[Change, ...] = ()
    overrides: tuple[Override, ...] = ()
    escalation: str = ""  # why several Some concerns were taken for High
    remarks: tuple[str, ...] = ()
    reason: str = ""
    fits: str = ""

    @property
    def judgements(self) -> dict[DomainId, Judgement]:
        """Judgement by domain."""
        return {domain.id: domain.judgement for domain in self.domains}

    @property
    def unknown(self) -> tuple[Answered, ...]:
        """What was asked and is not settled: unreported, which is not flawed."""
        return tuple(row for domain in self.domains for row in domain.unknown)

    @property
    def flaws(self) -> tuple[Answered, ...]:
        """What is known to speak against the result."""
        return tuple(row for domain in self.domains for row in domain.flaws)

    @property
    def n_no_information(self) -> int:
        """Number of questions asked and answered NI."""
        return len(self.unknown)

    def __str__(self) -> str:
        if self.overall is None:
            return say("RoB 2 does not apply: {why}; use {tool}", why=self.reason, tool=self.fits)
        count = sum(row.code != "NA" for domain in self.domains for row in domain.answers)
        return say(
            "{judgement} ({flaws}; no information on {unknown} of {asked}; if known: {reachable})",
            judgement=self.overall,
            flaws=plural(len(self.flaws), "known flaw"),
            unknown=self.n_no_information,
            asked=count,
            reachable=either(self.reachable),
        )

    def __repr__(self) -> str:
        return f"<RoB2 of {self.outcome or self.study}: {self}>"

    def to_frame(self) -> pd.DataFrame:
        """One row per question: its answer, the fact, the rule, and its domain's judgement."""
        import pandas as pd

        return pd.DataFrame(list(_rows(self.domains)), columns=list(_COLUMNS))

    def _repr_html_(self) -> str:
        rows = [
            (
                f"{domain.id} {domain.name}",
                domain.judgement + (" (reader)" if domain.override else ""),
                _listed(domain.flaws),
                _listed(domain.unknown),
                " or ".join(domain.reachable),
            )
            for domain in self.domains
        ]
        head = ("domain", "judgement", "known flaws", "not settled", "if all were known")
        foot = "; ".join(part for part in (self.escalation, *self.remarks) if part)
        return html_table(head, rows, caption=f"RoB 2: {self}", foot=foot)


def rob2(
    study: Study,
    outcome: Outcome,
    *,
    effect: EffectOfInterest = "assignment",
    overrides: Iterable[Override] = (),
    escalate: Escalation = None,
    settings: RoB2Settings = SETTINGS,
) -> RoB2:
    """Judge the risk of bias of one randomised result.

    Parameters
    ----------
    study, outcome
        The record of the result; one judgement per outcome, time point and comparison.
    effect
        `assignment`: of being given the product. `adherence`: of using it as meant.
    overrides
        A reader's answers or domain judgements in place of the rules'.
    escalate
        `(True, reason)` takes several Some concerns together for High, which is a reader's
        judgement and never done by counting; None or `(False, reason)` leaves them.
    settings
        Thresholds of this project.

    Returns
    -------
    RoB2
        Domains with their answers, the overall judgement, and those reachable if every unknown
        fact were known; or, where allocation was not randomised, the reason and the tool that
        fits. Sides of one person are judged with the tables of parallel trials; the extra
        domains of cluster (D1b) and crossover trials (S) follow interim project rules.

    Raises
    ------
    OptionError
        An unknown effect, override target or answer.
    EvidenceError
        An override or an escalation without a reason; nothing to escalate.

    Notes
    -----
    The overall judgements reachable let the domains vary on their own and leave escalation out.

    References
    ----------
    .. [1] Sterne et al. (2019), BMJ 366:l4898. https://doi.org/10.1136/bmj.l4898

    Examples
    --------
    >>> from evidence.records.outcome import Design
    >>> design = Design(kind="parallel", randomised="yes", sequence="stated_only",
    ...     comparator="vehicle")
    >>> print(rob2(Study(id="a"), Outcome(id="b", name="wrinkle depth", design=design)))
    High (0 known flaws; no information on 20 of 20; if known: Low or Some concerns or High)
    """
    if effect not in DOMAINS:
        raise OptionError("effect", effect, DOMAINS)
    refused = out_of_scope(outcome)
    if refused is not None:
        return RoB2(
            study=study.id, outcome=outcome.id, effect=effect, domains=(), overall=None,
            overall_by_rule=None, reachable=(), reason=refused.reason, fits=refused.fits,
        )  # fmt: skip
    ids = [id_ for id_ in DOMAINS[effect] if _ONLY.get(id_) in (None, outcome.design.kind)]
    by_target = check_overrides(overrides, ids)
    answers = answer_all(study, outcome, ids, settings)
    domains = tuple(_domain(id_, answers[id_], by_target) for id_ in ids)
    by_rule = worst(domain.judgement for domain in domains)
    overall, escalation = escalated(by_rule, [domain.judgement for domain in domains], escalate)
    return RoB2(
        study=study.id,
        outcome=outcome.id,
        effect=effect,
        domains=domains,
        overall=overall,
        overall_by_rule=by_rule,
        reachable=reachable_overall(domain.reachable for domain in domains),
        would_change=tuple(change for domain in domains for change in _changes(domain)),
        overrides=tuple(by_target.values()),
        escalation=escalation,
        remarks=remarks(outcome),
    )


# --------------------------------------------------------------------------- one domain


def _domain(
    id_: DomainId, answers: tuple[Answered, ...], by_target: Mapping[str, Override]
) -> Domain:
    answers = tuple(_overridden(row, by_target.get(row.question)) for row in answers)
    codes: dict[str, Answer] = {row.question: row.if_asked for row in answers}
    on_path = asked(id_, codes)
    answers = tuple(row if row.question in on_path else replace(row, code="NA") for row in answers)
    by_rule, override = judge_domain(id_, codes), by_target.get(id_)
    return Domain(
        id=id_,
        name=TABLES[id_].name,
        judgement=by_rule if override is None else override.judgement,
        by_rule=by_rule,
        reachable=reachable(id_, codes) if override is None else (override.judgement,),
        answers=answers,
        override=override,
        interim=TABLES[id_].interim,
    )


def _overridden(row: Answered, override: Override | None) -> Answered:
    if override is None:
        return row
    code = override.code
    return replace(
        row, code=code, if_asked=code, rule=f"{row.question} reader", why=override.said,
        reach="reviewer",
    )  # fmt: skip


def _changes(domain: Domain) -> Iterator[Change]:
    """Each unknown answer on the path that would move the domain on its own."""
    if domain.override is not None:
        return
    codes: dict[str, Answer] = {row.question: row.if_asked for row in domain.answers}
    for row in domain.unknown:
        good, bad = favourable(domain.id, row.question)
        if_good = judge_domain(domain.id, {**codes, row.question: good})
        if_bad = judge_domain(domain.id, {**codes, row.question: bad})
        if {if_good, if_bad} != {domain.judgement}:
            wanted = QUESTIONS[domain.id][row.question].wanted
            yield Change(domain.id, row.question, wanted, domain.judgement, if_good, if_bad)


# --------------------------------------------------------------------------- showing

_COLUMNS = (
    "domain", "judgement", "question", "intent", "answer", "fact", "printed", "place", "rule",
    "why", "mechanical",
)  # fmt: skip


def _rows(domains: Iterable[Domain]) -> Iterator[tuple[object, ...]]:
    for domain in domains:
        for row in domain.answers:
            yield (
                domain.id, domain.judgement, row.question,
                QUESTIONS[domain.id][row.question].intent, row.code, row.fact, row.printed,
                "" if row.place is None else str(row.place), row.rule, row.why, row.mechanical,
            )  # fmt: skip


def _listed(answers: Iterable[Answered]) -> str:
    return "; ".join(f"{row.question} {row.why.removeprefix('wanted: ')}" for row in answers)
