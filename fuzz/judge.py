"""What is wrong with an answer: its status, its form, and texts that do not belong to who asked."""

import json

from .compose import Shot
from .values import XSS_MARKER
from .wire import Answer
from .world import MARKERS, MAY_CHANGE, SEES_EVERYTHING

ERROR_NAMES = {"type", "code", "message", "param", "request_id"}
# 501 and 505 are right for a method or a version that the server does not know (RFC 9110, 15.6).
RIGHT_IN_RAW_HTTP = (501, 505)
BUSY_TITLES = ("Too many requests at once", "Too many people sign in at once")


def is_busy(answer: Answer) -> bool:
    """Whether it is a 503 of the overload rules, which names itself."""
    if answer.status != 503 or "retry-after" not in answer.headers:
        return False
    return any(sign.encode() in answer.body for sign in (*BUSY_TITLES, '"code":"busy"', '"code": "busy"'))


def problems_of(shot: Shot, answer: Answer) -> list[str]:
    """A sentence for each thing that is wrong with the answer beside a 5xx; none of them is for the busy page."""
    found = []
    if shot.is_api and answer.status < 500:
        found += _api_problems(shot, answer)
    if answer.content_type in ("text/html", "") and XSS_MARKER.encode() in answer.body:
        found.append(f"{XSS_MARKER} stands unescaped in the page.")
    found += [
        f"The answer has texts of {slug}: {marker}."
        for slug, marker in foreign_markers(shot.role)
        if marker.encode() in answer.body
    ]
    return found


def foreign_markers(role: str) -> list[tuple[str, str]]:
    """(the app, its marker) of the apps that a role must not see anything of."""
    if role in SEES_EVERYTHING:
        return []
    own = {"other": ["beta"], "nobody": [], "outsider": [], "key none": [], "key revoked": []}.get(role, ["alpha"])
    return [(slug, marker) for slug, marker in MARKERS.items() if slug not in own]


def _api_problems(shot: Shot, answer: Answer) -> list[str]:
    found = []
    if "x-request-id" not in answer.headers:
        found.append("The answer of the API has no X-Request-Id.")
    if not answer.body or shot.method == "HEAD":
        return found
    if answer.content_type != "application/json":
        return [*found, f"The answer of the API is {answer.content_type!r}, not JSON."]
    try:
        content = json.loads(answer.body)
    except ValueError as error:
        return [*found, f"The answer of the API is no JSON: {error}."]
    if answer.status >= 400:
        if not isinstance(content, dict) or not set(content) >= ERROR_NAMES:
            found.append("The error of the API lacks a member of its shape.")
        elif content["request_id"] != answer.headers.get("x-request-id"):
            found.append("The error of the API has another request id than its header.")
    return found


def forbidden_changes(role: str, before: dict[tuple[str, str], str], after: dict[tuple[str, str], str]) -> list[str]:
    """What is stored differently although the role may not change it, a line for each kind and app."""
    changed = [place for place in before.keys() | after.keys() if before.get(place) != after.get(place)]
    return [
        f"{kind} of {app or 'other apps'}: {before.get((kind, app), '0')} → {after.get((kind, app), '0')}"
        for kind, app in sorted(changed)
        if (kind, app) not in MAY_CHANGE.get(role, set())
    ]
