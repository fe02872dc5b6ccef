from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from accounts.management.lookups import app_named, refusal
from accounts.models import ApiKey
from accounts.services import create_api_key


class Command(BaseCommand):
    help = "Issue an API key of an app and print it, alone, on standard output. It cannot be shown again."

    def add_arguments(self, parser):
        parser.add_argument("app", help="the app's slug")
        parser.add_argument("--scope", choices=ApiKey.Scope.values, default=ApiKey.Scope.READ.value)
        parser.add_argument("--name", default="Command line", help="what will use the key (default: %(default)s)")

    def handle(self, *, app, scope, name, **options):
        try:
            _, secret = create_api_key(app=app_named(app), name=name, scope=scope)
        except ValidationError as error:
            raise refusal(error) from None
        self.stdout.write(secret)
