"""What mends a cause: the pages that its declaration names (`declare(…, mends=…)`), for who may open them.

A kind that fails for such a cause fails again as it is: the page leads to what helps first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.http import HttpRequest

from tasks_app.admin.common import Link
from tasks_app.models import Job, State
from tasks_app.notices import wording_of

# Corrected and run again: a button of the job's own page.
ARGUMENTS = "arguments"

# By the word that causes name them by: the pages that this person may open for this job. The domain adds its
# own.
ways: dict[str, Callable[[HttpRequest, Job], Iterable[Link]]] = {ARGUMENTS: lambda request, job: ()}


def mends(job: Job) -> tuple[str, ...]:
    """What its cause names; nothing of a job that needs nobody."""
    if job.state != State.FAILED or job.repaired_at:
        return ()
    wording = wording_of(job.cause or "")
    return wording.mends if wording else ()


def helps(request: HttpRequest, job: Job) -> list[Link]:
    """The pages on which it is mended, each once."""
    found = [link for word in mends(job) if word in ways for link in ways[word](request, job)]
    return list({link.url: link for link in found}.values())
