from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

SECURITY_TXT = "/.well-known/security.txt"


def test_robots_are_asked_to_leave(db):
    answer = Client().get("/robots.txt")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer.text == "User-agent: *\nDisallow: /\n"
    head = Client().head("/robots.txt")
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(answer.content)))
    assert Client().post("/robots.txt").status_code == 405


@pytest.mark.django_db
def test_whom_to_tell_of_a_weakness_is_named_as_in_rfc_9116(settings):
    assert Client().get(SECURITY_TXT).status_code == 404
    settings.SECURITY_CONTACTS = ["mailto:security@example.com", "https://example.com/report"]
    answer = Client().get(SECURITY_TXT)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    fields = [line.split(": ", 1) for line in answer.text.splitlines()]
    # In the order of preference.
    assert [value for name, value in fields if name == "Contact"] == settings.SECURITY_CONTACTS
    (expires,) = [value for name, value in fields if name == "Expires"]
    left = datetime.strptime(expires, "%Y-%m-%dT%H:%M:%S%z") - datetime.now(UTC)
    assert timedelta(days=30) < left < timedelta(days=365)
    assert "Canonical" not in answer.text
    secure = Client().get(SECURITY_TXT, secure=True).text
    assert f"Canonical: https://testserver{SECURITY_TXT}\n" in secure
    head = Client().head(SECURITY_TXT)
    assert (head.status_code, head.content) == (200, b"")
