"""A mailing at each of its stations, and a mail service that answers in this process as a test tells it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User

from backoffice.mailings import approving, freezing, going
from backoffice.mailings.turn import Break, House, take_turn
from backoffice.models import (
    Audience,
    EmailTemplate,
    Mailing,
    Message,
    Recipient,
    TemplateVariable,
)

type Answers = Callable[[str], str]  # given the address; returns the provider's id or raises a SendError


def people(number: int, **fields: Any) -> list[Recipient]:
    return Recipient.objects.bulk_create(
        Recipient(email=f"p{at:04}@example.org", name=f"Person {at}", **fields) for at in range(number)
    )


def a_template(text: str = "Dear {{ recipient.name }}, {{ offer }}.", **fields: Any) -> EmailTemplate:
    made = EmailTemplate.objects.create(
        slug=fields.pop("slug", "news"),
        name="News",
        subject="News for {{ recipient.name }}",
        text=text,
        **fields,
    )
    TemplateVariable.objects.create(template=made, name="offer", value="we have news")
    return made


def a_draft(author: User | None = None, template: EmailTemplate | None = None) -> Mailing:
    """To every recipient."""
    audience, _made = Audience.objects.get_or_create(name="Everybody", owner=author)
    return Mailing.objects.create(
        name="October news", audience=audience, template=template or a_template(), created_by=author
    )


def taken_down(author: User | None = None, template: EmailTemplate | None = None) -> Mailing:
    mailing = a_draft(author, template)
    freezing.freeze(mailing)
    return mailing


def approved(mailing: Mailing, by: User) -> Mailing:
    approving.approve(mailing, by, mailing.digest)
    return mailing


def no_job(mailing: Mailing) -> str:
    return "job-of-the-test"


def sending(author: User | None = None, template: EmailTemplate | None = None) -> Mailing:
    mailing = taken_down(author, template)
    going.send(mailing, author, no_job)
    mailing.refresh_from_db()
    return mailing


def turn(mailing: Mailing, **house: Any) -> Break:
    """One turn in this process; the mailing is read again after it."""
    how = take_turn(mailing.pk, House(**house))
    mailing.refresh_from_db()
    return how


def states(mailing: Mailing) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Message.objects.filter(mailing=mailing).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


class PostOffice:
    """The transport of this test. `.got` has the address of each call, as often as it was asked."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.mimes: dict[str, bytes] = {}
        self.answers: Answers = lambda to: f"id-{to}"
        self.under_way = self.most_under_way = 0
        self._lock = threading.Lock()

    def __call__(self, message_id: str, sender: str, to: str, mime: bytes) -> str:
        with self._lock:
            self.got.append(to)
            self.mimes[to] = mime
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return self.answers(to)
        finally:
            with self._lock:
                self.under_way -= 1
