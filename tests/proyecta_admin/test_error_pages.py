"""The pages for what cannot be answered: whatever the body is, the page does not fail itself."""

import pytest
from django.conf import settings
from django.test import Client

from tests.support.factories import make_user

pytestmark = pytest.mark.django_db

TOKEN = "a" * 32
FORM = "application/x-www-form-urlencoded"
# Django raises for each of them where it reads the form.
BROKEN_FORMS = {
    "no boundary": ("multipart/form-data", b"--x--"),
    "an empty boundary": ("multipart/form-data; boundary=", b"--x--"),
    "a long boundary": (f"multipart/form-data; boundary={'x' * 300}", b"--x--"),
    "a boundary beyond ASCII": ("multipart/form-data; boundary=\xe9", b"--x--"),
    "base64 that is none": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\na\r\n--x--\r\n',
    ),
    "too many fields": (FORM, b"&".join(b"a=1" for _ in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))),
    "too many files": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n\r\n'
        * (settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1)
        + b"--x--\r\n",
    ),
    "too many bytes": (FORM, b"a" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)),
}


@pytest.mark.parametrize("path", ["/nothing", "/static/nothing.css", "/admin/nothing/", "/dashboard/nobodys/"])
@pytest.mark.parametrize(("content_type", "body"), BROKEN_FORMS.values(), ids=BROKEN_FORMS)
def test_a_broken_form_to_no_page_is_refused_and_is_no_500(path, content_type, body):
    """Django's own page for a 404 looked for a CSRF token in it, and failed."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(make_user())
    client.cookies[settings.CSRF_COOKIE_NAME] = TOKEN
    answer = client.generic("POST", path, body, content_type)
    assert answer.status_code in (400, 403, 404, 413)
    assert "<h1>" in answer.text
    assert client.get("/nothing").status_code == 404
