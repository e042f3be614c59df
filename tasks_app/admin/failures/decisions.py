"""What people say about a cause: known, repaired, ignored, open again; of one or of a selection.

Each dialog answers what its author saw: who was faster is named to who was not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action, log_together
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.failures.saying import address, name_of, running_release
from tasks_app.admin.jobs.selection import tell
from tasks_app.admin.launch_keys import FIELD, launch_key
from tasks_app.admin.moments import MomentField, moment_of
from tasks_app.admin.selection import Progress, grouped, in_batches, selected, sorted_out
from tasks_app.admin.things import row_of
from tasks_app.db import shared_time
from tasks_app.display import Text, who
from tasks_app.failures.deciding import Decision, decide, latest_decision
from tasks_app.models import FailureGroup, FailureStatus
from tasks_app.notices import Wording

VIEW, RERUN = "tasks_app.view_job", "tasks_app.rerun_job"
MAY_DECIDE = (VIEW, RERUN)
MODEL_BACKEND = (
    "django.contrib.auth.backends.ModelBackend"  # groups and permissions, as this product has them
)
REVISION, SEEN_AT = "revision", "seen_at"


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("What to know"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For colleagues: shown on the page of the cause."),
    )


class KnownForm(NoteForm):
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Who looks after it"), queryset=User.objects.none(), required=False
    )
    until = MomentField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.DateTimeInput,
        help_text=gettext_lazy(
            "It is to be looked at again from then on; left empty, until somebody says so."
        ),
    )
    field_order = ("owner", "until", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        may_decide = User.objects.with_perm(RERUN, backend=MODEL_BACKEND).order_by("username")
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101 - as it is declared above
        owner.queryset = may_decide
        owner.label_from_instance = who  # type: ignore[assignment]  # Django's own way

    def clean_until(self) -> datetime | None:
        until: datetime | None = self.cleaned_data["until"]
        if until is not None and until <= shared_time.now():
            raise ValidationError(_("This moment has passed: choose a later one."))
        return until


@dataclass(frozen=True)
class Verb:
    """What can be said of a cause, and how the dialog asks it."""

    status: FailureStatus
    label: Text
    icon: str
    title: Text  # of one
    title_of_many: Any  # lazy plural with %(count)s
    text: Text
    submit: Text
    form: type[NoteForm]
    done: Text
    log: Wording
    log_of_many: Wording
    left_alone: Text  # of one that is so already


KNOWN = Verb(
    FailureStatus.KNOWN,
    FailureStatus.KNOWN.label,
    "visibility",
    gettext_lazy("Say that this cause is known?"),
    ngettext_lazy("Say that %(count)s cause is known?", "Say that %(count)s causes are known?", "count"),
    gettext_lazy(
        "Somebody looks after it. It leaves the causes to look at, until the moment that you choose."
    ),
    gettext_lazy("It is known"),
    KnownForm,
    gettext_lazy("Kept as known."),
    audit_log.CAUSE_KNOWN,
    audit_log.CAUSES_KNOWN,
    gettext_lazy("it is known already"),
)
REPAIRED = Verb(
    FailureStatus.REPAIRED,
    FailureStatus.REPAIRED.label,
    "task_alt",
    gettext_lazy("Say that this cause is repaired?"),
    ngettext_lazy(
        "Say that %(count)s cause is repaired?", "Say that %(count)s causes are repaired?", "count"
    ),
    gettext_lazy(
        "It opens again by itself as soon as a run that begins from now on fails with it. Jobs that failed "
        "are not run again by this."
    ),
    gettext_lazy("It is repaired"),
    NoteForm,
    gettext_lazy("Kept as repaired."),
    audit_log.CAUSE_REPAIRED,
    audit_log.CAUSES_REPAIRED,
    gettext_lazy("it is repaired already"),
)
IGNORED = Verb(
    FailureStatus.IGNORED,
    gettext_lazy("Ignore"),
    "notifications_off",
    gettext_lazy("Ignore this cause?"),
    ngettext_lazy("Ignore %(count)s cause?", "Ignore %(count)s causes?", "count"),
    gettext_lazy(
        "It is counted on, and no badge or first page tells of it. It stays so until somebody opens it."
    ),
    gettext_lazy("Ignore it"),
    NoteForm,
    gettext_lazy("Ignored from now on."),
    audit_log.CAUSE_IGNORED,
    audit_log.CAUSES_IGNORED,
    gettext_lazy("it is ignored already"),
)
OPEN = Verb(
    FailureStatus.NEW,
    gettext_lazy("Open again"),
    "new_releases",
    gettext_lazy("Open this cause again?"),
    ngettext_lazy("Open %(count)s cause again?", "Open %(count)s causes again?", "count"),
    gettext_lazy("It is among the causes to look at again."),
    gettext_lazy("Open again"),
    NoteForm,
    gettext_lazy("Open again."),
    audit_log.CAUSE_OPENED,
    audit_log.CAUSES_OPENED,
    gettext_lazy("it is open already"),
)


def find(request: HttpRequest, object_id: str) -> FailureGroup:
    """The cause, for who may see jobs; else 403 or 404."""
    require(request, VIEW)
    group = row_of(FailureGroup, object_id)
    if group is None:
        raise Http404
    return group


# --- One ----------------------------------------------------------------------------------------


def make_known(request: HttpRequest, object_id: str) -> HttpResponse:
    return decide_one(request, object_id, KNOWN)


def make_repaired(request: HttpRequest, object_id: str) -> HttpResponse:
    return decide_one(request, object_id, REPAIRED)


def make_ignored(request: HttpRequest, object_id: str) -> HttpResponse:
    return decide_one(request, object_id, IGNORED)


def open_again(request: HttpRequest, object_id: str) -> HttpResponse:
    return decide_one(request, object_id, OPEN)


def decide_one(request: HttpRequest, object_id: str, verb: Verb) -> HttpResponse:
    require(request, *MAY_DECIDE)
    group = find(request, object_id)
    form = verb.form(request.POST if request.method == "POST" else None, initial={"owner": request.user.pk})
    seen = number(request.POST.get(REVISION, "")) if request.method == "POST" else group.revision
    dialog = Dialog(
        title=verb.title,
        text=verb.text,
        items=[name_of(group)],
        submit=verb.submit,
        form=dress(form),
        hidden=[(REVISION, str(seen))],
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=address(group))
    if decide(group, _decision(verb, form), by=request.user, seen=seen):
        log_action(request, group, verb.log(note=form.cleaned_data["note"]))
        messages.success(request, str(verb.done))
    else:
        messages.warning(request, _faster(group))
    return done(request, address(group))


def number(text: str) -> int:
    """-1 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _decision(verb: Verb, form: forms.Form) -> Decision:
    said = form.cleaned_data
    release = running_release() if verb.status == FailureStatus.REPAIRED else ""
    return Decision(verb.status, said["note"], said.get("owner"), said.get("until"), release)


