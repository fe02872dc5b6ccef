"""The OpenAPI document: complete, true to what the server does, and shown to people."""

import json
import os
import re
import subprocess
import sys
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from api.developers import INSTALL_COMMAND
from api.openapi import ERRORS
from api.refusals import ERROR_TYPES
from customers.api.schemas import CustomerQuery
from customers.models import ADDRESS_PARTS
from customers.samples import EXAMPLE_CUSTOMER, call_samples
from customers.serialization import as_json
from customers.services import update_customer
from proyecta_admin.urls import api as product_api
from tests.support.api import CUSTOMERS, ApiClient, api_server, path_of
from tests.support.factories import make_app, make_customer, make_member
from tests.support.processes import ROOT

QUERY_PARAMETERS = [field.alias or name for name, field in CustomerQuery.model_fields.items()]

CASES = 2_000


@pytest.fixture(scope="module")
def described():
    return Client().get("/v1/openapi.json").json()


def test_it_is_open_and_like_the_one_that_was_made(described):
    assert described == json.loads(json.dumps(product_api.document))
    assert described["openapi"].startswith("3.1")


def test_it_has_the_four_calls_on_customers(described):
    calls = {
        (method.upper(), path): operation["operationId"]
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
        if path.startswith(CUSTOMERS)
    }
    assert calls == {
        ("POST", CUSTOMERS): "create_customer",
        ("GET", CUSTOMERS): "list_customers",
        ("GET", CUSTOMERS + "/{customer_id}"): "get_customer",
        ("PATCH", CUSTOMERS + "/{customer_id}"): "update_customer",
    }


def operations(described):
    return [operation for path in described["paths"].values() for operation in path.values()]


def test_every_call_on_customers_has_its_parameters_and_refusals(described):
    on_customers = [one for one in operations(described) if one["tags"] == ["Customers"]]
    parameters = {
        operation["operationId"]: {parameter["name"] for parameter in operation["parameters"]}
        for operation in on_customers
    }
    assert parameters == {
        "create_customer": {"Idempotency-Key", "X-Request-Id"},
        "get_customer": {"customer_id", "If-None-Match", "X-Request-Id"},
        "update_customer": {"customer_id", "Idempotency-Key", "If-Match", "X-Request-Id"},
        "list_customers": {
            *("limit", "sort", "starting_after", "ending_before", "email", "query", "created"),
            *("created[gt]", "created[gte]", "created[lt]", "created[lte]", "X-Request-Id"),
        },
    }
    answers = {operation["operationId"]: set(map(int, operation["responses"])) for operation in on_customers}
    every = {400, 401, 429, 500, 503}
    assert answers == {
        "create_customer": {200, 201, 403, 409, 413, 415, *every},
        "get_customer": {200, 304, 404, *every},
        "update_customer": {200, 403, 404, 409, 412, 413, 415, *every},
        "list_customers": {200, *every},
    }
    assert described["components"]["securitySchemes"]["ApiKeyAuth"]["scheme"] == "bearer"


def test_every_status_of_a_refusal_is_described_and_has_a_type():
    assert set(ERRORS) | {405} == set(ERROR_TYPES)


def test_every_reference_leads_somewhere(described):
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(described)):
        part = described
        for name in reference.split("/"):
            part = part[name]


def test_the_schemas_have_the_fields_of_the_services(described):
    schemas = described["components"]["schemas"]
    assert tuple(schemas["AddressGiven"]["properties"]) == tuple(schemas["Address"]["properties"]) == ADDRESS_PARTS
    assert schemas["Customer"]["required"] == list(schemas["Customer"]["properties"])
    for name in ("NewCustomer", "CustomerChanges", "AddressGiven"):
        assert schemas[name]["additionalProperties"] is False and "required" not in schemas[name]


@pytest.mark.django_db
def test_an_answer_has_the_fields_of_its_schema(described):
    customer = as_json(make_customer(address={"city": "Seoul"}))
    schemas = described["components"]["schemas"]
    assert list(customer) == list(schemas["Customer"]["properties"])
    assert list(customer["address"]) == list(schemas["Address"]["properties"])


@pytest.mark.django_db
@pytest.mark.parametrize("name", QUERY_PARAMETERS)
def test_every_described_parameter_is_taken(name):
    values = {"limit": "5", "email": "a@example.com", "query": "a", "sort": "email"}
    api = ApiClient()
    cursor = make_customer(api.app).public_id
    values |= {"starting_after": cursor, "ending_before": cursor}
    values |= {parameter: "5" for parameter in QUERY_PARAMETERS if parameter.startswith("created")}
    assert name in values, f"Give a value of {name} that the call takes."
    answer = api.get(CUSTOMERS, {name: values[name]})
    assert answer.status_code == 200, answer.content


