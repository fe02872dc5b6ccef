"""Customers as people read them: rows of the table, and the values of the detail page. HTML is the templates' work."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from django.utils import timezone

from core.dates import date_forms, local_time, moment_title, moment_values
from customers.models import Customer
from customers.search import Word
from customers.values.countries import country_name
from customers.values.phones import phone_text

from .marking import Piece, mark_phone, mark_spans, mark_words

# An email is cut before its last characters where there is little room.
EMAIL_END_LENGTH = 12


class Reason(NamedTuple):
    """A match in a field that the table does not show: `field` is `id` or `phone`."""

    field: str
    pieces: list[Piece]


class Row(NamedTuple):
    """A customer in the table. The pieces of email and name are empty where nothing in them is marked."""

    url: str
    public_id: str
    email: str
    email_pieces: list[Piece]
    name: str
    name_pieces: list[Piece]
    reasons: list[Reason]
    created_text: str
    created_iso: str
    created_title: str

    @property
    def email_start(self) -> str:
        """The email up to its end, which is always shown."""
        return self.email[:-EMAIL_END_LENGTH]

    @property
    def email_end(self) -> str:
        """The end of the email."""
        return self.email[-EMAIL_END_LENGTH:]


def table_rows(customers: Iterable[Customer], words: Sequence[Word], list_url: str) -> list[Row]:
    """The rows of the table, with what the words of a search match marked.

    list_url: the address of the list, which those of customers begin with.
    """
    texts = [word.text for word in words]
    zone, forms = timezone.get_current_timezone(), date_forms()
    rows = []
    for customer in customers:
        email_pieces, name_pieces, reasons = _marks(customer, words, texts) if words else ([], [], [])
        local = local_time(customer.created, zone)
        rows.append(
            Row(
                url=f"{list_url}{customer.public_id}/",
                public_id=customer.public_id,
                email=customer.email or "",
                email_pieces=email_pieces,
                name=customer.name,
                name_pieces=name_pieces,
                reasons=reasons,
                created_text=forms.moment(local),
                created_iso=local.isoformat(),
                created_title=moment_title(local),
            )
        )
    return rows


def _marks(
    customer: Customer, words: Sequence[Word], texts: list[str]
) -> tuple[list[Piece], list[Piece], list[Reason]]:
    email_pieces, in_email = mark_words(customer.email or "", texts)
    name_pieces, in_name = mark_words(customer.name, texts)
    missing = [word for word in words if word.text not in in_email | in_name]
    return email_pieces if in_email else [], name_pieces if in_name else [], _reasons(customer, missing)


def _reasons(customer: Customer, words: Sequence[Word]) -> list[Reason]:
    """The matches of `words`, which the shown fields lack, in the others."""
    reasons = {}
    for word in words:
        if word.is_id and customer.public_id.startswith((word.typed, word.text)):
            reasons["id"] = mark_spans(customer.public_id, [(0, len(word.text))])
        elif (word.phone or word.text) in customer.phone:
            reasons["phone"] = mark_phone(customer.phone, [other.phone or other.text for other in words])
    return [Reason(field, pieces) for field, pieces in reasons.items()]


def address_lines(customer: Customer) -> list[str]:
    """The lines of the address, ordered as in its country; the country itself is the last."""
    line1, line2, city, state, code = (
        customer.address_line1,
        customer.address_line2,
        customer.address_city,
        customer.address_state,
        customer.address_postal_code,
    )
    country = customer.address_country
    if country in ("KR", "JP", "CN", "TW"):
        lines = [" ".join(filter(None, [code, state, city])), line1, line2]
    elif country in ("US", "CA", "AU", "IN"):
        lines = [line1, line2, " ".join(filter(None, [", ".join(filter(None, [city, state])), code]))]
    elif country in ("GB", "IE"):
        lines = [line1, line2, city, state, code]
    else:
        lines = [line1, line2, " ".join(filter(None, [code, city])), state]
    return [line for line in [*lines, country and country_name(country)] if line]


def detail(customer: Customer) -> dict[str, Any]:
    """The values of the detail page."""
    return {
        "id": customer.public_id,
        "title": customer.name or customer.email or customer.public_id,
        "email": customer.email or "",
        "email_href": f"mailto:{quote(customer.email, safe='@')}" if customer.email else "",
        "name": customer.name,
        "phone_text": phone_text(customer.phone) if customer.phone else "",
        "phone_href": f"tel:{customer.phone}" if customer.phone else "",
        "address_lines": address_lines(customer),
        **moment_values("created", customer.created),
        **moment_values("updated", customer.updated),
    }
