"""The pool's connections: looked at before each use."""

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


def backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_a_connection_that_the_server_has_ended_is_replaced_unseen():
    first = backend()
    connection.close()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 60000)", [first])
    assert backend() != first


def test_a_living_connection_is_used_again_without_being_asked(monkeypatch):
    def use_each():
        # More often than the pool can hold connections.
        for _ in range(connection.pool.max_size + 1):
            connection.close()
            backend()

    backend()
    use_each()  # and have those replaced that a test before has left dead
    made = connection.pool.get_stats().get("connections_num", 0)
    asked = []
    monkeypatch.setattr(psycopg.Connection, "execute", lambda self, query, *args: asked.append(query))
    use_each()
    assert connection.pool.get_stats().get("connections_num", 0) == made
    assert asked == []
