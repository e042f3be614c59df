"""Whose doing a command is, where `--by` says it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.utils.translation import gettext as _


def person(username: str) -> Any:
    """The account; None for no name. CommandError where there is none of this name."""
    if not username:
        return None
    found = get_user_model().objects.filter(username=username).first()
    if found is None:
        raise CommandError(_("There is no user “%(name)s”.") % {"name": username})
    return found
