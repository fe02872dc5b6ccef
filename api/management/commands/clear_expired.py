from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from accounts.clearing import clear_expired_sessions, clear_old_failures
from api.idempotency import clear_expired_records
from core.db.failures import failure_of


class Command(BaseCommand):
    help = "Delete expired sessions, failures to sign in that no longer count, and expired records of idempotency keys."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sessions, failures, records = clear_expired_sessions(), clear_old_failures(), clear_expired_records()
        except Error as error:
            if failure := failure_of(error):
                raise CommandError(f"The database failed: {failure.cause}") from None
            raise
        self.stdout.write(
            f"Deleted {sessions} sessions, {failures} failures to sign in and {records} records of idempotency keys."
        )
