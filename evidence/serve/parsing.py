"""The body of a form, read with limits: URL-encoded, or multipart with files (RFC 7578)."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from email.message import Message
from io import BufferedIOBase
from urllib.parse import parse_qsl, unquote

from evidence.serve.exchange import LIMITS, Form, Limits, Refusal, Upload

_CHUNK = 2**16
_BOUNDARY = re.compile(
    r"multipart/form-data;\s*boundary=\"?([A-Za-z0-9'()+_,./:=?-]{1,70})\"?", re.I
)
_DISPOSITION = re.compile(r'form-data;\s*name="([^"]*)"(?:;\s*filename="([^"]*)")?', re.I)
_UNSHOWN = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]"
)  # fmt: skip


def read_form(
    headers: Message, stream: BufferedIOBase, *, files: bool, limits: Limits = LIMITS
) -> Form:
    """The form in the body of a request.

    Parameters
    ----------
    headers, stream
        Of the request.
    files : bool
        Whether files are taken here.

    Raises
    ------
    Refusal
        400 broken, 408 too slow, 411 no length, 413 too large, 415 another kind of form.

    Examples
    --------
    >>> from io import BytesIO
    >>> headers = Message()
    >>> headers["Content-Type"] = "application/x-www-form-urlencoded"
    >>> headers["Content-Length"] = "9"
    >>> read_form(headers, BytesIO(b"n=40&n=41"), files=False).fields
    [('n', '40'), ('n', '41')]
    """
    kind = headers.get("Content-Type", "")
    boundary = _BOUNDARY.fullmatch(kind.strip())
    if boundary and files:
        body = read_body(headers, stream, limits.upload + limits.form, limits.seconds)
        return parse_multipart(body, boundary[1].encode(), limits)
    if kind.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Refusal(415)
    return parse_encoded(read_body(headers, stream, limits.form, limits.seconds), limits)


def read_body(headers: Message, stream: BufferedIOBase, limit: int, seconds: float) -> bytes:
    """As many bytes as Content-Length says, if they are few enough and come soon enough.

    >>> from io import BytesIO
    >>> headers = Message()
    >>> headers["Content-Length"] = "4"
    >>> read_body(headers, BytesIO(b"n=40&n=41"), limit=100, seconds=1)
    b'n=40'
    >>> read_body(headers, BytesIO(b"n=40"), limit=3, seconds=1)
    Traceback (most recent call last):
        ...
    evidence.serve.exchange.Refusal: 413
    """
    if headers.get("Transfer-Encoding") is not None:
        raise Refusal(411)
    lengths = headers.get_all("Content-Length", [])
    if not lengths:
        raise Refusal(411)
    if len(lengths) > 1 or not re.fullmatch(r"[0-9]{1,15}", lengths[0]):
        raise Refusal(400)
    left = int(lengths[0])
    if left > limit:
        _drain(stream, left)
        raise Refusal(413)
    chunks, deadline = [], time.monotonic() + seconds
    while left:
        try:
            chunk = stream.read1(min(left, _CHUNK))
        except TimeoutError:
            raise Refusal(408) from None
        if time.monotonic() > deadline:
            raise Refusal(408)
        if not chunk:
            raise Refusal(400)
        chunks.append(chunk)
        left -= len(chunk)
    return b"".join(chunks)


def discard(headers: Message, stream: BufferedIOBase) -> None:
    """Take a body that is not wanted: a browser reads no answer before it has sent all of it.

    >>> from io import BytesIO
    >>> headers, stream = Message(), BytesIO(b"n=40&n=41")
    >>> headers["Content-Length"] = "5"
    >>> discard(headers, stream)
    >>> stream.read()
    b'n=41'
    """
    length = headers.get("Content-Length", "")
    if re.fullmatch(r"[0-9]{1,15}", length):
        _drain(stream, int(length))


def _drain(stream: BufferedIOBase, left: int) -> None:
    left, deadline = min(left, 8 * LIMITS.upload), time.monotonic() + 10
    with suppress(OSError):
        while left and time.monotonic() < deadline:
            chunk = stream.read1(min(left, _CHUNK))
            if not chunk:
                return
            left -= len(chunk)


def parse_encoded(body: bytes, limits: Limits = LIMITS) -> Form:
    """Fields of a URL-encoded form.

    >>> parse_encoded(b"n=40&n=41&change=-20%25").fields
    [('n', '40'), ('n', '41'), ('change', '-20%')]
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=limits.fields,
        )
    except ValueError:  # of which a wrong encoding is one
        raise Refusal(400) from None
    return Form([_short(pair, limits) for pair in pairs])


def parse_multipart(body: bytes, boundary: bytes, limits: Limits = LIMITS) -> Form:
    r"""Fields and files of a multipart form; strict, since browsers write but one way.

    >>> head = b'Content-Disposition: form-data; name="n"'
    >>> parse_multipart(b"--x\r\n" + head + b"\r\n\r\n40\r\n--x--\r\n", b"x").fields
    [('n', '40')]
    """
    marker = b"\r\n--" + boundary
    whole = b"\r\n" + body
    if whole.count(marker) > limits.fields + limits.files + 1:
        raise Refusal(413)
    before, *parts = whole.split(marker)
    if before or not parts or parts.pop().rstrip(b"\r\n") != b"--":
        raise Refusal(400)
    fields: list[tuple[str, str]] = []
    files: list[Upload] = []
    for part in parts:
        name, file, content = _part(part, limits)
        if file is None:
            fields.append(_short((name, _text(content)), limits))
        elif file or content:  # a browser sends an empty part where no file was chosen
            files.append(Upload(name, shown_name(file, limits), content))
    if len(files) > limits.files:
        raise Refusal(413)
    return Form(fields, files)


def _part(part: bytes, limits: Limits) -> tuple[str, str | None, bytes]:
    """Name, file name if it is a file, and content of one part."""
    head, found, content = part.partition(b"\r\n\r\n")
    if not found or not head.startswith(b"\r\n") or len(head) > limits.head:
        raise Refusal(400)
    for line in _text(head).split("\r\n"):
        key, _, value = line.partition(":")
        if key.strip().lower() == "content-disposition":
            said = _DISPOSITION.fullmatch(value.strip())
            if not said:
                break
            file = said[2]
            return _unquoted(said[1]), None if file is None else _unquoted(file), content
    raise Refusal(400)


def _unquoted(text: str) -> str:
    """Browsers write quotes and line ends in names as %22, %0D and %0A, and nothing else so."""
    return re.sub("%(22|0D|0A)", lambda found: unquote(found[0]), text, flags=re.I)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Refusal(400) from None


def _short(pair: tuple[str, str], limits: Limits) -> tuple[str, str]:
    if any(len(text) > limits.field or "\x00" in text for text in pair):
        raise Refusal(413)
    return pair


def shown_name(name: str, limits: Limits = LIMITS) -> str:
    r"""A file name as it may be shown: no folders, no control or direction characters, short.

    >>> shown_name("..\\..\\a/b\x00c\u202egpj.csv"), shown_name("../")
    ('bcgpj.csv', 'file')
    """
    last = re.split(r"[/\\]", name)[-1]
    clean = " ".join(_UNSHOWN.sub("", last).split()).strip(". ")
    if len(clean) > limits.name:
        stem, dot, suffix = clean.rpartition(".")
        clean = f"{stem[: limits.name - 10]}…{dot}{suffix[:8]}" if dot else clean[: limits.name]
    return clean or "file"
