"""What a person finds on the first start: an example app with customers, and a user to sign in with."""

import secrets

from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import App

USERNAME = "admin"
STOPPED = 130  # the exit status of a command that a signal has ended
# Without those that look alike.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def make_demo():
    """Makes the app, its customers and the user, all or nothing. Returns the user's password.

    Returns None, having done nothing, where there is any app or user already.
    """
    with transaction.atomic():
        if App.objects.exists() or get_user_model().objects.exists():
            return None
        App.objects.create(slug="acme", name="Acme")
        try:
            call_command("generate_customers", app="acme", rows=500, seed=1, verbosity=0)
        except CommandError as error:
            # A command says so in its own way.
            if error.returncode == STOPPED:
                raise KeyboardInterrupt from None
            raise
        password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
        get_user_model().objects.create_superuser(USERNAME, password=password)
    return password
