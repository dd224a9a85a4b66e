"""The parts of the reliability score: what each is called, means and rests on."""

from __future__ import annotations

from typing import Literal, NamedTuple

ComponentName = Literal[
    "sampling",
    "sample_size_unstated",
    "recovery",
    "no_control",
    "untreated_control",
    "not_randomised",
    "carry_over",
    "sequence",
    "concealment",
    "blinding",
    "incomplete_data",
    "selection",
    "unit_of_analysis",
]


class About(NamedTuple):
    """What a component means, for `evidence explain`."""

    title: str
    what: str
    source: str


_NOTE = "reliability score, section on components; a project setting where no source is named"
COMPONENTS: dict[ComponentName, About] = {
    "sampling": About(
        "Chance: how few people were measured",
        "Two arms f(1/n1 + 1/n2), two sides 2(1-r)/n, before-after 2(1-r)/n; responders on the "
        "log odds scale times 3/pi^2. n counts people analysed.",
        "standard sampling variance of a standardised mean difference, without its d^2 part",
    ),
    "sample_size_unstated": About(
        "The number of people is not stated",
        "A pessimistic stand-in of 15 people is used inside the score only; no effect, interval "
        "or pooled estimate ever uses an assumed n.",
        "5th percentile of the 75 cosmetic studies in the data that state a number; median 52",
    ),
    "recovery": About(
        "The estimate itself had to be rebuilt",
        "Half the spread of the admissible readings, in SDs, squared, divided by 3.",
        _NOTE,
    ),
    "no_control": About(
        "No concurrent control",
        "Skin changes without the product: vehicle, regression to the mean in people chosen for "
        "visible signs, season, expectation. Its size depends on the outcome family.",
        "vehicle responses in datasets/meta_tables/vehicle_response_benchmarks.csv",
    ),
    "untreated_control": About(
        "The control got nothing at all",
        "The vehicle's own effect stays inside the contrast: half the no-control bias.",
        _NOTE,
    ),
    "not_randomised": About(
        "Controlled, but not randomised or not said to be",
        "Replaces sequence and concealment; less for two sides of one person.",
        _NOTE,
    ),
    "carry_over": About(
        "The first period may reach into the second",
        "Crossover with a wash-out under 4 weeks or unknown, or no period effect reported.",
        _NOTE,
    ),
    "sequence": About(
        "The random sequence is inadequate or not described",
        "Mean and spread from the chosen bias set.",
        "ROBES 2018, doi 10.1093/aje/kwx344",
    ),
    "concealment": About(
        "The next allocation could be foreseen, or concealment is not described",
        "Mean and spread from the chosen bias set.",
        "ROBES 2018, doi 10.1093/aje/kwx344",
    ),
    "blinding": About(
        "Somebody who could influence the value knew the product",
        "Needs participants and whoever produces the value known to be blind. The row depends on "
        "how the value is produced: graded, self-reported, or by instrument.",
        "ROBES 2018; Hróbjartsson 2013, 2014; MetaBLIND 2020",
    ),
    "incomplete_data": About(
        "People were lost, or nothing is said about losses",
        "At most 5 % in every arm costs nothing; a known share q costs at least (q/2)^2.",
        "ROBES 2018, doi 10.1093/aje/kwx344; (q/2)^2 is a setting",
    ),
    "selection": About(
        "The best of several results is shown",
        "e(m) sqrt((1-c)(V + s^2/2)): expected maximum of m results, correlation c between them.",
        "order statistics of the normal distribution; m and c are settings where unknown",
    ),
    "unit_of_analysis": About(
        "Sides, sites, readings or cluster members were counted as people",
        "V (k-1) ICC, where the number of people cannot be counted.",
        "design effect, Kish 1965; ICCs are settings",
    ),
}
