"""What mends a cause: the pages that its declaration names (`declare(…, mends=…)`), for who may open them.

A job that failed for such a cause fails again as it is: until that is mended, its page leads there first, and
what is saved there leads back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin

from tasks_app.admin.common import Link
from tasks_app.admin.things import cause_url, page_of, row_of
from tasks_app.catalogue import launchable_of
from tasks_app.failures.keys import key_of_group
from tasks_app.models import FailureGroup, Job, State
from tasks_app.notices import wording_of
from tasks_app.subject import arguments_of

# Corrected and run again: a button of the job's own page.
ARGUMENTS = "arguments"
# Of an address: "job:…" or "cause:…", what its reader came from to mend.
MENDS = "mends"
ROWS: dict[str, type[Model]] = {"job": Job, "cause": FailureGroup}


@dataclass(frozen=True)
class Mend:
    """A page that mends many jobs at once, and when what it shows was edited last."""

    link: Link
    edited_at: datetime | None = None


# By the word that causes name them by: the pages that this person may open for this job. The domain adds its
# own.
ways: dict[str, Callable[[HttpRequest, Job], Iterable[Link]]] = {ARGUMENTS: lambda request, job: ()}
# Those that mend many jobs of one cause; where a word is not here, each job has a page of its own.
ways_of_many: dict[str, Callable[[HttpRequest, Sequence[Job]], Iterable[Mend]]] = {}

# By the same words, where the form of its kind cannot tell: whether what is to be mended is as it was.
stands: dict[str, Callable[[Job], bool]] = {}


def mends(job: Job) -> tuple[str, ...]:
    """What its cause names; nothing of a job that needs nobody."""
    return mends_of(job.cause or "") if job.state == State.FAILED and not job.repaired_at else ()


def mends_of(cause: str) -> tuple[str, ...]:
    wording = wording_of(cause)
    return wording.mends if wording else ()


def helps(request: HttpRequest, job: Job) -> list[Link]:
    """The pages on which it is mended, each once."""
    found = [link for word in mends(job) if word in ways for link in ways[word](request, job)]
    return [_from(link, f"job:{job.pk}") for link in {link.url: link for link in found}.values()]


def fails_again(job: Job) -> bool:
    """Whether none of what its cause names was mended since: run again as it is, it fails the same way."""
    checks = {stands.get(word, is_refused) for word in mends(job)}
    return bool(checks) and all(check(job) for check in checks)


def is_refused(job: Job) -> bool:
    """Whether its arguments would not be taken now, by the form of its kind or by its preview."""
    given = arguments_of(job)
    one = launchable_of(job.name, given)
    return one is None or not one.would_take(given)  # of none nobody can tell


def mended_together(group: FailureGroup) -> list[str]:
    """The words for what mends many of its jobs at once: these are asked for their arguments."""
    return [word for word in mends_of(group.cause) if word in ways_of_many]


def helps_many(request: HttpRequest, group: FailureGroup, latest: Sequence[Job]) -> list[Mend]:
    """Where the latest of its jobs are mended together: those that need somebody, if any is among them."""
    jobs = [job for job in latest if not job.repaired_at] or latest
    words = mended_together(group) if jobs else []
    found = {one.link.url: one for word in words for one in ways_of_many[word](request, jobs)}
    return [replace(one, link=_from(one.link, f"cause:{group.pk}")) for one in found.values()]


# --- There and back -----------------------------------------------------------------------------


def _from(link: Link, whence: str) -> Link:
    """A form knows where to lead back to; a list is no form."""
    if not link.url.endswith("/change/"):
        return link
    return replace(link, url=f"{link.url}?{urlencode({MENDS: whence})}")


def way_back(request: HttpRequest) -> str:
    """The page of what was to be mended; "" where this one was opened for its own sake."""
    sort, _colon, key = request.GET.get(MENDS, "").partition(":")
    row = row_of(ROWS[sort], key) if sort in ROWS else None
    url = page_of(request, row) if row is not None else ""
    return cause_url(row.kind, key_of_group(row).address) if url and isinstance(row, FailureGroup) else url


class LeadsBack(ModelAdmin):
    """A page on which causes are mended: it leads back to what failed, at once when it is saved."""

    change_form_before_template = "tasks_app/way_back.html"  # type: ignore[assignment]  # Unfold's says None alone

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Saved to be gone on with, it keeps its address, and so the way."""
        context = {"way_back": way_back(request)} | (extra_context or {})
        shown: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return shown

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        back = way_back(request)
        return HttpResponseRedirect(back) if back else super().response_post_save_change(request, obj)
