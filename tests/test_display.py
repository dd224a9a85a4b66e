"""How results look: a short repr, and a small HTML table in which every name is escaped."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest

import evidence as ev
from evidence.appraisal.assess import assess
from evidence.ingest.from_flags import Flags, study_from_flags
from evidence.records.claim import Claim
from evidence.records.outcome import ArmResult, Contrast, Design, Outcome, PValue
from evidence.records.reported import Reported
from evidence.records.study import Ingredient, Study

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> & \"quotes\" 'too'"
LONGEST_REPR = 2_000
LONGEST_HTML = 20_000


def printed(text: str, unit: str = "") -> Reported:
    return Reported(text=text, unit=unit)


def hostile_study(number: int) -> Study:
    """A niacinamide trial whose every free text attacks the page."""
    arms = {
        "treated": ArmResult(label=HOSTILE, n=printed("40"), mean=printed("12.1"), sd=printed("3")),
        "control": ArmResult(label=HOSTILE, n=printed("41"), mean=printed("14.0"), sd=printed("3")),
    }
    outcome = Outcome(
        id=f"{HOSTILE}{number}",
        name=f"wrinkle depth {HOSTILE}",
        domain="wrinkle_depth",
        family="wrinkle_depth",
        kind="instrument",
        better="lower",
        unit=HOSTILE,
        design=Design(kind="parallel", comparator="vehicle", randomised="yes"),
        contrast=Contrast(p=PValue(operator="=", value=printed("0.01"), kind="between_arm")),
        cautions=HOSTILE,
        **arms,
    )
    return Study(
        id=f"{HOSTILE}{number}",
        citation=HOSTILE,
        product=f"niacinamide {HOSTILE}",
        ingredients=(Ingredient(name=f"niacinamide {HOSTILE}"),),
        outcomes=(outcome,),
    )


def hostile_results() -> dict[str, object]:
    """One of every public result, made from hostile names."""
    studies = [hostile_study(1), hostile_study(2)]
    done = assess(studies[0], studies[0].outcomes[0], mid=2.0)
    effects = ev.compute_effects(studies, measure="SMD")
    claim = Claim(
        id=HOSTILE,
        text=f"20 % less wrinkle depth {HOSTILE}",
        source=HOSTILE,
        ingredient=f"niacinamide {HOSTILE}",
        outcome="wrinkle depth",
        type="efficacy",
        value=printed("20"),
        unit="percent",
        carries_study_data="yes",
    )
    audit = ev.audit([claim], studies, title=HOSTILE)
    claim_audit = audit[HOSTILE]
    return {
        "Study": studies[0],
        "Outcome": studies[0].outcomes[0],
        "OutcomeEffects": done.effects,
        "Recovered": done.standing.recovered,
        "Standing": done.standing,
        "Effects": effects,
        "Pooled": ev.pool(effects),
        "Reliability": done.reliability,
        "Assessment": done,
        "ExpectedEffect": done.expected,
        "ProbabilityOfBenefit": done.probability,
        "Audit": audit,
        "ClaimAudit": claim_audit,
        "Verdict": claim_audit.verdict,
        "CheapestStudy": claim_audit.cheapest,
        "Report": ev.compose_report(audit),
    }


HOSTILE_RESULTS = hostile_results()
NAMED = {
    "Study",
    "Outcome",
    "OutcomeEffects",
    "Recovered",
    "Standing",
    "Effects",
    "Assessment",
    "Audit",
    "ClaimAudit",
    "Report",
}
"""Those that show a name which came from outside."""

SHOWN_TAGS = {"caption", "code", "div", "p", "small", "table", "tbody", "td", "th", "thead", "tr"}


class Tags(HTMLParser):
    """Every tag and its attributes, and whether they are nested properly."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(markup: str) -> Tags:
    parser = Tags()
    parser.feed(markup)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("name", HOSTILE_RESULTS)
def test_hostile_names_stay_text(name):
    shown = HOSTILE_RESULTS[name]._repr_html_()
    tags = parsed(shown).tags
    assert {tag for tag, _ in tags} <= SHOWN_TAGS
    assert {attr for _, attrs in tags for attr in attrs} <= {"scope", "style"}
    if name in NAMED:  # said, not dropped
        assert "<script>alert(1)</script>" in html.unescape(shown)


@pytest.mark.parametrize("name", HOSTILE_RESULTS)
def test_no_colour_of_its_own(name):
    """Dark pages stay readable: colours come from the page."""
    shown = HOSTILE_RESULTS[name]._repr_html_()
    for style in re.findall(r'style="([^"]*)"', shown):
        assert not re.search(r"#[0-9a-f]{3}|rgb|background|(?<!current)color:", style, re.I), style


