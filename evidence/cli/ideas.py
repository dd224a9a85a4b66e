"""Words that results use, in our own words: what each means, why it matters, where it stands."""

from __future__ import annotations

from evidence.cli.explanation import Idea, Kind

_SCORE = "evidence score; reliability in its JSON"
_EXPECTED = "evidence score; expected_effect in its JSON"
_VERDICT = "evidence report, beside every claim"
_LABEL = "in brackets after a number; label in JSON"

IDEAS: dict[str, Idea] = {
    "reliability": Idea(
        "The share of what such studies report that is the product's true effect",
        "0 to 100 for one result of one study: R = 100 A^2 / (A^2 + S^2 + B^2). B adds up "
        "the mean biases and S^2 the variances of all components, in standard deviations of the "
        "outcome; A is the size of true effects to expect. The reported effect is not an input: "
        "a study without an effect can be as reliable as one with.",
        "R / 100 is also how much of a reported number to believe, before its size is looked at. "
        "It never says that a product fails, nor that two are equal.",
        _SCORE,
    ),
    "range": Idea(
        "How far the score moves with what nobody knows",
        "The least and greatest score over the bias sets none, robes2018, withintrial and "
        "metablind, a correlation of 0.3 to 0.9, and 1 to 20 results measured, where unknown.",
        "A wide range says that the paper leaves out what decides.",
        "evidence score; reliability.low and reliability.high in its JSON",
    ),
    "expected_effect": Idea(
        "The true effect to expect behind a reported one",
        "The reported effect less its mean biases, drawn towards zero by how uncertain it "
        "is, in the outcome's own unit; positive is benefit. It is called a scenario when a "
        "coefficient of variation, a correlation or the change without the product was assumed.",
        "A reported change is mostly larger than what the product does.",
        _EXPECTED,
    ),
    "probability": Idea(
        "Probability of benefit",
        "Pr(true effect above a threshold) for a result between groups, under each bias "
        "set, with a flat prior and no allowance for selection. Without a control there is none.",
        "It says how sure the numbers are, which a p value does not.",
        "evidence score; probability in its JSON",
        "Welton 2009, doi 10.1111/j.1467-985X.2008.00548.x",
    ),
    "bias_set": Idea(
        "Sizes of bias, as a named set",
        "robes2018 (default), withintrial and metablind are published; none takes nothing "
        "off; the range runs over these four. cochrane_rob2 is this project's own estimate.",
        "How large a bias usually is cannot be read from one study.",
        "evidence score --bias-set",
        "appraisal/bias_sets.py; cochrane_rob2: docs/validation.md",
    ),
    "priors": Idea(
        "Coefficients of variation and correlations to expect where none is printed",
        "Per outcome family: ln CV and Fisher's z of the before-after correlation are "
        "normal, with a centre and a spread. They give the interval that is labelled imputed, and "
        "nothing else: no score, and no effect. Version 0 (default) was set by hand from few "
        "sources; version 1 is estimated from the trials in datasets/ and drawn back to version 0 "
        "where fewer than three studies were seen. A version never changes once published.",
        "Papers on cosmetics often print a change without its spread.",
        "evidence score --priors",
        "evidence/records/priors.py names what each one rests on",
    ),
    "a_scale": Idea(
        "A, the size of true effects to expect",
        "cosmetic 0.25 (default) or skin_trials 0.62, in standard deviations. It sets the "
        "scale of all scores and never their order.",
        "The same doubt weighs less against large effects than against small ones.",
        "evidence score --a-scale; reliability.a_scale in its JSON",
    ),
    "scenario": Idea(
        "A number that rests on an assumed value",
        "The expected effect is marked so when the spread, the correlation or the change without "
        "the product was taken from outside the paper; each is named beside it.",
        "Another assumption gives another number.",
        _EXPECTED,
    ),
    "unknown": Idea(
        "The source does not say",
        "A fact that nobody stated. It is never read as no: an unknown fact costs points because "
        "such studies are on average more biased, and stating it can only raise the score.",
        "Most of what a reader wants to know is not printed.",
        "evidence score; status unreported in its components",
    ),
}

