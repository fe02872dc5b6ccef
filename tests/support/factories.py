"""Plain functions that make the objects of tests. A value that is not given is different each time."""

from itertools import count

from accounts.keys import create_api_key
from accounts.models import ApiKey, App, Membership, Role, User
from customers.services import create_customer

numbers = count(1)


def make_user(username=None, *, password=None, **fields):
    """Make a user. Sign them in with client.force_login(), which is faster than a password."""
    return User.objects.create_user(username or f"user{next(numbers)}", password=password, **fields)


def make_superuser(**fields):
    return make_user(is_staff=True, is_superuser=True, **fields)


def make_app(slug=None, **fields):
    slug = slug or f"app{next(numbers)}"
    return App.objects.create(slug=slug, **{"name": slug.capitalize(), **fields})


def make_member(app=None, role=Role.VIEWER, **fields):
    """Make a user with this role in the app."""
    user = make_user(**fields)
    Membership.objects.create(app=app or make_app(), user=user, role=role)
    return user


def make_key(app=None, **fields):
    """Make a key. Returns (ApiKey, secret)."""
    return create_api_key(**{"app": app or make_app(), "name": "Server", "scope": ApiKey.Scope.READ, **fields})


def make_customer(app=None, **fields):
    """Make a customer of the app by the service. Without an email given, it has its own."""
    fields = {"email": f"customer{next(numbers)}@example.com", "name": "Ada Lovelace", **fields}
    return create_customer(app=app or make_app(), **fields)[0]
