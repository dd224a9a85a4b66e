"""Words of the local page: whole sentences, found in the catalogues by their English text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Fault(NamedTuple):
    """What a page says when a request is not answered: a title, and what to do."""

    title: str
    advice: str


WORDS: Mapping[str, str] = {
    "skip": "Skip to the content",
    "places": "Pages",
    "home": "Start",
    "score": "Score a study",
    "check": "Check a file",
    "theme": "Light or dark",
    "local": "This page runs on this computer alone. Nothing is sent anywhere.",
    "home_lead": "How far can a product claim be trusted? Describe one study, or bring a file.",
    "home_score": "Answer what the report of one study says, and see how reliable its result is.",
    "home_check": "Bring a table of studies: see which cells cannot be right, the score of each "
    "result, and with a claim the whole report.",
    "reports": "Reports in this folder",
    "no_reports": "There is no report in this folder yet. The command evidence report writes one.",
    "report_columns": "Reports, newest first",
    "file": "File",
    "format": "Format",
    "size": "Size",
    "written": "Written",
    "score_lead": "Leave out what the report does not say: unknown is not the same as no.",
    "arm_1": "Tested product",
    "arm_2": "Comparator",
    "limit_1": "Lower limit",
    "limit_2": "Upper limit",
    "do_score": "Score this study",
    "score_again": "Change the answers",
    "start_over": "Start over",
    "problem_title": "This cannot be scored yet",
    "result": "Reliability",
    "would_raise": "What would raise it",
    "points": "Where the points went",
    "data_behind": "The numbers in this figure",
    "step": "Step",
    "lost": "Points lost",
    "left": "Left",
    "why": "Why",
    "same_command": "The same from the command line",
    "printed": "Everything, as the command prints it",
    "json": "Everything, as evidence score --json writes it",
    "check_lead": "Files are read in memory, never written to disk, and forgotten when the "
    "program stops.",
    "studies": "Study files",
    "studies_hint": "CSV, Excel, JSON, YAML or Parquet; several at once are fine, 20 MB together.",
    "drop": "They can be dropped here.",
    "claims": "File of claims (optional)",
    "claims_hint": "A table with one claim per row. With claims there is a report.",
    "claim": "Or one claim, as it is made (optional)",
    "claim_hint": "For instance: reduces wrinkles by 20 % in 8 weeks",
    "do_check": "Check",
    "check_again": "Check another file",
    "working": "Working on it",
    "working_lead": "This page looks again by itself every two seconds.",
    "look_again": "Look again now",
    "stopped": "This could not be finished",
    "findings": "Findings",
    "no_findings": "No findings: nothing in these files contradicts itself.",
    "findings_caption": "What cannot be right, or was converted",
    "where": "Where",
    "field": "Field",
    "severity": "How bad",
    "code": "Code",
    "finding": "What was found",
    "scores": "Scores",
    "scores_caption": "The reliability of each result, from 0 to 100",
    "study": "Study",
    "outcome": "Outcome",
    "reliability": "Reliability",
    "costliest": "Costs most",
    "report": "Report",
    "open_report": "Open the report",
    "save_as": "Save it as {format}",
    "no_claim": "There was no claim, so there is no report. Type one to get it.",
    "no_report": "No report could be made",
    "error": "error",
    "warning": "warning",
    "note": "note",
    "made_by": "Made by {program}",
}

FAULTS: Mapping[int, Fault] = {
    400: Fault("This request cannot be read", "Go back to the start and try again."),
    403: Fault(
        "This request did not come from this page",
        "Open the page anew at the address the program printed, and send the form from there.",
    ),
    404: Fault("There is nothing here", "Go back to the start and choose from there."),
    405: Fault("This cannot be done here", "Go back to the start and use the forms."),
    408: Fault("The request took too long", "Send it again."),
    411: Fault("The request does not say how long it is", "Send the form from a browser."),
    413: Fault(
        "That is too much at once", "Up to 20 MB are read together: split the files, or use the "
        "command line.",
    ),
    414: Fault("The address is too long", "Go back to the start."),
    415: Fault("This kind of form is not read", "Send the form from this page."),
    421: Fault(
        "This address is not the page's own",
        "Open the page at the address the program printed, which begins with http://127.0.0.1.",
    ),
    431: Fault("The headers of the request are too long", "Try another browser window."),
    500: Fault(
        "Something went wrong in the program",
        "This is a bug, not your input. The reason is printed where the program was started; what "
        "was typed is kept by the browser: go back, change something and send it again.",
    ),
    503: Fault("The program is busy", "Wait until the work under way is done, and try again."),
    505: Fault("This version of HTTP is not spoken", "Use a browser."),
}  # fmt: skip


def fault(status: int) -> Fault:
    """The words of a status; those of its hundred where it has none of its own.

    >>> fault(404).title, fault(417).title
    ('There is nothing here', 'This request cannot be read')
    """
    return FAULTS.get(status) or FAULTS[status // 100 * 100]
