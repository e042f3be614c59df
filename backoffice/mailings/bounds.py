"""When a mailing stops by itself: too much of it came back, or was reported as spam."""

from __future__ import annotations

from collections import Counter

from django.conf import settings
from django.db.models import Count
from django.utils.formats import number_format

from backoffice.mailings import causes
from backoffice.models import ACCEPTED, Message, MessageState
from tasks_app.notices import Notice


def crossed(mailing_id: int) -> Notice | None:
    """Why it should not go on, of what is known now; None while there are too few to tell."""
    rows = Message.objects.filter(mailing=mailing_id, state__in=ACCEPTED).order_by()
    counted = Counter(dict(rows.values_list("state").annotate(Count("pk"))))
    accepted = counted.total()
    if accepted < settings.MAILING_SAMPLE:
        return None
    for state, bound, cause in (
        (MessageState.COMPLAINED, settings.MAILING_MAX_COMPLAINTS, causes.TOO_MANY_COMPLAINED),
        (MessageState.BOUNCED, settings.MAILING_MAX_BOUNCES, causes.TOO_MANY_BOUNCED),
    ):
        if counted[state] > bound * accepted:
            return cause(count=counted[state], accepted=accepted, bound=f"{number_format(100 * bound)} %")
    return None
