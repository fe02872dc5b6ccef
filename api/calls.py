"""The declaration of a call: its key, its body, its answers. Resource.call() makes one for each route."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from accounts.keys import AppRow
from accounts.models import ApiKey

from .rate_limit import SHARED_BUCKET, RateBucket
from .refusals import Refused
from .schemas import Error

ExceptionHandlers = Mapping[type[Exception], Callable[[Any], Refused]]
# Takes the values of the path; None where no row can match them.
ReadWithKey = Callable[[Mapping[str, str]], AppRow | None]


@dataclass(frozen=True, slots=True)
class DocumentedHeader:
    """A header of a request or an answer that openapi.py does not have, for the OpenAPI document.

    name: as on the wire, such as "X-Total-Count". description: as Markdown. example: a text or a whole number, of which
    the header's type follows.
    """

    name: str
    description: str
    example: str | int


Header = str | DocumentedHeader


def header_name(header: Header) -> str:
    """The name of a header, as on the wire."""
    return header if isinstance(header, str) else header.name


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no error, for the OpenAPI document.

    description: what the answer means, as Markdown.
    schema: the pydantic model of the body; None where it is empty, as in a 204. The first of its `examples` is shown
        in the reference.
    headers: names of response headers in openapi.RESPONSE_HEADERS, or DocumentedHeaders of the resource. Those of every
        answer are added.
    """

    description: str
    schema: type[Schema] | None = None
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentedError:
    """An error for the OpenAPI document.

    name: its name among the components of the document, unique there.
    description: when it is answered, as Markdown.
    code, message, param: an example.
    headers: as in Answer.
    schema: the pydantic model of the body.
    """

    status: int
    name: str
    description: str
    code: str
    message: str
    param: str | None = None
    headers: tuple[Header, ...] = ()
    schema: type[Error] = Error


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call of the API. Resource.call() explains the fields."""

    name: str
    title: str
    needs_write_key: bool
    answers: Mapping[int, Answer]
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    body_required: bool = True
    headers: tuple[Header, ...] = ()
    errors: tuple[int | DocumentedError, ...] = ()
    stores_answer: bool = True
    cache_control: str | None = None
    rate_bucket: RateBucket = SHARED_BUCKET
    read_with_key: ReadWithKey | None = None
    exception_handlers: ExceptionHandlers = field(default_factory=dict)


class ApiRequest(HttpRequest):
    """A request as a route gets it. Only for annotations: the middleware and the key's guard add the attributes.

    auth: the ApiKey of the caller, with its app.
    call: the Call that the route was declared with.
    row_read_with_key: the instance of the row of Call.read_with_key, or None.
    rate_headers: the RateLimit headers of the answer.
    error_code: the code of the error that is answered, for the access log.
    """

    request_id: str
    auth: ApiKey
    api_key: ApiKey
    call: Call
    row_read_with_key: Any
    rate_headers: dict[str, str]
    error_code: str
