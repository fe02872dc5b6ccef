"""Creating, reading, listing and updating customers: the only code that writes them.

In-process callers use these four functions; the panel, the HTTP API and the Django admin do too. None of them knows of
requests or of who may do what.
"""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.dates import EARLIEST, LATEST
from core.db.prepared import columns, one_row, select
from core.exceptions import ValidationFailed
from core.pagination import LARGEST_PAGE, find_cursor, read_page

from . import counts
from .exceptions import CustomerIdTaken, CustomerNotFound, EmailTaken, StaleEdit
from .filters import DEFAULT_SORT, OF_APP, SORTS, CustomerFilter, has_email
from .models import Customer
from .search.planner import count_matching, fetch_matching
from .values.cleaning import clean_customer
from .values.ids import WRONG_ID, is_customer_id, new_customer_id

COUNT_CAP = 10_000
UNSET = object()

_columns = [field for field in Customer._meta.concrete_fields if not field.primary_key and not field.generated]
_BY_ID = select(Customer, f"{OF_APP} AND public_id = %s")
_TO_CHANGE = f"{_BY_ID} FOR NO KEY UPDATE"
_UPDATE = f'UPDATE "{Customer._meta.db_table}" SET'
_INSERT = (
    f'INSERT INTO "{Customer._meta.db_table}" ({", ".join(field.column for field in _columns)}) '
    f"VALUES ({', '.join(['%s'] * len(_columns))}) ON CONFLICT DO NOTHING RETURNING {columns(Customer)}"
)


def create_customer(*, app, email=None, name=None, phone=None, address=None, customer_id=None, created=None):
    """The customer of `app` with this email: the one that exists, unchanged, or a new one.

    email: an address of at most 320 characters; compared without case, after trimming and Unicode NFC. A customer
        without one (None or "") is always new.
    name: at most 200 characters. Of every text, what directs it left or right and what is not seen around it is taken
        off, and one of which nothing is seen is empty.
    phone: E.164 such as "+14155552671", or a national number where the address has a country.
    address: a dict of any of line1, line2, city, state, postal_code (each at most 200 characters) and country
        (ISO 3166-1 alpha-2).
    customer_id: an id of the caller's choice: "cus_", then 1 to 60 of A-Z a-z 0-9 _. Default: a new one.
    created: an aware datetime from 2 January 0001 to 30 December 9999, for customers who joined elsewhere before.
        Default: now.

    Returns (customer, whether it was created). Callers at the same time agree on one customer.
    Raises ValidationFailed; CustomerIdTaken where another customer of the app has `customer_id`.
    """
    errors = {}
    values = clean_customer({"email": email, "name": name, "phone": phone, "address": address}, errors)
    if customer_id is not None and not (isinstance(customer_id, str) and is_customer_id(customer_id)):
        errors["id"] = WRONG_ID
    if created is not None and not EARLIEST <= created <= LATEST:
        errors["created"] = "Give a moment that is in the calendar in every time zone."
    if errors:
        raise ValidationFailed(errors)
    now = timezone.now()
    customer = Customer(
        app=app,
        public_id=customer_id or new_customer_id(created or now),
        created=created or now,
        updated=now,
        **values,
    )
    while True:
        if inserted := _insert(customer):
            return inserted, True
        if existing := _with_email(app, customer.email):
            return existing, False
        if other := Customer.objects.filter(app=app, public_id=customer.public_id).first():
            if customer_id and other.email is None and customer.email is None:
                return other, False
            raise CustomerIdTaken(other.public_id)
        # Whoever stood in the way is gone again: once more.


def get_customer(*, app, customer_id):
    """The customer of `app` with the id `customer_id` (a str). Raises CustomerNotFound."""
    return _with_id(app, customer_id, _BY_ID)


def list_customers(*, app, limit=20, starting_after=None, ending_before=None, sort=DEFAULT_SORT, **filters):
    """A page of the customers of `app`.

    limit: 1 to 100, an int or a str of digits.
    starting_after, ending_before: the id of the customer to go on after, or to go back from; at most one of them.
    sort: created, -created, email, -email, name or -name. Customers without an email or name come last both ways.
    filters: email (a whole address, or "@" and a domain), query (a search text, see search.py), created and
        created_gt, created_gte, created_lt, created_lte (aware datetimes, Unix seconds or RFC 3339; also under their
        names in the HTTP API, such as "created[gt]"), created_from and created_to (days as YYYY-MM-DD in the active
        time zone, both included).

    Returns a Page: data, has_more. Raises ValidationFailed for any of these that is wrong or unknown, BadCursor for a
    cursor that names no customer of this app.
    """
    return _list(app, limit, starting_after, ending_before, sort, filters)


def list_customers_in_full(*, app, limit=20, starting_after=None, ending_before=None, sort=DEFAULT_SORT, **filters):
    """The page of list_customers() for people who leaf through: back at the beginning it is the first page, full,
    whatever has come before the cursor meanwhile. `page.first` tells. For count_filtered() it has read what it can."""
    page = _list(app, limit, starting_after, ending_before, sort, filters, counted=True)
    if page.backwards and not page.has_more:
        page = _list(app, limit, None, None, sort, filters, counted=True)
    return page


