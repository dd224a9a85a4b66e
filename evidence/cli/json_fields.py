"""The fields of the JSON of `score`, `pool` and `check`: what each holds.

One row per field: its path (list brackets left out, `effect.*` for each of the three effects), its
name in words and what it holds. Fields of one section share why they are there.
"""

from __future__ import annotations

import re
from typing import NamedTuple

Rows = dict[str, tuple[str, str]]


class Field(NamedTuple):
    """A field: the command whose JSON has it, its path, its name, what it holds, and why."""

    command: str
    path: str
    title: str
    what: str
    why: str


_BASIS: Rows = {
    "label": ("What the number is",
              "reported, derived, bounded, imputed or refused: evidence explain LABEL."),
    "rule": ("Rule that gave it", "The name of the recovery rule; empty where it is printed."),
    "assumptions": ("What it assumes", "Each assumption in words, with its value."),
    "inputs": ("Printed figures it came from",
               "Field = value (file:line:column), one text for each."),
    "reason": ("Why there is none", "In words; null where there is a number."),
}  # fmt: skip
_FINDING: Rows = {
    "code": ("Stable code", "EV and three digits: evidence explain CODE."),
    "severity": ("How bad it is", "error (the row is set aside), warning or note."),
    "file": ("File", "Its name as it was given."),
    "line": ("Line", "The physical line on which the row starts, from 1."),
    "column": ("Column", "Ordinal of the column, from 1."),
    "cell": ("Cell", "sheet!B7 in a workbook, a pointer in JSON."),
    "field": ("Field", "The header of the column."),
    "value": ("Value", "What stands there."),
    "message": ("What is wrong or worth knowing", "One sentence."),
    "suggestion": ("What would help", "Empty where nothing is suggested."),
}
_ITEM: Rows = {
    "code": ("Stable code of the check", "EV and three digits: evidence explain CODE."),
    "check": ("Name of the check", "Such as grim, or p_of_means."),
    "status": ("How it came out", "pass, note, query, stop or not_applicable."),
    "verdict": ("The check's own word", "Such as consistent or impossible."),
    "sentence": ("Its answer", "One sentence, with the figures in it."),
    "benign": ("Harmless ways there", "What would explain such figures without a fault."),
    "inputs": ("Figures it read", "Field = value (file:line:column), one text for each."),
    "study": ("Study", "Its id."),
    "outcome": ("Result", "Its id; empty for a whole study or several."),
    "place": ("Where the first figure stands", "Null where nobody knows."),
    "place.file": ("File of the first figure", "Its name as it was given."),
    "place.line": ("Line of the first figure", "From 1."),
    "place.column": ("Column of the first figure", "From 1."),
    "place.field": ("Header of the first figure", "As it stands in the file."),
    "place.page": ("Page of the first figure", "Where the source prints it."),
}
_ROWS_READ: Rows = {
    "read": ("Rows read", "Every row below the header that holds anything."),
    "used": ("Rows used", "Those without an error."),
    "set_aside": ("Rows set aside", "Those with an error, each named by a finding."),
}
_CHECKED: Rows = {
    "status": ("The worst of the checks", "stop, query, note, pass or nothing_to_check."),
    "possible": ("Checks that were possible", "Those whose figures are printed."),
    "run": ("Checks that could tell", "Those of the possible ones that gave an answer."),
}


def _under(path: str, rows: Rows) -> Rows:
    return {f"{path}.{name}": row for name, row in rows.items()}


