"""What failed since a person last looked: on the first page, and as a number in the sidebar of every page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.admin.needs import LIMIT, Look, Need, listed
from backoffice.models import LastLook
from tasks_app.db import shared_time
from tasks_app.display import capped, zoned
from tasks_app.models import Job, State

LATELY = timedelta(hours=24)


@dataclass(frozen=True)
class Unseen:
    """What failed and was not repaired, since this person said to have seen it; for who never did, in the
    last 24 hours."""

    since: datetime
    is_since_a_look: bool
    ended_at: list[datetime]  # of the failed jobs, the latest first, read no further than LIMIT + 1


def unseen_failures(user: Any) -> Unseen:
    """Read once for a request's user: the sidebar's badge and the first page both ask."""
    unseen: Unseen | None = getattr(user, "_unseen_failures", None)
    if unseen is None:
        seen = LastLook.objects.filter(user=user).values_list("failures_until", flat=True).first()
        since = seen or shared_time.now() - LATELY
        failed = Job.objects.unrepaired().filter(ended_at__gte=since).order_by("-ended_at")
        moments = failed.values_list("ended_at", flat=True)[: LIMIT + 1]
        unseen = Unseen(since, seen is not None, [one for one in moments if one])
        user._unseen_failures = unseen
    return unseen


def new_failures(user: Any) -> str:
    """How many jobs failed that this person has not seen, as the sidebar's badge; "" for none."""
    count = len(unseen_failures(user).ended_at)
    return capped(count, LIMIT) if count else ""


def none_failed(look: Look) -> Iterator[str]:
    """Said to this person where `failed_jobs` has nothing to say."""
    unseen = unseen_failures(look.user)
    if unseen.is_since_a_look:
        moment = zoned(timezone.localtime(unseen.since), _("j M Y, H:i T"))
        yield _("No job that failed since you looked, after %(moment)s, needs somebody.") % {"moment": moment}
    else:
        yield _("No job that failed in the last 24 hours needs somebody.")


def failed_jobs(look: Look) -> Iterator[Need]:
    unseen = unseen_failures(look.user)
    count = len(unseen.ended_at)
    if not count:
        return
    may_run_again = look.user.has_perm("tasks_app.rerun_job")
    if unseen.is_since_a_look:
        title = ngettext(
            "%(count)s job failed since you looked", "%(count)s jobs failed since you looked", count
        )
        note = (
            _("After %(moment)s. Each says why, and can be run again.")
            if may_run_again
            else _("After %(moment)s. Each says why.")
        )
    else:
        title = ngettext("%(count)s job failed", "%(count)s jobs failed", count)
        note = (
            _("In the last 24 hours. Each says why, and can be run again.")
            if may_run_again
            else _("In the last 24 hours. Each says why.")
        )
    yield Need(
        "danger",
        "error",
        title % {"count": capped(count, LIMIT)},
        note % {"moment": zoned(timezone.localtime(unseen.since), _("j M Y, H:i T"))},
        listed("tasks_app_job", state=State.FAILED, repaired="no", ended_at_from=unseen.since.isoformat()),
        seen_until=unseen.ended_at[0],
    )
