"""What the product holds before the load begins: two apps with keys and customers, and a person of each role."""

import os
from dataclasses import dataclass
from pathlib import Path

from .product import SETTINGS

APPS = ("acme", "globex")
# The app that people sign in to.
PANEL_APP = APPS[0]
FIRST_CUSTOMERS = 200
PASSWORD = "a rehearsal of failures"
ROLES = ("viewer", "editor", "admin")
STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Access:
    """keys: secret of an API key that may write, by the slug of its app. check_key: another one of the first app."""

    keys: dict[str, str]
    check_key: str


def use_data_directory(data: Path) -> None:
    """Point Django, in this process, to the embedded database of a data directory. Before the first import of it."""
    for name in SETTINGS:
        os.environ.pop(name, None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "proyecta_admin.settings"
    os.environ["PROYECTA_DATA_DIR"] = str(data)


def prepare() -> Access:
    """Create apps, keys, customers and people in the database of use_data_directory().

    A person's username is the name of the role, or STAFF for the superuser; everybody has PASSWORD.
    """
    from postgres.embedded import running_database

    with running_database():
        import django

        django.setup()
        from django.core.management import call_command

        from accounts.keys import create_api_key
        from accounts.models import User
        from accounts.services import add_member, create_app

        call_command("migrate", interactive=False, verbosity=0)
        apps = [create_app(slug=slug) for slug in APPS]
        for app in apps:
            call_command("generate_customers", app=app.slug, rows=FIRST_CUSTOMERS, verbosity=0)
        for role in ROLES:
            add_member(app=apps[0], user=User.objects.create_user(role, password=PASSWORD), role=role)
        User.objects.create_superuser(STAFF, password=PASSWORD)
        keys = {app.slug: create_api_key(app=app, name="Load", scope="write")[1] for app in apps}
        return Access(keys, create_api_key(app=apps[0], name="Check", scope="write")[1])
