"""On a recipient's page: every message to that person, by state, and the way to write another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.admin.message_facts import message_badge
from backoffice.admin.viewer import viewer
from backoffice.emails import hold, suppression
from backoffice.emails.correspondence import COUNTED, counted_by_state, newest, ranges_of
from backoffice.models import Message, MessageState, Recipient
from tasks_app.admin.things import Thing, page_of
from tasks_app.catalogue import launchables
from tasks_app.display import capped
from tasks_app.tasks import envoi_email

SHOWN = 25
FILTER = "recipient"  # of the list of messages


@dataclass(frozen=True)
class Sending:
    """The way to write to somebody: its address, or why there is none and what helps."""

    url: str = ""
    note: str = ""
    way: Thing | None = None  # where what stands in the way is


def shown(request: HttpRequest, recipient: Recipient) -> dict[str, Any]:
    """What the two templates of the page ask for; messages only for who may see messages."""
    context: dict[str, Any] = {"recipient": recipient, "sending": sending(request, recipient)}
    if not viewer(request).has_perm("backoffice.view_message"):
        return context
    ranges = ranges_of(recipient)
    counts, beyond = counted_by_state(ranges, recipient)
    page = newest(ranges, SHOWN)
    total = sum(counts.values())
    return context | {
        "written": [(message, message_badge(message.state), note_on(message, recipient)) for message in page],
        "by_state": [
            (MessageState(state).label, capped(counts[state], COUNTED), listed(recipient, state))
            for state in MessageState
            if counts[state]
        ],
        "total": capped(total + beyond, COUNTED),
        "list_url": listed(recipient),
        "person_url": reverse("admin:person", query={"to": recipient.email}),
        "are_more": total + beyond > len(page),
        "counted": COUNTED if beyond else 0,
    }


def listed(recipient: Recipient, state: str = "") -> str:
    """The list of messages, of this person alone."""
    query = {FILTER: recipient.pk} | ({"state": state} if state else {})
    return reverse("admin:backoffice_message_changelist", query=query)


def note_on(message: Message, recipient: Recipient) -> str:
    """How it came to be this person's, where its address or its row does not say so."""
    if message.recipient_id is None:
        return _("To this address, without naming the recipient")
    if message.to and message.to.lower() != recipient.email.lower():
        return _("To %(address)s, the address of then") % {"address": message.to}
    return ""


def sending(request: HttpRequest, recipient: Recipient) -> Sending:
    """By right and by state: the form, filled in; or a sentence."""
    mine = [one for one in launchables(viewer(request)) if one.kind.name == envoi_email.name]
    if not mine:
        return Sending(note=_("You cannot write to this recipient from here: your groups send no emails."))
    if refused := next(refusals(request, recipient), None):
        return refused
    url = reverse("admin:launch_form", args=[mine[0].slug], query={"destinataire_id": recipient.pk})
    held = hold.current()
    return Sending(
        url, _("All emails are held at present: what you send waits until they go again.") if held else ""
    )


def refusals(request: HttpRequest, recipient: Recipient) -> Iterator[Sending]:
    if not recipient.active:
        yield Sending(
            note=_(
                "Nothing is sent: this person opted out. Where that is a mistake, make the recipient active."
            )
        )
    if recipient.for_tests:
        yield Sending(note=_("A test address: only the tests that somebody sends to themselves go here."))
    if suppressed := suppression.of_address(recipient.email):
        note = str(suppression.problem(suppressed))
        yield Sending(note=note, way=Thing(_("The suppressed address"), page_of(request, suppressed)))
