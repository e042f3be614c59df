"""Two reporting databases with the same rows: some that questions may read, and some that nobody may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from backoffice.models import Message, MessageState, Recipient

HASH, SECRET_TEXT = "pbkdf2_sha256$hash-that-nobody-reads", "the text that nobody reads"
SUBJECT, SESSION = "Your new password", "session-key-of-somebody-1234567890"
SECRETS = (HASH, SECRET_TEXT, SUBJECT, SESSION, "sam@example.org")


@dataclass(frozen=True)
class Reporting:
    url: str
    state: Callable[[], Any]  # of all that an attack could change

    @property
    def postgresql(self) -> bool:
        return not self.url.startswith("sqlite:")


def fill() -> None:
    User.objects.create(username="sam", password=HASH)
    Session.objects.create(session_key=SESSION, session_data="data", expire_date=timezone.now())
    recipient = Recipient.objects.create(email="sam@example.org", name="Sam", company="Acme")
    for number in range(3):
        Message.objects.create(
            recipient=recipient,
            to="sam@example.org",
            subject=f"Hello {number}",
            text=SECRET_TEXT,
            template_name="welcome" if number else "bye",
            state=MessageState.SENT,
            attempt=number,
        )
    Message.objects.create(to="sam@example.org", subject=SUBJECT, text=SECRET_TEXT, security=True)


def of_sqlite(path: Path) -> Reporting:
    def state() -> Any:
        return sha256(path.read_bytes()).hexdigest()

    return Reporting(f"sqlite:///{path}", state)


COUNTED = """
SELECT (SELECT count(*) FROM backoffice_message), (SELECT max(password) FROM auth_user),
    (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_roles),
    (SELECT count(*) FROM pg_largeobject_metadata),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
    (SELECT setting FROM pg_settings WHERE name = 'work_mem')
"""


def of_postgresql(admin: str, url: str) -> Reporting:
    def state() -> Any:
        with psycopg.connect(admin) as connection:
            return connection.execute(COUNTED).fetchone()

    return Reporting(url, state)
