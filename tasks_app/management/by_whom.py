"""`--by USERNAME`: whose doing a command is. The audit log says so as it does of a page."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.admin.models import CHANGE
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.db.models import Model
from django.utils.translation import gettext as _

from tasks_app.audit.recording import Line, record
from tasks_app.notices import Notice


def add_by(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--by",
        default="",
        metavar="USERNAME",
        help="Who does it, for the audit log; where left out nobody, and it has no line there.",
    )


def person(username: str) -> Any:
    """The account; None for no name. CommandError where there is none of this name."""
    if not username:
        return None
    found = get_user_model().objects.filter(username=username).first()
    if found is None:
        raise CommandError(_("There is no user “%(name)s”.") % {"name": username})
    return found


def log(by: Any, thing: Model, what: Notice, flag: int = CHANGE) -> None:
    """A line of the audit log, where somebody did it."""
    if by is not None:
        record(by.pk, Line(thing, str(thing), what, flag))
