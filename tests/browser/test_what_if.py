"""The page's what-if: every number on it is the package's, whatever is supposed."""

from __future__ import annotations

import math
import random
from dataclasses import asdict, replace

import pytest

from evidence.appraisal.assess import assess
from evidence.appraisal.supposing import CHOICES, Suppose
from evidence.effects.effect import quantile
from evidence.ingest.from_flags import Flags, study_from_flags
from evidence.records.outcome import ArmResult, Contrast, Design, Outcome, PValue
from evidence.records.reported import Reported
from evidence.records.study import Study
from evidence.report.document import Document, Paragraph, Section
from evidence.report.render_html import render_html
from evidence.report.what_if import what_if_blocks
from evidence.report.what_if_words import shown
from evidence.verdict.effect_if import magnitude_of
from evidence.verdict.what_if import what_if

STUDIES = {
    "a percent without a control": (
        Flags(design="single-arm", n=["50"], change=["-20%"], outcome="wrinkle depth",
              kind="instrument"),
        {},
    ),
    "people not stated": (
        Flags(design="single-arm", change=["15%"], outcome="elasticity"),
        {"mid": 3.0},
    ),
    "no plausible region of spreads": (
        Flags(design="single-arm", n=["24"], change=["-18%"], outcome="contour", better="lower"),
        {},
    ),
    "means of two groups": (
        Flags(design="parallel", n=["40", "41"], mean=["12.1", "14.0"], sd=["3.2", "3.5"],
              outcome="wrinkle score", kind="live_expert_grade", better="lower",
              comparator="vehicle", randomised="yes", blinded="none"),
        {"mid": 0.2, "mid_is_smd": True},
    ),
    "changes of two groups": (
        Flags(design="parallel", n=["30", "35"], change=["-3.1", "-1.2"], sd=["2.2", "2.5"],
              outcome="wrinkle score", better="lower", comparator="vehicle", r="0.7",
              attrition=["10%"]),
        {},
    ),
    "a percent between groups": (
        Flags(design="parallel", n=["60"], change=["-12%"], outcome="wrinkle depth",
              comparator="untreated", registered="secondary"),
        {},
    ),
    "two percents": (
        Flags(design="parallel", n=["30", "35"], change=["-18%", "-7%"], outcome="wrinkle depth",
              better="lower", comparator="vehicle", attrition=["10%"]),
        {"bias_set": "cochrane_rob2"},
    ),
    "two sides of a face": (
        Flags(design="split-face", n=["30"], change=["-10%"], outcome="wrinkle depth",
              kind="photo_blinded_grade", comparator="vehicle", primary="yes"),
        {"a_scale": "skin_trials"},
    ),
    "nothing in standard deviations": (
        Flags(design="single-arm", n=["30"], change=["22%"], outcome="hydration"),
        {},
    ),
    "a survey": (
        Flags(design="survey", n=["200"], change=["30%"], outcome="wrinkle depth"),
        {},
    ),
}  # fmt: skip
ROUNDS = 5
"""Random settings tried on each study."""


def arm(**printed):
    return ArmResult(**{name: Reported.parse(text) for name, text in printed.items()})


PARALLEL = Design(kind="parallel", comparator="vehicle", randomised="yes")
RECORDS = {
    "responders": {
        "statistic": "responder_pct", "better": "higher", "design": PARALLEL,
        "treated": arm(n="40", total="40", events="20"),
        "control": arm(n="44", total="44", events="11"),
    },
    "a printed difference": {
        "design": PARALLEL, "treated": arm(n="40"), "control": arm(n="44"), "unit": "points",
        "contrast": Contrast(
            measure="MD", estimate=Reported(text="-1.2"), ci_low=Reported(text="-2.0"),
            ci_high=Reported(text="-0.4"),
        ),
    },
    "a change in points": {
        "design": Design(kind="single_arm_prepost"), "unit": "points",
        "treated": arm(n="25", n_randomised="30", baseline_mean="5", baseline_sd="1.4",
                       mean="4.1", sd="1.3"),
        "contrast": Contrast(r=Reported(text="0.55")),
    },
    "people enrolled": {
        "family": "wrinkle_depth", "design": PARALLEL,
        "treated": arm(n_randomised="45", pct_change="-14%"),
        "control": arm(n_randomised="40", pct_change="-4%"),
    },
    "a change with its p": {
        "family": "wrinkle_depth", "design": Design(kind="single_arm_prepost"),
        "treated": arm(n="45", pct_change="-14%"),
        "contrast": Contrast(
            p=PValue(operator="<", value=Reported(text="0.05"), kind="within_arm")
        ),
    },
    "sides counted as people": {
        "family": "wrinkle_depth",
        "design": Design(kind="within_person", comparator="untreated_site", unit_of_count="sides"),
        "treated": arm(n="45", pct_change="-14%"), "control": arm(pct_change="-3%"),
    },
}  # fmt: skip


