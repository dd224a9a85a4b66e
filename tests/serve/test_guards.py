"""Who may ask and how: hosts, origins, tokens, methods, sizes, and what every answer carries."""

import http.client
import socket
import threading
import time

import pytest
from serving import BOUNDARY, SECURE, calmly, multipart, serving

from evidence.serve import check_page, parsing, server
from evidence.serve.exchange import LIMITS, Refusal
from evidence.serve.guard import path_parts

FORM = [("design", "single-arm"), ("n", "50"), ("change", "-20%")]
PAGES = ["/", "/score", "/check"]


@pytest.fixture
def site(tmp_path):
    """A client of a server whose folder is `tmp_path`."""
    with calmly(tmp_path) as client:
        yield client


# ---------------------------------------------------------------- what every answer carries


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/reports/none.html", "/check/none"])
def test_every_answer_is_shut_tight(site, path):
    answer = site.get(path)
    for name, value in SECURE.items():
        assert answer.headers[name] == value
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "Python" not in answer.headers["server"]


def test_pages_name_no_other_address(site):
    for path in PAGES:
        text = site.get(path).text
        assert "http://" not in text.replace("http://www.w3.org/", "")
        assert "https://" not in text
        assert "@import" not in text
        assert "url(" not in text


def test_a_head_request_has_the_headers_alone(site):
    whole, head = site.get("/score"), site.ask("HEAD", "/score")
    assert head.status == 200
    assert head.body == b""
    assert head.headers["content-length"] == whole.headers["content-length"]


def test_the_server_listens_on_this_machine_alone(site):
    assert site.server.socket.getsockname()[0] == "127.0.0.1"
    assert site.server.url == f"http://127.0.0.1:{site.server.port}/"


# ---------------------------------------------------------------- hosts


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_our_own_names_are_answered(site, name):
    assert site.get("/", Host=f"{name}:{site.server.port}").status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:{port}.evil.example",
        "127.0.0.1.evil.example:{port}",
        "0.0.0.0:{port}",
        "",
        None,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_host_is_refused_and_told_no_token(site, host, method):
    given = None if host is None else host.format(port=site.server.port)
    body = b"token=" + site.token.encode() if method == "POST" else None
    headers = {
        "Host": given,
        "Origin": f"http://{given}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = site.ask(method, "/score", body, headers)
    assert answer.status == 421
    assert site.token not in answer.text


def test_two_hosts_are_refused(site):
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=10) as raw:
        host = f"Host: {site.host}\r\n".encode()
        raw.sendall(b"GET / HTTP/1.1\r\n" + host + b"Host: evil.example\r\n\r\n")
        assert b" 421 " in raw.makefile("rb").readline()


# ---------------------------------------------------------------- forms from elsewhere


def test_a_form_of_our_own_is_answered(site):
    assert site.post("/score", FORM).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://{host}"},
        {"Origin": "http://localhost:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": None, "Sec-Fetch-Site": "cross-site"},
        {"Origin": None, "Sec-Fetch-Site": None},
    ],
    ids=str,
)
def test_a_form_from_elsewhere_is_refused(site, headers):
    filled = {
        name: value and value.format(host=site.host, port=site.server.port)
        for name, value in headers.items()
    }
    answer = site.post("/score", FORM, headers=filled)
    assert answer.status == 403
    assert site.token not in answer.text


@pytest.mark.parametrize("gone", ["Origin", "Sec-Fetch-Site"])
def test_one_of_the_two_signs_is_enough(site, gone):
    assert site.post("/score", FORM, headers={gone: None}).status == 200


@pytest.mark.parametrize("token", ["", "x", "{token}x", "é"])
def test_a_form_without_the_token_is_refused(site, token):
    assert site.post("/score", FORM, token=token.format(token=site.token)).status == 403
    upload = site.upload([("studies", "a.csv", b"x")], token=token.format(token=site.token))
    assert upload.status == 403


