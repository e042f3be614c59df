"""What each person likes best: the reports of a type, whatever their days."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.admin import audited
from backoffice.admin.shelf.access import find, title_of
from backoffice.admin.viewer import viewer
from backoffice.models import Favourite
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done


def switch(request: HttpRequest, object_id: str) -> HttpResponse:
    """A favourite where it was none, and the reverse: the dialog says which, and its answer carries it."""
    binder = find(request, object_id)
    mine = Favourite.objects.filter(user=viewer(request), type=binder.type)
    likes = request.POST.get("likes", str(not mine.exists())) == "True"
    dialog = Dialog(
        title=_("Make it a favourite?") if likes else _("Take it from your favourites?"),
        text=_("All reports of this type, whatever their days. Only you see your favourites."),
        items=[title_of(binder.type)],
        submit=_("Make it a favourite") if likes else _("Take it away"),
        hidden=[("likes", str(likes))],
    )
    page = reverse("admin:backoffice_binder_change", args=[binder.pk])
    if not confirmed(request, dialog):
        return ask(request, dialog, back=page)
    with transaction.atomic():
        if likes:
            _one, changed = mine.get_or_create(defaults={"user": viewer(request), "type": binder.type})
        else:
            changed = bool(mine.delete()[0])
        if changed:
            log_action(request, binder, audited.MADE_FAVOURITE() if likes else audited.NO_FAVOURITE())
    messages.success(request, _("It is a favourite.") if likes else _("It is no favourite any more."))
    return done(request, page)