@dataclass(frozen=True, slots=True)
class Count:
    """`number` customers; at least that many where not `exact`."""

    number: int
    exact: bool


def count_customers(*, app, up_to=COUNT_CAP, **filters):
    """How many customers of `app` the filters of list_customers() leave, as a Count, counting to `up_to` at most.

    Raises ValidationFailed as list_customers() does.
    """
    return count_filtered(_filterset(app, filters, {}), up_to)


def count_filtered(filterset, up_to=COUNT_CAP):
    """The same for the filters of a Page, which are valid."""
    if filterset.narrows:
        number = count_matching(filterset, up_to + 1)
    else:
        number = counts.total(filterset.app) if filterset.total is None else filterset.total
    return Count(min(number, up_to), number <= up_to)


def update_customer(*, app, customer_id, email=UNSET, name=UNSET, phone=UNSET, address=UNSET, expected_version=None):
    """Change the given fields of a customer; what is not given stays, None clears.

    email, name, phone: as for create_customer().
    address: a dict of the parts to change (None clears a part), or None to clear all of it.
    expected_version: the `version` that the change is based on, an int; None changes whatever is there.

    Returns (customer, names of the columns that changed, none where all was so already).
    Raises CustomerNotFound, ValidationFailed, EmailTaken, and StaleEdit where the version is another by now.
    """
    given = {"email": email, "name": name, "phone": phone, "address": address}
    given = {param: value for param, value in given.items() if value is not UNSET}
    with transaction.atomic():
        # Locked, so that two edits of one version come one after the other.
        customer = _with_id(app, customer_id, _TO_CHANGE)
        if expected_version is not None and customer.version != expected_version:
            raise StaleEdit(customer)
        errors = {}
        values = clean_customer(given, errors, country=customer.address_country)
        if errors:
            raise ValidationFailed(errors)
        changed = tuple(column for column, value in values.items() if getattr(customer, column) != value)
        if not changed:
            return customer, ()
        for column in changed:
            setattr(customer, column, values[column])
        customer.version += 1
        customer.updated = timezone.now()
        try:
            # The point to go back to where the email is taken.
            with transaction.atomic() if "email" in changed else nullcontext():
                return _update(customer, [*changed, "version", "updated"]), changed
        except IntegrityError as error:
            other = _with_email(app, customer.email)
            if other is None:
                raise
            raise EmailTaken(other.public_id) from error


def _list(app, limit, starting_after, ending_before, sort, filters, *, counted=False):
    errors = {}
    limit = _clean_limit(limit, errors)
    if sort not in SORTS:
        errors["sort"] = f"Sort by one of {', '.join(SORTS)}."
    filterset = _filterset(app, filters, errors)
    filterset.counted = counted
    cursor, backwards = find_cursor(partial(_find, app), starting_after, ending_before)
    page = read_page(partial(fetch_matching, filterset), SORTS[sort], limit=limit, cursor=cursor, backwards=backwards)
    return replace(page, filters=filterset)


def _insert(customer):
    """The customer as stored, or None where its email or id is in use: one statement, so no two callers both win."""
    return _fetch(_INSERT, [getattr(customer, field.attname) for field in _columns], customer.app)


def _update(customer, names):
    """The customer as stored with these columns as they are in `customer`."""
    values = [getattr(customer, column) for column in names]
    sql = f"{_UPDATE} {', '.join(f'{column} = %s' for column in names)} WHERE key = %s RETURNING {columns(Customer)}"
    return _fetch(sql, [*values, customer.key], customer.app)


def _find(app, customer_id, sql=_BY_ID):
    """The customer of `app` with this id, or None."""
    if isinstance(customer_id, str) and is_customer_id(customer_id):
        return _fetch(sql, [app.pk, customer_id], app)
    return None


def _with_id(app, customer_id, sql):
    customer = _find(app, customer_id, sql)
    if customer is None:
        raise CustomerNotFound
    return customer


def _fetch(sql, params, app):
    """The customer of `app` in the row that the statement gives, or None."""
    customer = one_row(Customer, sql, params)
    if customer is not None:
        customer.app = app
    return customer


def _with_email(app, email):
    return Customer.objects.filter(has_email(email), app=app).first() if email else None


def _clean_limit(limit, errors):
    text = str(limit)
    if isinstance(limit, bool) or not (
        text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= LARGEST_PAGE
    ):
        errors["limit"] = f"The limit must be a whole number from 1 to {LARGEST_PAGE}."
        return 1
    return int(text)


def _filterset(app, filters, errors):
    """The valid CustomerFilter of these filters. Raises ValidationFailed with its errors and those given."""
    data = {_wire_name(name): value for name, value in filters.items()}
    filterset = CustomerFilter.of(data, app)
    errors |= {name: "There is no such filter." for name in data if name not in filterset.filters}
    if not filterset.is_valid():
        errors |= {param: messages[0] for param, messages in filterset.form.errors.items()}
    if errors:
        raise ValidationFailed(errors)
    return filterset


def _wire_name(name):
    stem, _, operator = name.rpartition("_")
    return f"created[{operator}]" if stem == "created" and operator in ("gt", "gte", "lt", "lte") else name
