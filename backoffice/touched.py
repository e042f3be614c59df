"""Whom a failed job of the domain touches: the recipient of its message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backoffice.models import Message, Recipient
from tasks_app.failures.touched import Touched, people_of, person_key


def recipients(ids: Sequence[str]) -> Iterable[Touched]:
    """Each email leaves a message, also one that was never written."""
    written = Message.objects.filter(job_id__in=ids, recipient__isnull=False).order_by()
    for job_id, recipient in written.values_list("job_id", "recipient_id"):
        yield job_id, person_key(Recipient._meta.label_lower, recipient)


people_of.append(recipients)
