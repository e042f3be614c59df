"""Recipients ticked in their list are added to an audience, one there is or a new one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.admin import audited
from backoffice.admin.viewer import viewer
from backoffice.audiences import choosing
from backoffice.models import Audience, AudienceKind, Recipient
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.selection import Selection, grouped, selected
from tasks_app.audit.changes import ADDED
from tasks_app.display import count_up_to

CHANGE = "backoffice.change_audience"
ADD = "backoffice.add_audience"
LIST = "admin:backoffice_recipient_changelist"
MOST = 100_000  # recipients of one click


def may_choose(request: HttpRequest) -> bool:
    return request.user.has_perms([CHANGE, ADD])


class AudienceForm(forms.Form):
    audience = forms.ModelChoiceField(
        Audience.objects.none(), label=_("Audience"), required=False, empty_label=_("A new one")
    )
    name = forms.CharField(label=_("Name of a new one"), max_length=100, required=False)

    def __init__(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner = viewer(request)
        chosen = Audience.objects.filter(kind=AudienceKind.CHOSEN, owner=self.owner)
        self.fields["audience"].queryset = chosen  # type: ignore[attr-defined]  # of its own field

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        one, name = given.get("audience"), " ".join((given.get("name") or "").split())
        if one is None and not name:
            raise ValidationError(gettext("Choose an audience, or write the name of a new one."))
        if one is None and Audience.objects.filter(owner=self.owner, name=name).exists():
            self.add_error("name", gettext("You have an audience of this name already: choose another."))
        if one is not None and choosing.is_being_frozen(one):
            self.add_error("audience", gettext("A mailing takes it down just now: try again in a minute."))
        return given | {"name": name}


def add_selected(request: HttpRequest, queryset: QuerySet[Recipient]) -> HttpResponse | None:
    """The action of the list of recipients: asked first, then done at once."""
    require(request, CHANGE, ADD)
    selection = selected(request, queryset, "created_at")
    count = count_up_to(MOST, selection.rows)
    if count > MOST:
        messages.error(
            request,
            gettext(
                "At most %(most)s recipients are added at once. Narrow the list, or make an audience by "
                "conditions."
            )
            % {"most": grouped(MOST)},
        )
        return done(request, reverse(LIST))
    answered = "audience" in request.POST
    form = AudienceForm(request, request.POST if answered else None)
    title = ngettext(
        "Add %(count)s recipient to an audience", "Add %(count)s recipients to an audience", count
    )
    dialog = Dialog(
        title=title % {"count": grouped(count)},
        text=gettext("Each is in it once, and leaves it when the recipient is deleted."),
        submit=gettext("Add them"),
        form=dress(form),
        hidden=[("action", "add_to_audience"), *selection.hidden()],
    )
    if not (answered and confirmed(request, dialog)):
        return ask(request, dialog, reverse(LIST))
    return _added(request, form, selection)


def _added(request: HttpRequest, form: AudienceForm, selection: Selection) -> HttpResponse:
    audience = form.cleaned_data["audience"]
    if audience is None:
        audience = Audience.objects.create(
            name=form.cleaned_data["name"], kind=AudienceKind.CHOSEN, owner=form.owner
        )
        log_action(request, audience, ADDED(), ADDITION)
    added = sum(choosing.add(audience, keys).added for keys in selection.batches())
    log_action(request, audience, audited.CHOSEN(count=added))
    said = ngettext("%(count)s recipient was added.", "%(count)s recipients were added.", added)
    messages.success(request, said % {"count": grouped(added)})
    return done(request, reverse("admin:backoffice_audience_change", args=[audience.pk]))