def _faster(group: FailureGroup) -> str:
    """Who decided since the dialog was opened, and what."""
    latest = latest_decision(group)
    if latest is None:
        return _("Nothing was changed: this cause is another than the page showed. Look at it as it is now.")
    label = FailureStatus(latest.status).label
    if latest.by is None:
        return _("Nothing was changed: a run opened this cause again meanwhile. Look at it as it is now.")
    return _(
        "Nothing was changed: %(person)s was faster, and said “%(status)s”. Look at it as it is now."
    ) % {
        "person": who(latest.by),
        "status": label,
    }


# --- Many ---------------------------------------------------------------------------------------


def decide_many(
    request: HttpRequest, queryset: QuerySet[FailureGroup], verb: Verb, action: str
) -> HttpResponse | None:
    """Django's action: asks, then decides about what nobody decided about since the dialog was opened."""
    require(request, *MAY_DECIDE)
    selection = selected(request, queryset, "first_at")
    answered = "confirmed" in request.POST and selection.was_told
    seen_at = min(moment_of(request.POST.get(SEEN_AT, "")) or shared_time.now(), shared_time.now())
    form = verb.form(request.POST if answered else None, initial={"owner": request.user.pk})
    hidden = [
        (FIELD, launch_key(request)), ("confirmed", "yes"), ("action", action), (SEEN_AT, seen_at.isoformat())
    ]  # fmt: skip
    why = _refusal(verb, seen_at)
    if answered and form.is_valid():
        act = _act(request, verb, form, hidden[0][1])
        progress = in_batches(selection, _rows, why, act)
        return tell(request, selection, progress, _told(verb, progress), hidden)
    found = sorted_out(selection, _rows, why)
    dialog = Dialog(
        title=verb.title_of_many % {"count": len(found.taken)},
        text=verb.text,
        items=found.names(name_of),
        left_out=found.left_out(name_of),
        submit=verb.submit,
        form=dress(form) if found.taken else None,
        hidden=[*hidden, *selection.hidden()],
    )
    return ask(request, dialog, back=request.get_full_path())


def _rows(keys: list[Any]) -> Iterable[FailureGroup]:
    return FailureGroup.objects.filter(pk__in=keys).order_by("pk")


def _refusal(verb: Verb, seen_at: datetime) -> Callable[[Any], Text]:
    def why(group: FailureGroup) -> Text:
        if group.status_at is not None and group.status_at > seen_at:
            return _("somebody decided about it meanwhile")
        return verb.left_alone if group.status == verb.status and not _says_more(verb) else ""

    return why


def _says_more(verb: Verb) -> bool:
    """A cause that is known may get another owner, another moment."""
    return verb.status == FailureStatus.KNOWN


def _act(
    request: HttpRequest, verb: Verb, form: forms.Form, key: str
) -> Callable[[list[Any]], Iterable[str]]:
    def act(groups: list[FailureGroup]) -> list[str]:
        with log_together(request, verb.log_of_many, key):
            return [_one_of_many(request, group, verb, form) for group in groups]

    return act


def _one_of_many(request: HttpRequest, group: FailureGroup, verb: Verb, form: forms.Form) -> str:
    if not decide(group, _decision(verb, form), by=request.user, seen=group.revision):
        return "faster"
    log_action(request, group, verb.log(note=form.cleaned_data["note"]))
    return "done"


def _told(verb: Verb, progress: Progress) -> str:
    count = progress.done["done"]
    said = ngettext("%(status)s: %(count)s cause.", "%(status)s: %(count)s causes.", count) % {
        "status": verb.label,
        "count": grouped(count),
    }
    if late := progress.done["faster"]:
        said += " " + _("Somebody else was faster: %(count)s.") % {"count": grouped(late)}
    return said
