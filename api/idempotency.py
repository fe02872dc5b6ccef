"""Answering a repeated request with its first answer, instead of carrying it out again.

The work and the record of its answer are one transaction, so that whoever is killed in between leaves neither. While
it runs it holds an advisory lock of that transaction, by which a repeat at the same time can tell; the lock goes with
the transaction, whatever ends it, and works through poolers that share connections between transactions as well.
"""

import json
from datetime import timedelta
from hashlib import sha256

from django.db import connection, transaction
from django.http import HttpResponse
from django.utils import timezone

from core.db.prepared import one_row, select
from core.exceptions import ServiceError, ValidationFailed

from .errors import Refused, respond
from .models import IdempotencyRecord
from .parsing import read_idempotency_key

KEPT = timedelta(hours=24)
CLEARED = 10  # old records that one new record takes with it
HEADERS = ("ETag", "Location", "X-Should-Retry")
_TABLE = f'"{IdempotencyRecord._meta.db_table}"'

_FIRST = select(IdempotencyRecord, "app_id = %s AND key = %s AND created >= %s")
_INSERT = f"""
WITH cleared AS (
    DELETE FROM {_TABLE} WHERE id IN (
        SELECT id FROM {_TABLE} WHERE created < %(expired)s AND NOT (app_id = %(app)s AND key = %(key)s)
        ORDER BY created LIMIT {CLEARED} FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO {_TABLE} (app_id, key, fingerprint, status, headers, body, created)
VALUES (%(app)s, %(key)s, %(fingerprint)s, %(status)s, %(headers)s, %(body)s, %(now)s)
ON CONFLICT (app_id, key) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, status = EXCLUDED.status,
    headers = EXCLUDED.headers, body = EXCLUDED.body, created = EXCLUDED.created
"""


def answer_once(request, given, work):
    """The answer of `work()`, an HttpResponse; or the one that it gave to the same request before.

    given: the body as read. work: raises a ServiceError only with nothing changed. That is an answer too, and is kept,
    but for a ValidationFailed. Without an Idempotency-Key, `work` is simply done.

    Raises what `work` raises, and Refused (409) where the key belongs to another request, or to one that still runs.
    """
    key = read_idempotency_key(request)
    if key is None:
        return work()
    app, now = request.auth.app, timezone.now()
    body = json.dumps(given, sort_keys=True)
    fingerprint = sha256(f"{request.method} {request.path}\n{body}".encode()).digest()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock_number(app, key)])
        if not cursor.fetchone()[0]:
            raise Refused(
                409,
                "idempotency_key_in_use",
                "The first request with this Idempotency-Key is still running. Send this one again shortly.",
                param="Idempotency-Key",
                headers={"Retry-After": "1"},
            )
        # A statement of its own, after the lock: only so does it see what the last holder of the lock has committed.
        first = one_row(IdempotencyRecord, _FIRST, [app.pk, key, now - KEPT])
        if first:
            return _again(request, first, fingerprint)
        try:
            response = work()
        except ValidationFailed:
            raise
        except ServiceError as error:
            response = respond(request, error)
        cursor.execute(
            _INSERT,
            {
                "app": app.pk,
                "key": key,
                "fingerprint": fingerprint,
                "status": response.status_code,
                "headers": json.dumps({name: response[name] for name in HEADERS if name in response}),
                "body": response.text,
                "now": now,
                "expired": now - KEPT,
            },
        )
    return response


def _again(request, first, fingerprint):
    if bytes(first.fingerprint) != fingerprint:
        raise Refused(
            409,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request. Use a new one for each.",
            param="Idempotency-Key",
            headers={"X-Should-Retry": "false"},
        )
    headers = first.headers | {"Idempotency-Replayed": "true"}
    body = first.body
    if first.status >= 400:
        error = json.loads(body) | {"request_id": request.request_id}
        request.error_code = error["code"]
        body = json.dumps(error, ensure_ascii=False)
    return HttpResponse(body, content_type="application/json", status=first.status, headers=headers)


def _lock_number(app, key):
    return int.from_bytes(sha256(f"{app.pk} {key}".encode()).digest()[:8], signed=True)
