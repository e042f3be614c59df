"""The rows of messages of a past: what each said, and why some say nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from backoffice.emails.render import Rendered, render, source_of, words_for
from backoffice.emails.templating.dates import in_words
from backoffice.history.cast import Person
from backoffice.history.chances import uuid_of
from backoffice.history.jobs import Registry
from backoffice.history.life import Life
from backoffice.history.tables import Table
from backoffice.models import EmailTemplate, Message, MessageEvent, MessageState, Recipient, Suppression

BODIES_KEPT = 50_000  # of the newest messages; the text of older ones is gone, as after its retention
REFUSED = frozenset({MessageState.FAILED, MessageState.SUPPRESSED, MessageState.UNKNOWN})
STAND_IN = Recipient(email="\u2063email", name="\u2063name")  # invisible separators: no text has them


@dataclass
class EmailTables:
    messages: Table = field(default_factory=lambda: Table(Message))
    events: Table = field(default_factory=lambda: Table(MessageEvent))
    suppressions: Table = field(default_factory=lambda: Table(Suppression))

    def all(self) -> list[Table]:
        return [self.messages, self.events, self.suppressions]


class MessageRows:
    """Writes the one message of each email's job that ended."""

    def __init__(self, registry: Registry, messages: Table, keep_bodies_from: datetime) -> None:
        self.chance, self.messages = registry.chance, messages
        self.keep_bodies_from = max(keep_bodies_from, registry.kept.message_bodies)
        self.bodies_kept_for = registry.until - registry.kept.message_bodies
        self._texts: dict[tuple[int, str, date], Rendered] = {}
        self._latest: tuple[str, str] = ("", "")  # a job, which is run again at once or never; its message

    def write(
        self, life: Life, person: Person, template: EmailTemplate, state: str, attempt: int | None = None
    ) -> str:
        row = life.row
        kept = row["created_at"] >= self.keep_bodies_from
        first = life.attempts[0]["started_at"] if life.attempts else row["started_at"]
        known = self._text(template, person, timezone.localtime(first).date())
        identity = uuid_of(self.chance)
        refused = state in REFUSED
        self.messages.add(
            id=identity,
            recipient_id=None if person.deleted else person.pk,
            template_id=template.pk,
            template_name=template.name,
            to=person.email,
            sender=settings.DEFAULT_FROM_EMAIL,
            subject=_named(known.subject, person),
            text=_named(known.text, person) if kept else "",
            html=_named(known.html, person) if kept else "",
            headers=person.headers,
            state=str(state),
            attempt=row["runs"] if attempt is None else attempt,
            transport="" if refused and state != MessageState.UNKNOWN else "ses",
            provider_id="" if refused else f"0107{self.chance.getrandbits(96):024x}-000000",
            **life.why if refused else {},
            **self._linked(life, identity),
            created_at=first,  # later attempts are at the same message
            submitted_at=None if state == MessageState.SUPPRESSED else row["started_at"],
            sent_at=None if refused else life.now,
            body_pruned_at=None if kept else min(life.now + self.bodies_kept_for, life.until),
        )
        return identity

    def leave_unsent(self, life: Life, person: Person, template: EmailTemplate, state: MessageState) -> str:
        """As the end of a job writes it that came to no text; who was deleted has no address any more."""
        identity = uuid_of(self.chance)
        self.messages.add(
            id=identity,
            recipient_id=None if person.deleted else person.pk,
            template_id=template.pk,
            template_name=template.name,
            to="" if person.deleted else person.email,
            state=state.value,
            **life.why,
            **self._linked(life, identity),
            created_at=life.now,
            body_pruned_at=life.now,
        )
        return identity

    def _linked(self, life: Life, identity: str) -> dict[str, Any]:
        """Its job; and the message of the job that this one repeats."""
        (job, message), self._latest = self._latest, (life.id, identity)
        return {"job_id": life.id, "resend_of_id": message if job == life.repeats else None}

    def _text(self, template: EmailTemplate, person: Person, day: date) -> Rendered:
        """Rendered once for each template, language and day, to be told to each by name."""
        known = self._texts.get((template.pk, person.language, day))
        if known is None:
            stand_in = STAND_IN
            stand_in.language = person.language
            values = {one.name: one.value for one in template.variables.all() if one.value}
            words = words_for(stand_in, values) | {"today": in_words(day, person.language)}
            known = render(source_of(template), words)
            self._texts[template.pk, person.language, day] = known
        return known


def _named(text: str, person: Person) -> str:
    return text.replace(STAND_IN.name, person.name).replace(STAND_IN.email, person.email)