# ------------------------------------------------------------------ the real data


# Aronson 1948 and Ferguson & Simes 1949, of the BCG trials
SIZES = ev.effect_sizes("RR", ai=[4, 6], bi=[119, 300], ci=[11, 29], di=[128, 274])
MANY_SIZES = ev.effect_sizes("MD", m1i=range(5000), sd1i=1, n1i=9, m2i=0, sd2i=1, n2i=9)


@pytest.fixture(scope="module")
def real(request) -> dict[str, list[object]]:
    """Every result that the project's own data give, by class."""
    folder = request.config.rootpath / "datasets"
    studies = ev.read(folder / "cosmetic_trials.csv")
    claims = ev.read_claims(folder / "article_claims.csv")
    audit = ev.audit(claims, studies, title="Audit")
    done = list(audit.assessments.values())
    effects = [ev.compute_effects(studies, measure=name) for name in ("SMD", "RR", "RD", "PCHG")]
    return {
        "Reading": [studies],
        "ClaimReading": [claims],
        "Study": list(studies),
        "Outcome": [outcome for _, outcome in studies.outcomes],
        "EffectSizes": [SIZES, MANY_SIZES],
        "EffectSummary": [SIZES.summary(), MANY_SIZES.summary()],
        "OutcomeEffects": [row.effects for row in done],
        "Recovered": [row.standing.recovered for row in done],
        "Standing": [row.standing for row in done],
        "Effects": effects,
        "Pooled": [ev.pool(found) for found in effects],
        "Reliability": [row.reliability for row in done],
        "Assessment": done,
        "ExpectedEffect": [row.expected for row in done if row.expected is not None],
        "ProbabilityOfBenefit": [row.probability for row in done],
        "Audit": [audit],
        "ClaimAudit": list(audit),
        "Verdict": [row.verdict for row in audit],
        "CheapestStudy": [row.cheapest for row in audit],
        "Report": [ev.compose_report(audit)],
    }


CLASSES = (
    "Reading", "ClaimReading", "Study", "Outcome", "EffectSizes", "EffectSummary",
    "OutcomeEffects", "Recovered", "Standing", "Effects", "Pooled", "Reliability", "Assessment",
    "ExpectedEffect", "ProbabilityOfBenefit", "Audit", "ClaimAudit", "Verdict", "CheapestStudy",
    "Report",
)  # fmt: skip
FRAMES = (
    "Reading", "ClaimReading", "EffectSizes", "EffectSummary", "OutcomeEffects", "Effects",
    "Pooled", "Reliability", "ExpectedEffect", "ProbabilityOfBenefit", "Audit", "ClaimAudit",
)  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_html_is_small_and_whole(real, name):
    for result in real[name]:
        shown = result._repr_html_()
        assert len(shown) <= LONGEST_HTML
        assert {tag for tag, _ in parsed(shown).tags} <= SHOWN_TAGS
        cells = [cell.strip() for cell in re.split(r"<[^>]*>", shown)]
        assert not {"None", "nan", "UNKNOWN"} & set(cells)
        assert not re.search(r"\bnan\b", shown)


@pytest.mark.parametrize("name", CLASSES)
def test_repr_fits_on_a_screen(real, name):
    assert max(len(repr(result)) for result in real[name]) <= LONGEST_REPR


@pytest.mark.parametrize("name", FRAMES)
def test_to_frame_gives_a_new_table_with_named_columns(real, name):
    for result in real[name]:
        frame = result.to_frame()
        assert len(frame.columns) == len(set(frame.columns)) > 0
        frame.insert(0, "mine", 0)
        assert "mine" not in result.to_frame().columns


def test_frames_hold_a_row_for_everything_they_stand_for(real):
    audit = real["Audit"][0]
    assert audit.to_frame()["claim"].tolist() == [row.claim.id for row in audit]
    assert audit.to_frame()["verdict"].value_counts().to_dict() == dict(audit.counts)
    for row in audit:
        assert row.to_frame()["result"].tolist() == [
            bearing.match.outcome.id for bearing in row.bearings
        ]
    for score in real["Reliability"]:
        lost = score.to_frame()["points_lost"]
        assert lost.is_monotonic_decreasing
        if score.value is not None:
            assert lost.sum() == pytest.approx(100 - score.value)


# ------------------------------------------------------------------ what a user reads


@pytest.fixture
def press_release():
    flags = Flags(
        design="single-arm",
        n=["50"],
        outcome="wrinkle depth",
        kind="instrument",
        change=["-20%"],
    )
    study = study_from_flags(flags)
    return assess(study, study.outcomes[0])


