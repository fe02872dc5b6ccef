"""Gives the tests an installation of their own: a data directory and an embedded PostgreSQL, gone when they end.

pytest loads this before Django's settings, which read the environment. It runs on the PostgreSQL of DATABASE_URL where
that is set. The processes of pytest-xdist share what their controller started.
"""

import os
import shutil
import tempfile
from contextlib import ExitStack

import pytest

FROM_OUTSIDE = (
    "ALLOWED_HOSTS",
    "API_KEY_SECRET",
    "API_RATE_LIMIT",
    "DATABASE_REPLICA_URL",
    "DEBUG",
    "DJANGO_SETTINGS_MODULE",
    "HOST",
    "HTTPS",
    "METRICS_TOKEN",
    "PGBOUNCER",
    "PORT",
    "PROXY",
    "PROYECTA_DEMO",
    "SECRET_KEY",
    "SECURITY_CONTACT",
    "SECURITY_CONTACT",
    "SHARE_PORT",
)
is_worker = "PYTEST_XDIST_WORKER" in os.environ
at_the_end = ExitStack()

if not is_worker:
    for name in FROM_OUTSIDE:
        os.environ.pop(name, None)
    os.environ["PROYECTA_DATA_DIR"] = tempfile.mkdtemp(prefix="proyecta-tests-")
    at_the_end.callback(shutil.rmtree, os.environ["PROYECTA_DATA_DIR"])
    # For the user that root's PostgreSQL runs as.
    os.chmod(os.environ["PROYECTA_DATA_DIR"], 0o711)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session):
    if is_worker or session.config.option.collectonly:
        return
    from django.core.management import call_command

    from postgres.embedded import usable_database

    at_the_end.enter_context(usable_database(durable=False))
    call_command("collectstatic", interactive=False, verbosity=0)


def pytest_configure(config):
    from django.conf import settings

    # As in production, but not compressed, which takes longer than many tests together.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_unconfigure(config):
    at_the_end.close()
