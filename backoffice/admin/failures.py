"""What failed: causes to look at, as a number in the sidebar of every page; and on the first page what failed
since a person last looked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.admin.needs import LIMIT, Look, Need, listed
from backoffice.models import LastLook
from tasks_app.admin.jobs.filters import value_of_key
from tasks_app.admin.things import cause_url
from tasks_app.catalogue import label_of
from tasks_app.db import shared_time
from tasks_app.display import Text, capped, zoned
from tasks_app.failures.keys import Key, is_ignored, key_of, why
from tasks_app.failures.open import open_causes as number_of_open
from tasks_app.models import FailureGroup, FailureStatus, Job, State

LATELY = timedelta(hours=24)
CAUSES = 6  # lines
READ = 5_000  # of the latest, where some are left out


@dataclass(frozen=True)
class Failure:
    """What the first page reads of a failed job."""

    id: str
    name: str
    cause: str | None
    error_class: str
    ended_at: datetime

    @property
    def key(self) -> Key:
        return key_of(self.name, self.cause, self.error_class)

    @property
    def why(self) -> str:
        """Without persons or values: it is said of many."""
        return why(self.key)


@dataclass(frozen=True)
class Unseen:
    """What failed and was not repaired, since this person said to have seen it; for who never did, in the
    last 24 hours."""

    since: datetime
    is_since_a_look: bool
    leaves_out: bool  # those of causes that are ignored, of which there are some
    jobs: list[Failure]  # the latest first, read no further than LIMIT + 1


@dataclass(frozen=True)
class Cause:
    """Failed jobs of one kind with one cause; `url` is its page."""

    why: str
    is_name: bool  # of an exception, as its library has it; else a sentence
    kind: Text
    times: str  # "12 times"
    last: datetime
    url: str


@dataclass(frozen=True)
class Failing:
    """The failures that the first page counts, by cause: what is shown and `others` add up to them."""

    causes: list[Cause]
    others: str  # those of rarer causes, and that more were not read; "" for none
    others_url: str  # the list of exactly those


def unseen_failures(user: Any) -> Unseen:
    """Read once for a request's user: the sidebar's badge and the first page both ask."""
    unseen: Unseen | None = getattr(user, "_unseen_failures", None)
    if unseen is None:
        seen = LastLook.objects.filter(user=user).values_list("failures_until", flat=True).first()
        since = seen or shared_time.now() - LATELY
        failed = Job.objects.unrepaired().filter(ended_at__gte=since).order_by("-ended_at")
        ignored = FailureGroup.objects.filter(status=FailureStatus.IGNORED, last_at__gte=since).exists()
        if ignored:  # of the latest alone: there may be very many
            failed = failed.filter(pk__in=failed.values("pk")[:READ]).exclude(is_ignored())
        rows = failed.values_list("pk", "name", "cause", "error_class", "ended_at")[: LIMIT + 1]
        jobs = [
            Failure(pk, name, cause, error_class, ended_at)
            for pk, name, cause, error_class, ended_at in rows
            if ended_at
        ]
        unseen = Unseen(since, seen is not None, ignored, jobs)
        user._unseen_failures = unseen
    return unseen


def causes_to_look_at(user: Any) -> str:
    """How many causes nobody has decided about, as the sidebar's badge; "" for none."""
    count = number_of_open(user, LIMIT)
    return capped(count, LIMIT) if count else ""


def open_causes(look: Look) -> Iterator[Need]:
    """The same number, and the inbox that has as many."""
    count = number_of_open(look.user, LIMIT)
    if not count:
        return
    title = ngettext(
        "%(count)s cause of failures to look at", "%(count)s causes of failures to look at", count
    )
    yield Need(
        "danger",
        "running_with_errors",
        title % {"count": capped(count, LIMIT)},
        _("Jobs failed with them, and nobody has said that they are known, repaired or to be ignored."),
        reverse("admin:tasks_app_failuregroup_changelist"),
    )


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
    count = len(unseen.jobs)
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
        _list_of(unseen),
        seen_until=unseen.jobs[0].ended_at,
    )


def failing(user: Any) -> Failing | None:
    """Those that `failed_jobs` counts, the most frequent cause first; None for none."""
    unseen = unseen_failures(user)
    if not unseen.jobs:
        return None
    groups: dict[Key, list[Failure]] = defaultdict(list)
    for job in unseen.jobs:
        groups[job.key].append(job)
    ordered = sorted(groups.values(), key=len, reverse=True)
    return Failing(
        [_cause(group) for group in ordered[:CAUSES]],
        _others(ordered, len(unseen.jobs)),
        _list_of_others(unseen, ordered),
    )


def _cause(group: list[Failure]) -> Cause:
    latest, times = group[0], len(group)
    return Cause(
        latest.why,
        not latest.cause and bool(latest.error_class),
        label_of(latest.name),
        ngettext("%(count)d time", "%(count)d times", times) % {"count": times},
        latest.ended_at,
        cause_url(latest.name, latest.key.address),
    )


def _others(ordered: list[list[Failure]], read: int) -> str:
    words = []
    if rest := sum(len(group) for group in ordered[CAUSES:]):
        words.append(
            ngettext("%(count)d more, of another cause.", "%(count)d more, of other causes.", rest)
            % {"count": rest}
        )
    if read > LIMIT:
        words.append(_("These are the latest %(count)d.") % {"count": read})
    return " ".join(words)


def _list_of(unseen: Unseen, since: datetime | None = None, **more: Any) -> str:
    from_then_on = (since or unseen.since).isoformat()
    left_out = {"ignored": "no"} if unseen.leaves_out else {}
    return listed(
        "tasks_app_job", state=State.FAILED, repaired="no", ended_at_from=from_then_on, **left_out, **more
    )


def _list_of_others(unseen: Unseen, ordered: list[list[Failure]]) -> str:
    """Without the causes that are shown: of those alone that were read."""
    shown = [value_of_key(group[0].key) for group in ordered[:CAUSES]] if ordered[CAUSES:] else []
    since = unseen.jobs[-1].ended_at if len(unseen.jobs) > LIMIT else None
    return _list_of(unseen, since, not_cause=shown)
