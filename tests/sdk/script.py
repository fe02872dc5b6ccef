"""A client with a scripted server."""

import json

import httpx
from proyecta import (
    Proyecta,
)

ALICE = {
    "id": "cus_1",
    "created": "2026-11-03T14:05:00.123456Z",
    "email": "alice@example.com",
    "name": "Alice Liddell",
    "phone": None,
    "address": {"line1": "1", "line2": None, "city": None, "state": None, "postal_code": None, "country": "US"},
}
SECRET = "sk_very_secret"


class Script(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Gives the prepared answers one after the other, and keeps the requests. An exception is raised instead."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def handle_request(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        # A new one each time: httpx binds a response to the kind of client that it answered.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    async def handle_async_request(self, request):
        return self.handle_request(request)

    @property
    def bodies(self):
        return [json.loads(request.content) for request in self.requests]


def answer(status=200, body=ALICE, **headers):
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


def refusal(status, **headers):
    return answer(status, {"type": "error", "code": "c", "message": "No.", "param": None, "request_id": "r"}, **headers)


def client_of(script, **options):
    return Proyecta(api_key=SECRET, http_client=httpx.Client(transport=script), **options)
