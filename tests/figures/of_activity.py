"""The Activity report, counted by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.conf import settings

from backoffice.reports.periods import Period
from tasks_app.catalogue import label_of
from tests.figures.by_hand import UNFINISHED, Row, Rows, by, day_of, durations, share, states_of
from tests.figures.of_comparing import Days, comparing
from tests.figures.past import DAY, HERE
from tests.figures.reading import ANYTHING, Ends, Figures_, words


def activity(rows: Rows, first: date, last: date) -> Figures_:
    jobs = rows.launched(first, last)
    if not jobs:
        return words(nothing_launched(first, last))
    days = [first + n * DAY for n in range((last - first).days + 1)]
    return (
        activity_figures(jobs)
        | compared(rows, first, last)
        | over_time(jobs, days)
        | durations_over_time(jobs, days)
        | by_kind(jobs)
        | causes(jobs)
        | by_day(jobs, days)
    )


def nothing_launched(first: date, last: date) -> str:
    return f"No job was launched in this period, so there is nothing to report: {Period(first, last)}."


def activity_figures(jobs: list[Row]) -> Figures_:
    tally, took = states_of(jobs), durations(jobs)
    going = tally["waiting"] + tally["running"]
    rest = [number for number in (going, tally["unknown"], tally["cancelled"]) if number]
    assert len(jobs) == tally["succeeded"] + tally["failed"] + sum(rest)  # the parts of the whole
    return {
        ("figures", "Jobs"): len(jobs),
        ("figures", "Jobs", "note"): rest,
        ("figures", "Success rate"): share(tally["succeeded"], tally["succeeded"] + tally["failed"]),
        ("figures", "Success rate", "note"): [tally["succeeded"]],
        ("figures", "Failed"): tally["failed"],
        ("figures", "Failed", "note"): of_which_repaired(jobs),
        ("figures", "Median duration"): took and took[0],
        ("figures", "Median duration", "note"): ANYTHING,
    }


def of_which_repaired(jobs: list[Row]) -> list[int]:
    """Repaired, and in need of somebody, which add up to what failed; nothing where none was repaired."""
    failed = [job for job in jobs if job["state"] == "failed"]
    repaired = sum(job["repaired_at"] is not None for job in failed)
    return [repaired, len(failed) - repaired] if repaired else []


def cut(jobs: list[Row], days: list[date]) -> tuple[str, list[list[Row]]]:
    """What a chart's bars stand for, and the jobs of each."""
    if len(days) == 1:
        hours = by(jobs, lambda job: job["created_at"].astimezone(HERE).hour)
        return "hour", [hours.get(hour, []) for hour in range(24)]
    if len(days) <= 92:
        found = by(jobs, lambda job: day_of(job["created_at"]))
        return "day", [found.get(day, []) for day in days]
    months = by(jobs, lambda job: day_of(job["created_at"]).replace(day=1))
    return "month", [months.get(month, []) for month in sorted({day.replace(day=1) for day in days})]


def over_time(jobs: list[Row], days: list[date]) -> Figures_:
    unit, bars = cut(jobs, days)
    title, tallies = f"Jobs by {unit}", [states_of(bar) for bar in bars]
    series = {
        "Succeeded": [one["succeeded"] for one in tallies],
        "Failed": [one["failed"] for one in tallies],
        "Cancelled or not finished": [one.total() - one["succeeded"] - one["failed"] for one in tallies],
    }
    assert sum(sum(values) for values in series.values()) == len(jobs)
    return {
        **{(title, name): values for name, values in series.items()},
        (title, "buckets"): len(bars),
        (title, "summary"): Ends(len(jobs), max(map(len, bars))),
    }


def durations_over_time(jobs: list[Row], days: list[date]) -> Figures_:
    _unit, bars = cut(jobs, days)
    took = [durations(bar) for bar in bars]
    if not any(took):
        return words("No job succeeded in this period, so there are no durations to show.")
    return {
        ("How long jobs took", "Median"): [one and one[0].total_seconds() for one in took],
        ("How long jobs took", "95th percentile"): [one and one[1].total_seconds() for one in took],
        ("How long jobs took", "buckets"): len(bars),
        ("How long jobs took", "summary"): ANYTHING,
    }