def assessed(name):
    if name in STUDIES:
        flags, options = STUDIES[name]
        study = study_from_flags(flags)
        return assess(study, study.outcomes[0], **options)
    fields = {"family": "wrinkle_grade", "better": "lower", **RECORDS[name]}
    one = Outcome(id=name, name="wrinkles", **fields)
    return assess(Study(id=name, outcomes=(one,)), one)


@pytest.fixture(scope="module")
def results():
    return {name: assessed(name) for name in (*STUDIES, *RECORDS)}


def page_of(results):
    sections = [
        Section(name, tuple(what_if_blocks(done, f"{name}: what if")))
        for name, done in results.items()
    ]
    return render_html(Document(title="What if", blocks=tuple(sections)))


@pytest.fixture(scope="module")
def html(results):
    return page_of(results)


@pytest.fixture(scope="module")
def small(results):
    """Two studies of different kinds, where every one would take long to look through."""
    return page_of({name: results[name] for name in ("means of two groups", "people not stated")})


def settings(done, chance: random.Random) -> Suppose:
    """A few things supposed at random, numbers from tiny to large."""
    given = {}
    scale = 1.0 if done.standardised is None else done.standardised.scale
    numbers = {
        "n": lambda: round(math.exp(chance.uniform(math.log(4), math.log(20_000)))),
        "sd": lambda: float(f"{scale * math.exp(chance.uniform(-1.5, 1.2)):.3g}"),
        "r": lambda: round(chance.uniform(-0.5, 0.98), 2),
        "mid": lambda: float(f"{scale * chance.uniform(0.05, 0.8):.3g}"),
    }
    offered = {"none": ("n", "r"), "responders": ("n", "mid")}.get(magnitude_of(done), numbers)
    for name in offered:
        if chance.random() < 0.6:
            given[name] = numbers[name]()
    for name, words in CHOICES.items():
        if chance.random() < 0.5:
            given[name] = chance.choice(words)
    return Suppose(**given)


def block(page, name):
    return page.get_by_role("group", name=f"{name}: what if")


ENTER = """(box, given) => {
  const change = (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event('input'));
  };
  box.querySelector('[data-act=reset]').click();
  for (const [name, value] of Object.entries(given))
    change(box.querySelector(`[data-name=${name}] :is(select, input[type=number])`), value);
}"""


def enter(box, suppose: Suppose) -> None:
    """Set the controls of a block: as a reader would, but at once."""
    box.evaluate(
        ENTER, {name: value for name, value in asdict(suppose).items() if value is not None}
    )


READ = """box => Object.fromEntries([...box.querySelectorAll('[data-out]')].map(place =>
  [place.dataset.out, {text: place.textContent, ...place.dataset}]))"""
LOST = """box => [...box.querySelectorAll('.if-lost li')]
  .map(row => [row.dataset.name, Number(row.dataset.value)])"""


def numbers_of(result):
    """Unrounded numbers, named as the page names them."""
    seen, effect, chance = result.expected, result.effect, result.probability
    score = result.reliability
    found = {
        "score": {"value": score.value, "low": score.low, "high": score.high},
        "effect": {
            "value": effect.value, "low": effect.low, "high": effect.high,
            "narrowLow": effect.narrow_low, "narrowHigh": effect.narrow_high,
        },
        "expected": {} if seen is None else {
            "value": seen.estimate, "low": seen.ci_low, "high": seen.ci_high},
        "above_zero": {"value": None if seen is None else seen.pr_above_zero},
        "above_mid": {"value": None if seen is None else seen.pr_above_mid},
        "benefit": {},
    }  # fmt: skip
    if chance.sets:
        rows = {
            row.bias_set: row.above_zero if row.above_mid is None else row.above_mid
            for row in chance.sets
        }
        base = rows.get(score.bias_set, rows["robes2018"])
        found["benefit"] = {"value": base, "low": min(rows.values()), "high": max(rows.values())}
    return found


def compare(box, done, suppose):
    result = what_if(done, suppose)
    page = box.evaluate(READ)
    for name, wanted in numbers_of(result).items():
        for key, value in wanted.items():
            where = f"{suppose}: {name} {key}"
            if value is None:
                assert key not in page[name], where
            else:  # the page computes the same formulas in the same precision
                assert float(page[name][key]) == pytest.approx(value, rel=1e-6, abs=1e-6), where
    for name, text in shown(result)._asdict().items():
        seen = page[name]["text"]
        if name == "direction":
            seen = seen[1:]  # the sign that goes before the word
        assert seen == text, f"{suppose}: {name}"
    lost = {part.name: part.points_lost for part in result.reliability.lost}
    for name, points in box.evaluate(LOST):
        assert points == pytest.approx(lost.pop(name), abs=1e-6), f"{suppose}: {name}"
    assert all(points < 0.05 for points in lost.values()), suppose


