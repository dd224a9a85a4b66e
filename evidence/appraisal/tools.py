"""Which risk-of-bias tool fits a result, and why none does where none does."""

from __future__ import annotations

from typing import Literal, NamedTuple

from evidence.appraisal.facts import read_facts
from evidence.appraisal.rob2_scope import out_of_scope
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome, said
from evidence.records.study import Study

Tool = Literal["rob2", "robins_i", "nih_before_after", "none"]


class ToolChoice(NamedTuple):
    """The tool, why, and whether an unstated design had to be read as the less favourable one."""

    tool: Tool
    why: str
    design_unknown: bool = False


NO_TOOL: dict[str, str] = {
    "survey": "a survey holds opinions: shown as a share of people with its interval, and no "
    "effect is judged",
    "exposure": "an exposure is no product that is given: ROBINS-E is for those, and is not "
    "offered here",
    "in_vitro": "in vitro: cells, not people",
    "ex_vivo": "ex vivo: excised skin, not people",
    "testimonial": "a testimonial is one person's word",
}
"""Designs that no tool here is for, with the reason."""


def tools_for(study: Study, outcome: Outcome) -> ToolChoice:
    """The risk-of-bias tool that fits one result.

    Parameters
    ----------
    study, outcome
        The record; a design that it does not state is marked, never guessed upwards.

    Returns
    -------
    ToolChoice
        `rob2` where allocation was by chance, its method stated or not, and where it went by
        alternation, dates or record numbers; `robins_i` where two groups or sides were compared
        otherwise, or nothing says how they came about; `nih_before_after` where people are
        compared with their own start alone; `none` with a reason for the rest.

    Examples
    --------
    >>> from evidence.records.outcome import Design
    >>> design = Design(kind="parallel", comparator="vehicle")
    >>> choice = tools_for(Study(id="a"), Outcome(id="b", name="TEWL", design=design))
    >>> choice.tool, choice.why, choice.design_unknown
    ('robins_i', 'compared, and nothing says that allocation was by chance', True)
    """
    design = outcome.design
    if design.kind is not UNKNOWN and design.kind in NO_TOOL:
        return ToolChoice("none", NO_TOOL[design.kind])
    if out_of_scope(outcome) is None:
        stated = design.sequence not in (UNKNOWN, "stated_only")
        why = "randomised, method stated" if stated else "randomised, method not stated"
        return ToolChoice("rob2", why)
    facts = read_facts(study, outcome)
    if design.kind == "single_arm_prepost" or facts.control == "none":
        return ToolChoice("nih_before_after", facts.control_why or "no concurrent control")
    if design.kind is UNKNOWN and facts.control == "unknown" and design.comparator is UNKNOWN:
        return ToolChoice("nih_before_after", "nothing says that anything was compared", True)
    if facts.randomised == "unknown":
        why = "compared, and nothing says that allocation was by chance"
        return ToolChoice("robins_i", why, True)
    why = "compared, allocation not by chance"
    if design.kind is not UNKNOWN:
        why = say("compared, allocation not by chance ({kind})", kind=said(design.kind))
    return ToolChoice("robins_i", why)
