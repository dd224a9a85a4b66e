"""GOSH plots: subsets of R's metafor counted and drawn, then pictures."""

import math
import re
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from golden import NIGHT, WHITE, contrast, effects, golden, ids, over
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.errors import EvidenceError
from evidence.plots.gosh import OPACITIES, gosh, gosh_rows, gosh_svg
from evidence.plots.lanes import SLIM
from evidence.plots.rows import to_frame
from evidence.plots.svg import INK
from evidence.synthesis.gosh import pool_subsets

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}
SMD = golden("diagnostics", "gosh.normand_smd.DL")
BCG = golden("diagnostics", "baujat.bcg_rr.EE")
FOUND = pool_subsets(effects(SMD), tau2="DL")


def of(rows, kind):
    return [row for row in rows if row.kind == kind]


@pytest.mark.parametrize("name", ids("diagnostics", "gosh."))
def test_subsets_are_those_of_metafor(name):
    case = golden("diagnostics", name)
    found = pool_subsets(effects(case), tau2="DL" if name.endswith("DL") else "EE")
    rows = of(gosh_rows(found), "subset")
    assert len(rows) == case.expect.n_subsets
    # counted in binary, the last study as the last digit
    at = [int("".join(map(str, pattern)), 2) - 1 for pattern in case.expect.include]
    spread = np.ptp(case.expect.estimate)
    shown = [rows[i].estimate_low for i in at]
    assert shown == pytest.approx(case.expect.estimate, abs=1e-8 * spread)
    assert [rows[i].i2_low for i in at] == pytest.approx(case.expect.I2, abs=1e-6)
    mean = np.mean([row.estimate_low for row in rows])
    assert mean == pytest.approx(case.expect.mean_estimate, abs=1e-8 * spread)


def test_histograms_count_every_subset_once():
    case = golden("diagnostics", "gosh.hine_rd.DL")
    estimates, i2 = case.expect.estimate, case.expect.I2
    rows = gosh_rows(pool_subsets(effects(case), tau2="DL"), cells=(10, 4))
    assert len(estimates) == case.expect.n_subsets == 63
    tenths = np.histogram(estimates, bins=10)[0]
    assert [row.count for row in of(rows, "estimate")] == tenths.tolist()
    quarters = np.histogram(i2, bins=[0, 25, 50, 75, 100])[0]
    assert [row.count for row in of(rows, "i2")] == quarters.tolist()
    assert sum(tenths) == sum(quarters) == 63
    ends = [(row.i2_low, row.i2_high) for row in of(rows, "i2")]
    assert ends == [(0, 25), (25, 50), (50, 75), (75, 100)]


def test_many_subsets_are_counted_in_cells_that_hold_them():
    rows = gosh_rows(FOUND, most_points=100)
    assert not of(rows, "subset")
    cells = of(rows, "cell")
    assert sum(cell.count for cell in cells) == 511
    assert all(cell.count > 0 for cell in cells)
    points = FOUND.frame[["estimate", "i2"]].to_numpy()
    for cell in cells:
        inside = (
            (points[:, 0] >= cell.estimate_low - 1e-12)
            & (points[:, 0] <= cell.estimate_high + 1e-12)
            & (points[:, 1] >= cell.i2_low - 1e-9)
            & (points[:, 1] <= cell.i2_high + 1e-9)
        )
        assert inside.sum() >= cell.count


def test_all_studies_together_are_marked_if_they_are_among_the_subsets():
    pooled = golden("pooling", "pool.normand_smd.DL.z").expect
    (whole,) = of(gosh_rows(FOUND), "whole")
    assert (whole.estimate_low, whole.i2_low) == pytest.approx((pooled.estimate, pooled.I2))
    few = gosh_rows(pool_subsets(effects(BCG), tau2="DL", subsets=20, seed=3))
    assert not of(few, "whole")


def test_what_the_subsets_are_is_in_every_row():
    rows = gosh_rows(FOUND)
    assert {(r.subsets, r.studies, r.exact, r.seed) for r in rows} == {(511, 9, True, None)}
    drawn = gosh_rows(pool_subsets(effects(BCG), tau2="DL", subsets=2000, seed=7), log=True)
    assert {(r.subsets, r.studies, r.exact, r.seed) for r in drawn} == {(2000, 13, False, 7)}
    assert all(row.estimate_low > 0 for row in drawn if row.estimate_low is not None)
    (first, *_) = of(gosh_rows(FOUND, log=True), "subset")
    assert math.log(first.estimate_low) == pytest.approx(SMD.yi[-1])
    with pytest.raises(EvidenceError, match="at least one bar"):
        gosh_rows(FOUND, cells=(0, 3))


def test_rows_are_a_tidy_frame():
    frame = to_frame(gosh_rows(FOUND))
    assert list(frame.columns) == [
        "kind", "estimate_low", "estimate_high", "i2_low", "i2_high", "count", "subsets",
        "studies", "exact", "seed", "ratio",
    ]  # fmt: skip
    assert frame.groupby("kind").size().to_dict() == {
        "estimate": 48, "i2": 30, "subset": 511, "whole": 1,
    }  # fmt: skip


