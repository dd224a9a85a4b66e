"""Wordings that rules of markets and the wording lint look for: one row each, English.

The words were chosen for this project; the sources say what kind of wording the row stands for.
"""

from __future__ import annotations

import re

from evidence.records.claim import Claim
from evidence.verdict.claim_types import BUILT, denied

WORDING: dict[str, str] = {
    "approval": r"\b(?:approved|endorsed|certified|authori[sz]ed) by (?:the )?(?:eu\b|fda\b|"
    r"european|government|authorit\w+|health ministry|ministry)|\b(?:eu|fda)[- ](?:approved|"
    r"certified|registered)\b|\b(?:complies|compliant|conforms?) with (?:the |all )?(?:eu |legal |"
    r"safety )?(?:regulations?|law|requirements)|\bgovernment[- ]approved\b",
    "denigration": r"\b(?:toxic|toxins?|poison\w*|nasties|dangerous|chemical-free|"
    r"harmful (?:chemicals?|ingredients?|preservatives?)|unlike (?:any )?other\w*)\b",
    "superlative": r"\b(?:(?:the )?(?:best|most effective|most powerful|most advanced|number one|"
    r"leading)|unmatched|unrivalled|unbeatable|revolutionary|miracle|ultimate|the only|ideal|"
    r"perfect|unique|world'?s first)\b|#1\b",
    "hedge": r"\b(?:promising|preliminary|pilot|early (?:results?|data|evidence)|initial results?|"
    r"emerging)\b",
    "anti-wrinkle effect": r"\banti-?(?:wrinkle|age?ing) (?:effects?|action|power|efficacy|"
    r"results?)|\b(?:erases?|removes?|eliminates?|reverses?) (?:\w+ ){0,2}?(?:wrinkles?|"
    r"fine lines?|age?ing)\b",
    "clinically proven": r"\bclinically[- ]proven\b|\bclinical(?:ly)? (?:trials?|studies|tests?) "
    r"(?:prove\w*|validate\w*|confirm\w*)",
    "clinically tested": r"\bclinically[- ](?:tested|studied|evaluated)\b",
    "proven": r"(?<!clinically )(?<!clinically-)\b(?:scientifically )?(?:proven|proves?|proof)\b",
    "guaranteed": r"\bguarante\w+",
    "hundred": r"\b100\s*(?:%|per ?cent)",
    "up to": r"\bup to\s+(?:an? )?\d+(?:\.\d+)?\s*(?:%|per ?cent|x\b|times\b)?",
    "on average": r"\bon average\b|\baverage(?:d)?\b",
    "physiological": r"\b(?:regenerat|rejuvenat|stimulat|detox|reactivat)\w*|\brepairs?\b|"
    r"\brepairing\b|\bheal(?:s|ing)?\b|\b(?:boost|raise|increase|promote|enhance)s?\s+(?:\w+\s)"
    r"{0,2}?(?:collagen|elastin|ceramides?)\b",
    "disease": r"\b(?:eczema|psoriasis|dermatitis|rosacea|acne|infection|fungal|ulcers?|burns?|"
    r"wounds?|cures?|treats?|treatment of|therap(?:y|eutic)|medicinal|inflammation|"
    r"anti-?inflammatory)\b",
    "dermatologist": r"\bdermatolog\w+[- ](?:tested|recommended|approved|proven)\b|"
    r"\brecommended by dermatologists\b",
    "vary": r"\b(?:individual )?results (?:may|can|will) vary\b|\bresults not typical\b",
    "instant": r"\b(?:instant(?:ly)?|immediate(?:ly)?|overnight|at once|in seconds)\b",
    "persistent": r"\b(?:long[- ](?:term|lasting)|lasting|permanent(?:ly)?|cumulative|all[- ]day|"
    r"persist\w*)\b",
    "interval": r"\b(?:ci\b|interval|confidence|limits|±|\+/-)",
    "control said": r"\b(?:vehicle|placebo|control|untreated|compared with|versus|vs\.?)\b",
    "baseline said": r"\b(?:baseline|than before|before use|from the start)\b",
    "no control said": r"\b(?:no|without(?: a)?) (?:control|vehicle|comparison)\b|\buncontrolled\b",
    "people said": r"\b\d[\d,]*\s+(?:\w+\s)?(?:women|men|people|participants|volunteers|subjects|"
    r"users|customers|panell?ists)\b|\bn\s*=\s*\d+",
    "time said": r"\b\d+(?:\.\d+)?[\s-]*(?:h\b|hours?|days?|weeks?|months?)",
    "wrinkle": r"\b(?:wrinkl\w+|fine lines?|crow'?s feet)\b",
    "dryness lines": r"\b(?:fine )?(?:wrinkles|lines)\b.*\b(?:dry|dryness)\b.*"
    r"\b(?:less noticeable|inconspicuous|less visible)",
    "improves wrinkles": r"\b(?:improv|reduc|lessen|decreas|diminish|smooth|eras|remov|fill|lower)"
    r"\w*\s+(?:\w+\s){0,4}?(?:wrinkles?|fine lines?)\b|\bwrinkles?[\w\s]{0,20}(?:improv|reduc)\w+|"
    r"\b(?:decrease|reduction|improvement)s? (?:in|of) (?:\w+\s){0,2}?(?:wrinkles?|fine lines?)\b",
    "evaluation tested": r"\befficacy evaluation (?:test(?:ed)?|passed|completed)\b",
    "outside cosmetics": r"\b(?:collagen|elastin)(?: and (?:collagen|elastin))? (?:production|"
    r"synthesis|renewal)|\b(?:boost|raise|increase|promote|enhance|stimulate)s?\s+(?:\w+\s){0,2}?"
    r"(?:collagen|elastin)\b|\b(?:cell(?:ular)?|skin|tissue) (?:regeneration|renewal|repair)\b|"
    r"\bregenerat\w*|\bcirculation\b|\banti-?inflammatory\b|\binflammation\b|\bwhiten\w*|"
    r"\bmelanin\b|\b(?:eczema|psoriasis|acne|rosacea|dermatitis)\b|\bscars?\b|\bnumb\w*|"
    r"\bwounds?\b|\bheal(?:s|ing)\b|\bcellulite\b|\bfat reduction\b|\btransdermal\b|"
    r"\bdermal repair\b|\bact on the dermis\b",
    "opinion": r"\b(?:agreed?|thought|felt|feels?|noticed|said|reported|"
    r"in (?:our|their) opinion)\b",
}
"""Name to pattern. `outside cosmetics` follows the Canadian list, `physiological` UK-5."""

PATTERNS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE) for name, pattern in WORDING.items()
}


def hits(text: str, name: str) -> tuple[re.Match[str], ...]:
    """Where a wording stands in a text, but for denied ones.

    >>> [hit.group(0) for hit in hits("clinically proven, not guaranteed", "clinically proven")]
    ['clinically proven']
    >>> hits("results are not guaranteed", "guaranteed")
    ()
    """
    found = PATTERNS[name].finditer(text)
    return tuple(hit for hit in found if not denied(text, hit.start()))


def wording_known(claim: Claim) -> bool:
    """Whether the claim's words are its own, and not built from a result.

    >>> wording_known(Claim(id="1", text="fewer wrinkles", source="label"))
    True
    >>> wording_known(Claim(id="2", text="wrinkle depth −20 %", source=BUILT))
    False
    """
    return claim.source != BUILT
