"""The pool: whoever finds no living connection makes one at once, and nobody waits for a database that is back."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from core.db import pool as pool_module
from core.db.connections import Connection
from core.db.pool import ConnectionPool, PoolTimeout
from tests.support.processes import eventually

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE_SECONDS = 0.9  # psycopg_pool's shortest pause was a second


@contextmanager
def pool_of(max_size=4, timeout=5.0, **more):
    """A pool on the tests' database, and the arguments with which it connects, which may be changed."""
    parameters = {**connection.get_connection_params(), "autocommit": True, **more}
    pool = ConnectionPool(parameters, connection_class=Connection, max_size=max_size, timeout=timeout)
    try:
        yield pool, parameters
    finally:
        pool.close()


def pid_of(conn):
    return conn.execute("SELECT pg_backend_pid()").fetchone()[0]


def lend(pool, number):
    return [pool.getconn() for _ in range(number)]


def end(*pids):
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        for pid in pids:
            other.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])


def test_after_all_connections_were_ended_everybody_has_a_new_one_at_once():
    with pool_of() as (pool, _):
        lent = lend(pool, 4)
        old = {pid_of(conn) for conn in lent}
        for conn in lent:
            pool.putconn(conn)
        end(*old)
        began = time.monotonic()
        new = {pid_of(conn) for conn in lend(pool, 4)}
        assert time.monotonic() - began < AT_ONCE_SECONDS
        assert len(new) == 4 and not new & old


def test_the_connections_that_still_live_are_kept_where_one_was_ended():
    with pool_of(max_size=2) as (pool, _):
        lent = lend(pool, 2)
        first, second = [pid_of(conn) for conn in lent]
        for conn in lent:
            pool.putconn(conn)
        end(second)
        assert first in {pid_of(conn) for conn in lend(pool, 2)}


@pytest.mark.parametrize("state", ["lent", "broken in use", "in a transaction", "in a failed transaction"])
def test_a_connection_that_comes_back_in_any_state_takes_no_place_away(state):
    with pool_of(max_size=1) as (pool, _):
        conn = pool.getconn()
        if state == "broken in use":
            end(pid_of(conn))
            with pytest.raises(psycopg.OperationalError):
                conn.execute("SELECT 1")
        elif state != "lent":
            conn.autocommit = False
            conn.execute("SELECT 1")
        if state == "in a failed transaction":
            with pytest.raises(psycopg.Error):
                conn.execute("SELECT nothing")
        pool.putconn(conn)
        again = pool.getconn()
        assert again.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        assert (again is conn) == (state != "broken in use")
        again.execute("SELECT 1")


def test_while_the_database_is_away_the_cause_is_told_at_once_and_no_place_is_lost():
    with pool_of(max_size=2) as (pool, parameters):
        where, parameters["host"] = parameters["host"], "/nowhere"
        began = time.monotonic()
        for _ in range(9):
            with pytest.raises(psycopg.OperationalError, match="/nowhere"):
                pool.getconn()
        parameters["host"] = where
        assert [pid_of(conn) for conn in lend(pool, 2)]
        assert time.monotonic() - began < AT_ONCE_SECONDS


def test_a_configuration_that_fails_takes_no_place_away():
    def fail(conn):
        raise psycopg.OperationalError("it does not work")

    with pool_of(max_size=1) as (working, parameters):
        broken = ConnectionPool(parameters, connection_class=Connection, max_size=1, timeout=1, configure=fail)
        for _ in range(3):
            with pytest.raises(psycopg.OperationalError, match="it does not work"):
                broken.getconn()
        assert pid_of(working.getconn())


def test_those_who_wait_are_served_in_the_order_in_which_they_came():
    with pool_of(max_size=1) as (pool, _), ThreadPoolExecutor(6) as threads:
        conn, served = pool.getconn(), []

        def use(number):
            mine = pool.getconn()
            served.append(number)
            pool.putconn(mine)

        turns = []
        for number in range(6):
            turns.append(threads.submit(use, number))
            eventually(lambda wanted=number + 1: pool.get_stats()["requests_waiting"] == wanted)
        pool.putconn(conn)
        for turn in turns:
            turn.result(30)
        assert served == list(range(6))
        assert pool.get_stats()["connections_num"] == 1


def test_who_waited_too_long_is_told_and_the_connection_goes_to_the_next():
    with pool_of(max_size=1, timeout=0.05) as (pool, _):
        conn = pool.getconn()
        with pytest.raises(PoolTimeout, match="all 1 connections"):
            pool.getconn()
        pool.putconn(conn)
        assert pool.getconn() is conn
        assert pool.get_stats()["requests_waiting"] == 0


def test_no_connection_is_lost_where_a_wait_ends_as_a_place_becomes_free():
    with pool_of(max_size=2, timeout=0.001) as (pool, _):
        counts = {"served": 0, "told": 0}
        lock = threading.Lock()

        def use(_):
            for _ in range(100):
                try:
                    conn = pool.getconn()
                except PoolTimeout:
                    outcome = "told"
                else:
                    time.sleep(0.001)
                    pool.putconn(conn)
                    outcome = "served"
                with lock:
                    counts[outcome] += 1

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(use, range(8)))
        assert counts["served"] and counts["told"]
        assert len(lend(pool, 2)) == 2


def test_a_connection_is_not_used_for_ever(monkeypatch):
    monkeypatch.setattr(pool_module, "MAX_AGE_SECONDS", 0)
    with pool_of(max_size=1) as (pool, _):
        conn = pool.getconn()
        pool.putconn(conn)
        assert conn.closed
        assert pool.getconn() is not conn


def test_a_closed_pool_keeps_nothing():
    with pool_of(max_size=2) as (pool, _):
        kept, lent = lend(pool, 2)
        pool.putconn(kept)
        pool.close()
        assert kept.closed and not lent.closed
        pool.putconn(lent)
        assert lent.closed
        assert pool.get_stats()["pool_size"] == 0


def test_a_changed_setting_of_the_server_is_no_reason_to_connect_anew():
    """It is told to every session, so that there is something to read on connections that are not in use."""
    with pool_of(max_size=1) as (pool, _):
        conn = pool.getconn()
        conn.execute("LISTEN something")
        pool.putconn(conn)
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
            other.execute("NOTIFY something")
        assert pool.getconn() is conn


def test_its_figures():
    with pool_of(max_size=3) as (pool, _):
        first, second = lend(pool, 2)
        pool.putconn(second)
        figures = pool.get_stats()
    assert {name: figures[name] for name in ("pool_max", "pool_size", "pool_available", "requests_waiting")} == {
        "pool_max": 3,
        "pool_size": 2,
        "pool_available": 1,
        "requests_waiting": 0,
    }
    assert first.closed is False
