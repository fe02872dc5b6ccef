"""`manage.py backup`: the embedded database and its secrets, copied into a new directory while the product runs."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from postgres.backup import SECRET_FILES, BackupFailed, make_backup


class Command(BaseCommand):
    help = "Copies the embedded database and the secrets into a new directory, while the product runs."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, help="a new directory, best on another disk")

    def handle(self, *, directory: Path, **options: Any) -> None:
        try:
            backup = make_backup(directory)
        except BackupFailed as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"The backup in {backup.path} is complete and verified.")
        for setting, name in SECRET_FILES.items():
            if name not in backup.secrets:
                self.stdout.write(f"{setting} comes from the environment and is not in it: keep it elsewhere.")