def text_of(result) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", result._repr_html_())).split())


def test_press_release_card_says_the_numbers(press_release):
    assert repr(press_release.reliability) == "<Reliability of flags: 15 of 100 (range 12–32)>"
    assert "expected true effect 0.9 (−12.9 to 14.8) %" in text_of(press_release)
    assert "between arms effect refused: no comparison arm" in text_of(press_release)


def test_expected_effect_shows_reported_beside_expected_and_what_was_assumed(press_release):
    shown = text_of(press_release.expected)
    assert "as reported 20.0 %" in shown
    assert "expected true effect 0.9 (−12.9 to 14.8) %" in shown
    assert "probability that it is above zero 55 %" in shown
    assert "probability that it reaches 20.0 % 0.3 %" in shown
    assert "assumed: coefficient of variation 0.35" in shown


def test_a_probability_never_reads_0_or_100_percent(real):
    """Nothing here is certain; what is nearly so reads <0.1 % or >99.9 %."""
    shares = []
    for result in real["ExpectedEffect"]:
        rows = re.findall(
            r"<td[^>]*>probability[^<]*</td><td[^>]*>([^<]*)</td>", result._repr_html_()
        )
        assert len(rows) == 2
        shares += map(html.unescape, rows)
    for result in real["ProbabilityOfBenefit"]:
        cells = re.findall(r"<td[^>]*>([^<]*)</td>", result._repr_html_())
        shares += [html.unescape(cell) for cell in cells if cell.endswith(" %")]
    assert ">99.9 %" in shares
    assert not {"0 %", "0.0 %", "100 %", "100.0 %"} & set(shares)


def test_no_probability_without_a_control_and_why(press_release):
    shown = text_of(press_release.probability)
    assert "none: no concurrent control: the effect is not identified" in shown
    assert press_release.probability.to_frame().empty


def test_a_long_audit_counts_its_verdicts_and_then_shows_the_claims_with_evidence(real):
    audit = real["Audit"][0]
    shown = text_of(audit)
    counts = [f"{word} {n}" for word, n in audit.counts.most_common()]
    assert f"verdict claims {' '.join(counts)} Claims that results bear on" in shown
    ids = re.findall(r"<tr><td[^>]*>([A-Z]\d+)</td>", audit._repr_html_())
    behind = [len(audit[one].direct) for one in ids]
    assert behind == sorted(behind, reverse=True)
    assert len(ids) == 12
    assert behind[-1] > 0
    assert f"and {len(audit) - 12} more claims" in shown


def test_what_would_change_a_verdict_is_named_once(real):
    audit = real["Audit"][0]
    assert audit["L50"].claim.text in text_of(audit["L50"])
    for result in (audit["L50"], audit["L50"].verdict):
        assert text_of(result).count("would change it") == 1
        assert '<td style="text-align:left">what would change it</td>' in result._repr_html_()


def test_what_rests_on_many_things_says_so_once(real):
    assert {text_of(study).count("rests on") for study in real["CheapestStudy"]} == {1}


def test_lost_points_are_named_in_words(press_release):
    shown = text_of(press_release.reliability)
    assert "No concurrent control known 44.4" in shown
    assert "no_control" not in shown


def test_a_long_table_says_how_much_it_leaves_out(real):
    assert "and 89 more claims: see .to_frame()" in text_of(real["ClaimReading"][0])
    reading = real["Reading"][0]
    assert f"and {len(reading) - 8} more studies: see .to_frame()" in text_of(reading)
    effects = next(found for found in real["Effects"] if len(found) > 9)
    assert f"and {len(effects) - 8} more rows: see .to_frame()" in text_of(effects)


def test_what_is_known_of_a_change_is_a_line_and_a_table(press_release):
    seen = press_release.standing
    assert repr(seen.recovered) == (
        "<Recovered of flags, flags, treated: −20.0 % in 50 people; bounded: −34.3 to −2.6 %>"
    )
    assert "cannot be said that the product did it" in text_of(seen)
    assert "under the prior wrinkle_depth/0 imputed −28.9 to −10.0" in text_of(seen.recovered)


def test_a_published_table_is_a_line(tmp_path):
    path = tmp_path / "meta.csv"
    path.write_text("meta_id,comparison,outcome,pooled\n1,retinol,wrinkles,0.3\n")
    assert (
        repr(ev.read_published(str(path))) == "<PublishedTable of meta.csv: 1 row, pooled result>"
    )


# ------------------------------------------------------------------ records and arrays


