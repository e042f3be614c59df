"""The shelf: binders and issues, what a newer one says otherwise, holds, removal and favourites."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.models import Binder, Download, Issue, LegalHold, MessageState, Report
from backoffice.prunables import old_downloads, old_reports
from backoffice.reports import making
from backoffice.shelf import holding
from backoffice.shelf.causes import Held
from backoffice.shelf.changes import current_of, difference, like
from backoffice.shelf.placing import place_those_without

NOVEMBER = datetime(2026, 11, 3, 6, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 6, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)
SHELF = "admin:backoffice_binder_changelist"


def make(slug: str = "emails", moment: datetime = NOVEMBER, **parameters: Any) -> Report:
    made = making.make(slug, parameters, moment=moment)
    made.record()
    return made.report


def page(report: Report, name: str = "change") -> str:
    return reverse(f"admin:backoffice_report_{name}", args=[report.pk])


@pytest.mark.django_db
def test_what_is_about_the_same_days_stands_in_one_binder_however_it_was_asked_for(
    add_message: Callable[..., Any],
) -> None:
    named = make(format="csv", period="last_month")
    dated = make(format="csv", period="custom", start="2026-10-01", end="2026-10-31", language="fr")
    before = make(
        format="csv", period="last_month", moment=datetime(2027, 11, 5, tzinfo=UTC), a_year_before=True
    )
    other = make(format="csv", period="last_week")
    binder = Binder.objects.get(first_day="2026-10-01")
    assert {one.report_id for one in binder.issues.all()} == {named.pk, dated.pk, before.pk}
    assert [one.number for one in binder.issues.order_by("number")] == [1, 2, 3]
    assert other.issue.binder != binder
    # The newest of each format and language is current.
    assert current_of(list(binder.issues.select_related("report"))) == {2, 3}


@pytest.mark.django_db
@pytest.mark.once
def test_a_newer_issue_says_which_figures_moved(
    client: Client, person: Callable[..., Any], add_message: Callable[..., Any]
) -> None:
    empty = make()
    add_message(OCTOBER, state=MessageState.SENT)
    first = make()
    add_message(OCTOBER, state=MessageState.SENT)
    second, same = make(moment=LATER), make(moment=LATER)
    found = difference(second.issue, like(second.issue))
    assert found is not None
    assert next((one.label, one.before, one.now) for one in found.moved) == ("Emails", "1", "2")
    came = difference(first.issue, like(first.issue))
    assert came is not None
    assert ("Emails", "–", "1") in [(one.label, one.before, one.now) for one in came.moved]
    assert difference(empty.issue, like(empty.issue)) is None
    client.force_login(person("Managers"))
    shown = client.get(page(second)).content.decode()
    assert "</span>: 1 → 2" in shown
    assert "There is a newer issue of it" in shown
    assert "There is a newer issue of it" not in client.get(page(same)).content.decode()
    assert "moved" in client.get(page(same)).content.decode()  # no figure did


@pytest.mark.django_db
@pytest.mark.once
def test_a_newer_spreadsheet_says_how_many_rows_it_has(
    client: Client, person: Callable[..., Any], add_message: Callable[..., Any]
) -> None:
    add_message(OCTOBER)
    make(format="csv")
    add_message(OCTOBER)
    client.force_login(person("Managers"))
    assert "Rows: 1 → 2" in client.get(page(make(format="csv"))).content.decode()
    assert "the two files are the same" in client.get(page(make(format="csv"))).content.decode()


@pytest.mark.django_db
def test_reports_from_before_there_was_a_shelf_find_their_place_oldest_first(
    add_message: Callable[..., Any],
) -> None:
    old = [make(format="csv") for _time in range(3)]
    Binder.objects.all().delete()
    assert place_those_without(2) == 2
    assert place_those_without(2) == 1
    assert place_those_without(2) == 0
    assert [one.report_id for one in Issue.objects.order_by("number")] == [one.pk for one in old]


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize("wrong", [{}, {"first_day": "x", "last_day": "y"}, {"first_day": 7}])
def test_a_report_with_odd_parameters_stands_at_the_day_it_was_made(wrong: dict[str, Any]) -> None:
    report = Report.objects.create(
        type="gone", title="Old", format="pdf", language="en", parameters=wrong, file="x", size=1, sha256="0"
    )
    place_those_without(10)
    assert Binder.objects.get(type="gone").first_day == timezone.localdate(report.created_at)


# --- Kept, held, removed ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_hold_stops_the_clean_up_and_all_else(add_message: Callable[..., Any], superuser: Any) -> None:
    held, free = make(format="csv"), make(format="csv")
    for report in (held, free):
        Download.objects.create(report=report, user=superuser)
    assert holding.hold(held, by=superuser, reason="Case 7")
    assert not holding.hold(held, by=superuser, reason="Case 8")  # once
    tomorrow = timezone.now() + timedelta(days=1)
    assert list(old_reports(tomorrow)) == [free]
    assert [one.report for one in old_downloads(tomorrow)] == [free]
    with pytest.raises(Held, match="Case 7"):
        holding.remove(held)
    with pytest.raises(ProtectedError):
        Report.objects.filter(pk=held.pk).delete()
    assert default_storage.exists(held.file)
    assert holding.release(held)
    assert not holding.release(held)
    holding.remove(held)
    assert not default_storage.exists(held.file)


@pytest.mark.django_db
@pytest.mark.once
def test_people_hold_release_and_delete_by_rights_with_reasons(
    client: Client, person: Callable[..., Any], superuser: Any, add_message: Callable[..., Any]
) -> None:
    report, manager = make(format="csv"), person("Managers")
    client.force_login(manager)
    assert client.post(page(report, "hold"), {"reason": "x"}).status_code == 403
    manager.user_permissions.add(Permission.objects.get(codename="hold_report"))
    assert client.post(page(report, "hold"), {"reason": " "}).status_code == 200  # asked again
    client.post(page(report, "hold"), {"reason": "Court case"})
    assert LegalHold.objects.get().by == manager
    assert "Court case" in client.get(page(report)).content.decode()
    client.force_login(superuser)
    shown = client.post(page(report, "delete"), {"reason": "Old"}, follow=True).content.decode()
    assert "is under legal hold (Court case)" in shown
    client.post(page(report, "release"), {"reason": "Settled"})
    client.post(page(report, "delete"), {"reason": "Old"})
    assert not Report.objects.exists()
    said = " ".join(entry.get_change_message() for entry in LogEntry.objects.all())
    for reason in ("Court case", "Settled", "Old"):
        assert reason in said


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize("content", [b"", b"other", b"x" * 100_000])
def test_a_file_that_is_not_what_was_made_is_given_to_nobody(
    client: Client, person: Callable[..., Any], content: bytes
) -> None:
    report = make(format="csv")
    default_storage.delete(report.file)
    default_storage.save(report.file, ContentFile(content))
    client.force_login(person("Managers"))
    answer = client.get(page(report, "download"))
    assert answer.status_code == 409
    assert "its checksum differs" in answer.content.decode()
    assert not Download.objects.exists()


# --- Found again ----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.once
def test_binders_are_found_by_title_period_and_type_and_only_ones_own(
    client: Client, person: Callable[..., Any], add_job: Callable[..., Any]
) -> None:
    make(format="csv"), make("activity", format="csv", period="last_week")
    client.force_login(person("Managers"))

    def found(query: str) -> set[str]:
        return {one.title for one in client.get(reverse(SHELF) + query).context["cl"].result_list}

    month, week = "Emails – October 2026", "Activity – 26 October – 1 November 2026 (week 44)"
    assert found("") == {month, week}
    assert found("?q=october") == {month, week}
    assert found("?q=emails") == {month}
    assert found("?type=activity") == {week}
    assert found("?last_day_from=2026-11-01") == {week}
    assert found("?last_day_from=2026-10-10&last_day_to=2026-10-12") == {month}
    client.force_login(person("Staff", "staffer"))
    assert found("") == {month}
    binder = Binder.objects.get(type="activity")
    assert client.get(reverse("admin:backoffice_binder_change", args=[binder.pk])).status_code == 403


@pytest.mark.django_db
@pytest.mark.once
def test_a_favourite_is_of_one_person_and_of_a_report_whatever_its_days(
    client: Client, person: Callable[..., Any], add_message: Callable[..., Any]
) -> None:
    make(format="csv"), make(format="csv", period="last_week")
    first, second = Binder.objects.order_by("pk")
    url = reverse("admin:backoffice_binder_favourite", args=[first.pk])
    client.force_login(person("Managers"))
    client.get(url)
    assert not client.get(reverse(SHELF) + "?favourite=mine").context["cl"].result_list
    client.post(url, {"likes": "True"})
    client.post(url, {"likes": "True"})  # a second click changes nothing
    listed = client.get(reverse(SHELF) + "?favourite=mine").context["cl"].result_list
    assert {one.pk for one in listed} == {first.pk, second.pk}
    client.force_login(person("Managers", "another"))
    assert not client.get(reverse(SHELF) + "?favourite=mine").context["cl"].result_list


@pytest.mark.django_db
@pytest.mark.once
def test_it_is_ordered_again_for_other_days_that_are_over(
    client: Client, person: Callable[..., Any], add_message: Callable[..., Any]
) -> None:
    report = make(format="csv", moment=NOVEMBER)
    client.force_login(person("Managers"))
    answer = client.get(reverse("admin:backoffice_binder_change", args=[report.issue.binder_id]))
    orders = {label: days for label, days, _url in answer.context["orders"]}
    assert orders["For the period before"] == "September 2026"
    assert orders["For the same days a year before"] == "October 2025"
    [url] = [url for label, _days, url in answer.context["orders"] if label == "For the period before"]
    form = client.get(url).context["form"]
    assert (form["period"].value(), form["start"].value(), form["format"].value()) == (
        "custom",
        "2026-09-01",
        "csv",
    )


@pytest.mark.django_db
@pytest.mark.once
def test_days_to_come_are_not_offered(client: Client, person: Callable[..., Any], add_message: Any) -> None:
    report = make(format="csv", moment=timezone.now(), period="this_month")
    client.force_login(person("Managers"))
    answer = client.get(reverse("admin:backoffice_binder_change", args=[report.issue.binder_id]))
    assert "For the period after" not in {label for label, _days, _url in answer.context["orders"]}
