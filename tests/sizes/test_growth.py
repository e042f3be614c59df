"""The clean-up measures once an hour and keeps a row a day; the settings page tells what a week adds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice.models import Size
from backoffice.sizes import files, keeping, reading, tables
from backoffice.sizes.keeping import keep_sizes
from tasks_app.retention.prune import prune
from tasks_app.tasks import cleanup_results, everything_prunable

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
MB = 1024 * 1024


def kept(name: str, at: datetime, size: int | None, kind: Size.Kind = Size.Kind.FILES, **more: Any) -> Size:
    return Size.objects.create(
        kind=kind, name=name, day=timezone.localdate(at), measured_at=at, count=1, bytes=size, **more
    )


def growths(now: datetime = NOW) -> dict[str, str]:
    return {str(line.name): line.growth for part in reading.parts(now) for line in part.lines}


def text_of(client: Client) -> str:
    page = client.get(reverse("admin:settings")).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


# --- Keeping ------------------------------------------------------------------------------------


def test_each_hour_replaces_its_day_s_measure_and_leaves_the_days_before() -> None:
    yesterday = NOW - timedelta(days=1)
    for at in (yesterday, NOW - timedelta(hours=2), NOW):
        assert keep_sizes(at) == {}
    for name in ("", "tasks_app_job", *files.PLACES):
        moments = Size.objects.filter(name=name).order_by("day").values_list("measured_at", flat=True)
        assert list(moments) == [yesterday, NOW], name


def test_a_day_is_the_office_s(settings: Any) -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # half past midnight in Paris
    keep_sizes(late)
    assert set(Size.objects.values_list("day", flat=True)) == {datetime(2026, 12, 1).date()}  # noqa: DTZ001


def test_what_cannot_be_measured_keeps_its_last_measure_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep_sizes(NOW - timedelta(hours=1))

    def away(place: str) -> tables.Measured:
        if place == "attachments":
            raise OSError("The bucket does not answer.")
        return measure(place)

    measure = files.measured
    monkeypatch.setattr(files, "measured", away)
    assert keep_sizes(NOW) == {"attachments": "The bucket does not answer."}
    moments = dict(Size.objects.filter(kind=Size.Kind.FILES).values_list("name", "measured_at"))
    assert moments["attachments"] == NOW - timedelta(hours=1)
    assert moments["reports"] == moments["outbox"] == NOW


def test_the_cleanup_measures_and_says_what_it_could_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[tables.Measured]:
        raise DatabaseError("permission denied")

    assert "not_measured" not in cleanup_results.apply().get()
    assert Size.objects.filter(name="tasks_app_job").exists()
    monkeypatch.setattr(tables, "measured", broken)
    assert cleanup_results.apply().get()["not_measured"] == {"tables": "permission denied"}
    Size.objects.all().delete()
    cleanup_results.apply(kwargs={"dry_run": True})
    assert not Size.objects.exists()


def test_a_large_sqlite_file_is_walked_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    if tables.connection.vendor == "postgresql":
        pytest.skip("It asks its catalogue.")
    monkeypatch.setattr(keeping, "WALKED_EACH_HOUR", 0)
    keep_sizes(NOW - timedelta(days=1))
    keep_sizes(NOW - timedelta(hours=3))
    keep_sizes(NOW)
    job = Size.objects.filter(name="tasks_app_job").order_by("day").values_list("measured_at", flat=True)
    assert list(job) == [NOW - timedelta(days=1), NOW - timedelta(hours=3)]
    assert Size.objects.filter(name="reports", measured_at=NOW).exists()


def test_old_measures_go_and_a_week_old_one_stays() -> None:
    kept("reports", NOW - timedelta(days=31), 1)
    kept("reports", NOW - timedelta(days=9), 2)
    prune(everything_prunable(), NOW)
    assert Size.objects.filter(kind=Size.Kind.FILES).values_list("bytes", flat=True).get() == 2


# --- Growth -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days_before", "then", "now", "said"),
    [
        (7, 10 * MB, 12 * MB, "+2.0 MB"),
        (14, 10 * MB, 12 * MB, "+1.0 MB"),  # at the pace of that fortnight
        (7, 12 * MB, 10 * MB, "-2.0 MB"),
        (7, 5 * MB, 5 * MB, "0 bytes"),
        (6, 10 * MB, 12 * MB, "not known yet"),
        (7, None, 12 * MB, "not known yet"),
    ],
)
def test_growth_is_told_by_the_week_once_there_was_one(
    days_before: int, then: int | None, now: int, said: str
) -> None:
    kept("reports", NOW - timedelta(days=days_before), then)
    kept("reports", NOW, now)
    assert growths()["Files of reports"].replace("\xa0", " ") == said


def test_growth_is_against_the_newest_of_the_measures_that_are_a_week_old() -> None:
    for days, size in ((20, 1 * MB), (8, 6 * MB), (7, 10 * MB), (1, 50 * MB)):
        kept("reports", NOW - timedelta(days=days), size)
    kept("reports", NOW, 13 * MB)
    assert growths()["Files of reports"].replace("\xa0", " ") == "+3.0 MB"


def test_of_a_walk_that_was_cut_short_no_growth_is_told() -> None:
    kept("reports", NOW - timedelta(days=7), 10 * MB)
    kept("reports", NOW, 12 * MB, certainty=Size.Certainty.AT_LEAST)
    assert growths()["Files of reports"] == "not known yet"


def test_tables_grow_too_and_so_does_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SHOWN", 1_000)
    monkeypatch.setattr(reading, "filesizeformat", str)
    now = timezone.now()
    for name, kind in (("backoffice_recipient", Size.Kind.TABLE), ("", Size.Kind.DATABASE)):
        kept(name, now - timedelta(days=7), 100, kind)
    measured = {one.name: one.bytes or 0 for one in tables.measured()}
    grown = growths(now)
    assert grown["recipients"] == f"+{measured['backoffice_recipient'] - 100}"
    assert int(grown["The database as a whole"]) > measured["backoffice_recipient"]
    assert grown["jobs"] == "not known yet"


def test_smaller_tables_grow_together_only_where_each_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SHOWN", 0)
    now = timezone.now()
    keep_sizes(now - timedelta(days=7))
    [together] = [line for line in reading.parts(now)[0].lines if "smaller" in str(line.name)]
    assert together.growth != "not known yet"
    Size.objects.filter(name="tasks_app_job").delete()
    [together] = [line for line in reading.parts(now)[0].lines if "smaller" in str(line.name)]
    assert together.growth == "not known yet"


# --- The page -----------------------------------------------------------------------------------


def test_the_page_shows_rows_bytes_and_growth(signed_in: Callable[[str], Client]) -> None:
    page = text_of(signed_in("Support"))
    assert "Not measured yet: the clean-up does it each hour." in page  # files
    assert "The database as a whole" in page
    keep_sizes(timezone.now())
    page = text_of(signed_in("Support"))
    assert "Not measured yet" not in page
    assert "Files of reports" in page
    assert "not known yet" in page
    assert "are free on the disk of" in page


def test_the_lines_of_the_database_add_up_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """By their bytes as they are written: SHOWN of them, the smaller ones together, what is no table's."""
    monkeypatch.setattr(reading, "filesizeformat", str)
    monkeypatch.setattr(reading, "SHOWN", 5)
    database = reading.parts(timezone.now())[0]
    *parts, whole = [int(line.size) for line in database.lines]
    assert len(parts) == 5 + 2
    assert sum(parts) == whole


