from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from accounts.management.lookups import app_named, command_error, user_named
from accounts.models import Role
from accounts.services import add_member


class Command(BaseCommand):
    help = "Make a user a member of an app."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app", help="slug of the app")
        parser.add_argument("user", help="username or email address")
        parser.add_argument("role", choices=Role.values)

    def handle(self, *, app: str, user: str, role: str, **options: Any) -> None:
        found_app, person = app_named(app), user_named(user)
        try:
            add_member(app=found_app, user=person, role=role)
        except ValidationError as error:
            raise command_error(error) from None
        self.stdout.write(f"{person} is now a member of {found_app.name} with the role {role}.")
