"""Headers of hostile and of unlucky requests, through the WSGI application as a server calls it."""

import encodings
import json
import pkgutil
import re
import time
from encodings.aliases import aliases
from urllib.parse import urlencode

import pytest
from django.test import Client, RequestFactory

from core.headers import MAX_COOKIE_LENGTH, SafeHeaders, client_address, readable_cookies, without_charset
from tests.support.api import CUSTOMERS
from tests.support.factories import make_app, make_key, make_superuser
from tests.support.wsgi import call, cookies_of

pytestmark = pytest.mark.django_db

# Every name by which Python knows a codec.
CODECS = sorted({*aliases, *aliases.values(), *(module.name for module in pkgutil.iter_modules(encodings.__path__))})
UTF_8 = ["utf-8", "UTF-8", "utf8", "Utf_8", "u8", "cp65001", '"utf-8"', " utf-8 ", "utf--8", "UTF8"]
# Names that are none, and names that cost time or memory to look up.
BROKEN = [
    *(
        "",
        '"',
        '""',
        "utf-8,hex",
        "utf-8\x0b",
        "utf 7",
        "utf-16",
        "utf-8-sig",
        "no-such",
        "../../x",
        "os",
        "a.b",
        "%00",
    ),
    *("한국", "\x80", "utf-8\0", "\r\nX: y", "x" * 65_000, "utf-8" * 13_000, "-" * 65_000, "encodings.utf_8"),
]
OTHER_CODECS = [name for name in CODECS if aliases.get(name, name) != "utf_8"]
PAGES = ("/sign-in/", "/", "/admin/", "/healthz", "/nothing/", "/v1/docs", "/robots.txt")
ADDRESSES = (*PAGES, CUSTOMERS, f"{CUSTOMERS}/cus_1", "/v1/nothing", "/static/nothing.css")


@pytest.fixture
def signed_in():
    client = Client()
    client.force_login(make_superuser())
    return cookies_of(client)


def error_code(answer):
    return answer.status, json.loads(answer.content)["code"]


def test_every_codec_of_python_is_in_the_list():
    assert {"hex", "zlib", "rot13", "base64", "punycode", "idna", "utf_7", "undefined", "bz2", "mbcs", "uu"} <= {
        *CODECS
    }
    assert len(CODECS) > 300


@pytest.mark.parametrize("query", ["a=%ff", "a=b", ""])
def test_no_charset_breaks_a_page_or_a_call(query):
    for charset in (*OTHER_CODECS, *BROKEN):
        content_type = f"text/plain; charset={charset}"
        page = call("/sign-in/", query, CONTENT_TYPE=content_type)
        assert (page.status, "UTF-8" in page.text or "<html" in page.text) == (400, True), charset
        assert error_code(call(CUSTOMERS, query, CONTENT_TYPE=content_type)) == (415, "not_json"), charset


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "OPTIONS"])
def test_no_charset_breaks_any_address(signed_in, address, method):
    for charset in ("hex", "punycode", "undefined", "utf-7", "unicode_escape", "no-such", "x" * 65_000):
        for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"):
            for cookies in (signed_in, None):
                answer = call(
                    address,
                    "a=%ff&" + "x" * 1000,
                    method=method,
                    body=b"a=%ff",
                    CONTENT_TYPE=f"{content_type}; charset={charset}",
                    HTTP_COOKIE=cookies,
                )
                assert 400 <= answer.status < 500 or address.startswith("/static"), charset


def test_a_charset_costs_neither_time_nor_memory():
    known = len(encodings._cache)
    started = time.process_time()
    for number in range(20):
        call("/sign-in/", "a=" + "b" * 65_000, CONTENT_TYPE=f"text/plain; charset=punycode{number}")
        call("/sign-in/", "a=" + "b" * 65_000, CONTENT_TYPE="text/plain; charset=punycode")
        part = f"Content-Disposition: form-data; name*=none-{number}''a\r\n\r\nx\r\n"
        body = "".join(f"--b\r\n{part}" for _ in range(900)) + "--b--\r\n"
        form = call("/sign-in/", method="POST", body=body.encode(), CONTENT_TYPE="multipart/form-data; boundary=b")
        assert form.status == 400
    assert time.process_time() - started < 2
    assert len(encodings._cache) == known


