"""The fields of a timing as beat's row has them, checked as the rhythm of a schedule is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_celery_beat.models import (
    ClockedSchedule,
)

from tasks_app.admin.dressing import dress
from tasks_app.admin.schedules.timings.used_by import why_not_all
from tasks_app.db.bad_rows import begin_unread_anew, or_none
from tasks_app.display import who
from tasks_app.models.schedule_version import WHY_LENGTH
from tasks_app.schedules import causes
from tasks_app.schedules.rhythm import InvalidRhythm, rhythm_of, words
from tasks_app.schedules.timings import fields_of, hold, ids_of_users, scheduled
from tasks_app.schedules.versions.definition import plain

ALL, WHY = "all_of_them", "why"
SHOWN, SHOWN_USERS = "shown", "shown_users"  # what the page told, by digests


def digest(values: Any) -> str:
    return hashlib.sha256(json.dumps(values).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class TimingForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes no parameter when it runs
    """A timing that schedules run by is changed for all of them, knowingly.

    It is checked in the transaction that saves it: row and schedules are locked from there on (`hold`), so
    that what was agreed to is what is done. `users` are their ids.
    """

    all_of_them = forms.BooleanField(required=False)
    why = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=WHY_LENGTH,
        help_text=gettext_lazy("It stands in the history of each of them."),
    )

    person: Any = None  # who fills it in; their page says so

    def __init__(self, *args: Any, **options: Any) -> None:
        row = options.get("instance")
        if row is not None:
            begin_unread_anew(row)
        super().__init__(*args, **options)
        self.is_changed = True
        self.users: list[int] = []
        self.shown = self.shown_users = ""
        if self.instance.pk is not None:
            self._see(ids_of_users(self.instance), self._now())
        dress(cast(forms.Form, self))  # of which it asks no more than its fields

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors:
            self._try_rhythm(given)
        if not self.errors and self.instance.pk is not None:
            self._try_change(given)
        if not self.errors and self.is_changed:
            self._try_whether_new(given)
        return given

    @cached_property
    def changed_data(self) -> list[str]:
        """As the log tells it: whom it was changed for stands in an entry of its own."""
        return [name for name in super().changed_data if name != ALL]

    def validate_unique(self) -> None:
        """A twin is told with its address, above."""

    # --- What is there ---------------------------------------------------------------------------

    @property
    def columns(self) -> Sequence[str]:
        return fields_of(self._meta.model)

    def _now(self) -> dict[str, Any] | None:
        """Its values as they are in the database; None where it is gone, or they cannot be read."""
        rows = self._meta.model._default_manager.filter(pk=self.instance.pk)
        return or_none(lambda: rows.values(*self.columns).first())

    def _see(self, users: list[int], values: dict[str, Any] | None) -> None:
        """What the page tells, and has come back with what is sent."""
        self.users, self.shown_users = users, digest(users)
        self.shown = digest({name: plain(value) for name, value in (values or {}).items()})
        self.fields[ALL].label = ngettext(
            "Change the %(count)d schedule that runs by it",
            "Change all %(count)d schedules that run by it",
            len(users),
        ) % {"count": len(users)}

    # --- Checks ----------------------------------------------------------------------------------

    def _try_rhythm(self, given: dict[str, Any]) -> None:
        row = self._meta.model(**{name: given[name] for name in self.columns})
        try:
            rhythm = rhythm_of(scheduled(row), timezone.now())
            if not isinstance(row, ClockedSchedule) and rhythm.after(timezone.now()) is None:
                raise InvalidRhythm(causes.NEVER_COMES())
        except InvalidRhythm as error:
            field = "timezone" if error.field == "zone" else error.field
            self.add_error(field if field in self.columns else self.columns[0], str(error))

    def _try_change(self, given: dict[str, Any]) -> None:
        """Of one that is there: nobody was quicker, and all who run by it are meant."""
        users = hold(self.instance)
        now = self._now()
        self._see(users, now)
        are_others = self.data.get(SHOWN_USERS, "") != self.shown_users
        if are_others:  # what is ticked was ticked for those that the page told
            self.data = {name: value for name, value in self.data.items() if name != ALL}
        if self.data.get(SHOWN, "") != self.shown:
            self.add_error(None, self._changed_meanwhile(now))
            return
        self.is_changed = now is None or any(_differ(now[name], given[name]) for name in self.columns)
        if not self.is_changed or not users:
            return
        if refused := why_not_all(self.person, self.instance):
            self.add_error(None, refused)
        elif are_others:
            self.add_error(None, self._others(len(users)))
        elif not given.get(ALL):
            self.add_error(
                ALL, _("Tick it to change when they run. To change one of them alone, go to its page.")
            )

    def _others(self, count: int) -> str:
        return ngettext(
            "Other schedules run by it than this page told: it is %(count)d now. Look which, and tick anew.",
            "Other schedules run by it than this page told: they are %(count)d now. Look which, and tick "
            "anew.",
            count,
        ) % {"count": count}

    def _changed_meanwhile(self, now: dict[str, Any] | None) -> str:
        last = _last_entry(self.instance)
        said = words(scheduled(self._meta.model(**now))) if now else _("It cannot be read any more")
        kept = _("Nothing of yours is saved yet. Saved once more, your values take the place of the others.")
        found = {"who": who(last.user) if last else "", "words": said}
        if last:
            return f"{_('%(who)s changed this timing while you were at it: “%(words)s”.') % found} {kept}"
        return f"{_('This timing was changed while you were at it: “%(words)s”.') % found} {kept}"

    def _try_whether_new(self, given: dict[str, Any]) -> None:
        rows = self._meta.model._default_manager.filter(**{name: given[name] for name in self.columns})
        twin = rows.exclude(pk=self.instance.pk).order_by("pk").first()
        if twin is not None:
            self.add_error(None, _exists(twin))


def _last_entry(row: Model) -> LogEntry | None:
    """What was done to it last on a page."""
    kind = ContentType.objects.get_for_model(type(row))
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(row.pk)).select_related("user")
    return entries.order_by("-action_time", "-pk").first()


def _differ(one: Any, other: Any) -> bool:
    """A time zone is one by its name, as text or not."""
    if isinstance(other, ZoneInfo):
        return str(one) != str(other)
    return bool(one != other)


def _exists(twin: Model) -> str:
    url = reverse(f"admin:django_celery_beat_{twin._meta.model_name}_change", args=[twin.pk])
    return format_html(
        '{} <a class="underline" href="{}">{}</a>',
        _("This timing is there already, and is not made twice:"),
        url,
        words(scheduled(twin)),
    )
