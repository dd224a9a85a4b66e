"""What each RoB 2 question is after, in our own words, and which answer speaks for the result."""

from __future__ import annotations

from typing import Literal, NamedTuple

from evidence.appraisal.rob2_tables import NO, YES, Answer, DomainId


class Question(NamedTuple):
    """A question's intent, the side of the answer that speaks for the result, what to look for."""

    intent: str
    good: Literal["yes", "no"]
    wanted: str


_AWARE_PARTICIPANTS = Question(
    "people knew what they were given", "no", "whether people were blind"
)
_AWARE_DELIVERERS = Question(
    "whoever handed out or applied it knew what was given", "no", "whether they were blind"
)

QUESTIONS: dict[DomainId, dict[str, Question]] = {
    "D1": {
        "1.1": Question("chance alone decided who got what", "yes", "how the sequence was made"),
        "1.2": Question(
            "nobody could foresee the next allocation",
            "yes",
            "how the next allocation was kept from those enrolling",
        ),
        "1.3": Question(
            "the arms differ at the start by more than chance would do",
            "no",
            "a table of the arms at the start, with means, SDs and people",
        ),
    },
    "D1b": {
        "1b.1": Question(
            "members were listed before their cluster was allocated",
            "yes",
            "when members were found and recruited",
        ),
        "1b.2": Question(
            "knowing the allocation could steer who was recruited",
            "no",
            "whether those who recruited knew the allocation",
        ),
    },
    "S": {
        "S.1": Question(
            "the pause was long enough for the first product to wear off",
            "yes",
            "weeks between the periods",
        ),
        "S.2": Question(
            "orders about equally frequent, or period in the model",
            "yes",
            "people per order, or the effect of period",
        ),
        "S.3": Question(
            "chance decided who got which product first", "yes", "how the order was decided"
        ),
        "S.4": Question(
            "results of the first period are kept from the reader",
            "no",
            "whether results of the first period are shown",
        ),
    },
    "D2a": {
        "2.1": _AWARE_PARTICIPANTS,
        "2.2": _AWARE_DELIVERERS,
        "2.3": Question(
            "being in the trial changed care or use beyond the plan",
            "no",
            "other care and use in each arm, and for sides whether product could spread across",
        ),
        "2.4": Question(
            "those changes were likely to move the outcome",
            "no",
            "what the changes could do to the outcome",
        ),
        "2.5": Question(
            "those changes were alike in all arms", "yes", "other care, counted by arm"
        ),
        "2.6": Question(
            "people were analysed in the arm they were allocated to",
            "yes",
            "who was analysed, in which arm",
        ),
        "2.7": Question(
            "the wrong grouping could have moved the result much",
            "no",
            "how many were moved or left out, and why",
        ),
    },
    "D2b": {
        "2.1": _AWARE_PARTICIPANTS,
        "2.2": _AWARE_DELIVERERS,
        "2.3": Question(
            "other care that matters was alike in all arms", "yes", "other care, counted by arm"
        ),
        "2.4": Question(
            "the product was delivered in a way that could move the outcome",
            "no",
            "how the product was handed out and applied",
        ),
        "2.5": Question(
            "people used it less than meant, enough to move the outcome", "no", "use counted by arm"
        ),
        "2.6": Question(
            "the analysis is able to estimate the effect of use as meant",
            "yes",
            "how the analysis deals with people who did not use it as meant",
        ),
    },
    "D3": {
        "3.1": Question(
            "the outcome is there for nearly everyone allocated",
            "yes",
            "people allocated and analysed by arm",
        ),
        "3.2": Question(
            "something shows that the gaps did not bias the result",
            "yes",
            "how missing values were dealt with, or a recomputation without them",
        ),
        "3.3": Question(
            "a value's being missing could hang on the value", "no", "why people were lost"
        ),
        "3.4": Question("it is likely that it did", "no", "why people were lost, by arm"),
    },
    "D4": {
        "4.1": Question(
            "the way of measuring does not fit the outcome",
            "no",
            "the device or scale, and whether it is validated",
        ),
        "4.2": Question(
            "measuring could differ between the arms",
            "no",
            "device, site, room and time of measuring in each arm",
        ),
        "4.3": Question(
            "whoever produced the value knew what was given",
            "no",
            "whether whoever produced the value was blind",
        ),
        "4.4": Question(
            "knowing it could have moved the value",
            "no",
            "how far the operator or rater can move the value",
        ),
        "4.5": Question(
            "it is likely that it did", "no", "who rated, and their stake in the result"
        ),
    },
    "D5": {
        "5.1": Question(
            "analysed as planned before anyone saw unblinded data",
            "yes",
            "a dated plan or registration from before unblinding",
        ),
        "5.2": Question(
            "picked for its result among several measurements",
            "no",
            "how many outcomes were measured",
        ),
        "5.3": Question(
            "picked for its result among several analyses",
            "no",
            "how many time points, groups and models were analysed",
        ),
    },
}
"""Intents by domain and question."""


def is_flaw(domain: DomainId, question: str, code: Answer) -> bool:
    """Whether a known answer speaks against the result; no information never does.

    >>> is_flaw("D1", "1.1", "PN"), is_flaw("D1", "1.3", "N"), is_flaw("D1", "1.1", "NI")
    (True, False, False)
    """
    return code in (NO if QUESTIONS[domain][question].good == "yes" else YES)


def favourable(domain: DomainId, question: str) -> tuple[Answer, Answer]:
    """The answers that speak for and against the result.

    >>> favourable("D4", "4.3")
    ('N', 'Y')
    """
    return ("Y", "N") if QUESTIONS[domain][question].good == "yes" else ("N", "Y")
