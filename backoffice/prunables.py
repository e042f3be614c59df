"""What the domain forgets in time: bodies of messages, report files, sessions, and the audit's old rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice import storage
from backoffice.models import (
    Attachment,
    Download,
    Mailing,
    MailingPerson,
    Message,
    PasswordLinkCount,
    PeopleList,
    QuestionAnswer,
    Report,
    SignIn,
    Size,
)
from backoffice.shelf import holding
from backoffice.shelf.causes import FileKept, Held
from backoffice.sign_in.link_limits import WINDOW
from tasks_app.db.bad_rows import read_each
from tasks_app.retention.prune import COUNTED_AT_MOST, Prunable, Refused, rows

# A file younger than this may belong to a report or a message that is just being made.
STRAY_AFTER = timedelta(days=1)
# How long an uploaded list waits for its import, and is known to have been imported.
LIST_KEPT = timedelta(days=1)
# Growth is told by the week; a clean-up that was away for weeks still finds one to compare with.
SIZES_KEPT = timedelta(days=30)


def messages_with_old_bodies(before: datetime) -> QuerySet[Message]:
    return Message.objects.with_body_before(before).order_by("created_at")


def remove_bodies(ids: Sequence[Any]) -> None:
    """The row stays, to say what was sent to whom; text, HTML, attachments and the .eml file go."""
    attachments = Attachment.objects.filter(message_id__in=ids)
    files = list(attachments.exclude(file="").values_list("file", flat=True))
    with transaction.atomic():
        attachments.delete()
        Message.objects.filter(pk__in=ids).update(text="", html="", body_pruned_at=timezone.now())
    storage.discard_unknown(files)  # one that the storage keeps is a stray from now on
    for message_id in ids:
        (Path(settings.OUTBOX_DIR) / f"{message_id}.eml").unlink(missing_ok=True)


def _ended_mailings(before: datetime) -> QuerySet[Mailing]:
    return Mailing.objects.filter(ended_at__lt=before, values_kept=True).order_by("ended_at")


def _prune_values(before: datetime, limit: int, refused: Refused) -> int:
    """What the people of one mailing were to read; from the first of them on its text is said no more."""
    mailing = _ended_mailings(before).exclude(pk__in=list(refused)).first()
    if mailing is None:
        return 0
    with transaction.atomic():
        full = MailingPerson.objects.filter(mailing=mailing).exclude(values={}).order_by("pk")
        keys = list(full.values_list("pk", flat=True)[:limit])
        MailingPerson.objects.filter(pk__in=keys).update(values={})
        mailing.values_pruned_at = mailing.values_pruned_at or timezone.now()
        mailing.values_kept = len(keys) == limit
        mailing.save(update_fields=["values_pruned_at", "values_kept"])
    return limit if mailing.values_kept else max(len(keys), 1)


def _count_values(before: datetime, most: int) -> int:
    of_ended = MailingPerson.objects.filter(mailing__in=_ended_mailings(before).order_by())
    return of_ended.exclude(values={}).order_by()[:most].count()


def old_reports(before: datetime) -> QuerySet[Report]:
    return holding.removable(Report.objects.filter(created_at__lt=before)).order_by("created_at")


def old_answers(before: datetime) -> QuerySet[QuestionAnswer]:
    return QuestionAnswer.objects.filter(at__lt=before).order_by("at")


def _prune_reports(before: datetime, limit: int, refused: Refused) -> int:
    """A file that the storage keeps leaves its row for the next run; so does a hold that came meanwhile."""
    old = old_reports(before).exclude(pk__in=list(refused))
    read, unread = read_each(Report.objects.all(), list(old.values_list("pk", flat=True)[:limit]))
    refused |= unread
    return sum(map(_is_removed, read))


def _is_removed(report: Report) -> bool:
    try:
        holding.remove(report)
    except (FileKept, Held):
        return False
    return True


def _prune_strays(before: datetime, limit: int, refused: Refused) -> int:
    return sum(storage.discard(name) for name in islice(storage.strays(before - STRAY_AFTER), limit))


def _count_strays(before: datetime, most: int) -> int:
    return sum(1 for _name in islice(storage.strays(before - STRAY_AFTER), most))


def old_lists(before: datetime) -> QuerySet[PeopleList]:
    return PeopleList.objects.filter(created_at__lt=before - LIST_KEPT).order_by("created_at")


def remove_lists(ids: Sequence[Any]) -> None:
    """A file that the storage keeps is a stray from now on."""
    lists = PeopleList.objects.filter(pk__in=ids)
    files = list(lists.values_list("file", flat=True))
    lists.delete()
    for name in files:
        storage.discard(name)


def old_sessions(before: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=before).order_by("expire_date")


def old_log_entries(before: datetime) -> QuerySet[LogEntry]:
    return _oldest(LogEntry).filter(action_time__lt=before)


def old_downloads(before: datetime) -> QuerySet[Download]:
    """Who took a report that is under legal hold stays with it."""
    return _oldest(Download).filter(at__lt=before, report__hold=None)


def _oldest(model: type[Model]) -> QuerySet[Any]:
    """The oldest rows of a table that is only appended to and has no index on its time.

    Without the window, a search for old rows would read the whole table whenever there are none.
    """
    window = model._default_manager.order_by("pk").values("pk")[:COUNTED_AT_MOST]
    return model._default_manager.filter(pk__in=window).order_by("pk")


def old_sign_ins(before: datetime) -> QuerySet[SignIn]:
    return SignIn.objects.filter(at__lt=before).order_by("at")


def old_link_counts(before: datetime) -> QuerySet[PasswordLinkCount]:
    return PasswordLinkCount.objects.filter(began_at__lt=before - WINDOW).order_by("began_at")


def old_sizes(before: datetime) -> QuerySet[Size]:
    return Size.objects.filter(day__lt=timezone.localdate(before - SIZES_KEPT)).order_by("day")


PRUNABLES: list[Prunable] = [
    rows("message_bodies", _("Texts of messages"), "message_bodies", messages_with_old_bodies, remove_bodies),
    Prunable(
        "mailing_values",
        _("Values of people of mailings"),
        "mailing_values",
        _prune_values,
        _count_values,
    ),
    Prunable(
        "reports",
        _("Reports and their files"),
        "reports",
        _prune_reports,
        lambda before, most: old_reports(before).order_by()[:most].count(),
    ),
    rows("answers", _("Answers to saved questions on pages"), "results", old_answers),
    rows("people_lists", _("Uploaded lists of people"), None, old_lists, remove_lists),
    Prunable(
        "stray_files",
        _("Files that belong to no report, message or list"),
        None,
        _prune_strays,
        _count_strays,
    ),
    rows("sessions", _("Sessions that ran out"), "sessions", old_sessions),
    rows("log_entries", _("Log of changes"), "audit", old_log_entries),
    rows("downloads", _("Record of downloads"), "audit", old_downloads),
    rows("sizes", _("Record of sizes"), None, old_sizes),
    rows("link_counts", _("Counts of links to a new password"), None, old_link_counts),
    rows("sign_ins", _("Record of sign-ins"), "audit", old_sign_ins),
]
