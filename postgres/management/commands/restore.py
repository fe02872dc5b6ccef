"""`manage.py restore`: the database and the secrets of a backup, put into a data directory that has neither."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from postgres.backup import SECRET_FILES, BackupFailed, restore_backup


class Command(BaseCommand):
    help = "Puts a backup into a data directory without a database. It starts nothing."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, help="the directory that manage.py backup has made")

    def handle(self, *, directory: Path, **options: Any) -> None:
        try:
            backup = restore_backup(directory)
        except BackupFailed as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"The backup of {backup.made:%Y-%m-%d %H:%M:%S} UTC is restored. make run starts with it.")
        for setting, name in SECRET_FILES.items():
            if name not in backup.secrets:
                self.stdout.write(f"{setting} was not in it: set it in the environment as before.")
