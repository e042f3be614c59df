"""Emails that no template writes: what other code says of an order, and links to a new password."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from backoffice.history.cast import Person
from backoffice.history.chances import uuid_of
from backoffice.history.emails import HEARD_AFTER, sent
from backoffice.history.jobs import OK, Launched, Registry
from backoffice.history.life import Life, NotYet
from backoffice.history.message_rows import EmailTables
from backoffice.history.weather import Weather
from backoffice.models import EventKind, MessageState
from tasks_app.models import State

DELIVER = "tasks_app.tasks.deliver_message"
LINK = "tasks_app.account_tasks.send_password_link"
ON_ITS_WAY = "Your order {number} is on its way"
ARRIVES = "Hello,\n\nyour order {number} left our warehouse today and should be with you within three days.\n"
NEW_PASSWORD = "A new password for {company}"  # noqa: S105 - a subject


@dataclass(frozen=True)
class Said:
    """The columns of one message that are its own."""

    id: str
    to: str
    subject: str
    text: str = ""
    security: bool = False
    recipient_id: int | None = None


class OtherMail:
    """Lives the jobs of such messages; none of them has a trouble of its own."""

    def __init__(
        self, registry: Registry, weather: Weather, tables: EmailTables, bodies_from: datetime
    ) -> None:
        self.registry, self.weather, self.tables = registry, weather, tables
        self.chance = registry.chance
        self.bodies_from = bodies_from

    def of_an_order(self, at: datetime, person: Person) -> Life:
        """By `send_mail` of the shop: its message is written before its job."""
        number = self.chance.randint(10_000, 99_999)
        identity = uuid_of(self.chance)
        life = self.registry.launch(DELIVER, {"message_id": identity}, Launched(at), person.email)
        said = Said(
            identity,
            person.email,
            ON_ITS_WAY.format(number=number),
            ARRIVES.format(number=number) if at >= self.bodies_from else "",
            recipient_id=None if person.deleted else person.pk,
        )
        return self._live(life, said, written_at=at)

    def of_a_password(self, at: datetime, user: User) -> Life:
        """Of one who forgot it: the text of such a message is kept nowhere."""
        life = self.registry.launch(LINK, {"user_id": user.pk}, Launched(at), user.get_username())
        subject = NEW_PASSWORD.format(company=settings.COMPANY_NAME)
        return self._live(life, Said(uuid_of(self.chance), user.email, subject, security=True))

    def _live(self, life: Life, said: Said, written_at: datetime | None = None) -> Life:
        with suppress(NotYet):
            life.claim(self.chance.expovariate(1 / 0.4) + self.weather.held(life.now))
            life.work(self.chance.lognormvariate(-1.6, 0.5))
            life.succeed()
        done = life.state == State.SUCCEEDED
        if done or written_at is not None:
            self._write(life, said, written_at or life.row["started_at"])
        self.registry.write_down(life, sent(said.id) if done else OK)
        return life

    def _write(self, life: Life, said: Said, written_at: datetime) -> None:
        done = life.state == State.SUCCEEDED
        told: list[tuple[EventKind, datetime, str]] = []
        if done and life.now + timedelta(seconds=3) + HEARD_AFTER <= life.until:
            told = [
                (EventKind.SENT, life.now + timedelta(seconds=0.4), ""),
                (EventKind.DELIVERED, life.now + timedelta(seconds=3), "250 2.0.0 OK"),
            ]
        self.tables.messages.add(
            id=said.id,
            recipient_id=said.recipient_id,
            to=said.to,
            sender=settings.DEFAULT_FROM_EMAIL,
            subject=said.subject,
            text=said.text,
            headers={"To": said.to} if said.text else {},
            security=said.security,
            job_id=life.id,
            created_at=written_at,
            **self._outcome(life, delivered=bool(told)) if done else {"state": MessageState.QUEUED.value},
        )
        for kind, at, detail in told:
            self.tables.events.add(
                message_id=said.id, kind=kind.value, at=at, detail=detail, received_at=at + HEARD_AFTER
            )

    def _outcome(self, life: Life, *, delivered: bool) -> dict[str, Any]:
        state = MessageState.DELIVERED if delivered else MessageState.SENT
        kept = life.row["created_at"] >= self.bodies_from
        return {
            "state": state.value,
            "attempt": life.row["runs"],
            "transport": "ses",
            "provider_id": f"0107{self.chance.getrandbits(96):024x}-000000",
            "submitted_at": life.row["started_at"],
            "sent_at": life.now,
            "body_pruned_at": None if kept else life.until,
        }
