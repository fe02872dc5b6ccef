"""Check that an installed `proyecta` works. `make sdk` runs it with the Python of an empty virtual environment.

PROYECTA_BASE_URL is a server; PROYECTA_API_KEY is a key of scope `write` of an app for tests.
"""

import asyncio
import os
import uuid
from pathlib import Path

import proyecta as package
from proyecta import AsyncProyecta, NotFoundError, Proyecta

assert (Path(package.__file__).parent / "py.typed").exists()

proyecta = Proyecta(api_key=os.environ["PROYECTA_API_KEY"])
email = f"alice-{uuid.uuid4().hex}@example.com"
address = {
    "line1": "123 Wonderland Ave",
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94110",
    "country": "US",
}

customer = proyecta.commerce.customers.create(email=email, name="Alice Liddell", phone="+14155552671", address=address)
assert customer.was_created
again = proyecta.commerce.customers.create(email=email.upper())
assert again == customer and not again.was_created
assert proyecta.commerce.customers.get(customer_id=customer.id) == customer

page = proyecta.commerce.customers.list(limit="20")
assert page.data[0] == customer
assert [one.id for one in proyecta.commerce.customers.list(email=email).auto_paging()] == [customer.id]

changed = proyecta.commerce.customers.update(customer_id=customer.id, name=None, address={"line2": "Apt 2"})
assert changed.name is None and changed.address.line2 == "Apt 2" and changed.address.line1 == address["line1"]


async def ask():
    async with AsyncProyecta() as client:
        assert await client.commerce.customers.get(customer_id=customer.id) == changed
        try:
            await client.commerce.customers.get(customer_id="cus_nobody")
        except NotFoundError as error:
            assert error.status == 404 and error.request_id
        else:
            raise AssertionError("An unknown id was found.")


asyncio.run(ask())
print(f"proyecta {package.__version__} works.")