# --------------------------------------------------------------------------- pictures

SAMPLED = pool_subsets(effects(BCG), tau2="DL", subsets=100_000, seed=7)
CASES = {
    "points": gosh_rows(FOUND),
    "cells": gosh_rows(pool_subsets(effects(BCG), tau2="DL"), log=True),
    "sampled": gosh_rows(SAMPLED),
    "fine cells": gosh_rows(SAMPLED, cells=(80, 60)),
    "few counts": gosh_rows(FOUND, most_points=0, cells=(400, 200)),
    "agreement": gosh_rows(pool_subsets({"yi": [0.2] * 3, "vi": [0.1] * 3}, tau2="DL")),
    "one study": gosh_rows(pool_subsets({"yi": [0.2], "vi": [0.1]}, tau2="EE")),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 640.0, 800.0])
def test_the_drawing_is_a_named_image_inside_its_frame_and_light(case, width):
    svg = gosh_svg(CASES[case], width=width, **NAMED)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []
    assert len(svg) < 200_000


def test_the_same_rows_give_the_same_bytes():
    again = gosh_rows(pool_subsets(effects(BCG), tau2="DL", subsets=100_000, seed=7))
    assert gosh_svg(CASES["sampled"], **NAMED) == gosh_svg(again, **NAMED)


def test_the_most_subsets_there_can_be_stay_light():
    grid = [(i / 48, j / 30) for i in range(48) for j in range(30)]
    frame = FOUND.frame.iloc[[0] * len(grid)].assign(
        estimate=[x for x, _ in grid], i2=[100 * y for _, y in grid]
    )
    full = type(FOUND)(
        studies=FOUND.studies,
        tau2_method="DL",
        exact=True,
        seed=None,
        include=FOUND.include[[0] * len(grid)],
        frame=frame,
    )
    for most in (0, 1500):
        assert len(gosh_svg(gosh_rows(full, most_points=most), **NAMED)) < 200_000


def test_every_subset_is_a_point_of_the_picture():
    svg = gosh_svg(CASES["points"], **NAMED)
    dots = re.search(r"<title>all 511 subsets of 9 studies</title><path [^>]*d=\"([^\"]+)\"", svg)
    assert dots[1].count("M") == 511
    assert 'stroke-linecap="round"' in svg


def test_the_picture_says_whether_all_subsets_are_in_it():
    text = printed_text(gosh_svg(CASES["cells"], measure="Risk ratio", **NAMED))
    assert "all 8,191 subsets of 13 studies" in text
    assert "all studies together: 0.49, I² 92 %" in text
    assert "heterogeneity, I²" in text
    assert "1 to 3 subsets in a cell" in text
    sampled = printed_text(gosh_svg(CASES["sampled"], **NAMED))
    assert "100,000 random subsets of 13 studies" in sampled
    assert "(seed 7)" in sampled


def test_shades_cover_every_count_once():
    rows = CASES["cells"]
    text = printed_text(gosh_svg(rows, **NAMED))
    steps = [(int(a), int(b)) for a, b in re.findall(r"(\d+) to (\d+) subsets in a cell", text)]
    assert steps[0][0] == 1
    assert steps[-1][1] == max(row.count for row in of(rows, "cell"))
    assert all(b[0] == a[1] + 1 for a, b in pairwise(steps))


@pytest.mark.parametrize("paper", [WHITE, NIGHT])
def test_shades_differ_by_day_and_by_night(paper):
    blue = INK["p-main-wash"]["fill"]
    shades = [paper, *(over(blue, paper, opacity) for opacity in OPACITIES)]
    for pale, dense in pairwise(shades):
        assert contrast(dense, pale) > 1.15


# --------------------------------------------------------------------------- matplotlib


@pytest.mark.parametrize("case", CASES)
def test_matplotlib_draws_on_the_axes_given(case):
    ax = Figure(figsize=(7, 6), layout="constrained").add_subplot()
    assert gosh(CASES[case], ax) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
    box = ax.figure.get_tightbbox()
    assert box.x1 <= 7.05
    assert box.y0 >= -0.02


def test_matplotlib_shows_subsets_and_histograms():
    ax = Figure().add_subplot()
    gosh(FOUND, ax, measure="SMD")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("SMD", "heterogeneity, I² (%)")
    shown = ax.collections[0].get_offsets()
    assert shown.tolist() == [pytest.approx(one) for one in FOUND.frame[["estimate", "i2"]].values]
    above, beside = ax.child_axes
    assert sum(bar.get_height() for bar in above.patches) == 511
    assert sum(bar.get_width() for bar in beside.patches) == 511


def test_no_rows_are_no_picture():
    with pytest.raises(EvidenceError, match="nothing to draw"):
        gosh_svg([], **NAMED)
