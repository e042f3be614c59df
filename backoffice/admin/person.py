"""“Did they get it?”: a person found by a part of a name or address, and everything that was sent to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from backoffice.admin.message_facts import event_badge, message_badge
from backoffice.admin.recipient_messages import refusals
from backoffice.admin.viewer import viewer
from backoffice.emails.correspondence import COUNTED, counted_by_state
from backoffice.emails.one_person import (
    Key,
    NoKey,
    Person,
    coming,
    events_of,
    page_of,
)
from backoffice.models import Message, MessageEvent, MessageState, Recipient
from backoffice.models.message_states import WHOLE
from backoffice.models.message_states import count as count_of
from backoffice.searchables import MESSAGE
from tasks_app.admin.common import Link, job_links, page
from tasks_app.admin.searching import in_column, in_texts
from tasks_app.admin.things import page_of as page_of_row
from tasks_app.catalogue import label_of
from tasks_app.db.folding import LONGEST_SEARCH
from tasks_app.display import capped, state_badge, who
from tasks_app.models import Job
from tasks_app.search.saying import notes_of

type Text = str | Promise

FOUND = 20  # people shown of each sort
TO, OUTCOME, BEFORE = "to", "outcome", "before"  # of the page's address

# What came of a message, to somebody who asks for that person.
IN_WORDS: dict[str, Text] = {
    MessageState.QUEUED: gettext_lazy("It waits to be sent."),
    MessageState.SUBMITTING: gettext_lazy("It is being handed over to the mail service."),
    MessageState.SENT: gettext_lazy("The mail service took it, and told no more of it."),
    MessageState.DELIVERED: gettext_lazy("It arrived in their mailbox."),
    MessageState.BOUNCED: gettext_lazy("It came back: the address took no mail."),
    MessageState.COMPLAINED: gettext_lazy("It arrived, and was reported as spam."),
    MessageState.FAILED: gettext_lazy("It was not sent."),
    MessageState.SUPPRESSED: gettext_lazy("It was not sent, on purpose."),
    MessageState.STOPPED: gettext_lazy("It was not sent: its job was cancelled."),
    MessageState.UNKNOWN: gettext_lazy("Nobody knows whether it was sent."),
}


@dataclass(frozen=True)
class Written:
    """A message as this page shows it."""

    message: Message
    badge: str
    words: Text
    events: Sequence[tuple[MessageEvent, str]]
    note: str = ""


@page("person/", name="person", permission="backoffice.view_message")
@require_safe
def person_page(request: HttpRequest) -> HttpResponse:
    term = " ".join(request.GET.get("q", "").split())[:LONGEST_SEARCH]
    address = request.GET.get(TO, "").strip()
    if not address and looks_whole(term):
        return redirect(address_of_page(term))
    context = admin.site.each_context(request) | {"title": _("Did they get it?"), "term": term or address}
    if address:
        context |= everything(request, Person.of(address))
    elif term:
        found = list(people(request, term))
        if len(found) == 1:
            return redirect(found[0].url)
        context |= {"people": found, "notes": notes_of(request)}
    return TemplateResponse(request, "backoffice/person.html", context)


def looks_whole(term: str) -> bool:
    """Whether it is an address, of which there may be no trace: that is an answer too."""
    before, at, domain = term.rpartition("@")
    return bool(before and at) and " " not in term and "." in domain.strip(".")


def address_of_page(address: str, **more: str) -> str:
    return reverse("admin:person", query={TO: address} | more)


# --- Finding somebody --------------------------------------------------------------------------


def people(request: HttpRequest, term: str) -> Iterator[Link]:
    """Recipients, addresses that were written to, and users, each once."""
    seen: set[str] = set()
    for address, name, note in (
        *_recipients(request, term),
        *_written_to(request, term),
        *_users(request, term),
    ):
        if address.lower() not in seen:
            seen.add(address.lower())
            yield Link(name, address_of_page(address), "person", note)


def _recipients(request: HttpRequest, term: str) -> Iterator[tuple[str, str, str]]:
    if viewer(request).has_perm("backoffice.view_recipient"):
        for one in in_column(request, Recipient.objects.order_by("email"), term)[:FOUND]:
            yield one.email, str(one), _("Recipient")


def _written_to(request: HttpRequest, term: str) -> Iterator[tuple[str, str, str]]:
    """Who is a recipient no longer, or never was."""
    unnamed = Message.objects.filter(recipient=None).exclude(to="")
    newest = in_texts(request, MESSAGE, unnamed, term, short=True).order_by("-created_at", "-id")
    for address in dict.fromkeys(newest.values_list("to", flat=True)[: FOUND * 10]):
        yield address, address, _("Was written to, and is no recipient")


def _users(request: HttpRequest, term: str) -> Iterator[tuple[str, str, str]]:
    if not viewer(request).has_perm("auth.view_user"):
        return
    rows = User.objects.exclude(email="")
    for word in term.split():
        rows = rows.filter(
            Q(email__icontains=word)
            | Q(username__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
        )
    for user in rows.order_by("username")[:FOUND]:
        yield user.email, f"{who(user)} <{user.email}>", _("User")


# --- One person --------------------------------------------------------------------------------


def everything(request: HttpRequest, person: Person) -> dict[str, Any]:
    outcome = request.GET.get(OUTCOME, "")
    outcome = outcome if outcome in WHOLE else ""
    found = page_of(person, WHOLE[outcome][1] if outcome else (), before_of(request))
    counts, more = counted_by_state(person.ranges(), person.recipient)
    return {
        "person": person,
        "person_url": page_of_row(request, person.recipient) if person.recipient else "",
        "said": list(said_of(request, person)),
        "outcomes": outcomes(person, counts, outcome, more=more),
        "written": list(as_written(person, found.messages)),
        "older_url": turned(person, outcome, found.older) if found.older else "",
        "newest_url": turned(person, outcome, None) if BEFORE in request.GET else "",
        "coming": [_coming(request, job) for job in coming(person)],
        "anything": bool(counts),
    }


def before_of(request: HttpRequest) -> Key | None:
    """Where this page of messages begins; the newest where the address says what is no place."""
    text = request.GET.get(BEFORE, "")
    if not text:
        return None
    try:
        return Key.read(text)
    except NoKey:
        messages.warning(
            request,
            _("The address of this page names no place among the messages: the newest are shown."),
        )
        return None


def said_of(request: HttpRequest, person: Person) -> Iterator[dict[str, str]]:
    """Why nothing may come to them: opted out, suppressed, a test address; or that nobody has it."""
    if person.recipient is None:
        yield {"text": _("No recipient has this address."), "url": "", "way": ""}
    stand_in = person.recipient or Recipient(email=person.address)
    for refusal in refusals(request, stand_in):
        way = refusal.way
        yield {"text": refusal.note, "url": way.url if way else "", "way": way.text if way else ""}


def outcomes(person: Person, counts: Any, chosen: str, *, more: bool) -> list[dict[str, Any]]:
    """Links to all, and to each part that they add up to."""
    total = sum(counts.values())
    shown = [("", _("In all"), capped(total + more, COUNTED))]
    for key, (label, states) in WHOLE.items():
        # Where not all were counted, nobody knows how many of these there are.
        count = "…" if more else capped(count_of(counts, states), COUNTED)
        if count != "0":
            shown.append((key, str(label), count))
    return [
        {
            "label": label,
            "count": count,
            "url": address_of_page(person.address, **({OUTCOME: key} if key else {})),
            "active": key == chosen,
        }
        for key, label, count in shown
    ]


def as_written(person: Person, found: list[Message]) -> Iterator[Written]:
    told = events_of(found)
    for message in found:
        events = [(event, event_badge(event)) for event in told.get(message.pk, [])]
        badge, words = message_badge(message.state), IN_WORDS[message.state]
        yield Written(message, badge, words, events, note_on(person, message))


def note_on(person: Person, message: Message) -> str:
    """Where it went to another address, or was written to somebody else at this one."""
    if message.to and message.to.lower() not in {one.lower() for one in person.spellings}:
        return _("To %(address)s, the address of then") % {"address": message.to}
    mine = person.recipient.pk if person.recipient else None
    if message.recipient_id is not None and message.recipient_id != mine:
        return _("To this address, when another recipient had it")
    return ""


def turned(person: Person, outcome: str, key: Key | None) -> str:
    """The messages before that one; without it the newest."""
    query = ({OUTCOME: outcome} if outcome else {}) | ({BEFORE: str(key)} if key else {})
    return address_of_page(person.address, **query)


def _coming(request: HttpRequest, job: Job) -> dict[str, Any]:
    return {
        "badge": state_badge(job.state),
        "label": label_of(job.name),
        "at": job.available_at,
        "url": page_of_row(request, job),
    }


# --- The way here ------------------------------------------------------------------------------


def person_links(job: Job, user: Any) -> Iterator[Link]:
    """From the page of a job about an address."""
    if looks_whole(job.about) and user.has_perm("backoffice.view_message"):
        url = address_of_page(job.about)
        yield Link(_("Everything to %(address)s") % {"address": job.about}, url, "contact_mail")


job_links.append(person_links)
