"""The Emails report, counted by hand: messages, and beside them jobs that should send and have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings

from backoffice.reports.periods import Period
from tests.figures.by_hand import Row, Rows, by, share, within
from tests.figures.of_activity import cut
from tests.figures.of_comparing import Days, comparing
from tests.figures.past import DAY
from tests.figures.reading import Ends, Figures_, words

SENDING = {
    "tasks_app.tasks.envoi_email",
    "tasks_app.tasks.deliver_message",
    "tasks_app.tasks.answer_forgotten_password",
    "tasks_app.tasks.send_password_link",
}
ON_THEIR_WAY, ACCEPTED, NOT_SENT, OPEN = "On their way", "Accepted", "Not sent", "Of unknown outcome"
# The whole: what each state is called, and the part that it belongs to.
STATES = {
    "not written yet": (ON_THEIR_WAY, "Not written yet"),
    "queued": (ON_THEIR_WAY, "Queued"),
    "submitting": (ON_THEIR_WAY, "Submitting"),
    "sent": (ACCEPTED, "Sent"),
    "delivered": (ACCEPTED, "Delivered"),
    "bounced": (ACCEPTED, "Bounced"),
    "complained": (ACCEPTED, "Complained"),
    "failed": (NOT_SENT, "Failed"),
    "suppressed": (NOT_SENT, "Suppressed"),
    "stopped": (NOT_SENT, "Stopped"),
    "unknown": (OPEN, "Unknown"),
    "without a message": (OPEN, "Without a message"),
}
CAME_BACK = {"bounced", "complained"}
IN_TROUBLE = CAME_BACK | {"failed", "suppressed", "stopped", "unknown"}


def emails(rows: Rows, first: date, last: date) -> Figures_:
    written = within(rows.messages, first, last)
    beside = without_message(rows, first, last)
    found = [*written, *beside]
    if not found:
        sentence = "No email was written in this period, so there is nothing to report"
        return words(f"{sentence}: {Period(first, last)}.")
    days = [first + n * DAY for n in range((last - first).days + 1)]
    said = figures(found) | books(found) | over_time(found, days) | by_template(written, beside)
    return said | left_behind(beside) | need_a_look(written) | compared(rows, first, last)


def compared(rows: Rows, first: date, last: date) -> Figures_:
    def side(days: Days) -> dict[str, Any]:
        found = [*within(rows.messages, *days), *without_message(rows, *days)]
        counts = tally(found)
        done = len(found) - part(counts, ON_THEIR_WAY) - counts["without a message"]
        return {
            "Emails": len(found),
            "Accepted": part(counts, ACCEPTED),
            "of which came back": sum(counts[one] for one in CAME_BACK),
            "Not sent": part(counts, NOT_SENT),
            "Not settled": part(counts, ON_THEIR_WAY, OPEN),
            "In trouble": share(sum(counts[one] for one in IN_TROUBLE), done),
        }

    def templates(days: Days) -> dict[str, int]:
        found: dict[str, int] = {}
        for name, some in by(within(rows.messages, *days), lambda row: row["template_name"]).items():
            named = f"emails of “{name or 'Without a template'}”"
            found[named] = len(some)
            found[f"{named} in trouble"] = sum(row["state"] in IN_TROUBLE for row in some)
        return found

    oldest = min(row["created_at"] for row in rows.messages)
    return comparing((first, last), rows.now, oldest, 0, side, templates)


def without_message(rows: Rows, first: date, last: date) -> list[Row]:
    """Jobs that should send an email and have none, as rows with a state of their own."""
    theirs = {message["job_id"] for message in rows.messages}
    return [
        job | {"state": "not written yet" if job["state"] in ("waiting", "running") else "without a message"}
        for job in rows.launched(first, last)
        if job["name"] in SENDING and job["id"] not in theirs
    ]


def tally(found: Iterable[Row]) -> Counter[str]:
    return Counter(row["state"] for row in found)


def part(counts: Counter[str], *names: str) -> int:
    return sum(number for state, number in counts.items() if STATES[state][0] in names)


def figures(found: list[Row]) -> Figures_:
    counts = tally(found)
    parts = {
        "Accepted": [counts["delivered"], counts["sent"], sum(counts[one] for one in CAME_BACK)],
        "Not sent": [counts["failed"], counts["suppressed"], counts["stopped"]],
        "Not settled": [
            part(counts, ON_THEIR_WAY),
            counts["unknown"],
            counts["without a message"],
        ],
    }
    assert sum(map(sum, parts.values())) == len(found)
    return {
        ("figures", "Emails"): len(found),
        ("figures", "Emails", "note"): [],
        **{("figures", name): sum(numbers) for name, numbers in parts.items()},
        **{("figures", name, "note"): [one for one in numbers if one] for name, numbers in parts.items()},
    }


def books(found: list[Row]) -> Figures_:
    """Each state that occurs, under its part; they add up to the last row."""
    counts, title = tally(found), "What became of them"
    rows = {STATES[state]: number for state, number in counts.items()} | {("Emails", ""): len(found)}
    repeats = len({group for group, _state in rows}) < len(rows)
    said: Figures_ = {(title, "rows"): len(rows), (title, "note"): []}
    for (group, state), number in rows.items():
        name = (title, group, state) if repeats else (title, group)
        said |= {(*name, "Emails"): number, (*name, "Share"): number / len(found)}
        if not repeats:
            said[title, group, "State"] = state
    return said


def left_behind(beside: list[Row]) -> Figures_:
    """Of an older version, which wrote no message where nothing was sent."""
    without = tally(beside)["without a message"]
    if not without:
        return {}
    many = without > 1
    return words(
        f"{without} {'jobs' if many else 'job'} of this period should have sent an email and left no "
        f"message: {'they' if many else 'it'} ended before messages of such jobs were kept. "
        f"{'They are' if many else 'It is'} counted as “without a message”."
    )


def need_a_look(written: list[Row]) -> Figures_:
    found = sum(row["state"] in IN_TROUBLE for row in written)
    most, title = settings.REPORT_MAX_ROWS, "Emails that need a look"
    return {(title, "rows"): min(found, most), (title, "note"): [most, found] if found > most else []}


def over_time(found: list[Row], days: list[date]) -> Figures_:
    unit, bars = cut(found, days)
    title, tallies = f"Emails by {unit}", [tally(bar) for bar in bars]
    series = {
        "Accepted, and not come back": [one["sent"] + one["delivered"] for one in tallies],
        "Came back": [sum(one[state] for state in CAME_BACK) for one in tallies],
        "Not sent": [part(one, NOT_SENT) for one in tallies],
        "Not settled": [part(one, ON_THEIR_WAY, OPEN) for one in tallies],
    }
    assert sum(map(sum, series.values())) == len(found)
    return {
        **{(title, name): values for name, values in series.items()},
        (title, "buckets"): len(bars),
        (title, "summary"): Ends(len(found), max(map(len, bars))),
    }


def by_template(written: list[Row], beside: list[Row]) -> Figures_:
    groups = by(written, lambda row: row["template_name"] or "Without a template")
    groups |= by(beside, lambda row: STATES[row["state"]][1])
    said: Figures_ = {}
    for name, some in groups.items():
        counts = tally(some)
        accepted, not_sent = part(counts, ACCEPTED), part(counts, NOT_SENT)
        assert len(some) == accepted + not_sent + part(counts, ON_THEIR_WAY, OPEN)
        done = len(some) - part(counts, ON_THEIR_WAY) - counts["without a message"]
        columns = {
            "Emails": len(some),
            "Accepted": accepted,
            "of which came back": sum(counts[one] for one in CAME_BACK),
            "Not sent": not_sent,
            "Not settled": part(counts, ON_THEIR_WAY, OPEN),
            "In trouble": share(sum(counts[one] for one in IN_TROUBLE), done),
        }
        said |= {("By template", name, column): value for column, value in columns.items()}
    return said | {("By template", "rows"): len(groups), ("By template", "note"): []}
