"""The what-if of one result in a notebook: sliders where they are drawn, a table elsewhere."""

from __future__ import annotations

from html import escape
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from evidence.appraisal.assess import Assessment
from evidence.appraisal.supposing import CHOICES, Suppose
from evidence.errors import EvidenceError
from evidence.formatting import html_table
from evidence.report.blocks import Cell, Control, WhatIf
from evidence.report.document import plain_text
from evidence.report.what_if import what_if_blocks
from evidence.report.what_if_words import WORDS, shown
from evidence.verdict.what_if import WhatIfResult, what_if

_VIEW = "application/vnd.jupyter.widget-view+json"


class WhatIfView:
    """Controls of one result and what they give.

    Attributes
    ----------
    controls : dict
        The widgets by name (`n`, `sd`, `r`, `mid`, `control`, …); empty without ipywidgets.
        A number counts once it is moved; `reset` puts everything back to as reported.
    result : WhatIfResult
        The result under what is supposed now.
    """

    def __init__(self, done: Assessment, block: WhatIf) -> None:
        self.result: WhatIfResult = what_if(done)
        self.controls: dict[str, Any] = {}
        self._done, self._block = done, block
        self._box: Any = None
        self._out: Any = None
        self._given: dict[str, Any] = {}
        self._quiet = False
        if find_spec("ipywidgets") is not None:
            self._build()

    def reset(self) -> None:
        """Everything as reported again."""
        self._quiet = True
        for control in self._block.controls:
            if control.name in self.controls:
                self.controls[control.name].value = _start(control)
        self._quiet = False
        self._given = {}
        self._show()

    def _build(self) -> None:
        widgets: Any = import_module("ipywidgets")  # only a notebook has a use for it
        self._out = widgets.HTML()
        for control in self._block.controls:
            self.controls[control.name] = widget = _widget(control, widgets)
            widget.observe(self._moved(control.name), names="value")
        button = widgets.Button(description=WORDS["reset"])
        button.on_click(lambda _: self.reset())
        self._box = widgets.HBox(
            [widgets.VBox([*self.controls.values(), button]), self._out],
            layout=widgets.Layout(flex_flow="row wrap", align_items="flex-start"),
        )
        self._show()

    def _moved(self, name: str) -> Any:
        def moved(change: dict[str, Any]) -> None:
            value = change["new"]
            self._given[name] = value if name not in CHOICES else value or None
            if not self._quiet:
                self._show()

        return moved

    def _show(self) -> None:
        self.result = what_if(self._done, Suppose(**self._given))
        if self.controls:
            self._out.value = result_html(self.result)

    def _repr_html_(self) -> str:
        table = self._block.table
        heads = [column.label for column in table.columns]
        rows = [
            [plain_text(cell.text) if isinstance(cell, Cell) else cell for cell in row]
            for row in table.rows
        ]
        return html_table(heads, rows, caption=self._block.title, foot=table.note)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """The widgets, and the table for whoever cannot draw them: previews, printed pages."""
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if self._box is not None:
            drawn = self._box._repr_mimebundle_(**options)
            bundle[_VIEW] = drawn[_VIEW]
        return bundle

    def __repr__(self) -> str:
        return f"<WhatIfView: {self._block.title}; {self.result.reliability}>"


def what_if_widget(done: Assessment) -> WhatIfView:
    """Sliders and choices that move the numbers of one result, for a notebook.

    The table of a dozen suppositions stands in wherever widgets are not drawn, and where
    ipywidgets is not installed.

    Raises
    ------
    EvidenceError
        The result is not scored, for the reason named.

    Examples
    --------
    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(design="single-arm", n=["50"], change=["-20%"],
    ...     outcome="wrinkle depth", kind="instrument"))
    >>> view = what_if_widget(assess(study, study.outcomes[0]))
    >>> view
    <WhatIfView: flags: had it been done otherwise; 15 of 100 (range 12–32)>
    """
    what_if(done)  # says why where there is no score
    title = f"{done.study.id}: had it been done otherwise"
    for block in what_if_blocks(done, title):
        if isinstance(block, WhatIf):
            return WhatIfView(done, block)
    raise EvidenceError("nothing to move: a result of this kind has no what-if.")


def result_html(result: WhatIfResult) -> str:
    """One result as a small escaped table.

    >>> from evidence.appraisal.assess import assess
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(n=["50"], change=["-20%"], outcome="wrinkle depth"))
    >>> "12 of 100" in result_html(what_if(assess(study, study.outcomes[0])))
    True
    """
    texts = shown(result)
    names = ("score", "effect", "expected", "above_zero", "above_mid", "benefit", "direction",
             "verdict")  # fmt: skip
    rows = [(WORDS[name], str(getattr(texts, name))) for name in names]
    rows[1] = (rows[1][0], f"{texts.effect} [{texts.label}]")
    return html_table(("", ""), rows)


def _start(control: Control) -> Any:
    if control.options:
        return ""
    at = control.low if control.at is None else control.at
    return min(max(at, control.low), control.high)


def _widget(control: Control, widgets: Any) -> Any:
    """A slider with a field beside it, or a choice."""
    wide = {"description_width": "15em"}
    layout = widgets.Layout(width="32em", max_width="100%")
    unit = f" ({control.unit})" if control.unit else ""
    shared = {"description": f"{control.label}{unit}", "style": wide, "layout": layout}
    if control.options:
        return widgets.Dropdown(
            options=[(option.label, option.name) for option in control.options],
            value="",
            tooltip=escape(control.reported),
            **shared,
        )
    made = widgets.IntSlider if control.name == "n" else widgets.FloatSlider
    whole = int if control.name == "n" else float
    return made(
        value=whole(_start(control)),
        min=whole(control.low),
        max=whole(control.high),
        step=whole(control.step),
        continuous_update=False,
        tooltip=escape(control.reported),
        **({} if control.name == "n" else {"readout_format": ".3g"}),
        **shared,
    )
