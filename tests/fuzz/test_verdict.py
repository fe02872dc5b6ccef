"""The verdict of `make fuzz`: what counts as a 5xx, a hang and another fault, tried against a server made to fail."""

import gzip
import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock

import pytest

from fuzz import wire
from fuzz.__main__ import send, send_raw
from fuzz.compose import Shot
from fuzz.framing import RawCase
from fuzz.judge import forbidden_changes, is_busy, problems_of
from fuzz.report import FIVE_XX, HANG, OTHER, Finding, Report
from fuzz.wire import Answer, NoAnswer, connected
from fuzz.world import World

SHOT = Shot(1, "viewer", "page", "GET", "/", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NOTHING, SILENCE = b"", None  # the server closes; the server keeps still


@contextmanager
def server(answer):
    """A server on the port that it gives: /healthz is always well, and everything else gets `answer`."""
    ends = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def serve(connection):
            with connection:
                while request := connection.recv(65_536):
                    sent = GOOD if b"/healthz" in request else answer
                    if sent is SILENCE:
                        ends.wait(5)
                    if not sent:
                        return
                    connection.sendall(sent)

        def accept():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=[connection], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        ends.set()


@pytest.fixture(autouse=True)
def short_hangs_and_no_files(monkeypatch, tmp_path):
    monkeypatch.setattr(wire, "HANG_SECONDS", 0.3)
    monkeypatch.setattr("fuzz.report.DIRECTORY", tmp_path)
    monkeypatch.setattr("fuzz.report.ROOT", tmp_path)


def found(answer, shot=SHOT):
    """The kinds of the findings when the server gives this answer."""
    report = Report(seed=1)
    with server(answer) as port, connected(port) as connection:
        send(World(port, Path(), (), None), report, shot, connection, Lock())
    return [one.kind for one in report.findings]


def found_raw(answer, **fields):
    report = Report(seed=1)
    with server(answer) as port:
        send_raw(World(port, Path(), (), None), report, RawCase(1, "x", b"GET / HTTP/1.1\r\n\r\n", **fields), Lock())
    return [one.kind for one in report.findings]


def with_status(status, body=b"", *headers):
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s" % (status, lines, len(body), body)


@pytest.mark.parametrize("status", [200, 302, 400, 404, 415, 429])
def test_a_good_answer_or_a_refusal_is_no_finding(status):
    assert found(with_status(status)) == []


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 599])
def test_a_5xx_is_found(status, capsys):
    assert found(with_status(status)) == [FIVE_XX]
    told = capsys.readouterr().err
    assert "--seed 1 --only 1 " in told and repr(SHOT.raw) in told


