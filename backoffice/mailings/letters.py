"""What one person of a mailing reads: its text as it was taken down, with their values of that moment.

It is rendered when it is sent and whenever somebody looks at it, and kept nowhere.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils import timezone

from backoffice.emails import bodies, causes
from backoffice.emails.addresses import address, envelope
from backoffice.emails.compose import SUBJECT_LENGTH
from backoffice.emails.errors import Refused
from backoffice.emails.mime import Mail, build
from backoffice.emails.render import Source, Words, refuse_holes, render
from backoffice.emails.template_words import RECIPIENT_WORDS
from backoffice.emails.templating.dates import in_words
from backoffice.emails.text import cut
from backoffice.models import Mailing, MailingPerson, Message
from backoffice.spelling import is_blank


class Letter(NamedTuple):
    to: str  # the envelope's
    subject: str
    text: str
    html: str
    headers: dict[str, str]


def letter(mailing: Mailing, person: MailingPerson, day: date) -> Letter:
    """Raises Refused: the person is erased, a value is missing, the text does not render."""
    if person.address is None:
        raise Refused(causes.RECIPIENT_GONE())
    source = Source(mailing.subject, mailing.text, mailing.html)
    variables = values_of(mailing, person)
    refuse_holes(source, variables)
    said = render(source, _words(mailing, person, variables, day))
    headers = {"To": str(address(person.email, person.name)), "Content-Language": person.language}
    return Letter(
        envelope(person.email), cut(said.subject, SUBJECT_LENGTH), said.text, said.html, _filled_in(headers)
    )


def values_of(mailing: Mailing, person: MailingPerson) -> dict[str, str]:
    """A person's own value where it says something, else the template's."""
    own = {name: _text(value) for name, value in person.values.items()}
    return dict(mailing.variables) | {name: value for name, value in own.items() if not is_blank(value)}


def _text(value: Any) -> str:
    """A whole number without the point that JSON may have given it."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _words(mailing: Mailing, person: MailingPerson, variables: dict[str, str], day: date) -> Words:
    return {
        **variables,
        "recipient": {word: str(getattr(person, word)) for word in RECIPIENT_WORDS},
        "company": mailing.company,
        "today": in_words(day, person.language),
    }


def _filled_in(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if value}


def mime_of(message_id: str, sender: str, said: Letter, at: datetime) -> bytes:
    """As it travels; raises Refused."""
    mail = Mail(
        message_id=message_id,
        sender=sender,
        to=said.headers["To"],
        subject=said.subject,
        text=said.text,
        html=said.html,
        headers=said.headers,
        at=at,
    )
    return build(mail)


def fill(message: Message) -> Message:
    """The message with what it said, or would say today; raises Refused where values are kept no more."""
    mailing, person = message.mailing, message.person
    if mailing is None or person is None:
        raise Refused(causes.TEXT_NOT_KEPT())
    if mailing.values_pruned_at is not None or message.body_pruned_at is not None:
        raise Refused(causes.TEXT_NOT_KEPT())
    said = letter(mailing, person, timezone.localdate(message.submitted_at or timezone.now()))
    message.subject, message.text, message.html = said.subject, said.text, said.html
    message.headers = said.headers
    if message.recipient_id is None:  # of a file: they never were a recipient, so none was lost
        message.template, message.template_name = None, ""
    return message


bodies.register(fill)