_EFFECT: Rows = {
    "measure": ("Effect measure", "MD, SMD, PCHG, RR and so on."),
    "kind": ("Kind of effect", "within_arm (before to after) or between_arm."),
    "estimate": ("Estimate", "On the analysis scale: the logarithm for ratios."),
    "se": ("Standard error", "Null where nothing printed determines it."),
    "ci_low": ("Lower limit of its interval", "On the analysis scale, at level."),
    "ci_high": ("Upper limit of its interval", "On the analysis scale, at level."),
    "level": ("Level of the interval", "0.95 unless the source prints another."),
    "df": ("Degrees of freedom", "Of its t interval; null for a normal one."),
    "log": ("Whether it is a logarithm", "If so, exp() brings the ratio back."),
    "unit": ("Unit", "% for percent changes, the outcome's own for means."),
    "better": ("Direction of benefit", "lower or higher; null where nobody says."),
    "label": ("The weaker label of value and spread", "evidence explain LABEL."),
    "se_bound": ("Limits of the standard error", "Where only those are known."),
    "basis": ("What the value rests on", "label, rule, assumptions, inputs, reason."),
    "spread": ("What the standard error rests on", "label, rule, assumptions, inputs, reason."),
    **_under("basis", _BASIS),
    **_under("spread", _BASIS),
}
_RECOVERY: Rows = {
    "percent": ("Percent change of the tested arm", "As printed or derived; null where none is."),
    "label": ("Label of what is known of its error", "evidence explain LABEL."),
    "prior": ("Prior in use", "Outcome family and version."),
    "conflict": ("Routes that disagree", "In words, where two exact rules give different answers."),
    "steps": ("Every rule that applies", "Best first."),
    "steps.rule": ("Rule", "Its name."),
    "steps.title": ("Rule in words", "What it does."),
    "steps.exact": ("Whether it is exact", "No assumption and no bound."),
    "steps.se": ("Limits of the standard error", "Equal where it is known."),
    "steps.scale": ("Scale of the standard error", "log or percent."),
    "steps.narrowest": ("Narrowest interval", "Two limits, in percent."),
    "steps.widest": ("Widest interval", "Two limits, in percent."),
    **_under("steps", _BASIS),
    "touches_zero": ("Where the interval reaches zero", "One entry per correlation."),
    "touches_zero.r": ("Correlation", "Between before and after, supposed."),
    "touches_zero.cv": ("Coefficient of variation", "At which the interval reaches zero."),
    "if_mean_of_individual_percents": ("If each person's percent was averaged", "One entry per "
                                       "coefficient of variation."),
    "if_mean_of_individual_percents.cv": ("Coefficient of variation", "Supposed."),
    "if_mean_of_individual_percents.percent": ("Change of the means", "Behind such a mean of "
                                               "percents."),
    "tipping_points": ("Vehicle responses that would undo the change", "One entry per "
                       "supposition."),
    "tipping_points.supposing": ("What is supposed of the vehicle arm", "In words."),
    "tipping_points.percent": ("Vehicle response", "At which the interval of the net effect "
                               "reaches zero."),
    "if_vehicle": ("Net effect for supposed vehicle responses", "One entry per response."),
    "if_vehicle.vehicle_percent": ("Vehicle response", "Supposed."),
    "if_vehicle.net_percent": ("Net effect", "Of the product over such a vehicle."),
    "if_vehicle.ci_low": ("Lower limit of the net effect", "In percent."),
    "if_vehicle.ci_high": ("Upper limit of the net effect", "In percent."),
    "regression_to_the_mean": ("What selection alone would give", "Null without a spread."),
    "regression_to_the_mean.cv": ("Coefficient of variation", "Supposed."),
    "regression_to_the_mean.r": ("Correlations", "Supposed, one column each."),
    "regression_to_the_mean.shares_let_in": ("Shares of people let in", "One row each."),
    "regression_to_the_mean.percent": ("Change by selection alone", "By share and correlation."),
    "hypothetical": ("If so many people had been measured", "Where their number is not stated."),
    "hypothetical.n": ("People", "Supposed."),
    "hypothetical.widest": ("Widest interval", "Two limits, in percent."),
    "hypothetical.narrowest": ("Narrowest interval", "Two limits, in percent."),
    "net": ("Ratio of two printed percent changes", "Null without a second arm."),
    "net.percent": ("Net change", "Of the product over its comparator."),
    "net.se": ("Limits of its standard error", "Null where none are known."),
    "net.narrowest": ("Narrowest interval of the net change", "Two limits, in percent."),
    "net.widest": ("Widest interval of the net change", "Two limits, in percent."),
    **_under("net", _BASIS),
    "said": ("What can be said", "label and text."),
    "said.label": ("Label of the sentence", "evidence explain LABEL."),
    "said.text": ("Sentence", "In English."),
    "not_said": ("What cannot be said", "label and text."),
    "not_said.label": ("Label of the sentence", "evidence explain LABEL."),
    "not_said.text": ("Sentence", "In English."),
}  # fmt: skip
_RELIABILITY: Rows = {
    "value": ("The score", "0 to 100, not rounded; null with the reason."),
    "low": ("Lower end of its range", "evidence explain range."),
    "high": ("Upper end of its range", "evidence explain range."),
    "reason": ("Why it is not scored", "Null where it is."),
    "a_scale": ("Size of true effects in force", "cosmetic or skin_trials."),
    "bias_set": ("Bias set in force", "evidence explain bias_set."),
    "scored": ("What is scored", "The contrast, or the product alone."),
    "b": ("Summed mean bias", "In standard deviations."),
    "s2": ("Summed variance", "In standard deviations, squared."),
    "components": ("Parts of the score", "One entry per component."),
    "components.name": ("Component", "evidence explain NAME."),
    "components.status": ("Whether it is stated", "known, unreported or inherent."),
    "components.mean": ("Its mean bias", "In standard deviations."),
    "components.variance": ("Its variance", "In standard deviations, squared."),
    "components.points_lost": ("Points it costs", "What the score would gain without it."),
    "components.why": ("Why it costs them", "In words."),
    "would_raise": ("Facts that would raise the score", "Greatest gain first."),
    "would_raise.fact": ("Fact", "In words."),
    "would_raise.status": ("Whether it is known", "unknown, or a known flaw."),
    "would_raise.value": ("Score it would give", "0 to 100."),
    "would_raise.gain": ("Points it would add", "Value less the score now."),
    "n_for_small_sampling": ("People at which chance costs little", "Under 5 points."),
    "other_scale": ("The score under the other size of effects", "a_scale and value."),
    "other_scale.a_scale": ("The other size of true effects", "cosmetic or skin_trials."),
    "other_scale.value": ("The score under it", "0 to 100."),
    "assumed": ("What stands in for missing facts", "In words."),
}
_EXPECTED: Rows = {
    "estimate": ("True effect to expect", "In unit; positive is benefit."),
    "ci_low": ("Lower limit of the expected effect", "At level."),
    "ci_high": ("Upper limit of the expected effect", "At level."),
    "level": ("Level of the interval", "0.95."),
    "unit": ("Unit", "SMD, % or the outcome's own."),
    "orientation": ("Orientation", "positive = benefit."),
    "reported": ("Reported effect", "Turned so that positive is benefit."),
    "scenario": ("Whether it rests on assumed values", "evidence explain scenario."),
    "assumptions": ("What it assumes", "Each in words, with its value."),
    "pr_above_zero": ("Probability of any benefit", "0 to 1."),
    "mid": ("Smallest effect that matters", "As given by --mid."),
    "pr_above_mid": ("Probability of an effect that matters", "Null without --mid."),
    "claim": ("Effect that is claimed", "The reported one unless a claim says another."),
    "pr_at_least_claim": ("Probability of at least what is claimed", "0 to 1."),
}
_PROBABILITY: Rows = {
    "reason": ("Why none is shown", "Null where there is one."),
    "mid_smd": ("Threshold", "In standard deviations."),
    "assumption_driven": ("Whether the bias set decides", "True where the sets disagree much."),
    "sets": ("One entry per bias set", "evidence explain bias_set."),
    "sets.bias_set": ("Bias set", "Its name."),
    "sets.mean": ("Mean of the effect after bias", "In standard deviations."),
    "sets.sd": ("Its standard deviation", "In standard deviations."),
    "sets.above_zero": ("Probability of any benefit", "0 to 1."),
    "sets.above_mid": ("Probability of an effect that matters", "Null without --mid."),
    "sets.at_least_claim": ("Probability of at least what is claimed", "0 to 1."),
}
_ROB: Rows = {
    "tool": ("Tool that fits", "rob2, robins_i, nih_before_after or none."),
    "why": ("Why it fits", "Or why none does."),
    "overall": ("Overall judgement", "The words of the tool; null where it has none."),
    "reachable": ("Judgements still open", "If the unknown facts were known."),
    "domains": ("Judgements by domain", "id and judgement."),
    "domains.id": ("Domain", "evidence explain D1."),
    "domains.judgement": ("Judgement of the domain", "The words of the tool."),
    "answers": ("Answers to every question", "Each with its fact and rule."),
    "answers.question": ("Question", "Its number: evidence explain 4.3."),
    "answers.answer": ("Answer", "Y, PY, PN, N, NI, NA and for ROBINS-I SY, WY, WN, SN."),
    "answers.fact": ("Fact it came from", "Path of the field."),
    "answers.printed": ("What is stated", "Or not stated."),
    "answers.rule": ("Rule that turned the fact into the answer", "Its short name."),
    "answers.why": ("Why", "In words."),
}
_STANDARD: Rows = {
    "market": ("Market", "eu, us, uk, jp, cn or ca."),
    "title": ("Market in words", "With its authorities."),
    "claim": ("The claim that the result makes by itself", "text, primary and types."),
    "claim.text": ("Its words", "In English."),
    "claim.primary": ("Its chief type", "The one that needs most."),
    "claim.types": ("All its types", "With the words that show each."),
    "claim.types.type": ("Type", "What sort of sentence it is."),
    "claim.types.words": ("Words that show it", "As they stand in the claim."),
    "claim.types.field": ("Field they stand in", "Of the claim or the result."),
    "counts": ("Rules by status", "met, not met, unknown, not applicable."),
    "counts.met": ("Rules met", "A number."),
    "counts.not met": ("Rules not met", "A number."),
    "counts.unknown": ("Rules nobody can answer", "A number; unknown is never met."),
    "counts.not applicable": ("Rules for other claims", "A number."),
    "rules": ("Every rule of the market", "evidence explain its id."),
    "rules.id": ("Id of the rule", "evidence explain ID."),
    "rules.requirement": ("What it asks", "In our own words."),
    "rules.source": ("Where it stands", "Regulation, guide or case."),
    "rules.status": ("How it came out", "met, not met, unknown or not applicable."),
    "rules.why": ("Why", "In words."),
    "rules.study": ("Study that was read for it", "Null where the claim alone decides."),
    "rules.facts": ("Facts behind it", "path and value."),
    "rules.facts.path": ("Path of the fact", "In the record."),
    "rules.facts.value": ("Value of the fact", "As stated."),
    "note": ("What to keep in mind", "It is no legal advice."),
}

