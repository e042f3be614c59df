"""Why a report stays, and what was done about it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.errors import CodedError
from tasks_app.notices import PERSON, declare

HELD = declare(
    "shelf.held",
    _("This report is under legal hold (%(reason)s): release it before it can be deleted."),
    general=_("A report under legal hold cannot be deleted: release it first."),
    reason=PERSON,
)


class Held(CodedError):
    """It is under legal hold: nobody deletes it."""


class FileKept(Exception):
    """The storage would not delete the file, so the report stays too."""
