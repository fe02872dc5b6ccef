"""The plain twin of each trick: the same step as Django does it, in place of the faster one.

A trick goes below or around the framework. docs/decisions/0012-budget-for-cleverness.md lists them with their figures;
`make bench-tricks` measures them again, and tests/test_tricks.py shows that answers are the same without them.
Twins replace public names only, so that a change of a trick's inside needs no change here.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch

import jinja2.compiler
from django.db import IntegrityError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import F, Model
from django.template import engines

import accounts.keys
import accounts.sessions
import api.keys
import core.db.prepared
import customers.search.planner
import customers.services
from accounts.models import ApiKey, App, Membership, Role, Session, User
from core.db.connections import Connection
from customers import counts
from customers.models import Customer
from customers.search.statements import Scope
from proyecta_admin.templating import Templates, TranslatedEnvironment


def checked_connections() -> AbstractContextManager[Any]:
    """The pool's check of a connection asks the server each time."""

    def ask(connection: Connection) -> bool:
        connection.execute("")
        return True

    return patch.object(Connection, "is_alive", ask)


def unprepared_statements() -> AbstractContextManager[Any]:
    """Statements are planned each time they run, and results are read as text."""

    def plain_cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
        return connection.cursor()

    return patch.object(core.db.prepared, "preparing_cursor", plain_cursor)


def separate_session() -> AbstractContextManager[Any]:
    """The session, the person and their apps are read by the ORM, in a query each."""
    return patch.object(accounts.sessions, "session_with_person", _session_with_person)


def _session_with_person(session_key: str, now: datetime) -> tuple[Session, User | None] | None:
    session = Session.objects.filter(session_key=session_key, expire_date__gt=now).first()
    if session is None:
        return None
    user_id = session.get_decoded().get("_auth_user_id")
    user = User.objects.filter(pk=user_id).first() if user_id else None
    if user is None:
        return session, None
    if user.is_superuser:
        user.roles = dict.fromkeys(App.objects.order_by("name", "id"), Role.ADMIN)
    else:
        members = Membership.objects.filter(user=user).select_related("app").order_by("app__name", "app_id")
        user.roles = {member.app: Role(member.role) for member in members}
    return session, user


def customers_by_orm() -> AbstractContextManager[Any]:
    """A customer is read by the ORM, also to be locked and changed."""
    return patch.object(customers.services, "one_row", _customer)


def _customer(model: type[Customer], statement: str, params: Sequence[Any]) -> Customer | None:
    app_id, public_id = params
    found = Customer.objects.filter(app_id=app_id, public_id=public_id)
    if "FOR NO KEY UPDATE" in statement:
        found = found.select_for_update(no_key=True)
    return found.first()


def page_by_orm() -> AbstractContextManager[Any]:
    """A page of the list without filters is read by the ORM, and the number of the app's customers besides."""
    return patch.object(customers.search.planner, "read_first", _first_of)


def _first_of(scope: Scope, rows: int, *, with_total: bool) -> tuple[list[Customer], int | None]:
    rows_of_page = Customer.objects.extra(where=[scope.passing.text], params=[*scope.passing.params])
    if scope.nulls:
        places = {"nulls_first": scope.nulls == "FIRST" or None, "nulls_last": scope.nulls == "LAST" or None}
        column, key = F(scope.column), F("key")
        order = [column.desc(**places), key.desc()] if scope.back else [column.asc(**places), key.asc()]
        rows_of_page = rows_of_page.order_by(*order)
    else:
        rows_of_page = rows_of_page.order_by(*scope.order)
    found = list(rows_of_page[:rows])
    return found, counts.total(scope.criteria.app) if with_total and found else None


def separate_row() -> AbstractContextManager[Any]:
    """The key, then the customer that a call asks for: two statements."""

    def without_row(secret: str, wanted: object) -> tuple[ApiKey | None, None]:
        return accounts.keys.authenticate_api_key(secret), None

    return patch.object(api.keys, "authenticate_with_row", without_row)


def keys_by_orm() -> AbstractContextManager[Any]:
    """An API key and its app are read by the ORM, and the customer by a statement of its own."""
    return patch.object(accounts.keys, "first_row", _key_and_app)


def _key_and_app(connection: BaseDatabaseWrapper, statement: str, params: Sequence[Any]) -> tuple[Any, ...] | None:
    key = ApiKey.objects.select_related("app").filter(prefix=params[-1]).first()
    return (*_values(key), *_values(key.app)) if key else None


def _values(instance: Model) -> Iterator[Any]:
    return (getattr(instance, field.attname) for field in instance._meta.concrete_fields)


@contextmanager
def writes_by_orm() -> Iterator[None]:
    """Customers are stored by Model.save(), a new one in a savepoint."""
    with (
        patch.object(customers.services, "insert_if_free", _insert),
        patch.object(customers.services, "update_row", _update),
    ):
        yield


def _insert(customer: Customer) -> Customer | None:
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
    except IntegrityError:
        return None
    return customer


def _update(customer: Customer, names: Sequence[str]) -> Customer:
    customer.save(update_fields=names)
    return customer


@contextmanager
def translation_at_each_request() -> Iterator[None]:
    """Templates are compiled by Jinja2's own generator, so that every sentence is translated when a page is made."""
    backend = engines["jinja2"]
    assert isinstance(backend, Templates) and backend.env.cache is not None
    compiled = backend.env.cache
    with patch.object(TranslatedEnvironment, "code_generator_class", jinja2.compiler.CodeGenerator):
        compiled.clear()
        yield
    compiled.clear()


PLAIN_TWINS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "connections looked at, not asked (core/db/connections.py)": checked_connections,
    "prepared statements, read in binary (core/db/prepared.py)": unprepared_statements,
    "session, person and apps in one statement (accounts/people.py)": separate_session,
    "a customer by a statement of ours (customers/services.py)": customers_by_orm,
    "a page of the list by a statement of ours (customers/search/statements.py)": page_by_orm,
    "the row that a call asks for, read with the key (accounts/keys.py)": separate_row,
    "key and app by a statement of ours (accounts/keys.py)": keys_by_orm,
    "INSERT and UPDATE … RETURNING (core/db/writes.py)": writes_by_orm,
    "fixed sentences translated once (proyecta_admin/templating.py)": translation_at_each_request,
}
