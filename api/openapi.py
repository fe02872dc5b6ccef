"""The OpenAPI document: what ninja makes of the routes, and what it cannot know, which is headers and refusals."""

from functools import cache

from ninja.schema import NinjaGenerateJsonSchema

from .errors import TYPES
from .schemas import Conflict, Error

REFERENCE = "#/components/{}/{}"
# In every answer, and in every one that a key was known for.
ALWAYS = ["X-Request-Id"]
WITH_KEY = ["RateLimit", "RateLimit-Policy"]
# What any call may be refused with, and what any that writes.
ANY = (400, 401, 429, 500, 503)
WRITING = (403, 409, 413, 415)

# Of each status: its name, what it means here, headers, and an example as code, message and param.
REFUSALS = {
    400: (
        "Wrong",
        "Something in the request is wrong; `param` names it.",
        WITH_KEY,
        ("invalid", "Enter a whole email address, such as alice@example.com.", "email"),
    ),
    401: (
        "NoKey",
        "There is no API key, or an unknown or revoked one.",
        ["WWW-Authenticate"],
        ("key_missing", "Send an API key in the header Authorization: Bearer sk_….", None),
    ),
    403: (
        "ReadOnly",
        "The API key may only read.",
        WITH_KEY,
        ("read_only_key", "This API key may only read. Use one with the scope “Read and write” to change.", None),
    ),
    404: (
        "NotFound",
        "This app has no such customer.",
        ["Idempotency-Replayed", *WITH_KEY],
        ("not_found", "There is no such customer in this app.", "id"),
    ),
    409: (
        "Conflict",
        "The email or id belongs to another customer of the app, or the Idempotency-Key to another request. With "
        "`X-Should-Retry: false`, except where the first request with the key is still running.",
        ["X-Should-Retry", "Retry-After", "Idempotency-Replayed", *WITH_KEY],
        ("email_taken", "Another customer of this app already has this email.", "email"),
    ),
    412: (
        "Stale",
        "The customer is not at the version in If-Match: most likely it has been changed since.",
        ["Idempotency-Replayed", *WITH_KEY],
        (
            "stale",
            "The customer is no longer, or never was, at the version in If-Match. Get it again and decide anew.",
            "If-Match",
        ),
    ),
    413: (
        "TooLarge",
        "The body is larger than 64 KiB.",
        WITH_KEY,
        ("body_too_large", "The body is larger than 64 KiB.", None),
    ),
    415: (
        "NotJson",
        "The body is not JSON by its Content-Type.",
        WITH_KEY,
        ("not_json", "Send the body as JSON in UTF-8, with Content-Type: application/json.", "Content-Type"),
    ),
    429: (
        "TooMany",
        "The API key makes more calls than it may. Wait as `Retry-After` says.",
        ["Retry-After", *WITH_KEY],
        ("rate_limited", "This API key makes more than 100 calls a second. Wait as Retry-After says.", None),
    ),
    500: (
        "Failed",
        "Something went wrong on the server's side.",
        [],
        ("internal", "Something went wrong on our side. Name the request_id when you ask about it.", None),
    ),
    503: (
        "Unavailable",
        "The database cannot be reached, or the server is busy. Wait as `Retry-After` says.",
        ["Retry-After"],
        ("unavailable", "The database cannot be reached just now. Try again shortly.", None),
    ),
}
ANSWER_HEADERS = {
    "ETag": ("The version of the customer, for If-None-Match and If-Match.", '"3"'),
    "Idempotency-Replayed": ("`true` where this is the first answer given again.", "true"),
    "Location": ("The path of the new customer.", "/v1/commerce/customers/cus_01kdwnt6vxf8h3cq2m9e7r5zap"),
    "RateLimit": ("`r`: calls left to the API key; `t`: seconds until all are back.", '"key";r=199;t=1'),
    "RateLimit-Policy": ("`q`: calls that the API key may make in `w` seconds.", '"key";q=200;w=2'),
    "Retry-After": ("Seconds to wait before the next try.", 1),
    "WWW-Authenticate": ("How to send the API key.", 'Bearer realm="Proyecta"'),
    "X-Request-Id": ("The one of the request, or one made for it.", "4c7f0c2f9a3d4e1b8a6f5d2c1b0a9e8d"),
    "X-Should-Retry": ("`false` where the same request would be refused again.", "false"),
}
REQUEST_HEADERS = {
    "Idempotency-Key": (
        "A text of your choice in printable ASCII, new for each request. The same request sent again with it, within "
        "24 hours, gets the first answer again, a 404, 409 or 412 as well, instead of being carried out twice. Nothing "
        "is kept for a request that failed validation.",
        {"type": "string", "pattern": "^[ -~]{1,255}$"},
    ),
    "If-Match": (
        "The ETag of the version that the change is based on. With any other, it is refused.",
        {"type": "string", "examples": ['"3"']},
    ),
    "If-None-Match": (
        "The ETag of the version that you have. Where it is still the one, the answer is 304.",
        {"type": "string", "examples": ['"3"']},
    ),
    "X-Request-Id": (
        "A name of your own for the request, by which it is found in the log: up to 128 letters, digits and `._-`.",
        {"type": "string"},
    ),
}


