"""The load against the product itself, for a moment, with cut connections and lost answers as its only faults."""

import random
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from accounts.services import add_member
from chaos.audit import compare, compare_answers, replay, stored_answers, stored_customers
from chaos.faults import Scene, cut_connections
from chaos.journal import Journal
from chaos.load import Load
from chaos.observations import Observations
from chaos.preparation import APPS, PASSWORD, STAFF, Access
from chaos.product import Product
from chaos.rehearsal import check, under_load
from customers.counts import recount
from customers.models import Customer
from tests.support.factories import make_app, make_key, make_superuser, make_user
from tests.support.processes import eventually

WRITERS = {"check", "acme-0", "acme-1", "globex-0", "globex-1", "editor", STAFF}


@pytest.fixture
def access(transactional_db):
    """The apps, keys and people that the load uses, in the tests' database."""
    apps = [make_app(slug) for slug in APPS]
    people = [make_superuser(username=STAFF), make_user("editor")]
    for person in people:
        # As the server hashes, which has other settings than the tests.
        hasher = PBKDF2PasswordHasher()
        person.password = hasher.encode(PASSWORD, hasher.salt())
        person.save()
    add_member(app=apps[0], user=people[1], role="editor")
    return Access({app.slug: make_key(app, scope="write")[1] for app in apps}, make_key(apps[0], scope="write")[1])


# Most of its time goes into the passwords of two people.
def test_what_the_load_has_written_is_there_once_and_a_loss_is_found(api_server, access, tmp_path):
    scene = Scene(Product(tmp_path, tmp_path / "log", urlsplit(api_server.url).port))
    journal, observations = Journal(tmp_path / "journal.jsonl"), Observations()
    load = Load(api_server.url, 1, journal, observations, scene.cuts_answers, pause_factor=0.1)
    customer = check(load, access.check_key)
    with under_load(load, access, customer, ["editor", STAFF]):
        eventually(lambda: {write.writer for write in journal.writes if write.acknowledged} >= WRITERS)
        assert observations.failures == []
        cut_connections(scene, random.Random(1))
    seen = {failure.what.partition(": ")[2] for failure in observations.failures if failure.who == "try"}
    assert seen == {"ReadError The answer was cut off."}
    writes = journal.writes
    repeated, different = replay(writes, access.keys, api_server.url, random.Random(1))
    assert repeated > 5 and different == compare_answers(writes, stored_answers()) == []
    verdict = compare(writes, stored_customers())
    assert (verdict.lost, verdict.doubled, verdict.different, recount()) == ([], [], [], 0)
    Customer.objects.filter(public_id=customer.id).delete()
    assert len(compare(writes, stored_customers()).lost) == 1
    journal.close()
