"""Arguments of commands: apps and users found by name, or refused in one sentence."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import CommandError

from accounts.backends import find_user
from accounts.models import App, User
from accounts.validators import is_storable


def app_named(slug: str) -> App:
    """Return the App with this slug. Raises CommandError."""
    app = App.objects.filter(slug=slug).first() if is_storable(slug) else None
    if app is None:
        raise CommandError(f"There is no app {slug}. Create one with: manage.py create_app SLUG")
    return app


def user_named(name: str) -> User:
    """Return the User with this username or email address. Raises CommandError."""
    user = find_user(name)
    if user is None:
        raise CommandError(f"No user has the username or email address {name}.")
    return user


def command_error(error: ValidationError) -> CommandError:
    """Return the ValidationError of a service as a CommandError: its sentences, each after the field it is about."""
    return CommandError(
        " ".join(
            message if field == NON_FIELD_ERRORS else f"{field.capitalize()}: {message}"
            for field, messages in error.message_dict.items()
            for message in messages
        )
    )