@pytest.mark.parametrize("charset", UTF_8)
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_utf_8_passes_in_every_spelling(signed_in, charset, content_type):
    client = Client()
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/sign-in/").text)[1]
    values = {"csrfmiddlewaretoken": token, "username": "유진", "password": "x"}
    body = urlencode(values)
    if "multipart" in content_type:
        part = '--b\r\nContent-Disposition: form-data; name="{}"\r\nContent-Type: text/plain; charset={}\r\n\r\n{}\r\n'
        body = "".join(part.format(name, charset, value) for name, value in values.items()) + "--b--\r\n"
    answer = call(
        "/sign-in/",
        method="POST",
        body=body.encode(),
        CONTENT_TYPE=f"{content_type}; charset={charset}",
        HTTP_COOKIE=f"csrftoken={client.cookies['csrftoken'].value}",
    )
    assert answer.status == 200 and 'value="유진"' in answer.text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("text/plain", "text/plain"),
        ("text/plain;", "text/plain;"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("multipart/form-data; charset=UTF8; boundary=x", "multipart/form-data; boundary=x"),
        ("multipart/form-data; boundary=x;charset=utf-8;charset=UTF-8", "multipart/form-data; boundary=x"),
        ("text/plain; CHARSET=utf-8", "text/plain"),
        ("; charset=utf-8", ""),
        ("text/plain; charset=utf-8; charset=hex", None),
        ("text/plain; charset=hex; charset=utf-8", None),
        ("text/plain; charset*=utf-8''utf-8", None),
        ("text/plain; charset*0=h; charset*1=ex", None),
        ("text/plain; x*=undefined''x", None),
        ('text/plain; x="a;charset=hex"', None),
        ('text/plain; x="\\";charset=hex', None),
        ("text/plain; charset", None),
        ("text/plain; charset\t= hex", None),
        ("text/plain; x=\x7f", None),
    ],
)
def test_what_is_left_of_a_content_type(given, kept):
    assert without_charset(given) == kept


@pytest.mark.parametrize(
    "head",
    [
        "Content-Disposition: form-data; name*=hex''%41",
        "Content-Disposition: form-data; name=a; filename*=undefined''x",
        "Content-Disposition: form-data; name*0*=punycode''x; name*1=y",
        "X: y; z*=idna''%ff",
    ],
)
def test_a_part_of_a_form_in_an_encoding_of_its_own_is_refused(head):
    body = f"--b\r\n{head}\r\n\r\nx\r\n--b--\r\n".encode()
    for boundary in ("boundary=b", 'BOUNDARY="b"', " boundary = b ; charset=utf-8"):
        assert (
            call("/sign-in/", method="POST", body=body, CONTENT_TYPE=f"multipart/form-data; {boundary}").status == 400
        )


def test_where_nothing_has_read_the_body_a_part_in_another_encoding_is_no_error_either():
    for charset in OTHER_CODECS:
        part = f"--b\r\nContent-Disposition: form-data; name*={charset}''%ff\r\nContent-Type: text/plain; charset={charset}"
        body = f"{part}\r\n\r\nx\r\n--b--\r\n"
        request = RequestFactory().generic("POST", "/", body, "multipart/form-data; boundary=b")
        assert len(request.POST) <= 1


def test_an_asterisk_in_a_value_of_a_form_is_a_text():
    body = b"--b\r\nContent-Disposition: form-data; name=username\r\n\r\na; b*=c\r\n\r\n; d*=e\r\n--b--\r\n"
    assert call("/sign-in/", method="POST", body=body, CONTENT_TYPE="multipart/form-data; boundary=b").status == 403


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", "; charset=hex"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_thousand_and_one_fields_are_no_error_of_the_server(signed_in, address, charset):
    fields = "&".join(f"a{number}=1" for number in range(1001))
    secret = make_key(make_app(), scope="write")[1]
    for who in ({"HTTP_COOKIE": signed_in}, {"HTTP_AUTHORIZATION": f"Bearer {secret}"}, {}):
        for content_type in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=b"):
            for method in ("GET", "POST"):
                answer = call(
                    address, fields, method=method, body=fields.encode(), CONTENT_TYPE=content_type + charset, **who
                )
                assert answer.status < 500
    assert call("/sign-in/", fields).status == 413


