"""What is wrong in the framing of HTTP/1.1 itself: smuggling, halves, other protocols. RFC 9112 has the rules.

A smuggled request would create a customer at SMUGGLED_DOMAIN. It is never one that a server may read as the next
request of the connection: what hides it has a length that covers it, or two lengths, after which RFC 9112, 6.1 has the
server close the connection.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from .compose import chance_for
from .world import SMUGGLED_DOMAIN, World

CUT_CASES_SHARE = 0.15
RARE_SHARE = 0.01
TARGETS = (
    "/sign-in/",
    "/",
    "/healthz",
    "/v1/commerce/customers",
    "/v1/nothing",
    "/static/nothing.css",
    "/admin/login/",
)


@dataclass(frozen=True, slots=True)
class RawCase:
    """One connection's bytes. name: of the kind. answers: how many HTTP asks for; 0 where closing will do."""

    number: int
    name: str
    raw: bytes
    answers: int = 0


def raw_case(seed: int, number: int, world: World) -> RawCase:
    """The case with this number."""
    chance = chance_for(seed, number)
    host = f"127.0.0.1:{world.port}".encode()
    if chance.random() < CUT_CASES_SHARE:
        whole = _good(chance, host)
        return RawCase(number, "half a request", whole[: chance.randrange(len(whole))])
    kind = chance.choice(RARE_KINDS if chance.random() < RARE_SHARE else KINDS)
    raw, answers = kind(chance, host, smuggled_request(number, host, world.keys["key write"]))
    return RawCase(number, kind.__name__.strip("_").replace("_", " "), raw, answers)


def smuggled_request(number: int, host: bytes, key: str) -> bytes:
    """A good request that creates a customer, who tells by the address which case has let it through."""
    body = f'{{"email": "case{number}@{SMUGGLED_DOMAIN}"}}'.encode()
    return (
        b"POST /v1/commerce/customers HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (host, key.encode(), len(body), body)
    )


def _good(chance: Random, host: bytes) -> bytes:
    body = b"a" * chance.choice((0, 10, 5000))
    head = b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (chance.choice(TARGETS).encode(), host, len(body)) + body


def _head(chance: Random, host: bytes, *lines: bytes, method: bytes = b"POST") -> bytes:
    target = chance.choice(TARGETS).encode()
    return b"%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (method, target, host, b"".join(line + b"\r\n" for line in lines))


