import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


def test_alive_and_ready_answer_people_who_are_not_signed_in(client):
    for path in ("/healthz", "/readyz"):
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (200, b"ok\n")
        assert "no-store" in answer["Cache-Control"]


def test_not_ready_while_a_migration_is_missing(client):
    MigrationRecorder.Migration.objects.filter(app="customers").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "run manage.py migrate" in answer.text
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_gone_is_a_503_that_says_nothing_is_lost(client, unpooled):
    client.force_login(make_user())
    client.raise_request_exception = False
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        answer = client.get("/")
    finally:
        connection.close()
        connection.settings_dict["HOST"] = host
    assert answer.status_code == 503
    assert answer["Retry-After"] == "2"
    assert "Nothing is lost" in answer.text
