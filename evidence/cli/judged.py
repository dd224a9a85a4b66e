"""The risk of bias of one result as data and as text: the tool that fits, and its answers."""

from __future__ import annotations

from collections.abc import Iterable

from evidence.appraisal.answers import Reply
from evidence.appraisal.assess import Assessment
from evidence.appraisal.nih_before_after import nih_before_after
from evidence.appraisal.rob2 import rob2
from evidence.appraisal.rob2_answers import Answered
from evidence.appraisal.robins_i import robins_i
from evidence.appraisal.tools import tools_for

Data = dict[str, object]


def judged_data(done: Assessment) -> Data:
    """The tool, its answers with fact and rule, and what they come to; no tool, and why."""
    study, outcome = done.study, done.outcome
    choice = tools_for(study, outcome)
    found: Data = {"tool": choice.tool, "why": choice.why, "overall": None, "reachable": [],
                   "domains": [], "answers": []}  # fmt: skip
    if choice.tool == "rob2":
        trial = rob2(study, outcome)
        found |= {
            "overall": trial.overall,
            "reachable": list(trial.reachable),
            "domains": [{"id": d.id, "judgement": d.judgement} for d in trial.domains],
            "answers": _answers(row for d in trial.domains for row in d.answers),
        }
    elif choice.tool == "robins_i":
        compared = robins_i(study, outcome)
        found |= {
            "overall": compared.overall,
            "reachable": list(compared.reachable),
            "domains": [{"id": d.id, "judgement": d.level} for d in compared.domains],
            "answers": _answers(row for d in compared.domains for row in d.answers),
        }
    elif choice.tool == "nih_before_after":
        found |= {"answers": _answers(nih_before_after(study, outcome).answers)}
    return found


def _answers(rows: Iterable[Answered | Reply]) -> list[Data]:
    return [
        {
            "question": row.question,
            "answer": row.code,
            "fact": row.fact,
            "printed": row.printed,
            "rule": row.rule,
            "why": row.why,
        }
        for row in rows
    ]
