"""Apps and memberships: the only code that writes them. API keys are written by keys.py. Neither knows requests.

Every wrong argument is raised as django.core.exceptions.ValidationError, with a message per field.
"""

from core.db.writes import insert_validated

from .models import App, Membership, Role, User


def create_app(*, slug: str, name: str | None = None) -> App:
    """Create an app.

    slug: its part of addresses: lower-case letters, digits and single hyphens between them, at most 50 characters.
    name: one line of at most 100 characters. Without it, the slug as words: "acme-shop" becomes "Acme shop".

    Raises ValidationError for `slug` (form, or taken) and `name`.
    """
    if name is None:
        name = slug.replace("-", " ").capitalize()
    return insert_validated(App(slug=slug, name=name.strip()))


def add_member(*, app: App, user: User, role: Role | str) -> Membership:
    """Make the user a member of the app.

    Raises ValidationError for `role`, and without a field if the user is a member already.
    """
    return insert_validated(Membership(app=app, user=user, role=role))


def change_role(*, membership: Membership, role: Role | str) -> Membership:
    """Give the member another role and return the membership. Raises ValidationError for `role`."""
    membership.role = role
    membership.full_clean()
    membership.save(update_fields=["role"])
    return membership


def remove_member(*, membership: Membership) -> None:
    """End the membership; the user stays. Removing a membership that no longer exists changes nothing."""
    Membership.objects.filter(pk=membership.pk).delete()
