"""The customer as the HTTP API shows it."""

from typing import Any

from core.dates import iso_text

from .models import Customer


def as_json(customer: Customer) -> dict[str, Any]:
    """Every field of the customer, by its name in the API; None where it is empty."""
    return {
        "id": customer.public_id,
        "created": iso_text(customer.created),
        "email": customer.email,
        "name": customer.name or None,
        "phone": customer.phone or None,
        "address": customer.address,
    }
