"""Compare the score with Cochrane reviews; write the page and its pictures.

make validate    some minutes; only where the reviews' data are beside the project
"""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd
from agreement import LEVELS, compare, judgements
from cochrane import DOMAINS, FOLDER, judged, read_results
from draw import NAMES, bias_picture, calibration_picture
from estimate_bias import (
    AS_THE_SCORE_FLAGS,
    DOMAINS_TOGETHER,
    DRAWS,
    SEED,
    Estimate,
    bias_rows,
    data_of,
    estimate,
    within_study_correlation,
)
from predict import (
    Correlation,
    best_possible,
    calibration,
    mean_by_judgement,
    rank_correlation,
    scored,
)
from rehearse import rehearse

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "validation.md"
PICTURES = ROOT / "docs" / "pictures"
TEXT = Path(__file__).with_name("page.md")
FEWER_DRAWS = 400


def table(head: list[str], rows: list[list[str]], numbers_from: int = 1) -> str:
    """A Markdown table; columns from `numbers_from` on are aligned right."""
    rule = ["---" if i < numbers_from else "---:" for i in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def n2(value: float) -> str:
    """Two decimals, never a minus zero."""
    shown = f"{value:.2f}".replace("-", "−")
    return "0.00" if shown == "−0.00" else shown


def n3(value: float) -> str:
    """Three decimals, with a dash where there is no number."""
    return "–" if np.isnan(value) else f"{value:.3f}".replace("-", "−")


def span(estimate: float, low: float, high: float) -> str:
    """An estimate with its limits."""
    return f"{n2(estimate)} ({n2(low)} to {n2(high)})"


def rank_rows(
    every: pd.DataFrame, some: pd.DataFrame
) -> tuple[str, dict[str, Correlation], dict[str, float]]:
    """The table of rank correlations, and what a true E^2 would reach."""
    asked = (
        ("all", every, "sampling", "square", "sampling part"),
        ("judged, sampling", some, "sampling", "square", "sampling part"),
        ("judged, e2", some, "e2", "square", "whole E²"),
        ("judged, domains", some, "domains", "square", "domain part"),
        ("domains beyond", some, "domains", "beyond", "domain part"),
    )
    found = {key: rank_correlation(data, x, y) for key, data, x, y, _ in asked}
    reach = {key: best_possible(data, x, y) for key, data, x, y, _ in asked}
    rows = []
    for key, data, _, y, words in asked:
        one = found[key]
        against = "squared distance" if y == "square" else "squared distance / what size explains"
        who = "all results" if data is every else "judged results"
        shown = span(one.estimate, one.low, one.high)
        rows.append(
            [who, words, against, shown, n2(reach[key]), f"{one.analyses:,}", str(one.reviews)]
        )
    head = [
        "results", "predictor", "against", "mean rank correlation (95 %)", "if E² were true",
        "analyses", "reviews",
    ]  # fmt: skip
    return table(head, rows, 3), found, reach


def calibration_rows(groups: pd.DataFrame, first: str) -> str:
    """The table of predicted and observed squared distances."""
    head = [
        first, "results", "E²", "expected", "observed", "inside 95 % limits", "typical / expected",
    ]  # fmt: skip
    rows = [
        [str(name), f"{int(row['results']):,}", n3(row["e2"]), n3(row["expected"]),
         n3(row["observed"]), f"{100 * row['inside']:.0f} %", n2(row["typical"])]
        for name, row in groups.iterrows()
    ]  # fmt: skip
    return table(head, rows)


def judgement_rows(some: pd.DataFrame) -> str:
    """Means by the reviewers' overall judgement."""
    rows = []
    for level in LEVELS:
        means = [mean_by_judgement(some, c, level) for c in ("square", "beyond", "distance")]
        mine = some[some["overall"] == level]
        rows.append(
            [level.replace("_", " "), f"{len(mine):,}", n3(mine["sampling"].mean()),
             n3(mine["domains"].mean()), *(span(*one) for one in means)]
        )  # fmt: skip
    head = [
        "overall", "results", "sampling part", "domain part", "squared distance",
        "the same / what size explains", "signed distance",
    ]  # fmt: skip
    return table(head, rows)


def bias_table(*estimates: Estimate) -> str:
    """Mean bias, kappa^2 and phi of every flag, with limits."""
    head = [
        "not judged low", "mean bias, SD (95 %)", "SE", "κ², SD² (95 %)", "φ, SD",
        "reviews that tell",
    ]  # fmt: skip
    return table(head, [row for found in estimates for row in _bias_rows(found)])


def _bias_rows(found: Estimate) -> list[list[str]]:
    low, high = found.interval(0)
    k_low, k_high = found.interval(1)
    return [
        [_words(name), span(found.fit.beta[i], low[i], high[i]), n3(found.se()[i]),
         span(found.fit.kappa2[i], k_low[i], k_high[i]),
         n2(float(np.sqrt(found.fit.phi2[i]))), str(found.informative[i])]
        for i, name in enumerate(found.names)
    ]  # fmt: skip


def _words(column: str) -> str:
    domains, _, kind = column.partition(":")
    if "|" in domains:
        return f"2 or 4, {kind} outcomes" if kind else "2 or 4"
    return NAMES[domains] + (f", {kind} outcomes" if kind else "")


def variations(some: pd.DataFrame) -> list[tuple[str, pd.DataFrame, tuple[str, ...]]]:
    """Other ways to choose the results, each with what it is called."""
    largest = some["review"].value_counts().index[0]
    high_only = some.replace({name: {"some_concerns": "low"} for name in DOMAINS})

    def read(**options: object) -> pd.DataFrame:
        return judged(read_results(FOLDER, **options).results)  # type: ignore[arg-type]  # by name

    return [
        ("analyses of 3 studies or more", read(fewest=3), ()),
        ("analyses of 10 studies or more", read(fewest=10), ()),
        ("without the review with most results", some[some["review"] != largest], ()),
        ("pooled effect at least 2 SE from zero", some[some["z"] >= 2], ()),
        ("standard error held constant", some.assign(se=np.sqrt(some["vi"])), ("se",)),
        ("every result counts 1, not every study", some.assign(study=some.index.astype(str)), ()),
        ("repeated analyses kept", read(repeats=True), ()),
        ("means only (SMD)", some[~some["counted"]], ()),
        ("events only (log odds / 1.81)", some[some["counted"]], ()),
        ("nothing beyond 2 SD", read(largest=2.0), ()),
        ("only `high` counts as a flaw", high_only, ()),
        ("subjective outcomes", some[some["kind"].isin(["graded", "self_report"])], ()),
        ("objective outcomes", some[some["kind"] == "objective"], ()),
    ]


def variation_rows(
    together: Estimate, alone: list[Estimate], others: list[tuple[str, Estimate]]
) -> str:
    """Mean bias of each domain with its SE, one row per way of choosing."""

    def cells(found: Estimate) -> list[str]:
        pairs = zip(found.fit.beta[:5], found.se()[:5], strict=True)
        return [f"{n2(beta)} ± {n2(se)}" for beta, se in pairs]

    counts = [f"{together.results:,}", str(together.reviews)]
    rows = [
        ["**all domains together**", *cells(together), *counts],
        ["each domain alone", *(cells(one)[0] for one in alone), *counts],
        *([name, *cells(one), f"{one.results:,}", str(one.reviews)] for name, one in others),
    ]  # fmt: skip
    return table(["", *(NAMES[name] for name in DOMAINS), "results", "reviews"], rows)


def asides(others: dict[str, Estimate], together: Estimate) -> dict[str, str]:
    """Numbers that the text quotes, mean bias ± SE."""

    def quoted(found: Estimate, domain: str) -> str:
        i = found.names.index(domain)
        return f"{n2(found.fit.beta[i])} ± {n2(found.se()[i])}"

    return {
        "d4": quoted(together, "d4"),
        "kappa_alike": ", ".join(
            f"{n2(value)} (domain {name[1]})"
            for name, value in zip(
                DOMAINS, others["every analysis weighted alike"].fit.kappa2, strict=True
            )
        ),
        "d4_without": quoted(others["without the review with most results"], "d4"),
        "d4_each": quoted(others["every result counts 1, not every study"], "d4"),
        "d2_high": quoted(others["only `high` counts as a flaw"], "d2"),
        "d1_means": quoted(others["means only (SMD)"], "d1"),
        "d1_events": quoted(others["events only (log odds / 1.81)"], "d1"),
    }


def rehearsal_rows(some: pd.DataFrame, together: Estimate) -> str:
    """What the estimator finds when the truth is planted."""
    kappa2 = np.maximum(together.fit.kappa2, 0)
    none, tenth = np.zeros(5), np.full(5, 0.1)
    runs = (
        ("no mean bias, spread as found", none, kappa2, none),
        ("mean bias and spread as found", together.fit.beta, kappa2, together.fit.phi2),
        ("0.10 each, κ² 0.04, φ² 0.03", tenth, tenth * 0.4, tenth * 0.3),
    )
    rows = []
    for name, beta, kappa, phi2 in runs:
        found = rehearse(some, DOMAINS_TOGETHER, beta=beta, kappa2=kappa, phi2=phi2)
        for part, planted, got in (
            ("mean bias", beta, found.beta), ("κ²", kappa, found.kappa2), ("φ²", phi2, found.phi2),
        ):  # fmt: skip
            pairs = zip(planted, got, strict=True)
            rows.append([name, part, *(f"{n2(one)} → {n2(two)}" for one, two in pairs)])
    return table(["planted", "", *(NAMES[name] for name in DOMAINS)], rows, 2)


def set_rows(rows: dict[str, tuple[float, float, float, float]]) -> str:
    """The set as it is shipped."""
    shown = [[f"`{flag}`", *(n3(value) for value in row)] for flag, row in rows.items()]
    return table(["flag", "mean", "√V", "κ", "φ"], shown)


def told(estimates: Estimate) -> str:
    """Which domains' limits leave out zero, in words."""
    low, high = estimates.interval(0)
    some = [
        f"domain {NAMES[name]} ({n2(estimates.fit.beta[i])} SD)"
        for i, name in enumerate(estimates.names)
        if low[i] > 0 or high[i] < 0
    ]
    return "in " + ", ".join(some) if some else "in no domain"


def summary(
    ranks: dict[str, Correlation],
    reach: dict[str, float],
    groups: pd.DataFrame,
    together: Estimate,
    agreed: float,
) -> str:
    """The page's first lines, which follow the numbers whichever way they fall."""
    size, beyond = ranks["all"], ranks["domains beyond"]
    well = "as well as it can" if size.high > reach["all"] else "less well than it should"
    adds = "add something" if beyond.low > 0 else "add nothing that can be told"
    top = int(np.argmax(np.nan_to_num(together.fit.beta)))
    low, high = (part[top] for part in together.interval(0))
    off = groups["observed"] / groups["expected"]
    lines = [
        f"**The number of people predicts distance {well}.** Within analyses, results "
        "with a larger predicted sampling error lie further from the other studies: mean rank "
        f"correlation {span(size.estimate, size.low, size.high)}, where {n2(reach['all'])} is to "
        "be expected if the score were exactly right. It is low because most of what separates two "
        "studies of one analysis is real difference between them, or bias that no flag names.",
        f"**The domain flags {adds} beyond "
        f"sample size.** Given how far size, real differences and the pool of the others let one "
        f"expect a result to lie, the domain part ranks what is left with a correlation of "
        f"{span(beyond.estimate, beyond.low, beyond.high)}; {n2(reach['domains beyond'])} is to be "
        "expected if the flags were exactly right: a test of ranks can hardly see so little.",
        f"**Scale.** Observed squared distances are {n2(off.min())} to {n2(off.max())} times the "
        f"expected ones over tenths of the predicted error, once the real differences between "
        "studies are counted; E² alone is "
        f"{100 * (groups['e2'] / groups['observed']).mean():.0f} % "
        "of them on average.",
        f"**Sizes of bias.** With all domains together the limits leave out zero {told(together)}. "
        f"The largest mean is {n2(together.fit.beta[top])} SD ({n2(low)} to {n2(high)}), domain "
        f"{NAMES[together.names[top]]}. The set `cochrane_rob2` carries these estimates with their "
        "uncertainty; it is offered by name and takes no part in the default range.",
        f"**RoB 2's rule from domains to an overall judgement** gives what the reviewers wrote in "
        f"{agreed:.1f} % of judgements.",
    ]
    return "\n".join(fill(f"- {line}", 100, subsequent_indent="  ") for line in lines)


def main() -> None:
    """Run everything, write the page and the pictures."""
    if not FOLDER.is_dir():
        print(f"{FOLDER}: absent, so there is nothing to compare the score with; nothing written")
        return
    read = read_results(FOLDER)
    every = scored(read.results)
    some = every.loc[judged(read.results).index]
    ranks_table, ranks, reach = rank_rows(every, some)
    groups = calibration(every, pd.qcut(every["e2"], 10, labels=False) + 1)
    print("scored; now the sizes of bias")
    together = estimate(some, DOMAINS_TOGETHER)
    flagged = estimate(some, AS_THE_SCORE_FLAGS)
    alone = [estimate(some, [name], draws=FEWER_DRAWS) for name in DOMAINS]
    others = []
    for name, rows, extra in variations(some):
        others.append((name, estimate(rows, DOMAINS_TOGETHER, draws=FEWER_DRAWS, extra=extra)))
        print(f"  {name}")
    alike = estimate(some, DOMAINS_TOGETHER, draws=FEWER_DRAWS, alike=True)
    others.append(("every analysis weighted alike", alike))
    cross, kinds = compare(judgements(FOLDER))
    total = int(cross.to_numpy().sum())
    agreed = 100 * np.trace(cross.to_numpy()) / total
    own = [scored(judged(read.results), "cochrane_rob2")]
    own_rank = rank_correlation(own[0], "domains", "beyond")
    text = TEXT.read_text(encoding="utf-8").format(
        summary=summary(ranks, reach, groups, together, agreed),
        results=f"{len(every):,}",
        analyses=f"{every['analysis'].nunique():,}",
        reviews=every["review"].nunique(),
        judged=f"{len(some):,}",
        judged_analyses=some["analysis"].nunique(),
        judged_reviews=some["review"].nunique(),
        left_out=table(["", "rows"], [[name, f"{rows:,}"] for name, rows in read.left_out]),
        ranks=ranks_table,
        own_rank=span(own_rank.estimate, own_rank.low, own_rank.high),
        calibration=calibration_rows(groups, "tenth of E²"),
        kinds=calibration_rows(calibration(every, every["kind"].str.replace("_", " ")), "outcomes"),
        by_judgement=judgement_rows(some),
        together=bias_table(together),
        alone=bias_table(*alone),
        flagged=bias_table(flagged),
        variations=variation_rows(together, alone, others),
        **asides(dict(others), together),
        rehearsal=rehearsal_rows(some, together),
        within_study=n2(within_study_correlation(data_of(some, DOMAINS_TOGETHER), together.fit)),
        set=set_rows(dict(bias_rows(flagged))),
        cross=table(
            ["rule", *(level.replace("_", " ") for level in LEVELS)],
            [[level.replace("_", " "), *(f"{n:,}" for n in cross.loc[level])] for level in LEVELS],
        ),
        disagreements=table(
            ["reviewers' overall", "judgements"], [[name, f"{n:,}"] for name, n in kinds.items()]
        ),
        total=f"{total:,}",
        agreed=f"{agreed:.1f}",
        draws=f"{DRAWS:,}",
        fewer=FEWER_DRAWS,
        seed=SEED,
    )
    PAGE.write_text(text, encoding="utf-8")
    for name, picture in (
        ("validation_calibration.svg", calibration_picture(groups)),
        ("validation_bias.svg", bias_picture(together, alone)),
    ):
        (PICTURES / name).write_text(picture, encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)} and two pictures; the set for bias_sets.py:")
    for flag, row in bias_rows(flagged).items():
        print(f"  {flag}: {row}")


if __name__ == "__main__":
    main()
