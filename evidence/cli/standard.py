"""The rules of a market held against one result, as JSON, as a row and as text."""

from __future__ import annotations

import textwrap

from evidence.appraisal.assess import Assessment
from evidence.verdict.claim_types import claim_from_outcome, claim_types
from evidence.verdict.market_names import Market
from evidence.verdict.markets import RULES, checklist, counts, in_one_line

Data = dict[str, object]
_LEFT = 17


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


def standard_text(done: Assessment, market: Market) -> str:
    """The checklist for a reader at a terminal: one line per rule."""
    claim = claim_from_outcome(done.study, done.outcome)
    types = claim_types(claim)
    results = checklist(market, claim, types, done)
    info = RULES[market]
    lines = [
        "",
        _line("standard", f"{info.title}: {in_one_line(results)}"),
        _line("", f"claim read as: {claim.text} ({', '.join(types.names)})"),
    ]
    for row in results:
        lead = f"  {row.id:<8}{row.status:<16}"
        lines.append(_fill(f"{lead}{row.requirement}: {row.why}", len(lead)))
    lines.append(_line("", info.note))
    return "\n".join(lines) + "\n"


def _line(title: str, text: str) -> str:
    return _fill(f"{title:<{_LEFT}}{text}", _LEFT)


def _fill(text: str, indent: int) -> str:
    return textwrap.fill(
        text, 100, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
