"""The same file, or the same row, more than once."""

import pytest

from customers.importing import batches
from customers.services import update_customer
from tests.customers.importing.runs import import_file, stored
from tests.support.factories import make_app

pytestmark = pytest.mark.django_db


def test_the_same_file_twice_brings_nothing_new_with_and_without_emails(written):
    app = make_app()
    path = written("name,email\nAda,\nAda,\nBo,bo@x.example\n" + "Ada,\n" * 5)
    assert import_file(path, app).created == 8
    before = stored(app, "public_id")
    result = import_file(path, app)
    assert (result.created, result.already_there, stored(app, "public_id")) == (0, 8, before)
    # Rows moved about, and some more.
    result = import_file(written("name,email\nBo,bo@x.example\n" + "Ada,\n" * 9), app)
    assert (result.created, result.already_there) == (2, 8)


def test_a_nameless_customer_who_got_an_email_since_is_still_there(written):
    app = make_app()
    path = written("name\nAda\n")
    import_file(path, app)
    update_customer(app=app, customer_id=stored(app, "public_id")[0], email="ada@x.example", name="Ada L.")
    result = import_file(path, app)
    assert (result.status, result.created, result.already_there) == (0, 0, 1)
    assert stored(app, "name") == ["Ada L."]


def test_an_import_touches_no_other_app(written):
    here, there = make_app(), make_app()
    path = written("id,email,name\ncus_1,a@x.example,\n,,Ada\n")
    assert import_file(path, here).created == 2
    assert import_file(path, there).created == 2
    assert not set(stored(here, "public_id")) & set(stored(there, "public_id")) - {"cus_1"}


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_batches_do_not_show(written, monkeypatch, dry_run):
    monkeypatch.setattr(batches, "MAX_BATCH_ROWS", 3)
    app = make_app()
    rows = [f"p{number % 7}@x.example,P" for number in range(20)] + ["bad,", ",Ada", ",Ada", ",Ada", ",Ada"]
    result = import_file(written("email,name\n" + "\n".join(rows)), app, *dry_run)
    assert (result.created, result.already_there, result.rejected) == (11, 13, 1)
