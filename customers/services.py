"""Creating, reading, listing and updating customers.

In-process callers, the panel, the HTTP API and the Django admin all use these functions. They know neither requests
nor roles. Customers are written here and in `loading/bulk.py`, nowhere else.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import App
from core.dates import EARLIEST, LATEST
from core.db.locks import retried_while_locked, row_lock
from core.db.prepared import one_row, select
from core.db.writes import insert_if_free, update_row
from core.exceptions import ValidationFailed
from core.languages import listed
from core.pagination import MAX_PAGE_SIZE, find_cursor, page_size

from . import counts
from .exceptions import CustomerIdTaken, CustomerNotFound, EmailTaken, StaleEdit
from .filters import DEFAULT_SORT, SORTS, has_email, read_filters
from .models import Customer
from .search import OF_APP, Criteria, CustomerPage, count_matching, find_page
from .values.cleaning import Address, clean_customer
from .values.ids import id_problem, is_customer_id, new_customer_id

MAX_COUNT = 10_000


class Unset(Enum):
    """An argument that was not given, where None means something else."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET

# A prepared statement: by the ORM the detail page takes 36 % longer (docs/decisions/0012).
_BY_ID = select(Customer, f"{OF_APP} AND public_id = %s")


def create_customer(
    *,
    app: App,
    email: str | None = None,
    name: str | None = None,
    phone: str | None = None,
    address: Address | None = None,
    customer_id: str | None = None,
    created: datetime | None = None,
) -> tuple[Customer, bool]:
    """Create a customer of `app`, or get the one that has this email already.

    In all texts, direction controls, and invisible characters at either end, are removed. A text that has nothing to
    see is empty, and an empty text is the same as None.

    email: an address of at most 320 characters. Two addresses are the same where they differ in case alone, once they
        are trimmed and in Unicode NFC. A customer without an email is always new.
    name: at most 200 characters.
    phone: E.164 such as "+14155552671", or a national number where the address has a country.
    address: any of line1, line2, city, state, postal_code (each at most 200 characters) and country (ISO 3166-1
        alpha-2).
    customer_id: an id of the caller's choice: "cus_", then 1 to 60 of A-Z a-z 0-9 _. Default: a new one.
    created: an aware datetime from 2 January 0001 to 30 December 9999, for customers who joined elsewhere before.
        Default: now.

    Returns (customer, whether it was created). A customer who has the email already is returned unchanged. Of several
    callers at once with one email, one creates the customer, and the others get it.
    Raises ValidationFailed, and CustomerIdTaken where another customer of the app has `customer_id`.
    """
    columns, errors = clean_customer({"email": email, "name": name, "phone": phone, "address": address})
    if customer_id is not None and (problem := id_problem(customer_id)):
        errors["id"] = problem
    if created is not None and not EARLIEST <= created <= LATEST:
        errors["created"] = gettext("Give a moment that is in the calendar in every time zone.")
    if errors:
        raise ValidationFailed(errors)
    now = timezone.now()
    customer = Customer(
        app=app,
        public_id=customer_id or new_customer_id(created or now),
        created=created or now,
        updated=now,
        **columns,
    )
    while True:
        # One statement: by the ORM a create takes 16 % longer (docs/decisions/0012).
        if inserted := insert_if_free(customer):
            inserted.app = app
            return inserted, True
        if existing := _customer_with_email(app, customer.email):
            return existing, False
        if other := Customer.objects.filter(app=app, public_id=customer.public_id).first():
            if customer_id and other.email is None and customer.email is None:
                return other, False
            raise CustomerIdTaken(other.public_id)
        # The row that was in the way is gone again: try once more.


def get_customer(*, app: App, customer_id: str) -> Customer:
    """Get the customer of `app` with this id. Raises CustomerNotFound."""
    return _get_or_raise(app, customer_id, _BY_ID)


def list_customers(
    *,
    app: App,
    limit: int | str = 20,
    starting_after: str | None = None,
    ending_before: str | None = None,
    sort: str = DEFAULT_SORT,
    **filters: Any,
) -> CustomerPage:
    """Get a page of the customers of `app`.

    limit: 1 to 100, an int or a str of digits.
    starting_after, ending_before: the id of the customer after whom, or before whom, the page is; at most one of them.
    sort: created, -created, email, -email, name or -name. Customers without an email or name come last both ways.
    filters: email (a whole address, or "@" and a domain), query (a search text, see customers/search), created and
        created_gt, created_gte, created_lt, created_lte (aware datetimes, Unix seconds or RFC 3339; also under their
        names in the HTTP API, such as "created[gt]"), created_from and created_to (days as YYYY-MM-DD in the active
        time zone, both included).

    Returns a Page: data, has_more.
    Raises ValidationFailed for an argument that is wrong or unknown, BadCursor for a cursor that is no customer's id.
    """
    return _list(app, limit, starting_after, ending_before, sort, filters)


