"""A request of a role to a page, the Django admin or the API, made from a seed and a number alone."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import unquote_to_bytes

from . import values
from .addresses import Address, all_addresses, good_values, names_for, path_of, query_names_for
from .world import CSRF_SECRET, PASSWORD, World

MAX_QUERY_BYTES = 8_000  # the head of a request stays shorter than any server's limit; framing.py tries longer ones
METHODS = (
    *["GET"] * 10,
    *["POST"] * 9,
    "HEAD",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "PROPFIND",
    "get",
    "X-Y_Z!",
)
API_METHODS = ("GET", "POST", "PATCH", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE")
# They read most of what a request has.
OFTEN = ("customer_list", "customer_create", "customer_edit", "customer_count")
READ_ONLY = ("customer_list", "customer_count", "customer_detail", "overview", "short_customers")
ENDS_SESSION = ("sign_out", "sign_in", "admin:logout", "admin:login")

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Shot:
    """One request, well-formed by RFC 9112. door: page, admin or api. target: as sent."""

    number: int
    role: str
    door: str
    method: str
    target: str
    raw: bytes

    @property
    def is_api(self) -> bool:
        """Whether the API has to answer, by the path as Django decodes it."""
        path = unquote_to_bytes(self.target.partition("?")[0])
        return (path == b"/v1" or path.startswith(b"/v1/")) and path != b"/v1/docs"


def chance_for(seed: int, number: int) -> Random:
    return Random(f"{seed}/{number}")


def shot(seed: int, number: int, role: str, world: World) -> Shot:
    """The request with this number."""
    chance = chance_for(seed, number)
    address = _address(chance, role)
    method = _method(chance, address)
    target = path_of(chance, address, world.ids)
    if query := _query(chance, address, method):
        target += f"?{query}"
    headers, body = [], b""
    if method not in ("GET", "HEAD", "OPTIONS", "TRACE", "get") or chance.random() < 0.03:
        content_type, body = _body(chance, address, world)
        headers.append((b"Content-Type", _with_charset(chance, content_type)))
        headers.append((b"Content-Length", str(len(body)).encode()))
    elif chance.random() < 0.2:
        headers.append((b"Content-Type", _with_charset(chance, b"text/plain")))
    # Whoever signs out or in with a session loses it, and is nobody for the rest of the slice.
    acts_as_nobody = address.name in ENDS_SESSION and not role.startswith("key ") and chance.random() < 0.97
    headers += _identity(chance, "nobody" if acts_as_nobody else role, world)
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3))):
        name = chance.choice(tuple(values.HEADERS))
        headers.append((name.encode(), values.header_value(chance, name)))
    hosts = [header for header in headers if header[0] == b"Host"]
    # Two of them are no request of HTTP/1.1: framing.py sends these.
    headers = [header for header in headers if header[0] != b"Host"] + hosts[:1]
    if not hosts:
        headers.insert(0, (b"Host", f"127.0.0.1:{world.port}".encode()))
    head = b"".join(b"%s: %s\r\n" % header for header in headers)
    raw = b"%s %s HTTP/1.1\r\n%s\r\n%s" % (method.encode(), target.encode(), head, body)
    return Shot(number, role, address.door, method, target, raw)


def _address(chance: Random, role: str) -> Address:
    every = all_addresses()
    if role.startswith("key ") and chance.random() < 0.9:
        return chance.choice(
            [one for one in every if one.door == "api" and (one.name != "api:api-root" or chance.random() < 0.1)]
        )
    if role in ("nobody", "outsider", "viewer", "editor", "admin", "other") and chance.random() < 0.6:
        # Few of the addresses, but all that these people can get into.
        pages = [one for one in every if one.door == "page" and one.name != "other"]
        return chance.choice([*pages, *(one for one in pages if one.name in OFTEN for _ in range(6))])
    return chance.choice(every)


def _method(chance: Random, address: Address) -> str:
    if address.name in READ_ONLY and chance.random() < 0.85:
        return "GET"
    if address.door != "api":
        return chance.choice(METHODS)
    if chance.random() < 0.15:
        return chance.choice(API_METHODS)
    # Those that the address takes.
    return chance.choice(("GET", "PATCH", "PATCH") if "<" in address.pattern else ("GET", "POST", "POST"))


def _query(chance: Random, address: Address, method: str) -> str:
    dice = chance.random()
    if dice < (0.9 if address.door == "api" and method in ("POST", "PATCH") else 0.3):
        return ""
    if dice < 0.31:
        return "&".join(f"a{number}=%ff" for number in range(values.MANY_FIELDS))
    if dice < 0.34:
        return values.quoted(chance, values.text(chance)[:2000])[:MAX_QUERY_BYTES]
    # Beside good values: some views look at nothing behind the first that is wrong.
    good_shares = chance.choice(((0.1,), (0.1, 0.9), (0.1, 0.9, 0.9), (0.3,) * 5))
    pairs = [_query_pair(chance, address, good_share) for good_share in good_shares]
    if chance.random() < 0.15:
        pairs.append((chance.choice(pairs)[0], values.text(chance)))
    return _encoded(chance, [(name, value[:2000]) for name, value in pairs])[:MAX_QUERY_BYTES].rstrip("%")


def _query_pair(chance: Random, address: Address, good_share: float) -> tuple[str, str]:
    if chance.random() < 0.1:
        return _pair(chance, address)
    name = chance.choice(query_names_for(address))
    good = good_values().get(name, ())
    return name, chance.choice(good) if good and chance.random() < good_share else values.text(chance)


def _pair(chance: Random, address: Address) -> tuple[str, str]:
    name = chance.choice(names_for(address.door))
    return values.parameter_name(chance, name) if chance.random() < 0.15 else name, values.text(chance)


def _encoded(chance: Random, pairs: Pairs) -> str:
    return "&".join(f"{values.quoted(chance, name)}={values.quoted(chance, value)}" for name, value in pairs)


def _identity(chance: Random, role: str, world: World) -> list[tuple[bytes, bytes]]:
    """The headers by which the server knows the role. Some have broken cookies beside the good ones."""
    if role.startswith("key "):
        if role not in world.keys:
            return []
        scheme = chance.choice((b"Bearer", b"Bearer", b"Bearer", b"bearer", b"BEARER"))
        return [(b"Authorization", scheme + b" " + world.keys[role].encode())]
    cookie = world.cookies[role].encode()
    if chance.random() < 0.12:
        broken = (
            b"a=\xff",
            b"=",
            b";;",
            b"a",
            b'"',
            b'a="',
            b"a=b=c",
            b"$Version=1",
            b"a=\\",
            b"\xe9=1",
            b"theme=<fuzz-xss>",
        )
        other = (
            b"timezone=../../x",
            b"time_zone=\xff",
            b"messages=x",
            b"csrftoken=x",
            b"sessionid=",
            b"a=" + b"x" * 4000,
        )
        one = chance.choice((*broken, *other))
        cookie = b"; ".join((one, cookie) if chance.random() < 0.6 else (cookie, one))
    headers = [(b"Cookie", cookie)]
    if chance.random() < 0.3:
        headers.append((b"X-CSRFToken", CSRF_SECRET.encode()))
    if chance.random() < 0.15:
        headers.append((b"HX-Request", b"true"))
    return headers


def _with_charset(chance: Random, content_type: bytes) -> bytes:
    if chance.random() >= 0.15:
        return content_type
    name = chance.choice(values.CHARSETS).encode()
    name = bytes(byte for byte in name if byte >= 0x20 and byte != 0x7F)
    form = chance.choice((b"%s; charset=%s", b'%s;charset="%s"', b"%s; CHARSET=%s", b"%s; charset=utf-8; charset=%s"))
    return form % (content_type, name)


# -- bodies


def _body(chance: Random, address: Address, world: World) -> tuple[bytes, bytes]:
    """(the content type without a charset, the body)."""
    dice = chance.random()
    if address.door == "api" and dice < 0.85:
        return b"application/json", values.json_body(chance, _good_customer(chance))
    if dice < 0.06:
        return b"application/json", values.json_body(chance, _good_customer(chance))
    if dice < 0.12:
        kinds = (
            b"",
            b"text/plain",
            b"/",
            b"a/b;",
            b"multipart/form-data",
            b"application/x-www-form-urlencoded;;",
            b"x" * 3000,
        )
        return chance.choice(kinds), values.as_bytes(values.text(chance))
    pairs = _form(chance, address, world)
    if dice < 0.4:
        return _multipart(chance, pairs)
    return b"application/x-www-form-urlencoded", _encoded(chance, pairs).encode()


def _form(chance: Random, address: Address, world: World) -> Pairs:
    """The fields of a form that is mostly good, with the names of others and hostile values."""
    if chance.random() < 0.01:
        return [(f"a{number}", "1") for number in range(values.MANY_FIELDS)]
    fields = _good_form(chance, address, world)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        name, value = _pair(chance, address)
        fields[chance.choice(list(fields) or [name]) if chance.random() < 0.6 else name] = value
    if fields and chance.random() < 0.1:
        del fields[chance.choice(list(fields))]
    pairs = list(fields.items())
    if pairs and chance.random() < 0.1:
        pairs.append((chance.choice(pairs)[0], values.text(chance)))
    if chance.random() < 0.95:
        pairs.insert(0, ("csrfmiddlewaretoken", CSRF_SECRET))
    return pairs


def _good_customer(chance: Random) -> dict[str, Any]:
    number = chance.randrange(10**9)
    good = {"email": f"made{number}@fuzz.example", "name": f"Made {number}", "phone": "+14155552671"}
    address = {"line1": "1 Road", "city": "Seoul", "country": "KR"}
    return {name: value for name, value in {**good, "address": address}.items() if chance.random() < 0.7}


def _customer_fields(chance: Random) -> dict[str, str]:
    number = chance.randrange(10**9)
    fields = {"email": f"made{number}@fuzz.example", "name": f"Made {number}", "phone": "+14155552671"}
    parts = {f"address_{part}": "" for part in ("line1", "line2", "city", "state", "postal_code", "country")}
    return {**fields, **parts, "version": str(chance.choice((1, 2, 3)))}


def _user_fields(chance: Random) -> dict[str, str]:
    joined = {"date_joined_0": "2024-01-01", "date_joined_1": "00:00:00", "last_login_0": "", "last_login_1": ""}
    password = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "false"}
    return {"username": f"made{chance.randrange(10**9)}", "is_active": "on", **joined, **password}


def _good_form(chance: Random, address: Address, world: World) -> dict[str, str]:
    ids: Callable[[str], str] = lambda name: chance.choice(world.ids[name])  # noqa: E731
    number = chance.randrange(10**9)
    match address.name.removeprefix("admin:").rpartition("_"):
        case "customer", "_", "create" | "edit":
            fields = _customer_fields(chance)
            return fields | ({"resolve": "1", "choose_name": "yours"} if chance.random() < 0.3 else {})
        case "sign", "_", "in":
            return {"username": "fuzz-outsider", "password": PASSWORD, "next": "/account/"}
        case _, _, "preferences":
            return {"first_name": "Ada", "last_name": "", "time_zone": "Asia/Seoul", "next": "/"}
        case "password", "_", "change":
            return {"old_password": "wrong", "new_password1": PASSWORD, "new_password2": PASSWORD}
        case "api", "_", "keys":
            return {"name": f"key {number}", "scope": "read", "once": "x"}
        case _, _, "login":
            return {"username": "fuzz-outsider", "password": "wrong", "next": "/admin/"}
    changelist = {"action": "delete_selected", "_selected_action": ids("object_id"), "index": "0", "select_across": "0"}
    by_model = {
        "customers_customer": {**_customer_fields(chance), "app": "1"},
        "accounts_user": _user_fields(chance),
        "accounts_app": {"slug": f"made{number}", "name": f"Made {number}"},
        "accounts_membership": {"app": "1", "user": ids("accounts_user"), "role": "viewer"},
        "accounts_apikey": {"name": f"Made {number}"},
        "auth_group": {"name": f"Made {number}", "permissions": "1"},
    }
    good = by_model.get(address.model, {})
    return changelist if address.name.endswith("_changelist") else good | ({"_save": "Save"} if good else {})


def _multipart(chance: Random, pairs: Pairs) -> tuple[bytes, bytes]:
    """A multipart body; one of three has something broken in it."""
    boundary = b"fuzzboundary"
    parts = []
    for name, value in pairs:
        quoted = values.as_bytes(name).replace(b'"', b"%22").replace(b"\r", b"").replace(b"\n", b"")
        more = b""
        if name != "csrfmiddlewaretoken" and chance.random() < 0.12:
            files = (
                b'; filename="a.txt"',
                b'; filename=""',
                b"; filename*=utf-8''%ff",
                b'; filename="../\x00"',
                b"; filename*=x''y",
            )
            more = chance.choice(files)
            types = (
                b"",
                b"\r\nContent-Type: text/plain",
                b"\r\nContent-Type: a; charset=hex",
                b"\r\nContent-Type: \xff",
            )
            codings = (b"", b"\r\nContent-Transfer-Encoding: base64", b"\r\nContent-Transfer-Encoding: x")
            more += chance.choice(types) + chance.choice(codings)
        head = b'Content-Disposition: form-data; name="%s"%s' % (quoted, more)
        parts.append(b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary, head, values.as_bytes(value)))
    body = b"".join(parts) + b"--%s--\r\n" % boundary
    content_type = b"multipart/form-data; boundary=" + boundary
    if chance.random() < 0.33:
        broken_types = (
            *(b"multipart/form-data", b"multipart/form-data; boundary=", b"multipart/form-data; boundary=other"),
            *(
                b'multipart/form-data; boundary="',
                b"multipart/form-data; boundary=" + b"x" * 300,
                b"multipart/mixed; boundary=a",
            ),
            *(
                b"multipart/form-data; boundary=\xff",
                b"multipart/form-data; boundary=a b",
                b"multipart/form-data; boundary*=utf-8''%ff",
            ),
        )
        if chance.random() < 0.5:
            content_type = chance.choice(broken_types)
        else:
            cut = chance.randrange(len(body))
            broken_bodies = (
                body[:cut],
                body[:cut] + b"\r\n--fuzzboundary" + body[cut:],
                body.replace(b"\r\n", b"\n"),
                b"\x00" + body,
            )
            body = chance.choice(broken_bodies)
    return content_type, body
