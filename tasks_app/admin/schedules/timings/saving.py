"""A timing is changed for all the schedules that run by it, or deleted where none does."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import DELETION
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action, log_together
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done
from tasks_app.admin.schedules.timings.form import WHY, TimingForm
from tasks_app.audit.changes import DELETED, of_fields
from tasks_app.db import shared_time
from tasks_app.db.bad_rows import row_by_row
from tasks_app.display import labelled
from tasks_app.models import Made
from tasks_app.notices import in_each_language
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.rhythm import words
from tasks_app.schedules.timings import change, hold, scheduled, users_of
from tasks_app.schedules.versions.recording import Stamp


def change_for_all(request: HttpRequest, row: Model, form: TimingForm) -> None:
    """The row, the plan and a version of each of its schedules, and what the log says of them.

    In the transaction in which the form was checked: it holds them.
    """
    stamp = Stamp(Made.EDITED, request.user, form.cleaned_data.get(WHY) or "")
    change(row, form.users, shared_time.now(), stamp)
    if not form.users:
        return
    fields = [*of_fields(form)]
    own_words = in_each_language(lambda: words(scheduled(row)))
    users = with_rhythms(PeriodicTask.objects.filter(pk__in=form.users).order_by("name"))
    with log_together(request, audit_log.SCHEDULES_RETIMED, rhythm=own_words):
        for schedule in row_by_row(users):
            rhythm = in_each_language(partial(words, schedule))
            log_action(request, schedule, audit_log.SCHEDULE_EDITED(fields=fields, rhythm=rhythm))
    count = len(form.users)
    said = ngettext(
        "The next run of %(count)d schedule that uses it is worked out anew.",
        "The next runs of %(count)d schedules that use it are worked out anew.",
        count,
    )
    messages.info(request, said % {"count": count})


def delete(request: HttpRequest, row: Model) -> HttpResponse:
    """Beat would delete its schedules along with it: what is used stays."""
    used = why_it_stays(users_of(row).count())
    dialog = _dialog(row, used)
    back, listed = _addresses(row)
    if used or not confirmed(request, dialog):
        return ask(request, dialog, back=back)
    with transaction.atomic():
        used = why_it_stays(len(hold(row)))
        if not used:
            log_action(request, row, DELETED(), DELETION)
            row.delete()
    if used:
        messages.error(request, used)
        return done(request, back)
    messages.success(request, _("The timing was deleted."))
    return done(request, listed)


def why_it_stays(count: int) -> str:
    """Why it cannot be deleted, by how many use it; "" where it can."""
    if not count:
        return ""
    return ngettext(
        "%(count)d schedule runs by it, and would be deleted with it: give it another timing first.",
        "%(count)d schedules run by it, and would be deleted with it: give them another timing first.",
        count,
    ) % {"count": count}


def _dialog(row: Model, used: str) -> Dialog:
    said = words(scheduled(row))
    return Dialog(
        title=_("Delete this timing?"),
        text=_("No schedule runs by it. One that is made with the same values gets a new one."),
        items=[] if used else [said],
        left_out=[labelled(said, used)] if used else [],
        submit=_("Delete"),
        danger=True,
    )


def _addresses(row: Any) -> tuple[str, str]:
    name = f"admin:django_celery_beat_{row._meta.model_name}"
    return reverse(f"{name}_change", args=[row.pk]), reverse(f"{name}_changelist")