_OF_COMPUTE = ("study", "outcome", "result", "family", "arm", "kind", "measure", "yi", "vi", "se",
               "se_low", "se_high", "ci_low", "ci_high", "log", "unit", "n", "better", "favours",
               "label", "rule", "spread_rule", "note", "reason")  # fmt: skip
_AS_COMPUTED = ("Of the result that gives no effect", "As in evidence.compute_effects.")
_SECTIONS: dict[str, dict[str, tuple[str, str, Rows]]] = {
    "score": {
        "input": ("What was typed", "a number can be walked back to a flag", {}),
        "source": ("Which row it is", "a number can be walked back to its row", {
            "file": ("File", "Its name as it was given."),
            "line": ("Line", "On which the row starts, from 1."),
            "id": ("Result", "Its id."),
            "study": ("Study", "Its id."),
            "product": ("Product", "What was tested."),
            "outcome": ("Outcome", "What was measured."),
        }),
        "effect": ("The three effects",
                   "a change from baseline never stands in for an effect between groups", {}),
        "effect.*": ("One effect", "every number says what it rests on", _EFFECT),
        "recovery": ("What is known of the error of the change",
                     "most papers print a change without its spread", _RECOVERY),
        "integrity": ("Checks of the printed figures", "figures that cannot be carry no score", {
            **_CHECKED, "items": ("Every check", "As in evidence check --json."),
            **_under("items", _ITEM)}),
        "reliability": ("The score and its parts",
                        "the score is only as good as what is said of its parts", _RELIABILITY),
        "expected_effect": ("The true effect to expect",
                            "a reported effect is mostly larger than the true one", _EXPECTED),
        "probability": ("Probability of benefit", "it says how sure the numbers are",
                        _PROBABILITY),
        "judgements": ("Facts that cost points", "every judgement has its reason", {
            "fact": ("Fact", "The component of the score."),
            "judgement": ("Judgement", "flaw, unknown or inherent."),
            "reason": ("Reason", "In words."),
            "source": ("What its size rests on", "Publication or setting."),
        }),
        "risk_of_bias": ("The tool for risk of bias and its answers",
                         "reviewers can check every answer against its fact", _ROB),
        "standard": ("Rules of a market, with --standard",
                     "what may be said is another question than what is true", _STANDARD),
        "findings": ("Remarks on the input", "nothing is converted or guessed in silence",
                     _FINDING),
        "results": ("One entry per result of the file", "every row is answered, in order", {}),
        "summary": ("Rows by what became of them", "nothing is left out in silence", _ROWS_READ),
    },
    "pool": {
        "results": ("One entry per pooled group",
                    "a mean says little without its interval and how much studies differ", {
            "group": ("Group", "The value of the --by column; null without one."),
            "measure": ("Effect measure", "Of all effects in it."),
            "k": ("Number of effects", "A study may give several."),
            "estimate": ("Pooled mean", "On the scale of the effects: log for ratios."),
            "se": ("Standard error of the mean", "By the test in force."),
            "ci_low": ("Lower limit of the mean", "At level."),
            "ci_high": ("Upper limit of the mean", "At level."),
            "level": ("Level of the intervals", "0.95 unless asked otherwise."),
            "test": ("Test and interval", "evidence explain HKSJ."),
            "statistic": ("Test statistic", "t or z."),
            "df": ("Degrees of freedom", "Null for the normal distribution."),
            "pvalue": ("p value", "Of the mean against zero."),
            "hk_factor": ("Factor of Hartung and Knapp", "What they multiply the variance by."),
            "tau2": ("Between-study variance", "Null for one study."),
            "tau2_method": ("Its estimator", "evidence explain REML."),
            "tau2_se": ("Its standard error", "Null where there is none."),
            "tau2_ci_low": ("Its lower limit", "By the Q profile."),
            "tau2_ci_high": ("Its upper limit", "By the Q profile."),
            "typical_variance": ("Typical sampling variance", "Of Higgins and Thompson."),
            "i2": ("I²", "Share of the variation that chance does not explain, in percent."),
            "i2_ci_low": ("Lower limit of I²", "In percent."),
            "i2_ci_high": ("Upper limit of I²", "In percent."),
            "h2": ("H²", "Total variation over chance."),
            "h2_ci_low": ("Lower limit of H²", "At level."),
            "h2_ci_high": ("Upper limit of H²", "At level."),
            "q": ("Cochran's Q", "Squared distances from the mean, weighted."),
            "q_df": ("Its degrees of freedom", "k - 1."),
            "q_pvalue": ("Its p value", "Of no difference between studies."),
            "pi_low": ("Lower limit for a further study", "From three studies on."),
            "pi_high": ("Upper limit for a further study", "From three studies on."),
            "weighting": ("Weights", "inverse variance, equal or given."),
            "log_scale": ("Whether effects are logarithms", "If so, exp() brings the ratio back."),
            "notes": ("What to know before believing it", "Sentences."),
            "studies": ("Studies", "In the order of the effects."),
            "shares": ("Weights as shares", "In the order of the effects; they sum to 1."),
            "effects": ("The effects that were pooled", "study, yi, vi, weight."),
            "effects.study": ("Study", "Its id."),
            "effects.yi": ("Effect", "On the scale that is pooled."),
            "effects.vi": ("Its sampling variance", "The standard error squared."),
            "effects.weight": ("Its weight", "A share."),
            "reasons": ("Why a number is null", "By the name of the field."),
        }),
        "refused": ("Results without an effect", "nothing is left out in silence",
                    dict.fromkeys(_OF_COMPUTE, _AS_COMPUTED)),
        "findings": ("Remarks on the input", "nothing is converted or guessed in silence",
                     _FINDING),
        "summary": ("Rows by what became of them", "nothing is left out in silence", {
            **_ROWS_READ,
            "without_effect": ("Results without an effect", "Listed in refused."),
        }),
    },
    "check": {
        "findings": ("What is wrong or worth knowing", "each names its place and its code",
                     _FINDING),
        "integrity": ("Checks of the printed figures",
                      "figures that cannot all be right are seen by nobody who only reads them", {
            **_CHECKED,
            "counts": ("Checks by status", "A number each."),
            **{f"counts.{name}": (f"Checks with status {name}", "A number.")
               for name in ("stop", "query", "note", "pass", "not_applicable")},
            "items": ("Every check", "Whether it passed or not."),
            **_under("items", _ITEM),
            "signals": ("Signals of design and reporting", "No check can be passed here."),
            **_under("signals", _ITEM),
        }),
        "summary": ("Rows and findings in numbers", "nothing is left out in silence", {
            **_ROWS_READ,
            "files": ("Files", "Those that were named."),
            "errors": ("Errors", "Findings of this severity."),
            "warnings": ("Warnings", "Findings of this severity."),
            "notes": ("Notes", "Findings of this severity."),
        }),
    },
}  # fmt: skip


