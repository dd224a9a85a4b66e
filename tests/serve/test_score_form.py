"""Score by form: the page says what the command says, of the same numbers and in the same words."""

import json
import re
import shlex
from inspect import signature

import pytest
from serving import calmly

from evidence.__main__ import main
from evidence.cli.score import score
from evidence.cli.serve import flags
from evidence.serve.fields import BETTER, FIELDS

RCT = [
    ("design", "parallel"),
    ("randomised", "yes"),
    ("comparator", "vehicle"),
    ("blinded", "none"),
    ("kind", "live_expert_grade"),
    ("n", "40"),
    ("n", "41"),
    ("mean", "12.1"),
    ("mean", "14.0"),
    ("sd", "3.2"),
    ("sd", "3.5"),
    ("better", "lower"),
    ("mid", "0.2"),
]
BARE = [("design", "single-arm"), ("n", "50"), ("n", ""), ("change", "-20%"),
        ("outcome", "wrinkles")]  # fmt: skip
BEST = [
    ("design", "parallel"),
    ("n", "25"),
    ("n", "25"),
    ("randomised", "computer"),
    ("concealed", "central"),
    ("comparator", "vehicle"),
    ("blinded", "double"),
    ("attrition", "0%"),
    ("registered", "primary"),
    ("primary", "yes"),
    ("kind", "instrument"),
    ("outcomes_measured", "1"),
]
STUDIES = {
    "trial": RCT,
    "before and after": BARE,
    "all low": BEST,
    "two changes": [("design", "parallel"), ("n", "30"), ("n", "31"), ("change", "-20%"),
                    ("change", "-5%"), ("outcome", "TEWL"), ("r", "0.6")],
    "one difference": [("design", "parallel"), ("n", "60"), ("change", "-3.5"), ("ci", "-5.0"),
                       ("ci", "-2.0"), ("unit", "points"), ("weeks", "8"), ("p", "<0.05")],
    "settings": [*BARE, ("a_scale", "skin_trials"), ("bias_set", "metablind"), ("priors", "1"),
                 ("claim_about", "product"), ("no_assumptions", "yes"), ("standard", "eu")],
    "refused": [("design", "in-vitro"), ("n", "3"), ("change", "-40%")],
    "words like a flag": [*BARE[:-1], ("outcome", "--json 'x' $(touch y)")],
}  # fmt: skip


@pytest.fixture
def site(tmp_path):
    """A client of a server whose folder is `tmp_path`."""
    with calmly(tmp_path) as client:
        yield client


