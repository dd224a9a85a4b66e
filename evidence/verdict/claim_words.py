"""The word patterns that tell what a claim says: one row per pattern, English.

`guard` says what may undo a match: `not` drops it where the words before deny it ("does not reduce
wrinkles"); `keep` keeps it, because denial is the claim itself ("does not irritate").
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

TypeName = Literal[
    "physiological",
    "synergy",
    "comparative",
    "quantified",
    "measured",
    "appearance",
    "sensory",
    "duration",
    "safety",
    "ingredient",
    "absence",
    "background",
    "advice",
]
"""What a claim says, in the order in which one of several becomes the primary one: what needs the
strongest evidence first. `background` (how skin works, no product) and `advice` (how to choose or
use) claim no effect of a product."""


class Words(NamedTuple):
    """One pattern, the type it shows, and whether a denial before it undoes it."""

    type: TypeName
    pattern: str
    guard: Literal["not", "keep"] = "not"


WORDS: tuple[Words, ...] = (
    # what the user perceives
    Words("sensory", r"\b(?:skin )?(?:feels?|felt|feeling)\b"),
    Words("sensory", r"\b(?:agreed?|thought|noticed|perceived|saw|would recommend)\b"),
    Words("sensory", r"\b(?:women|men|users?|people|customers?|consumers?)\s+(?:said|reported)\b"),
    Words("sensory", r"\b(?:soft(?:er|ness)?|silky|supple|comfort(?:able)?|refresh\w*|pleasant)\b"),
    Words("sensory", r"\b(?:smooth(?:er)?|light(?:weight)?) (?:skin|texture|feel)\b"),
    # how skin looks
    Words("appearance", r"\b(?:appearance|look) of\b"),
    Words("appearance", r"\b(?:looks?(?! (?:for|at|out))|looking|appears?|visibl[ey])\b"),
    Words("appearance", r"\bless (?:noticeable|visible)\b"),
    Words("appearance", r"\b(?:radian(?:ce|t)|glow\w*|bright\w*|luminous|luminosity)\b"),
    Words("appearance", r"\bdark circles?\b"),
    # what an instrument or a grader could read
    Words("measured", r"\b(?:wrinkl\w+|fine lines?|crow'?s feet)\b"),
    Words("measured", r"\b(?:hydrat\w+|moistur\w+|dryness|water loss|tewl|plump\w*)\b"),
    Words("measured", r"\b(?:elasticity|firm(?:s|er|ing|ness)?|tight(?:en\w*)?)\b"),
    Words("measured", r"\b(?:lift(?:s|ed|ing)?|sagging|contour|jawlines?)\b"),
    Words("measured", r"\b(?:roughness|smoothness|pores?|sebum|puffiness|eye bags?)\b"),
    Words("measured", r"\b(?:pigment\w*|(?:dark|age) spots?|redness|yellowness)\b"),
    Words("measured", r"\b(?:skin density|photo-?age?ing|(?:skin )?barrier)\b"),
    # changes of a body process
    Words("physiological", r"\b(?:regenerat|rejuvenat|stimulat|detox|reactivat)\w*"),
    Words("physiological", r"\brepairs?\b|\brepairing\b|\bheal(?:s|ing)?\b"),
    Words(
        "physiological",
        r"\b(?:collagen|elastin|ceramides?|hyaluronic acid) (?:production|synthesis|renewal|"
        r"breakdown|regeneration)\b",
    ),
    Words(
        "physiological",
        r"\b(?:boost|raise|increase|promote|enhance|stimulate)s?\s+(?:\w+\s){0,2}?"
        r"(?:collagen|elastin|ceramides?)\b",
    ),
    Words("physiological", r"\b(?:cell(?:s|ular)?|fibroblasts?|dermis|dermal|subcutaneous)\b"),
    Words("physiological", r"\b(?:circulation|metaboli\w+|hormon\w+|immun\w+|oxygen supply)\b"),
    Words("physiological", r"\b(?:melanin|mmp|matrix|glycation|free radicals?|antioxidants?)\b"),
    Words("physiological", r"\b(?:anti-?inflammatory|inflammation)\b"),
    Words("physiological", r"\b(?:penetrat\w+|absorption|deeper into)\b"),
    # against something else
    Words(
        "comparative",
        r"\b(?:better|more (?:effective\w*|active|powerful|efficient\w*)|faster|superior|stronger)"
        r"\b(?! than (?:with |in )?(?:the |a |its )?(?:placebo|vehicle|baseline|before|control|"
        r"untreated))",
    ),
    Words("comparative", r"\b(?:outperform\w*|beats?|surpass\w*|unlike (?:any )?other\w*)\b"),
    Words("comparative", r"\b(?:the )?(?:best|most effective|leading|number one|unmatched)\b|#1\b"),
    Words(
        "comparative",
        r"\b(?:than|versus|vs\.?|compared (?:with|to))\s+"
        r"(?!(?:(?:with|in|at|for|on) )?(?:the |a |its )?"
        r"(?:placebo|vehicle|"
        r"baseline|before|control|untreated|no treatment|\d))\w+",
    ),
    Words("comparative", r"\b(?:two|three|\d+(?:\.\d+)?)\s*(?:x|times) (?:more|better|faster)\b"),
    # a size
    Words("quantified", r"\b(?:halves|halved|doubles?|doubled|twice as)\b"),
    Words("quantified", r"\b\d+(?:\.\d+)?\s*(?:x|times|fold|-fold)\b"),
    # when, or for how long
    Words(
        "duration",
        r"\b\d+(?:\.\d+)?(?:\s*(?:to|-)\s*\d+)?[\s-]*(?:h|hours?|days?|weeks?|months?|minutes?)\b",
    ),
    Words("duration", r"\b(?:long[- ](?:term|lasting)|all[- ]day|overnight|permanent(?:ly)?)\b"),
    Words("duration", r"\b(?:immediate(?:ly)?|instant(?:ly)?|at once|cumulative)\b"),
    # tolerance
    Words("safety", r"\b(?:irritat\w+|toleranc\w+|tolerated|reactions?|side effects?)\b", "keep"),
    Words("safety", r"\b(?:hypo-?allergenic|non-?comedogenic|allerg\w+)\b", "keep"),
    Words("safety", r"\b(?:sensitive (?:skin|users?)|gentle|tear-free|patch test)\b", "keep"),
    Words("safety", r"\b(?:dermatologist|dermatologically|ophthalmologist)[- ]tested\b", "keep"),
    Words("safety", r"\b(?:safe(?:ty)?|compatibility)\b", "keep"),
    # more than the parts
    Words("synergy", r"\bsynerg\w+"),
    Words(
        "synergy",
        r"\b(?:multi-?(?:active|faceted|pathway)|combin(?:ed|ations?|ing))\b"
        r"(?! skin)",
    ),
    Words("synergy", r"\bact(?:s|ing)? together\b|\bthan (?:either|each|the parts|alone)\b"),
    # what is in it
    Words("ingredient", r"\b(?:contains?|formulated with|infused with|enriched with|powered by)\b"),
    # what is not
    Words("absence", r"\b[a-z]+-free\b(?<!tear-free)(?<!wrinkle-free)", "keep"),
    Words("absence", r"\bfree (?:of|from)\b", "keep"),
    Words(
        "absence",
        r"\b(?:without|no|contains no)\s+(?:added |artificial |synthetic )?(?:parabens?|fragrances?"
        r"|perfumes?|alcohol|silicones?|sul(?:ph|f)ates?|mineral oils?|colou?r\w*|"
        r"preservatives?)\b",
        "keep",
    ),
)

COMPILED: tuple[tuple[Words, re.Pattern[str]], ...] = tuple(
    (row, re.compile(row.pattern, re.IGNORECASE)) for row in WORDS
)

DENIES = re.compile(
    r"\b(?:not(?! only| just| merely)|never|cannot|neither|nor|hardly|fails? to|unable to|"
    r"un(?:proven|likely) to)\b|n't\b",
    re.IGNORECASE,
)
"""Words that deny what follows them. "No" and "without" are not here: "no wrinkles" promises."""

_VERBS = (
    r"(?:reduc|improv|firm|tight|lift|smooth|boost|increas|lower|soft|hydrat|minimi|make|leave|"
    r"feel|look|strengthen|restor|stimul|promot|help|keep|raise|protect|regenerat|repair)"
)
STOPS = re.compile(
    rf"[,;:.!?]|\b(?:but|yet|while|although|because|so|then)\b|\band (?={_VERBS})", re.IGNORECASE
)
"""Where a denial ends: the next clause, or the next verb of effect."""

PERCEIVED = re.compile(
    r"\b(?:agreed?|thought|felt|feels?|noticed|perceived|saw|said|reported)\b|"
    r"\b(?:appearance|look) of\b|\b(?:visibly|looks?|appears?)\b",
    re.IGNORECASE,
)
PERCEIVED_AFTER = re.compile(r"\bless (?:noticeable|visible)\b", re.IGNORECASE)
"""Words that make what is measured into what is seen or felt."""

SHARE = re.compile(
    r"\b\d+(?:\.\d+)?\s*(?:%|per ?cent)\s+(?:of\s+(?:\w+\s+){0,3}?)?(?:women|men|users?|people|"
    r"customers?|consumers?|participants?|volunteers?|panell?ists?|testers?|agreed?|thought|felt|"
    r"said|saw|noticed|reported)",
    re.IGNORECASE,
)
"""A share of people, which is no size of an effect."""

PERCENT = re.compile(r"(?<![\d.])\d+(?:\.\d+)?\s*(?:%|per ?cent\b)", re.IGNORECASE)
NOT_A_SIZE = re.compile(
    r"^\s*(?:natural|pure|vegan|organic|recycl\w+|money|satisfaction|guarante\w+|cotton)\b|"
    r"^\s*(?:confidence|interval|ci\b|limits)",
    re.IGNORECASE,
)
"""What may stand after a percent that is no size of an effect."""

EXPOSURES = frozenset(
    {"smoking", "sleep", "facial_exercise", "massage", "light", "laser", "sunscreen", "delivery"}
)
"""Concepts that are no ingredient of a product."""
