"""What Japan, China and Canada ask of a claim, as a table; see `market_rules` for the words."""

from __future__ import annotations

from evidence.verdict.claim_checks import (
    assessor_blind,
    by_instrument_or_blind_grader,
    participants_blind,
    randomised,
)
from evidence.verdict.claim_facts import Answer, Case, all_of, any_of
from evidence.verdict.claim_numbers import better_than_control
from evidence.verdict.market_checks import (
    at_most_unknown,
    at_the_eye,
    class_found,
    consent,
    ethics,
    grade_one_to_three,
    kind_allowed,
    never,
    placebo,
    room,
    says,
    third_party,
    twenty_people_four_weeks,
    untreated_or_vehicle,
    without,
)
from evidence.verdict.market_names import Market
from evidence.verdict.market_rules import EFFECT, Rule, always
from evidence.verdict.wording import PATTERNS, wording_known

_WRINKLES = ("wrinkle", "fine line")


def on_wrinkles(case: Case) -> str:
    """Claims about wrinkles.

    >>> from evidence.verdict.cases import case_of
    >>> on_wrinkles(case_of("fewer fine lines")), on_wrinkles(case_of("softer skin"))
    ('', 'no claim about wrinkles')
    """
    text = f"{case.claim.text}; {case.claim.outcome}".lower()
    return "" if any(word in text for word in _WRINKLES) else "no claim about wrinkles"


def of_dryness(case: Case) -> str:
    """The wording that Japan allows for cosmetics: wrinkles by dryness, less noticeable.

    >>> from evidence.verdict.cases import case_of
    >>> of_dryness(case_of("makes fine lines caused by dryness less noticeable"))
    ''
    >>> of_dryness(case_of("fewer fine lines"))
    'not the wording on fine wrinkles by dryness that goes with this label'
    """
    if (why := on_wrinkles(case)) or not wording_known(case.claim):
        return why
    if PATTERNS["dryness lines"].search(case.claim.text):
        return ""
    return "not the wording on fine wrinkles by dryness that goes with this label"


def tested_claim(case: Case) -> str:
    """Claims that China wants tested: not those that the senses settle.

    >>> from evidence.verdict.cases import case_of
    >>> tested_claim(case_of("free of perfume")), tested_claim(case_of("fewer wrinkles"))
    ('exempt: settled by the senses or the formula', '')
    """
    if case.types.names in (("sensory",), ("absence",)):
        return "exempt: settled by the senses or the formula"
    names = (*EFFECT, "ingredient")
    return "" if any(name in case.types for name in names) else "no effect of a product is claimed"


def no_improvement(case: Case) -> Answer:
    """Whether the claim does not say that wrinkles improve.

    >>> from evidence.verdict.cases import case_of
    >>> no_improvement(case_of("reduces wrinkles")).why
    'the claim says: reduces wrinkles'
    """
    return without("improves wrinkles", "anti-wrinkle effect")(case)


_JSCS = "Japanese Cosmetic Science Society guideline, as described at "
_TEST = f"{_JSCS}http://www.koushiwa.com/koushiwa-shiken.html"
JP: tuple[Rule, ...] = (
    Rule("JP-1", "outer corner of the eye, wrinkle grade 1 to 3 at the start",
         f"{_JSCS}http://xn--68j8eoa8327a.jp/shiwa213.html", on_wrinkles,
         all_of(at_the_eye, grade_one_to_three)),
    Rule("JP-2", "against an untreated area or a vehicle, by somebody who does not know which",
         f"{_JSCS}http://xn--68j8eoa8327a.jp/shiwa213.html", on_wrinkles,
         all_of(untreated_or_vehicle, assessor_blind)),
    Rule("JP-3", "a significant improvement of the grade or of a wrinkle parameter; no size is "
         "asked for", _TEST, on_wrinkles,
         all_of(by_instrument_or_blind_grader, better_than_control)),
    Rule("JP-4", "controlled room, ethics committee, written consent, third-party laboratory",
         f"{_TEST}; https://jsch.or.jp/?p=24", on_wrinkles,
         all_of(room, ethics, consent, third_party)),
    Rule("JP-5", "common practice: 20 people, 4 weeks",
         "http://souken-lab.co.jp/safety/teikei_siken.php?id=1", on_wrinkles,
         twenty_people_four_weeks),
    Rule("JP-6", "the label says that the efficacy evaluation was passed",
         "https://www.saishunkan.co.jp/domo/laboratory/koushiwa/", of_dryness,
         says("evaluation tested")),
    Rule("JP-7", "that wrinkles improve is for quasi-drugs: randomised, placebo-controlled, "
         "double-blind",
         "https://www.jstage.jst.go.jp/article/sccj/53/3/53_171/_article/-char/en", on_wrinkles,
         any_of(no_improvement, at_most_unknown(
             all_of(randomised, placebo, participants_blind, assessor_blind, better_than_control),
             "such a claim is for approved quasi-drugs, and approval is not recorded"))),
)  # fmt: skip

_NMPA = (
    "Standards for cosmetic efficacy claim evaluation, China, from 1 May 2021 "
    "(https://zoop-global.com/evaluation-of-cosmetic-efficacy-claims/)"
)
CN: tuple[Rule, ...] = (
    Rule("CN-1", "the claim falls into a listed class of efficacy", _NMPA, tested_claim,
         class_found),
    Rule("CN-2", "the kind of evidence is one that the class allows", _NMPA, tested_claim,
         kind_allowed),
    Rule("CN-3", "a summary of the evidence is published",
         f"{_NMPA}; exemptions: http://www.sijiatuan.com/en/clinical-efficacy-evaluation-test",
         tested_claim, never("whether a summary is published is not recorded")),
)  # fmt: skip

CA: tuple[Rule, ...] = (
    Rule("CA-1", "none of the wordings that lie outside cosmetics",
         "Canadian guidance on advertising and labelling of cosmetics (https://alphagreenresources."
         "com/guidance-for-cosmetic-advertising-and-labelling-claims-2/)", always,
         without("outside cosmetics")),
)  # fmt: skip

MORE: dict[Market, tuple[Rule, ...]] = {"jp": JP, "cn": CN, "ca": CA}
