"""Signed-in people, as their browsers send requests: lists, searches, forms with their CSRF tokens, Django's admin."""

import random
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin
from uuid import uuid4

import httpx

from .load import REQUEST_TIMEOUT_SECONDS, Load, ObservedTransport, route_of
from .pages import posting_form
from .preparation import PANEL_APP, PASSWORD, STAFF

PERSON_PAUSE_SECONDS = 0.4
PAUSE_AFTER_ERROR_SECONDS = 0.5
SIGN_OUT_SHARE = 0.01
LIST = f"/dashboard/{PANEL_APP}/commerce/customers/"
ADMIN_LIST = "/admin/customers/customer/"
# Pages that a person with each username opens.
READ_PAGES = {
    "viewer": (LIST, f"{LIST}?query=kim", f"{LIST}?sort=name", f"/dashboard/{PANEL_APP}/"),
    "editor": (LIST, f"{LIST}?query=smith", f"{LIST}?sort=-created"),
    "admin": (LIST, f"/dashboard/{PANEL_APP}/developers/keys/", f"/dashboard/{PANEL_APP}/developers/", "/account/"),
    STAFF: (ADMIN_LIST, f"{ADMIN_LIST}?q=kim", "/admin/", "/admin/accounts/user/"),
}
WRITING_SHARE = {"viewer": 0.0, "editor": 0.5, "admin": 0.2, STAFF: 0.5}


class WrongPage(Exception):
    """An answer that the person did not expect. What is wrong with it is noted already."""


@dataclass(slots=True)
class Person:
    """A person with a browser. customers: (id, email) of those that the person has created and nobody else changes."""

    load: Load
    username: str
    http: httpx.Client
    is_signed_in: bool = False
    customers: list[tuple[str, str]] = field(default_factory=list)

    def get(self, path: str) -> httpx.Response:
        """Open a page. Raises httpx.TransportError, and WrongPage for any answer but 200."""
        began = time.monotonic()
        return self._checked(self.http.get(path), began, 200)

    def submit(self, path: str, known_field: str, **values: str) -> httpx.Response:
        """Open a page, fill in its form that has a field `known_field`, and send it. Raises as get() does.

        A form that was accepted is answered by a redirect; with anything else it was not.
        """
        began = time.monotonic()
        form = posting_form(self.get(path).text, known_field)
        if form is None:
            self.load.observations.fail("browser", f"{route_of(path)} has no form with {known_field}", began)
            raise WrongPage
        began = time.monotonic()
        answer = self.http.post(urljoin(path, form.action), data=form.values | values, headers={"Referer": path})
        return self._checked(answer, began, 302)

    def sign_in(self) -> None:
        self.submit("/sign-in/", "username", username=self.username, password=PASSWORD)
        self.is_signed_in = True

    def _checked(self, answer: httpx.Response, began: float, expected: int) -> httpx.Response:
        location = answer.headers.get("Location", "")
        is_signed_out = self.is_signed_in and location.startswith("/sign-in/")
        if answer.status_code == expected and not is_signed_out:
            return answer
        if is_signed_out:
            self.is_signed_in = False
        if answer.status_code < 500:
            what = "signed out" if is_signed_out else answer.status_code
            where = f"{answer.request.method} {route_of(answer.request.url.path)}"
            self.load.observations.fail("browser", f"{where}: {what}", began)
        raise WrongPage


def browse(load: Load, username: str) -> None:
    """Open pages and send forms as one person, until the load ends."""
    chance = load.chance(username)
    transport = ObservedTransport("browser", load.observations)
    with httpx.Client(base_url=load.url, transport=transport, timeout=REQUEST_TIMEOUT_SECONDS) as http:
        person = Person(load, username, http)
        while load.goes_on(chance, PERSON_PAUSE_SECONDS):
            try:
                _do_one_thing(person, chance)
            except (httpx.TransportError, WrongPage):
                # Noted already. A person tries again.
                load.ended.wait(PAUSE_AFTER_ERROR_SECONDS)


def _do_one_thing(person: Person, chance: random.Random) -> None:
    if not person.is_signed_in:
        person.sign_in()
    elif chance.random() < SIGN_OUT_SHARE:
        person.is_signed_in = False
        person.http.cookies.clear()
    elif chance.random() >= WRITING_SHARE[person.username]:
        person.get(chance.choice(READ_PAGES[person.username]))
    elif not person.customers or chance.random() < 0.4:
        _create(person)
    elif person.username == STAFF:
        _edit_in_admin(person, *chance.choice(person.customers))
    else:
        _edit(person, chance.choice(person.customers)[0])


def _create(person: Person) -> None:
    nonce = uuid4().hex
    name, email = f"New {nonce}", f"{person.username}-{nonce}@chaos.example"
    journal = person.load.journal
    write = journal.intend("create", writer=person.username, app=PANEL_APP, name=name, mark=nonce, email=email)
    answer = person.submit(f"{LIST}new/", "email", name=name, email=email, address_line1=nonce)
    customer_id = answer.headers["Location"].rstrip("/").rpartition("/")[2]
    journal.acknowledge(write, customer_id)
    person.customers.append((customer_id, email))


def _edit(person: Person, customer_id: str) -> None:
    _change(person, customer_id, f"{LIST}{customer_id}/edit/")


def _edit_in_admin(person: Person, customer_id: str, email: str) -> None:
    """Find the customer by the search of Django's admin, and change it there."""
    began = time.monotonic()
    page = person.get(f"{ADMIN_LIST}?q={email}").text
    # By its email: the message about the last change has a link as well.
    found = re.search(rf'href="({ADMIN_LIST}\d+/change/)[^>]*>(?:<[^>]*>)*{re.escape(email)}', page)
    if found is None:
        person.load.observations.fail("browser", "Django's admin does not find a customer", began)
        raise WrongPage
    _change(person, customer_id, found[1])


def _change(person: Person, customer_id: str, path: str) -> None:
    journal = person.load.journal
    name = f"Changed {uuid4().hex}"
    write = journal.intend("update", writer=person.username, app=PANEL_APP, name=name, customer_id=customer_id)
    person.submit(path, "version", name=name)
    journal.acknowledge(write, customer_id)
