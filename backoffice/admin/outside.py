"""What takes files and emails, for pages: S3 and SES take seconds, so no page waits for them."""

from __future__ import annotations

from threading import Thread

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils.translation import get_language, override

from tasks_app.db import shared_time
from tasks_app.monitor.health import Check, Finding, run

EVERY = 60  # seconds, while somebody looks
FORGOTTEN_AFTER = 3 * EVERY


def answer(check: Check) -> list[Finding] | None:
    """What the check found when it was last asked; where that is old it is asked anew, behind the page.

    None: it is being asked for the first time.
    """
    language = get_language() or settings.LANGUAGE_CODE
    kept = f"outside-{check.key}-{language}"
    if cache.add(f"{kept}-asked", True, EVERY):
        Thread(target=_ask, args=(check, kept, language), daemon=True).start()
    found: list[Finding] | None = cache.get(kept)
    return found


def _ask(check: Check, kept: str, language: str) -> None:
    try:
        with override(language):
            [(_check, found)] = run([check], shared_time.now())
        cache.set(kept, found, FORGOTTEN_AFTER)
    finally:
        connection.close()
