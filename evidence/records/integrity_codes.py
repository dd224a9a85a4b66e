"""Codes of the integrity checks: printed figures that cannot all be right (`EV31x`, `EV32x`).

A check never says whose slip it was; `benign` in its item lists the harmless ways there.
"""

from __future__ import annotations

from evidence.records.code import HANDBOOK, OWN, Code

_LOOK = "compare with the source; ask the authors which figure is right"

ARITHMETIC = (
    Code("EV310", "A percent that this many people cannot give", "warning",
         "no whole number of people out of n prints as the percent",
         "the percent was taken of other people, often of fewer, or a figure is mistyped",
         "find the denominator; the message names an n that would fit",
         "Brown & Heathers 2017, doi 10.1177/1948550616673876"),
    Code("EV311", "A mean that whole grades cannot give", "warning",
         "no sum of whole grades, divided by the people, prints as the mean",
         "n is smaller, the score is averaged over sites or has half points, or a figure is "
         "mistyped",
         "find n at this time point and how the score was made",
         "Brown & Heathers 2017, doi 10.1177/1948550616673876"),
    Code("EV312", "A standard deviation that whole grades cannot give", "warning",
         "no answers of n people have this mean and this standard deviation, or the scale has no "
         "room for it",
         "it may be a standard error, of another n, or mistyped", _LOOK,
         "Anaya 2016, doi 10.7287/peerj.preprints.2400v1; Heathers et al. 2018, "
         "doi 10.7287/peerj.preprints.26968v1"),
    Code("EV313", "A p value that the printed figures do not give", "warning",
         "a t test of the printed means, standard deviations and n gives another p, rounding "
         "allowed",
         "another test, an adjusted analysis, a standard error read as a deviation, or a slip",
         _LOOK, HANDBOOK),
    Code("EV314", "A p value that the test statistic does not give", "warning",
         "the statistic with its degrees of freedom has another p, rounding allowed",
         "a one-sided or corrected test, or a slip", _LOOK,
         "Nuijten et al. 2016, doi 10.3758/s13428-015-0664-2"),
    Code("EV315", "An interval and a p value that disagree", "warning",
         "the p that the interval implies is not the printed one, rounding allowed",
         "two analyses were mixed, or a limit lost its sign", _LOOK,
         "Altman & Bland 2011, doi 10.1136/bmj.d2304"),
    Code("EV316", "Degrees of freedom that the people do not give", "warning",
         "the degrees of freedom belong to another number of people",
         "dropouts make them smaller; sides counted as people make them larger", _LOOK, HANDBOOK),
    Code("EV317", "Significance that needs an implausibly small spread", "warning",
         "the printed change with its p value leaves no spread between people as large as this "
         "outcome is known to have",
         "either the spread was unusually small or one of the figures is not what it seems",
         "look for the standard deviation in the source",
         "this project's rule, from its priors of spread"),
    Code("EV318", "Counts of people that do not add up", "warning",
         "people enrolled, lost and analysed do not follow from each other",
         "sides or readings were counted, or the counts are of different visits", _LOOK,
         "CONSORT 2010, item 13, doi 10.1136/bmj.c332"),
    Code("EV319", "Figures that differ by a power of ten", "warning",
         "the means before and after differ by a factor such as 10 or 1000",
         "a unit changed between two columns, or a decimal point moved", _LOOK, OWN),
    Code("EV320", "Identical figures in different results", "warning",
         "the same mean and standard deviation stand in two results that should differ",
         "a row was copied, or one baseline is told for several time points", _LOOK,
         "this project's rule, after Carlisle 2017, doi 10.1111/anae.13938"),
    Code("EV321", "One arm in several studies", "warning",
         "two studies print the same figures for an arm",
         "one study was told twice, or one control group serves two products", _LOOK, OWN),
    Code("EV322", "Identical percents of different numbers of people", "warning",
         "two studies of different size print the same percents",
         "one story was told with two numbers of people, or the percents are round", _LOOK, OWN),
    Code("EV323", "One result with two figures", "warning",
         "the same outcome, time point and comparison stand in two rows with different figures",
         "two pages tell one study differently, or something that differs is not said", _LOOK, OWN),
    Code("EV324", "Baselines more alike or more different than chance gives", "warning",
         "over many variables the arms start out closer, or further apart, than random groups do",
         "variables that move together, or rounding, do this too: it is a description",
         "nothing by itself; read how allocation was done",
         "Stouffer's method; Barnett 2023, doi 10.12688/f1000research.123002.2"),
    Code("EV325", "An interval that is not centred on its mean", "note",
         "the mean is not the middle of its limits, rounding allowed",
         "a bootstrap or a log scale gives such intervals; a slip does too",
         "its standard error cannot be taken from the interval as it stands", HANDBOOK),
    Code("EV326", "One study under two names", "warning",
         "two studies of the file have the same registration number, DOI or PubMed number",
         "one study was entered twice, or a report holds two studies",
         "give both rows one study id, or say that the studies are different", OWN),
    Code("EV327", "Words and p value that disagree", "warning",
         "the words say significant and p does not, or the other way round",
         "the words speak of another comparison, or of a corrected level", _LOOK, OWN),
)  # fmt: skip