@pytest.mark.parametrize(
    "answer", [NOTHING, SILENCE, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", b"SSH-2.0\r\n\r\n"]
)
def test_no_answer_or_a_part_of_one_is_a_hang(answer):
    assert found(answer) == [HANG]
    assert found_raw(answer, answers=1) == [HANG]


def test_broken_http_may_be_answered_by_closing_and_not_by_silence():
    assert found_raw(NOTHING) == []
    assert found_raw(with_status(400)) == []
    assert found_raw(with_status(505)) == []
    assert found_raw(with_status(500)) == [FIVE_XX]
    assert found_raw(SILENCE) == [HANG]


def test_every_request_of_a_pipeline_wants_its_answer():
    assert found_raw(GOOD * 3, answers=3) == []
    assert found_raw(GOOD * 2, answers=3) == [HANG]


def test_only_the_503_of_overload_that_names_itself_is_none():
    busy = with_status(503, b'{"code": "busy"}', b"Retry-After: 1")
    assert found(busy) == []
    assert found(with_status(503, b'{"code": "unavailable"}', b"Retry-After: 5")) == [FIVE_XX]
    assert not is_busy(Answer(503, {}, b'{"code": "busy"}'))


ERROR = {"type": "a", "code": "b", "message": "c", "param": None, "request_id": "id"}
JSON = {"content-type": "application/json", "x-request-id": "id"}


@pytest.mark.parametrize(
    ("answer", "is_right"),
    [
        (Answer(404, JSON, json.dumps(ERROR).encode()), True),
        (Answer(200, JSON, b"{}"), True),
        (Answer(204, JSON), True),
        (Answer(404, {**JSON, "content-type": "text/html"}, b"<p>"), False),
        (Answer(404, JSON, b"{}"), False),
        (Answer(404, JSON, b"nothing"), False),
        (Answer(404, {**JSON, "x-request-id": "other"}, json.dumps(ERROR).encode()), False),
        (Answer(404, {"content-type": "application/json"}, json.dumps(ERROR).encode()), False),
    ],
)
@pytest.mark.parametrize("target", ["/v1/commerce/customers?a=b", "/v1", "/%76%31/x"])
def test_an_answer_of_the_api_has_its_shape(answer, is_right, target):
    assert (problems_of(replace(SHOT, target=target), answer) == []) is is_right


def test_markup_of_a_request_is_found_in_a_page_and_not_in_json():
    page = Answer(200, {"content-type": "text/html; charset=utf-8"}, b"<p><fuzz-xss></p>")
    assert len(problems_of(SHOT, page)) == 1
    assert problems_of(SHOT, replace(page, body=b"&lt;fuzz-xss&gt;")) == []
    assert problems_of(SHOT, replace(page, headers={"content-type": "application/json"})) == []


@pytest.mark.parametrize(
    ("role", "text", "is_foreign"),
    [
        ("viewer", b"Quetzalcoatl", False),
        ("viewer", b"Xochipilli", True),
        ("other", b"Quetzalcoatl", True),
        ("key read", b"Xochipilli", True),
        ("nobody", b"Quetzalcoatl", True),
        ("superuser", b"Xochipilli", False),
    ],
)
def test_texts_of_another_app_are_found(role, text, is_foreign):
    assert bool(problems_of(replace(SHOT, role=role), Answer(200, {}, text))) is is_foreign


def test_a_role_that_changes_what_it_may_not_is_found():
    before = {("customers", "alpha"): "1 a", ("customers", "beta"): "1 b"}
    assert forbidden_changes("viewer", before, before) == []
    changed = before | {("customers", "alpha"): "2 c"}
    assert forbidden_changes("viewer", before, changed) == ["customers of alpha: 1 a → 2 c"]
    assert forbidden_changes("editor", before, changed) == []
    assert forbidden_changes("editor", before, {("customers", "alpha"): "1 a"}) == ["customers of beta: 1 b → 0"]
    assert forbidden_changes("raw HTTP", before, changed)


def test_chunks_and_a_kept_connection_are_read():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n3\r\n...\r\n0\r\nX: y\r\n\r\n"
    with server(b"HTTP/1.1 100 Continue\r\n\r\n" + chunked) as port, connected(port) as connection:
        assert [connection.exchange(SHOT.raw).body for _ in range(3)] == [b"ok..."] * 3
    packed = gzip.compress(b"ok")
    with server(with_status(200, packed, b"Content-Encoding: gzip")) as port, connected(port) as connection:
        assert connection.exchange(SHOT.raw).body == b"ok"
    with server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n") as port, connected(port) as connection:
        assert connection.exchange(SHOT.raw, is_head=True).status == 200
        with pytest.raises(NoAnswer):
            connection.exchange(SHOT.raw)


def test_the_table_has_a_row_for_each_door_and_their_sum():
    report = Report(seed=1)
    report.requests.update({"API": 1_200, "panel": 3})
    report.add(Finding(FIVE_XX, "API", "x"))
    report.add(Finding(OTHER, "panel", "x"))
    assert report.table().splitlines()[2:] == [
        "| API | 1,200 | 1 | 0 | 0 | 0 |",
        "| panel | 3 | 0 | 0 | 1 | 0 |",
        "| all | 1,203 | 1 | 0 | 1 | 0 |",
    ]