@pytest.mark.django_db(transaction=True)
def test_schemathesis_finds_nothing_in_thousands_of_cases(data_dir, tmp_path):
    api = ApiClient()
    for number in range(5):
        make_customer(api.app, email=f"{number}@example.com")
    config = ROOT / "tests" / "api" / "schemathesis.toml"
    with api_server(data_dir, API_RATE_LIMIT="0") as (url, process):
        run = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", config, "run", f"{url}/v1/openapi.json"),
                *("--header", f"Authorization: Bearer {api.secret}", "--checks", "all"),
                *("--max-examples", "250", "--seed", "1", "--generation-database", "none", "--no-color"),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=1800,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert int(re.search(r"(\d+) generated", run.stdout)[1]) >= CASES
        assert '"status": 5' not in process.printed() and "Traceback" not in process.complained()


# -- the page


def test_the_reference_shows_every_call_field_and_status_and_loads_nothing_from_elsewhere(described):
    answer = Client().get("/v1/docs")
    page = answer.text
    assert answer.status_code == 200
    for operation in operations(described):
        assert operation["summary"] in page
        for parameter in operation["parameters"]:
            assert f"<code>{parameter['name']}</code>" in page
        for status in operation["responses"]:
            assert f"<code>{status}</code>" in page
    for part in ADDRESS_PARTS:
        assert f"<code>address.{part}</code>" in page
    assert json.dumps(EXAMPLE_CUSTOMER, indent=2) in unescape(page), "the example has the order of the fields"
    assert "`" not in page
    assert all(link.startswith(("/", "#")) for link in re.findall(r'(?:href|src)="([^"]*)"', page))
    assert not re.search(r"<style|style=|<script(?! type=\"module\" src=\"/static/)", page)
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_developers_page_has_the_calls_with_the_apps_own_values():
    app = make_app()
    customer = make_customer(app)
    client = Client()
    client.force_login(make_member(app, "viewer"))
    page = unescape(client.get(reverse("developers", args=[app.slug])).text)
    for text in (
        f"curl -X POST http://testserver{CUSTOMERS}",
        f"curl http://testserver{path_of(customer)}",
        f"curl -X PATCH http://testserver{path_of(customer)}",
        "proyecta.commerce.customers.create(",
        'proyecta.commerce.customers.list(limit="20").auto_paging()',
        f'customer_id="{customer.public_id}"',
        "export PROYECTA_BASE_URL=http://testserver",
        f"<code>{INSTALL_COMMAND}</code>",
    ):
        assert text in page
    assert page.count("data-copy") >= 10
    assert reverse("api_keys", args=[app.slug]) not in page
    client.force_login(make_member(app, "admin"))
    assert reverse("api_keys", args=[app.slug]) in client.get(reverse("developers", args=[app.slug])).text


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "end"), [("viewer", "makes it under API keys."), ("admin", "keep passwords.")])
def test_the_sentences_about_the_key_do_not_run_together(role, end):
    """The second began right behind the full stop of the first."""
    app = make_app()
    client = Client()
    client.force_login(make_member(app, role))
    words = " ".join(client.get(reverse("developers", args=[app.slug])).text.split())
    assert f"{end} A call with it" in words


def test_the_documents_say_how_to_install_the_client_in_another_project():
    version = re.search(r'"(.+)"', (ROOT / "sdk/src/proyecta/_version.py").read_text())[1]
    assert f"./proyecta-{version}-py3-none-any.whl" in (ROOT / "docs/api.md").read_text()
    for name in ("docs/api.md", "sdk/README.md"):
        assert INSTALL_COMMAND in (ROOT / name).read_text().replace(".venv/bin/", "")


@pytest.mark.django_db
def test_the_developers_page_of_an_empty_app_says_that_the_id_is_made_up():
    app = make_app(name="Quiet")
    client = Client()
    client.force_login(make_member(app))
    assert "<bdi>Quiet</bdi> has no customers yet" in client.get(reverse("developers", args=[app.slug])).text


def test_the_idempotency_key_of_a_sample_is_made_by_what_is_where_curl_is():
    """uuidgen, for one, is not on a bare server: curl then leaves the empty header out without a word."""
    curl = call_samples("http://127.0.0.1:8000")[0].texts[0].text
    command = re.search(r"Idempotency-Key: (\$\(.*?\))", curl)[1]
    made = [subprocess.run(["sh", "-c", f"echo {command}"], capture_output=True, text=True) for _ in range(2)]
    assert [one.stderr for one in made] == ["", ""]
    assert len({one.stdout.strip() for one in made} - {""}) == 2


