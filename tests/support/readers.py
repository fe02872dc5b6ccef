"""Readers of a product that runs in processes of its own: API keys and signed-in people."""

import re

import httpx

from tests.support.api import CUSTOMERS

PASSWORD = "correct horse battery staple"
KEY_COUNT, PERSON_COUNT = 60, 8
MAKE_READERS = f"""
import json, django; django.setup()
from tests.support.factories import make_app, make_key, make_member
app = make_app("acme")
people = [make_member(app, "editor", password={PASSWORD!r}).username for _ in range({PERSON_COUNT})]
print(json.dumps([[make_key(app, scope="write")[1] for _ in range({KEY_COUNT})], people]))
"""


class Key:
    """The calls of an API key, each on a new connection, so that any process may answer it."""

    def __init__(self, url, secret):
        self.url, self.headers = url + CUSTOMERS, {"Authorization": f"Bearer {secret}"}

    def send(self, method, url, **values):
        # Without verify, because loading the certificates takes longer than the call.
        return httpx.request(method, url, headers=self.headers, timeout=30, verify=False, **values)

    def create(self, **fields):
        return self.send("POST", self.url, json=fields)

    def rename(self, customer, name):
        return self.send("PATCH", f"{self.url}/{customer}", json={"name": name})

    def get(self, customer):
        return self.send("GET", f"{self.url}/{customer}")

    def list(self):
        return self.send("GET", self.url).text

    def name_of(self, customer):
        answer = self.get(customer)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()["name"]

    def sees(self, customer):
        answer = self.get(customer)
        assert answer.status_code in (200, 404), (answer.status_code, answer.text)
        return answer.status_code == 200


class Person:
    """The pages of a signed-in person, each on a new connection."""

    def __init__(self, url, username):
        self.url, self.cookies = url, httpx.Cookies()
        self.pages = f"{url}/dashboard/acme/commerce/customers/"
        signed_in = self.submit(f"{url}/sign-in/", username=username, password=PASSWORD)
        assert signed_in.status_code == 302, signed_in.text

    def send(self, method, url, **values):
        with httpx.Client(cookies=self.cookies, timeout=30, verify=False) as client:
            answer = client.request(method, url, **values)
            self.cookies = client.cookies
        return answer

    def submit(self, url, **fields):
        page = self.send("GET", url)
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        return self.send("POST", url, data={"csrfmiddlewaretoken": token, **fields})

    def create(self, **fields):
        answer = self.submit(self.pages + "new/", **fields)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"].rstrip("/").rpartition("/")[2]

    def get(self, customer):
        return self.send("GET", f"{self.pages}{customer}/")

    def list(self):
        return self.send("GET", self.pages).text

    def sees(self, customer):
        answer = self.get(customer)
        assert answer.status_code in (200, 404), (answer.status_code, answer.text)
        return answer.status_code == 200

    def name_of(self, customer):
        answer = self.get(customer)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return re.search(r"<h1[^>]*>\s*([^<]*?)\s*<", answer.text)[1]
