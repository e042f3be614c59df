"""The emails of a period, counted for reports: messages by their state, and jobs that have none.

What adds up to what is said in backoffice/models/message_states.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Count

from backoffice.books import without_message
from backoffice.models import Message
from backoffice.models.message_states import ACCEPTED, IN_TROUBLE, NOT_SENT, OPEN, UNSENT, count
from backoffice.reports.buckets import Buckets
from backoffice.reports.periods import Period
from backoffice.reports.sections import Share
from backoffice.reports.selection import Selection, of_period
from tasks_app.models import Job, State

type Tally = Counter[str]  # emails by what became of them: states of messages, and the next two

# Besides the states of messages, of jobs that have none: under way, and ended under an older version.
NOT_WRITTEN, WITHOUT_MESSAGE = "not written yet", "without a message"
UNDER_WAY = frozenset({State.WAITING, State.RUNNING})  # of a job
# What is not settled yet, or never will be by what is kept here.
UNSETTLED: frozenset[str] = UNSENT | OPEN | {NOT_WRITTEN, WITHOUT_MESSAGE}
DONE: frozenset[str] = ACCEPTED | NOT_SENT | OPEN  # on their way no longer


@dataclass(frozen=True)
class Mail:
    """The emails of a period: its messages, and the jobs launched in it that should send and have none.

    Always bounded by created_at, which is indexed in both tables.
    """

    period: Period
    made_at: datetime

    @property
    def rows(self) -> Selection:
        """All of them, as what is behind a figure."""
        return of_period("emails", self.period)

    @property
    def within(self) -> Any:
        return Message.objects.filter(
            created_at__gte=self.period.start, created_at__lt=self.period.end
        ).order_by()

    @property
    def jobs(self) -> Any:
        """Those without a message."""
        launched = Job.objects.filter(created_at__gte=self.period.start, created_at__lt=self.period.end)
        return without_message(launched).order_by()

    @cached_property
    def by_template(self) -> dict[str, Tally]:
        tallies: dict[str, Tally] = {}
        counted = self.within.values_list("template_name", "state").annotate(messages=Count("pk"))
        for template, state, messages in counted:
            tallies.setdefault(template, Counter())[state] += messages
        return tallies

    @cached_property
    def beside(self) -> Tally:
        """Of the jobs without a message: no template is known of them."""
        return _of_jobs(self.jobs.values_list("state").annotate(jobs=Count("pk")))

    @cached_property
    def tally(self) -> Tally:
        return sum(self.by_template.values(), Counter(self.beside))

    @property
    def total(self) -> int:
        return self.tally.total()

    def by_bucket(self, buckets: Buckets) -> dict[Any, Tally]:
        tallies: dict[Any, Tally] = {}
        for rows, key_of in ((self.within, str), (self.jobs, kept_as)):
            counted = (
                rows.annotate(bucket=buckets.expression("created_at"))
                .values_list("bucket", "state")
                .annotate(emails=Count("pk"))
            )
            for bucket, state, emails in counted:
                tallies.setdefault(bucket, Counter())[key_of(state)] += emails
        return tallies

    @property
    def is_on_record(self) -> bool:
        """Whether each job that may have left no message is still kept, so that it would be counted."""
        kept = settings.RETENTION_DAYS["jobs"]
        return not kept or self.period.start >= self.made_at - timedelta(days=kept)


def trouble_rate(tally: Tally) -> Share | None:
    """Of the messages that are no longer on their way, the part in trouble; None when there are none."""
    done = count(tally, DONE)
    return Share(count(tally, IN_TROUBLE) / done) if done else None


def kept_as(state: str) -> str:
    """What a job without a message is counted as."""
    return NOT_WRITTEN if state in UNDER_WAY else WITHOUT_MESSAGE


def _of_jobs(counted: Iterable[tuple[str, int]]) -> Tally:
    tally: Tally = Counter()
    for state, jobs in counted:
        tally[kept_as(state)] += jobs
    return tally
