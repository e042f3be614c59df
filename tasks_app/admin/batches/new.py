"""Beginning a batch: what it would be made of, in words; of one kind, with one argument changed for all.

Nothing is launched here: the batch is written, sorted by its own job, and started on its page.
"""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.forms.utils import pretty_name
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app.admin import audit_log
from tasks_app.admin.arguments import said_of
from tasks_app.admin.batches.asked import CHANGE, Asked, Misunderstood, asked_for, came_from
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.jobs.actions import name_of
from tasks_app.admin.launch_keys import FIELD, launch_key
from tasks_app.batches.beginning import MOST, Nothing, TooMany, Wish, begin
from tasks_app.batches.changing import changeable, misfit_of
from tasks_app.catalogue import Launchable, launchable_of, plain
from tasks_app.display import COUNTED_ROWS, Text, count_up_to, more_than
from tasks_app.models import Batch, Job
from tasks_app.models.batch import REASON_LENGTH
from tasks_app.subject import arguments_of

PREVIEWED = 5  # jobs that are shown with what would be changed
NAMED = 5  # jobs that the dialog names
RIGHTS = ("tasks_app.add_batch", "tasks_app.rerun_job", "tasks_app.view_job")


class NewForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Kept with the batch; may be left empty."),
    )
    change = forms.ChoiceField(label=gettext_lazy("Arguments"), required=False)

    def __init__(self, data: Any, fields: dict[str, forms.Field]) -> None:
        super().__init__(data)
        choices = [(name, _change_of(name, field)) for name, field in fields.items()]
        cast(forms.ChoiceField, self.fields["change"]).choices = [("", _("As they were")), *choices]
        if not fields:
            del self.fields["change"]


def new_batch(request: HttpRequest) -> HttpResponse:
    require(request, *RIGHTS)
    try:
        asked = asked_for(request)
    except Misunderstood:
        messages.warning(request, _("Nothing was done: look at the list as it is now, and choose again."))
        return done(request, came_from(request))
    one = _form_of(asked)
    fields = changeable(one) if one and one.allowed(request.user) else {}
    if (name := request.GET.get(CHANGE, "")) and one is not None and name in fields:
        return _with_change(request, asked, one, name)
    form = dress(NewForm(request.POST if request.method == "POST" else None, fields))
    key = launch_key(request)
    dialog = _dialog(asked, form, key)
    if not confirmed(request, dialog):
        return ask(request, dialog, back=came_from(request))
    if chosen := form.cleaned_data.get("change"):
        return done(request, _address(request, chosen))
    return _begun(request, _wish(request, asked, key, form.cleaned_data["reason"]))


def _dialog(asked: Asked, form: forms.Form, key: str) -> Dialog:
    count = count_up_to(COUNTED_ROWS, asked.jobs.order_by())
    names: list[Text] = [name_of(job) for job in asked.jobs[:NAMED]]
    if count > NAMED:
        names.append(_("… and others"))
    return Dialog(
        title=ngettext("A batch of %(count)s job?", "A batch of %(count)s jobs?", count)
        % {"count": more_than(count, COUNTED_ROWS)},
        text=_(
            "%(what)s. Nothing is launched yet: first each is sorted by what running it again would repeat. "
            "You see how many would, and start it then."
        )
        % {"what": str(asked.words).rstrip(".")},
        items=names,
        submit=_("Begin the batch"),
        form=form,
        hidden=[(FIELD, key)],
    )


# --- One argument changed for all ----------------------------------------------------------------


def _with_change(request: HttpRequest, asked: Asked, one: Launchable, name: str) -> HttpResponse:
    """The field, a preview of five, and the batch."""
    key, posted = launch_key(request), request.POST if request.method == "POST" else None
    form = _change_form(one, name, posted)
    value = plain(form.cleaned_data[name]) if form.is_bound and form.is_valid() else None
    if form.is_bound and form.is_valid() and request.POST.get("do") == "begin":
        wish = _wish(request, asked, key, form.cleaned_data["reason"], {name: value})
        return _begun(request, wish)
    previewed = []
    if form.is_bound and form.is_valid():
        previewed = [_previewed(job, name, form, value) for job in _whole(asked)]
    context = admin.site.each_context(request) | {
        "title": _("Correct and run again"),
        "what": str(asked.words),
        "count": more_than(count_up_to(COUNTED_ROWS, asked.jobs.order_by()), COUNTED_ROWS),
        "form": form,
        "hidden": [(FIELD, key)],
        "previewed": previewed,
        "is_previewed": form.is_bound and form.is_valid(),
        "back": came_from(request),
        "opts": Batch._meta,
    }
    return TemplateResponse(request, "tasks_app/batch_change.html", context)


def _change_form(one: Launchable, name: str, data: Any) -> forms.Form:
    """The kind's own field, and why."""
    form = forms.Form(data)
    form.fields[name] = one.form().fields[name]
    form.fields["reason"] = NewForm.base_fields["reason"]
    return dress(form, lambda field: reverse("admin:launch_choices", args=[one.slug, field]))


def _whole(asked: Asked) -> list[Job]:
    keys = list(asked.jobs.values_list("pk", flat=True)[:PREVIEWED])
    return list(Job.objects.filter(pk__in=keys))


def _previewed(job: Job, name: str, form: forms.Form, value: Any) -> dict[str, Any]:
    """One job as it would be: what it was given, what it would be given, and why that does not fit."""
    field = form.fields[name]
    return {
        "job": name_of(job),
        "before": said_of(field, arguments_of(job).get(name)),
        "after": said_of(field, value),
        "why_not": misfit_of(job, {name: value}),
    }


# --- Steps they share -----------------------------------------------------------------------------


def _form_of(asked: Asked) -> Launchable | None:
    """The form of its kind, as its first job was launched with."""
    if not asked.kind:
        return None
    first = asked.jobs.values_list("pk", flat=True).first()
    job = Job.objects.filter(pk=first).first()
    return launchable_of(job.name, arguments_of(job)) if job else None


def _wish(
    request: HttpRequest, asked: Asked, key: str, reason: str, changes: dict[str, Any] | None = None
) -> Wish:
    return Wish(asked.jobs, asked.words, request.user, key, asked.kind, reason=reason, changes=changes or {})


def _begun(request: HttpRequest, wish: Wish) -> HttpResponse:
    if twin := Batch.objects.filter(key=wish.key).first():
        return done(request, batch_url(twin))
    try:
        with transaction.atomic():
            batch = begin(wish)
            log_action(request, batch, audit_log.BATCH_BEGUN(count=batch.total, what=wish.words))
    except Nothing:
        messages.warning(request, _("No job matches any more: there is nothing to run again."))
        return done(request, came_from(request))
    except TooMany:
        most = number_format(MOST, force_grouping=True)
        messages.warning(
            request,
            _("Nothing was done: one batch takes %(most)s jobs. Narrow the list by its filters.")
            % {"most": most},
        )
        return done(request, came_from(request))
    return done(request, batch_url(batch))


def batch_url(batch: Batch) -> str:
    return reverse("admin:tasks_app_batch_change", args=[batch.pk])


def _address(request: HttpRequest, change: str) -> str:
    query = request.GET.copy()
    query[CHANGE] = change
    return f"{request.path}?{query.urlencode()}"


def _change_of(name: str, field: forms.Field) -> str:
    return _("Change “%(name)s” for all …") % {"name": field.label or pretty_name(name)}
