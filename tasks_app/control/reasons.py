"""Why somebody did something, as rows keep it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from tasks_app.db.text import storable_text
from tasks_app.models.queue import REASON_LENGTH


def kept_reason(reason: str) -> str:
    """The reason without what no column keeps; raises ValueError, with a sentence, for one too long."""
    kept = storable_text(reason.strip())
    if len(kept) > REASON_LENGTH:
        raise ValueError(
            _("The reason has %(count)d characters; %(limit)d are kept. Shorten it.")
            % {"count": len(kept), "limit": REASON_LENGTH}
        )
    return kept
