"""Host names, security headers and cookies of every answer."""

import pytest
from django.conf import settings
from django.test import Client

from tests.support.api import CUSTOMERS
from tests.support.factories import make_superuser
from tests.support.processes import manage
from tests.support.wsgi import call, cookies_of

pytestmark = pytest.mark.django_db

UNKNOWN_HOSTS = [
    *("", "203.0.113.9", "203.0.113.9:8000", "[2001:db8::1]", "[2001:db8::1]:80", "evil.example", "evil.example:99999"),
    *(
        "127.0.0.1:x",
        "127.0.0.1,evil.example",
        "a b",
        "-",
        "_",
        ":",
        "http://127.0.0.1",
        "x" * 10_000,
        "\x80",
        "%00",
        None,
    ),
]


@pytest.mark.parametrize("host", UNKNOWN_HOSTS)
def test_probes_answer_under_any_host_and_nothing_else_does(host):
    names = {"HTTP_HOST": host, "SERVER_NAME": "10.0.0.7"}
    for protocol in ("HTTP/1", "HTTP/1.1"):
        for method in ("GET", "HEAD"):
            for path in ("/healthz", "/readyz"):
                answer = call(path, method=method, SERVER_PROTOCOL=protocol, **names)
                assert (answer.status, answer.content) in ((200, b"ok\n"), (200, b"") if method == "HEAD" else ()), path
                assert "Set-Cookie" not in answer.headers
    for path in (
        "/",
        "/sign-in/",
        "/healthz/",
        "/readyz/x",
        "//healthz",
        "/robots.txt",
        "/v1/docs",
        CUSTOMERS,
        "/admin/",
    ):
        assert call(path, **names).status == 400, path


def test_probes_tell_nothing_to_another_method():
    for path in ("/healthz", "/readyz"):
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert call(path, method=method, HTTP_HOST="evil.example").status in (403, 405)


def test_probes_answer_without_tls_where_all_else_is_redirected(settings):
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    assert [client.get(path).status_code for path in ("/healthz", "/readyz", "/robots.txt")] == [200, 200, 301]


@pytest.mark.parametrize(
    "path", ["/sign-in/", "/healthz", "/nothing/", "/admin/", "/robots.txt", "/v1/docs", CUSTOMERS, "/v1/nothing"]
)
def test_every_answer_forbids_what_pages_do_not_need(path):
    client = Client()
    client.force_login(make_superuser())
    answers = [client.get(path), client.head(path), client.get(path, headers={"Host": "evil.example"})]
    for answer in answers:
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        features = answer["Permissions-Policy"].split(", ")
        assert {"camera=()", "geolocation=()", "microphone=()"} < {*features}
        assert not any(feature.startswith("clipboard-write") for feature in features)
    answer = call(path, HTTP_COOKIE=cookies_of(client), CONTENT_TYPE="text/plain; charset=hex")
    assert "Permissions-Policy" in answer.headers


def test_a_static_file_has_them_too():
    answer = call("/static/js/app.js")
    assert (answer.status, answer.headers["Cross-Origin-Resource-Policy"]) == (200, "same-origin")


COOKIES = """
import django
django.setup()
from django.conf import settings
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
page = Client().get("/sign-in/", secure=True, headers={"X-Forwarded-Proto": "https"})
print(settings.SESSION_COOKIE_NAME, page.cookies[settings.CSRF_COOKIE_NAME].output())
"""


def test_cookies_that_matter_have_the_prefix_of_this_host_under_https(data_dir):
    """Browsers take `__Host-` only with Secure, with Path=/ and without Domain."""
    environ = {"DJANGO_SETTINGS_MODULE": "proyecta_admin.settings", "PROXY": "1", "HTTPS": "1"}
    done = manage(data_dir, code=COOKIES, **environ, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 0, done.stderr
    name, _, cookie = done.stdout.partition(" ")
    assert name == "__Host-sessionid"
    assert cookie.startswith("Set-Cookie: __Host-csrftoken=")
    attributes = {attribute.strip() for attribute in cookie.split(";")[1:]}
    assert {"Secure", "Path=/"} <= attributes and "Domain" not in cookie
    assert (settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_PATH, settings.SESSION_COOKIE_DOMAIN) == (
        "sessionid",
        "/",
        None,
    )
