"""Accounts in Django's admin. Superusers edit users, groups and apps; admins of an app edit the rest, within it.

Staff also need Django's permission for the model, as everywhere in its admin.

guards      what every ModelAdmin here has: who sees which rows, and which filters an address may hold
users       User, Group
apps        App, Membership
api_keys    ApiKey
"""

from . import api_keys, apps, users  # noqa: F401 - registers them
