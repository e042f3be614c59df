"""What mends a cause: the pages that its declaration names (`declare(…, mends=…)`), for who may open them.

A job that failed for such a cause fails again as it is: until that is mended, its page leads there first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.http import HttpRequest

from tasks_app.admin.common import Link
from tasks_app.catalogue import launchable_of
from tasks_app.errors import InvalidArguments
from tasks_app.models import Job, State
from tasks_app.notices import wording_of
from tasks_app.subject import arguments_of

# Corrected and run again: a button of the job's own page.
ARGUMENTS = "arguments"

# By the word that causes name them by: the pages that this person may open for this job. The domain adds its
# own.
ways: dict[str, Callable[[HttpRequest, Job], Iterable[Link]]] = {ARGUMENTS: lambda request, job: ()}

# By the same words, where the form of its kind cannot tell: whether what is to be mended is as it was.
stands: dict[str, Callable[[Job], bool]] = {}


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


def fails_again(job: Job) -> bool:
    """Whether none of what its cause names was mended since: run again as it is, it fails the same way."""
    checks = {stands.get(word, is_refused) for word in mends(job)}
    return bool(checks) and all(check(job) for check in checks)


def is_refused(job: Job) -> bool:
    """Whether its arguments would not be taken now, by the form of its kind or by its preview."""
    given = arguments_of(job)
    one = launchable_of(job.name, given)
    if one is None:  # nobody can tell
        return True
    try:
        one.foretell(one.clean(given))
    except InvalidArguments:
        return True
    return False
