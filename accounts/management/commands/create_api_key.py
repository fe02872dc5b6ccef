from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from accounts.keys import create_api_key
from accounts.management.lookups import app_named, command_error
from accounts.models import ApiKey


class Command(BaseCommand):
    help = "Create an API key of an app and print it, and nothing else, on standard output. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app", help="slug of the app")
        parser.add_argument("--scope", choices=ApiKey.Scope.values, default=ApiKey.Scope.READ.value)
        parser.add_argument("--name", default="Command line", help="what will use the key (default: %(default)s)")

    def handle(self, *, app: str, scope: str, name: str, **options: Any) -> None:
        try:
            _, secret = create_api_key(app=app_named(app), name=name, scope=scope)
        except ValidationError as error:
            raise command_error(error) from None
        self.stdout.write(secret)
