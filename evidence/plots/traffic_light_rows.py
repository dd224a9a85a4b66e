"""Cells of a traffic light: every judgement of every result, domain by domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from evidence.appraisal.nih_before_after import INTENTS, BeforeAfter
from evidence.appraisal.rob2 import RoB2
from evidence.appraisal.robins_i import RobinsI
from evidence.errors import EvidenceError
from evidence.messages import listed, say
from evidence.plots.risk_levels import RiskLevel, level_of
from evidence.plots.rows import records, take, take_number

OVERALL = "Overall"
NOT_FITTING = "does not apply"
NO_JUDGEMENT = "no judgement"
_NAME, _WEIGHT = ("study", "label", "id"), ("weight", "weights")
_LONGEST = 5  # letters of a domain that may stand above its column


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCell:
    """One judgement: `word` as the tool says it, `level` for the mark, `note` for the reason.

    `domain` stands above the column and `name` says what it is about. `weight` is the share of
    weight of the result, in any unit, where it is known.
    """

    study: str
    tool: str
    domain: str
    name: str
    level: RiskLevel
    word: str
    weight: float | None = None
    note: str = ""


class _Answer(NamedTuple):
    domain: str
    name: str
    word: str
    note: str = ""


def traffic_light_rows(
    results: object,
    *,
    weights: object = None,
    names: Mapping[str, str] | None = None,
    tool: str = "",
) -> list[RiskCell]:
    """Cells of a traffic light, result by result, domain by domain.

    Parameters
    ----------
    results : iterable of RoB2, RobinsI, BeforeAfter or mappings; or a data frame
        A mapping or a line of a frame has `study` (or `label`), where known `weight`, and a
        judgement for each domain by its name, as in tables made for robvis: ``{"study": "Kim",
        "D1": "Low", "D2": "Some concerns", "Overall": "Some concerns"}``. A study of which one
        tool judged several results is named with the outcome.
    weights : mapping or Series, optional
        Weight by study, as `Pooled.weights`; otherwise what the mappings say.
    names : mapping, optional
        What the domains of mappings are about.
    tool : str
        The tool that mappings come from.

    Raises
    ------
    OptionError
        A judgement in words of no tool.
    EvidenceError
        A result without a name, a negative weight, or one study named twice by mappings.

    Examples
    --------
    >>> cells = traffic_light_rows([
    ...     {"study": "Kim 2019", "D1": "Low", "Overall": "Low"},
    ...     {"study": "Sato 2021", "D1": "Some concerns", "Overall": "High"}])
    >>> [(cell.study, cell.domain, cell.level) for cell in cells]
    [('Kim 2019', 'D1', 'low'), ('Kim 2019', 'Overall', 'low'), ('Sato 2021', 'D1', 'some'),
    ('Sato 2021', 'Overall', 'high')]
    """
    table = records(results)
    several = Counter(
        (_tool_of(row, tool), _study_of(row)) for row in table if not isinstance(row, Mapping)
    )
    given = _given(weights)
    cells: list[RiskCell] = []
    for row in table:
        name, used = _study_of(row), _tool_of(row, tool)
        outcome = "" if isinstance(row, Mapping) else str(take(row, "outcome", default=""))
        label = f"{name}: {outcome}" if several[used, name] > 1 and outcome else name
        weight = given.get(label, given.get(name, _own_weight(row)))
        if weight is not None and weight < 0:
            raise EvidenceError(f"{label}: a weight cannot be negative, and this one is {weight}.")
        for answer in _answers(row, names or {}):
            fits = answer.word != NOT_FITTING
            cells.append(
                RiskCell(
                    study=label,
                    tool=used,
                    domain=answer.domain,
                    name=answer.name,
                    level=level_of(answer.word) if fits else "not_applicable",
                    word=answer.word,
                    weight=weight,
                    note=answer.note,
                )
            )
    _check_once(cells)
    return _short_domains(cells)


def _tool_of(row: object, tool: str) -> str:
    if isinstance(row, RoB2):
        return "RoB 2"
    if isinstance(row, RobinsI):
        return "ROBINS-I"
    return "NIH before-after" if isinstance(row, BeforeAfter) else tool


def _study_of(row: object) -> str:
    if isinstance(row, Mapping):
        row = {str(key).casefold(): value for key, value in row.items()}
    name = str(take(row, *_NAME, default="")).strip()
    if not name:
        raise EvidenceError("a result has no name: give each its `study`.")
    return name


def _own_weight(row: object) -> float | None:
    if not isinstance(row, Mapping):
        return None
    return take_number({str(key).casefold(): value for key, value in row.items()}, *_WEIGHT)


def _given(weights: object) -> dict[str, float]:
    items = getattr(weights, "items", None)
    return {} if items is None else {str(name): float(value) for name, value in items()}


def _answers(row: object, names: Mapping[str, str]) -> Iterator[_Answer]:
    if isinstance(row, RoB2 | RobinsI):
        yield from _of_domains(row)
    elif isinstance(row, BeforeAfter):
        if not row.answers:
            yield _Answer(OVERALL, "", NOT_FITTING, row.reason)
        for reply in row.answers:
            yield _Answer(reply.question, INTENTS[reply.question], reply.code, reply.why)
    elif isinstance(row, Mapping):
        for key, value in row.items():
            name = str(key).strip()
            if name.casefold() in (*_NAME, *_WEIGHT):
                continue
            domain = OVERALL if name.casefold() == OVERALL.casefold() else name
            word = NO_JUDGEMENT if value is None or value != value else str(value).strip()
            yield _Answer(domain, names.get(name, ""), word or NO_JUDGEMENT)
    else:
        raise EvidenceError(f"{type(row).__name__} holds no judgements that are known here.")


def _of_domains(row: RoB2 | RobinsI) -> Iterator[_Answer]:
    if not row.domains:
        yield _Answer(OVERALL, "", NOT_FITTING, row.reason)
        return
    if isinstance(row, RoB2):
        for domain in row.domains:
            flaws = [say("{question}: {why}", question=a.question, why=a.why) for a in domain.flaws]
            yield _Answer(domain.id, domain.name, domain.judgement, listed(flaws, "; "))
    else:
        for one in row.domains:
            yield _Answer(one.id, one.name, one.level or NO_JUDGEMENT, one.rule)
    yield _Answer(OVERALL, "", row.overall or NO_JUDGEMENT, row.escalation)


def _check_once(cells: Sequence[RiskCell]) -> None:
    for (tool, study, domain), times in Counter((c.tool, c.study, c.domain) for c in cells).items():
        if times > 1:
            raise EvidenceError(
                f"{study}: {domain} is judged {times} times{f' by {tool}' if tool else ''}; name "
                "each result of a study by itself, as in 'Kim 2019: TEWL'."
            )


def _short_domains(cells: Sequence[RiskCell]) -> list[RiskCell]:
    """Domains called by whole words get D1, D2 and so on above their columns."""
    long = dict.fromkeys(
        (cell.tool, cell.domain)
        for cell in cells
        if len(cell.domain) > _LONGEST and cell.domain != OVERALL
    )
    if not long:
        return list(cells)
    short: dict[tuple[str, str], str] = {}
    for tool, domain in dict.fromkeys((cell.tool, cell.domain) for cell in cells):
        if domain != OVERALL:
            count = sum(used == tool for used, _ in short)
            short[tool, domain] = f"D{count + 1}" if _any_of(long, tool) else domain
    return [
        cell
        if cell.domain == OVERALL or short[cell.tool, cell.domain] == cell.domain
        else replace(cell, domain=short[cell.tool, cell.domain], name=cell.name or cell.domain)
        for cell in cells
    ]


def _any_of(keys: Iterable[tuple[str, str]], tool: str) -> bool:
    return any(used == tool for used, _ in keys)
