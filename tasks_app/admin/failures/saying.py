"""How a cause is named on pages, and the lists behind its figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tasks_app.admin.things import NAMES, cause_url
from tasks_app.catalogue import label_of
from tasks_app.display import badge, labelled, more_than, who, zoned
from tasks_app.failures import keys, touched
from tasks_app.failures.keys import key_of_group
from tasks_app.models import FailureGroup, FailureStatus

LOOKS = {
    FailureStatus.NEW: ("danger", "new_releases"),
    FailureStatus.KNOWN: ("warning", "visibility"),
    FailureStatus.REPAIRED: ("success", "task_alt"),
    FailureStatus.IGNORED: ("", "notifications_off"),
}


def name_of(group: FailureGroup) -> str:
    """ "Send an email: The recipient asked for no more emails." """
    return labelled(label_of(group.kind), keys.why(key_of_group(group)))


NAMES[FailureGroup] = name_of


def status_badge(group: FailureGroup, now: datetime) -> SafeString:
    """Known until a moment that has passed is new again."""
    status = FailureStatus.NEW if group.is_to_look_at(now) else FailureStatus(group.status)
    variant, icon = LOOKS[status]
    return badge(status.label, variant, icon, hint=status_note(group, now))


def status_note(group: FailureGroup, now: datetime) -> str:
    """What stands behind the status, in a sentence; "" where there is nothing to say."""
    if group.status == FailureStatus.KNOWN:
        return _of_known(group, now)
    if group.status == FailureStatus.REPAIRED and group.release:
        return _("Repaired with release %(release)s.") % {"release": group.release}
    if group.status == FailureStatus.NEW and group.disproved_by:
        return _("It was taken for repaired, and failed again.")
    return ""


def _of_known(group: FailureGroup, now: datetime) -> str:
    words = []
    if group.owner:
        words.append(_("%(person)s looks after it.") % {"person": who(group.owner)})
    if group.until is not None:
        said = (
            _("It was known until %(moment)s; that has passed.")
            if group.until <= now
            else _("Known until %(moment)s.")
        )
        words.append(said % {"moment": moment_in_words(group.until)})
    return " ".join(words)


def moment_in_words(moment: datetime) -> str:
    return zoned(timezone.localtime(moment), _("j M Y, H:i T"))


# --- Where figures lead ---------------------------------------------------------------------------


def address(group: FailureGroup) -> str:
    """Of its page."""
    return cause_url(group.kind, key_of_group(group).address)


def jobs_of(
    group: FailureGroup,
    *,
    repaired: str = "any",
    since: datetime | None = None,
    until: datetime | None = None,
) -> str:
    """The list of its jobs that ended from one moment to just before another."""
    query: dict[str, Any] = _query(group) | {"repaired": repaired}
    if since is not None:
        query["ended_at_from"] = since.isoformat()
    if until is not None:
        query["ended_at_to"] = until.isoformat()
    return reverse("admin:tasks_app_job_changelist", query=query)


def _query(group: FailureGroup) -> dict[str, str]:
    return {"kind": group.kind, "cause": key_of_group(group).address}


def link(text: str, url: str, title: str = "") -> SafeString:
    """A figure, and the list behind it."""
    return format_html('<a class="bo-link" href="{}" title="{}">{}</a>', url, title, text)


def count_of_touched(count: int) -> str:
    return more_than(count, touched.MOST)


def running_release() -> str:
    return str(settings.VERSION)