SHOWN = ("id", "email", "name", "phone")
EMPTY = {"email": None, "name": None}
# What a shell, JSON and Python each read as something else where it stands by itself.
AWKWARD = {
    "email": "o'brien@example.com",
    "name": 'Zoë "O\'Brien" $HOME `id` \\n \U0001f600',
    "phone": "+14155552671",
    "address": {"line1": "1 Looking-Glass Rd", "country": "US"},
}


def fields_of_answer(name):
    """The names in the first answer of a call that is no error; none where that has no body."""
    call = next(call for call in product_api.calls if call.name == name)
    schema = next(iter(call.answers.values())).schema
    return set(schema.model_fields) if schema else set()


def samples_of(app, name, *args, host="testserver"):
    """The texts of the samples on a page of the panel, by their ids."""
    client = Client(headers={"host": host})
    client.force_login(make_member(app))
    page = client.get(reverse(name, args=[app.slug, *args])).text
    return {
        name: unescape(text)
        for name, text in re.findall(r'<pre id="([^"]+)"[^>]*><code>(.*?)</code></pre>', page, re.DOTALL)
    }


@pytest.mark.django_db
def test_a_customers_page_has_both_calls_for_that_customer_and_a_button_that_copies_each():
    app = make_app()
    customer = make_customer(app, **AWKWARD)
    client = Client()
    client.force_login(make_member(app))
    page = client.get(reverse("customer_detail", args=[app.slug, customer.public_id])).text
    samples = samples_of(app, "customer_detail", customer.public_id)
    copied = ["get_customer-json", "get_customer-curl", "get_customer-python"]
    copied += ["update_customer-curl", "update_customer-python"]
    assert list(samples) == re.findall('data-copy-from="([^"]+)"', page) == copied
    assert json.loads(samples["get_customer-json"]) == as_json(customer)
    assert f"curl -X PATCH http://testserver{path_of(customer)}" in samples["update_customer-curl"]
    assert "Idempotency-Key" in samples["update_customer-curl"]
    assert f'customers.update(\n    customer_id="{customer.public_id}",' in samples["update_customer-python"]
    assert "Zoë" in samples["update_customer-curl"] and "Zoë" in samples["update_customer-python"]
    assert "line2" not in samples["update_customer-curl"] + samples["update_customer-python"]


@pytest.mark.django_db(transaction=True)
def test_the_printed_calls_work_in_a_shell_and_in_python_whatever_the_customers_name(data_dir):
    api = ApiClient()
    with api_server(data_dir) as (url, _):
        surroundings = os.environ | {"PROYECTA_API_KEY": api.secret, "PROYECTA_BASE_URL": url}
        surroundings["PYTHONPATH"] = str(ROOT / "sdk" / "src")

        def run(*command):
            done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            return done.stdout

        def run_curl(text):
            answer = run("sh", "-c", text.replace("curl ", "curl --silent --show-error --fail-with-body ", 1))
            return json.loads(answer or "{}")

        def run_python(text):
            shown = f"print(json.dumps({{name: getattr(customer, name) for name in {SHOWN}}}))"
            return json.loads(run(sys.executable, "-c", f"{setup}\n{text}\n{shown}").splitlines()[-1])

        host = url.removeprefix("http://")
        make_customer(api.app)
        calls = samples_of(api.app, "developers", host=host)
        setup = "import json\n" + calls.pop("setup-python")
        del calls["setup-shell"]
        for name, text in calls.items():
            call, _, language = name.rpartition("-")
            if language == "curl":
                assert set(run_curl(text)) >= fields_of_answer(call), name
            elif call.endswith("_customer") or call == "list_customers":
                assert set(run_python(text)) >= set(SHOWN), name
            else:
                run(sys.executable, "-c", f"{setup}\n{text}")
        for fields in (AWKWARD, EMPTY):
            customer = make_customer(api.app, **fields)
            calls = samples_of(api.app, "customer_detail", customer.public_id, host=host)
            for language, run_call in (("curl", run_curl), ("python", run_python)):
                update_customer(app=api.app, customer_id=customer.public_id, name="Somebody Else")
                got, updated = (run_call(calls[f"{name}-{language}"]) for name in ("get_customer", "update_customer"))
                assert (got["id"], got["name"]) == (customer.public_id, "Somebody Else")
                assert {name: updated[name] for name in SHOWN} == {name: as_json(customer)[name] for name in SHOWN}
