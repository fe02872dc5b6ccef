"""The calls as a developer would write them, with curl and in Python."""

import json

CUSTOMER_ID = "cus_01kdwnt6vxf8h3cq2m9e7r5zap"
ADDRESS = {
    "line1": "123 Wonderland Ave",
    "line2": None,
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94110",
    "country": "US",
}
CUSTOMER = {
    "id": CUSTOMER_ID,
    "created": "2026-11-03T14:05:00.123456Z",
    "email": "alice@example.com",
    "name": "Alice Liddell",
    "phone": "+14155552671",
    "address": ADDRESS,
}
CHANGES = {"email": "new@example.com", "address": {"line1": "1 Looking-Glass Rd"}}
CUSTOMERS = "/v1/commerce/customers"
# The wheel's name ends with its version, which is the client's own to say.
INSTALL = "python -m pip install proyecta-*.whl"


def call_samples(base_url, customer_id=CUSTOMER_ID):
    """The four calls: of each its name and operation id, and its text with curl and in Python."""
    url = f"{base_url}{CUSTOMERS}"
    given = _given(CUSTOMER)
    get_all = 'for customer in proyecta.commerce.customers.list(limit="20").auto_paging():\n    print(customer.name)'
    get, update = _calls_for(customer_id, base_url, CHANGES, "a customer")
    return [
        _sample("Create a customer", "create_customer", _curl(url, "POST", given), _python("create", **given)),
        get,
        _sample("List customers", "list_customers", _curl(f"{url}?limit=20"), get_all),
        update,
    ]


def own_samples(base_url, customer):
    """The calls that get and update one customer, with its own values; and what the first of them answers, `customer`.

    A call that is run as it stands changes nothing.
    """
    get, update = _calls_for(customer["id"], base_url, _given(customer) or {"name": None}, "this customer")
    get["texts"].insert(0, _text("json", "JSON", json.dumps(customer, indent=2, ensure_ascii=False)))
    return [get, update]


def setup_samples(base_url):
    """What comes before the first call: with the shell, in Python."""
    shell = f"export PROYECTA_BASE_URL={base_url}\nexport PROYECTA_API_KEY=sk_…"
    python = "from proyecta import Proyecta\n\nproyecta = Proyecta()"
    return [_text("shell", "Set up the shell", shell), _text("python", "Set up Python", python)]


def _given(customer):
    """What a caller gives for a customer: all of it that is not empty."""
    address = {part: value for part, value in (customer["address"] or {}).items() if value}
    given = {"email": customer["email"], "name": customer["name"], "phone": customer["phone"], "address": address}
    return {name: value for name, value in given.items() if value}


def _calls_for(customer_id, base_url, changes, whom):
    url = f"{base_url}{CUSTOMERS}/{customer_id}"
    get = _python("get", customer_id=customer_id) + "\nprint(customer.name)"
    update = _python("update", customer_id=customer_id, **changes)
    return [
        _sample(f"Get {whom}", "get_customer", _curl(url), get),
        _sample(f"Update {whom}", "update_customer", _curl(url, "PATCH", changes), update),
    ]


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
        # An apostrophe would end what the shell takes as it is.
        text = json.dumps(body, indent=2, ensure_ascii=False).replace("'", "\\u0027")
        lines.append(f"-d '{text}'".replace("\n", "\n  "))
    return " \\\n  ".join(lines)


def _python(method, **arguments):
    lines = "".join(f"    {name}={_literal(value)},\n" for name, value in arguments.items())
    return f"customer = proyecta.commerce.customers.{method}(\n{lines})"


def _literal(value):
    if isinstance(value, dict):
        parts = "".join(f"        {_literal(name)}: {_literal(part)},\n" for name, part in value.items())
        return f"{{\n{parts}    }}"
    # Escaped as JSON does it, an emoji would be two lone halves to Python.
    return "None" if value is None else json.dumps(value, ensure_ascii=False)
