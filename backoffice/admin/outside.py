"""What takes files and emails, for the first page: S3 and SES take seconds, so no page waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils.translation import get_language, override

from backoffice import health
from tasks_app.db import shared_time
from tasks_app.monitor.health import Finding, run

EVERY = 60  # seconds, while somebody looks
FORGOTTEN_AFTER = 3 * EVERY


def answers() -> Iterator[tuple[str, list[Finding]]]:
    """What each check found when it was last asked; where that is old it is asked anew, behind the page.

    The local transport is not asked: it writes to the same disk.
    """
    language = get_language() or settings.LANGUAGE_CODE
    for key in ["storage", "email"] if settings.EMAIL_TRANSPORT == "ses" else ["storage"]:
        kept = f"outside-{key}-{language}"
        if cache.add(f"{kept}-asked", True, EVERY):
            Thread(target=_ask, args=(key, kept, language), daemon=True).start()
        yield key, cache.get(kept, [])


def _ask(key: str, kept: str, language: str) -> None:
    try:
        with override(language):
            [(_check, found)] = run([one for one in health.CHECKS if one.key == key], shared_time.now())
        cache.set(kept, found, FORGOTTEN_AFTER)
    finally:
        connection.close()
