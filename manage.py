#!/usr/bin/env python
"""Django's command line. Starts the embedded database if the command needs it."""

import os
import sys

from postgres.embedded import database_for_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proyecta_admin.settings")
    from django.core.management import execute_from_command_line

    with database_for_command(sys.argv):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
