"""The calls as a developer would write them, with curl and in Python."""

import json

from .schemas import CUSTOMER, CUSTOMER_ID

CUSTOMERS = "/v1/commerce/customers"
# The wheel's name ends with its version, which is the client's own to say.
INSTALL = "python -m pip install proyecta-*.whl"
CHANGES = {"email": "new@example.com", "address": {"line1": "1 Looking-Glass Rd"}}
_created = {name: CUSTOMER[name] for name in ("email", "name", "phone")} | {
    "address": {part: value for part, value in CUSTOMER["address"].items() if value}
}


def call_samples(base_url, customer_id=CUSTOMER_ID):
    """The four calls: of each its name and operation id, and its text with curl and in Python."""
    url = f"{base_url}{CUSTOMERS}"
    one = f"{url}/{customer_id}"
    get_all = 'for customer in proyecta.commerce.customers.list(limit="20").auto_paging():\n    print(customer.name)'
    return [
        _sample("Create a customer", "create_customer", _curl(url, "POST", _created), _python("create", **_created)),
        _sample(
            "Get a customer",
            "get_customer",
            _curl(one),
            _python("get", customer_id=customer_id) + "\nprint(customer.name)",
        ),
        _sample("List customers", "list_customers", _curl(f"{url}?limit=20"), get_all),
        _sample(
            "Update a customer",
            "update_customer",
            _curl(one, "PATCH", CHANGES),
            _python("update", customer_id=customer_id, **CHANGES),
        ),
    ]


def setup_samples(base_url):
    """What comes before the first call: with the shell, in Python."""
    shell = f"export PROYECTA_BASE_URL={base_url}\nexport PROYECTA_API_KEY=sk_…"
    python = "from proyecta import Proyecta\n\nproyecta = Proyecta()"
    return [_text("shell", "Set up the shell", shell), _text("python", "Set up Python", python)]


def _sample(title, name, curl, python):
    return {"title": title, "name": name, "texts": [_text("curl", "curl", curl), _text("python", "Python", python)]}


def _text(language, label, text):
    return {"language": language, "label": label, "text": text}


def _curl(url, method="GET", body=None):
    lines = [f"curl '{url}'" if "?" in url else f"curl {url}"]
    if method != "GET":
        lines[0] = f"curl -X {method} {url}"
    lines.append('-H "Authorization: Bearer $PROYECTA_API_KEY"')
    if body:
        lines += ['-H "Idempotency-Key: $(openssl rand -hex 16)"', "-H 'Content-Type: application/json'"]
        lines.append(f"-d '{json.dumps(body, indent=2)}'".replace("\n", "\n  "))
    return " \\\n  ".join(lines)


def _python(method, **arguments):
    lines = "".join(f"    {name}={_literal(value)},\n" for name, value in arguments.items())
    return f"customer = proyecta.commerce.customers.{method}(\n{lines})"


def _literal(value):
    if isinstance(value, str):
        return json.dumps(value)
    parts = "".join(f"        {json.dumps(name)}: {json.dumps(part)},\n" for name, part in value.items())
    return f"{{\n{parts}    }}"
