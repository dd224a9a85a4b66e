"""Methods by their names: estimators, tests and sets of biases, and what to know of each."""

from __future__ import annotations

from evidence.cli.explanation import Idea

_TAU2 = "evidence pool --tau2; tau2_method in its JSON"
_TEST = "evidence pool --test; test in its JSON"
_SETS = "evidence score --bias-set"
_HARTUNG = "Hartung & Knapp 2001, doi 10.1002/sim.1009; Sidik & Jonkman 2002, doi 10.1002/sim.1262"
_LIKELIHOOD = "Viechtbauer 2005, doi 10.3102/10769986030003261"
_PM = "Paule & Mandel 1982, doi 10.6028/jres.087.022"
_ONE_ANSWER = "It takes the same road to the same answer, and is kept under the name papers use."

METHODS: dict[str, Idea] = {
    "REML": Idea(
        "Between-study variance by restricted maximum likelihood",
        "The tau² under which the studies are most likely, freed of the mean. The default.",
        "It does well in most simulations, and needs the effects to be about normal.",
        _TAU2,
        _LIKELIHOOD,
    ),
    "ML": Idea(
        "Between-study variance by maximum likelihood",
        "As REML, without allowing for the mean having been estimated too.",
        "It comes out too small with few studies.",
        _TAU2,
        _LIKELIHOOD,
    ),
    "DL": Idea(
        "Between-study variance by DerSimonian and Laird",
        "From Cochran's Q, in one step.",
        "Most older meta-analyses used it; with few or unequal studies it is often too small.",
        _TAU2,
        "DerSimonian & Laird 1986, doi 10.1016/0197-2456(86)90046-2",
    ),
    "DLIT": Idea(
        "Between-study variance by DerSimonian and Laird, repeated",
        "The weights of DL are made anew until nothing moves, which ends at Paule and Mandel.",
        _ONE_ANSWER,
        _TAU2,
        _PM,
    ),
    "PM": Idea(
        "Between-study variance by Paule and Mandel",
        "The tau² that brings the weighted squares around the mean to their expected size.",
        "It needs no normal distribution and does well with few studies.",
        _TAU2,
        _PM,
    ),
    "EB": Idea(
        "Between-study variance, empirical Bayes",
        "Morris' estimator, which gives what Paule and Mandel give.",
        _ONE_ANSWER,
        _TAU2,
        _PM,
    ),
    "PMM": Idea(
        "Between-study variance by Paule and Mandel, at the median",
        "The tau² that puts the weighted squares at the median of their distribution.",
        "As likely to be too large as too small.",
        _TAU2,
        "Viechtbauer 2021, doi 10.1037/met0000359",
    ),
    "HE": Idea(
        "Between-study variance by Hedges and Olkin",
        "The plain variance of the effects less the mean of their sampling variances.",
        "It does not depend on the weights; it is unsteady where studies differ in size.",
        _TAU2,
        "Hedges & Olkin 1985, Statistical Methods for Meta-Analysis",
    ),
    "HS": Idea(
        "Between-study variance by Hunter and Schmidt",
        "From Q, weighting as DL, without its correction for the mean.",
        "It comes out too small with few studies.",
        _TAU2,
        "Hunter & Schmidt 2004, Methods of Meta-Analysis",
    ),
    "HSk": Idea(
        "Between-study variance by Hunter and Schmidt, corrected for few studies",
        "As HS, with k / (k - 1).",
        "It takes back part of what HS loses with few studies.",
        _TAU2,
        "Brannick et al. 2019, doi 10.1002/jrsm.1352",
    ),
    "SJ": Idea(
        "Between-study variance by Sidik and Jonkman",
        "From residuals weighted by a first, rough estimate.",
        "It is never zero, and too large where studies agree.",
        _TAU2,
        "Sidik & Jonkman 2005, doi 10.1111/j.1467-9876.2005.00489.x",
    ),
    "SJIT": Idea(
        "Between-study variance by Sidik and Jonkman, repeated",
        "The weights of SJ are made anew until nothing moves, which ends at Paule and Mandel.",
        _ONE_ANSWER,
        _TAU2,
        _PM,
    ),
    "GENQ": Idea(
        "Between-study variance from a Q with weights of your own",
        "As DL, with weights that you give; from Python alone.",
        "Weights that do not depend on the variances avoid their errors.",
        "evidence.pool(..., tau2='GENQ', weights=...)",
        "DerSimonian & Kacker 2007, doi 10.1016/j.cct.2006.04.004",
    ),
    "GENQM": Idea(
        "Between-study variance from a Q with weights of your own, at the median",
        "As GENQ, with Q at the median of its distribution; from Python alone.",
        "As likely to be too large as too small.",
        "evidence.pool(..., tau2='GENQM', weights=...)",
        "Viechtbauer 2021, doi 10.1037/met0000359",
    ),
    "EE": Idea(
        "Equal effects: no variance between studies",
        "Every study is taken to estimate the same effect.",
        "The interval is too narrow where studies differ, which they mostly do.",
        _TAU2,
    ),
    "HKSJ": Idea(
        "Test and interval by Hartung, Knapp, Sidik and Jonkman",
        "A t distribution with k - 1 df, and a variance that follows how much the effects differ. "
        "The default.",
        "With few studies z intervals miss the truth far too often. Where effects agree closely "
        "it can be narrower than z, which is noted.",
        _TEST,
        _HARTUNG,
    ),
    "HKSJ-adhoc": Idea(
        "The same, never below the plain standard error",
        "As HKSJ, with its factor held at 1 or above.",
        "It guards against intervals that are narrow by luck.",
        _TEST,
        _HARTUNG,
    ),
    "t": Idea(
        "Test and interval by the t distribution",
        "The plain standard error with k - 1 degrees of freedom.",
        "Wider than z with few studies, without looking at how much they differ.",
        _TEST,
    ),
    "z": Idea(
        "Test and interval by the normal distribution",
        "The plain standard error and a normal quantile.",
        "As RevMan 5 does; too narrow with few studies.",
        _TEST,
    ),
}

BIAS_SETS: dict[str, Idea] = {
    "robes2018": Idea(
        "Sizes of bias from the ROBES study",
        "Differences between trials with and without a flaw, over 234 meta-analyses, all flaws "
        "in one model. The default.",
        "The largest published comparison between trials.",
        _SETS,
        "ROBES 2018, doi 10.1093/aje/kwx344",
    ),
    "withintrial": Idea(
        "Sizes of blinding bias from within trials",
        "Blind and open readings of the same people, side by side.",
        "It is not disturbed by other differences between trials.",
        _SETS,
        "Hróbjartsson 2013, doi 10.1503/cmaj.120744; 2014, doi 10.1093/ije/dyu115",
    ),
    "metablind": Idea(
        "Sizes of blinding bias from MetaBLIND",
        "142 meta-analyses, which found next to none on average.",
        "The other end of what is published on blinding.",
        _SETS,
        "MetaBLIND 2020, doi 10.1136/bmj.l6802",
    ),
    "none": Idea(
        "No bias assumed",
        "Nothing is taken off and nothing added for flaws.",
        "It shows what the choice of a set does.",
        _SETS,
    ),
    "cochrane_rob2": Idea(
        "Sizes of bias from Cochrane reviews with RoB 2",
        "This project's own estimate from 36 reviews; not part of the range.",
        "It asks whether the published sizes hold for newer reviews.",
        _SETS,
        "docs/validation.md",
    ),
}
