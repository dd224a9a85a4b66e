"""Pages from templates: the look of the reports, one style and one script, both named by hash."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from itertools import count

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evidence import __version__
from evidence.plots.svg import direction, escape
from evidence.report.render_html import _script as _script_of_reports
from evidence.serve.exchange import Response
from evidence.serve.words import WORDS, fault


def page(template: str, *, title: str, token: str, here: str = "", status: int = 200,
         refresh: int = 0, **values: object) -> Response:  # fmt: skip
    """One page; every text in it is escaped.

    Parameters
    ----------
    template : str
        Its name without `.html`.
    title : str
        Its heading of the first level.
    token : str
        What the forms of this run carry.
    here : str
        The place in the navigation that it belongs to.
    refresh : int
        Seconds after which the browser asks again.
    values
        What the template needs.

    Examples
    --------
    >>> answer = page("stopped", title="Stopped", token="", reason="<no font>")
    >>> answer.status, b"&lt;no font&gt;" in answer.body
    (200, True)
    """
    numbers = count(1)

    def drawing(svg: str) -> Markup:
        # no two elements may have one id, and a figure is drawn twice: wide and slim
        key = re.search(r'aria-labelledby="(ev-[0-9a-f]{12})-title', svg)
        return Markup(svg.replace(key[1], f"figure-{next(numbers)}") if key else svg)

    html = _environment().get_template(f"{template}.html").render(
        title=title,
        token=token,
        here=here,
        word=WORDS,
        style=Markup(_style()),
        script=Markup(_script()),
        program=f"evidence {__version__}",
        drawing=drawing,
        **values,
    )  # fmt: skip
    headers = {"Refresh": str(refresh)} if refresh else {}
    return Response(html.encode(), status=status, policy=policy(), headers=headers)


def fault_page(status: int, reason: str = "") -> Response:
    """The page of a request that is not answered as asked: what to do, and no inner workings.

    It holds no token, for whoever asked from elsewhere may be able to read it.

    >>> answer = fault_page(404)
    >>> answer.status, b"There is nothing here" in answer.body
    (404, True)
    """
    said = fault(status)
    return page(
        "fault", title=said.title, token="", status=status, advice=said.advice, reason=reason
    )


@cache
def policy() -> str:
    """The content security policy of our own pages: their style, their script, their forms.

    >>> policy().split("; ")[0], policy().split("; ")[-1]
    ("default-src 'none'", "frame-ancestors 'none'")
    """
    return (
        f"default-src 'none'; style-src '{digest(_style())}'; script-src '{digest(_script())}'; "
        "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def report_policy() -> str:
    """The policy of a report: nothing but the scripts that this version writes may run in it.

    >>> [part for part in report_policy().split("; ") if part.startswith("form-action")]
    ["form-action 'none'"]
    """
    scripts = " ".join(f"'{digest(_script_of_reports(changing))}'" for changing in (False, True))
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src {scripts}; "
        "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


def digest(text: str) -> str:
    """A text as a content security policy names it.

    >>> digest("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evidence.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
    )
    environment.filters["direction"] = lambda text: direction(str(text))
    return environment


def _clean(value: object) -> object:
    """Text without the control characters that HTML forbids; markup made here stays itself."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return Markup(escape(value))
    return value


@cache
def _style() -> str:
    loaders = [PackageLoader("evidence.serve"), PackageLoader("evidence.report")]
    plain = Environment(loader=ChoiceLoader(loaders), autoescape=False)
    return plain.get_template("style.css").render() + plain.get_template("serve.css").render()


@cache
def _script() -> str:
    return (files("evidence.serve") / "templates" / "serve.js").read_text(encoding="utf-8")
