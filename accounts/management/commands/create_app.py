from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from accounts.management.lookups import command_error
from accounts.services import create_app


class Command(BaseCommand):
    help = "Create an app."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="part of its addresses: lower-case letters, digits and hyphens")
        parser.add_argument("--name", help="name for people (default: the slug as words)")

    def handle(self, *, slug: str, name: str | None, **options: Any) -> None:
        try:
            app = create_app(slug=slug, name=name)
        except ValidationError as error:
            raise command_error(error) from None
        self.stdout.write(f"Created the app {app.name} at /dashboard/{app.slug}/.")
