"""The report about promises of schedules, counted by hand: a row a day, kept or broken."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.conf import settings

from backoffice.reports.periods import Period
from tests.figures.by_hand import Row, Rows, by
from tests.figures.reading import Figures_, words

# What each cause says of one day, and what it says of many.
SAID = {
    "promise.failed": ("Its run of %(moment)s failed: %(why)s", "Its run failed."),
    "promise.unfinished": (
        "Its run of %(moment)s had not ended by then.",
        "Its run had not ended by then.",
    ),
    "promise.late": ("Its run of %(moment)s was done at %(done)s.", "Its run was done too late."),
    "promise.switched_off": ("It was switched off, so that nothing ran.",) * 2,
    "promise.cannot_run": ("It cannot run as it is, so that nothing ran.",) * 2,
    "promise.run_again": (
        "Its run of %(moment)s failed, and was run again in time.",
        "A run failed, and was run again in time.",
    ),
}
CAUSES = 10  # beyond them they are "Other causes"


def promises(rows: Rows, first: date, last: date) -> Figures_:
    found = days_of(rows, first, last)
    if not found:
        sentence = "No promise came due in this period, so there is nothing to report"
        return words(f"{sentence}: {Period(first, last)}.")
    return figures(found) | by_schedule(found) | why(found) | by_day(found)


def days_of(rows: Rows, first: date, last: date) -> list[Row]:
    found = [row for row in rows.promise_days if first <= row["day"] <= last]
    return sorted(found, key=lambda row: (row["day"], row["schedule_name"], row["id"]))


def figures(found: list[Row]) -> Figures_:
    kept = sum(row["kept"] for row in found)
    numbers = {
        "Days promised": len(found),
        "Kept": kept,
        "Broken": len(found) - kept,
        "Share kept": kept / len(found),
    }
    said: Figures_ = {}
    for name, number in numbers.items():
        said |= {("figures", name): number, ("figures", name, "note"): []}
    return said


def by_schedule(found: list[Row]) -> Figures_:
    """A schedule goes by the name that it had last; one that is gone by the name of each day."""
    last_names = {row["schedule_id"]: row["schedule_name"] for row in found if row["schedule_id"]}
    groups = by(found, lambda row: last_names.get(row["schedule_id"], row["schedule_name"]))
    said: Figures_ = {("By schedule", "rows"): len(groups), ("By schedule", "note"): []}
    for name, some in groups.items():
        kept = sum(row["kept"] for row in some)
        columns = {
            "Days": len(some),
            "Kept": kept,
            "Broken": len(some) - kept,
            "Share kept": kept / len(some),
            "Longest streak": longest_streak(some),
        }
        said |= {("By schedule", name, column): value for column, value in columns.items()}
    return said


def longest_streak(some: list[Row]) -> int:
    marks = "".join("+" if row["kept"] else "-" for row in some)
    return max(map(len, marks.split("-")))


def why(found: list[Row]) -> Figures_:
    """The most frequent first; all of it adds up to what was broken."""
    broken = [row for row in found if not row["kept"]]
    counted = Counter(
        SAID[row["cause"]][1] if row["cause"] else row["reason"] for row in broken
    ).most_common()
    table = [(number, said) for said, number in counted[:CAUSES]]
    if counted[CAUSES:]:
        table.append((sum(number for _said, number in counted[CAUSES:]), "Other causes"))
    assert sum(number for number, _said in table) == len(broken)
    return {("Why they were broken",): table}


def by_day(found: list[Row]) -> Figures_:
    broken, most = sum(not row["kept"] for row in found), settings.REPORT_MAX_ROWS
    return {
        ("Broken, by day", "rows"): min(broken, most),
        ("Broken, by day", "note"): [most, broken] if broken > most else [],
    }


def lines(rows: Rows, first: date, last: date) -> Figures_:
    """Of the file: a row a day and schedule."""
    said: Figures_ = {}
    for row in days_of(rows, first, last):
        sentence = SAID[row["cause"]][0] % row["cause_params"] if row["cause"] else row["reason"]
        columns = {
            "To be done by": row["deadline"],
            "Kept": "Kept" if row["kept"] else "Broken",
            "Done": row["done_at"],
            "Why": sentence,
        }
        name = str(row["day"]), row["schedule_name"]
        said |= {(*name, column): value for column, value in columns.items()}
    return said
