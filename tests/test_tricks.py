"""Every trick gives the answers of its plain twin: see benchmarks/plain_twins.py."""

import json
import re

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import Role
from benchmarks.plain_twins import PLAIN_TWINS
from tests.support.api import CUSTOMERS, ApiClient, path_of
from tests.support.factories import make_app, make_customer, make_member, make_superuser

pytestmark = pytest.mark.django_db
# Another one each time a page is made.
CSRF_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|"x-csrftoken": ?"\w+"', re.IGNORECASE)


@pytest.fixture
def app():
    app = make_app("acme", name="Acme")
    for name in ("Ada Lovelace", "김민수", ""):
        make_customer(app, name=name, phone="+14155552671", address={"city": "Paris", "country": "FR"})
    return app


def pages_of(app):
    """The pages of a member and of a superuser, and the answers of the API, about the app and its customers."""
    api = ApiClient(app)
    listed = json.loads(api.get(CUSTOMERS).content)
    yield listed
    for customer in listed["data"]:
        yield json.loads(api.get(path_of(customer["id"])).content)
    member = make_member(app, Role.EDITOR, username="reader", first_name="Grace")
    make_member(make_app("other", name="Zeta"), Role.VIEWER)
    for person in (member, make_superuser(username="root")):
        client = Client()
        client.force_login(person)
        home = f"/dashboard/{app.slug}/commerce/customers/"
        paths = [f"{home}{customer['id']}/" for customer in listed["data"]]
        for path in (home, f"{home}?sort=name", f"{home}?query=ada", *paths, f"/dashboard/{app.slug}/"):
            page = client.get(path)
            yield page.status_code, CSRF_TOKEN.sub("", page.text)
    yield Client().get(f"/dashboard/{app.slug}/").status_code
    yield ApiClient(app).get(path_of("cus_nobody")).status_code


def writes_to(app):
    """The answers of the API to creates and updates of customers, but for ids and times."""
    api = ApiClient(app)
    created = api.create({"email": "Grace@Example.com", "name": "Grace Hopper"})
    yield created.status_code, without_ids(created)
    path = path_of(json.loads(created.content)["id"])
    again = api.create({"email": "grace@example.com"})
    yield again.status_code, without_ids(again)
    for change in ({"name": "Grace B. Hopper"}, {"email": "hopper@example.com"}, {"name": "Grace B. Hopper"}, {}):
        answer = api.send("PATCH", path, change)
        yield answer.status_code, without_ids(answer), answer.headers["ETag"]
    taken = api.create({"email": "ada@example.com"})
    yield taken.status_code, api.send("PATCH", path, {"email": "ada@example.com"}).status_code
    yield api.send("PATCH", path, {"name": "Late"}, If_Match='"1"').status_code
    yield api.send("PATCH", path_of("cus_nobody"), {"name": "Nobody"}).status_code


def without_ids(answer):
    return {name: value for name, value in json.loads(answer.content).items() if name not in ("id", "created")}


@pytest.mark.parametrize("twin", PLAIN_TWINS.values(), ids=[twin.__name__ for twin in PLAIN_TWINS.values()])
def test_pages_and_answers_are_those_of_the_plain_twin(app, twin):
    expected = rolled_back(pages_of, app)
    with twin():
        assert rolled_back(pages_of, app) == expected


@pytest.mark.parametrize("twin", PLAIN_TWINS.values(), ids=[twin.__name__ for twin in PLAIN_TWINS.values()])
def test_what_is_written_is_that_of_the_plain_twin(app, twin):
    expected = rolled_back(writes_to, app)
    with twin():
        assert rolled_back(writes_to, app) == expected


def rolled_back(steps, app):
    """The list of what `steps` gives, whose users, keys and customers are gone afterwards."""
    with transaction.atomic():
        found = list(steps(app))
        transaction.set_rollback(True)
    return found
