"""Filters of the audit log: what was done, to which sort of thing; and words of why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Collate, Left
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tasks_app.admin.filters import OneOf
from tasks_app.admin.things import SHOWN_ON
from tasks_app.audit.entries import FIRST_OF_CODE

# Characters of an entry that its index has (migration tasks_app.0015): enough for each code.
INDEXED = 80
LAST = chr(0x10FFFF)
WORDS_LOOKED_THROUGH = 5_000  # the latest entries

# What was done, by what the codes of notices begin with.
ACTIONS: Mapping[str, tuple[str | Promise, tuple[str, ...]]] = {
    "launched": (_("Launched"), ("audit.job_launched", "audit.schedule_run_", "audit.schedules_run_now")),
    "rerun": (
        _("Run again"),
        (
            "audit.job_run_again",
            "audit.job_corrected",
            "audit.jobs_run_again",
            "audit.message_sent_again",
            "audit.schedule_made_up",
        ),
    ),
    "cancelled": (_("Cancelled"), ("audit.job_cancel", "audit.job_asked", "audit.jobs_cancel")),
    "settled": (
        _("Settled"),
        ("audit.job_settled", "audit.jobs_settled", "audit.message_arrived", "audit.message_left_unsent"),
    ),
    "batches": (_("Batch begun, started, paused or stopped"), ("audit.batch_",)),
    "causes": (_("Decided about a cause of failures"), ("audit.cause_", "audit.causes_")),
    "paused": (
        _("Paused or resumed"),
        (
            "audit.queue_",
            "audit.schedule_paused",
            "audit.schedule_resumed",
            "audit.schedules_paused",
            "audit.schedules_resumed",
        ),
    ),
    "workers": (_("Stopped a worker"), ("audit.worker_",)),
    "released": (_("Let emails go again"), ("audit.suppression_lifted", "audit.hold_probed")),
    "alerts": (_("Tested an alert"), ("audit.alert_",)),
    "switched": (_("Switched on or off"), ("audit.schedule_switched", "audit.schedules_switched")),
    "filled_in": (_("Filled in past times, or stopped that"), ("audit.schedule_fill_in_",)),
    "audiences": (
        _("Chose the people of an audience"),
        ("audit.audience_chosen", "audit.audience_unchosen", "audit.audience_uploaded"),
    ),
    "mailings": (_("Approved, sent, paused or stopped a mailing"), ("audit.mailing_",)),
    "answered_for": (
        _("Promised, handed over or followed a schedule"),
        (
            "audit.schedule_promise",
            "audit.schedule_handed_over",
            "audit.schedule_given_to_the_system",
            "audit.schedule_followed",
            "audit.schedule_not_followed",
            "audit.schedule_feed_",
        ),
    ),
    "added": (_("Added"), ("audit.added", "audit.schedule_added")),
    "changed": (
        _("Changed"),
        (
            "audit.changed",
            "audit.schedule_changed",
            "audit.schedule_edited",
            "audit.schedules_retimed",
            "audit.schedule_put_back",
            "audit.part_",
            "audit.saved_unchanged",
        ),
    ),
    "deleted": (_("Deleted"), ("audit.deleted", "audit.schedule_deleted", "audit.report_deleted")),
    "imported": (
        _("Imported"),
        (
            "audit.list_imported",
            "audit.schedule_imported",
            "audit.schedules_imported",
            "audit.calendar_imported",
        ),
    ),
    "held": (_("Put under legal hold or released"), ("audit.report_held", "audit.report_released")),
    "made_again": (_("Had a report made again"), ("audit.report_made_again",)),
    "subscriptions": (
        _("Subscribed, or changed a subscription"),
        ("audit.subscribed", "audit.subscription_", "audit.reader_opted_out"),
    ),
    "questions": (_("Saved questions"), ("audit.question_",)),
    "favourites": (_("Favourites"), ("audit.report_favourite", "audit.report_no_favourite")),
    "taken": (
        _("Downloaded or exported"),
        (
            "audit.downloaded",
            "audit.exported",
            "audit.jobs_exported",
            "audit.schedules_exported",
            "audit.backed_up",
        ),
    ),
    "sign_in": (
        _("Signing in"),
        ("audit.second_factor", "audit.recovery_codes", "audit.sign_in", "audit.groups_by", "audit.password"),
    ),
    "upkeep": (
        _("Upkeep from the command line"),
        (
            "audit.cleaned_up",
            "audit.reconciled",
            "audit.restored",
            "audit.resealed",
            "audit.seeded",
            "audit.demo_",
            "audit.first_superuser",
            "audit.history_made",
        ),
    ),
}


class ActionFilter(OneOf):
    title = _("what was done")
    parameter_name = "done"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(name, str(label)) for name, (label, _codes) in ACTIONS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = [ACTIONS[name][1] for name in self.chosen() if name in ACTIONS]
        if not chosen:
            return queryset
        begins = Left("change_message", INDEXED)
        is_postgresql = connection.vendor == "postgresql"
        marked = queryset.alias(begins=Collate(begins, "C") if is_postgresql else begins)
        wanted = Q()
        for code in (code for codes in chosen for code in codes):
            first = FIRST_OF_CODE % code
            wanted |= Q(begins__gte=first, begins__lt=first + LAST)
        found: QuerySet[Any] = marked.filter(wanted)
        return found


class ThingFilter(OneOf):
    """By the sort of thing: those that have pages, and those that are shown on another's."""

    title = _("sort of thing")
    parameter_name = "thing"
    column = "content_type_id"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        models = [*admin.site._registry, *SHOWN_ON]
        types = ContentType.objects.get_for_models(*models)
        found = {str(kind.pk): capfirst(str(model._meta.verbose_name)) for model, kind in types.items()}
        return sorted(found.items(), key=lambda pair: pair[1].casefold())

    def chosen(self) -> list[str]:
        known = {str(key) for key, _label in self.lookup_choices}
        return [value for value in super().chosen() if value in known]


def with_words(entries: QuerySet[LogEntry], words: str) -> QuerySet[LogEntry]:
    """Those of the latest entries whose reason, or whatever else they keep, has these words."""
    latest = LogEntry.objects.order_by("-pk").values_list("pk", flat=True)
    oldest = latest[WORDS_LOOKED_THROUGH : WORDS_LOOKED_THROUGH + 1].first()
    as_kept = json.dumps(words)[1:-1]
    found = LogEntry.objects.filter(Q(change_message__icontains=words) | Q(change_message__icontains=as_kept))
    if oldest is not None:
        found = found.filter(pk__gt=oldest)
    return entries.filter(pk__in=found.values("pk"))