_ALONE = (
    Field("score", "expected_effect_reason", "Why no effect can be expected", "Null where one is.",
          "A missing number has its reason."),
    Field("pool", "by", "Column that names the groups", "As given by --by.",
          "A reader sees what was pooled apart."),
)  # fmt: skip
_SCHEMA = ("Name and version of this form", "Within a version fields are only added.",
           "A program can tell which form it reads.")  # fmt: skip
_OF_ONE_RESULT = (
    "effect|source|recovery|integrity|reliability|expected_effect|expected_effect_reason|"
    "probability|judgements|risk_of_bias|standard|findings"
)


def fields() -> list[Field]:
    """Every field of the three commands, sections before what is in them."""
    found = list(_ALONE)
    for command, sections in _SECTIONS.items():
        found.append(Field(command, "schema", *_SCHEMA))
        for section, (title, reason, rows) in sections.items():
            why = reason[:1].upper() + reason[1:] + "."
            found.append(
                Field(command, section, title, "A part of its own; its fields follow.", why)
            )
            found += [
                Field(command, f"{section}.{name}", named, what, why)
                for name, (named, what) in rows.items()
            ]
    return found


def canonical(path: str) -> str:
    """A path as the table has it.

    >>> canonical("results[].effect.between.ci_low"), canonical("effect.change_control.se_bound[]")
    ('effect.*.ci_low', 'effect.*.se_bound')
    """
    bare = re.sub(r"\[\d*\]", "", path)
    bare = re.sub(rf"^results\.(?=(?:{_OF_ONE_RESULT})\b)", "", bare)
    bare = re.sub(r"^effect\.(?:change_control|change|between)\b", "effect.*", bare)
    return "input" if bare.startswith("input.") else bare