def test_every_number_is_the_packages(open_page, html, results):
    page, chance = open_page(html), random.Random(20)
    for name, done in results.items():
        box = block(page, name)
        compare(box, done, Suppose())
        for _ in range(ROUNDS):
            suppose = settings(done, chance)
            enter(box, suppose)
            compare(box, done, suppose)


def test_the_quantile_of_t_is_exact(open_page, html, results):
    """Two groups of a few to many people: the interval is the difference and t times its error."""
    page, name = open_page(html), "means of two groups"
    box, done = block(page, name), results[name]
    for n in (4, 5, 6, 9, 17, 30, 61, 150, 1000, 30_000):
        enter(box, Suppose(n=n, sd=2.0))
        low, high = (float(box.evaluate(READ)["effect"][key]) for key in ("low", "high"))
        sizes = [part * n for part in (40 / 81, 41 / 81)]
        error = 2.0 * math.sqrt(sum(1 / size for size in sizes))
        assert (high - low) / 2 / error == pytest.approx(quantile(0.95, n - 2), rel=1e-9), n
    assert done.effects.between.df == 79


def test_keys_alone_move_the_numbers(open_page, html):
    page = open_page(html)
    box = block(page, "a percent without a control")
    before = box.locator("[data-out=score]").inner_text()
    box.locator("[data-name=n] input[type=number]").focus()
    page.keyboard.press("Tab")  # to the slider beside it
    for _ in range(5):
        page.keyboard.press("PageUp")
    moved = box.locator("[data-name=n] input[type=number]").input_value()
    assert float(moved) > 50
    assert box.locator("[data-name=n] .if-said").inner_text() == "reported: 50"
    box.locator("[data-name=control] select").focus()
    page.keyboard.press("ArrowDown")
    after = box.locator("[data-out=score]").inner_text()
    assert after != before
    box.get_by_role("button", name="Back to as reported").focus()
    page.keyboard.press("Enter")
    assert box.locator("[data-out=score]").inner_text() == before
    assert box.locator("[data-name=n] .if-said").inner_text() == "as reported"


def test_a_number_out_of_reach_is_said_and_not_used(open_page, html):
    page = open_page(html)
    box = block(page, "a percent without a control")
    field = box.locator("[data-name=n] input[type=number]")
    before = box.evaluate(READ)
    field.fill("2")
    assert field.get_attribute("aria-invalid") == "true"
    assert box.locator("[data-name=n] .if-said").inner_text().startswith("Give a number from 4 to")
    assert box.evaluate(READ) == before
    field.fill("")
    assert field.get_attribute("aria-invalid") is None
    assert box.evaluate(READ) == before


def test_without_script_the_table_says_it(open_page, html, results):
    page = open_page(html, script=False)
    assert page.locator(".if-panel:visible").count() == 0
    table = page.locator(".if-table table").first
    assert table.is_visible()
    text = table.inner_text()
    assert "twice the people" in text
    done = results["a percent without a control"]
    assert str(what_if(done, Suppose(n=100)).reliability) in text


def test_changed_words_are_the_words_shown(open_page, results):
    """A translated template reaches the page: nothing is said by the script itself."""
    (one,) = what_if_blocks(results["people not stated"], "Was wäre wenn")
    words = tuple(
        replace(word, text="[{low}/{high}] {value}") if word.name == "of_score" else word
        for word in one.words
    )
    page = open_page(render_html(Document(title="x", blocks=(replace(one, words=words),))))
    assert page.locator("[data-out=score]").inner_text() == "[4/21] 7"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_it_is_accessible_and_fits(open_page, small, axe, dark, width):
    page = open_page(small, dark=dark, width=width)
    box = block(page, "means of two groups")
    enter(box, Suppose(n=200, control="untreated"))
    box.locator("[data-name=sd] input[type=number]").fill("-1")
    assert axe(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


def test_a_page_without_it_carries_no_script_for_it():
    plain = render_html(Document(title="x", blocks=(Paragraph("y"),)))
    assert "what-if" not in plain


def test_hostile_words_stay_words(open_page, results):
    done = results["a percent without a control"]
    (one,) = what_if_blocks(done, "</script><script>document.title='taken'</script>")
    words = tuple(replace(word, text=word.text + '"><img src=x>') for word in one.words)
    page = open_page(render_html(Document(title="x", blocks=(replace(one, words=words),))))
    assert page.title() == "x"
    assert page.locator("img").count() == 0