def _both_lengths(chance: Random, host: bytes, hidden: bytes) -> tuple[bytes, int]:
    """Content-Length and Transfer-Encoding, in each order, in all spellings that some server takes for chunked."""
    spellings = (
        *(
            b"Transfer-Encoding: chunked",
            b"transfer-encoding: Chunked",
            b"Transfer-Encoding:chunked",
            b"Transfer-Encoding:\tchunked",
        ),
        *(
            b"Transfer-Encoding: chunked ",
            b"Transfer-Encoding : chunked",
            b"Transfer-Encoding: xchunked",
            b"Transfer-Encoding: x",
        ),
        *(
            b"Transfer-Encoding: chunked, identity",
            b"Transfer-Encoding: identity, chunked",
            b"Transfer-Encoding: gzip, chunked",
        ),
        *(b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding:\r\n chunked", b"Transfer-Encoding: \x0bchunked"),
        *(b"X: y\nTransfer-Encoding: chunked", b"Transfer_Encoding: chunked", b"Transfer-Encoding: chunked;a=b"),
        *(b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x"),
        *(
            b"Transfer-Encoding: ",
            b"Transfer-Encoding: \xffchunked",
            b"Transfer-Encoding: 'chunked'",
            b'Transfer-Encoding: "chunked"',
        ),
    )
    spelling = chance.choice(spellings)
    if chance.random() < 0.5:
        body = b"0\r\n\r\n" + hidden
        length = b"Content-Length: %d" % chance.choice((len(body), 5, 6, 0))
        if length in (b"Content-Length: 5", b"Content-Length: 0") and b"chunked" not in spelling.lower():
            length = b"Content-Length: %d" % len(body)
    else:
        chunk = b"%x\r\n" % len(hidden)
        body = chunk + hidden + b"\r\n0\r\n\r\n"
        length = b"Content-Length: %d" % len(body)
    lines = [length, spelling]
    chance.shuffle(lines)
    return _head(chance, host, *lines) + body, 0


def _many_lengths(chance: Random, host: bytes, hidden: bytes) -> tuple[bytes, int]:
    whole = b"%d" % len(hidden)
    values = (
        *(
            (b"0", whole),
            (whole, b"0"),
            (whole, whole),
            (b"0, " + whole,),
            (whole + b", " + whole,),
            (b"+" + whole,),
            (b"-1",),
        ),
        *(
            (b"0x" + whole,),
            (whole + b" 0",),
            (whole + b"\x0b",),
            (b"",),
            (b"9" * 30,),
            (b"1e3",),
            (whole + b".0",),
            (b"00" + whole,),
        ),
        *((b"18446744073709551616",), (b"9223372036854775808",), ("٣".encode(),), (b"\xff",), (b'"5"',)),
    )
    lines = [b"Content-Length: " + value for value in chance.choice(values)]
    return _head(chance, host, *lines) + hidden, 0


def _a_body_that_is_not_read(chance: Random, host: bytes, hidden: bytes) -> tuple[bytes, int]:
    """The body of a request that the application answers without it must not become the next request."""
    method = chance.choice((b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"PUT", b"TRACE", b"POST", b"PATCH"))
    if chance.random() < 0.5:
        return _head(chance, host, b"Content-Length: %d" % len(hidden), method=method) + hidden, method != b"HEAD"
    head = _head(chance, host, b"Transfer-Encoding: chunked", method=method)
    return head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden), method != b"HEAD"


def _a_body_over_the_limit(chance: Random, host: bytes, hidden: bytes) -> tuple[bytes, int]:
    padding = b"a" * 2_700_000
    return _head(chance, host, b"Content-Length: %d" % (len(padding) + len(hidden))) + padding + hidden, 0


def _chunks(chance: Random, host: bytes, hidden: bytes) -> tuple[bytes, int]:
    bodies: tuple[tuple[bytes, int], ...] = (
        *(
            (b"5;a=b\r\nhello\r\n0\r\n\r\n", 1),
            (b'5;a="b;c"\r\nhello\r\n0\r\n\r\n', 1),
            (b"00000005\r\nhello\r\n0\r\n\r\n", 1),
        ),
        *(
            (b"5\r\nhello\r\n0\r\nX-Trailer: y\r\n\r\n", 1),
            (b"0\r\nContent-Length: 5\r\nHost: evil\r\n\r\n", 1),
            (b"5;a" * 9000, 0),
        ),
        *(
            (b"FFFFFFFFFFFFFFFF\r\nhello", 0),
            (b"FFFFFFFFFFFFFFFFF\r\nhello", 0),
            (b"-1\r\nhello\r\n0\r\n\r\n", 0),
            (b"7fffffff\r\n", 0),
        ),
        *(
            (b"0x5\r\nhello\r\n0\r\n\r\n", 0),
            (b"+5\r\nhello\r\n0\r\n\r\n", 0),
            (b"5 \r\nhello\r\n0\r\n\r\n", 0),
            (b"5\nhello\n0\n\n", 0),
        ),
        *(
            (b"5\r\nhelloX\r\n0\r\n\r\n", 0),
            (b"3\r\nhello\r\n0\r\n\r\n", 0),
            (b"5\r\nhello0\r\n\r\n", 0),
            (b"\r\n\r\n", 0),
            (b"g\r\n", 0),
        ),
        *(
            (b"5;" + b"a" * 70_000 + b"\r\nhello\r\n0\r\n\r\n", 0),
            (b"0\r\n" + b"A: b\r\n" * 1000 + b"\r\n", 0),
            (b"5\x00\r\n", 0),
        ),
        *((b"1\r\na\r\n" * 20_000 + b"0\r\n\r\n", 1), (b"%x;\n%s\r\n0\r\n\r\n" % (len(hidden), hidden), 0)),
    )
    body, answers = chance.choice(bodies)
    return _head(chance, host, b"Transfer-Encoding: chunked") + body, answers


def _request_lines(chance: Random, host: bytes, hidden: bytes) -> tuple[bytes, int]:
    lines = (
        *(
            b"",
            b"GET",
            b"GET /",
            b"GET / HTTP/1.2",
            b"GET / HTTP/2.0",
            b"GET / HTTP/3",
            b"GET / http/1.1",
            b"GET  / HTTP/1.1",
        ),
        *(
            b"GET / HTTP/1.1 x",
            b"\tGET / HTTP/1.1",
            b" GET / HTTP/1.1",
            b"GET\t/\tHTTP/1.1",
            b"GET /\x00 HTTP/1.1",
            b"GET /\xff HTTP/1.1",
        ),
        *(
            b"GET \\ HTTP/1.1",
            b"GET /a b HTTP/1.1",
            b"G\x00T / HTTP/1.1",
            b"\xff / HTTP/1.1",
            b"GET // HTTP/1.1",
            b"GET * HTTP/1.1",
        ),
        *(
            b"OPTIONS * HTTP/1.1",
            b"CONNECT evil.example:443 HTTP/1.1",
            b"CONNECT / HTTP/1.1",
            b"GET evil.example:80 HTTP/1.1",
        ),
        *(
            b"GET http://evil.example/ HTTP/1.1",
            b"GET http://evil.example@127.0.0.1/ HTTP/1.1",
            b"GET http:/ HTTP/1.1",
            b"GET x:y HTTP/1.1",
        ),
        *(
            b"GET https://[::1/ HTTP/1.1",
            b"GET http://" + host + b"/healthz HTTP/1.1",
            b"HTTP/1.1 200 OK",
            b"GET / HTTP/0.9",
            b"GET / HTTP/1.0",
        ),
        *(
            b"GET /#a HTTP/1.1",
            b"GET ?a HTTP/1.1",
            b"GET # HTTP/1.1",
            b"GET /?" + b"a" * 70_000 + b" HTTP/1.1",
            b"A" * 70_000 + b" / HTTP/1.1",
        ),
        *(
            b"GET /" + b"a/" * 30_000 + b" HTTP/1.1",
            b"GET /%",
            b"GET /% HTTP/1.1",
            b'GET /"<>^`{|} HTTP/1.1',
            "GET /é HTTP/1.1".encode(),
        ),
        *(
            b"GET /?\xff HTTP/1.1",
            b"GET /?a=\x7f HTTP/1.1",
            b"GET /v1/\xff HTTP/1.1",
            b"GET /v1/commerce/customers?a=\xe9 HTTP/1.1",
        ),
    )
    return chance.choice(lines) + b"\r\nHost: %s\r\n\r\n" % host, 0


def _header_lines(chance: Random, host: bytes, hidden: bytes) -> tuple[bytes, int]:
    lines = (
        *(
            b"X: a\r\n b",
            b"X: a\r\n\tb",
            b" X: a",
            b"X : a",
            b": a",
            b"X",
            b"X: a\x00b",
            b"X: a\rb",
            b"X\xff: a",
            b"X y: a",
            b"X: \x7f",
            b"\x00: a",
        ),
        *(
            b"Host: evil.example",
            b"Host:",
            b"Host: a\r\nHost: b",
            b"X: " + b"a" * 65_536,
            b"X: " + b"a" * 1_000_000,
            b"X" * 70_000 + b": a",
        ),
        *(
            b"X: y\r\n" * 1000 + b"Z: a",
            b"X: y\r\n" * 120 + b"Z: a",
            b"Cookie: " + b"a=b; " * 10_000,
            b"Connection: x" * 1000,
            b"Upgrade: h2c",
        ),
        *(
            b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
            b"Connection: host, x",
        ),
        *(
            b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x",
            b"Expect: x",
            b"TE: x",
        ),
        *(
            b"Content-Length: 0\r\nExpect: 100-continue",
            b"Keep-Alive: timeout=99999999",
            b"Proxy-Connection: close",
            b"X: a\nY: b",
        ),
    )
    return _head(chance, host, chance.choice(lines), method=b"GET"), 0


def _other_protocols(chance: Random, host: bytes, hidden: bytes) -> tuple[bytes, int]:
    seeds = (
        *(
            b"GET /\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
            b"SSH-2.0-OpenSSH_9.0\r\n",
        ),
        *(
            b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(160),
            b"\x80\x2e\x01\x03\x01",
            b"\x05\x01\x00",
            b"EHLO x\r\n",
        ),
        *(
            b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
            b"\r\n\r\n\r\n\x00\r\nQUIT\n",
            b"\x00" * 5000,
            b"\r\n" * 5000,
            b"*1\r\n$4\r\nPING\r\n",
        ),
        *(
            chance.randbytes(chance.randint(1, 3000)),
            b"GET / HTTP/1.1\r" * 500,
            b"\n" * 100,
            os.linesep.encode() * 3 + b"\xff" * 90,
        ),
    )
    return chance.choice(seeds), 0


def _pipelines(chance: Random, host: bytes, hidden: bytes) -> tuple[bytes, int]:
    number = chance.choice((2, 5, 20))
    one = b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n"
    targets = [chance.choice((b"/healthz", b"/v1/nothing", b"/sign-in/", b"/static/x")) for _ in range(number)]
    return b"".join(one % (target, host) for target in targets), number


def _good_requests_in_odd_forms(chance: Random, host: bytes, hidden: bytes) -> tuple[bytes, int]:
    forms = (
        b"\r\nGET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nhOST:   %s  \r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: %s\r\nX:\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: %s\r\nX: \xe9\xff\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: %s\r\n!#$%%&'*+-.^_`|~9: y\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: %s\r\nCookie: a=\xff\r\nCookie: b=c\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\nHost: %s\r\n\r\n",
        b"POST /sign-in/ HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/commerce/customers HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    )
    return chance.choice(forms) % host, 1


Kind = Callable[[Random, bytes, bytes], tuple[bytes, int]]
KINDS: tuple[Kind, ...] = (
    *(_both_lengths, _both_lengths, _many_lengths, _a_body_that_is_not_read, _a_body_that_is_not_read, _chunks),
    *(
        _request_lines,
        _request_lines,
        _header_lines,
        _header_lines,
        _other_protocols,
        _pipelines,
        _good_requests_in_odd_forms,
    ),
)
# Each of these costs megabytes.
RARE_KINDS: tuple[Kind, ...] = (_a_body_over_the_limit,)
