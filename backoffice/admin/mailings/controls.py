"""What people do with a mailing: each asked first, decided by a guarded UPDATE, and written down."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.admin import audited
from backoffice.admin.viewer import viewer
from backoffice.mailings import approving, going
from backoffice.mailings.balance import balance
from backoffice.mailings.causes import MailingRefused
from backoffice.models import Mailing
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.things import row_of
from tasks_app.notices import Notice
from tasks_app.tasks import launch_sending, launch_take_down

COMPOSE = "backoffice.change_mailing"
APPROVE = "backoffice.approve_mailing"
SEND = "backoffice.send_mailing"
DIGEST = "digest"  # of what the approver read


def find_mailing(object_id: str) -> Mailing:
    mailing = row_of(Mailing, object_id)
    if mailing is None:
        raise Http404
    return mailing


def mailing_url(mailing: Mailing) -> str:
    return reverse("admin:backoffice_mailing_change", args=[mailing.pk])


def take_down(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, COMPOSE)
    mailing = find_mailing(object_id)
    dialog = Dialog(
        title=_("Take down its audience?"),
        text=_(
            "Whoever is in the audience now is in the mailing, with the text and the values of now. Who "
            "joins later is not; who opts out later gets none."
        ),
        items=[str(mailing)],
        submit=_("Take it down"),
    )
    launch = partial(launch_take_down, by=request.user)
    return _asked(
        request, mailing, dialog, lambda: going.take_down(mailing, launch), audited.MAILING_TAKEN_DOWN()
    )


def approve(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, APPROVE)
    mailing = find_mailing(object_id)
    dialog = Dialog(
        title=_("Approve this mailing?"),
        text=ngettext(
            "You read its text, and want it sent to %(count)s person. Exactly this is sent, or nothing.",
            "You read its text, and want it sent to %(count)s people. Exactly this is sent, or nothing.",
            mailing.people,
        )
        % _words(mailing.people),
        items=[str(mailing)],
        submit=_("Approve"),
        hidden=[(DIGEST, mailing.digest)],
    )
    if (why := approving.why_not(mailing, viewer(request))) is not None:
        return _refused(request, mailing, str(why))
    read = request.POST.get(DIGEST, "")
    return _asked(
        request,
        mailing,
        dialog,
        lambda: approving.approve(mailing, viewer(request), read),
        audited.MAILING_APPROVED(digest=mailing.digest[:12]),
    )


def withdraw(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, APPROVE)
    mailing = find_mailing(object_id)
    dialog = Dialog(
        title=_("Withdraw the approval?"),
        text=_("What was sent stays sent. Whoever still waits gets it only after another approval."),
        items=[str(mailing)],
        submit=_("Withdraw the approval"),
        danger=True,
    )
    return _asked(
        request,
        mailing,
        dialog,
        lambda: going.withdraw_approval(mailing, viewer(request)),
        audited.MAILING_APPROVAL_WITHDRAWN(),
    )


def send(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, SEND)
    mailing = find_mailing(object_id)
    dialog = Dialog(
        title=ngettext("Send it to %(count)s person?", "Send it to %(count)s people?", mailing.people)
        % _words(mailing.people),
        text=_("Each gets one email. Whoever opted out since is left out, and so are suppressed addresses."),
        items=[str(mailing)],
        submit=_("Send the mailing"),
    )
    launch = partial(launch_sending, by=request.user)
    return _asked(
        request,
        mailing,
        dialog,
        lambda: going.send(mailing, viewer(request), launch),
        audited.MAILING_SENT(count=mailing.people),
    )


def pause(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, SEND)
    mailing = find_mailing(object_id)
    dialog = Dialog(
        title=_("Pause this mailing?"),
        text=_("Within a second nothing more of it leaves, until somebody resumes it. Nobody is lost."),
        items=[str(mailing)],
        submit=_("Pause the mailing"),
    )
    return _asked(request, mailing, dialog, lambda: going.pause_or_refuse(mailing), audited.MAILING_PAUSED())


def resume(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, SEND)
    mailing = find_mailing(object_id)
    left = balance(mailing).left
    dialog = Dialog(
        title=_("Resume this mailing?"),
        text=ngettext("%(count)s person waits for it.", "%(count)s people wait for it.", left) % _words(left),
        items=[str(mailing)],
        submit=_("Resume the mailing"),
    )
    launch = partial(launch_sending, by=request.user)
    return _asked(request, mailing, dialog, lambda: going.resume(mailing, launch), audited.MAILING_RESUMED())


def stop(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, SEND)
    mailing = find_mailing(object_id)
    left = balance(mailing).left
    dialog = Dialog(
        title=_("Stop this mailing for good?"),
        text=ngettext(
            "%(count)s person who waits will not get it. Who has it keeps it.",
            "%(count)s people who wait will not get it. Who has it keeps it.",
            left,
        )
        % _words(left),
        items=[str(mailing)],
        submit=_("Stop the mailing"),
        danger=True,
    )
    return _asked(request, mailing, dialog, lambda: going.stop(mailing), audited.MAILING_STOPPED())


def _asked(
    request: HttpRequest, mailing: Mailing, dialog: Dialog, do: Callable[[], object], said: Notice
) -> HttpResponse:
    if not confirmed(request, dialog):
        return ask(request, dialog, back=mailing_url(mailing))
    try:
        with transaction.atomic():
            do()
            log_action(request, mailing, said)
    except MailingRefused as error:
        return _refused(request, mailing, str(error))
    return done(request, mailing_url(mailing))


def _refused(request: HttpRequest, mailing: Mailing, reason: str) -> HttpResponse:
    messages.warning(request, reason)
    return done(request, mailing_url(mailing))


def _words(count: int) -> dict[str, str]:
    return {"count": number_format(count, force_grouping=True)}
