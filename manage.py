#!/usr/bin/env python
"""Django's commands. In the demo and in development (DEMO=1) they bring their database with them."""

import os
import signal
import sys

WITHOUT_DATABASE = {"collectstatic", "compile_catalogues", "makemessages", "help", "--help", "--version"}


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consultations.settings")
    from django.core.management import execute_from_command_line

    if len(sys.argv) > 1 and sys.argv[1] not in WITHOUT_DATABASE:
        from consultations import database

        signal.signal(signal.SIGTERM, end)
        database.start_if_embedded()
    execute_from_command_line(sys.argv)


def end(number, frame):
    """Leave as after an error, so that the embedded database stops with its last user."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
