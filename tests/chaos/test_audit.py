"""The audit finds what is lost and what is doubled. Each case is a journal of a few writes and the rows beside it."""

from dataclasses import replace

import pytest

from chaos.audit import StoredCustomer, compare, compare_answers
from chaos.journal import Journal

ROW = StoredCustomer("cus_1", "acme", "ada@chaos.example", "New", "mark", 1)


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    yield journal
    journal.close()


def create(journal, acknowledged_as="cus_1", email="ada@chaos.example", **values):
    write = journal.intend("create", writer="w", app="acme", name="New", mark="mark", email=email, **values)
    if acknowledged_as:
        journal.acknowledge(write, acknowledged_as)
    return write


def update(journal, name, is_acknowledged=True):
    write = journal.intend("update", writer="w", app="acme", name=name, customer_id="cus_1")
    if is_acknowledged:
        journal.acknowledge(write, "cus_1")


def found(journal, *rows):
    verdict = compare(journal.writes, rows)
    return len(verdict.lost), len(verdict.doubled), len(verdict.different)


def test_a_create_that_is_there_once_is_right(journal):
    create(journal)
    assert found(journal, ROW) == (0, 0, 0)


def test_a_create_that_is_not_there_is_lost(journal):
    create(journal)
    assert found(journal) == (1, 0, 0)


def test_a_create_that_is_there_under_another_id_is_lost(journal):
    create(journal)
    assert found(journal, replace(ROW, customer_id="cus_2")) == (1, 0, 0)


def test_a_create_without_an_email_that_is_there_twice_is_doubled(journal):
    create(journal, email=None)
    row = replace(ROW, email=None)
    assert found(journal, row, replace(row, customer_id="cus_2")) == (0, 1, 0)


def test_a_create_without_an_answer_may_be_there_once_but_not_twice(journal):
    create(journal, acknowledged_as=None, email=None)
    row = replace(ROW, email=None)
    assert found(journal) == (0, 0, 0)
    assert found(journal, row) == (0, 0, 0)
    assert found(journal, row, replace(row, customer_id="cus_2")) == (0, 1, 0)


def test_one_email_of_two_customers_is_doubled(journal):
    assert found(journal, ROW, replace(ROW, customer_id="cus_2", mark="other", email="ADA@chaos.example")) == (0, 1, 0)


def test_a_create_in_another_app_is_different(journal):
    create(journal)
    assert found(journal, replace(ROW, app="globex")) == (0, 0, 1)


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("Second", 3, (0, 0, 0)),
        ("Third", 4, (0, 0, 0)),
        ("First", 3, (1, 0, 0)),
        ("New", 1, (2, 0, 0)),
        ("Second", 2, (1, 0, 0)),
        ("Third", 5, (0, 1, 0)),
    ],
    ids=[
        "the last acknowledged",
        "a later one without an answer",
        "an earlier one",
        "none",
        "a version too few",
        "a version too many",
    ],
)
def test_an_update_is_there_or_followed_by_a_later_one(journal, name, version, expected):
    create(journal)
    update(journal, "First")
    update(journal, "Second")
    update(journal, "Third", is_acknowledged=False)
    assert found(journal, replace(ROW, name=name, version=version)) == expected


def test_without_an_acknowledged_update_the_first_name_may_stay(journal):
    create(journal)
    update(journal, "First", is_acknowledged=False)
    assert found(journal, ROW) == (0, 0, 0)
    assert found(journal, replace(ROW, name="First", version=2)) == (0, 0, 0)
    assert found(journal, replace(ROW, name="Someone's", version=2)) == (1, 0, 0)


def test_an_answer_is_stored_under_the_key_of_its_call(journal):
    write = create(journal, arguments={"idempotency_key": "k"})
    assert compare_answers([write], {"k": '{"id": "cus_1", "name": "New"}'}) == []
    assert len(compare_answers([write], {"k": '{"id": "cus_2", "name": "New"}'})) == 1
    assert len(compare_answers([write], {})) == 1


def test_the_journal_is_in_its_file_before_and_after_each_write(journal, tmp_path):
    write = create(journal, acknowledged_as=None)
    path = tmp_path / "journal.jsonl"
    assert '"intended": 0' in path.read_text() and "acknowledged" not in path.read_text()
    journal.acknowledge(write, "cus_1")
    assert '"acknowledged": 0' in path.read_text()
