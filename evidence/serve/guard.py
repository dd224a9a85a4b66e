"""Who may ask: this machine's own page and nobody else.

A page elsewhere can make a browser send requests here, and can point its own name at 127.0.0.1
(DNS rebinding). So the Host has to be one of ours, and a form has to come from our own page
with the token of this run (Barth, Jackson & Mitchell 2008, doi 10.1145/1455770.1455782; W3C
Fetch Metadata).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from email.message import Message
from urllib.parse import unquote_to_bytes

from evidence.serve.exchange import LIMITS, Form, Refusal

TOKEN = "token"
"""Name of the field that carries it."""

SAFE: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # not no-referrer: browsers would then hide the Origin of our own forms
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of every answer, beside its own content security policy."""


def hosts(port: int) -> tuple[str, ...]:
    """The values of Host that are this server.

    >>> hosts(8765)
    ('127.0.0.1:8765', 'localhost:8765', '[::1]:8765')
    """
    names = ("127.0.0.1", "localhost", "[::1]")
    bare = names if port == 80 else ()  # browsers leave the port of http out
    return (*(f"{name}:{port}" for name in names), *bare)


def check_host(headers: Message, port: int) -> str:
    """The Host asked for.

    Raises
    ------
    Refusal
        421 when it is missing, sent twice, or not this server's own.

    Examples
    --------
    >>> headers = Message()
    >>> headers["Host"] = "localhost:8765"
    >>> check_host(headers, 8765)
    'localhost:8765'
    >>> check_host(headers, 9000)
    Traceback (most recent call last):
        ...
    evidence.serve.exchange.Refusal: 421
    """
    given = headers.get_all("Host", [])
    if len(given) != 1 or given[0].lower() not in hosts(port):
        raise Refusal(421)
    return str(given[0]).lower()


def check_origin(headers: Message, host: str) -> None:
    """A form comes from a page of this very address, by what the browser says of it.

    Raises
    ------
    Refusal
        403 when Origin or Sec-Fetch-Site says otherwise, or both are missing.

    Examples
    --------
    >>> headers = Message()
    >>> headers["Origin"] = "http://localhost:8765"
    >>> check_origin(headers, "localhost:8765")
    >>> check_origin(headers, "127.0.0.1:8765")
    Traceback (most recent call last):
        ...
    evidence.serve.exchange.Refusal: 403
    """
    origin, site = headers.get_all("Origin", []), headers.get_all("Sec-Fetch-Site", [])
    if origin and [value.lower() for value in origin] != [f"http://{host}"]:
        raise Refusal(403)
    if site and site != ["same-origin"]:
        raise Refusal(403)
    if not origin and not site:
        raise Refusal(403)


def check_token(form: Form, token: str) -> None:
    """The form carries the token of this run; compared in constant time.

    Raises
    ------
    Refusal
        403 when it does not: the page is older than the server, or not ours.

    Examples
    --------
    >>> check_token(Form([("token", "abc")]), "abc")
    >>> check_token(Form(), "abc")
    Traceback (most recent call last):
        ...
    evidence.serve.exchange.Refusal: 403
    """
    given = form.first(TOKEN).encode()
    if not hmac.compare_digest(given, token.encode()):
        raise Refusal(403)


_ODD = re.compile(r"[\x00-\x1f\x7f/\\]")


def path_parts(target: str) -> list[str]:
    """The parts of the path of a request, decoded once; none of them can leave a folder.

    Parameters
    ----------
    target : str
        As in the request line: `/reports/a%20b.html?x=1`. What follows the question mark is not
        looked at.

    Raises
    ------
    Refusal
        400 for no plain path, or one that is no UTF-8; 404 for a part that begins with a dot or
        holds a slash, a backslash or a control character once it is decoded; 414 for too long.

    Examples
    --------
    >>> path_parts("/reports/a%20b.html")
    ['reports', 'a b.html']
    >>> path_parts("/")
    []
    """
    if len(target) > LIMITS.address:
        raise Refusal(414)
    path = target.partition("?")[0]
    if not path.startswith("/") or "#" in path:
        raise Refusal(400)
    try:
        parts = [unquote_to_bytes(part).decode() for part in path[1:].split("/")]
    except UnicodeDecodeError:
        raise Refusal(400) from None
    if parts == [""]:
        return []
    if any(not part or part.startswith(".") or _ODD.search(part) for part in parts):
        raise Refusal(404)
    return parts
