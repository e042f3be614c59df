"""What became of a job's work after it: in words, in lists and on its page."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_app.catalogue import label_of
from tasks_app.display import STATE_LOOKS, Text
from tasks_app.models import OPEN, Job, State
from tasks_app.subject import subject_of

OUTCOMES: dict[str, Text] = {
    State.WAITING: gettext_lazy("run again: waits"),
    State.RUNNING: gettext_lazy("run again: runs"),
    State.SUCCEEDED: gettext_lazy("run again: succeeded"),
    State.FAILED: gettext_lazy("run again: failed again"),
    State.CANCELLED: gettext_lazy("run again: cancelled"),
    State.UNKNOWN: gettext_lazy("run again: outcome unknown"),
}


def with_lineage(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """For lists: each with the state, now, of the re-run that tells of it, while that is kept."""
    again = Job.objects.filter(pk=OuterRef("rerun_id"))
    return jobs.annotate(rerun_state_now=Subquery(again.values("state")[:1]))


def mark(job: Job) -> SafeString | None:
    """What came of its re-run, which opens; None where there is none. For rows of `with_lineage`."""
    return told(job.rerun_state, job.rerun_id, getattr(job, "rerun_state_now", None))


def told(state: str | None, rerun_id: str | None, now: str | None) -> SafeString | None:
    """The state as it is kept, whose it is, and what it is now: None where that job is not kept."""
    if not state:
        return None
    return said(now if now and state in OPEN else state, rerun_id if now else None)


def said(state: str, rerun_id: str | None) -> SafeString:
    """The words in their colour; a link while the re-run is kept."""
    tone = STATE_LOOKS[state][0] or "none"
    words = format_html('<span class="bo-outcome bo-tone-{}">{}</span>', tone, OUTCOMES[state])
    if rerun_id is None:
        return words
    url = reverse("admin:tasks_app_job_change", args=[rerun_id])
    return format_html('<a class="underline" href="{}">{}</a>', url, words)


def lineage(job: Job) -> Iterator[SafeString]:
    """Sentences for its page, of a row of `with_lineage`: what it is a re-run of, and what became of it when
    it was run again."""
    if job.rerun_of is not None:
        yield _sentence(_("Re-run of"), job.rerun_of)
    elif job.family:
        yield format_html("{}", _("Re-run of a job that is no longer kept."))
    if found := mark(job):
        yield found


def _sentence(relation: str, other: Job) -> SafeString:
    name = f"{label_of(other.name)} {subject_of(other)}".strip()
    url = reverse("admin:tasks_app_job_change", args=[other.pk])
    state = State(other.state).label
    return format_html('{} <a class="underline" href="{}">{}</a> · {}', relation, url, name, state)
