"""The calibration page is of these rules, and a small run agrees with it."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from calibrate import CHECKS, PAGE, PICTURE, SEED, run
from degrade import allowed_by, pairs, printed, two_sided_p
from simulate import TARGETS, Check, Scored, before_after, one_group
from table import as_markdown, as_svg, read_markdown, row

SMALL = 250
FARTHEST = 4.5
"""Monte Carlo errors: one check in 150,000 is off by more if nothing is wrong."""

COMMITTED = read_markdown(PAGE.read_text(encoding="utf-8"))


def test_the_page_has_every_check_and_no_other():
    assert list(COMMITTED) == [
        check.name for kind in TARGETS for check in CHECKS if check.kind == kind
    ]
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_the_picture_is_drawn_from_every_check():
    tree = ElementTree.parse(PICTURE)
    words = {text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert {check.name for check in CHECKS} <= words


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_small_run_agrees(check):
    """Other random numbers than those of the page, so that agreement is no copy."""
    (found,) = run([check], SMALL, SEED + 1)
    coverage, studies = (COMMITTED[check.name][0] / 100, COMMITTED[check.name][1])
    # never 0: a coverage of 100 % in so many studies leaves room for one or two in a small run
    share = min(max(coverage, 0.5 / SMALL), 1 - 0.5 / SMALL)
    error = math.sqrt(share * (1 - share) * (1 / found.studies + 1 / studies))
    # the page gives coverage to 0.1 %
    assert abs(found.coverage / 100 - coverage) <= FARTHEST * error + 0.0005


def test_a_wrong_interval_is_seen():
    """Half the width at n 50 covers about 67 %: far outside every band."""

    def half(rng: np.random.Generator, studies: int) -> Scored:
        x = rng.standard_normal((studies, 50))
        width = x.std(axis=1, ddof=1) / 50**0.5
        covered = np.abs(x.mean(axis=1)) <= width
        return Scored(covered.astype(float), x.mean(axis=1), 2 * width)

    wrong = row(Check("wrong", "n 50", "exact", "SD", half), half(np.random.default_rng(1), 4000))
    assert wrong.verdict == "**below**"
    assert wrong.coverage == pytest.approx(68, abs=3)
    assert read_markdown(as_markdown([wrong]))["wrong: n 50"] == (round(wrong.coverage, 1), 4000)
    assert "◂" in as_svg([wrong])


@pytest.mark.parametrize("shape", ["normal", "lognormal"])
def test_the_simulated_people_are_as_asked_for(shape):
    pre, post = before_after(
        np.random.default_rng(3), 400, 500, ratio=0.8, cv=0.35, r=0.6, shape=shape
    )
    seen = pairs(pre, post)
    assert seen.mean_pre.mean() == pytest.approx(100, abs=0.5)
    assert seen.mean_post.mean() == pytest.approx(80, abs=0.5)
    assert (seen.sd_pre / seen.mean_pre).mean() == pytest.approx(0.35, abs=0.005)
    assert (seen.sd_post / seen.mean_post).mean() == pytest.approx(0.35, abs=0.005)
    assert seen.r.mean() == pytest.approx(0.6, abs=0.01)
    assert seen.r[0] == pytest.approx(np.corrcoef(pre[0], post[0])[0, 1])
    group = one_group(np.random.default_rng(4), 400, 500, 0.8, shape)
    assert group.mean() == pytest.approx(100, abs=0.7)
    assert group.std() == pytest.approx(80, rel=0.03)


def test_numbers_lose_what_reports_leave_out():
    assert printed(np.array([0.0124, 0.0004]), 3).tolist() == [0.012, 0.0]
    assert two_sided_p(np.array([2.597]), 56)[0] == pytest.approx(0.012, abs=5e-5)
    assert [allowed_by(p) for p in (0.0005, 0.03, 0.2)] == [(0, 0.001), (0, 0.05), (0.05, 1)]
    assert allowed_by(0.03, (0.05,)) == (0, 0.05)
