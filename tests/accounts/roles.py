"""Roles as the database has them."""

from accounts.models import Membership


def role_in(user, app):
    return Membership.objects.filter(user=user, app=app).values_list("role", flat=True).first()
