"""On a job's page: the lines that its runs wrote, the newest first of all read, and all of them as text."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tasks_app.admin.jobs.access import find_job
from tasks_app.admin.jobs.belongings import LOG, may_have
from tasks_app.display import labelled
from tasks_app.logs.lines import PROGRESS, Line, decoded
from tasks_app.models import Job, LogChunk
from tasks_app.notices import say, wording_of

type Text = str | Promise

SHOWN = 200  # lines, the newest
CHUNKS = 20  # read at once, of which most have a few lines
LEVEL = "level"  # of the page's address
# What the lines may be narrowed to: by level, from which on.
LEVELS: dict[str, tuple[Text, int]] = {
    "": (_("All"), 0),
    "warning": (_("Warnings and errors"), logging.WARNING),
    "error": (_("Errors"), logging.ERROR),
}
# Name and tone of a level; one between two is as the lower.
_LOOKS: list[tuple[int, Text, str]] = [
    (logging.CRITICAL, _("Critical"), "danger"),
    (logging.ERROR, _("Error"), "danger"),
    (logging.WARNING, _("Warning"), "warning"),
    (logging.INFO, _("Info"), "info"),
    (0, _("Debug"), "none"),
]


@dataclass(frozen=True)
class Shown:
    """A line as it is read."""

    at: datetime
    run: int
    label: Text
    tone: str
    logger: str
    text: str


def log_of(request: HttpRequest, job: Job) -> dict[str, Any]:
    """What the page's part asks for; nothing where the job wrote nothing."""
    newest = _page(job) if may_have(job, LOG) else []
    if not newest:
        return {}
    level = level_of(request)
    shown, are_more = _newest(job, newest, LEVELS[level][1])
    kept, left_out = _sums(job, newest)
    return {
        "lines": shown,
        "runs": len({line.run for line in shown}) > 1 or job.runs > 1,
        "level": level,
        "levels": [(key, label, key == level) for key, (label, _from) in LEVELS.items()],
        "are_more": are_more,
        "kept": kept,
        "left_out": left_out_words(left_out),
        "text_url": reverse("admin:tasks_app_job_log", args=[job.pk]),
    }


def _sums(job: Job, newest: list[LogChunk]) -> tuple[int, int]:
    """How many lines are kept, and how many were too many; of most jobs what was read has them all."""
    if len(newest) < CHUNKS:
        return sum(chunk.count for chunk in newest), sum(chunk.left_out for chunk in newest)
    sums = LogChunk.objects.filter(job_id=job.pk).aggregate(kept=Sum("count"), left_out=Sum("left_out"))
    return sums["kept"], sums["left_out"]


def level_of(request: HttpRequest) -> str:
    level = request.GET.get(LEVEL, "")
    return level if level in LEVELS else ""


@require_safe
def as_text(request: HttpRequest, object_id: str) -> HttpResponse:
    """All that is kept, to read, copy or save."""
    job = find_job(request, object_id)
    chunks = LogChunk.objects.filter(job_id=job.pk).order_by("pk")
    kept = [_shown(chunk.run, line) for chunk in chunks for line in decoded(chunk.lines)]
    lines = [
        f"{line.at.isoformat(timespec='milliseconds')} #{line.run} {line.label} {line.logger}: {line.text}"
        for line in sorted(kept, key=lambda one: one.at)
    ]
    left_out = left_out_words(sum(chunk.left_out for chunk in chunks))
    text = "\n".join([*lines, *([left_out] if left_out else []), ""])
    headers = {"X-Content-Type-Options": "nosniff"}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


def left_out_words(count: int | None) -> str:
    if not count:
        return ""
    return ngettext(
        "%(count)s more line was written, beyond what a job may keep.",
        "%(count)s more lines were written, beyond what a job may keep.",
        count,
    ) % {"count": count}


def _newest(job: Job, first: list[LogChunk], level: int) -> tuple[list[Shown], bool]:
    """The last lines from this level on, in their order; and whether there are more before them."""
    found: list[Shown] = []
    for chunk in _backwards(job, first):
        lines = [_shown(chunk.run, line) for line in decoded(chunk.lines) if line.level >= level]
        found = [*lines, *found]
        if len(found) > SHOWN:
            break
    found.sort(key=lambda line: line.at)
    return found[-SHOWN:], len(found) > SHOWN


def _backwards(job: Job, page: list[LogChunk]) -> Iterator[LogChunk]:
    while True:
        yield from page
        if len(page) < CHUNKS:
            return
        page = _page(job, page[-1].pk)


def _page(job: Job, before: int | None = None) -> list[LogChunk]:
    rows = LogChunk.objects.filter(job_id=job.pk).order_by("-pk")
    return list((rows if before is None else rows.filter(pk__lt=before))[:CHUNKS])


def _shown(run: int, line: Line) -> Shown:
    label, tone = next((label, tone) for level, label, tone in _LOOKS if line.level >= level)
    at = datetime.fromtimestamp(line.at, UTC)
    if line.logger == PROGRESS:
        return Shown(at, run, _("Progress"), "info", "", _progress(line))
    return Shown(at, run, label, tone, line.logger, line.text)


def _progress(line: Line) -> str:
    said = line.text
    if line.params is not None and wording_of(line.text) is not None:
        said = say(line.text, line.params)
    if line.percent is None:
        return said
    percent = f"{line.percent} %"
    return str(labelled(percent, said)) if said else percent