LABELS: dict[str, Idea] = {
    "reported": Idea(
        "The source prints this number",
        "Read from the source after its unit and its sign were brought into one form.",
        "It can be held against the page that prints it; it may be pooled.",
        _LABEL,
    ),
    "derived": Idea(
        "Algebra from printed numbers",
        "Computed from numbers the source prints, with no assumption from outside; the "
        "rule and its inputs are named beside it.",
        "It is as good as what is printed; it may be pooled.",
        _LABEL,
    ),
    "bounded": Idea(
        "An interval that contains the number",
        "What is printed allows every value between the bounds; none is preferred.",
        "It may be pooled only as bounds, or in a sensitivity analysis.",
        _LABEL,
    ),
    "imputed": Idea(
        "Taken from a named outside distribution",
        "A correlation, a coefficient of variation or a vehicle response that the source "
        "does not print, from a named table with a version.",
        "It may be pooled only in an analysis that is marked, never alone.",
        _LABEL,
    ),
    "refused": Idea(
        "No number can be given",
        "What is printed does not determine it, not even within bounds; the reason stands "
        "in its place.",
        "A number made up would look like one that was measured; it is never pooled.",
        _LABEL,
    ),
}

VERDICTS: dict[str, Idea] = {
    "supported": Idea(
        "What is claimed was shown as it is worded",
        "Controlled studies of this very product, on this outcome, agree with the whole sentence.",
        "Studies are mostly of an ingredient and not of the product, so the word is rare: no rule "
        "gives it from studies of an ingredient alone.",
        _VERDICT,
    ),
    "supported if reworded": Idea(
        "Something was shown, and the claim says more",
        "The controlled studies favour it when they are pooled; where they cannot all be pooled, "
        "two or more favour it and none shows anything else. It can be said of the ingredient as "
        "studied, with its concentration, duration and comparator.",
        "Most claims fail by what they add; the report writes the sentence that can be said.",
        _VERDICT,
    ),
    "not supported": Idea(
        "What is claimed was not shown",
        "The study behind it cannot carry it, the controlled studies pooled show no difference, "
        "only one comparison is in favour, the record is mixed, or nothing had a control.",
        "It does not say that the product fails: nobody showed that it works.",
        _VERDICT,
    ),
    "contradicted": Idea(
        "Controlled evidence points the other way",
        "The controlled studies point the other way when they are pooled; where they cannot all "
        "be pooled, at least one does and none is in favour.",
        "It is the one word that speaks against the claim itself.",
        _VERDICT,
    ),
    "no evidence offered": Idea(
        "No result bears on it",
        "The claim describes no study of its own, and no result in the data is of this ingredient "
        "and this outcome.",
        "A sentence without evidence can be true; nobody can check it.",
        _VERDICT,
    ),
    "not assessable": Idea(
        "Advice, and no result bears on it",
        "A sentence on how to use, choose or tolerate a product, for which no result was found.",
        "Saying so is better than a guess.",
        _VERDICT,
    ),
}

DIRECTIONS: dict[str, Idea] = {
    "in favour": Idea(
        "A controlled result on the side of the claim",
        "Compared with a control, the product did better, and chance alone is an unlikely reason.",
        "Only these count for a claim.",
        _VERDICT,
    ),
    "no difference shown": Idea(
        "A controlled result that shows no difference",
        "Compared with a control, the interval holds no difference, or p is not below 0.05.",
        "No difference shown is not the same as the same effect.",
        _VERDICT,
    ),
    "against": Idea(
        "A controlled result on the other side",
        "Compared with a control, the product did worse, and chance alone is an unlikely reason.",
        "One of these is enough to withhold a favourable word.",
        _VERDICT,
    ),
    "uncontrolled": Idea(
        "A change with nothing to compare it with",
        "Everybody used the product: skin changes without it too, so it has no direction.",
        "Most of the studies that are advertised are of this kind.",
        _VERDICT,
    ),
    "not readable": Idea(
        "The paper does not say which way it went",
        "Neither an interval nor a p value of the comparison nor its direction is printed.",
        "A result that cannot be read counts for nobody.",
        _VERDICT,
    ),
}

