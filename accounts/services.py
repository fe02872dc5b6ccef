"""The only writer of apps, memberships and API keys. Nothing here knows of requests.

Whatever is wrong with an argument is raised as django.core.exceptions.ValidationError with a message per field.
"""

import hmac
import secrets
import string
from datetime import timedelta
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from core.db.prepared import columns, first_row, instance_of

from .models import ApiKey, App, Membership

KEY_MARK = "sk_"
KEY_ALPHABET = (
    string.ascii_letters + string.digits
)  # a double click selects the whole key, and no shell reads it otherwise
PREFIX_LENGTH = 12
RANDOM_LENGTH = 32  # 190 bits
LAST_USED_STEP = timedelta(minutes=1)


def create_app(*, slug, name=None):
    """Create an app.

    `slug`: its place in addresses: lower-case letters, digits and single hyphens between them, at most 50.
    `name`: one line of at most 100 characters; without one, the slug as words ("acme-shop": "Acme shop").
    Returns the App. Raises ValidationError for `slug` (form, or taken) and `name`.
    """
    if name is None:
        name = slug.replace("-", " ").capitalize()
    return _insert(App(slug=slug, name=name.strip()))


def add_member(*, app, user, role):
    """Make the User a member of the App in a role, a Role or its value.

    Returns the Membership. Raises ValidationError for `role`, and without a field when the user is a member already.
    """
    return _insert(Membership(app=app, user=user, role=role))


def change_role(*, membership, role):
    """Give the member another role, a Role or its value. Returns the Membership. Raises ValidationError for `role`."""
    membership.role = role
    membership.full_clean()
    membership.save(update_fields=["role"])
    return membership


def remove_member(*, membership):
    """End the membership; the user stays. Removing one that is gone already changes nothing."""
    Membership.objects.filter(pk=membership.pk).delete()


def new_key_prefix():
    """A look-up prefix for create_api_key. It is no secret."""
    return KEY_MARK + _letters(PREFIX_LENGTH)


def create_api_key(*, app, name, scope, created_by=None, prefix=None):
    """Issue an API key of the App.

    `name`: one line of at most 100 characters that tells people what the key is for.
    `scope`: an ApiKey.Scope or its value. `created_by`: a User, or None for the command line.
    `prefix`: from new_key_prefix(), for a caller that must not issue two keys when the same request comes twice; the
    second call raises ValidationError for `prefix`.
    Returns (ApiKey, secret). Only here is the secret known: what is stored cannot be turned back into it.
    Raises ValidationError for `name`, `scope` and `prefix`.
    """
    prefix = prefix or new_key_prefix()
    secret = prefix + _letters(RANDOM_LENGTH)
    key = ApiKey(app=app, name=name.strip(), scope=scope, created_by=created_by, prefix=prefix, mac=_mac(secret))
    return _insert(key), secret


def revoke_api_key(*, key):
    """End the ApiKey at once and for ever. One that is revoked already keeps the time. Returns the ApiKey."""
    now = timezone.now()
    if ApiKey.objects.filter(pk=key.pk, revoked=None).update(revoked=now):
        key.revoked = now
    else:
        key.refresh_from_db(fields=["revoked"])
    return key


def authenticate_api_key(secret, along=None):
    """The ApiKey, its app with it, that this text is the secret of; None for any other text and for a revoked key.

    along: None, or a row of the app's for the same query to read, since a query costs a call more than all else:
        (model, condition, params) of a model with an app, and SQL that holds of the row `b`, with a %s for each param.
        `key.along` is its instance, None where the app has no such row.

    One query; when the key was last used is written at most once a minute, which costs a second one.
    """
    if not _has_key_form(secret):
        return None
    mac = _mac(secret)
    key = _key_with_prefix(secret[: len(KEY_MARK) + PREFIX_LENGTH], mac, along)
    # The same comparison for a prefix that does not exist, so that the time does not tell which do.
    matches = hmac.compare_digest(key.mac if key else "0" * 64, mac)
    if key is None or not matches or key.revoked:
        return None
    now = timezone.now()
    if key.last_used is None or key.last_used < now - LAST_USED_STEP:
        stale = Q(last_used=None) | Q(last_used__lt=now - LAST_USED_STEP)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used=now)
        key.last_used = now
    return key


_APP_AT = len(ApiKey._meta.concrete_fields)
_ALONG_AT = _APP_AT + len(App._meta.concrete_fields)


def _key_with_prefix(prefix, mac, along):
    model, condition, params = along or (None, "", ())
    row = first_row(connection, _reading_key(model, condition), [*([mac, *params] if along else ()), prefix])
    if row is None:
        return None
    key = instance_of(ApiKey, row[:_APP_AT])
    key.app = instance_of(App, row[_APP_AT:_ALONG_AT])
    there = row[_ALONG_AT:]
    # Where there is none, all its columns are empty, the key of the table too.
    key.along = instance_of(model, there) if any(there) else None
    return key


@cache
def _reading_key(model, condition):
    """The SELECT of a key, its app, and the row of `model` along with them: for who has the secret, and nobody else."""
    brought = f", {columns(model, 'b')}" if model else ""
    joined = (
        f'LEFT JOIN "{model._meta.db_table}" b '
        f"ON k.mac = %s AND k.revoked IS NULL AND b.app_id = k.app_id AND {condition}"
        if model
        else ""
    )
    return (
        f"SELECT {columns(ApiKey, 'k')}, {columns(App, 'a')}{brought} "
        f'FROM "{ApiKey._meta.db_table}" k JOIN "{App._meta.db_table}" a ON a.id = k.app_id {joined} '
        "WHERE k.prefix = %s"
    )


def _letters(count):
    return "".join(secrets.choice(KEY_ALPHABET) for _ in range(count))


def _has_key_form(secret):
    return (
        len(secret) == len(KEY_MARK) + PREFIX_LENGTH + RANDOM_LENGTH
        and secret.startswith(KEY_MARK)
        and all(letter in KEY_ALPHABET for letter in secret[len(KEY_MARK) :])
    )


def _mac(secret):
    return hmac.new(settings.API_KEY_SECRET.encode(), secret.encode(), sha256).hexdigest()


def _insert(instance):
    instance.full_clean()
    try:
        with transaction.atomic():
            instance.save(force_insert=True)
    except IntegrityError:
        # Somebody else was faster: the same words as if they had been a minute ago.
        instance.full_clean()
        raise
    return instance
