"""The resource of docs/api-platform.md, written into an app and called."""

import re
import sys

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from tests.support.api import ApiClient, error_of
from tests.support.processes import ROOT

pytestmark = pytest.mark.django_db

NOTES = "/v1/commerce/notes"
URLS = """
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from api import reference
from api.v1 import Api
from customers.api.routes import resource as customers
from notes.api import resource as notes

api = Api([customers, notes], base_path="/v1/commerce/", namespace="notes")
urlpatterns = [
    path("v1/commerce/", api.urls),
    path("v1/openapi.json", login_not_required(reference.schema), {"api": api}, name="api_schema"),
    path("v1/docs", login_not_required(reference.page), {"api": api}, name="api_docs"),
]
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The files of the page in a folder that Python imports from. They are imported once: a model cannot be twice."""
    folder = tmp_path_factory.mktemp("notes")
    page = (ROOT / "docs" / "api-platform.md").read_text()
    files = dict(re.findall(r"```python\n# (notes/\w+\.py)\n(.*?)```", page, re.DOTALL))
    assert list(files) == ["notes/models.py", "notes/services.py", "notes/api.py"]
    for name, text in (files | {"notes/__init__.py": "", "notes/urls.py": URLS}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


@pytest.fixture
def api(written, settings):
    """A client of an API with notes, whose table goes with the test."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "notes"]
    settings.ROOT_URLCONF = "notes.urls"
    with connection.schema_editor(atomic=False) as editor:
        editor.create_model(apps.get_model("notes", "Note"))
    return ApiClient()


def test_the_example_of_the_page_works(api):
    made = [api.send("POST", NOTES, {"text": f"Note {number}"}) for number in range(3)]
    assert [answer.status_code for answer in made] == [201] * 3
    ids = [answer.json()["id"] for answer in made][::-1]
    assert api.get(f"{NOTES}/{ids[0]}").json() == made[-1].json()
    first = api.get(NOTES, {"limit": "2"}).json()
    assert ([note["id"] for note in first["data"]], first["has_more"]) == (ids[:2], True)
    rest = api.get(NOTES, {"limit": "2", "starting_after": ids[1]}).json()
    assert ([note["id"] for note in rest["data"]], rest["has_more"]) == (ids[2:], False)
    back = api.get(NOTES, {"ending_before": ids[2]}).json()
    assert ([note["id"] for note in back["data"]], back["has_more"]) == (ids[:2], False)
    assert ApiClient().get(f"{NOTES}/{ids[0]}").status_code == 404
    page = Client().get("/v1/docs").text
    assert "curl -X POST http://testserver/v1/commerce/notes" in page and "The id of the note." in page


def test_the_example_of_the_page_refuses_what_is_wrong(api):
    assert error_of(api.send("POST", NOTES, {})) == (400, "missing_field", "text")
    for text in (None, "", 1, [], "\0", "\ud800", "x" * 1001):
        assert error_of(api.send("POST", NOTES, {"text": text})) == (400, "invalid", "text")
    assert error_of(api.get(f"{NOTES}/%00")) == (404, "not_found", "id")
    assert error_of(api.get(NOTES, {"starting_after": "note_\0"})) == (400, "bad_cursor", "starting_after")
    assert error_of(api.get(NOTES, {"limit": "0"})) == (400, "invalid", "limit")
