"""What actions on a selection of jobs share: their rows, and what is told of what was done."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tasks_app.admin.dialogs import Dialog, ask
from tasks_app.admin.selection import Progress, Selection, reasons
from tasks_app.models import Job


def tell(
    request: HttpRequest,
    selection: Selection,
    progress: Progress,
    told: str,
    hidden: list[tuple[str, str]],
) -> HttpResponse | None:
    """Say what was done and what was left alone; the dialog again where there is more to do."""
    if sum(progress.done.values()):
        messages.success(request, told)
    if progress.left:
        left = "; ".join(map(str, reasons(progress.left)))
        messages.warning(request, _("Left alone: %(reasons)s.") % {"reasons": left})
    if not progress.after:
        return None
    dialog = Dialog(
        title=_("Go on with the rest?"),
        text=_(
            "There are more than one click can wait for. What is done is said above; the rest is as it was."
        ),
        submit=_("Go on"),
        hidden=[*hidden, *selection.hidden(progress.after)],
    )
    return ask(request, dialog, back=request.get_full_path())


def whole(keys: list[str]) -> Iterable[Job]:
    """The rows of these keys with their arguments, which a list leaves out."""
    return Job.objects.filter(pk__in=keys).order_by("-created_at", "-id")