def counts_of(jobs: list[Row]) -> dict[str, Any]:
    tally = states_of(jobs)
    counts = {
        "Succeeded": tally["succeeded"],
        "Failed": tally["failed"],
        "Cancelled": tally["cancelled"],
        "Not finished": sum(tally[state] for state in UNFINISHED),
    }
    assert sum(counts.values()) == len(jobs)
    return {
        "Jobs": len(jobs),
        **counts,
        "Success rate": share(tally["succeeded"], tally["succeeded"] + tally["failed"]),
    }


def by_kind(jobs: list[Row]) -> Figures_:
    said: Figures_ = {}
    kinds = by(jobs, lambda job: str(label_of(job["name"])))
    for kind, some in kinds.items():
        took = durations(some)
        columns = counts_of(some) | {"Median": took and took[0], "95th percentile": took and took[1]}
        said |= {("By kind of job", kind, column): value for column, value in columns.items()}
    return said | {("By kind of job", "rows"): len(kinds), ("By kind of job", "note"): []}


def by_day(jobs: list[Row], days: list[date]) -> Figures_:
    """A line for each busy day, and one for all quiet days between two of them."""
    found = by(jobs, lambda job: day_of(job["created_at"]))
    lines: list[list[date]] = []
    for day in days:
        if day not in found and lines and lines[-1][-1] not in found:
            lines[-1].append(day)
        else:
            lines.append([day])
    said: Figures_ = {}
    for line in lines:
        name = str(line[0]) if len(line) == 1 else str(Period(line[0], line[-1]))
        columns = counts_of(found.get(line[0], []))
        said |= {("By day", name, column): value for column, value in columns.items()}
    return said | {("By day", "rows"): len(lines), ("By day", "note"): []}


def compared(rows: Rows, first: date, last: date) -> Figures_:
    def figures(days: Days) -> dict[str, Any]:
        jobs = rows.launched(*days)
        tally, took = states_of(jobs), durations(jobs)
        return {
            "Jobs": len(jobs),
            "Succeeded": tally["succeeded"],
            "Failed": tally["failed"],
            "Cancelled": tally["cancelled"],
            "Success rate": share(tally["succeeded"], tally["succeeded"] + tally["failed"]),
            "Median duration": took and took[0],
        }

    def counts(days: Days) -> dict[str, int]:
        found: dict[str, int] = {}
        for kind, some in by(rows.launched(*days), lambda job: label_of(job["name"])).items():
            found[f"jobs “{kind}”"] = len(some)
            found[f"jobs “{kind}” that failed"] = states_of(some)["failed"]
        return found

    oldest = min(job["created_at"] for job in rows.jobs)
    return comparing((first, last), rows.now, oldest, settings.RETENTION_DAYS["jobs"], figures, counts)


# --- what failed: its rows have no names, for groups that are as frequent stand in any order ----------


def causes(jobs: list[Row]) -> Figures_:
    return {("What failed",): CausesOf([job for job in jobs if job["state"] == "failed"])}


class CausesOf:
    """The ten most frequent causes, each as often as the rows have it, and one row for all others."""

    def __init__(self, failed: list[Row]) -> None:
        groups = by(failed, lambda job: (job["cause"], "" if job["cause"] else job["error_class"]))
        ended = {cause: [job["ended_at"] for job in some] for cause, some in groups.items()}
        self.groups = Counter((len(moments), max(moments)) for moments in ended.values())
        self.failed = len(failed)

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, list)
        counts = sorted(self.groups.elements(), reverse=True)
        named, rest = other[:10], [row[0] for row in other[10:]]
        return (
            [row[0] for row in named] == [count for count, _last in counts[:10]]
            and not Counter((row[0], row[-1]) for row in named) - self.groups
            and sum(row[0] for row in named) + sum(rest) == self.failed
            and len(rest) == (len(counts) > 10)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.failed} that failed by {self.groups}"
