"""Emails of a past: what became of the job of each, and what the mail service told of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from backoffice.emails import suppression
from backoffice.emails.errors import Suppressed
from backoffice.history import mishaps
from backoffice.history.cast import Person
from backoffice.history.chances import Draw
from backoffice.history.jobs import OK, Registry
from backoffice.history.life import Life, NotYet
from backoffice.history.message_rows import EmailTables, MessageRows
from backoffice.history.tables import Json
from backoffice.history.weather import Weather
from backoffice.models import (
    EmailTemplate,
    EventKind,
    MessageState,
    Suppression,
)

BACKOFF = (60, 120, 240, 480, 960)  # seconds, as the job declares
# What becomes of an email: how often of a thousand, in an ordinary hour and in a troubled one.
FATES = {
    "sent": (951, 300),
    "retried": (22, 450),
    "value_missing": (5, 2),
    "rejected": (6, 4),
    "exhausted": (1, 120),
    "no_answer": (1, 40),
    "worker_lost": (3, 4),
    "cancelled": (3, 2),
}
# What the receiving side says, of ten thousand handed over to mailboxes that there are.
ANSWERS = {"delivered": 9_795, "soft_bounced": 90, "delayed": 100, "nothing": 15}
ORDINARY, TROUBLED = (Draw({name: pair[bad] for name, pair in FATES.items()}) for bad in (0, 1))
ANSWER = Draw(ANSWERS)
BACK_AS = {
    EventKind.DELIVERED: MessageState.DELIVERED.value,
    EventKind.BOUNCED: MessageState.BOUNCED.value,
    EventKind.COMPLAINED: MessageState.COMPLAINED.value,
}
HEARD_AFTER = timedelta(seconds=40)  # of an event: it lay in the queue


class Letters:
    """Lives the job of an email, and writes its message."""

    def __init__(
        self, registry: Registry, weather: Weather, tables: EmailTables, keep_bodies_from: datetime
    ) -> None:
        self.chance: random.Random = registry.chance
        self.registry, self.weather, self.tables = registry, weather, tables
        self.rows = MessageRows(registry, tables.messages, keep_bodies_from)

    def live(self, life: Life, person: Person, template: EmailTemplate, *, again: bool) -> None:
        """What became of one email's job; `again` is a re-run, which mostly finds its cause mended."""
        fate = self._fate(self.weather.is_bad(life.now), again)
        try:
            message = self._go(life, person, template, fate)
        except NotYet:
            message = None
        self.registry.write_down(life, sent(message) if message else OK)

    def come_back(self, life: Life, person: Person, template: EmailTemplate) -> None:
        """The email that ends what is sent to somebody."""
        message = None
        with suppress(NotYet):
            self._claim(life)
            life.succeed()
            message = self._hand_over(life, person, template, person.answer)
        self.registry.write_down(life, sent(message) if message else OK)

    def _go(self, life: Life, person: Person, template: EmailTemplate, fate: str) -> str:
        if fate == "cancelled":
            life.claim(self.chance.expovariate(1 / 2) + self.weather.held(life.now))
            life.cancel()
            return self.rows.leave_unsent(life, person, template, MessageState.STOPPED)
        self._claim(life)
        if person.gone or fate == "value_missing":
            provoke = mishaps.value_missing
            if person.gone:
                provoke = mishaps.deleted if person.deleted else mishaps.opted_out
            life.fail(partial(provoke, person))
            opted_out = provoke is mishaps.opted_out
            state = MessageState.SUPPRESSED if opted_out else MessageState.FAILED
            return self.rows.leave_unsent(life, person, template, state)
        live: Callable[[Life, Person, EmailTemplate], str] = getattr(self, f"_{fate}")
        return live(life, person, template)

    def _claim(self, life: Life) -> None:
        life.claim(self._wait(life.now))
        life.work(self.chance.lognormvariate(-1.6, 0.5))

    # --- fates ------------------------------------------------------------------------------------

    def _sent(self, life: Life, person: Person, template: EmailTemplate) -> str:
        if person.is_suppressed(life.now):
            return self._refuse_suppressed(life, person, template)
        life.succeed()
        return self._hand_over(life, person, template, ANSWER(self.chance))

    def _retried(self, life: Life, person: Person, template: EmailTemplate) -> str:
        provoke = self.chance.choice((mishaps.throttled, mishaps.out_of_reach))
        for delay in BACKOFF[: self.chance.choice((1, 1, 1, 2, 2, 3))]:
            life.retry(partial(provoke, person), delay * self.chance.uniform(0.5, 1))
            self._claim(life)
        return self._sent(life, person, template)

    def _exhausted(self, life: Life, person: Person, template: EmailTemplate) -> str:
        provoke = partial(mishaps.out_of_reach, person)
        for delay in BACKOFF:
            life.retry(provoke, delay * self.chance.uniform(0.5, 1))
            life.claim(self._wait(life.now))
            life.work(5)
        life.fail(provoke)
        return self.rows.write(life, person, template, MessageState.FAILED, attempt=len(BACKOFF) + 1)

    def _rejected(self, life: Life, person: Person, template: EmailTemplate) -> str:
        life.fail(partial(mishaps.rejected, person))
        return self.rows.write(life, person, template, MessageState.FAILED)

    def _no_answer(self, life: Life, person: Person, template: EmailTemplate) -> str:
        life.work(30)
        life.become_unknown(partial(mishaps.no_answer, person))
        return self.rows.write(life, person, template, MessageState.UNKNOWN)

    def _worker_lost(self, life: Life, person: Person, template: EmailTemplate) -> str:
        life.lose(mishaps.worker_lost())
        life.claim(5 + self._wait(life.now))
        life.work(self.chance.lognormvariate(-1.6, 0.5))
        return self._sent(life, person, template)

    def _refuse_suppressed(self, life: Life, person: Person, template: EmailTemplate) -> str:
        told = suppression.problem(Suppression(address=person.email.lower(), reason=person.suppressed))
        life.fail(partial(_raise, Suppressed(told)))
        return self.rows.write(life, person, template, MessageState.SUPPRESSED, attempt=0)

    # --- rows -------------------------------------------------------------------------------------

    def _hand_over(self, life: Life, person: Person, template: EmailTemplate, answer: str) -> str:
        heard_until = life.until - HEARD_AFTER
        told = self._events(life.now, answer)
        heard = [one for one in told if one[1] <= heard_until]
        state, said = MessageState.SENT.value, None
        for one in heard:
            if one[0] in BACK_AS:
                state, said = BACK_AS[one[0]], one
        identity = self.rows.write(life, person, template, state)
        for kind, at, detail in heard:
            self.tables.events.add(
                message_id=identity, kind=kind.value, at=at, detail=detail, received_at=at + HEARD_AFTER
            )
        if said is not None and state in (MessageState.BOUNCED, MessageState.COMPLAINED):
            self._suppress(person, state, identity, said)
        return identity

    def _suppress(self, person: Person, state: str, identity: str, said: Any) -> None:
        _kind, at, detail = said
        person.suppress(state, at + HEARD_AFTER)
        self.tables.suppressions.add(
            address=person.email.lower(), reason=state, detail=detail, message_id=identity, created_at=at
        )

    def _events(self, sent_at: datetime, answer: str) -> list[tuple[EventKind, datetime, str]]:
        if answer == "nothing":
            return []
        after: Callable[[float], datetime] = lambda seconds: sent_at + timedelta(seconds=seconds)  # noqa: E731
        said = [(EventKind.SENT, after(0.4), "")]
        soon = self.chance.lognormvariate(1.2, 0.8)
        if answer == "delivered":
            said.append((EventKind.DELIVERED, after(soon), "250 2.0.0 OK"))
        elif answer == "bounced":
            said.append((EventKind.BOUNCED, after(soon), "550 5.1.1 No such mailbox"))
        elif answer == "complained":
            said.append((EventKind.DELIVERED, after(soon), "250 2.0.0 OK"))
            said.append((EventKind.COMPLAINED, after(soon + 3_600), "abuse"))
        elif answer == "soft_bounced":
            said.append((EventKind.SOFT_BOUNCED, after(soon + 60), "452 4.2.2 Mailbox full"))
        else:
            said.append((EventKind.DELAYED, after(soon + 300), "451 4.7.1 Greylisted, try again later"))
            said.append((EventKind.DELIVERED, after(soon + 1_200), "250 2.0.0 OK"))
        return said

    def _fate(self, trouble: bool, again: bool) -> str:
        if again and self.chance.random() < 0.85:
            return "sent"
        return (TROUBLED if trouble else ORDINARY)(self.chance)

    def _wait(self, at: datetime) -> float:
        """Seconds in the queue."""
        return min(self.chance.lognormvariate(-1.5, 1.0), 90.0) + self.weather.held(at)


def sent(message: str) -> Json:
    """The result of a job that handed it over."""
    return Json(f'{{"status": "ok", "message": "{message}"}}')


def _raise(error: Exception) -> None:
    raise error
