"""Words of the field that a report uses, each in a sentence."""

from __future__ import annotations

from evidence.report.document import KeyValues, Section

TERMS: dict[str, str] = {
    "Baseline": "The measurement before anybody used the product.",
    "Before-after study": "One group measured twice, without a control: whatever else changed in "
    "that time is in its number too.",
    "Bias": "What pulls a result in one direction whatever the number of people.",
    "Blinding": "Not knowing who got what: the people, or those who measure.",
    "Certainty of evidence": "How sure one can be of an effect, rated by GRADE from high to very "
    "low for each outcome.",
    "Comparator": "What the product was compared with: its vehicle, a placebo, another product, "
    "or nothing.",
    "Confidence interval": "Values that fit the data about as well; with 95 of 100 such intervals "
    "holding the true value if nothing but chance were at work.",
    "Correlation (before and after)": "How closely the second measurement of a person follows the "
    "first; without it the spread of changes is not known.",
    "Heterogeneity": "Differences between the true effects of studies; tau² is their variance, I² "
    "their share of what is seen.",
    "Mean difference": "The difference between group averages, in the unit that was measured.",
    "Pooled estimate": "Several studies put together, the more precise ones counting more.",
    "Prediction interval": "Where the true effect of the next similar study is expected.",
    "Randomised": "Chance decided who got the product.",
    "Reliability score": "From 0 to 100: how much of what such a study reports is the product's "
    "true effect rather than noise, missing control, bias and selection.",
    "Risk of bias": "Whether the way a result came about could have pulled it in one direction.",
    "SMD": "Standardised mean difference: the difference in standard deviations, so that scales "
    "can be compared.",
    "Spread": "How much people differ, for instance as a standard deviation; without it no "
    "interval can be computed.",
    "Vehicle": "The same cream or serum without the ingredient tested.",
}


def glossary_section() -> Section:
    """Every term with its sentence.

    >>> glossary_section().title, len(glossary_section().blocks[0].items) == len(TERMS)
    ('Words used here', True)
    """
    return Section(
        "Words used here", (KeyValues(tuple(TERMS.items())),), anchor="glossary", collapsed=True
    )
