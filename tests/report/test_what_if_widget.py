"""The what-if in a notebook: widgets moved without a browser, a table where none are drawn."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from evidence.appraisal.assess import assess
from evidence.appraisal.supposing import Suppose
from evidence.errors import EvidenceError
from evidence.ingest.from_flags import Flags, study_from_flags
from evidence.report.what_if_widget import result_html, what_if_widget
from evidence.verdict.what_if import what_if


def scored(**more):
    given = {"design": "single-arm", "n": ["50"], "change": ["-20%"], "outcome": "wrinkle depth"}
    study = study_from_flags(Flags(**{**given, **more}))
    return assess(study, study.outcomes[0])


def test_a_moved_slider_is_what_is_supposed():
    done = scored()
    view = what_if_widget(done)
    assert list(view.controls) == ["n", "sd", "r", "mid", "control", "allocation", "blinding",
                                   "kind", "registered"]  # fmt: skip
    assert view.result.reliability.value == done.reliability.value
    view.controls["n"].value = 200
    view.controls["control"].value = "vehicle"
    view.controls["r"].value = 0.8
    wanted = what_if(done, Suppose(n=200, control="vehicle", r=0.8))
    assert view.result.reliability == wanted.reliability
    assert view.result.expected == wanted.expected
    assert view._out.value == result_html(wanted)


def test_the_best_study_that_can_be_supposed_says_why_it_carries_no_claim():
    view = what_if_widget(scored())
    assert "not supported: nothing separates the product from" in view._out.value
    best = {"n": 200, "control": "vehicle", "allocation": "concealed", "blinding": "double",
            "registered": "primary"}  # fmt: skip
    for name, value in best.items():
        view.controls[name].value = value
    assert view.result.direction == "in favour"
    assert "not supported: one study alone never carries a claim" in view._out.value


def test_a_choice_put_back_is_as_reported():
    done = scored()
    view = what_if_widget(done)
    view.controls["blinding"].value = "none"
    view.controls["blinding"].value = ""
    assert view.result.suppose == Suppose()
    view.controls["n"].value = 400
    view.controls["sd"].value = 50
    view.reset()
    assert view.result.suppose == Suppose()
    assert view.controls["n"].value == 50
    assert str(done.reliability) in view._out.value


def test_shown_as_widgets_and_as_a_table_for_whoever_draws_none():
    bundle = what_if_widget(scored())._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert "twice the people" in bundle["text/html"]
    assert "\n" not in bundle["text/plain"]
    json.dumps(bundle)


def test_without_ipywidgets_the_table_alone(monkeypatch):
    monkeypatch.setattr("evidence.report.what_if_widget.find_spec", lambda _: None)
    view = what_if_widget(scored())
    assert view.controls == {}
    bundle = view._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert "<table>" in bundle["text/html"]


def test_importing_it_brings_no_widgets():
    code = "import evidence.report.what_if_widget, sys; print('ipywidgets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_user_words_are_escaped():
    study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    study = study.model_copy(update={"id": "<img src=x onerror=alert(1)>"})
    view = what_if_widget(assess(study, study.outcomes[0]))
    assert "<img" not in view._repr_html_()
    assert "&lt;img" in view._repr_html_()


def test_what_is_not_scored_says_why():
    with pytest.raises(EvidenceError, match="in vitro"):
        what_if_widget(scored(design="in-vitro"))
