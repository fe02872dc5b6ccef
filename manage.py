#!/usr/bin/env python
"""Django's command line. It starts the embedded database when a command needs it."""

import os
import sys

from postgres.embedded import database_for_command


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proyecta_admin.settings")
    from django.core.management import execute_from_command_line

    with database_for_command(sys.argv):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
