"""Two apps, and an editor of the first who is staff."""

import pytest

from accounts.models import Role
from tests.customers.admin.visits import signed_in, staff
from tests.support.factories import make_app


@pytest.fixture
def app():
    return make_app("acme", name="Acme")


@pytest.fixture
def other():
    return make_app("other", name="Other")


@pytest.fixture
def editor(app):
    return signed_in(staff({app: Role.EDITOR}))