@pytest.mark.parametrize("address", ADDRESSES)
def test_bytes_that_are_no_utf_8_are_no_error_of_the_server(signed_in, address):
    for octets in ("%ff", "%c0%af", "%ed%a0%80", "%f8%88%80%80%80", "%00", "%", "%zz", "\xff", "é"):
        for cookies in (signed_in, None):
            for query in (f"a={octets}", f"{octets}={octets}", f"next={octets}", f"_charset_=hex&q={octets}"):
                assert call(address, query, HTTP_COOKIE=cookies).status < 500
            assert call(f"{address}{octets}", HTTP_COOKIE=cookies).status < 500
            body = f"_charset_=utf-7&next={octets}&username={octets}".encode("latin-1")
            form = {"method": "POST", "body": body, "CONTENT_TYPE": "application/x-www-form-urlencoded"}
            assert call(address, HTTP_COOKIE=cookies, **form).status < 500


@pytest.mark.parametrize("address", ["/sign-in/", CUSTOMERS, "/admin/"])
def test_oddities_of_coding_and_length_are_no_error_of_the_server(signed_in, address):
    for name in ("HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING", "HTTP_TE", "HTTP_ACCEPT_ENCODING", "HTTP_EXPECT"):
        for value in ("gzip", "gzip, chunked", "identity", "br", "nonsense", "", "x" * 10_000, "chunked;q=1"):
            odd = {name: value, "CONTENT_TYPE": "application/x-www-form-urlencoded", "HTTP_COOKIE": signed_in}
            assert call(address, method="POST", body=b"\x1f\x8b\x08\x00", **odd).status < 500
    for length in ("-1", "+1", " 1", "1_0", "x", "٣", "9" * 30, "0x10", "1.5"):
        for content_type in (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=b",
            "application/json",
        ):
            odd = {"CONTENT_LENGTH": length, "CONTENT_TYPE": content_type, "HTTP_COOKIE": signed_in}
            assert call(address, method="POST", body=b"a=b", **odd).status < 500


COOKIE_OF_ANOTHER_APPLICATION = [
    *(
        "name=Zo\xeb",
        "\xeb=x",
        "\xed\x95\x9c",
        "a=\x80",
        "=",
        "=x",
        "x",
        "",
        " ",
        "a",
        "a=b=c",
        "a==",
        '"',
        'a="b',
        'a="',
    ),
    *("a=\x01", "a=\x7f", "a=b\tc", "\t", 'a="\\000"', 'a="\\303\\251"', "a=\\", "a=x" * 7_000, "a=" + "x" * 20_000),
    *('a="' + "\\" * 20_000 + '"', "sessionid=\xeb", "sessionid=", "sessionid", "Sessionid=x", "theme=\xff", "tz=%ff"),
    *(
        "messages=\xeb",
        "messages=x",
        'messages="\\000"',
        "a=" + "," * 3_000,
        "a=b,c=d",
        "$Version=1",
        "a=" + "%" * 4_000,
    ),
]


@pytest.mark.parametrize("other", COOKIE_OF_ANOTHER_APPLICATION)
def test_a_cookie_of_another_application_signs_nobody_out(signed_in, other):
    started = time.process_time()
    for header in (
        f"{other}; {signed_in}",
        f"{other};{signed_in}",
        f" {other} ; {signed_in};",
        f"a=b;{other}; {signed_in}",
    ):
        assert call("/account/", HTTP_COOKIE=header).status == 200
    if "sessionid" not in other:
        assert call("/account/", HTTP_COOKIE=f"{signed_in}; {other}").status == 200
    assert time.process_time() - started < 1


def test_a_quoted_value_ends_at_its_semicolon_as_in_browsers(signed_in):
    assert call("/account/", HTTP_COOKIE=f'a="b; c"; {signed_in}').status == 200
    assert call("/account/", HTTP_COOKIE=f'a="b; {signed_in}; c"').status == 200


