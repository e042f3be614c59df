"""All emails wait: why, what to do about it, and a button for who did it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.admin import audited
from backoffice.emails import hold
from backoffice.emails.ses_errors import advice
from tasks_app.admin.common import log_action, page
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.email_task import wake_held

PERMISSION = "backoffice.probe_sendinghold"


def notice(user: Any) -> dict[str, Any]:
    """What hold_notice.html shows to this person; nothing while emails leave as they should."""
    held = hold.current()
    if held is None:
        return {}
    return {
        "hold": held,
        "hold_sentence": hold.told(held),
        "hold_advice": advice(held.error_code, held.reason),
        "hold_probe_url": reverse("admin:sending_hold_probe") if user.has_perm(PERMISSION) else "",
    }


@page("emails/try-again/", name="sending_hold_probe", permission=PERMISSION)
def probe(request: HttpRequest) -> HttpResponse:
    require(request, PERMISSION)
    dialog = Dialog(
        title=_("Try the mail service again now?"),
        text=_("One email is sent. If it gets through, all held emails follow; if not, they go on waiting."),
        submit=_("Try again now"),
    )
    back = reverse("admin:backoffice_message_changelist")
    if not confirmed(request, dialog):
        return ask(request, dialog, back=back)
    held = hold.current()
    if held is None or not hold.probe_now():
        messages.info(request, _("Emails are not held any more; there is nothing to try."))
        return done(request, back)
    if wake_held(most=1):
        messages.success(request, _("One email asks the mail service now; this page shows what came of it."))
    else:
        messages.success(request, _("No email waits; the next one that is sent asks the mail service."))
    log_action(request, held, audited.HOLD_PROBED())
    return done(request, back)
