"""Answers of the API: JSON, compressed where that helps."""

import gzip
import json

WORTH_COMPRESSING = 1024  # bytes


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def compressed(request, response):
    """`response`, gzipped where that helps and the caller takes it.

    Only for answers in which no secret stands beside what a caller sent: their lengths would give it away (BREACH).
    """
    response["Vary"] = "Accept-Encoding"
    if len(response.content) > WORTH_COMPRESSING and _takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        response.content = gzip.compress(response.content, compresslevel=1, mtime=0)
        response["Content-Encoding"] = "gzip"
    return response


def _takes_gzip(accepted):
    for part in accepted.lower().split(","):
        coding, _, weight = part.replace(" ", "").partition(";")
        if coding == "gzip":
            return not weight.startswith("q=0") or weight.strip("q=0.") != ""
    return False