def call(*, body=None, query=None, headers=(), answers, refusals=()):
    """The `openapi_extra` of a route, which reads its request and writes its answer itself.

    body, query: pydantic models. headers: those of the request that mean something here.
    answers: of each status that is no error, what it means and the names of its headers.
    refusals: the statuses with which this call may be refused, beside those of every call.
    """
    parameters = [
        {"in": "header", "name": name, "description": REQUEST_HEADERS[name][0], "schema": REQUEST_HEADERS[name][1]}
        for name in (*headers, "X-Request-Id")
    ]
    for name, schema in _schema(query)["properties"].items() if query else ():
        parameters.append({"in": "query", "name": name, "description": schema.pop("description"), "schema": schema})
    responses = {
        status: {"description": what, "headers": _header_references([*names, *WITH_KEY])}
        for status, (what, names) in answers.items()
    }
    for status in sorted({*ANY, *refusals}):
        responses[status] = {"$ref": REFERENCE.format("responses", REFUSALS[status][0])}
    extra = {"parameters": parameters, "responses": responses}
    if body:
        content = {"application/json": {"schema": {"$ref": REFERENCE.format("schemas", body.__name__)}}}
        extra["requestBody"] = {"required": True, "content": content}
    return extra


@cache
def document():
    """The OpenAPI document, a dict."""
    from customers.api.routes import BODIES

    from .v1 import api

    made = dict(api.get_openapi_schema(path_prefix="/v1/commerce/"))
    components = made["components"]
    for model in (*BODIES, Error, Conflict):
        schema = _schema(model)
        components["schemas"] |= schema.pop("$defs", {})
        components["schemas"][model.__name__] = schema
    components["headers"] = {
        name: {"description": what, "schema": {"type": "integer" if example == 1 else "string"}, "example": example}
        for name, (what, example) in ANSWER_HEADERS.items()
    }
    components["responses"] = {refusal[0]: _refusal(status, *refusal) for status, refusal in REFUSALS.items()}
    _drop_titles(made["paths"])
    _drop_titles(components)
    return made


def _refusal(status, _, what, headers, example):
    code, message, param = example
    return {
        "description": what,
        "headers": _header_references(headers),
        "content": {
            "application/json": {
                "schema": {"$ref": REFERENCE.format("schemas", "Conflict" if status == 409 else "Error")},
                "example": {
                    "type": TYPES[status],
                    "code": code,
                    "message": message,
                    "param": param,
                    "request_id": ANSWER_HEADERS["X-Request-Id"][1],
                },
            }
        },
    }


def _header_references(names):
    return {name: {"$ref": REFERENCE.format("headers", name)} for name in [*names, *ALWAYS]}


def _schema(model):
    schema = model.model_json_schema(
        ref_template="#/components/schemas/{model}", schema_generator=NinjaGenerateJsonSchema
    )
    for described in schema["properties"].values():
        if described.get("default", 0) is None:
            del described["default"]
    return schema


def _drop_titles(part):
    """Pydantic's titles, which only repeat the names."""
    if isinstance(part, dict):
        if isinstance(part.get("title"), str):
            del part["title"]
        part = part.values()
    elif not isinstance(part, list):
        return
    for inner in part:
        _drop_titles(inner)
