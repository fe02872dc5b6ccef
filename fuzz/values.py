"""Hostile values: texts, names, numbers, dates, JSON, charsets and headers, each chosen by a random.Random."""

import encodings
import json
import pkgutil
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

XSS_MARKER = "<fuzz-xss>"
LONG_TEXT_BYTES = 1_000_000
MANY_FIELDS = 1_001  # one more than Django takes
DEEP_BRACKETS = 100_000
# Every name that Python decodes by: Django looks a charset up here.
CHARSETS = (
    *sorted(module.name for module in pkgutil.iter_modules(encodings.__path__)),
    *sorted(set(encodings.aliases.aliases)),
    *("utf-8", "UTF-8", '"utf-8"', "utf8", "us-ascii", "nothing", "", "\x7f", "utf-8;charset=hex", "é", "x" * 5000),
    *("__init__", "encodings", "os", "../../etc/passwd", "utf_8\\", "'", "utf-16le", "utf-7", "unicode_escape"),
)

NUMBERS = (
    *("0", "-0", "1", "-1", "2", "20", "100", "101", "1.5", "1e5", "1e400", "-1e400", "NaN", "Infinity", "-inf"),
    *("2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "1" + "0" * 400),
    *("9" * 5000, "-" + "9" * 4301, "0x10", "0b1", "1_000", "٣", "１２", "²", "1 ", " 1", "+1", "1\x00", "1;2", "1,2"),
    *("𝟙", "00000000000000000001", "1e", "--1", "0.1e-400", "." * 20),
)
DATES = (
    *("0000-01-01", "0001-01-01", "0001-01-02T00:00:00+14:00", "9999-12-31", "9999-12-31T23:59:59.999999-12:00"),
    *("99999-01-01", "-0001-01-01", "2024-02-30", "2023-02-29", "2024-13-01", "2024-W01-1", "20240101", "2024-1-1"),
    *("2024-01-01T24:00:00Z", "2024-01-01T23:59:60Z", "2024-01-01 00:00:00", "2024-01-01T00:00:00+99:99"),
    *("2024-01-01T00:00:00.1234567890Z", "2024-01-01T00:00:00+00:00:00.000001", "1704067200", "now", "today"),
    *("2024-03-10T02:30:00", "12:00", "2024-01-01T", "T", "٢٠٢٤-٠١-٠١", "2024−01−01", "2024-01-01\x00", "10000-01-01"),
)
TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "a\x00b",
        "\x01\x02\x1f\x7f\x80\x9f",
        "\r\n",
        "a\r\nSet-Cookie: fuzz=1",
        "\t\v\f",
        "\u2028\u2029",
    ),
    *("\u202e\u2066\u2069", "\u200b\u200d\ufeff\u2060", "\u00ad", "e" + "\u0301" * 2000, "\U000e0041", "\ufdd0\uffff"),
    *("\U0010ffff", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "İıſßﬃ", "ǅ", "ᾳͅ", "각", "ﷺ", "𝒳", "‮‮" * 50),
    *(XSS_MARKER, f'">{XSS_MARKER}', f"'-{XSS_MARKER}-'", f"</script>{XSS_MARKER}", f"javascript:{XSS_MARKER}"),
    *(
        "{{7*7}}",
        "{% debug %}",
        "%(x)s",
        "%s%n",
        "${7*7}",
        "{0.__class__}",
        "{",
        "}",
        "%",
        "%%",
        "%zz",
        "%00",
        "&",
        "&amp;",
    ),
    *(
        "'",
        '"',
        "\\",
        "';--",
        "' OR 1=1 --",
        "1) OR (1=1",
        "*",
        "_",
        "%%%",
        "(",
        ")",
        "[",
        "]",
        "?",
        "+",
        "|",
        "~",
        "^",
    ),
    *(
        "a@b",
        "a@b.c",
        "a@@b",
        "@",
        "@example.com",
        "@" * 1000,
        "a@" + "b." * 200 + "com",
        "ä@exämple.com",
        '"a b"@c.de',
    ),
    *("+14155552671", "+1", "++1", "+" + "9" * 400, "010-1234-5678", "tel:+1", "+٤٤٢٠٧٩٤٦٠٩٥٨"),
    *("cus_", "cus_1", "cus_" + "a" * 60, "cus_" + "a" * 61, "cus_é", "CUS_1", "cus_1\n", "cus_/", "../", "..%2f", "/"),
    *(
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "///",
        "http://[",
        "http://[::1",
        "//[",
        "abc",
        "?",
        "#",
    ),
    *("None", "null", "undefined", "true", "on", "__proto__", "constructor", "self", "pk", "id", "__class__", "_state"),
    *(
        "KR",
        "kr",
        "XX",
        "USA",
        "U",
        "Asia/Seoul",
        "../../etc/localtime",
        "Asia/Seoul\x00",
        "en",
        "ko",
        "en-xa",
        "x" * 300,
    ),
    *(
        "k",
        "kim",
        "김",
        "김민",
        "뷁",
        "a" * 201,
        "a" * 321,
        "word " * 50,
        "a b",
        "-",
        "_" * 200,
        ";",
        ":",
        ",",
        "=",
        "==",
    ),
)
# In percent-encoding: what is no UTF-8, surrogates among it.
RAW_BYTES = (
    b"\xff",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xc0\x80",
    b"\xfe\xff",
    b"\x80" * 50,
    b"a\xffb",
)


