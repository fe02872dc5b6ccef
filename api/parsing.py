"""Reading a request to the letter: whatever is doubtful in it is refused, never guessed."""

import json
import re
from urllib.parse import parse_qsl

from core.exceptions import ValidationFailed

from .errors import Refused, wrong

LARGEST_BODY = 64 * 1024
MOST_PARAMETERS = 100
_e164 = re.compile(r"\+[1-9][0-9]{1,14}")
_etag = re.compile(r'(W/)?"([^"]*)"')


class Repeated(dict):
    """A JSON object that has a name twice: `name`."""

    name = ""


def read_parameters(request, schema=None):
    """The query string as a dict of str. Raises Refused for a name that is not a field of `schema`, comes twice or has
    no value: a filter that means nothing must not mean everything.

    schema: a pydantic model; None where the call takes no parameters.
    """
    # As the WSGI specification has it: the bytes of the request line, decoded as Latin-1.
    text = request.META.get("QUERY_STRING", "")
    if not text:
        return {}
    try:
        pairs = parse_qsl(
            text.encode("latin-1").decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except UnicodeError:
        raise wrong(None, "The query string is not UTF-8.", "malformed_query") from None
    except ValueError:
        raise wrong(None, "The query string has too many parameters.", "malformed_query") from None
    known = _names(schema) if schema else ()
    given = {}
    for name, value in pairs:
        if name not in known:
            raise wrong(name, _no_such("parameter", known), "unknown_parameter")
        if name in given:
            raise wrong(name, "This parameter is given twice.", "repeated_parameter")
        if not value.strip():
            raise wrong(name, "This parameter has no value. Leave it out instead.")
        given[name] = value
    return given


def read_object(request, schema):
    """The JSON object in the body, a dict whose names are fields of the pydantic model `schema`.

    What the values may be is the services' to say, but that here a phone number must be E.164 as it is. Raises Refused
    and ValidationFailed.
    """
    given = _parse(read_body(request))
    if not isinstance(given, dict):
        raise wrong(None, "The body must be a JSON object, such as {}.", "not_an_object")
    address = given.get("address")
    for path, part in (("", given), ("address.", address)):
        if isinstance(part, Repeated):
            raise wrong(path + part.name, "This field is given twice.", "repeated_field")
    known = _names(schema)
    for name in given:
        if name not in known:
            raise wrong(name, _no_such("field", known), "unknown_field")
    phone = given.get("phone")
    if isinstance(phone, str) and phone and not _e164.fullmatch(phone):
        raise ValidationFailed({"phone": "Write the phone number as E.164, such as +14155552671."})
    return given


def read_body(request):
    """The bytes of the body, which must be JSON by its Content-Type. Raises Refused, before all is read if need be."""
    media_type, _, charset = request.META.get("CONTENT_TYPE", "").partition(";")
    charset = charset.replace(" ", "").replace('"', "").lower()
    if media_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8", "charset=utf8"):
        raise Refused(
            415,
            "not_json",
            "Send the body as JSON in UTF-8, with Content-Type: application/json.",
            param="Content-Type",
        )
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdecimal():
        source, expected = request, int(length)
    elif request.META.get("wsgi.input_terminated"):
        # Sent in chunks: Django would take it for empty, since it does not know that this server marks the end.
        source, expected = request.META["wsgi.input"], None
    else:
        return b""
    if expected is not None and expected > LARGEST_BODY:
        raise _too_large()
    parts, size = [], 0
    while size <= LARGEST_BODY and (part := source.read(LARGEST_BODY + 1 - size)):
        parts.append(part)
        size += len(part)
    if size > LARGEST_BODY:
        raise _too_large()
    if expected is not None and size < expected:
        raise wrong(None, "The body ended before the length in Content-Length.", "incomplete_body")
    return b"".join(parts)


def read_etags(request, name):
    """The entity tags in a conditional header: a list of (weak, tag), "*" where it is that, None without the header.

    name: "If-Match" or "If-None-Match". What is no tag in it is left aside.
    """
    text = request.META.get("HTTP_" + name.upper().replace("-", "_"))
    if text is None or text.strip() == "*":
        return text and "*"
    return [(bool(weak), tag) for weak, tag in _etag.findall(text)]


def read_idempotency_key(request):
    """The Idempotency-Key, a str, or None. Raises Refused for one that cannot be kept."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    # What is not ASCII has no meaning in a header (RFC 9110, section 5.5): the server hands on nothing of it.
    if key is not None and not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise wrong("Idempotency-Key", "An Idempotency-Key has 1 to 255 characters, all of them printable ASCII.")
    return key


def _parse(body):
    if not body:
        raise wrong(None, "The body is empty. Send a JSON object, at least {}.", "malformed_json")
    if body.startswith(b"\xef\xbb\xbf"):
        raise wrong(None, "The body begins with a byte order mark. Leave it out.", "malformed_json")
    try:
        return json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise wrong(None, f"The body is not UTF-8: see its byte {error.start}.", "malformed_json") from None
    except json.JSONDecodeError as error:
        raise wrong(
            None, f"The body is not JSON: see its line {error.lineno}, column {error.colno}.", "malformed_json"
        ) from None
    except ValueError:
        # Python reads no number of more than 4,300 digits: that would take quadratic time.
        raise wrong(None, "The body has a number in it that is too long.", "malformed_json") from None
    except RecursionError:
        raise wrong(None, "The body is nested too deeply.", "malformed_json") from None


def _object(pairs):
    made = dict(pairs)
    if len(made) < len(pairs):
        made = Repeated(made)
        names = [name for name, _ in pairs]
        made.name = next(name for index, name in enumerate(names) if name in names[:index])
    return made


def _no_constant(name):
    raise wrong(None, f"The body is not JSON: {name} is no number there.", "malformed_json")


def _names(schema):
    return [field.alias or name for name, field in schema.model_fields.items()]


def _no_such(noun, known):
    return f"There is no such {noun}. There are: {', '.join(known)}." if known else "This call takes no parameters."


def _too_large():
    return Refused(413, "body_too_large", f"The body is larger than {LARGEST_BODY // 1024} KiB.")
