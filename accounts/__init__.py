"""People, the apps they work in, their roles there, and the API keys of apps.

models              User, App, Membership with a Role, ApiKey, Session
services            create_app, add_member, change_role, remove_member
keys                issue, check and revoke API keys
people              a person with apps and roles, or a session with its person, in one statement
access              the guard in front of the pages of an app
sessions, backends  Django's session engine and authentication backend on top of `people`
hashing             how many passwords are hashed at once
lockout             the wait after too many wrong passwords
middleware          signed-in person, sign-in required, time zone
fields, validators  fields of short texts whose validators stay out of migrations
forms, views/       the pages: signing in, the own account, the way to one's app, API keys
admin/              the same objects in Django's admin
management/         create_app, add_member, create_api_key

Nothing here imports `api` or `customers`.
"""
