"""An audit: every claim of a text matched to real results, assessed, pooled and judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evidence.appraisal.assess import Assessment, assess, assess_studies
from evidence.appraisal.bias_sets import BiasSet
from evidence.appraisal.grade import Certainty
from evidence.appraisal.reliability import AScale
from evidence.effects.effect import Effect
from evidence.errors import EffectError, SynthesisError
from evidence.formatting import html_table, plural
from evidence.messages import listed, say
from evidence.records.claim import Claim
from evidence.records.families import FAMILIES, family_of, group_of
from evidence.records.finding import Finding
from evidence.records.ingredients import concepts_in, covers
from evidence.records.published import Published
from evidence.records.study import Study
from evidence.synthesis.pool import Pooled
from evidence.verdict.bodies import RatedBody, rated_bodies
from evidence.verdict.cheapest_study import CheapestStudy, cheapest_study
from evidence.verdict.claim_study import claimed_percent, study_key, study_of_claim
from evidence.verdict.claim_types import ClaimTypes, claim_types
from evidence.verdict.judge import (
    Bearing,
    ClaimKind,
    Verdict,
    direction_of,
    judge,
    kind_of,
)
from evidence.verdict.lint import LintFinding, lint
from evidence.verdict.market_names import Market
from evidence.verdict.markets import RuleResult, checklist
from evidence.verdict.match import Subject, isolates, match, subject_of
from evidence.verdict.moderation import Moderation, moderation
from evidence.verdict.reword import reword
from evidence.verdict.together import pool_bearings, together

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ClaimAudit:
    """Everything about one claim. `pooled` is None with `why_not_pooled`."""

    claim: Claim
    kind: ClaimKind
    subject: Subject
    own: Assessment | None
    bearings: tuple[Bearing, ...]
    published: tuple[Published, ...]
    pooled: Pooled | None
    pooled_from: tuple[Effect, ...]
    why_not_pooled: str
    bodies: tuple[RatedBody, ...]
    types: ClaimTypes
    wording: tuple[LintFinding, ...]
    suggested: str
    cheapest: CheapestStudy
    standards: dict[Market, tuple[RuleResult, ...]]
    moderation: tuple[Moderation, ...]
    verdict: Verdict

    @property
    def certainty(self) -> Certainty | None:
        """Of the body with the best design that bears on it; None where nothing does."""
        return self.bodies[0].certainty if self.bodies else None

    @property
    def direct(self) -> tuple[Bearing, ...]:
        """Results of the same ingredient and outcome family."""
        return tuple(row for row in self.bearings if row.match.closeness == "bears")

    def __repr__(self) -> str:
        return f"<ClaimAudit of {self.claim.id}: {self.verdict.word}>"

    def to_frame(self) -> pd.DataFrame:
        """One row per matched result: how it bears on the claim and which way it points."""
        import pandas as pd

        rows = [_bearing_row(row) for row in self.bearings]
        return pd.DataFrame(rows, columns=list(_BEARING_COLUMNS))

    def _repr_html_(self) -> str:
        rows = [
            ("claim", self.claim.text),
            ("verdict", self.verdict.word),
            ("certainty", "not rated" if self.certainty is None else str(self.certainty.level)),
            ("why", self.verdict.sentence),
            ("results that bear on it", str(len(self.direct))),
        ]
        if self.own is not None:
            rows.append(("reliability of the study it describes", str(self.own.reliability)))
        together = self.pooled.summary()[0] if self.pooled else f"no: {self.why_not_pooled}"
        rows += [("pooled", together), ("what would change it", self.verdict.change)]
        return html_table(("", ""), rows, caption=self.claim.id)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Audit:
    """All claims of a text, the studies they were held against, and what the input lacked."""

    title: str
    claims: tuple[ClaimAudit, ...]
    studies: tuple[Study, ...]
    published: tuple[Published, ...]
    findings: tuple[Finding, ...]
    assessments: dict[str, Assessment] = field(repr=False)
    bias_set: BiasSet
    a_scale: AScale

    def __len__(self) -> int:
        return len(self.claims)

    def __iter__(self) -> Iterator[ClaimAudit]:
        return iter(self.claims)

    def __getitem__(self, claim_id: str) -> ClaimAudit:
        for row in self.claims:
            if row.claim.id == claim_id:
                return row
        raise KeyError(claim_id)

    @property
    def counts(self) -> Counter[str]:
        """Claims by verdict."""
        return Counter(row.verdict.word for row in self.claims)

    def __repr__(self) -> str:
        counted = ", ".join(f"{n} {word}" for word, n in self.counts.most_common())
        return f"<Audit: {len(self)} claims held against {len(self.studies)} studies; {counted}>"

    def to_frame(self) -> pd.DataFrame:
        """One row per claim: what it says, how much bears on it, the verdict."""
        import pandas as pd

        rows = [_claim_row(row) for row in self.claims]
        return pd.DataFrame(rows, columns=list(_CLAIM_COLUMNS))

    def _repr_html_(self) -> str:
        counted = [(word, str(n)) for word, n in self.counts.most_common()]
        rest_on = sorted((r for r in self.claims if r.direct), key=lambda r: -len(r.direct))
        shown = (rest_on or self.claims)[:SHOWN]
        rows = [
            (r.claim.id, r.claim.text, str(len(r.direct)), r.verdict.word, r.verdict.sentence)
            for r in shown
        ]
        more = len(self) - len(shown)
        return html_table(("verdict", "claims"), counted, caption=self.title) + html_table(
            ("id", "claim", "results", "verdict", "why"),
            rows,
            caption="Claims that results bear on, most results first" if rest_on else "",
            foot=f"and {more} more {'claim' if more == 1 else 'claims'}: see .to_frame()"
            if more
            else "",
        )


SHOWN = 12
"""Claims that a notebook shows."""


_BEARING_COLUMNS = (
    "study",
    "result",
    "closeness",
    "direction",
    "direction_why",
    "indirectness",
    "reliability",
)
_CLAIM_COLUMNS = (
    "claim",
    "text",
    "ingredient",
    "outcome",
    "verdict",
    "certainty",
    "why",
    "results",
    "pooled_k",
    "reliability",
    "types",
    "wording",
    "suggested",
    "would_change",
)


def _bearing_row(row: Bearing) -> dict[str, object]:
    return {
        "study": row.match.study.id,
        "result": row.match.outcome.id,
        "closeness": row.match.closeness,
        "direction": row.direction,
        "direction_why": row.direction_why,
        "indirectness": listed(row.match.indirectness),
        "reliability": row.assessment.reliability.value,
    }


def _claim_row(row: ClaimAudit) -> dict[str, object]:
    return {
        "claim": row.claim.id,
        "text": row.claim.text,
        "ingredient": row.claim.ingredient,
        "outcome": row.claim.outcome,
        "verdict": row.verdict.word,
        "certainty": None if row.certainty is None else row.certainty.level,
        "why": row.verdict.sentence,
        "results": len(row.direct),
        "pooled_k": 0 if row.pooled is None else row.pooled.k,
        "reliability": None if row.own is None else row.own.reliability.value,
        "types": ", ".join(row.types.names),
        "wording": "; ".join(found.words for found in row.wording),
        "suggested": row.suggested,
        "would_change": row.verdict.would_change,
    }


def audit(
    claims: Iterable[Claim],
    studies: Iterable[Study],
    *,
    published: Iterable[Published] = (),
    findings: Iterable[Finding] = (),
    title: str = "",
    bias_set: BiasSet = "robes2018",
    a_scale: AScale = "cosmetic",
    markets: Sequence[Market] = (),
    progress: Callable[[str], None] | None = None,
) -> Audit:
    """Hold every claim against every study.

    Parameters
    ----------
    claims, studies
        Records, read by `read_claims` and `read`.
    published
        Rows of published tables, shown beside the claims they speak about.
    findings
        What was found while reading, passed on to the report.
    bias_set, a_scale
        As for `score`.
    markets
        Whose checklists every claim is held against: eu, us, uk, jp, cn, ca.
    progress
        Called with a line of text now and then.

    Raises
    ------
    SynthesisError
        There is no claim.

    Examples
    --------
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(outcome="wrinkle depth", design="single-arm", n=["50"],
    ...     change=["-20%"])).model_copy(update={"product": "retinol cream"})
    >>> done = audit([Claim(id="1", text="retinol lowers wrinkle depth by 20 %")], [study])
    >>> done["1"].verdict.word, [row.direction for row in done["1"].direct]
    ('not supported', ['uncontrolled'])
    """
    held, known = tuple(claims), tuple(studies)
    if not held:
        raise SynthesisError("no claim to audit: the claims file holds none that can be used.")
    assessed = assess_studies(
        known,
        scored=lambda outcome: "contrast" if isolates(outcome) else "product",
        bias_set=bias_set,
        a_scale=a_scale,
    )
    cache = {done.outcome.id: done for done in assessed.results}
    known = _with_results(known, cache)
    if progress:
        progress(
            say(
                "{results} of {studies} assessed",
                results=plural(len(cache), "result"),
                studies=plural(len(known), "study", "studies"),
            )
        )
    context = tuple(published)
    done = []
    siblings = Counter(study_key(claim) for claim in held if claim.carries_study_data == "yes")
    for index, claim in enumerate(held, 1):
        done.append(
            _audit_one(claim, known, context, cache, siblings, bias_set, a_scale, tuple(markets))
        )
        if progress and index % 25 == 0:
            progress(f"{index} of {len(held)} claims held against the data")
    return Audit(
        title=title or "Audit of product claims",
        claims=tuple(done),
        studies=known,
        published=context,
        findings=(*findings, *assessed.findings),
        assessments=cache,
        bias_set=bias_set,
        a_scale=a_scale,
    )


def _with_results(studies: Sequence[Study], cache: dict[str, Assessment]) -> tuple[Study, ...]:
    """The studies with those of their results that could be assessed."""
    kept = []
    for study in studies:
        outcomes = tuple(one for one in study.outcomes if one.id in cache)
        if outcomes:
            whole = len(outcomes) == len(study.outcomes)
            kept.append(study if whole else study.model_copy(update={"outcomes": outcomes}))
    return tuple(kept)


def _audit_one(
    claim: Claim,
    studies: Sequence[Study],
    published: Sequence[Published],
    cache: dict[str, Assessment],
    siblings: Counter[tuple[str, str]],
    bias_set: BiasSet,
    a_scale: AScale,
    markets: tuple[Market, ...],
) -> ClaimAudit:
    subject = subject_of(claim)
    bearings = []
    for row in match(claim, studies):
        done = cache[row.outcome.id]
        direction, why = direction_of(done)
        bearings.append(Bearing(match=row, assessment=done, direction=direction, direction_why=why))
    own, impossible = None, ""
    if claim.carries_study_data == "yes":
        study = study_of_claim(claim, results=siblings[study_key(claim)])
        try:
            own = assess(
                study,
                study.outcomes[0],
                claim=claimed_percent(claim),
                bias_set=bias_set,
                a_scale=a_scale,
            )
        except EffectError as error:
            impossible = error.sentence
    pooled, used, why = pool_bearings(bearings)
    types = claim_types(claim)
    cheapest = cheapest_study(claim, types, own)
    verdict = judge(
        claim,
        subject,
        bearings,
        own,
        would_change=cheapest.sentence,
        impossible=impossible,
        together=together(bearings, pooled, used),
    )
    return ClaimAudit(
        claim=claim,
        kind=kind_of(claim),
        subject=subject,
        own=own,
        bearings=tuple(bearings),
        published=_context(subject, published),
        pooled=pooled,
        pooled_from=used,
        why_not_pooled=why,
        bodies=rated_bodies(bearings, outcome=claim.outcome),
        types=types,
        wording=lint(claim, own, bearings, types),
        suggested=_suggested(claim, own, types, bearings, verdict),
        cheapest=cheapest,
        standards={one: checklist(one, claim, types, own, bearings) for one in markets},
        moderation=moderation(claim, bearings),
        verdict=verdict,
    )


def _suggested(
    claim: Claim,
    own: Assessment | None,
    types: ClaimTypes,
    bearings: Sequence[Bearing],
    verdict: Verdict,
) -> str:
    """What the evidence lets be said: of the ingredient where only its studies speak for it."""
    if verdict.word != "supported if reworded":
        return reword(claim, own, types)
    favour = [
        row for row in bearings if row.match.closeness == "bears" and row.direction == "in favour"
    ]
    studies = {row.match.study.id for row in favour}
    mixed = any(
        row.match.closeness == "bears" and row.direction in ("no difference shown", "against")
        for row in bearings
    )
    outcomes = dict.fromkeys(
        FAMILIES.get(row.match.outcome.family, FAMILIES["unlisted"]).title.split(",")[0]
        for row in favour
    )
    if mixed:  # the pooled estimate carried it, not every study
        return (
            f"Taken together, studies of other products with {claim.ingredient} found "
            f"that {' and '.join(outcomes)} improved more than with the comparator; this product "
            "was not tested."
        )
    return (
        f"In {plural(len(studies), 'study', 'studies')} of other products with {claim.ingredient}, "
        f"{' and '.join(outcomes)} improved more than with the comparator; this product was not "
        "tested."
    )


def _context(subject: Subject, published: Sequence[Published]) -> tuple[Published, ...]:
    """Published rows that speak about the same ingredient and outcome family."""
    groups = {group_of(family) for family in subject.families}
    found = []
    for row in published:
        if row.kind == "reporting_quality" or not subject.concepts:
            continue
        studied = concepts_in(row.comparison, row.id)
        same = any(covers(c, k) for c in subject.concepts for k in studied)
        outcomes = {group_of(family_of(part)) for part in row.outcome.split(",")}
        if same and (outcomes & groups):
            found.append(row)
    return tuple(found)
