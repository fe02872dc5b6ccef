"""Users and groups in Django's admin, for superusers."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from ..forms import EMAIL_INPUT
from ..hashing import hashes_passwords
from ..models import Membership, User
from .guards import SuperuserOnly


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0


@admin.register(User)
@method_decorator(hashes_passwords, name="user_change_password")
@method_decorator(hashes_passwords, name="add_view")  # in a transaction, so that one connection waits for the hash
class UserAdmin(SuperuserOnly, auth_admin.UserAdmin):
    formfield_overrides = {models.EmailField: {"widget": AdminTextInputWidget(attrs=EMAIL_INPUT)}}
    fieldsets = (*(auth_admin.UserAdmin.fieldsets or ()), (_("Preferences"), {"fields": ("time_zone", "language")}))
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "email", "usable_password", "password1", "password2"),
            },
        ),
    )

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[Any]:
        return [MembershipInline] if obj else []


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(SuperuserOnly, auth_admin.GroupAdmin):
    """For superusers only: everybody who may edit a group could give themselves every permission through it."""
