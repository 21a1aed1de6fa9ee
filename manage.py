#!/usr/bin/env python
"""Django's command line for Drydock."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        raise SystemExit("Django is not installed here: run `make run` once, then use .venv/bin/python.") from None
    from django.db import OperationalError

    from config.env import read_local_state

    read_local_state()
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if "connection" not in str(error):
            raise
        raise SystemExit("The database does not answer. Start it with `make run`, or look at DATABASE_URL.") from None


if __name__ == "__main__":
    main()