def test_of_two_sessions_the_last_counts_and_a_broken_one_is_none(signed_in):
    assert call("/account/", HTTP_COOKIE=f"sessionid=abcdefghij; {signed_in}").status == 200
    assert call("/account/", HTTP_COOKIE=f"{signed_in}; sessionid=\xeb").status == 200
    assert call("/account/", HTTP_COOKIE=f"{signed_in}; sessionid=abcdefghij").status == 302


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "theme", "tz"])
def test_no_value_of_a_cookie_of_ours_is_an_error_of_the_server(signed_in, name):
    for value in (
        "",
        "\0",
        "\ud800",
        "%00",
        "%ff",
        '"\\000"',
        "x" * 4_000,
        "../",
        "<b>",
        "[]",
        "null",
        "1:2:3",
        "Etc/UTC%00",
    ):
        for cookies in (f"{name}={value}", f"{signed_in}; {name}={value}"):
            for address in ("/sign-in/", "/account/", "/admin/"):
                assert call(address, HTTP_COOKIE=cookies).status < 500


def test_cookies_that_browsers_would_not_send_are_left_out():
    longest = "a=" + "x" * (MAX_COOKIE_LENGTH - 2)
    assert readable_cookies(f"{longest}; {longest}x; b=\xeb;c=d\t;e=\\") == f"{longest}; c=d"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9\t", "203.0.113.9"),
        ("203.0.113.9:5555", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ('"203.0.113.9"', "203.0.113.9"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ("::ffff:cb00:7109", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:80", "fe80::1"),
        ("::1", "::1"),
        *(
            (text, None)
            for text in ("", "somebody", "unknown", "_hidden", "203.0.113", "203.0.113.9:", "203.0.113.9:x")
        ),
        *(
            (text, None)
            for text in ("[203.0.113.9", "[]", "[]:80", "2001:db8::1:443:5:6:7:8:9", "'; DROP TABLE", '"', '""')
        ),
        *((text, None) for text in ("1.2.3.4:123456", "٢٠٣.0.113.9", "1.2.3.4:٨٠", "[[::1]]", "[::1]:", "1" * 10_000)),
    ],
)
def test_the_client_behind_a_proxy_is_whom_the_proxy_names(forwarded, expected):
    assert client_address(forwarded) == expected


@pytest.mark.parametrize(
    ("given", "address", "scheme"),
    [
        ({}, "127.0.0.1", None),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9:80", "HTTP_X_FORWARDED_PROTO": "https"}, "203.0.113.9", "https"),
        # What comes before the last is the client's own word.
        (
            {"HTTP_X_FORWARDED_FOR": "10.0.0.1, 203.0.113.9", "HTTP_X_FORWARDED_PROTO": "https,http"},
            "203.0.113.9",
            "http",
        ),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9, nobody", "HTTP_X_FORWARDED_PROTO": " HTTPS "}, "127.0.0.1", "https"),
    ],
)
def test_only_what_the_proxy_has_added_counts(given, address, scheme):
    def asked(environ, start_response):
        return [environ["REMOTE_ADDR"], environ.get("HTTP_X_FORWARDED_PROTO")]

    environ = {"REMOTE_ADDR": "127.0.0.1", **given}
    assert SafeHeaders(asked, behind_proxy=True)(dict(environ), None) == [address, scheme]
    assert SafeHeaders(asked, behind_proxy=False)(dict(environ), None)[0] == "127.0.0.1"


def test_cookies_that_the_server_has_lost_lead_to_a_page_that_says_so():
    """granian hands on an empty Cookie header for one with a byte beyond ASCII."""
    for path in ("/account/", "/sign-in/", "/admin/"):
        answer = call(path, HTTP_COOKIE="")
        assert answer.status == 400 and re.search(r'src="/static/js/cookies(\.\w+)?\.js"', answer.text)
    assert [call(path, HTTP_COOKIE="").status for path in ("/healthz", "/v1/nothing")] == [200, 404]
    assert call("/account/", HTTP_COOKIE="a=\xeb").status == 302
