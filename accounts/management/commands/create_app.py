from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from accounts.management.lookups import refusal
from accounts.services import create_app


class Command(BaseCommand):
    help = "Create an app."

    def add_arguments(self, parser):
        parser.add_argument("slug", help="its place in addresses: lower-case letters, digits and hyphens")
        parser.add_argument("--name", help="what people see; without it, the slug as words")

    def handle(self, *, slug, name, **options):
        try:
            app = create_app(slug=slug, name=name)
        except ValidationError as error:
            raise refusal(error) from None
        self.stdout.write(f"Created the app {app.name} at /dashboard/{app.slug}/.")
