"""What the audit log keeps of an action: a notice, said to each reader in their language.

Django keeps JSON of its own forms ("Changed Name.") in the same column, and says "No fields changed." of any
other. So its LogEntry asks here first, on every page that shows one: ours, and each object's history.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext

from tasks_app.notices import Notice

KEY = "notice"
# What an entry of a code that begins so begins with, as `written` writes it.
FIRST_OF_CODE = '[{"notice": {"code": "%s'
# An entry about many things has none's id, but this and the key of what was done to them together.
TOGETHER = "together:"


def written(*what: Notice) -> str:
    """As the column keeps it: a list, as Django's own."""
    return json.dumps([as_json(one) for one in what])


def as_json(what: Notice) -> dict[str, Any]:
    return {KEY: {"code": what.code, "params": dict(what.params)}}


def read(change_message: str) -> list[Notice]:
    """The notices of an entry; none of one that Django or an older version wrote."""
    if not change_message.startswith("["):
        return []
    try:
        kept = [one[KEY] for one in json.loads(change_message) if KEY in one]
        return [Notice(str(one["code"]), dict(one["params"])) for one in kept]
    except (ValueError, TypeError, KeyError):
        return []


def said(change_message: str) -> str:
    """What was done, in the reader's language."""
    if notices := read(change_message):
        return " ".join(str(one) or one.in_general for one in notices)
    try:
        return str(_as_django_says(LogEntry(change_message=_in_words_of_ours(change_message))))
    except (TypeError, KeyError, AttributeError):  # JSON of neither
        return change_message


def is_of_many(entry: LogEntry) -> bool:
    return (entry.object_id or "").startswith(TOGETHER)


def _in_words_of_ours(change_message: str) -> str:
    """Django translates the labels of its forms, which begin with a capital that no catalogue has."""
    if not change_message.startswith("["):
        return change_message
    try:
        changes = json.loads(change_message)
        for one in changes:
            if fields := one.get("changed", {}).get("fields"):
                one["changed"]["fields"] = [_translated(str(label)) for label in fields]
    except (ValueError, TypeError, AttributeError):
        return change_message
    return json.dumps(changes)


def _translated(label: str) -> str:
    found = gettext(label)
    return found if found != label else capfirst(gettext(label[:1].lower() + label[1:]))


_as_django_says = LogEntry.get_change_message
_as_django_leads = LogEntry.get_admin_url


def get_change_message(self: LogEntry) -> str:
    # In the history of one of many things, what was done to that one.
    return said(getattr(self, "of_one", None) or self.change_message)


def get_admin_url(self: LogEntry) -> str | None:
    if is_of_many(self):
        return reverse("admin:admin_logentry_change", args=[self.pk])
    found: str | None = _as_django_leads(self)
    return found


LogEntry.get_change_message = get_change_message  # type: ignore[method-assign]  # see above
LogEntry.get_admin_url = get_admin_url  # type: ignore[method-assign]  # an entry about many leads to itself
