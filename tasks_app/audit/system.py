"""Entries that no signed-in person made: of the clock, and of commands in a shell.

Django's log has an account for each entry. So they have one nobody can sign in with; what is done in a shell
says besides who the system took them for, and on which host.
"""

from __future__ import annotations

import getpass
import socket
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from tasks_app.audit.entries import written
from tasks_app.audit.recording import Line, record
from tasks_app.models.audit import SYSTEM
from tasks_app.notices import PERSON, TECHNICAL, Notice, declare

FROM_SHELL = declare(
    "audit.from_shell",
    _("From the command line, by %(account)s on %(host)s."),
    general=_("From the command line."),
    account=PERSON,
    host=TECHNICAL,
)


def record_of_system(line: Line) -> LogEntry:
    """What the product did by itself."""
    return record(system_account().pk, line)


def record_from_shell(line: Line, by: Any = None) -> LogEntry:
    """What a command did to a thing; `by`: the person who was named with it."""
    return record((by or system_account()).pk, line, from_shell())


def record_command(name: str, what: Notice) -> LogEntry:
    """What a command did that is about no one thing; `name` as it is typed: "cleanup"."""
    return LogEntry.objects.create(
        user_id=system_account().pk,
        object_repr=f"manage.py {name}",
        action_flag=CHANGE,
        change_message=written(what, from_shell()),
    )


def from_shell() -> Notice:
    return FROM_SHELL(account=_account(), host=socket.gethostname())


def system_account() -> User:
    made, is_new = User.objects.get_or_create(username=SYSTEM, defaults={"is_active": False})
    if is_new:
        made.set_unusable_password()
        made.save(update_fields=["password"])
    return made


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's number that has no name
        return "?"
