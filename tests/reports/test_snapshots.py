"""What a report keeps of what it was made from: the rows behind each figure, and the same bytes once more."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override
from pypdf import PdfReader

from backoffice import storage
from backoffice.models import Message, MessageState, Report, Snapshot, SnapshotPart
from backoffice.reports import making
from backoffice.reports.sections import Definitions, Figures, Share
from backoffice.reports.snapshots import taking, versions
from backoffice.reports.snapshots.again import CannotMakeAgain, make_again
from backoffice.reports.snapshots.places import Placed, figures_in
from backoffice.reports.snapshots.reading import Kept, kept_of
from backoffice.reports.snapshots.today import Today
from backoffice.reports.sources import source
from backoffice.shelf.holding import remove
from tasks_app.models import Job, State
from tests.moments import standing_still

NOVEMBER = datetime(2026, 11, 3, 6, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)
CHANCE = random.Random(13)
TASKS = ("tasks_app.tasks.envoi_email", "tasks_app.tasks.rapport_pdf", "shop.tasks.import_order")

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def rows(add_job: Callable[..., Job], add_message: Callable[..., Message]) -> None:
    """Of October and of September, in all states; some emails have no message."""
    for number in range(90):
        at = OCTOBER - timedelta(days=34) + timedelta(hours=17 * number)
        state = CHANCE.choice(list(State))
        failed = {"error_class": "x.Refused", "error": "No."} if state == State.FAILED else {}
        add_job(at, state, seconds=CHANCE.uniform(0.1, 90), name=CHANCE.choice(TASKS), **failed)
        if number % 2:
            template = CHANCE.choice(("", "Invoice", "Welcome"))
            add_message(at, state=CHANCE.choice(list(MessageState)), template_name=template)


def make(slug: str, **parameters: Any) -> Report:
    made = making.make(slug, {"language": "en", **parameters}, moment=NOVEMBER)
    made.record()
    return made.report


def kept(report: Report) -> Kept:
    found = kept_of(report)
    assert found is not None
    return found


def counted(one: Kept) -> Iterator[tuple[Placed, list[str]]]:
    """Each figure with the ids of the rows that its snapshot has behind it."""
    for figure in figures_in(one.sections):
        if figure.behind is not None:
            population = one.population(figure.behind.source)
            assert population is not None
            yield figure, population.select(figure.behind)


@pytest.mark.parametrize(
    "days", [{"period": "last_month"}, {"period": "custom", "start": "2026-05-01", "end": "2026-10-31"}]
)
@pytest.mark.parametrize("slug", ["activity", "emails"])
def test_each_number_is_that_of_the_rows_that_are_kept_behind_it(
    slug: str, days: dict[str, str], rows: None
) -> None:
    with override("en"):
        found = list(counted(kept(make(slug, **days))))
        assert len(found) > 50
        for figure, ids in found:
            if type(figure.value) is int:
                assert (figure.names, figure.value) == (figure.names, len(ids))


def test_what_is_kept_behind_figures_is_what_the_database_counts(rows: None) -> None:
    """By questions of our own: by state, by kind, by day."""
    october = Job.objects.filter(
        created_at__gte=datetime(2026, 9, 30, 22, tzinfo=UTC), created_at__lt=NOVEMBER
    )
    october = october.filter(created_at__lt=datetime(2026, 10, 31, 23, tzinfo=UTC))
    found = {figure.names: set(ids) for figure, ids in counted(kept(make("activity", period="last_month")))}
    assert found["Jobs",] == set(october.values_list("pk", flat=True))
    assert found["Failed",] == set(october.filter(state="failed").values_list("pk", flat=True))
    ended = october.filter(state__in=["failed", "succeeded"])
    assert found["Success rate",] == set(ended.values_list("pk", flat=True))
    fifth = october.filter(
        created_at__lt=OCTOBER.replace(hour=22), created_at__gte=OCTOBER.replace(day=4, hour=22)
    )
    by_day = set(fifth.values_list("pk", flat=True))
    assert by_day
    assert found["By day", "Mon 5 Oct 2026", "Jobs"] == by_day
    reports = set(october.filter(name=TASKS[1]).values_list("pk", flat=True))
    assert found["By kind of job", "Make a report", "Jobs"] == reports


def test_each_figure_of_promises_and_of_the_overview_has_its_rows(rows: None) -> None:
    for slug in ("promises", "overview"):
        for figure, ids in counted(kept(make(slug))):
            if type(figure.value) is int:
                assert (figure.names, figure.value) == (figure.names, len(ids))


@pytest.mark.parametrize("slug", ["activity", "emails"])
@pytest.mark.parametrize("form", ["pdf", "csv", "xlsx"])
def test_the_same_snapshot_gives_the_same_bytes_at_another_hour(form: str, slug: str, rows: None) -> None:
    report = make(slug, format=form, period="last_month")
    Job.objects.all().delete()
    Message.objects.all().delete()  # what is read is the snapshot
    with standing_still(timezone.now() + timedelta(days=3)):
        again = make_again(report, by="Ann Example", progress=lambda percent, note: None)
    assert again.is_same
    assert (again.size, again.file, again.differs) == (report.size, "", [])
    again.record()
    assert Snapshot.objects.get().made_again["same"]


def test_rows_that_changed_change_no_byte_and_another_version_is_said(
    rows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = make("activity", period="last_month")
    monkeypatch.setitem(versions.LIBRARIES, "pdf", ("pypdf",))
    again = make_again(report, by="", progress=lambda percent, note: None)
    assert any(one.startswith("WeasyPrint 70") for one in again.differs)


def test_another_file_is_kept_where_the_bytes_differ(rows: None, settings: Any) -> None:
    report = make("activity", format="csv")
    SnapshotPart.objects.filter(name=taking.SHEET).delete()
    again = make_again(report, by="", progress=lambda percent, note: None)
    assert not again.is_same
    assert storage.read(again.file).count(b"\n") == 1  # the head alone


def test_more_rows_than_are_kept_are_said(rows: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_ROWS", 10)
    monkeypatch.setattr(source.Source.read, "__defaults__", (10,))
    monkeypatch.setattr(taking, "MOST_SHEET_ROWS", 2)
    report = make("activity", format="csv", period="last_month")
    [name] = kept(report).source_names
    population = kept(report).population(name)
    assert population is not None
    assert (len(population.rows), population.is_whole) == (10, False)
    with pytest.raises(CannotMakeAgain, match="more rows than a snapshot keeps"):
        make_again(report, by="", progress=lambda percent, note: None)


def test_today_says_which_figures_moved_and_which_rows_moved_them(rows: None) -> None:
    report = make("activity", period="last_month")
    found = {figure.names: ids for figure, ids in counted(kept(report))}
    gone, mended = found["Failed",][:2]
    Job.objects.filter(pk=gone).delete()
    Job.objects.filter(pk=mended).update(state=State.SUCCEEDED)
    with override("en"):
        today = Today(kept(report), timezone.now())
        moved = {one.names: one for one in today.moved}
    [moves] = [one for one in today.moves if not one.is_nothing]
    assert (moves.gone, moves.came, moves.changed) == (1, 0, 1)
    failed = moved["Failed",]
    assert int(failed.then) - int(failed.now) == 2
    assert {row.key for row in failed.rows} == {gone, mended}
    assert [row.now is None for row in failed.rows if row.key == gone] == [True]
    assert ("Cancelled",) not in moved


def test_nothing_moved_where_nothing_changed(rows: None) -> None:
    for slug in ("activity", "emails", "promises"):
        today = Today(kept(make(slug, period="last_month")), timezone.now())
        assert (today.moved, [one for one in today.moves if not one.is_nothing]) == ([], [])


def test_a_document_links_each_number_to_its_rows(rows: None, settings: Any) -> None:
    settings.SITE_URL = "https://office.example.org"
    report = make("activity", period="last_month")
    links = links_of(report)
    start = f"https://office.example.org/admin/backoffice/report/{report.pk}/rows/"
    places = {figure.place for figure, _ids in counted(kept(report))}
    led_to = {one.removeprefix(start).strip("/") for one in links}
    assert led_to <= places
    unlinked = [figure for figure, ids in counted(kept(report)) if figure.place not in led_to and ids]
    assert {figure.place.rpartition("-")[2] for figure in unlinked} <= {
        "all"
    }  # of short tables each row leads


def test_a_document_that_leaves_the_house_has_no_link(rows: None) -> None:
    made = making.make("activity", {"language": "en"}, moment=NOVEMBER, linked=False)
    assert not links_of(made.report)


def test_definitions_stand_at_the_end_of_the_document(rows: None) -> None:
    *_others, last = kept(make("activity", period="last_month")).sections
    assert isinstance(last, Definitions)
    assert last.title == "What the figures count"
    assert "Jobs" in {label for label, _definition in last.entries}


def test_a_snapshot_goes_with_its_report_and_is_small(rows: None) -> None:
    report = make("emails", period="last_month")
    assert sum(len(part.data) for part in SnapshotPart.objects.all()) < 20_000
    remove(report)
    assert not Snapshot.objects.exists()
    assert not SnapshotPart.objects.exists()


def test_a_report_that_is_not_recorded_leaves_nothing(rows: None) -> None:
    making.make("activity", {"language": "en"}, moment=NOVEMBER)
    assert not SnapshotPart.objects.exists()


def test_sections_come_back_as_they_were(rows: None) -> None:
    sections = kept(make("activity", period="last_month")).sections
    [figures] = [one for one in sections if isinstance(one, Figures)]
    assert isinstance(figures.figures[1].value, Share)
    assert isinstance(figures.figures[3].value, timedelta)


def links_of(report: Report) -> set[str]:
    with storage.opened(report.file) as file:
        pages = PdfReader(file).pages
        return {
            str(one.get_object()["/A"]["/URI"]) for page in pages for one in page.get("/Annots", []) or []
        }
