"""`batch:`, the jobs of a batch: those that it was to run again, and those that it launched."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks_app.admin.jobs.query.qualifiers import add
from tasks_app.db.among import Among
from tasks_app.models import Batch, BatchItem
from tasks_app.search.finding import MOST
from tasks_app.search.query.language import Asked, Choice
from tasks_app.search.query.mistakes import no_such_value
from tasks_app.search.query.terms import Term, Value

# A batch is named by the beginning of its id, among as many of the newest.
NEWEST = 1_000


def of_batch(term: Term, asked: Asked) -> Q:
    keys: list[str] = []
    for value in term.values:
        keys += _jobs_of(value, asked)
    return Q(Among("pk", keys))


def _jobs_of(value: Value, asked: Asked) -> list[str]:
    wanted = _plain(value.text)
    ids = Batch.objects.order_by("-created_at").values_list("pk", flat=True)[:NEWEST]
    found = next((pk for pk in ids if wanted and pk.hex.startswith(wanted)), None)
    if found is None:
        raise no_such_value(value.text, value.start, value.end, [pk.hex[:8] for pk in ids])
    rows = BatchItem.objects.filter(batch=found).order_by("pk").values_list("job_id", "new_job_id")
    items = list(rows[: MOST + 1])
    if len(items) > MOST:
        asked.note(str(_("Of this batch the first %(count)s jobs were looked at.") % {"count": MOST}))
    return [key for pair in items[:MOST] for key in pair if key]


def _plain(text: str) -> str:
    return text.casefold().replace("-", "")


def batches_offered(beginning: str, asked: Asked) -> Iterator[Choice]:
    newest = Batch.objects.order_by("-created_at")[:NEWEST]
    return (Choice(one.pk.hex[:8], str(one)) for one in newest if one.pk.hex.startswith(_plain(beginning)))


add("batch", _("Batch"), "batch:3f2a", condition=of_batch, choices=batches_offered)
