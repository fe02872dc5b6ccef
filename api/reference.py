"""The OpenAPI document, and the page that shows it to people."""

import json
import re
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from ninja import Schema

from .calls import Call
from .openapi import errors_of
from .responses import compressed
from .schemas import UNIX_SECONDS_JSON_SCHEMA, Error
from .v1 import Api

MAX_LISTED_VALUES = 10  # of an enumeration; a longer one is abbreviated

Json = dict[str, Any]


@require_safe
def schema(request: HttpRequest, api: Api) -> HttpResponse:
    """/v1/openapi.json"""
    return compressed(request, HttpResponse(api.document_json, content_type="application/json"))


@require_safe
def page(request: HttpRequest, api: Api) -> HttpResponse:
    """/v1/docs"""
    base_url = f"{request.scheme}://{request.get_host()}"
    samples = {
        sample.name: sample.texts for resource in api.resources for sample in resource.samples(base_url, None).calls
    }
    context = {
        "base_url": base_url,
        "operations": [{**operation, "samples": samples.get(operation["name"], ())} for operation in _operations(api)],
        "objects": _objects(api),
        "errors": _errors(api),
    }
    return render(request, "api/reference.html", context)


@cache
def _operations(api: Api) -> list[Json]:
    """The calls as the page shows them, in the order of `api.calls`."""
    operations = {
        operation["operationId"]: _operation(api.document, path, method, operation)
        for path, methods in api.document["paths"].items()
        for method, operation in methods.items()
    }
    return [{**operations[call.name], "example": _example(call)} for call in api.calls]


def _operation(document: Json, path: str, method: str, operation: Json) -> Json:
    parameters = operation["parameters"]
    body = operation.get("requestBody")
    parts = {
        "path": _parameter_rows(parameters, "path"),
        "query": _parameter_rows(parameters, "query"),
        "body": _body_rows(document, body) if body else [],
        "headers": _parameter_rows(parameters, "header"),
    }
    return {
        "name": operation["operationId"],
        "title": operation["summary"],
        "method": method.upper(),
        "path": path,
        "description": _as_html(operation["description"]),
        "given": [{"name": name, "rows": rows} for name, rows in parts.items() if rows],
        "answers": [_answer(document, status, answer) for status, answer in operation["responses"].items()],
    }


def _parameter_rows(parameters: list[Json], place: str) -> list[Json]:
    return [_row(one["name"], one, one["schema"]) for one in parameters if one["in"] == place]


def _body_rows(document: Json, body: Json) -> list[Json]:
    return _field_rows(document, body["content"]["application/json"]["schema"], "")


def _field_rows(document: Json, schema: Json, prefix: str, seen: tuple[str, ...] = ()) -> list[Json]:
    """A row for each field of an object, those of objects inside it behind their path, such as address.city."""
    rows: list[Json] = []
    if schema.get("$ref") in seen:
        return rows
    seen = (*seen, schema.get("$ref", ""))
    resolved = _resolve(document, schema)
    for name, described in resolved.get("properties", {}).items():
        required = name in resolved.get("required", ())
        rows.append(_row(f"{prefix}{name}", described | {"required": required}, described))
        for choice in described.get("anyOf", [described]):
            inner, path = (choice["items"], f"{name}[].") if "items" in choice else (choice, f"{name}.")
            if "$ref" in inner:
                rows += _field_rows(document, inner, prefix + path, seen)
    return rows


def _row(name: str, described: Json, schema: Json) -> Json:
    return {
        "name": name,
        "type": _type(schema),
        "description": _as_html(described.get("description", "")),
        "required": described.get("required", False),
        "default": schema.get("default"),
    }


def _type(schema: Json) -> str:
    """The type of a value, in words."""
    if schema == UNIX_SECONDS_JSON_SCHEMA:
        return "Unix seconds"
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2].removesuffix("Given"))
    if "anyOf" in schema:
        return " or ".join(_type(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        values = [str(value) for value in schema["enum"] if value is not None]
        shown = ", ".join(values) if len(values) <= MAX_LISTED_VALUES else f"{values[0]}, {values[1]}, …"
        return f"{shown} or null" if len(values) < len(schema["enum"]) else shown
    if "const" in schema:
        return str(schema["const"])
    match schema.get("type"):
        case "array":
            return f"list of {_type(schema.get('items', {}))}"
        case "integer" if "minimum" in schema and "maximum" in schema:
            return f"whole number from {schema['minimum']} to {schema['maximum']}"
        case "integer" if "minimum" in schema:
            return f"whole number from {schema['minimum']}"
        case "integer":
            return "whole number"
        case "string":
            forms = {"date-time": "RFC 3339 timestamp", "email": "email address", "e164": "E.164", "uri": "URL"}
            form = forms.get(schema.get("format", ""), "text")
            return form + (f" of at most {schema['maxLength']} characters" if "maxLength" in schema else "")
        case kind:
            words = {"boolean": "true or false", "null": "null", "number": "number", "object": "object"}
            return words.get(str(kind), "any value")


def _answer(document: Json, status: str | int, answer: Json) -> Json:
    answer = _resolve(document, answer)
    content = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return {
        "status": status,
        "description": _as_html(answer["description"]),
        "object": content.get("$ref", "").rpartition("/")[2],
    }


def _example(call: Call) -> str:
    """The body of the first answer that has an example, as JSON; empty without one.

    The example is the model's and not the document's, in which pydantic sorts the fields.
    """
    for _, answer in sorted(call.answers.items()):
        extra = answer.schema.model_config.get("json_schema_extra") if answer.schema else None
        if isinstance(extra, dict) and (examples := extra.get("examples")) and isinstance(examples, list):
            return json.dumps(examples[0], indent=2, ensure_ascii=False)
    return ""


def _resolve(document: Json, part: Json) -> Json:
    """The part of the document that a `$ref` refers to; any other part as it is."""
    if "$ref" not in part:
        return part
    found = document
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


@cache
def _objects(api: Api) -> list[Json]:
    models: list[type[Schema]] = [*(model for resource in api.resources for model in resource.objects), Error]
    schemas = api.document["components"]["schemas"]
    return [
        {
            "name": model.__name__,
            "description": _as_html(schemas[model.__name__]["description"]),
            "rows": [
                _row(name, schema, schema) for name, schema in schemas[model.__name__].get("properties", {}).items()
            ],
        }
        for model in models
    ]


@cache
def _errors(api: Api) -> list[Json]:
    """Each error that some call may answer, by status."""
    errors = {error.name: error for call in api.calls for error in errors_of(call)}
    responses = api.document["components"]["responses"]
    shown = []
    for error in sorted(errors.values(), key=lambda error: error.status):
        example = responses[error.name]["content"]["application/json"]["example"]
        shown.append(
            {
                "status": error.status,
                "description": _as_html(error.description),
                "type": example["type"],
                "code": example["code"],
            }
        )
    return shown


def _as_html(text: str) -> SafeString:
    """A description of the document as HTML: text between backticks is code."""
    return SafeString(re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text)))
