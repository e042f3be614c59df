"""`manage.py first_superuser`: the one account that a new installation starts with."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.admin.models import ADDITION
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from tasks_app.audit.changes import ADDED
from tasks_app.management.by_whom import log

VARIABLE = "FIRST_SUPERUSER_PASSWORD"


class Command(BaseCommand):
    help = (
        "Make the first superuser, and refuse where there is one. The password is asked for, "
        f"or read from {VARIABLE}, or is the first line of the standard input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="The address of the person, which is their user name too.")

    @transaction.atomic
    def handle(self, *args: Any, email: str, **options: Any) -> None:
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            raise CommandError("There is a superuser already. They make others in the admin, under Users.")
        try:
            validate_email(email)
            user = User(username=email, email=email, is_staff=True, is_superuser=True)
            password = _password()
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if User.objects.filter(username=email).exists():
            raise CommandError(f"There is a user {email} already, who is no superuser. Give another address.")
        user.set_password(password)
        user.save()
        log(user, user, ADDED(), ADDITION)
        self.stdout.write(f"{email} may sign in and do everything. Next: set up a second factor.")


def _password() -> str:
    if VARIABLE in os.environ:
        return os.environ[VARIABLE]
    return getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