@pytest.mark.parametrize("name", ["Study", "Outcome"])
def test_a_record_is_named_in_a_line(real, name):
    lines = [repr(record) for record in real[name]] + [repr(HOSTILE_RESULTS[name])]
    assert max(map(len, lines)) < 400
    assert not any("\n" in line for line in lines)
    long = HOSTILE_RESULTS[name].model_copy(
        update={"id": "x" * 999, "name": "\x1b[31m" * 99, "product": "y" * 999}
    )
    assert len(repr(long)) < 400
    assert "\x1b" not in repr(long)


def test_the_card_of_a_study_shows_its_product_and_every_number_with_its_place(real):
    kafi = next(study for study in real["Study"] if study.id == "kafi2007")
    shown = text_of(kafi)
    assert repr(kafi) == "<Study kafi2007 (2007): retinol lotion; retinol 0.4 %; 3 results>"
    assert "product retinol lotion" in shown
    assert "ingredients retinol 0.4 %" in shown
    assert "within person, comparator vehicle, randomised, week 24" in shown
    assert "product: mean change from baseline, signed = -1.64 (2:arm1_change_mean)" in shown


def test_the_card_of_a_result_says_what_is_unknown_and_where_numbers_were_read(real):
    result = next(outcome for outcome in real["Outcome"] if outcome.id == "kafi2007_01")
    shown = text_of(result)
    assert "allocation concealed unknown" in shown
    assert "participants blind yes" in shown
    assert "comparison: p value as printed < 0.001" in shown
    place = "cosmetic_trials.csv:2:arm1_change_mean (abstract)"
    assert f"product: mean change from baseline, signed -1.64 {result_file(result)}{place}" in shown


def result_file(result) -> str:
    """The folder that the file was read from."""
    return result.treated.change_mean.place.file.removesuffix("cosmetic_trials.csv")


def test_array_effects_name_their_scale_and_how_many_are_missing():
    # Viechtbauer (2010), J Stat Softw 36(3): the first two BCG trials
    assert SIZES.to_frame().round(4).to_dict("list") == {
        "yi": [-0.8893, -1.5854],
        "vi": [0.3256, 0.1946],
    }
    assert repr(SIZES) == "<EffectSizes: risk ratio (RR), on the log scale; 2 rows>"
    one = ev.effect_sizes("MD", m1i=[1, 2], sd1i=1, n1i=[9, float("nan")], m2i=0, sd2i=1, n2i=9)
    assert repr(one).endswith("2 rows; 1 without an effect or its variance>")
    assert list(SIZES.summary().to_frame()) == ["sei", "zi", "pval", "ci_low", "ci_high"]
    assert "and 4,970 more rows" in text_of(MANY_SIZES)


def test_the_effects_of_a_result_are_said_in_words(real):
    shown = next(repr(row) for row in real["OutcomeEffects"] if row.outcome == "kafi2007_01")
    assert shown.startswith("<OutcomeEffects of kafi2007, kafi2007_01; between arms: MD −1.56")
    assert "treated: MC −1.64 (−2.06 to −1.22)" in shown


def test_a_pooled_ratio_comes_before_its_logarithm():
    # BCG trials of Colditz (1994), pooled in Viechtbauer (2010), doi 10.18637/jss.v036.i03: log
    # RR -0.7145 (-1.0669 to -0.3622) by REML with the normal test, exp() of which is 0.4894
    # (0.3441 to 0.6961); a further trial 0.1546 to 1.5490, logs -1.8667 to 0.4376
    cases = [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27]
    well = [119, 300, 228, 13536, 5036, 1361, 2537, 87886, 7470, 1699, 50448, 2493, 16886]
    control = [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29]
    spared = [128, 274, 209, 12619, 5761, 1079, 619, 87892, 7232, 1600, 27197, 2338, 17825]
    sizes = ev.effect_sizes("RR", ai=cases, bi=well, ci=control, di=spared)
    first, *rest = ev.pool(sizes.to_frame(), measure="RR", test="z").summary()
    assert first.startswith("RR 0.49 (0.34 to 0.70) [log −0.71 (−1.07 to −0.36)], p < 0.001")
    (further,) = [line for line in rest if line.startswith("a further study")]
    assert further == "a further study, as a ratio: 0.15 to 1.55 [log −1.87 to 0.44]"
    plain = ev.pool(sizes.to_frame(), measure="SMD", test="z").summary()
    assert plain[0].startswith("SMD −0.71 (−1.07 to −0.36), p < 0.001")
    assert not any("log" in line for line in plain)


def test_a_log_limit_beyond_any_number_is_infinite():
    pooled = ev.pool({"yi": [0.0, 900.0], "vi": [1.0, 1.0]}, measure="RR", test="HKSJ")
    assert pooled.ci_high > 710
    assert "∞" in pooled.summary()[0]