def list_customers_in_full(
    *,
    app: App,
    limit: int | str = 20,
    starting_after: str | None = None,
    ending_before: str | None = None,
    sort: str = DEFAULT_SORT,
    **filters: Any,
) -> CustomerPage:
    """Get the page of list_customers() for the panel and the Django admin, ready for count_of().

    A page reached by going back to the beginning is a full first page, also if customers were added meanwhile;
    `page.first` is true then.
    """
    page = _list(app, limit, starting_after, ending_before, sort, filters, with_total=True)
    if page.backwards and not page.has_more:
        page = _list(app, limit, None, None, sort, filters, with_total=True)
    return page


@dataclass(frozen=True, slots=True)
class Count:
    """A number of customers; where it is not `exact`, there are more."""

    number: int
    exact: bool


def count_customers(*, app: App, up_to: int = MAX_COUNT, **filters: Any) -> Count:
    """Count the customers of `app` who pass the filters of list_customers(), no further than `up_to`.

    Raises ValidationFailed as list_customers() does.
    """
    criteria, errors = read_filters(app, filters)
    if errors:
        raise ValidationFailed(errors)
    return _count(criteria, None, up_to)


def count_of(page: CustomerPage, up_to: int = MAX_COUNT) -> Count:
    """Count the customers on all pages of the list that `page` is from, no further than `up_to`."""
    return _count(page.criteria, page.total, up_to)


@retried_while_locked
def update_customer(
    *,
    app: App,
    customer_id: str,
    email: str | None | Unset = UNSET,
    name: str | None | Unset = UNSET,
    phone: str | None | Unset = UNSET,
    address: Address | None | Unset = UNSET,
    expected_version: int | None = None,
) -> tuple[Customer, tuple[str, ...]]:
    """Change the given fields of a customer. A field that is not given stays, and None clears it.

    email, name, phone: as for create_customer().
    address: the parts to change (None clears a part), or None to clear all of it.
    expected_version: the `version` that the change is based on; None for whatever version is stored.

    Returns (customer, names of the columns that changed, none where every value was stored already).
    Raises CustomerNotFound, ValidationFailed, EmailTaken, and StaleEdit where another version is stored by now.
    """
    arguments = {"email": email, "name": name, "phone": phone, "address": address}
    given = {param: value for param, value in arguments.items() if value is not UNSET}
    with transaction.atomic():
        # The lock makes two edits of one version come one after the other.
        customer = _get_or_raise(app, customer_id, f"{_BY_ID} {row_lock()}")
        if expected_version is not None and customer.version != expected_version:
            raise StaleEdit(customer)
        columns, errors = clean_customer(given, country=customer.address_country)
        if errors:
            raise ValidationFailed(errors)
        changed = tuple(column for column, value in columns.items() if getattr(customer, column) != value)
        if not changed:
            return customer, ()
        for column in changed:
            setattr(customer, column, columns[column])
        customer.version += 1
        customer.updated = timezone.now()
        try:
            # A savepoint, to look in the same transaction for the customer who has the email.
            with transaction.atomic() if "email" in changed else nullcontext():
                # With Model.save() a PATCH takes 29 % longer.
                stored = update_row(customer, [*changed, "version", "updated"])
        except IntegrityError as error:
            other = _customer_with_email(app, customer.email)
            if other is None:
                raise
            raise EmailTaken(other.public_id) from error
        stored.app = app
        return stored, changed


def _list(
    app: App,
    limit: int | str,
    starting_after: str | None,
    ending_before: str | None,
    sort: str,
    filters: Mapping[str, Any],
    *,
    with_total: bool = False,
) -> CustomerPage:
    errors: dict[str, str] = {}
    number = page_size(limit)
    if number is None:
        errors["limit"] = gettext("The limit must be a whole number from 1 to %(limit)s.") % {"limit": MAX_PAGE_SIZE}
    if sort not in SORTS:
        errors["sort"] = gettext("Sort by one of %(sorts)s.") % {"sorts": listed(SORTS)}
    criteria, wrong = read_filters(app, filters)
    errors |= wrong
    if number is None or errors:
        raise ValidationFailed(errors)
    cursor, backwards = find_cursor(
        partial(_find, app),
        starting_after,
        ending_before,
        not_found=gettext("This app has no customer with this id, or no longer. Go back to the first page."),
    )
    return find_page(criteria, SORTS[sort], limit=number, cursor=cursor, backwards=backwards, with_total=with_total)


def _count(criteria: Criteria, total: int | None, up_to: int) -> Count:
    """Count the customers that meet the criteria. total: the number of customers of the app, if it is known."""
    if criteria.narrows:
        number = count_matching(criteria, up_to + 1)
    else:
        number = counts.total(criteria.app) if total is None else total
    return Count(min(number, up_to), number <= up_to)


def _find(app: App, customer_id: object, statement: str = _BY_ID) -> Customer | None:
    """The customer of `app` with this id, or None."""
    if not (isinstance(customer_id, str) and is_customer_id(customer_id)):
        return None
    customer: Customer | None = one_row(Customer, statement, [app.pk, customer_id])
    if customer is not None:
        customer.app = app
    return customer


def _get_or_raise(app: App, customer_id: object, statement: str) -> Customer:
    customer = _find(app, customer_id, statement)
    if customer is None:
        raise CustomerNotFound
    return customer


def _customer_with_email(app: App, email: str | None) -> Customer | None:
    return Customer.objects.filter(has_email(email), app=app).first() if email else None
