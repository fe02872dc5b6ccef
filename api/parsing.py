"""Reading a request strictly: input that is doubtful is refused, never guessed."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal
from urllib.parse import parse_qsl

from ninja import Schema

from .calls import ApiRequest
from .refusals import Refused, invalid

MAX_BODY_BYTES = 64 * 1024
MAX_PARAMETERS = 100
_etag = re.compile(r'(W/)?"([^"]*)"')


class _RepeatedField(dict[str, Any]):
    """A JSON object that has the field `name` twice."""

    name = ""


def read_parameters(request: ApiRequest) -> dict[str, str]:
    """The query string as a dict.

    Raises Refused (400) for a name that the call's `query` does not have, for one that comes twice, for one without a
    value (a filter that means nothing must not mean everything), and for a required one that is missing.
    """
    given = _read_query(request)
    if missing := _missing_name(request.call.query, given):
        raise invalid(missing, "This parameter is required.", "missing_parameter")
    return given


def _read_query(request: ApiRequest) -> dict[str, str]:
    """The query string as a dict of declared parameters. Raises Refused (400) as read_parameters() does."""
    # By the WSGI specification: the bytes of the request line, decoded as Latin-1.
    text = request.META.get("QUERY_STRING", "")
    if not text:
        return {}
    try:
        pairs = parse_qsl(
            text.encode("latin-1").decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except UnicodeError:
        raise invalid(None, "The query string is not UTF-8.", "malformed_query") from None
    except ValueError:
        raise invalid(None, "The query string has too many parameters.", "malformed_query") from None
    known = _names(request.call.query)
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise invalid(name, _unknown_name("parameter", known), "unknown_parameter")
        if name in given:
            raise invalid(name, "This parameter is given twice.", "repeated_parameter")
        if not value.strip():
            raise invalid(name, "This parameter has no value. Leave it out instead.")
        given[name] = value
    return given


def read_object(request: ApiRequest) -> dict[str, Any]:
    """The JSON object in the body. Its names are fields of the call's `body`; its values are the services' to check.

    Every required field of `body` is there. It may still be null, or of another type. Fields of objects inside it are
    the services' to check too.

    Raises Refused: 400, 413, 415.
    """
    content = read_body(request)
    given, repeated = _parse(content) if content or request.call.body_required else ({}, False)
    if not isinstance(given, dict):
        raise invalid(None, "The body must be a JSON object, such as {}.", "not_an_object")
    if repeated:
        raise invalid(_path_of_repeated_field(given), "This field is given twice.", "repeated_field")
    known = _names(request.call.body)
    for name in given:
        if name not in known:
            raise invalid(name, _unknown_name("field", known), "unknown_field")
    if missing := _missing_name(request.call.body, given):
        raise invalid(missing, "This field is required.", "missing_field")
    return given


def read_body(request: ApiRequest) -> bytes:
    """The body, which must be JSON by its Content-Type.

    Raises Refused: 415; 413 for more than MAX_BODY_BYTES, without reading them; 400 for a body that ends too early.
    """
    media_type, _, charset = request.META.get("CONTENT_TYPE", "").partition(";")
    charset = charset.replace(" ", "").replace('"', "").lower()
    if media_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8", "charset=utf8"):
        raise not_json()
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdecimal():
        source, expected = request, int(length)
    elif request.META.get("wsgi.input_terminated"):
        # A chunked body, which Django would take for an empty one: it does not know that this server marks the end.
        source, expected = request.META["wsgi.input"], None
    else:
        return b""
    if expected is not None and expected > MAX_BODY_BYTES:
        raise _too_large()
    parts, size = [], 0
    while size <= MAX_BODY_BYTES and (part := source.read(MAX_BODY_BYTES + 1 - size)):
        parts.append(part)
        size += len(part)
    if size > MAX_BODY_BYTES:
        raise _too_large()
    if expected is not None and size < expected:
        raise invalid(None, "The body ended before the length in Content-Length.", "incomplete_body")
    return b"".join(parts)


def not_json() -> Refused:
    """The refusal of a Content-Type that is not that of JSON in UTF-8."""
    return Refused(
        415,
        "not_json",
        "Send the body as JSON in UTF-8, with Content-Type: application/json.",
        param="Content-Type",
    )


def read_etags(
    request: ApiRequest, name: Literal["If-Match", "If-None-Match"]
) -> Literal["*"] | list[tuple[bool, str]] | None:
    """The entity tags in a conditional header (RFC 9110, section 8.8.3): a list of (weak, tag).

    "*" where the header is that; None without the header. Text that is no tag is ignored.
    """
    text = request.META.get("HTTP_" + name.upper().replace("-", "_"))
    if text is None:
        return None
    if text.strip() == "*":
        return "*"
    return [(bool(weak), tag) for weak, tag in _etag.findall(text)]


def read_idempotency_key(request: ApiRequest) -> str | None:
    """The Idempotency-Key; None without one. Raises Refused (400) for a key that cannot be stored."""
    key: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    # Bytes beyond ASCII have no meaning in a header (RFC 9110, section 5.5), and the server does not hand them on.
    if key is not None and not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise invalid("Idempotency-Key", "An Idempotency-Key has 1 to 255 characters, all of them printable ASCII.")
    return key


def _parse(body: bytes) -> tuple[Any, bool]:
    """(the JSON value, whether an object in it has a field twice)"""
    repeated = False

    def make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        repeated = True
        marked, seen = _RepeatedField(made), set[str]()
        for name, _ in pairs:
            if name in seen:
                marked.name = name
                break
            seen.add(name)
        return marked

    if not body:
        raise invalid(None, "The body is empty. Send a JSON object, at least {}.", "malformed_json")
    if body.startswith(b"\xef\xbb\xbf"):
        raise invalid(None, "The body begins with a byte order mark. Leave it out.", "malformed_json")
    try:
        return json.loads(body.decode(), object_pairs_hook=make_object, parse_constant=_refuse_constant), repeated
    except UnicodeDecodeError as error:
        raise invalid(None, f"The body is not UTF-8: see its byte {error.start}.", "malformed_json") from None
    except json.JSONDecodeError as error:
        raise invalid(
            None, f"The body is not JSON: see its line {error.lineno}, column {error.colno}.", "malformed_json"
        ) from None
    except ValueError:
        # Python reads no number of more than 4,300 digits, which would take quadratic time.
        raise invalid(None, "The body has a number in it that is too long.", "malformed_json") from None
    except RecursionError:
        raise invalid(None, "The body is nested too deeply.", "malformed_json") from None


def _path_of_repeated_field(value: dict[str, Any]) -> str:
    """The path of the first field that an object in `value` has twice, such as address.city or items[0].id."""
    # Steps are linked, and joined only at the end: joined at each part, they could take gigabytes. No recursion: the
    # body may be nested as deeply as Python allows.
    Steps = tuple[Any, str] | None
    waiting: list[tuple[Any, Steps]] = [(value, None)]
    while waiting:
        part, steps = waiting.pop()
        if isinstance(part, _RepeatedField):
            path = [f".{part.name}"]
            while steps:
                steps, step = steps
                path.append(step)
            return "".join(reversed(path)).removeprefix(".")
        children: list[tuple[Any, Steps]] = []
        if isinstance(part, dict):
            children = [(child, (steps, f".{name}")) for name, child in part.items()]
        elif isinstance(part, list):
            children = [(child, (steps, f"[{index}]")) for index, child in enumerate(part)]
        waiting.extend(reversed(children))
    raise ValueError("No object has a field twice.")


def _refuse_constant(name: str) -> None:
    raise invalid(None, f"The body is not JSON: {name} is no number there.", "malformed_json")


def _missing_name(schema: type[Schema] | None, given: Mapping[str, Any]) -> str | None:
    """The first required name of `schema` that is not in `given`; None where there is none."""
    return next((name for name in _required_names(schema) if name not in given), None)


@cache
def _required_names(schema: type[Schema] | None) -> tuple[str, ...]:
    fields = schema.model_fields.items() if schema else ()
    return tuple(field.alias or name for name, field in fields if field.is_required())


def _names(schema: type[Schema] | None) -> list[str]:
    return [field.alias or name for name, field in schema.model_fields.items()] if schema else []


def _unknown_name(noun: Literal["parameter", "field"], known: list[str]) -> str:
    if not known:
        return f"This call takes no {noun}s."
    return f"There is no such {noun}. There are: {', '.join(known)}."


def _too_large() -> Refused:
    return Refused(413, "body_too_large", f"The body is larger than {MAX_BODY_BYTES // 1024} KiB.")