def printed(command, capsys):
    """What the command line prints of the words of the page, in this very process."""
    words = shlex.split(command)
    assert words[0] == "evidence"
    assert main([*words[1:], "--json"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", STUDIES)
def test_the_page_holds_what_the_command_it_shows_prints(site, capsys, name):
    page = site.post("/score", STUDIES[name])
    assert page.status == 200
    assert page.element("json") == printed(page.element("command"), capsys)


def test_the_command_is_the_one_a_person_would_type(site):
    assert site.post("/score", RCT).element("command") == (
        "evidence score --design parallel --comparator vehicle --randomised yes --blinded none "
        "--n 40 41 --kind live_expert_grade --lower-is-better --mean 12.1 14.0 --sd 3.2 3.5 "
        "--mid 0.2"
    )


def test_the_page_shows_the_numbers_of_the_json(site):
    page = site.post("/score", RCT)
    data = json.loads(page.element("json"))
    found = data["reliability"]
    # the worked example of the help and of the specification: 20 of 100, range 12 to 56
    assert page.element("score") == "20 of 100 (range 12–56)"
    assert round(found["value"]) == 20
    assert "mean difference −1.90 (−3.38 to −0.42)" in page.text
    top = max(part["points_lost"] for part in found["components"])
    assert f">−{top:.0f}<" in page.text  # in the drawing
    lost = re.findall(r'data-label="Points lost">([\d.]+)<', page.text)
    assert sum(map(float, lost)) == pytest.approx(100 - found["value"], abs=0.3)  # six roundings
    assert f"to {found['would_raise'][0]['value']:.0f}: " in page.text


def test_the_drawing_is_there_wide_and_slim_with_ids_that_do_not_meet(site):
    text = site.post("/score", RCT).text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert text.count("<svg") == 2
    named = {
        word for words in re.findall(r'aria-labelledby="([^"]+)"', text) for word in words.split()
    }
    assert named <= set(ids)


def test_a_study_that_is_not_scored_says_why_and_draws_nothing(site):
    page = site.post("/score", STUDIES["refused"])
    assert page.element("score").startswith("Not scored: ")
    assert "<svg" not in page.text


# ---------------------------------------------------------------- the form itself


def test_the_form_has_every_flag_that_describes_a_study():
    elsewhere = {"file", "from_", "explain", "form", "json", "output", "fail_on", "quiet", "lang"}
    asked = set(FIELDS) - {BETTER} | {"lower_is_better", "higher_is_better"}
    assert asked == set(signature(score).parameters) - elsewhere


def test_fields_carry_the_help_and_the_choices_of_the_flags(site, capsys):
    main(["score", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    page = site.get("/score").text
    for name, flag in flags().items():
        if name not in FIELDS:
            continue
        assert flag.help
        assert " ".join(flag.help.split())[:40] in told
        assert flag.flag in told
        for choice in flag.choices:
            assert f'<option value="{choice}"' in page
    assert "People analysed: one number, or one per arm." in page


def test_every_control_has_a_label_and_a_description(site):
    page = site.get("/score").text
    controls = re.findall(r'<(?:input type="(?:text|checkbox)"|select) id="([^"]+)"', page)
    assert len(controls) > 30
    for name in controls:
        assert page.count(f'for="{name}"') == 1
    described = {w for ws in re.findall(r'aria-describedby="([^"]+)"', page) for w in ws.split()}
    assert described <= set(re.findall(r'\bid="([^"]+)"', page))


# ---------------------------------------------------------------- what cannot be


def said_by_the_command(words, capsys):
    assert main(["score", *words]) == 2
    return capsys.readouterr().err.removeprefix("evidence: ").strip()


@pytest.mark.parametrize(
    ("field", "values", "words"),
    [
        ("n", ["4O", ""], ["--n", "4O"]),
        ("n", ["12.5", ""], ["--n", "12.5"]),
        ("attrition", ["150%", ""], ["--attrition", "150%"]),
        ("r", ["2"], ["--r", "2"]),
        ("p", ["often"], ["--p", "often"]),
        ("ci", ["3", "1"], ["--ci", "3", "1"]),
        ("mean", ["1", "2"], ["--mean", "1", "2"]),
        ("sd", ["0", ""], ["--sd", "0"]),
        ("change", ["a lot", ""], ["--change", "a lot"]),
        ("mid", ["big"], ["--mid", "big"]),
        ("weeks", ["-1"], ["--weeks", "-1"]),
        ("outcomes_measured", ["0"], ["--outcomes-measured", "0"]),
    ],
)
def test_an_error_stands_beside_its_field_in_the_words_of_the_command(
    site, capsys, field, values, words
):
    others = [("design", "single-arm"), ("outcome", 'fine <lines> & "pores"')]
    page = site.post("/score", [*others, *((field, value) for value in values)])
    assert page.status == 422
    told = said_by_the_command(["--design", "single-arm", *words], capsys)
    assert page.element(f"e-{field}") == f"! {told}"
    assert f'href="#f-{field}-1"' in page.text
    assert f'aria-describedby="e-{field} h-{field}" aria-invalid="true"' in page.text
    # nothing typed is lost
    assert 'value="fine &lt;lines&gt; &amp; &quot;pores&quot;"' in page.text
    assert '<option value="single-arm" selected>' in page.text
    for value in filter(None, values):
        assert f'name="{field}" value="{value}"' in page.text


def test_half_a_pair_is_an_error_and_no_shift(site):
    page = site.post("/score", [("design", "parallel"), ("n", ""), ("n", "41")])
    assert page.element("e-n") == "! --n '' cannot be used; expected: a number"
    page = site.post("/score", [("design", "single-arm"), ("n", "3"), ("ci", "1"), ("ci", "")])
    assert "give both limits: --ci LOW HIGH" in page.element("e-ci")


def test_a_choice_that_is_none_is_told_as_the_command_tells_it(site, capsys):
    page = site.post("/score", [("design", "paralel"), ("n", "40"), ("better", "sideways")])
    told = said_by_the_command(["--design", "paralel", "--n", "40"], capsys)
    shown = page.element("e-design").removeprefix("! ")
    assert told.startswith(shown.split(" Choose from")[0])
    assert '"single-arm", "parallel"' in shown
    assert '"lower", "higher"' in page.element("e-better")


def test_an_empty_form_says_what_is_missing(site):
    page = site.post("/score", [])
    assert page.status == 422
    assert "nothing to score" in page.text


def test_what_is_typed_is_shown_and_never_obeyed(site):
    text = "\"><script>document.title='taken'</script>\x1b[31m{{ 7 * 7 }}"
    page = site.post("/score", [*BARE[:-1], ("outcome", text)])
    assert page.status == 200
    assert "<script>document" not in page.text
    assert "\x1b" not in page.text
    assert "{{ 7 * 7 }}" in page.text


def test_nothing_is_left_on_the_disk(site, tmp_path, monkeypatch):
    import tempfile

    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    assert site.post("/score", RCT).status == 200
    assert list(place.iterdir()) == []
