from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from accounts.management.lookups import app_named, refusal, user_named
from accounts.models import Role
from accounts.services import add_member


class Command(BaseCommand):
    help = "Make a user a member of an app."

    def add_arguments(self, parser):
        parser.add_argument("app", help="the app's slug")
        parser.add_argument("user", help="a username or an email address")
        parser.add_argument("role", choices=Role.values)

    def handle(self, *, app, user, role, **options):
        app, person = app_named(app), user_named(user)
        try:
            add_member(app=app, user=person, role=role)
        except ValidationError as error:
            raise refusal(error) from None
        self.stdout.write(f"{person} is a member of {app.name} now, as {role}.")
