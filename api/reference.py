"""The OpenAPI document, and the page that shows it to people."""

import json
import re
from functools import cache

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from customers.samples import CUSTOMER, call_samples

from .openapi import REFUSALS, document
from .responses import compressed

LONGEST_LIST_OF_VALUES = 10


@require_safe
def schema(request):
    return compressed(request, HttpResponse(_document(), content_type="application/json"))


@require_safe
def page(request):
    base_url = f"{request.scheme}://{request.get_host()}"
    samples = {sample["name"]: sample["texts"] for sample in call_samples(base_url)}
    context = {
        "base_url": base_url,
        "operations": [{**operation, "samples": samples[operation["name"]]} for operation in _operations()],
        "objects": _objects("Customer", "Address", "Error"),
        "refusals": _refusals(),
    }
    return render(request, "api/reference.html", context)


@cache
def _document():
    return json.dumps(document(), ensure_ascii=False).encode()


@cache
def _operations():
    found = []
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            parameters = [_row(one["name"], one, one["schema"]) for one in operation["parameters"]]
            places = [one["in"] for one in operation["parameters"]]
            found.append(
                {
                    "name": operation["operationId"],
                    "title": operation["summary"],
                    "method": method.upper(),
                    "path": path,
                    "description": _words(operation["description"]),
                    "given": [
                        {"title": title, "rows": rows}
                        for title, rows in (
                            ("Path", _in("path", places, parameters)),
                            ("Query", _in("query", places, parameters)),
                            ("Body", _fields(operation["requestBody"]) if "requestBody" in operation else []),
                            ("Headers", _in("header", places, parameters)),
                        )
                        if rows
                    ],
                    "answers": [_answer(status, answer) for status, answer in operation["responses"].items()],
                    "example": _example(operation["operationId"]),
                }
            )
    return sorted(
        found, key=lambda operation: ("create", "get", "list", "update").index(operation["name"].split("_")[0])
    )


def _words(text):
    """A description of the document as HTML: what stands between backticks in it is code."""
    return SafeString(re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text)))


def _in(place, places, rows):
    return [row for where, row in zip(places, rows, strict=True) if where == place]


def _resolved(part):
    """What a `$ref` of the document refers to; anything else as it is."""
    if "$ref" not in part:
        return part
    found = document()
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def _fields(body):
    """The rows of a request's body, the parts of an object in it behind their own names (address.city)."""
    rows = []
    for name, field in _resolved(body["content"]["application/json"]["schema"])["properties"].items():
        rows.append(_row(name, field, field))
        for choice in field.get("anyOf", ()):
            for part, schema in _resolved(choice).get("properties", {}).items():
                rows.append(_row(f"{name}.{part}", schema, schema))
    return rows


def _row(name, described, schema):
    return {
        "name": name,
        "type": _type(schema),
        "description": _words(described.get("description", "")),
        "required": described.get("required", False),
        "default": schema.get("default"),
    }


def _type(schema):
    """What a value may be, in words."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2].removesuffix("Given")
    if "anyOf" in schema:
        return " or ".join(_type(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        values = [value for value in schema["enum"] if value is not None]
        shown = ", ".join(values) if len(values) <= LONGEST_LIST_OF_VALUES else f"{values[0]}, {values[1]}, …"
        return f"{shown} or null" if len(values) < len(schema["enum"]) else shown
    if schema["type"] == "array":
        return f"list of {_type(schema['items'])}"
    if schema["type"] == "integer":
        bounds = f" from {schema['minimum']} to {schema['maximum']}" if "minimum" in schema else ""
        return f"whole number{bounds}" if bounds else "Unix seconds"
    if schema["type"] == "string":
        form = {"date-time": "RFC 3339 timestamp", "email": "email address", "e164": "E.164"}.get(schema.get("format"))
        longest = f" of at most {schema['maxLength']} characters" if "maxLength" in schema else ""
        return (form or "text") + longest
    return {"boolean": "true or false", "null": "null"}[schema["type"]]


def _answer(status, answer):
    answer = _resolved(answer)
    content = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return {
        "status": status,
        "description": _words(answer["description"]),
        "object": content.get("$ref", "").rpartition("/")[2],
        "headers": list(answer["headers"]),
    }


def _example(name):
    answer = {"data": [CUSTOMER], "has_more": False} if name == "list_customers" else CUSTOMER
    return json.dumps(answer, indent=2, ensure_ascii=False)


@cache
def _objects(*names):
    schemas = document()["components"]["schemas"]
    return [
        {
            "name": name,
            "description": _words(schemas[name]["description"]),
            "rows": [_row(field, schema, schema) for field, schema in schemas[name]["properties"].items()],
        }
        for name in names
    ]


@cache
def _refusals():
    shown = []
    for status, (name, description, _, _) in REFUSALS.items():
        example = document()["components"]["responses"][name]["content"]["application/json"]["example"]
        shown.append(
            {"status": status, "description": _words(description), "type": example["type"], "code": example["code"]}
        )
    return shown
