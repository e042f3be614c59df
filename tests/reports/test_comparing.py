"""Reports beside earlier ones: which days, by how much, whether that is good, what is worth a sentence."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.utils.translation import override

from backoffice.models import Message, MessageState
from backoffice.reports.base import Order
from backoffice.reports.comparing import earlier
from backoffice.reports.comparing.changes import BETTER, WORSE, Change, Sense, in_words
from backoffice.reports.comparing.noticing import most_changed, sentence
from backoffice.reports.periods import Moving, Period, resolve
from backoffice.reports.registry import find
from backoffice.reports.sections import Section, Share, Table, Words
from tasks_app.models import Job, State

NOVEMBER = datetime(2026, 11, 3, 6, tzinfo=UTC)
SEPTEMBER, OCTOBER = (datetime(2026, month, 5, 9, tzinfo=UTC) for month in (9, 10))
A_YEAR_AGO = OCTOBER.replace(year=2025)


def period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


BEFORE = {
    "a month": (("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30"), ("2025-10-01", "2025-10-31")),
    "March of a leap year": (
        ("2028-03-01", "2028-03-31"),
        ("2028-02-01", "2028-02-29"),
        ("2027-03-01", "2027-03-31"),
    ),
    "February after a leap year": (
        ("2029-02-01", "2029-02-28"),
        ("2029-01-01", "2029-01-31"),
        ("2028-02-01", "2028-02-29"),
    ),
    "a quarter": (("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31"), ("2025-01-01", "2025-03-31")),
    "a year": (("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31"), ("2024-01-01", "2024-12-31")),
    "a week": (("2026-11-23", "2026-11-29"), ("2026-11-16", "2026-11-22"), ("2025-11-24", "2025-11-30")),
    "a working week": (
        ("2026-11-23", "2026-11-27"),
        ("2026-11-16", "2026-11-20"),
        ("2025-11-24", "2025-11-28"),
    ),
    "a Monday": (("2026-11-30", "2026-11-30"), ("2026-11-23", "2026-11-23"), ("2025-12-01", "2025-12-01")),
    "thirty days": (("2026-10-02", "2026-10-31"), ("2026-09-02", "2026-10-01"), ("2025-10-02", "2025-10-31")),
    "up to a leap day": (
        ("2028-02-10", "2028-02-29"),
        ("2028-01-21", "2028-02-09"),
        ("2027-02-10", "2027-02-28"),
    ),
}


@pytest.mark.parametrize(("now", "before", "a_year_before"), BEFORE.values(), ids=BEFORE)
def test_a_period_is_compared_with_days_of_its_kind(
    now: tuple[str, str], before: tuple[str, str], a_year_before: tuple[str, str]
) -> None:
    assert earlier.before(period(*now)) == period(*before)
    assert earlier.a_year_before(period(*now)) == period(*a_year_before)


@pytest.mark.parametrize("name", [one for one in Moving if one != Moving.CUSTOM])
def test_the_one_before_ends_before_this_one_begins_and_has_its_weekdays(name: Moving) -> None:
    for moment in range(0, 15 * 366, 7 * 13 + 3):
        now = resolve(name, datetime(2024, 2, 29, 12, tzinfo=UTC) + timedelta(days=moment))
        for other in (earlier.before(now), earlier.a_year_before(now)):
            assert other.last < now.first
            if len(now.days) <= 7:
                assert [day.weekday() for day in other.days] == [day.weekday() for day in now.days]


CHANGES = {
    "more": (Change("", 1340, 120, Sense.FEWER), "+1,220", "+1,016.7%", WORSE),
    "fewer": (Change("", 90, 120, Sense.FEWER), "−30", "−25.0%", BETTER),
    "none left": (Change("", 0, 120), "−120", "−100%", ""),
    "from none": (Change("", 7, 0, Sense.FEWER), "+7", "–", WORSE),
    "the same": (Change("", 7, 7, Sense.MORE), "0", "0%", ""),
    "a share": (Change("", Share(0.9871), Share(0.999), Sense.MORE), "−1.2 points", "–", WORSE),
    "a point": (Change("", Share(0.51), Share(0.5), Sense.MORE), "+1.0 point", "–", BETTER),
    "almost all": (Change("", Share(0.9999), Share(1.0), Sense.MORE), "−0.1 points", "–", WORSE),
    "quicker": (
        Change("", timedelta(seconds=30), timedelta(seconds=40), Sense.FEWER),
        "−10 s",
        "−25.0%",
        BETTER,
    ),
    "not known": (Change("", None, timedelta(seconds=3), Sense.FEWER), "–", "–", ""),
}


@pytest.mark.parametrize(("change", "by", "per_cent", "judged"), CHANGES.values(), ids=CHANGES)
def test_a_change_says_by_how_much_and_whether_that_is_good(
    change: Change, by: str, per_cent: str, judged: Any
) -> None:
    assert (change.by, change.per_cent, change.judged) == (by, per_cent, judged)


def test_a_change_is_said_in_the_readers_language() -> None:
    change = Change("courriels", 1340, 120)
    with override("fr"):
        assert in_words(change).replace("\xa0", " ").replace("\u202f", " ") == (
            "courriels : de 120 à 1 340 (+1 220, +1 016,7 %)"
        )


def test_what_chance_explains_is_not_worth_a_sentence() -> None:
    chance = random.Random(11)

    def happened() -> int:
        return sum(chance.random() < 0.1 for _one in range(400))

    noise = [Change(str(n), happened(), happened()) for n in range(50)]
    told = most_changed([*noise, Change("much", 240, 120), Change("little", 5, 2), Change("new", 40, 0)])
    assert [one.label for one in told][:2] == ["much", "new"]
    assert "little" not in [one.label for one in told]
    assert sentence([Change("little", 5, 2)], "May") == "Nothing changed notably, compared with May."


def test_no_more_than_three_are_told_the_least_likely_first() -> None:
    changes = [Change(f"x{n}", 100 + 50 * n, 100) for n in range(6)]
    assert [one.label for one in most_changed(changes)] == ["x5", "x4", "x3"]


def sections(slug: str, moment: datetime = NOVEMBER, moving: str = "last_month") -> list[Section]:
    kind = find(slug)
    form = kind.form({"period": moving, "language": "en", "format": "pdf"})
    assert form.is_valid(), form.errors
    return list(kind.sections(Order(kind, form.cleaned_data, moment, moment, "")))


def compared(found: list[Section]) -> dict[str, dict[str, list[Any]]]:
    """Figures of each table of a comparison: now, before, by."""
    tables = [one for one in found if isinstance(one, Table) and "Compared" in str(one.title)]
    return {str(one.title): {str(label): list(rest) for label, *rest in one.rows} for one in tables}


def noticed(found: list[Section]) -> str:
    [words] = [one for one in found if isinstance(one, Words) and one.title]
    return str(words.text)


@pytest.fixture
def three_months(add_message: Callable[..., Any]) -> None:
    """Emails of October, of September and of a year ago, in all states."""
    chance = random.Random(5)
    for start, most in ((A_YEAR_AGO, 40), (SEPTEMBER, 60), (OCTOBER, 130)):
        add_message(start.replace(day=1))
        for _one in range(most):
            at = start + timedelta(days=chance.randint(0, 20))
            state, template = chance.choice(list(MessageState)), chance.choice(["", "Invoice"])
            add_message(at, state=state, template_name=template)


def written(since: datetime, until: datetime, *states: MessageState) -> int:
    rows = Message.objects.filter(created_at__gte=since, created_at__lt=until)
    return rows.filter(state__in=states).count() if states else rows.count()


def test_emails_are_beside_the_month_before_and_the_same_a_year_ago(three_months: None) -> None:
    tables = compared(sections("emails"))
    assert list(tables) == ["Compared with September 2026", "Compared with October 2025"]
    paris = timedelta(hours=2)
    october = datetime(2026, 10, 1, tzinfo=UTC) - paris, datetime(2026, 11, 1, tzinfo=UTC) - paris / 2
    september = datetime(2026, 9, 1, tzinfo=UTC) - paris, october[0]
    year_ago = datetime(2025, 10, 1, tzinfo=UTC) - paris, datetime(2025, 11, 1, tzinfo=UTC) - paris / 2
    came_back = (MessageState.BOUNCED, MessageState.COMPLAINED)
    for table, before in zip(tables.values(), (september, year_ago), strict=True):
        assert table["Emails"][:2] == [written(*october), written(*before)]
        of_which = [written(*october, *came_back), written(*before, *came_back)]
        assert table["of which came back"][:2] == of_which
        parts = [table[part] for part in ("Accepted", "Not sent", "Not settled")]
        assert table["Emails"][:2] == [sum(part[now] for part in parts) for now in (0, 1)]


def test_what_changed_most_is_a_sentence(three_months: None) -> None:
    said = noticed(sections("emails"))
    assert said.startswith("Changed most, compared with September 2026: emails of “")


def test_a_month_before_which_not_all_is_on_record_is_compared_with_none(
    add_message: Callable[..., Any],
) -> None:
    add_message(SEPTEMBER)  # the fifth: half of the month may be missing
    add_message(OCTOBER)
    assert not compared(sections("emails"))


def test_a_period_that_is_not_over_is_compared_with_none(three_months: None) -> None:
    assert compared(sections("emails", moving="last_month"))
    assert not compared(sections("emails", moment=OCTOBER + timedelta(days=20), moving="this_month"))


def test_jobs_are_compared_only_while_those_of_both_are_kept(
    add_job: Callable[..., Job], settings: Any
) -> None:
    for at, number in ((SEPTEMBER.replace(day=1), 3), (OCTOBER, 30)):
        for n in range(number):
            add_job(at, State.FAILED if n % 3 == 0 else State.SUCCEEDED)
    settings.RETENTION_DAYS = configured.RETENTION_DAYS | {"jobs": 90}
    table = compared(sections("activity"))["Compared with September 2026"]
    assert table["Jobs"] == [30, 3, "+27", "+900.0%", ""]
    assert table["Failed"] == [10, 1, "+9", "+900.0%", WORSE]
    assert table["Median duration"] == [timedelta(seconds=2), timedelta(seconds=2), "0", "0%", ""]
    settings.RETENTION_DAYS |= {"jobs": 60}
    assert not compared(sections("activity"))


def test_months_of_different_lengths_say_so(three_months: None) -> None:
    [table] = [one for one in sections("emails") if isinstance(one, Table) and "September" in str(one.title)]
    assert table.note.startswith("October 2026 has 31 days, September 2026 30.")
