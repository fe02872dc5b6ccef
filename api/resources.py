"""Resource: the routes of one kind of object, and what the documentation shows of them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.http import HttpResponse
from django.utils.functional import Promise
from ninja import Router, Schema

from accounts.models import App

from .calls import Answer, Call, DocumentedError, ExceptionHandlers, Header, ReadWithKey
from .keys import ApiKeyAuth
from .openapi import openapi_of
from .rate_limit import SHARED_BUCKET, RateBucket
from .samples import CallSample

Route = TypeVar("Route", bound=Callable[..., HttpResponse])


@dataclass(frozen=True, slots=True)
class ResourceSamples:
    """A resource's calls as a developer would write them.

    calls: in the order in which the Developers page shows them.
    note: an HTML sentence below them on that page, such as whose id the samples have.
    """

    calls: Sequence[CallSample]
    note: str = ""


def no_samples(base_url: str, app: App | None) -> ResourceSamples:
    """The samples of a resource that has none."""
    return ResourceSamples(calls=())


@dataclass(frozen=True)
class Resource:
    """One kind of object in the API. Its routes are declared with call(), in the order in which they are documented.

    title: what the objects are called in the documentation, such as "Customers".
    path: the path of their collection below the API's, such as "customers".
    samples: takes the base URL and an App, whose own ids the samples have; with None in place of it, ids are made up.
    objects: pydantic models that the reference explains field by field.
    exception_handlers: the Refused for each exception that only this resource raises. Those of core.exceptions are
        known to the API.
    advice: a translatable sentence for the Developers page about using the resource.
    """

    title: str
    path: str
    samples: Callable[[str, App | None], ResourceSamples] = no_samples
    objects: tuple[type[Schema], ...] = ()
    exception_handlers: ExceptionHandlers = field(default_factory=dict)
    advice: str | Promise = ""
    calls: list[Call] = field(default_factory=list, init=False)
    router: Router = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "router", Router(tags=[self.title]))

    def call(
        self,
        method: str,
        path: str,
        *,
        name: str,
        title: str,
        needs_write_key: bool,
        answers: Mapping[int, Answer],
        path_parameters: Mapping[str, str] | None = None,
        query: type[Schema] | None = None,
        body: type[Schema] | None = None,
        body_required: bool = True,
        headers: Sequence[Header] = (),
        errors: Sequence[int | DocumentedError] = (),
        stores_answer: bool | None = None,
        cache_control: str | None = None,
        rate_bucket: RateBucket = SHARED_BUCKET,
        read_with_key: ReadWithKey | None = None,
        url_name: str | None = None,
    ) -> Callable[[Route], Route]:
        """Declare a route. It gets an ApiRequest and the values of the path, each a str, and returns an HttpResponse.

        The route calls read_parameters() and, with a body, read_object(), which refuse names that are not declared. Its
        docstring is the description in the documentation.

        method: GET, POST, PUT, PATCH or DELETE.
        path: below the API's path, such as "/products/{product_id}/variants".
        name: the operation id, unique in the API, such as "create_customer".
        title: the name for people, such as "Create a customer".
        needs_write_key: whether a key of scope "read" is refused (403).
        answers: the answers that are no errors, by status.
        path_parameters: a description, as Markdown, of each value of the path, by its name there.
        query: the pydantic model of the query string. Without one, the call takes no parameters. A parameter without a
            default is required.
        body: the pydantic model of the JSON body. A field without a default is required.
        body_required: whether an empty body is refused. Otherwise it counts as {}.
        headers: the request headers that mean something here, such as "If-Match": names in openapi.REQUEST_HEADERS, or
            DocumentedHeaders of the resource.
        errors: the errors of this call beside those of every call: statuses in openapi.ERRORS, or DocumentedErrors of
            the resource. 403, 409, 413 and 415 are added where the arguments above imply them.
        stores_answer: whether answer_once() honours an Idempotency-Key. Default: as `needs_write_key`.
        cache_control: the header Cache-Control of every answer. Default: that of the API.
        rate_bucket: the calls that this one is counted with. Default: all others of the key.
        read_with_key: takes the values of the path, and returns the row to read in the same statement as the API key;
            None if no row can match. With two statements, GET by id takes 27 % longer (docs/decisions/0011). Default:
            no row.
        url_name: the name of the route in the URLconf. Default: one that ninja makes.

        Raises ValueError if `path_parameters` has a name that the path has not, or if a header or a status of an error
        is described nowhere.
        """
        if unknown := set(path_parameters or ()) - set(re.findall(r"{(?:\w+:)?(\w+)}", path)):
            raise ValueError(f"The path {path} has no {', '.join(sorted(unknown))}.")
        call = Call(
            name=name,
            title=title,
            needs_write_key=needs_write_key,
            answers=answers,
            path_parameters=path_parameters or {},
            query=query,
            body=body,
            body_required=body_required,
            headers=tuple(headers),
            errors=tuple(errors),
            stores_answer=needs_write_key if stores_answer is None else stores_answer,
            cache_control=cache_control,
            rate_bucket=rate_bucket,
            read_with_key=read_with_key,
            exception_handlers=self.exception_handlers,
        )
        self.calls.append(call)
        response: dict[Any, Any] = {status: answer.schema for status, answer in sorted(answers.items())}
        return self.router.api_operation(
            [method],
            path,
            auth=ApiKeyAuth(call),
            response=response,
            operation_id=name,
            summary=title,
            url_name=url_name,
            openapi_extra=openapi_of(call),
        )
