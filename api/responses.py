"""Answers of the API: JSON, compressed where that helps."""

import gzip
import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

MIN_COMPRESSED_BYTES = 1024


def dump(value: Any) -> bytes:
    """`value` as JSON in UTF-8, without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """An answer with `value` as its JSON body."""
    return HttpResponse(dump(value), content_type="application/json", status=status, headers=dict(headers or {}))


def no_content(headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A 204, which has no body."""
    return HttpResponse(status=204, headers=dict(headers or {}))


def compressed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """`response`, gzipped if it has more than MIN_COMPRESSED_BYTES and the caller takes gzip.

    Do not compress an answer in which a secret stands beside what a caller sent: its length would reveal the secret
    (BREACH).
    """
    response["Vary"] = "Accept-Encoding"
    if len(response.content) > MIN_COMPRESSED_BYTES and _takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        response.content = gzip.compress(response.content, compresslevel=1, mtime=0)
        response["Content-Encoding"] = "gzip"
    return response


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, weight = part.replace(" ", "").partition(";")
        if coding == "gzip":
            return not weight.startswith("q=0") or weight.strip("q=0.") != ""
    return False
