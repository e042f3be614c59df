"""What became of each person of a mailing: a sum that closes, and the people behind each of its figures.

    people = waiting + submitting + accepted + delivered + bounced + complained + suppressed + opted out
             + failed + stopped + unknown (+ those who are not accounted for: their messages are gone)

Each person is in it once, by the last state of their message; who has none yet waits, or was stopped with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.emails import causes
from backoffice.models import Mailing, MailingPerson, MailingState, Message, MessageState
from backoffice.models.message_states import Text

OPTED_OUT = (causes.RECIPIENT_OPTED_OUT.code, causes.UNSUBSCRIBED.code)
# Of those who are suppressed: a message of an address that is not written to says so, or nothing.
_IS_OPTED_OUT = Q(cause__in=OPTED_OUT)

WAITING, STOPPED, UNACCOUNTED = "waiting", "stopped", "unaccounted"
SUPPRESSED, OPTED_OUT_FATE = "suppressed", "opted_out"

# By key, in the order of the table.
FATES: dict[str, Text] = {
    WAITING: pgettext_lazy("person of a mailing", "Waiting"),
    "submitting": pgettext_lazy("person of a mailing", "Being handed over"),
    "accepted": pgettext_lazy("person of a mailing", "Accepted, no news yet"),
    "delivered": pgettext_lazy("person of a mailing", "Delivered"),
    "bounced": pgettext_lazy("person of a mailing", "Came back"),
    "complained": pgettext_lazy("person of a mailing", "Reported as spam"),
    SUPPRESSED: pgettext_lazy("person of a mailing", "Address not written to"),
    OPTED_OUT_FATE: pgettext_lazy("person of a mailing", "Opted out"),
    "failed": pgettext_lazy("person of a mailing", "Failed"),
    STOPPED: pgettext_lazy("person of a mailing", "Stopped"),
    "unknown": pgettext_lazy("person of a mailing", "Unknown"),
    UNACCOUNTED: _("Not accounted for"),
}
_BY_STATE: dict[str, str] = {
    MessageState.QUEUED: WAITING,
    MessageState.SUBMITTING: "submitting",
    MessageState.SENT: "accepted",
    MessageState.DELIVERED: "delivered",
    MessageState.BOUNCED: "bounced",
    MessageState.COMPLAINED: "complained",
    MessageState.SUPPRESSED: SUPPRESSED,
    MessageState.FAILED: "failed",
    MessageState.STOPPED: STOPPED,
    MessageState.UNKNOWN: "unknown",
}
_STATE_OF: dict[str, str] = {fate: state for state, fate in _BY_STATE.items()} | {
    OPTED_OUT_FATE: MessageState.SUPPRESSED
}


@dataclass(frozen=True)
class Balance:
    people: int
    counts: Mapping[str, int]  # by fate, each of them; they add up to `people`

    @property
    def unaccounted(self) -> int:
        return self.counts[UNACCOUNTED]

    @property
    def accepted(self) -> int:
        """By the mail service, whatever came of it."""
        return sum(self.counts[fate] for fate in ("accepted", "delivered", "bounced", "complained"))

    @property
    def left(self) -> int:
        """Who may still get it."""
        return self.counts[WAITING] + self.counts["submitting"]


def knows_beyond_acceptance() -> bool:
    """Whether anybody tells us what became of a message after the mail service took it."""
    return bool(settings.SES_EVENTS_QUEUE_URL)


def balance(mailing: Mailing) -> Balance:
    """Of what is committed now, from the mailing as it was read."""
    rows = Message.objects.filter(mailing=mailing, person__isnull=False).order_by()
    by_state = dict(rows.values_list("state").annotate(Count("pk")))
    counts = dict.fromkeys(FATES, 0) | {_BY_STATE[state]: number for state, number in by_state.items()}
    if counts[SUPPRESSED]:
        opted_out = rows.filter(_IS_OPTED_OUT, state=MessageState.SUPPRESSED).count()
        counts[SUPPRESSED], counts[OPTED_OUT_FATE] = counts[SUPPRESSED] - opted_out, opted_out
    people, prepared = mailing.people, mailing.prepared
    if mailing.state == MailingState.FREEZING:
        people = mailing.everybody.count()
    counts[_of_unprepared(mailing)] += people - prepared
    counts[UNACCOUNTED] = prepared - sum(by_state.values())
    return Balance(people, counts)


def _of_unprepared(mailing: Mailing) -> str:
    """What people are who have no message yet."""
    return STOPPED if mailing.state == MailingState.STOPPED else WAITING


@dataclass(frozen=True)
class Person:
    """One of them as a list shows it; `fate` is a key of FATES."""

    person: MailingPerson
    message: Message | None
    fate: str


def people_with(mailing: Mailing, fate: str, after: int, size: int) -> list[Person]:
    """The next people of this fate ("" for everybody) beyond the one with this key, in their order."""
    if not fate:
        found = list(_beyond(mailing, after)[:size])
    elif fate == UNACCOUNTED:
        has_one = Message.objects.filter(person=OuterRef("pk"))
        found = list(_beyond(mailing, after).filter(~Exists(has_one), pk__lte=mailing.prepared_until)[:size])
    else:
        keys = list(_messages_with(mailing, fate).filter(person__gt=after)[:size])
        found = list(MailingPerson.objects.filter(pk__in=keys).order_by("pk"))
        if fate == _of_unprepared(mailing) and len(found) < size:
            found += list(_beyond(mailing, max(after, mailing.prepared_until))[: size - len(found)])
    return list(_shown(mailing, found))


def _beyond(mailing: Mailing, after: int) -> QuerySet[MailingPerson]:
    return MailingPerson.objects.filter(mailing=mailing, pk__gt=after).order_by("pk")


def _messages_with(mailing: Mailing, fate: str) -> QuerySet[Message, int]:
    """The keys of their people, in order."""
    rows = Message.objects.filter(mailing=mailing, state=_STATE_OF[fate])
    if fate == OPTED_OUT_FATE:
        rows = rows.filter(_IS_OPTED_OUT)
    elif fate == SUPPRESSED:
        rows = rows.exclude(_IS_OPTED_OUT)
    return rows.order_by("person").values_list("person", flat=True)


def _shown(mailing: Mailing, people: Iterable[MailingPerson]) -> Iterable[Person]:
    listed = list(people)
    rows = Message.objects.filter(person__in=[one.pk for one in listed]).defer("text", "html", "headers")
    messages = {message.person_id: message for message in rows}
    for one in listed:
        message = messages.get(one.pk)
        yield Person(one, message, _fate_of(mailing, one, message))


def _fate_of(mailing: Mailing, person: MailingPerson, message: Message | None) -> str:
    if message is None:
        return UNACCOUNTED if person.pk <= mailing.prepared_until else _of_unprepared(mailing)
    if message.state == MessageState.SUPPRESSED and message.cause in OPTED_OUT:
        return OPTED_OUT_FATE
    return _BY_STATE[message.state]
