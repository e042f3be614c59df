"""What the back office did: jobs by kind and day, how many succeeded, how long they took, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.reports.base import Order, ReportType
from backoffice.reports.buckets import buckets_of
from backoffice.reports.formatting import duration, shown
from backoffice.reports.job_changes import comparison_of
from backoffice.reports.job_counts import (
    BY_THEMSELVES,
    CANCELLED,
    FAILED,
    NOT_FINISHED,
    SUCCEEDED,
    Jobs,
    Tally,
    behind_counts,
    said_of,
    success,
    unfinished,
)
from backoffice.reports.periods.period import folded
from backoffice.reports.registry import register
from backoffice.reports.sections import (
    Chart,
    Column,
    Figure,
    Figures,
    Row,
    Section,
    Series,
    Sheet,
    Stacked,
    Table,
    Words,
)
from backoffice.reports.selection import Selection
from tasks_app.catalogue import label_of
from tasks_app.models import State

TOP_CAUSES = 10
NOT_THE_TWO = [State.CANCELLED, *NOT_FINISHED]

# What each figure counts.
LAUNCHED = _("Jobs launched in the period, whatever became of them.")
ENDED_WELL = _("Of the jobs that came to an end by themselves, those that succeeded, as a part of both.")
FAILED_ONES = _(
    "Jobs launched in the period that ended with an error, those that were repaired since included."
)
MEDIAN = _("Half of the jobs that succeeded took no longer, from their start to their end.")
HIGH = _("95 in 100 of the jobs that succeeded took no longer.")


@register
class Activity(ReportType):
    slug = "activity"
    title = _("Activity")
    description = _("Jobs by kind and day, success rate, durations and what failed.")
    groups = frozenset({"Managers", "Support"})
    shareable = True  # it counts, and names nobody

    def is_empty(self, order: Order) -> bool:
        return not Jobs(order.period).total

    def sections(self, order: Order) -> list[Section]:
        jobs = Jobs(order.period)
        if not jobs.total:
            return [
                Words(
                    gettext("No job was launched in this period, so there is nothing to report: %(period)s.")
                    % {"period": order.period},
                    tone="calm",
                )
            ]
        return [
            _figures(jobs),
            *comparison_of(jobs, order.made_at).sections(),
            _jobs_over_time(jobs),
            _durations_over_time(jobs),
            _by_kind(jobs),
            _causes(jobs),
            _by_day(jobs),
        ]

    def sheet(self, order: Order) -> Sheet:
        jobs = Jobs(order.period)
        *counted, rate = [column.label for column in _counted(jobs=0, each=0)]
        first = [_("Day"), _("Kind"), _("Task")]
        totals = range(len(first), len(first) + len(counted))
        return Sheet([*first, *counted, rate], _sheet_rows(jobs), totals, jobs.rows)


def _figures(jobs: Jobs) -> Figures:
    tally, failures = jobs.tally, jobs.failures
    took = jobs.durations().get("")
    rate = success(tally)
    return Figures(
        [
            Figure(_("Jobs"), jobs.total, _how_far(tally), behind=jobs.rows, definition=LAUNCHED),
            Figure(
                _("Success rate"),
                rate,
                gettext("%(count)s succeeded") % {"count": shown(tally[State.SUCCEEDED])},
                "" if rate is None else "good" if rate.value >= 0.99 else "warn",
                jobs.rows.of_states(BY_THEMSELVES),
                ENDED_WELL,
            ),
            Figure(
                FAILED,
                failures.ended,
                said_of(failures) or (gettext("See the causes below") if failures.ended else ""),
                "bad" if failures.need_somebody else "good",
                jobs.rows.of_states([State.FAILED]),
                FAILED_ONES,
            ),
            Figure(
                _("Median duration"),
                took.median if took else None,
                gettext("95 in 100 within %(duration)s") % {"duration": duration(took.high)} if took else "",
                "",
                jobs.rows.of_states([State.SUCCEEDED]),
                MEDIAN,
            ),
        ]
    )


def _how_far(tally: Tally) -> str:
    """What of all jobs has neither succeeded nor failed."""
    unknown, cancelled = tally[State.UNKNOWN], tally[State.CANCELLED]
    going = unfinished(tally) - unknown
    parts = [
        (ngettext("%(count)s not finished yet", "%(count)s not finished yet", going), going),
        (
            ngettext("%(count)s with an unknown outcome", "%(count)s with an unknown outcome", unknown),
            unknown,
        ),
        (ngettext("%(count)s was cancelled", "%(count)s were cancelled", cancelled), cancelled),
    ]
    said = [text % {"count": shown(count)} for text, count in parts if count]
    return ", ".join(said) or gettext("All of them succeeded or failed")


def _jobs_over_time(jobs: Jobs) -> Chart:
    buckets = buckets_of(jobs.period)
    tallies = jobs.by_bucket(buckets)
    filled = [tallies.get(key, Counter()) for key in buckets.keys]
    busiest = max(range(len(filled)), key=lambda n: filled[n].total())
    titles = {"hour": _("Jobs by hour"), "day": _("Jobs by day"), "month": _("Jobs by month")}
    return Chart(
        titles[buckets.unit],
        buckets.labels,
        [
            Series(
                SUCCEEDED,
                [one[State.SUCCEEDED] for one in filled],
                "accent",
                buckets.split(jobs.rows.of_states([State.SUCCEEDED])),
            ),
            Series(
                FAILED,
                [one[State.FAILED] for one in filled],
                "bad",
                buckets.split(jobs.rows.of_states([State.FAILED])),
            ),
            Series(
                _("Cancelled or not finished"),
                [one.total() - one[State.SUCCEEDED] - one[State.FAILED] for one in filled],
                "calm",
                buckets.split(jobs.rows.of_states(NOT_THE_TWO)),
            ),
        ],
        gettext("%(total)s jobs in all. The busiest: %(when)s, with %(most)s.")
        % {
            "total": shown(jobs.total),
            "most": shown(filled[busiest].total()),
            "when": buckets.labels[busiest],
        },
    )


def _durations_over_time(jobs: Jobs) -> Section:
    buckets = buckets_of(jobs.period)
    took = jobs.durations_by_bucket(buckets)
    if not took:
        return Words(
            gettext("No job succeeded in this period, so there are no durations to show."), tone="calm"
        )
    medians = [took[key].median.total_seconds() if key in took else None for key in buckets.keys]
    highs = [took[key].high.total_seconds() if key in took else None for key in buckets.keys]
    slowest = max(range(len(highs)), key=lambda n: highs[n] or 0)
    behind = buckets.split(jobs.rows.of_states([State.SUCCEEDED]))
    return Chart(
        _("How long jobs took"),
        buckets.labels,
        [
            Series(_("95th percentile"), highs, "second", behind),
            Series(_("Median"), medians, "accent", behind),
        ],
        gettext("The slowest: %(when)s, when 95 jobs in 100 took up to %(duration)s.")
        % {"when": buckets.labels[slowest], "duration": duration(took[buckets.keys[slowest]].high)},
        kind="lines",
        unit=_("seconds, jobs that succeeded"),
    )


def _counted(jobs: int, each: int) -> list[Column]:
    """The columns of `_counts`: a whole, the parts that it has, and a share of two of them."""
    labels = [SUCCEEDED, FAILED, CANCELLED, _("Not finished"), _("Success rate")]
    said = [
        _("Jobs that ended without an error."),
        FAILED_ONES,
        _("Jobs that somebody stopped, or that had no time left."),
        _("Jobs that wait, run, or of which nobody knows how they ended."),
        ENDED_WELL,
    ]
    columns = [
        Column(label, each, number=True, definition=what) for label, what in zip(labels, said, strict=True)
    ]
    return [Column(_("Jobs"), jobs, number=True, definition=LAUNCHED), *columns]


def _counts(tally: Tally) -> Row:
    return [
        tally.total(),
        tally[State.SUCCEEDED],
        tally[State.FAILED],
        tally[State.CANCELLED],
        unfinished(tally),
        success(tally),
    ]


def _by_kind(jobs: Jobs) -> Table:
    took = jobs.durations("name")
    kinds = sorted(jobs.by_kind.items(), key=lambda item: -item[1].total())
    rows: list[Row] = [
        [
            label_of(name),
            *_counts(tally),
            took[name].median if name in took else None,
            took[name].high if name in took else None,
        ]
        for name, tally in kinds
    ]
    return Table(
        _("By kind of job"),
        [
            Column(_("Kind"), 20),
            *_counted(jobs=7, each=10),
            Column(_("Median"), 11, number=True, definition=MEDIAN),
            Column(_("95th percentile"), 12, number=True, definition=HIGH),
        ],
        rows,
        empty=_("No job was launched."),
        behind=[_behind_kind(jobs.rows.having("name", name)) for name, _tally in kinds],
        whole=jobs.rows,
    )


def _behind_kind(rows: Selection) -> list[Selection]:
    succeeded = rows.of_states([State.SUCCEEDED])
    return [rows, *behind_counts(rows), succeeded, succeeded]


def _causes(jobs: Jobs) -> Table:
    """What failed and why; the numbers add up to all that failed."""
    causes = list(jobs.causes(TOP_CAUSES))
    rows: list[Row] = [
        [
            cause.jobs,
            Stacked(cause.in_general, cause.hint),
            ", ".join(str(label_of(name)) for name in cause.names),
            cause.last,
        ]
        for cause in causes
    ]
    failed = jobs.rows.of_states([State.FAILED])
    behind = [4 * [failed.having("cause", cause.key)] for cause in causes]
    if others := jobs.tally[State.FAILED] - sum(cause.jobs for cause in causes):
        rows.append([others, gettext("Other causes, each more seldom"), None, None])
        behind.append(4 * [failed.not_having("cause", *(cause.key for cause in causes))])
    return Table(
        _("What failed"),
        [
            Column(_("Jobs"), 8, number=True, definition=LAUNCHED),
            Column(_("Cause, and what to do"), 49),
            Column(_("Kind"), 25),
            Column(_("Last seen"), 18, number=True),
        ],
        rows,
        empty=_("No job failed in this period."),
        behind=behind,
        whole=failed,
    )


def _by_day(jobs: Jobs) -> Table:
    """Every day on which something happened; those between them as one line."""
    lines = list(folded(jobs.period, jobs.by_day))
    rows: list[Row] = [
        [str(days) if len(days.days) > 1 else days.first, *_counts(jobs.by_day.get(days.first, Counter()))]
        for days in lines
    ]
    each = [jobs.rows.within(days.start, days.end) for days in lines]
    return Table(
        _("By day"),
        [
            Column(_("Day"), 28),
            *_counted(jobs=12, each=12),
        ],
        rows,
        empty=_("No job was launched."),
        behind=[[rows, *behind_counts(rows)] for rows in each],
        whole=jobs.rows,
    )


def _sheet_rows(jobs: Jobs) -> Iterator[Row]:
    for (day, name), tally in jobs.by_day_and_kind.items():
        yield [day, label_of(name), name, *_counts(tally)]
