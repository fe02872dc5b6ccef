"""Request headers, made safe before Django reads them.

Django decodes Content-Type and the address while it still sets up the request, where no middleware catches an
exception, and reads cookies by a routine whose time is quadratic. SafeHeaders stands before it.
"""

import io
import ipaddress
import re
from collections.abc import Callable, Mapping
from encodings.aliases import aliases
from typing import Any

# In the environ of a request that must be refused.
UNREADABLE = "proyecta.unreadable"
# In the environ of a request whose Cookie header the server has lost. granian empties one with a byte beyond ASCII, and
# no browser sends an empty one.
LOST_COOKIES = "proyecta.lost_cookies"
NOT_UTF_8 = "A request must be in UTF-8."
UTF_8_NAMES = {"utf_8", *(alias for alias, codec in aliases.items() if codec == "utf_8")}
MAX_CHARSET_LENGTH = 40  # characters; the longest name of UTF-8 has 9
MAX_COOKIE_LENGTH = 4096  # characters of one cookie, as in browsers (RFC 6265, section 6.1)

_printable = re.compile(r"[\x20-\x7e]*")
# A backslash starts an escape, which cookies of this product never need: Python 3.11 takes 2 s for 20 KB of them.
_harmless = re.compile(r"[\x20-\x5b\x5d-\x7e]*")
_extended_parameter = re.compile(rb";[^=;\r\n]*\*[^=;\r\n]*=")

Application = Callable[[dict[str, Any], Any], Any]


class SafeHeaders:
    """WSGI middleware that calls `application` with headers that Django can read.

    behind_proxy: every request comes through one reverse proxy, whose X-Forwarded-For and X-Forwarded-Proto are true.

    A request that declares another encoding than UTF-8 gets UNREADABLE in its environ, and no Content-Type. The
    application refuses it: only that knows which shape the answer has.
    """

    def __init__(self, application: Application, *, behind_proxy: bool) -> None:
        self.application = application
        self.behind_proxy = behind_proxy

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self.behind_proxy:
            _trust_proxy(environ)
        cookies = environ.get("HTTP_COOKIE", "")
        if "HTTP_COOKIE" in environ and not cookies:
            environ[LOST_COOKIES] = True
        if not _harmless.fullmatch(cookies):
            environ["HTTP_COOKIE"] = readable_cookies(cookies)
        content_type = environ.get("CONTENT_TYPE", "")
        if ";" in content_type:
            kept = without_charset(content_type)
            if kept is None:
                environ[UNREADABLE] = True
            environ["CONTENT_TYPE"] = kept or ""
        return self.application(environ, start_response)


def without_charset(content_type: str) -> str | None:
    """Return a Content-Type without its charset, or None if that is not UTF-8, or if a parameter names an encoding.

    content_type: as sent, of any length. The names are compared, never looked up: a look-up imports modules, and Python
    keeps every name in memory. A parameter whose name has a `*` is in an encoding of its own (RFC 2231).
    """
    if not _printable.fullmatch(content_type.replace("\t", " ")):
        return None
    # A semicolon inside quotes parts too: no charset can hide in the value of another parameter.
    media_type, *parameters = content_type.split(";")
    kept = [media_type]
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        name = name.strip().lower()
        if "*" in name or (name == "charset" and not _is_utf_8(value)):
            return None
        if name != "charset":
            kept.append(parameter)
    return ";".join(kept).strip()


def _is_utf_8(charset: str) -> bool:
    charset = charset.strip()
    if len(charset) > 1 and charset[0] == charset[-1] == '"':
        charset = charset[1:-1]
    if len(charset) > MAX_CHARSET_LENGTH:
        return False
    # As Python compares the names of codecs: runs of punctuation are alike.
    return re.sub("[^a-z0-9]+", "_", charset.strip().lower()) in UTF_8_NAMES


def has_extended_parameters(environ: Mapping[str, Any]) -> bool:
    """Whether a part of a multipart form has a parameter in an encoding of its own (RFC 2231) in its head.

    environ: of a request whose body core/slow_clients.py has read. Of any other, False: Django reads no more than 1 KiB
    as the head of a part.
    """
    content_type, body = environ.get("CONTENT_TYPE", ""), environ.get("wsgi.input")
    if not isinstance(body, io.BytesIO) or not content_type.lower().startswith("multipart/"):
        return False
    found = re.search(r';\s*boundary\s*=\s*("[^"]*"|[^;]*)', content_type, re.IGNORECASE)
    if not found:
        return False
    boundary = b"--" + found[1].strip().strip('"').encode()
    heads = (part.partition(b"\r\n\r\n")[0] for part in body.getvalue().split(boundary))
    return any(b"*" in head and _extended_parameter.search(head) for head in heads)


def readable_cookies(header: str) -> str:
    """Return a Cookie header without the cookies that hold control characters, backslashes or bytes beyond ASCII.

    Nor does it keep what is longer than MAX_COOKIE_LENGTH. One such cookie, of another application on the same host,
    must not cost those of this one.
    """
    cookies = (cookie.strip(" \t") for cookie in header.split(";"))
    return "; ".join(cookie for cookie in cookies if len(cookie) <= MAX_COOKIE_LENGTH and _harmless.fullmatch(cookie))


def _trust_proxy(environ: dict[str, Any]) -> None:
    # The last value of each is the proxy's. Those before it come from the client.
    address = client_address(environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2])
    if address:
        # By the proxy's address, one person could lock out everybody.
        environ["REMOTE_ADDR"] = address
    if "HTTP_X_FORWARDED_PROTO" in environ:
        environ["HTTP_X_FORWARDED_PROTO"] = environ["HTTP_X_FORWARDED_PROTO"].rpartition(",")[2].strip().lower()


def client_address(text: str) -> str | None:
    """Return the IP address in one value of X-Forwarded-For, or None if there is none.

    text: an address, also with a port, in quotes or, for IPv6, in brackets. IPv4 written as IPv6 is IPv4. The zone of a
    link-local address is left out, because PostgreSQL refuses it.
    """
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    found = re.fullmatch(r"\[([^\[\]]*)\](?::\d{1,5})?|([0-9.]+):\d{1,5}", text, re.ASCII)
    if found:
        text = found[1] or found[2] or ""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
