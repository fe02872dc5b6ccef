"""API keys: issue, check and revoke them.

A secret is `sk_` and 44 random letters and digits. The first 12 of these are the look-up prefix, which is stored as it
is; of the whole, only an HMAC under API_KEY_SECRET is stored.

A key and its app are read by one prepared statement: by the ORM, GET by id takes 130 % longer (docs/decisions/0012).
"""

import hmac
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import InternalError, OperationalError, connection
from django.db.models import Model
from django.utils import timezone

from core.db.prepared import columns, first_row, instance_of
from core.db.writes import insert_validated

from .models import ApiKey, App, User

KEY_MARK = "sk_"
# A double click selects the whole key, and no shell gives one of these a meaning.
KEY_ALPHABET = string.ascii_letters + string.digits
PREFIX_LETTERS = 12
SECRET_LETTERS = 32  # 190 bits
LAST_USED_PRECISION = timedelta(minutes=1)

# The ORM has no such subquery outside a transaction.
_STORE_LAST_USE = f"""
UPDATE "{ApiKey._meta.db_table}" SET last_used = %(now)s WHERE id = (
    SELECT id FROM "{ApiKey._meta.db_table}" WHERE id = %(key)s AND (last_used IS NULL OR last_used < %(stale)s)
    FOR NO KEY UPDATE SKIP LOCKED
)
"""
_APP_OFFSET = len(ApiKey._meta.concrete_fields)
_ROW_OFFSET = _APP_OFFSET + len(App._meta.concrete_fields)


@dataclass(frozen=True, slots=True)
class AppRow:
    """A row of an app's that authenticate_with_row() reads in the same query as the key.

    model: a model with a foreign key `app`. condition: SQL about the row `b`, with a %s for each of `params`.
    """

    model: type[Model]
    condition: str
    params: Sequence[Any]


def new_key_prefix() -> str:
    """Return a look-up prefix for create_api_key(). It is not secret."""
    return KEY_MARK + _random_letters(PREFIX_LETTERS)


def create_api_key(
    *,
    app: App,
    name: str,
    scope: ApiKey.Scope | str,
    created_by: User | None = None,
    prefix: str | None = None,
) -> tuple[ApiKey, str]:
    """Issue an API key of the app. Returns the key and its secret, which cannot be computed from what is stored.

    name: one line of at most 100 characters that tells people what the key is for.
    created_by: None for the command line.
    prefix: from new_key_prefix(), for a caller that must not issue two keys if the same request comes twice. The second
        call raises ValidationError for `prefix`.

    Raises ValidationError for `name`, `scope` and `prefix`.
    """
    prefix = prefix or new_key_prefix()
    secret = prefix + _random_letters(SECRET_LETTERS)
    key = ApiKey(app=app, name=name.strip(), scope=scope, created_by=created_by, prefix=prefix, mac=_mac(secret))
    return insert_validated(key), secret


def revoke_api_key(*, key: ApiKey) -> ApiKey:
    """End the key at once and for ever, and return it. A key that is revoked already keeps its time."""
    now = timezone.now()
    if ApiKey.objects.filter(pk=key.pk, revoked=None).update(revoked=now):
        key.revoked = now
    else:
        key.refresh_from_db(fields=["revoked"])
    return key


def authenticate_api_key(secret: str) -> ApiKey | None:
    """Return the key with this secret, its app loaded, or None for any other text and for a revoked key.

    One query. A second one, at most once a minute, stores when the key was last used.
    """
    return _authenticate(secret, None)[0]


def authenticate_with_row(secret: str, wanted: AppRow) -> tuple[ApiKey | None, Model | None]:
    """Do as authenticate_api_key(), and also return the instance of `wanted`, or None if the app has no such row.

    Saves the query for that row. The database looks for the row only if the secret is right, so that the time a wrong
    one takes does not tell which rows there are.
    """
    return _authenticate(secret, wanted)


def _authenticate(secret: str, wanted: AppRow | None) -> tuple[ApiKey | None, Model | None]:
    if not _has_key_form(secret):
        return None, None
    mac = _mac(secret)
    key, row = _key_with_prefix(secret[: len(KEY_MARK) + PREFIX_LETTERS], mac, wanted)
    # Compared also for an unknown prefix, so that the time does not tell which prefixes exist.
    matches = hmac.compare_digest(key.mac if key else "0" * 64, mac)
    if key is None or not matches or key.revoked:
        return None, None
    now = timezone.now()
    if key.last_used is None or key.last_used < now - LAST_USED_PRECISION:
        _store_last_use(key, now)
    return key, row


def _store_last_use(key: ApiKey, now: datetime) -> None:
    """Store that the key was used. A call neither waits nor fails for that: it can read from a read-only database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_STORE_LAST_USE, {"now": now, "key": key.pk, "stale": now - LAST_USED_PRECISION})
    except (OperationalError, InternalError):
        return
    key.last_used = now


def _key_with_prefix(prefix: str, mac: str, wanted: AppRow | None) -> tuple[ApiKey | None, Model | None]:
    if wanted is None:
        found = first_row(connection, _select_key(None, ""), [prefix])
    else:
        found = first_row(connection, _select_key(wanted.model, wanted.condition), [mac, *wanted.params, prefix])
    if found is None:
        return None, None
    key = instance_of(ApiKey, found[:_APP_OFFSET])
    key.app = instance_of(App, found[_APP_OFFSET:_ROW_OFFSET])
    row = found[_ROW_OFFSET:]
    # The LEFT JOIN gives NULLs in every column, the primary key included, if there is no such row.
    return key, instance_of(wanted.model, row) if wanted and any(row) else None


@cache
def _select_key(model: type[Model] | None, condition: str) -> str:
    row_columns, join_row = "", ""
    if model:
        row_columns = f", {columns(model, 'b')}"
        join_row = (
            f'LEFT JOIN "{model._meta.db_table}" b '
            f"ON k.mac = %s AND k.revoked IS NULL AND b.app_id = k.app_id AND {condition}"
        )
    return (
        f"SELECT {columns(ApiKey, 'k')}, {columns(App, 'a')}{row_columns} "
        f'FROM "{ApiKey._meta.db_table}" k JOIN "{App._meta.db_table}" a ON a.id = k.app_id {join_row} '
        "WHERE k.prefix = %s"
    )


def _random_letters(count: int) -> str:
    return "".join(secrets.choice(KEY_ALPHABET) for _ in range(count))


def _has_key_form(secret: str) -> bool:
    return (
        len(secret) == len(KEY_MARK) + PREFIX_LETTERS + SECRET_LETTERS
        and secret.startswith(KEY_MARK)
        and all(letter in KEY_ALPHABET for letter in secret[len(KEY_MARK) :])
    )


def _mac(secret: str) -> str:
    return hmac.new(settings.API_KEY_SECRET.encode(), secret.encode(), sha256).hexdigest()
