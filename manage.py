#!/usr/bin/env python
"""Django's command line; `python manage.py help` lists what the back office adds to it."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from environs import EnvError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projet.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, EnvError) as error:
        if settings.configured:
            raise
        sys.exit(str(error))  # a setting is wrong: its sentence says all, a traceback would hide it


if __name__ == "__main__":
    main()
