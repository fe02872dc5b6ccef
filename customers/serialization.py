"""The customer as the HTTP API shows it."""

from core.dates import iso_text


def as_json(customer):
    """The customer as the HTTP API shows it: every field, None where empty."""
    return {
        "id": customer.public_id,
        "created": iso_text(customer.created),
        "email": customer.email,
        "name": customer.name or None,
        "phone": customer.phone or None,
        "address": customer.address,
    }
