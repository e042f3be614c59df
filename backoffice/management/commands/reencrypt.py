"""`manage.py reencrypt`: seal what the database keeps secret under the first key of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice import encryption
from backoffice.admin import audited
from backoffice.sign_in.sealed_keys import reseal_all
from tasks_app.audit.system import record_command


class Command(BaseCommand):
    help = (
        "Seal the keys of second factors anew under the first key of FIELD_ENCRYPTION_KEYS. To change that "
        "key: put a new one before it, restart everything, run this, then take the old one away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = reseal_all()
        except encryption.NoKeys as error:
            raise CommandError(str(error)) from error
        if done.resealed:
            record_command("reencrypt", audited.RESEALED(count=done.resealed))
        self.stdout.write(
            f"Sealed anew under the first key: {done.resealed}. Were so already: {done.current}."
        )
        if done.unreadable:
            names = ", ".join(done.unreadable)
            raise CommandError(
                f"No key of FIELD_ENCRYPTION_KEYS opens those of: {names}. Add the key that was used before; "
                "where it is lost, reset their second factor on each person's page."
            )
