"""Expired rows are deleted: by a command, and by the server itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from axes.models import AccessFailureLog
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Session
from api.idempotency import RECORD_LIFETIME
from api.models import IdempotencyRecord
from core.db import clearing
from core.db.clearing import delete_in_batches
from proyecta_admin.clearing import regular_clearing
from tests.support.api import database_url
from tests.support.factories import make_app
from tests.support.processes import eventually

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def make_sessions(number, *, expires, prefix):
    rows = [Session(session_key=f"{prefix}{n}", session_data="", expire_date=expires) for n in range(number)]
    Session.objects.bulk_create(rows)


def make_records(app, ages):
    now = timezone.now()
    for key, age in ages.items():
        IdempotencyRecord.objects.create(
            app=app, key=key, fingerprint=b"f", status=201, headers={}, body="{}", created=now - age
        )


def make_failures(ages):
    for name, age in ages.items():
        failure = AccessFailureLog.objects.create(username=name, ip_address="192.0.2.1", path_info="/sign-in/")
        AccessFailureLog.objects.filter(pk=failure.pk).update(attempt_time=timezone.now() - age)


def test_what_has_expired_goes_and_everything_else_stays(capsys, monkeypatch):
    monkeypatch.setattr(clearing, "ROWS_PER_TRANSACTION", 3)
    now = timezone.now()
    make_sessions(7, expires=now - SECOND, prefix="old")
    make_sessions(2, expires=now + timedelta(minutes=5), prefix="new")
    make_records(make_app(), {"old": RECORD_LIFETIME + SECOND, "new": RECORD_LIFETIME - timedelta(minutes=5)})
    cooloff = settings.AXES_COOLOFF_TIME
    make_failures({"old": cooloff + SECOND, "new": cooloff - timedelta(minutes=5)})
    call_command("clear_expired")
    assert capsys.readouterr().out == ("Deleted 7 sessions, 1 failures to sign in and 1 records of idempotency keys.\n")
    assert set(Session.objects.values_list("session_key", flat=True)) == {"new0", "new1"}
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["new"]
    assert list(AccessFailureLog.objects.values_list("username", flat=True)) == ["new"]
    call_command("clear_expired")
    assert "Deleted 0 sessions, 0 failures" in capsys.readouterr().out


@pytest.mark.parametrize(("number", "batch"), [(0, 3), (1, 3), (3, 3), (6, 3), (7, 3)])
def test_each_row_is_deleted_and_counted_once(number, batch, monkeypatch):
    monkeypatch.setattr(clearing, "ROWS_PER_TRANSACTION", batch)
    make_sessions(number, expires=timezone.now(), prefix="s")
    assert delete_in_batches(Session.objects.all()) == number
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_has_locked_is_left_and_nobody_waits(monkeypatch):
    monkeypatch.setattr(clearing, "ROWS_PER_TRANSACTION", 2)
    make_sessions(5, expires=timezone.now() - SECOND, prefix="s")
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT 1 FROM django_session WHERE session_key = 's1' FOR UPDATE")
        call_command("clear_expired")
        assert list(Session.objects.values_list("session_key", flat=True)) == ["s1"]
    call_command("clear_expired")
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_several_servers_at_once_delete_each_row_once(monkeypatch):
    monkeypatch.setattr(clearing, "ROWS_PER_TRANSACTION", 10)
    make_sessions(400, expires=timezone.now() - SECOND, prefix="s")

    def clear(_):
        try:
            return delete_in_batches(Session.objects.all())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as servers:
        deleted = list(servers.map(clear, range(4)))
    assert sum(deleted) == 400 and not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_server_does_it_itself_again_and_again(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url())
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "proyecta_admin.settings")
    make_sessions(1, expires=timezone.now() - SECOND, prefix="first")
    with regular_clearing(first_pause_seconds=0, interval_seconds=0.01):
        eventually(lambda: not Session.objects.exists())
        make_sessions(1, expires=timezone.now() - SECOND, prefix="second")
        eventually(lambda: not Session.objects.exists())


def test_a_database_that_is_away_is_one_line_of_the_log(monkeypatch, caplog):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "proyecta_admin.settings")
    with regular_clearing(first_pause_seconds=0):
        eventually(lambda: caplog.messages)
    assert len(caplog.messages) == 1 and "\n" not in caplog.messages[0]
    assert "Expired rows were not deleted: " in caplog.messages[0] and "Connection refused" in caplog.messages[0]