def text(chance: Random) -> str:
    """A text for a field or a parameter. One of a thousand has LONG_TEXT_BYTES."""
    dice = chance.random()
    if dice < 0.001:
        return chance.choice(("a", "é", "%", "\u0301", "\x00", "9", "<", "[", "a ", "@", "김")) * (LONG_TEXT_BYTES // 3)
    if dice < 0.5:
        return chance.choice(TEXTS)
    if dice < 0.65:
        return chance.choice(NUMBERS)
    if dice < 0.77:
        return chance.choice(DATES)
    if dice < 0.87:
        return chance.choice(TEXTS) + chance.choice(TEXTS)
    return "".join(chr(_code_point(chance)) for _ in range(chance.randint(1, 40)))


def _code_point(chance: Random) -> int:
    return chance.choice((chance.randrange(0x100), chance.randrange(0x3000), chance.randrange(0x110000), 0xD800, 0))


def as_bytes(value: str) -> bytes:
    """The text in UTF-8, with lone surrogates as three bytes each."""
    return value.encode("utf-8", "surrogatepass")


def quoted(chance: Random, value: str) -> str:
    """The text percent-encoded; sometimes with bytes that are no UTF-8 in front, or with spaces as +."""
    raw = as_bytes(value)
    if chance.random() < 0.05:
        raw = chance.choice(RAW_BYTES) + raw
    encoded = quote_from_bytes(raw, safe="-._~")
    return encoded.replace("%20", "+") if chance.random() < 0.3 else encoded


def parameter_name(chance: Random, name: str) -> str:
    """A variant of a parameter's name: nested, an array, with a lookup, in another case, doubled."""
    forms = ("{}[]", "{}[0]", "{}[a][b]", "{}.x", "{}__in", "{}__isnull", "{}__regex", "{}__gt", "{}\x00", " {}", "{} ")
    more = (
        "{}[",
        "[{}]",
        "{}__year__gte",
        "{}__id__exact",
        "{}__app__slug",
        "-{}",
        "{0}{0}",
        "{}__",
        "__{}",
        "initial-{}",
    )
    return chance.choice((*forms, *more)).format(name) if chance.random() < 0.9 else text(chance)


def json_value(chance: Random, depth: int = 0) -> Any:
    """A value of any type of JSON."""
    kind = chance.randrange(9 if depth < 3 else 7)
    if kind == 7:
        return [json_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 8:
        return {text(chance)[:100]: json_value(chance, depth + 1) for _ in range(chance.randrange(4))}
    if kind > 3:
        return text(chance)
    return chance.choice((None, True, False, 0, -1, 2**63, 10**400, 1.5, float("nan"), float("inf")))


def json_body(chance: Random, good: dict[str, Any]) -> bytes:
    """A JSON document: an object with some members replaced, or something that is no such document."""
    dice = chance.random()
    if dice < 0.12:
        return chance.choice(_broken_json(chance))
    if dice < 0.2:
        return _dumped(chance, json_value(chance))
    given: dict[str, Any] = dict(good)
    for _ in range(chance.choice((0, 0, 1, 1, 1, 2))):
        names = [*given, "id", "name", "address", "version", "created", "app", text(chance)[:50]]
        given[chance.choice(names)] = json_value(chance)
    if isinstance(given.get("address"), dict) and chance.random() < 0.4:
        part = chance.choice(("line1", "line2", "city", "state", "postal_code", "country", "planet"))
        given["address"] = {**given["address"], part: json_value(chance)}
    return _dumped(chance, given)


def _dumped(chance: Random, value: Any) -> bytes:
    written = json.dumps(value, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.05:
        written = written.replace("{", '{"name": "first", ', 1)
    raw = as_bytes(written)
    dice = chance.random()
    if dice < 0.02:
        encoding = chance.choice(("utf-16", "utf-32", "utf-8-sig", "utf-16-be", "latin-1"))
        return written.encode(encoding, "replace")
    return raw[: chance.randrange(len(raw) + 1)] if dice < 0.05 else raw


def _broken_json(chance: Random) -> tuple[bytes, ...]:
    depth = chance.choice((100, 1_000, DEEP_BRACKETS))
    digits = b"9" * 5000
    return (
        *(
            b"",
            b" ",
            b"null",
            b"[]",
            b"{}",
            b'""',
            b"0",
            b"NaN",
            b"-",
            b"{",
            b"[",
            b'{"name"',
            b'{"name":}',
            b"\xff\xfe",
        ),
        *(b"[" * depth, b"[" * depth + b"]" * depth, b'{"a":' * depth, b'{"a":' * depth + b"1" + b"}" * depth),
        *(b'{"name": ' + digits + b"}", b'{"name": -' + digits + b".5e999999}", b'{"name": 1e' + digits + b"}"),
        *(
            b'{"name": "a", "name": "b"}',
            b'{"name": "\\ud800"}',
            b'{"name": "\\u0000"}',
            b'{"name": "\x00"}',
            b"{'a': 1}",
        ),
        *(
            b'{"name": "\xed\xa0\x80"}',
            b'{"a": 1} {"b": 2}',
            b'\xef\xbb\xbf{"name": "a"}',
            b'{"name": "a",}',
            b"//\n{}",
        ),
        *(
            b'{"id": "cus_x", "id": "cus_y"}',
            b'{"address": {"country": {"country": []}}}',
            b'{"": ""}',
            b"[" + b"0," * 50_000,
        ),
    )


def header_value(chance: Random, name: str) -> bytes:
    """A value for a header, without what ends a line. Bytes from 0x80 on are obs-text (RFC 9110, 5.5)."""
    special = HEADERS.get(name, ())
    if special and chance.random() < 0.7:
        value = chance.choice(special).encode("utf-8", "surrogatepass")
    else:
        value = as_bytes(text(chance))[:3000]
    value = bytes(byte for byte in value if byte >= 0x20 and byte != 0x7F)
    return value + b"\xff\xfe" if chance.random() < 0.03 else value


_LISTS = ("*", '"', 'W/"', '""', "*, *", '"1", "2"', ",,,", '"' + "1" * 5000 + '"', 'W/"1"', "1", "-1", '"é"', '"\\"')
# Every header that Django, its admin, this product, whitenoise, django-htmx or axes reads, with forms of its own.
HEADERS: dict[str, tuple[str, ...]] = {
    "Accept": (
        "*/*",
        "text/html;q=x",
        "application/json;q=1e400",
        ";;;",
        "a/b/c",
        "*/*;q=0",
        "text/html," * 500,
        "/",
        ",",
    ),
    "Accept-Language": (
        "ko",
        "xx",
        "en;q=x",
        "*",
        "en-" + "a" * 500,
        "ko," * 300,
        ";q=1",
        "en;q=1.0000000",
        "\u00e9",
        "zh-hant",
    ),
    "Accept-Encoding": ("gzip", "br", "identity;q=0", "gzip;q=x", "*;q=0", "gzip," * 300, ";"),
    "Access-Control-Request-Method": ("POST", "X" * 1000),
    "Authorization": (
        "Bearer",
        "Bearer ",
        "bearer x",
        "Basic Og==",
        "Basic \u00ff",
        "Bearer sk_" + "a" * 44,
        "Bearer a b",
        ",",
    ),
    "Content-Encoding": ("gzip", "br", "deflate", "identity", "x", "gzip, gzip"),
    "Content-Language": ("ko",),
    "Content-MD5": ("x",),
    "Cookie": (
        "=",
        ";",
        "a",
        "a=b; c",
        "sessionid",
        "sessionid=",
        "sessionid=\x00",
        "csrftoken=; csrftoken=x",
        "theme=<x>",
    ),
    "Expect": ("100-continue", "x"),
    "Forwarded": ("for=[::1", "for=_x;proto=https;host=evil.example", ";;;"),
    "From": ("x",),
    "Host": (
        "evil.example",
        "127.0.0.1",
        "[::1]",
        "[",
        "a:b",
        "127.0.0.1:99999",
        "",
        ".",
        "a" * 300,
        "127.0.0.1.",
        "xn--",
        "@",
    ),
    "HX-Boosted": ("true", "x"),
    "HX-Current-URL": ("http://[", "/", "x", "http://127.0.0.1:99999999/", "%ff", "http://\u2100/"),
    "HX-History-Restore-Request": ("true",),
    "HX-Prompt": ("x", "%ff"),
    "HX-Request": ("true", "false", "x"),
    "HX-Target": ("results", "%ff"),
    "HX-Trigger": ("x",),
    "HX-Trigger-Name": ("x",),
    "HX-Current-URL-URI-AutoEncoded": ("true",),
    "HX-Target-URI-AutoEncoded": ("true",),
    "Triggering-Event": ("{", "{}", "[" * 5000, '{"a": NaN}', "%ff", "null", "9" * 5000),
    "Triggering-Event-URI-AutoEncoded": ("true",),
    "Idempotency-Key": ("", "a", "a" * 255, "a" * 256, "\u00e9", '"a"', "a b", "\x7f", " ", ",", "a" * 5000),
    "If-Match": _LISTS,
    "If-None-Match": _LISTS,
    "If-Modified-Since": (
        "x",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
    ),
    "If-Unmodified-Since": (
        "x",
        "Sun, 31 Feb 2024 08:49:37 GMT",
        "Sun, 06 Nov 99999 08:49:37 GMT",
        "Mon, 01 Jan 2024 99:99:99 GMT",
    ),
    "If-Range": _LISTS,
    "Max-Forwards": ("0", "-1", "x"),
    "Origin": (
        "null",
        "http://evil.example",
        "http://[",
        "",
        "//",
        "http://127.0.0.1:99999999",
        "http://\u2100",
        "file://",
    ),
    "Pragma": ("no-cache",),
    "Prefer": ("return=minimal",),
    "Proxy-Authorization": ("x",),
    "Purpose": ("prefetch",),
    "Range": (
        "bytes=0-",
        "bytes=-1",
        "bytes=5-1",
        "bytes=a-b",
        "bytes=0-0,1-1",
        "bytes=" + "9" * 5000 + "-",
        "bytes",
        "x=0-1",
        "bytes=-0",
    ),
    "Referer": ("http://[", "x", "", "http://evil.example/", "https://127.0.0.1:99999999/", "http://\u2100/"),
    "Sec-Fetch-Site": ("cross-site",),
    "TE": ("trailers", "x"),
    "Trailer": ("x",),
    "User-Agent": ("", "\u00e9" * 500, "x" * 3000, "<fuzz-xss>"),
    "Via": ("x",),
    "X-CSRFToken": ("", "x", "a" * 32, "a" * 64, "\u00e9" * 32, "!" * 64),
    "X-Forwarded-For": (
        "1.2.3.4",
        "x",
        "1.2.3.4:5555",
        "[::1]:80",
        "::1%eth0",
        "," * 100,
        "1" * 5000,
        "unknown",
        "\u00e9",
    ),
    "X-Forwarded-Host": ("evil.example", "[", "a,b"),
    "X-Forwarded-Port": ("x", "-1", "99999"),
    "X-Forwarded-Proto": ("https", "http", "https,http", "x"),
    "X_Forwarded_For": ("1.2.3.4",),
    "X-HTTP-Method-Override": ("DELETE", "X"),
    "X-Real-IP": ("1.2.3.4", "x"),
    "X-Request-Id": ("a", "a" * 128, "a" * 129, "\u00e9", "a b", '"', "{}", "a\tb"),
    "X-Requested-With": ("XMLHttpRequest",),
    "X-Script-Name": ("/x",),
}