def test_the_token_is_of_this_run_and_compared_in_constant_time(site, tmp_path, monkeypatch):
    with serving(tmp_path) as other:
        assert other.token != site.token
        assert len(other.token) >= 43  # 32 bytes
        assert other.post("/score", FORM, token=site.token).status == 403
    compared = []
    monkeypatch.setattr(
        "evidence.serve.guard.hmac.compare_digest", lambda a, b: compared.append((a, b)) or a == b
    )
    site.post("/score", FORM)
    assert compared == [(site.token.encode(), site.token.encode())]


# ---------------------------------------------------------------- methods and paths


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "X"])
def test_other_methods_are_405(site, method):
    answer = site.ask(method, "/score")
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(("path", "allow"), [("/", "GET, HEAD"), ("/reports/a.html", "GET, HEAD")])
def test_a_form_is_not_taken_everywhere(site, path, allow):
    answer = site.post(path, FORM)
    assert answer.status == 405
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    "path", ["/reports", "/reports/", "/score/", "/score//", "/Score", "/static/x"]
)
def test_what_is_no_route_is_404(site, path):
    assert site.get(path).status == 404


@pytest.mark.parametrize("target", ["http://evil.example/", "score", "*", "/%ff", "/%c0%ae"])
def test_what_is_no_path_is_400(target):
    with pytest.raises(Refusal) as caught:
        path_parts(target)
    assert caught.value.status == 400


def test_a_long_address_is_414(site):
    assert site.get("/" + "a" * LIMITS.address).status == 414
    assert site.get("/" + "a" * 70_000).status == 414


def test_the_query_is_not_looked_at(site):
    assert site.get("/score?design=parallel").body == site.get("/score").body


def test_a_version_that_is_no_http_is_refused_without_a_trace(site):
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=10) as raw:
        raw.sendall(b"GET / SMTP/9\r\n\r\n")
        said = raw.makefile("rb").read()
    assert b"400" in said.splitlines()[0]
    assert b"Traceback" not in said


# ---------------------------------------------------------------- sizes and times


def encoded(site, body, **headers):
    sent = {"Origin": site.origin, "Content-Type": "application/x-www-form-urlencoded"}
    return site.ask("POST", "/score", body, {**sent, **headers})


def test_a_body_over_the_limit_is_413(site):
    assert encoded(site, b"a=" + b"b" * LIMITS.form).status == 413
    files = [("studies", "a.csv", b"x" * (LIMITS.upload + LIMITS.form))]
    assert site.upload(files).status == 413


def test_a_body_just_under_the_limit_is_read(site):
    content = b"study,outcome\n" + b"x" * (LIMITS.upload - 2000)
    page = site.checked([("studies", "a.csv", content)])
    assert page.status == 200
    assert "EV107" in page.text  # one line longer than the reader takes


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "+5", "9" * 30])
def test_a_length_that_is_no_number_is_400(site, length):
    assert encoded(site, b"token=x", **{"Content-Length": length}).status == 400


def test_a_body_without_a_length_is_411(site):
    assert encoded(site, b"", **{"Content-Length": None}).status == 411
    assert encoded(site, b"", **{"Transfer-Encoding": "chunked"}).status == 411


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "", "multipart/form-data"])
def test_another_kind_of_form_is_415(site, kind):
    assert encoded(site, b"token=x", **{"Content-Type": kind}).status == 415


def test_a_form_without_files_takes_none(site):
    sent = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    assert encoded(site, multipart([], [("token", site.token)]), **sent).status == 415


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([("n", "1")] * LIMITS.fields, 400),
        ([("outcome", "a" * (LIMITS.field + 1))], 413),
        ([("outcome", "a\x00b")], 413),
    ],
    ids=["too many", "too long", "a NUL"],
)
def test_a_form_with_too_much_in_it_is_refused(site, fields, status):
    assert site.post("/score", fields).status == status


@pytest.mark.parametrize("body", [b"token=%ff", b"token=\xff", b"token", b"&&"])
def test_a_broken_form_is_400(site, body):
    assert encoded(site, body).status == 400


def test_too_many_files_are_413(site):
    files = [("studies", f"{i}.csv", b"x") for i in range(LIMITS.files + 1)]
    assert site.upload(files).status == 413


WHOLE = multipart([("studies", "a.csv", b"one\r\n")], [("token", "t")])


