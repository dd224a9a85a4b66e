"""What the European Union, the United States and the United Kingdom ask of a claim, as a table.

Requirements are put in our own words; the source of each stands beside it. Nothing here is legal
advice, and a rule that is met says nothing of how reliable the evidence is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from evidence.messages import listed, say
from evidence.verdict.claim_checks import (
    assessor_blind,
    body_agrees,
    controlled,
    dose_matches,
    head_to_head,
    in_people,
    ingredient_present,
    linked,
    low_risk,
    measured_at_time,
    more_than_ten,
    no_opinion,
    outcome_matches,
    participants_blind,
    people_described,
    perception_test,
    population_matches,
    prespecified,
    product_tested,
    randomised,
    replicated,
)
from evidence.verdict.claim_facts import Answer, Case, Check, all_of, any_of
from evidence.verdict.claim_numbers import (
    better_than_control,
    disclosed,
    matters,
    number_explained,
    within_evidence,
)
from evidence.verdict.claim_words import SHARE, TypeName
from evidence.verdict.market_checks import at_most_unknown, ethics, never, without
from evidence.verdict.minimum_evidence import minimum_met
from evidence.verdict.wording import PATTERNS, wording_known

Applies = Callable[[Case], str]
"""Why a rule does not apply to a claim, or an empty string; it reads the claim alone."""


class Rule(NamedTuple):
    """One rule: what it asks in our own words, where it stands, when it applies, its test."""

    id: str
    requirement: str
    source: str
    applies: Applies
    test: Check


EFFECT: tuple[TypeName, ...] = (
    "physiological", "synergy", "comparative", "quantified", "measured", "appearance", "sensory",
    "duration", "safety",
)  # fmt: skip


def always(_: Case) -> str:
    """Every claim.

    >>> from evidence.verdict.cases import case_of
    >>> always(case_of("softer skin"))
    ''
    """
    return ""


def of_types(otherwise: str, *names: TypeName) -> Applies:
    """Claims of one of these types; `otherwise` is why the rule does not apply.

    >>> from evidence.verdict.cases import case_of
    >>> applies = of_types("nothing is compared", "comparative")
    >>> applies(case_of("softer skin")), applies(case_of("better than any other cream"))
    ('nothing is compared', '')
    """
    return lambda case: "" if any(name in case.types for name in names) else otherwise


an_effect = of_types("no effect of a product is claimed", *EFFECT)
of_a_product = of_types("nothing is claimed of a product", *EFFECT, "ingredient", "absence")
names_one = of_types("no ingredient is named", "ingredient")
on_a_process = of_types("no body process is claimed", "physiological")


def more_than_perceived(case: Case) -> str:
    """Claims of an effect that is more than what the user perceives.

    >>> from evidence.verdict.cases import case_of
    >>> more_than_perceived(case_of("82 % of women agreed that skin felt soft"))
    'only what the user perceives is claimed'
    """
    if case.types.primary == "sensory":
        return "only what the user perceives is claimed"
    return an_effect(case)


def about_health(case: Case) -> str:
    """Claims on body processes or diseases.

    >>> from evidence.verdict.cases import case_of
    >>> about_health(case_of("stimulates collagen production")) == ""
    True
    >>> about_health(case_of("softer skin"))
    'no claim about health: appearance lies outside the centre of this guidance'
    """
    if "physiological" in case.types or PATTERNS["disease"].search(case.claim.text):
        return ""
    return "no claim about health: appearance lies outside the centre of this guidance"


def a_number(case: Case) -> str:
    """Claims with a size of a change or a share of people.

    >>> from evidence.verdict.cases import case_of
    >>> a_number(case_of("fewer wrinkles")), a_number(case_of("20 % fewer wrinkles"))
    ('no number is claimed', '')
    """
    if "quantified" in case.types or SHARE.search(case.claim.text):
        return ""
    return "no number is claimed"


def lasting(case: Case) -> str:
    """Claims on a time, or on an effect that lasts or builds up.

    >>> from evidence.verdict.cases import case_of
    >>> lasting(case_of("fewer wrinkles")), lasting(case_of("all-day moisture"))
    ('no lasting or cumulative effect is claimed', '')
    """
    if "duration" in case.types or PATTERNS["persistent"].search(case.claim.text):
        return ""
    return "no lasting or cumulative effect is claimed"


def opinion_worded(case: Case) -> Answer:
    """Whether the claim is worded as what people perceived.

    >>> from evidence.verdict.cases import case_of
    >>> opinion_worded(case_of("82 % of women agreed that skin felt firmer")).said
    'yes'
    >>> opinion_worded(case_of("skin is 82 % firmer")).why
    'an opinion is presented as a fact'
    """
    if not wording_known(case.claim):
        return Answer("unknown", "the claim's words are not given")
    if case.types.primary == "sensory":
        return Answer("yes", "worded as what people perceived")
    return Answer("no", "an opinion is presented as a fact")


def not_physiological(case: Case) -> Answer:
    """Whether the claim stays away from body processes.

    >>> from evidence.verdict.cases import case_of
    >>> not_physiological(case_of("stimulates the skin")).why
    'speaks of a body process: stimulates'
    """
    words = case.types.words("physiological")
    if words:
        said = listed(words, ", ")
        return Answer("no", say("speaks of a body process: {words}", words=said))
    return Answer("yes", "no body process named")


def appearance_only(case: Case) -> Answer:
    """Whether the claim speaks of appearance and of no effect on wrinkles.

    >>> from evidence.verdict.cases import case_of
    >>> appearance_only(case_of("lessens the look of fine lines")).said
    'yes'
    >>> appearance_only(case_of("fewer wrinkles")).why
    'an effect is claimed, not an appearance: wrinkles'
    """
    seen = without("anti-wrinkle effect")(case)
    if "measured" in case.types:
        words = listed(case.types.words("measured"), ", ")
        why = say("an effect is claimed, not an appearance: {words}", words=words)
        return Answer("no", why, seen.facts)
    return seen


def not_beyond(case: Case) -> Answer:
    """Whether the performance claimed stays within the evidence.

    >>> from evidence.verdict.cases import case_of
    >>> flags = {"outcome": "hydration", "change": ["20%"], "design": "single-arm"}
    >>> not_beyond(case_of("30 % more moisture", **flags)).said
    'no'
    """
    if "quantified" in case.types:
        return all_of(within_evidence, disclosed)(case)
    if case.types.primary == "sensory":
        return perception_test(case)
    return better_than_control(case)


def fair_comparison(case: Case) -> Answer:
    """Whether a comparison rests on a comparison; yes where none is made.

    >>> from evidence.verdict.cases import case_of
    >>> fair_comparison(case_of("softer skin")).why
    'nothing is compared'
    >>> fair_comparison(case_of("better than any other cream", comparator="vehicle")).why
    'not compared with the other product'
    """
    if "comparative" in case.types:
        return head_to_head(case)
    return Answer("yes", "nothing is compared")


def noting(check: Check, note: Check) -> Check:
    """A check with the facts of another beside it, which does not decide.

    >>> from evidence.verdict.cases import case_of
    >>> noting(in_people, more_than_ten)(case_of("softer skin", design="survey", n=["8"])).why
    'tested in people (beside: ten people or fewer)'
    """

    def both(case: Case) -> Answer:
        seen, aside = check(case), note(case)
        why = say("{why} (beside: {aside})", why=seen.why, aside=aside.why)
        return Answer(seen.said, why, (*seen.facts, *aside.facts))

    return both


_REGULATION = "Regulation (EU) 655/2013, annex (https://eurlexa.com/act/en/32013R0655/present/text)"
_STRONG = all_of(randomised, controlled, assessor_blind, better_than_control)

EU: tuple[Rule, ...] = (
    Rule("EU-1", "no suggestion of official approval, or of merit in merely obeying the law",
         _REGULATION, always, without("approval")),
    Rule("EU-2a", "an ingredient that is named is in the product", _REGULATION,
         names_one, ingredient_present),
    Rule("EU-2b", "what an ingredient does is not passed on to a product that was not shown to do "
         "it", _REGULATION, names_one, any_of(product_tested, dose_matches)),
    Rule("EU-2c", "an opinion is not presented as a verified fact", _REGULATION, an_effect,
         any_of(no_opinion, opinion_worded)),
    Rule("EU-3a", "adequate evidence that can be verified", _REGULATION, an_effect, linked),
    Rule("EU-3b", "studies of this product and this benefit, well designed and run, ethical",
         _REGULATION, an_effect, all_of(product_tested, outcome_matches, low_risk, ethics)),
    Rule("EU-3c", "evidence of a level that fits the type of claim",
         say("{source}; levels by type are a project choice", source=_REGULATION), of_a_product,
         minimum_met),
    Rule("EU-4", "performance not presented beyond the evidence, nor a shared property as unique",
         _REGULATION, an_effect, all_of(not_beyond, without("superlative"))),
    Rule("EU-5", "fair to competitors and to ingredients used lawfully", _REGULATION, always,
         all_of(without("denigration"), fair_comparison)),
    Rule("EU-6", "a number can be understood: people, time and measure stand beside it",
         _REGULATION, a_number, number_explained),
)  # fmt: skip

_FTC = "FTC, Health Products Compliance Guidance (2022)"
_NAD = "National Advertising Division decisions, as reported"
US: tuple[Rule, ...] = (
    Rule("US-1", "a health benefit rests on randomised controlled trials in people",
         f"{_FTC} (https://thefdalawblog.com/2023/01/a-holiday-surprise-ftc-published-its-health-"
         "products-compliance-guidance)", about_health,
         all_of(in_people, randomised, controlled, better_than_control)),
    Rule("US-2", "tests in animals or in glass do not suffice alone", _FTC, an_effect, in_people),
    Rule("US-3", "no number of trials is fixed; their quality decides, and repetition helps",
         "FTC substantiation doctrine (https://ftcdefenselawyer.com/advertising-claim-"
         "substantiation-copy)", more_than_perceived,
         noting(all_of(randomised, controlled, better_than_control, assessor_blind,
                       participants_blind, measured_at_time, prespecified, product_tested, matters,
                       population_matches), replicated)),
    Rule("US-4", "words such as promising or preliminary do not cure a weak base",
         f"{_FTC} (https://www.venable.com/insights/blogs/2022/12/ftc-announces-health-products-"
         "compliance-guidance)", an_effect,
         any_of(without("hedge"), all_of(in_people, randomised, controlled, better_than_control))),
    Rule("US-5", "the claim stays with appearance, outside the centre of the health guidance",
         f"{_FTC} (https://www.adlawaccess.com/2022/12/articles/misguided-the-ftc-attempts-to-"
         "redefine-the-law-with-its-health-products-compliance-guidance/)", an_effect,
         all_of(not_physiological, without("physiological", "disease"))),
    Rule("NAD-1", "better than a meaningful control at 95 %, and by enough to matter to people",
         f"{_NAD} (https://www.lexology.com/library/detail.aspx?g=4e6f9d37-135f-4f85-ab3c-"
         "30fa12c0a5ca)", more_than_perceived, all_of(controlled, better_than_control, matters)),
    Rule("NAD-2", "the product is tested, not its ingredients",
         f"{_NAD} (http://www.lexology.com/library/detail.aspx?g=43ee89ed-65fd-43fd-a7b3-"
         "e2defbc47075)", an_effect, product_tested),
    Rule("NAD-3", "more than ten people, and it says who they were",
         say("{source}, same case as NAD-2", source=_NAD), an_effect,
         all_of(more_than_ten, people_described)),
    Rule("NAD-4", "people's own judgement carries only what they perceive, asked early and plainly",
         f"{_NAD} (https://www.lexology.com/library/detail.aspx?g=633d1658-ea26-471c-b53f-"
         "dd1e4656eb78)", an_effect,
         any_of(no_opinion, all_of(opinion_worded, never(
             "where the question stood in the questionnaire is not recorded")))),
)  # fmt: skip

_CAP = "CAP advice online: "
_ANTI_AGEING = f"{_CAP}anti-ageing (https://www.asa.org.uk/advice-online/anti-ageing-general.html)"
UK: tuple[Rule, ...] = (
    Rule("UK-1", "evidence from people, held beforehand and judged with all that is known",
         f"{_ANTI_AGEING}; CAP Code 3.7, 12.1", more_than_perceived,
         all_of(linked, in_people, body_agrees)),
    Rule("UK-2", "what people perceived rests on a test of perception", _ANTI_AGEING,
         of_types("nothing is said of what people perceive", "sensory"), perception_test),
    Rule("UK-3", "an objective number does not rest on people's own replies", _ANTI_AGEING,
         of_types("no size of an effect is claimed", "quantified"), no_opinion),
    Rule("UK-4", "looks may be claimed; an effect on wrinkles or ageing needs strong proof",
         _ANTI_AGEING, of_types("neither looks nor a measured effect is claimed", "measured",
        "appearance"), any_of(appearance_only, _STRONG)),
    Rule("UK-5", "words of body processes need very strong proof and may make it a medicine",
         f"{_CAP}physiological effect (https://www.asa.org.uk/advice-online/beauty-and-cosmetics-"
         "physiological-effect.html); CAP Code 12.7", on_a_process,
         at_most_unknown(all_of(_STRONG, replicated),
                         "it may be medicinal: a reader of the law decides")),
    Rule("UK-6", "no exaggeration by pictures or work on them",
         f"{_CAP}cosmetics (https://asa.org.uk/advice-online/beauty-and-cosmetics-general.html)",
         an_effect, never("pictures are no part of the record")),
    Rule("UK-7", "an effect that lasts or builds up has evidence of its own",
         f"{_CAP}creams (https://asa.org.uk/advice-online/beauty-and-cosmetics-creams.html)",
         lasting, measured_at_time),
)  # fmt: skip
