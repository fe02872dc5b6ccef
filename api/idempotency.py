"""The first answer again for a repeated Idempotency-Key.

The work and the record of its answer are one transaction: a process that is killed in between leaves neither. While
the work runs, an advisory lock of the transaction tells a repeat that comes at the same time. The lock ends with the
transaction, and works behind poolers that share connections between transactions.
"""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.db import connection, transaction
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import App
from core.db.clearing import delete_in_batches
from core.db.locks import retried_while_locked, short_lock_timeout
from core.db.prepared import one_row, select
from core.exceptions import ServiceError, ValidationFailed

from .calls import ApiRequest, Call, header_name
from .errors import error_response
from .models import IdempotencyRecord
from .parsing import read_idempotency_key
from .refusals import Refused

RECORD_LIFETIME = timedelta(hours=24)
EXPIRED_RECORDS_PER_INSERT = 10  # a new record deletes at most so many old ones
STORED_HEADERS = ("Content-Type", "ETag", "Location", "X-Should-Retry")
_TABLE = f'"{IdempotencyRecord._meta.db_table}"'

_FIND_FIRST = select(IdempotencyRecord, "app_id = %s AND key = %s AND created >= %s")
_INSERT = f"""
WITH cleared AS (
    DELETE FROM {_TABLE} WHERE id IN (
        SELECT id FROM {_TABLE} WHERE created < %(expired)s AND NOT (app_id = %(app)s AND key = %(key)s)
        ORDER BY created LIMIT {EXPIRED_RECORDS_PER_INSERT} FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO {_TABLE} (app_id, key, fingerprint, status, headers, body, created)
VALUES (%(app)s, %(key)s, %(fingerprint)s, %(status)s, %(headers)s, %(body)s, %(now)s)
ON CONFLICT (app_id, key) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, status = EXCLUDED.status,
    headers = EXCLUDED.headers, body = EXCLUDED.body, created = EXCLUDED.created
"""


def answer_once(request: ApiRequest, given: Mapping[str, Any], work: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of `work()`; or the answer that it gave to the same request before.

    given: the body as read_object() returned it.
    work: changes nothing where it raises a ServiceError. Such an error is an answer too and is stored, except for a
        ValidationFailed.

    The same request has the same method, path, parameters, body and If-Match. Stored of an answer are its status, its
    text, STORED_HEADERS and the headers that the call declares for its answers.

    Without an Idempotency-Key, and for a call that does not store its answer, `work` is simply done.
    Raises what `work` raises, TypeError for an answer that is no text in UTF-8, and Refused (409) if the key belongs to
    another request, or to one that still runs.
    """
    key = read_idempotency_key(request) if request.call.stores_answer else None
    if key is None:
        return work()
    return _answer_in_transaction(request, key, _fingerprint_of(request, given), work)


@retried_while_locked
def _answer_in_transaction(
    request: ApiRequest, key: str, fingerprint: bytes, work: Callable[[], HttpResponse]
) -> HttpResponse:
    app, now = request.auth.app, timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock(%s), {short_lock_timeout()}", [_lock_number(app, key)])
        if not cursor.fetchone()[0]:
            raise Refused(
                409,
                "idempotency_key_in_use",
                "The first request with this Idempotency-Key is still running. Send this one again shortly.",
                param="Idempotency-Key",
                headers={"Retry-After": "1"},
            )
        # A statement of its own after the lock: only then does it see what the last holder of the lock committed.
        first = one_row(IdempotencyRecord, _FIND_FIRST, [app.pk, key, now - RECORD_LIFETIME])
        if first:
            return _replay(request, first, fingerprint)
        try:
            response = work()
        except ValidationFailed:
            raise
        except ServiceError as error:
            response = error_response(request, error)
        cursor.execute(
            _INSERT,
            {
                "app": app.pk,
                "key": key,
                "fingerprint": fingerprint,
                "status": response.status_code,
                "headers": json.dumps(
                    {name: response[name] for name in _stored_headers(request.call) if name in response}
                ),
                "body": _text_of(response),
                "now": now,
                "expired": now - RECORD_LIFETIME,
            },
        )
    return response


def clear_expired_records() -> int:
    """Delete the records of answers that are no longer repeated, and return how many."""
    return delete_in_batches(IdempotencyRecord.objects.filter(created__lt=timezone.now() - RECORD_LIFETIME))


def _replay(request: ApiRequest, first: IdempotencyRecord, fingerprint: bytes) -> HttpResponse:
    if bytes(first.fingerprint) != fingerprint:
        raise Refused(
            409,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request. Use a new one for each.",
            param="Idempotency-Key",
            headers={"X-Should-Retry": "false"},
        )
    headers = {"Content-Type": "application/json", **first.headers, "Idempotency-Replayed": "true"}
    body = first.body
    if first.status >= 400:
        error = json.loads(body) | {"request_id": request.request_id}
        request.error_code = error["code"]
        body = json.dumps(error, ensure_ascii=False)
    return HttpResponse(body, status=first.status, headers=headers)


def _fingerprint_of(request: ApiRequest, given: Mapping[str, Any]) -> bytes:
    parts = [f"{request.method} {request.path}"]
    # The parts that most requests lack are left out, so that records of an older release stay valid.
    if request.GET:
        parts.append(urlencode(sorted(request.GET.lists()), doseq=True))
    if tag := request.META.get("HTTP_IF_MATCH"):
        parts.append(f"If-Match: {tag}")
    return sha256("\n".join([*parts, json.dumps(given, sort_keys=True)]).encode()).digest()


def _stored_headers(call: Call) -> set[str]:
    declared = (header_name(header) for answer in call.answers.values() for header in answer.headers)
    return {*STORED_HEADERS, *declared}


def _text_of(response: HttpResponse) -> str:
    try:
        return response.content.decode()
    except UnicodeDecodeError:
        raise TypeError("An answer that answer_once() stores must be a text in UTF-8.") from None


def _lock_number(app: App, key: str) -> int:
    return int.from_bytes(sha256(f"{app.pk} {key}".encode()).digest()[:8], signed=True)