_GRADE = "evidence report, evidence profile"
_ROB = "evidence score --json, risk_of_bias; evidence report"
JUDGEMENTS: dict[str, Idea] = {
    "High": Idea(
        "High: certainty of evidence, or risk of bias",
        "Of certainty (GRADE): further studies will hardly change the answer. Of risk of bias "
        "(RoB 2): a flaw is known that could move the result.",
        "The same word is good news of certainty and bad news of bias.",
        _GRADE,
        "GRADE, doi 10.1136/bmj.39489.470347.AD; RoB 2, doi 10.1136/bmj.l4898",
    ),
    "Moderate": Idea(
        "Moderate: certainty of evidence, or risk of bias",
        "Of certainty (GRADE): probably close to the truth. Of risk of bias (ROBINS-I): sound for "
        "a study without random allocation, and not like a good trial.",
        "Sentences at this level say probably.",
        _GRADE,
        "GRADE, doi 10.1136/bmj.39489.470347.AD; ROBINS-I, doi 10.1136/bmj.i4919",
    ),
    "Low": Idea(
        "Low: certainty of evidence, or risk of bias",
        "Of certainty (GRADE): the truth may be quite different. Of risk of bias: every question "
        "of the domain was answered in favour of the result.",
        "Sentences at this certainty say may.",
        _GRADE,
        "GRADE, doi 10.1136/bmj.39489.470347.AD; RoB 2, doi 10.1136/bmj.l4898",
    ),
    "Very low": Idea(
        "Very low certainty of evidence",
        "The truth is likely to be quite different from the estimate, or nobody knows.",
        "No number is given a verb: we do not know.",
        _GRADE,
        "GRADE, doi 10.1136/bmj.39489.470347.AD",
    ),
    "Some concerns": Idea(
        "Some concerns about bias",
        "Something that matters is not said, or a flaw is there that need not have moved the "
        "result (RoB 2).",
        "Mostly it says that the paper is silent.",
        _ROB,
        "RoB 2, doi 10.1136/bmj.l4898",
    ),
    "Low except for uncontrolled confounding": Idea(
        "As good as such a study can be",
        "Nothing speaks against it but that people were not allocated by chance (ROBINS-I).",
        "What sets the groups apart and was not measured can still be the reason.",
        _ROB,
        "ROBINS-I, doi 10.1136/bmj.i4919",
    ),
    "Serious": Idea(
        "Serious risk of bias",
        "A flaw is known that is likely to have moved the result (ROBINS-I).",
        "The result is no more than a hint.",
        _ROB,
        "ROBINS-I, doi 10.1136/bmj.i4919",
    ),
    "Critical": Idea(
        "Critical risk of bias",
        "The flaw is so large that the result tells nothing (ROBINS-I).",
        "Pooling it with others would only spread the flaw.",
        _ROB,
        "ROBINS-I, doi 10.1136/bmj.i4919",
    ),
    "Y": Idea("Yes", "A fact that is stated answers the question with yes.",
              "The fact and its place stand beside the answer.", _ROB),
    "PY": Idea("Probably yes", "What is stated makes yes more likely than no.",
               "It counts as yes.", _ROB),
    "PN": Idea("Probably no", "What is stated makes no more likely than yes.",
               "It counts as no.", _ROB),
    "N": Idea("No", "A fact that is stated answers the question with no.",
              "The fact and its place stand beside the answer.", _ROB),
    "NI": Idea("No information", "Nothing that is stated answers the question.",
               "It is never read as no, and never as yes.", _ROB),
    "NA": Idea("Not applicable", "Earlier answers leave the question without an object.",
               "It is not counted.", _ROB),
    "SY": Idea("Yes, strongly", "Yes, and enough to matter much (ROBINS-I).",
               "Two strengths of yes lead to different judgements.", _ROB),
    "WY": Idea("Yes, weakly", "Yes, and hardly enough to matter (ROBINS-I).",
               "Two strengths of yes lead to different judgements.", _ROB),
    "SN": Idea("No, strongly", "No, and enough to matter much (ROBINS-I).",
               "Two strengths of no lead to different judgements.", _ROB),
    "WN": Idea("No, weakly", "No, and hardly enough to matter (ROBINS-I).",
               "Two strengths of no lead to different judgements.", _ROB),
}  # fmt: skip

_CHECKS = "evidence check --json, integrity; integrity in evidence score"
STATUSES: dict[str, Idea] = {
    "stop": Idea("Figures that cannot all be right",
                 "Printed figures contradict each other, rounding allowed.",
                 "The result is not scored until somebody looks; no row is set aside for it.",
                 _CHECKS),
    "query": Idea("Figures that ask for a look",
                  "They fit only if something is as the paper does not say it is.",
                  "Harmless ways to such figures stand beside it.", _CHECKS),
    "pass": Idea("Figures that fit", "The check could tell, and they go together.",
                 "It shows that they can be right, not that they are.", _CHECKS),
    "not_applicable": Idea("A check that could not tell",
                           "Its figures are printed, and allow no answer: too many people or too "
                           "few decimals.", "It is no pass.", _CHECKS),
    "nothing_to_check": Idea("No check could be made", "No two printed figures depend on each "
                             "other.", "It is no pass.", _CHECKS),
    "known": Idea("A flaw that the source states", "The paper says it, so it costs in full.",
                  "Only another study can change it.", _SCORE),
    "unreported": Idea("A fact that the source leaves out",
                       "It costs what it costs on average where it is not told.",
                       "Stating it well can win these points back.", _SCORE),
    "inherent": Idea("A cost of the design itself", "Every study of this kind and size pays it.",
                     "More people or another design would lower it.", _SCORE),
}  # fmt: skip