@pytest.mark.parametrize(
    "body",
    [
        WHOLE[:-10],
        b"preamble\r\n" + WHOLE,
        WHOLE + b"more",
        WHOLE.replace(b"form-data", b"attachment"),
        WHOLE.replace(b'name="token"', b"name=token"),
        WHOLE.replace(b"\r\n\r\nt", b"\r\nt"),
        WHOLE.replace(b"Content-Disposition", b"X" * LIMITS.head),
        b"",
    ],
    ids=["cut", "preamble", "epilogue", "kind", "unquoted", "no content", "long head", "empty"],
)
def test_a_broken_multipart_form_is_400(body):
    with pytest.raises(Refusal) as caught:
        parsing.parse_multipart(body, BOUNDARY.encode())
    assert caught.value.status == 400


def test_a_multipart_form_comes_through_byte_for_byte():
    content = bytes(range(256)) * 10 + b"\r\n--" + BOUNDARY[:-1].encode() + b"\r\n\r\n"
    form = parsing.parse_multipart(
        multipart([("studies", "a%22b.csv", content)], [("claim", "−20 %\r\nπ")]),
        BOUNDARY.encode(),
    )
    assert form.fields == [("claim", "−20 %\r\nπ")]
    assert [tuple(file) for file in form.files] == [("studies", 'a"b.csv', content)]


def test_a_body_that_comes_too_slowly_is_408_and_takes_no_other_request_with_it(site, monkeypatch):
    monkeypatch.setattr(server.Handler, "timeout", 0.3)
    head = (
        f"POST /score HTTP/1.1\r\nHost: {site.host}\r\nOrigin: {site.origin}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=10) as raw:
        raw.sendall(head.encode() + b"token=")
        assert site.get("/").status == 200  # meanwhile
        assert b" 408 " in raw.makefile("rb").readline()


def test_a_body_that_drips_is_cut_off_in_the_end():
    class Dripping:
        def read1(self, _):
            time.sleep(0.02)
            return b"x"

    headers = http.client.HTTPMessage()
    headers["Content-Length"] = "1000"
    with pytest.raises(Refusal) as caught:
        parsing.read_body(headers, Dripping(), 2000, 0.1)
    assert caught.value.status == 408


def test_a_connection_beyond_the_limit_is_closed_and_the_rest_goes_on(site, monkeypatch):
    held = []
    for _ in range(LIMITS.connections):
        held.append(socket.create_connection(("127.0.0.1", site.server.port), timeout=10))
    deadline = time.monotonic() + 10
    while site.server._room._value and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        site.get("/")
    for connection in held:
        connection.close()
    while not site.server._room._value and time.monotonic() < deadline:
        time.sleep(0.01)
    assert site.get("/").status == 200


# ---------------------------------------------------------------- faults of our own


def test_a_bug_is_a_page_without_a_trace_and_a_line_on_standard_error(site, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("secret /home/me/file.py\nline 3")

    monkeypatch.setattr(check_page, "check", broken)
    answer = site.upload([("studies", "a.csv", b"study\n")])
    page = site.get(answer.headers["location"])
    assert page.status == 500
    assert "Something went wrong in the program" in page.text
    assert "go back" in page.text
    for inner in ("Traceback", "ZeroDivision", "secret", "/home", ".py"):
        assert inner not in page.text
    assert len(site.told) == 1
    assert site.told[0].startswith("ZeroDivisionError: secret /home/me/file.py line 3 (this is a")
    assert "Traceback" not in site.told[0]
    site.told.clear()


def test_a_browser_that_hangs_up_is_no_complaint(site):
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=10) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        raw.sendall(f"GET /score HTTP/1.1\r\nHost: {site.host}\r\n\r\n".encode())
    assert site.get("/").status == 200
    assert site.told == []


def test_many_requests_at_once(site):
    wrong = []

    def ask(n):
        answer = site.post("/score", [("design", "single-arm"), ("n", str(n)), ("change", "-20%")])
        if f"--n {n} " not in answer.element("command"):
            wrong.append(n)

    threads = [threading.Thread(target=ask, args=(10 + n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
