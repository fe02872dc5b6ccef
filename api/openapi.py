"""The OpenAPI document: the one that ninja makes of the routes, with headers, parameters and errors added."""

from collections.abc import Iterable, Mapping
from typing import Any

from ninja import Schema
from ninja.schema import NinjaGenerateJsonSchema

from .calls import Call, DocumentedError, DocumentedHeader, Header, header_name
from .refusals import type_of_status

COMPONENT = "#/components/{}/{}"
# Headers of every answer; then those of every answer to a known key.
HEADERS_OF_EVERY_ANSWER = ("X-Request-Id",)
RATE_HEADERS = ("RateLimit", "RateLimit-Policy")
# The statuses with which any call may be refused.
ERRORS_OF_EVERY_CALL = (400, 401, 429, 500, 503)

# The errors of the API itself, by status. A resource may describe a status of its own, or one of these more closely.
ERRORS = {
    error.status: error
    for error in (
        DocumentedError(
            400,
            "Wrong",
            "Something in the request is wrong; `param` names it.",
            code="invalid",
            message="The limit must be a whole number from 1 to 100.",
            param="limit",
            headers=RATE_HEADERS,
        ),
        DocumentedError(
            401,
            "NoKey",
            "There is no API key, or an unknown or revoked one.",
            code="key_missing",
            message="Send an API key in the header Authorization: Bearer sk_….",
            headers=("WWW-Authenticate",),
        ),
        DocumentedError(
            403,
            "ReadOnly",
            "The API key may only read.",
            code="read_only_key",
            message="This API key may only read. Use one with the scope “Read and write” to change.",
            headers=RATE_HEADERS,
        ),
        DocumentedError(
            404,
            "NoSuchObject",
            "The app has no such object.",
            code="not_found",
            message="There is no such object in this app.",
            param="id",
            headers=("Idempotency-Replayed", *RATE_HEADERS),
        ),
        DocumentedError(
            409,
            "KeyReused",
            "The Idempotency-Key belongs to another request. With `X-Should-Retry: false`, except where the first "
            "request with the key is still running, or another request is changing the same data (`locked`).",
            code="idempotency_key_reused",
            message="This Idempotency-Key was used for another request. Use a new one for each.",
            param="Idempotency-Key",
            headers=("X-Should-Retry", "Retry-After", "Idempotency-Replayed", *RATE_HEADERS),
        ),
        DocumentedError(
            412,
            "OtherVersion",
            "The object is not at the version in If-Match: most likely it has been changed since.",
            code="stale",
            message="The object is not at the version in If-Match, or never was. Get it again and decide anew.",
            param="If-Match",
            headers=("Idempotency-Replayed", *RATE_HEADERS),
        ),
        DocumentedError(
            413,
            "TooLarge",
            "The body is larger than 64 KiB.",
            code="body_too_large",
            message="The body is larger than 64 KiB.",
            headers=RATE_HEADERS,
        ),
        DocumentedError(
            415,
            "NotJson",
            "The body is not JSON by its Content-Type.",
            code="not_json",
            message="Send the body as JSON in UTF-8, with Content-Type: application/json.",
            param="Content-Type",
            headers=RATE_HEADERS,
        ),
        DocumentedError(
            429,
            "TooMany",
            "The API key makes more calls than it may. Wait as `Retry-After` says.",
            code="rate_limited",
            message="This API key makes more than 100 calls a second. Wait as Retry-After says.",
            headers=("Retry-After", *RATE_HEADERS),
        ),
        DocumentedError(
            500,
            "Failed",
            "Something went wrong on the server's side.",
            code="internal",
            message="Something went wrong on our side. Name the request_id when you ask about it.",
        ),
        DocumentedError(
            503,
            "Unavailable",
            "The database cannot do this just now, or the server is busy. Wait as `Retry-After` says.",
            code="unavailable",
            message="The database cannot be reached just now. Try again shortly.",
            headers=("Retry-After",),
        ),
    )
}
# Of each header of an answer: its description and an example.
RESPONSE_HEADERS: dict[str, tuple[str, str | int]] = {
    "ETag": ("The version of the object, for If-None-Match and If-Match.", '"3"'),
    "Idempotency-Replayed": ("`true` where this is the first answer given again.", "true"),
    "Location": ("The path of the new object.", "/v1/commerce/things/thing_123"),
    "RateLimit": ("`r`: calls left to the API key; `t`: seconds until all are back.", '"key";r=199;t=1'),
    "RateLimit-Policy": ("`q`: calls that the API key may make in `w` seconds.", '"key";q=200;w=2'),
    "Retry-After": ("Seconds to wait before the next try.", 1),
    "WWW-Authenticate": ("How to send the API key.", 'Bearer realm="Proyecta"'),
    "X-Request-Id": ("The request's own, or one made for it.", "4c7f0c2f9a3d4e1b8a6f5d2c1b0a9e8d"),
    "X-Should-Retry": ("`false` where the same request would be refused again.", "false"),
}
# Of each header of a request: its description and its JSON schema.
REQUEST_HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Idempotency-Key": (
        "A text of your choice in printable ASCII, new for each request. The same request sent again with it, within "
        "24 hours, gets the first answer again, a 404, 409 or 412 as well, and is not carried out twice. Nothing is "
        "kept for a request that failed validation.",
        {"type": "string", "pattern": "^[ -~]{1,255}$"},
    ),
    "If-Match": (
        "The ETag of the version that the change is based on. At any other version, the change is refused.",
        {"type": "string", "examples": ['"3"']},
    ),
    "If-None-Match": (
        "The ETag of the version that you have. The answer is 304 while it is the current one.",
        {"type": "string", "examples": ['"3"']},
    ),
    "X-Request-Id": (
        "A name of your own for the request, under which the log has it: up to 128 letters, digits and `._-`.",
        {"type": "string"},
    ),
}