TOOLS: dict[str, Idea] = {
    "rob2": Idea("RoB 2, for results of randomised trials",
                 "Five domains of questions, answered from stated facts by named rules.",
                 "It is what Cochrane reviews use.", _ROB, "doi 10.1136/bmj.l4898"),
    "robins_i": Idea("ROBINS-I, for comparisons without random allocation",
                     "Six domains, confounding first, by the draft of its second version.",
                     "Groups that were not made by chance differ from the start.", _ROB,
                     "doi 10.1136/bmj.i4919"),
    "nih_before_after": Idea("The NIH questions for before-after studies",
                             "Twelve answers without a total.",
                             "One group alone cannot show what caused a change.", _ROB,
                             "National Heart, Lung, and Blood Institute, quality assessment tool "
                             "for before-after studies without a control group"),
}  # fmt: skip

TABLES: dict[Kind, tuple[dict[str, Idea], ...]] = {
    "idea": (IDEAS, STATUSES, TOOLS),
    "label": (LABELS,),
    "verdict": (VERDICTS, DIRECTIONS),
    "judgement": (JUDGEMENTS,),
}

COMPONENTS_WHY: dict[str, str] = {
    "sampling": "A few people can be luckier or unluckier than all others.",
    "sample_size_unstated": "Without the number of people nobody can say what chance did.",
    "recovery": "A number that had to be rebuilt may have been another one.",
    "no_control": "Part of every change would have come without the product.",
    "untreated_control": "A cream without its active part also moistens.",
    "not_randomised": "Groups that people chose differ before anything is applied.",
    "carry_over": "What is left of the first product counts for the second.",
    "sequence": "A sequence that can be arranged will sometimes be.",
    "concealment": "Who knows the next allocation can choose whom to enrol.",
    "blinding": "Who knows what was used sees, and feels, what is hoped for.",
    "incomplete_data": "Those who leave are seldom like those who stay.",
    "selection": "The best of many results is better than the truth.",
    "unit_of_analysis": "Two sides of one face are not two people.",
}
"""Why each part of the score costs points."""

COLUMNS_WHY: dict[str, str] = {
    "identity": "it tells which source, and which result of it, a number belongs to",
    "question": "a claim is matched to results by product, ingredient, outcome and time",
    "design": "how the groups came about decides what a difference means",
    "group": "it tells which arm the row describes",
    "arms": "the number of people decides what chance can do",
    "continuous": "effects and their intervals are computed from it",
    "binary": "effects on shares of people are computed from it",
    "reported": "it is used where the arms alone give no effect, and held against them where "
                "they do",
    "money": "who paid and what was planned are shown beside the result",
    "appraisal": "answers of the tools for risk of bias that somebody gave by hand",
    "claim": "it says what is claimed, and what was offered for it",
    "context": "it is shown beside the result and changes no number",
}  # fmt: skip
"""Why a group of columns is asked for."""

RECORDS_WHY: dict[str, str] = {
    "Study": "one source: a paper, a registry entry or a page",
    "Arm": "a group of people or a side of the body, and what it was given",
    "Ingredient": "what a product holds decides which claims a study bears on",
    "Interest": "who paid, and what the authors had to win",
    "Outcome": "one result: outcome, time point and comparison, which is what is judged",
    "Design": "how the groups came about decides what a difference means",
    "Blinding": "who knew what was used can have moved the value",
    "ArmResult": "effects and their intervals are computed from it",
    "Contrast": "it is used where the arms alone give no effect",
    "PValue": "a bound is kept as a bound, and what was tested beside it",
    "Reporting": "results that were chosen from many look better than they are",
    "Claim": "what is claimed, in the words that were used",
    "Place": "a reader can walk from every number back to the printed figure",
}
"""What each record is for."""