def test_a_large_sqlite_file_shows_what_was_last_measured_and_nothing_that_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if tables.connection.vendor == "postgresql":
        pytest.skip("It asks its catalogue.")
    monkeypatch.setattr(tables, "QUICKLY_WALKED", 0)
    assert reading.parts(NOW)[0].lines == []
    before = NOW - timedelta(days=1)
    keep_sizes(before)
    kept("a_table_that_went", before - timedelta(days=1), 10, Size.Kind.TABLE)
    database = reading.parts(NOW)[0]
    assert database.measured_at == before
    assert "a_table_that_went" not in {line.detail for line in database.lines}
    assert any(line.detail == "tasks_app_job" for line in database.lines)


def test_who_is_told_of_checks_alone_is_told_of_no_sizes(signed_in: Callable[[str], Client]) -> None:
    keep_sizes(timezone.now())
    for group, sees in (("Support", True), ("Staff", False)):
        page = signed_in(group).get(reverse("admin:settings"))
        assert page.context["sees_settings"] == bool(page.context["sizes"]) == sees, group
        assert (b"bo-sizes" in page.content) == sees, group


def test_the_page_asks_little_however_long_it_has_run(signed_in: Callable[[str], Client]) -> None:
    now = timezone.now()
    client = signed_in("Support")
    with CaptureQueriesContext(tables.connection) as few:
        reading.parts(now)
    for days in range(30):
        keep_sizes(now - timedelta(days=days))
    with CaptureQueriesContext(tables.connection) as many:
        reading.parts(now)
    assert len(many) == len(few) <= 8
    assert client.get(reverse("admin:settings")).status_code == 200