def openapi_of(call: Call) -> dict[str, Any]:
    """The `openapi_extra` of a route: the parameters, headers and errors that ninja does not see."""
    stored_key = ("Idempotency-Key",) if call.stores_answer else ()
    _refuse_undescribed(call)
    parameters = [_header_parameter(header) for header in (*stored_key, *call.headers, "X-Request-Id")]
    parameters += _query_parameters(call.query) if call.query else []
    replayed = ("Idempotency-Replayed",) if call.stores_answer else ()
    responses: dict[int, dict[str, Any]] = {
        status: {
            "description": answer.description,
            "headers": _header_references((*answer.headers, *replayed, *RATE_HEADERS)),
        }
        for status, answer in call.answers.items()
    }
    for error in errors_of(call):
        responses[error.status] = {"$ref": COMPONENT.format("responses", error.name)}
    extra: dict[str, Any] = {"parameters": parameters, "responses": responses}
    if call.body:
        content = {"application/json": {"schema": {"$ref": COMPONENT.format("schemas", call.body.__name__)}}}
        extra["requestBody"] = {"required": call.body_required, "content": content}
    return extra


def _refuse_undescribed(call: Call) -> None:
    answered = [header for answer in call.answers.values() for header in answer.headers]
    answered += [header for error in call.errors if not isinstance(error, int) for header in error.headers]
    unknown = [header for header in call.headers if isinstance(header, str) and header not in REQUEST_HEADERS]
    unknown += [header for header in answered if isinstance(header, str) and header not in RESPONSE_HEADERS]
    if unknown:
        raise ValueError(
            f"{call.name} names headers without a description: {', '.join(unknown)}. Use DocumentedHeader."
        )
    if statuses := [str(error) for error in call.errors if isinstance(error, int) and error not in ERRORS]:
        raise ValueError(f"{call.name} names errors without a description: {', '.join(statuses)}. Use DocumentedError.")


def _header_parameter(header: Header) -> dict[str, Any]:
    if isinstance(header, str):
        description, schema = REQUEST_HEADERS[header]
    else:
        description, schema = header.description, _schema_by(header.example) | {"examples": [header.example]}
    return {"in": "header", "name": header_name(header), "description": description, "schema": schema}


def _schema_by(example: str | int) -> dict[str, Any]:
    return {"type": "integer" if isinstance(example, int) else "string"}


def _query_parameters(query: type[Schema]) -> list[dict[str, Any]]:
    whole = json_schema(query)
    parameters = []
    for name, schema in whole.get("properties", {}).items():
        parameter = {"in": "query", "name": name, "description": schema.pop("description", ""), "schema": schema}
        parameters.append(parameter | ({"required": True} if name in whole.get("required", ()) else {}))
    return parameters


def errors_of(call: Call) -> list[DocumentedError]:
    """The errors with which this call may be refused, by status."""
    implied: list[int] = [*ERRORS_OF_EVERY_CALL]
    if call.needs_write_key:
        implied.append(403)
    if call.stores_answer:
        implied.append(409)
    if call.body:
        implied += [413, 415]
    found = {status: ERRORS[status] for status in implied}
    for error in call.errors:
        described = ERRORS[error] if isinstance(error, int) else error
        found[described.status] = described
    return [found[status] for status in sorted(found)]


