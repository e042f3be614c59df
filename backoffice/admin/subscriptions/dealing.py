"""What people do with a subscription: each asks first, and leaves a line of the audit log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.admin import audited
from backoffice.admin.subscriptions.access import LIST, find, find_to_handle, page_of
from backoffice.admin.subscriptions.forms import ReaderField
from backoffice.admin.viewer import viewer
from backoffice.models import Subscription
from backoffice.subscriptions import causes, ending, readers
from backoffice.subscriptions.owners import SUBSCRIBE, may_handle, possible_readers
from backoffice.subscriptions.readers import name_of
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done
from tasks_app.admin.dressing import dress
from tasks_app.db import shared_time
from tasks_app.schedules.planning import plan


def end(request: HttpRequest, object_id: str) -> HttpResponse:
    subscription = find_to_handle(request, object_id)
    dialog = Dialog(
        title=_("End this subscription?"),
        text=_("Nobody gets it any more. What was made stays on the shelf, and it can go on later."),
        items=[subscription.name],
        submit=_("End it"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=page_of(subscription))
    with transaction.atomic():
        if ending.end(subscription, causes.ENDED_BY_PERSON()):
            log_action(request, subscription, audited.SUBSCRIPTION_ENDED())
            _plan(subscription)
    messages.success(request, _("It is at an end."))
    return done(request, page_of(subscription))


def go_on(request: HttpRequest, object_id: str) -> HttpResponse:
    subscription = find_to_handle(request, object_id)
    dialog = Dialog(
        title=_("Let this subscription go on?"),
        text=_("It comes at its next time. What passed meanwhile is not made up for."),
        items=[subscription.name],
        submit=_("Let it go on"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=page_of(subscription))
    with transaction.atomic():
        goes_on = ending.go_on(subscription)
        if goes_on:
            log_action(request, subscription, audited.SUBSCRIPTION_GOES_ON())
            _plan(subscription)
    if goes_on:
        messages.success(request, _("It goes on."))
    else:
        messages.error(request, _("It does not: it was under way already, or its schedule was deleted."))
    return done(request, page_of(subscription))


def keep(request: HttpRequest, object_id: str) -> HttpResponse:
    """The other answer to the question whether one that nobody reads should end."""
    subscription = find_to_handle(request, object_id)
    dialog = Dialog(
        title=_("Keep this subscription?"),
        text=_("It goes on as before. You are asked again when nobody reads the next ones either."),
        items=[subscription.name],
        submit=_("Keep it"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=page_of(subscription))
    with transaction.atomic():
        if ending.keep(subscription):
            log_action(request, subscription, audited.SUBSCRIPTION_KEPT())
    messages.success(request, _("It goes on as before."))
    return done(request, page_of(subscription))


class OwnerForm(forms.Form):
    to: Any = forms.ModelChoiceField(label=gettext_lazy("To whom?"), queryset=None)

    def __init__(self, subscription: Subscription, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["to"]
        known = [one.pk for one in possible_readers(subscription.type) if one.has_perm(SUBSCRIBE)]
        field.queryset = possible_readers(subscription.type).filter(pk__in=known)
        field.label_from_instance = ReaderField.label_from_instance.__get__(field)


def hand_over(request: HttpRequest, object_id: str) -> HttpResponse:
    subscription = find_to_handle(request, object_id)
    form = OwnerForm(subscription, request.POST if "to" in request.POST else None)
    dialog = Dialog(
        title=_("Hand this subscription over?"),
        text=_("Who gets it is told of failures from then on, may change it, and may end it."),
        items=[subscription.name],
        form=dress(form),
        submit=_("Hand it over"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=page_of(subscription))
    to = form.cleaned_data["to"]
    with transaction.atomic():
        ending.hand_over(subscription, to)
        log_action(request, subscription, audited.SUBSCRIPTION_HANDED_OVER(to=name_of(to)))
    messages.success(request, _("It is %(name)s’s now.") % {"name": name_of(to)})
    subscription.owner = to
    return done(
        request, page_of(subscription) if may_handle(viewer(request), subscription) else reverse(LIST)
    )


def leave(request: HttpRequest, object_id: str) -> HttpResponse:
    """For a reader, who may be anybody."""
    subscription = find(request, object_id)
    reader = subscription.readers.filter(user=viewer(request), stopped_at=None).first()
    if reader is None:
        raise PermissionDenied
    dialog = Dialog(
        title=_("Get this subscription no more?"),
        text=_("The other readers still get it. Its owner can add you again."),
        items=[subscription.name],
        submit=_("Send it to me no more"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=page_of(subscription))
    with transaction.atomic():
        if readers.stop(reader, causes.LEFT()):
            log_action(request, subscription, audited.SUBSCRIPTION_LEFT())
    messages.success(request, _("You get it no more."))
    return done(request, page_of(subscription))


def _plan(subscription: Subscription) -> None:
    """At once, so that the page shows its next time."""
    subscription.refresh_from_db()
    if subscription.schedule is not None:
        plan(subscription.schedule, shared_time.now())
