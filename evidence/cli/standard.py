"""The rules of a market held against one result, as JSON, as a row and as lines."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.appraisal.assess import Assessment
from evidence.cli.lines import Line, pad
from evidence.messages import listed, say, spoken
from evidence.verdict.claim_types import claim_from_outcome, claim_types
from evidence.verdict.market_names import Market
from evidence.verdict.markets import RULES, checklist, counts, in_one_line

Data = dict[str, object]


def standard_data(done: Assessment, market: Market) -> Data:
    """The checklist of a market, for the claim that the result makes by itself."""
    claim = claim_from_outcome(done.study, done.outcome)
    types = claim_types(claim)
    results = checklist(market, claim, types, done)
    return {
        "standard": {
            "market": market,
            "title": RULES[market].title,
            "claim": {
                "text": claim.text,
                "primary": types.primary,
                "types": [
                    {"type": row.type, "words": row.words, "field": row.field}
                    for row in types.found
                ],
            },
            "counts": counts(results),
            "rules": [row.as_dict() for row in results],
            "note": RULES[market].note,
        }
    }


def standard_row(done: Assessment, market: Market) -> Data:
    """Rules met, not met and unknown, as columns."""
    claim = claim_from_outcome(done.study, done.outcome)
    seen = counts(checklist(market, claim, None, done))
    return {
        f"{market}_{status.replace(' ', '_')}": number
        for status, number in seen.items()
        if status != "not applicable"
    }


def standard_lines(done: Assessment, market: Market) -> Iterator[Line]:
    """The checklist for a reader at a terminal: one line per rule."""
    claim = claim_from_outcome(done.study, done.outcome)
    types = claim_types(claim)
    results = checklist(market, claim, types, done)
    info = RULES[market]
    counted = say("{title}: {counts}", title=info.title, counts=in_one_line(results))
    yield Line()
    yield Line(counted, "standard")
    names = listed(types.names, ", ")
    yield Line(say("claim read as: {claim} ({types})", claim=claim.text, types=names))
    for row in results:
        words = say("{requirement}: {why}", requirement=row.requirement, why=row.why)
        yield Line(words, f"  {row.id:<8}{pad(spoken(row.status), 16)}", 26)
    yield Line(info.note)