def complete(document: Mapping[str, Any], calls: Iterable[Call]) -> dict[str, Any]:
    """The document that ninja made, with the components that openapi_of() refers to.

    Raises ValueError if two components, or two calls, have the same name.
    """
    made = dict(document)
    components = made["components"]
    errors: dict[str, DocumentedError] = {}
    schemas: dict[str, Any] = {}
    headers = {name: DocumentedHeader(name, *described) for name, described in RESPONSE_HEADERS.items()}
    for call in _with_names_of_their_own(calls):
        for error in errors_of(call):
            _put(errors, error.name, error)
            _put_schemas(schemas, error.schema)
            _put_headers(headers, error.headers)
        for answer in call.answers.values():
            _put_headers(headers, answer.headers)
            if answer.schema:
                _put_schemas(schemas, answer.schema)
        if call.body:
            _put_schemas(schemas, call.body)
        _describe_path(made["paths"], call)
    components["schemas"] |= schemas
    components["headers"] = {
        name: {
            "description": header.description,
            "schema": _schema_by(header.example),
            "example": header.example,
        }
        for name, header in headers.items()
    }
    components["responses"] = {error.name: _response_of(error) for error in errors.values()}
    _drop_titles(made["paths"])
    _drop_titles(components)
    return made


def _describe_path(paths: Mapping[str, Any], call: Call) -> None:
    """Add the descriptions of `call.path_parameters` to its operation."""
    for methods in paths.values():
        for operation in methods.values():
            if operation["operationId"] == call.name:
                for parameter in operation["parameters"]:
                    if parameter["in"] == "path" and parameter["name"] in call.path_parameters:
                        parameter["description"] = call.path_parameters[parameter["name"]]


def json_schema(model: type[Schema]) -> dict[str, Any]:
    """The JSON schema of a pydantic model, with references into the document and without defaults of None."""
    schema = model.model_json_schema(
        ref_template="#/components/schemas/{model}", schema_generator=NinjaGenerateJsonSchema
    )
    for part in (schema, *schema.get("$defs", {}).values()):
        for described in part.get("properties", {}).values():
            if described.get("default", 0) is None:
                del described["default"]
    return schema


def _with_names_of_their_own(calls: Iterable[Call]) -> list[Call]:
    called = list(calls)
    names = [call.name for call in called]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"Two calls of the API are called {', '.join(sorted(repeated))}. Rename one of them.")
    return called


def _put_schemas(schemas: dict[str, Any], model: type[Schema]) -> None:
    """Add the schema of a model and those of the models in it."""
    schema = json_schema(model)
    for name, inner in {**schema.pop("$defs", {}), model.__name__: schema}.items():
        _put(schemas, name, inner)


def _put_headers(headers: dict[str, DocumentedHeader], used: Iterable[Header]) -> None:
    for header in used:
        if not isinstance(header, str):
            _put(headers, header.name, header)


def _put(components: dict[str, Any], name: str, component: Any) -> None:
    if components.setdefault(name, component) != component:
        raise ValueError(f"Two components of the OpenAPI document are called {name}. Rename one of them.")


def _response_of(error: DocumentedError) -> dict[str, Any]:
    return {
        "description": error.description,
        "headers": _header_references(error.headers),
        "content": {
            "application/json": {
                "schema": {"$ref": COMPONENT.format("schemas", error.schema.__name__)},
                "example": {
                    "type": type_of_status(error.status),
                    "code": error.code,
                    "message": error.message,
                    "param": error.param,
                    "request_id": RESPONSE_HEADERS["X-Request-Id"][1],
                },
            }
        },
    }


def _header_references(headers: Iterable[Header]) -> dict[str, dict[str, str]]:
    names = [header_name(header) for header in [*headers, *HEADERS_OF_EVERY_ANSWER]]
    return {name: {"$ref": COMPONENT.format("headers", name)} for name in names}


def _drop_titles(part: Any) -> None:
    """Remove pydantic's titles, which only repeat the names."""
    if isinstance(part, dict):
        if isinstance(part.get("title"), str):
            del part["title"]
        part = part.values()
    elif not isinstance(part, list):
        return
    for inner in part:
        _drop_titles(inner)
