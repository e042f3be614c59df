"""The rows of messages of a past: what each said, and why some say nothing."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from backoffice.emails.render import Rendered, render, source_of, words_for
from backoffice.history.cast import Person
from backoffice.history.jobs import Life, uuid_of
from backoffice.history.tables import Table
from backoffice.models import EmailTemplate, Message, MessageEvent, MessageState, Recipient, Suppression

BODIES_KEPT = 50_000  # of the newest messages; the text of older ones is gone, as after its retention
STAND_IN = Recipient(email="\u2063email", name="\u2063name")  # invisible separators: no text has them


@dataclass
class EmailTables:
    messages: Table = field(default_factory=lambda: Table(Message))
    events: Table = field(default_factory=lambda: Table(MessageEvent))
    suppressions: Table = field(default_factory=lambda: Table(Suppression))

    def all(self) -> list[Table]:
        return [self.messages, self.events, self.suppressions]


class MessageRows:
    def __init__(self, chance: random.Random, messages: Table, keep_bodies_from: datetime) -> None:
        self.chance, self.messages, self.keep_bodies_from = chance, messages, keep_bodies_from
        self._texts: dict[tuple[int, str], Rendered] = {}
        self._latest: dict[str, UUID] = {}  # by its job, which is run again at once or never

    def write(
        self, life: Life, person: Person, template: EmailTemplate, state: str, attempt: int | None = None
    ) -> UUID:
        text = self._text(template, person)
        kept = life.row["created_at"] >= self.keep_bodies_from
        identity = uuid_of(self.chance)
        handed = state not in (MessageState.FAILED, MessageState.SUPPRESSED, MessageState.UNKNOWN)
        failed = state in (MessageState.FAILED, MessageState.SUPPRESSED, MessageState.UNKNOWN)
        self.messages.add(
            id=identity,
            recipient_id=None if person.deleted else person.pk,
            template_id=template.pk,
            template_name=template.name,
            to=person.email,
            sender=settings.DEFAULT_FROM_EMAIL,
            subject=text.subject,
            text=text.text if kept else "",
            html=text.html if kept else "",
            headers=person.headers,
            state=state,
            attempt=life.row["runs"] if attempt is None else attempt,
            transport="ses" if handed or state == MessageState.UNKNOWN else "",
            provider_id=f"0107{self.chance.getrandbits(96):024x}-000000" if handed else "",
            **life.why if failed else {},
            **self._linked(life, identity),
            created_at=life.row["started_at"],
            submitted_at=None if state == MessageState.SUPPRESSED else life.row["started_at"],
            sent_at=life.now if handed else None,
            body_pruned_at=None if kept else life.now,
        )
        return identity

    def leave_unsent(self, life: Life, person: Person, template: EmailTemplate, state: str) -> UUID:
        """As the end of a job writes it that came to no text; who was deleted has no address any more."""
        identity = uuid_of(self.chance)
        self.messages.add(
            id=identity,
            recipient_id=None if person.deleted else person.pk,
            template_id=template.pk,
            template_name=template.name,
            to="" if person.deleted else person.email,
            state=state,
            **life.why,
            **self._linked(life, identity),
            created_at=life.now,
            body_pruned_at=life.now,
        )
        return identity

    def _linked(self, life: Life, identity: UUID) -> dict[str, Any]:
        """Its job; and the message of the job that this one repeats."""
        earlier, self._latest = self._latest, {life.id: identity}
        return {"job_id": life.id, "resend_of_id": earlier.get(life.row["rerun_of_id"])}

    def _text(self, template: EmailTemplate, person: Person) -> Rendered:
        """Rendered once for each template and language, then told to each by name."""
        known = self._texts.get((template.pk, person.language))
        if known is None:
            stand_in = STAND_IN
            stand_in.language = person.language
            values = {one.name: one.value for one in template.variables.all() if one.value}
            known = render(source_of(template), words_for(stand_in, values))
            self._texts[template.pk, person.language] = known
        return Rendered(*(_named(part, person) for part in (known.subject, known.text, known.html)))


def _named(text: str, person: Person) -> str:
    return text.replace(STAND_IN.name, person.name).replace(STAND_IN.email, person.email)
