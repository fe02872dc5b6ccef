"""The example of a first start: an app with customers, and a user to sign in with."""

import secrets

from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import App, User

DEMO_USERNAME = "admin"
DEMO_CUSTOMERS = 500
# The exit status of a command that a signal has ended.
INTERRUPTED_STATUS = 130
# Without letters and digits that look alike.
PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
PASSWORD_GROUPS = PASSWORD_GROUP_LETTERS = 4


def make_demo() -> str | None:
    """Create the app, its customers and the user, all or nothing, and return the password of the user.

    Returns None, and creates nothing, if there is any app or user already. Raises KeyboardInterrupt on a signal.
    """
    with transaction.atomic():
        if App.objects.exists() or User.objects.exists():
            return None
        App.objects.create(slug="acme", name="Acme")
        try:
            call_command("generate_customers", app="acme", rows=DEMO_CUSTOMERS, seed=1, verbosity=0)
        except CommandError as error:
            if error.returncode == INTERRUPTED_STATUS:
                raise KeyboardInterrupt from None
            raise
        password = "-".join(
            "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(PASSWORD_GROUP_LETTERS))
            for _ in range(PASSWORD_GROUPS)
        )
        User.objects.create_superuser(DEMO_USERNAME, password=password)
    return password
