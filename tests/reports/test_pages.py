"""The reports' pages: who sees which, downloads and their record, deletion."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from backoffice.admin.report_links import report_links
from backoffice.models import Download, Report
from backoffice.reports import registry
from tasks_app.catalogue import launchables
from tasks_app.models import Job

LIST = "admin:backoffice_report_changelist"
PDF = b"%PDF-1.7 made for a test"


@pytest.fixture
def add_report(db: None) -> Callable[..., Report]:
    def add(type: str = "activity", format: str = "pdf", **fields: Any) -> Report:
        number = uuid4()
        name = default_storage.save(f"reports/2026/11/{number}.{format}", ContentFile(PDF))
        given = {
            "title": f"{type.title()} of October",
            "language": "en",
            "parameters": {"period": "last_month", "format": format, "language": "en"},
            "file_name": "Activité – octobre 2026.pdf",
            "size": len(PDF),
            "sha256": sha256(PDF).hexdigest(),
        }
        return Report.objects.create(id=number, type=type, format=format, file=name, **(given | fields))

    return add


def page(report: Report, name: str = "change") -> str:
    return reverse(f"admin:backoffice_report_{name}", args=[report.pk])


@pytest.mark.parametrize(
    ("group", "seen"),
    [
        ("Managers", {"activity", "emails", "overview", "promises"}),
        ("Staff", {"emails", "overview"}),
        ("Support", {"activity", "overview", "promises"}),
        ("Others", set()),
    ],
)
def test_each_group_sees_orders_and_downloads_its_own_types(
    client: Client, person: Callable[..., Any], add_report: Callable[..., Report], group: str, seen: set[str]
) -> None:
    user = person(group)
    client.force_login(user)
    reports = {kind: add_report(kind) for kind in ("activity", "emails", "overview", "promises")}
    assert {one.slug for one in registry.visible_types(user)} == seen
    assert {one.slug for one in launchables(user)} == {f"rapport_pdf:{kind}" for kind in seen}
    listed = client.get(reverse(LIST)).content.decode()
    for kind, report in reports.items():
        assert (report.title in listed) == (kind in seen)
        for name in ("change", "download", "read"):
            assert client.get(page(report, name)).status_code == (200 if kind in seen else 403), (kind, name)


def test_a_superuser_sees_all(client: Client, superuser: Any, add_report: Callable[..., Report]) -> None:
    client.force_login(superuser)
    for kind in ("activity", "emails", "overview", "promises"):
        assert client.get(page(add_report(kind), "download")).status_code == 200


def test_a_group_without_the_right_to_see_reports_sees_none(
    client: Client, person: Callable[..., Any], add_report: Callable[..., Report]
) -> None:
    user = person("Managers")
    user.groups.get().permissions.clear()
    client.force_login(user)
    assert client.get(reverse(LIST)).status_code == 403
    assert client.get(page(add_report(), "download")).status_code == 403


def test_a_visitor_is_sent_to_the_login_page(client: Client, add_report: Callable[..., Report]) -> None:
    for name in ("change", "download", "read", "delete"):
        assert client.get(page(add_report(), name)).status_code == 302
    assert not Download.objects.exists()


def test_a_download_has_its_name_its_kind_and_leaves_a_record(
    client: Client, person: Callable[..., Any], add_report: Callable[..., Report]
) -> None:
    user = person("Managers")
    client.force_login(user)
    report = add_report()
    answer = client.get(page(report, "download"))
    assert b"".join(answer) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote(report.file_name)}"
    assert answer["X-Content-Type-Options"] == "nosniff"
    record = Download.objects.get()
    assert (record.report, record.user, record.preview) == (report, user, False)
    assert user.username in client.get(page(report)).content.decode()


def test_reading_on_screen_is_recorded_as_such(
    client: Client, person: Callable[..., Any], add_report: Callable[..., Report]
) -> None:
    client.force_login(person("Managers"))
    report = add_report()
    answer = client.get(page(report, "read"))
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert Download.objects.get().preview


def test_a_csv_is_only_downloaded(
    client: Client, person: Callable[..., Any], add_report: Callable[..., Report]
) -> None:
    client.force_login(person("Managers"))
    report = add_report(format="csv")
    assert client.get(page(report, "read")).status_code == 404
    assert client.get(page(report, "download"))["Content-Type"] == "text/csv; charset=utf-8"


def test_asking_with_head_or_post_records_no_download(
    client: Client, person: Callable[..., Any], add_report: Callable[..., Report]
) -> None:
    client.force_login(person("Managers"))
    report = add_report()
    assert client.head(page(report, "download")).status_code == 200
    assert client.post(page(report, "download")).status_code == 405
    assert not Download.objects.exists()


def test_a_report_whose_file_is_gone_says_so_and_offers_another(
    client: Client, person: Callable[..., Any], add_report: Callable[..., Report]
) -> None:
    client.force_login(person("Managers"))
    report = add_report()
    default_storage.delete(report.file)
    answer = client.get(page(report, "download"))
    assert answer.status_code == 410
    assert "The file of this report is gone" in answer.content.decode()
    assert "/admin/launch/rapport_pdf:activity/?" in answer.content.decode()
    assert "period=last_month" in answer.content.decode()
    assert "not in the storage any more" in client.get(page(report)).content.decode()
    assert not Download.objects.exists()


@pytest.mark.parametrize("wrong", ["nonsense", str(UUID(int=7))])
def test_a_report_that_is_none_is_not_found(client: Client, person: Callable[..., Any], wrong: str) -> None:
    client.force_login(person("Managers"))
    for name in ("change", "download", "read"):
        assert client.get(reverse(f"admin:backoffice_report_{name}", args=[wrong])).status_code == 404


def test_a_report_whose_type_is_no_more_can_still_be_read_by_a_superuser(
    client: Client, superuser: Any, add_report: Callable[..., Report]
) -> None:
    """Nobody else: who may see it was said by its type."""
    client.force_login(superuser)
    assert client.get(page(add_report("turnover"))).status_code == 200


def test_only_a_superuser_deletes_and_the_file_goes_too(
    client: Client, person: Callable[..., Any], superuser: Any, add_report: Callable[..., Report]
) -> None:
    report = add_report()
    client.force_login(person("Managers"))
    assert client.post(page(report, "delete")).status_code == 403
    client.force_login(superuser)
    assert "Delete this report?" in client.get(page(report, "delete")).content.decode()
    assert Report.objects.exists()
    assert client.post(page(report, "delete"), {"reason": ""}).status_code == 200  # asked again
    assert client.post(page(report, "delete"), {"reason": "It was wrong."}).status_code == 302
    assert not Report.objects.exists()
    assert not default_storage.exists(report.file)
    entry = LogEntry.objects.get()
    assert entry.object_id == str(report.pk)
    assert "It was wrong." in entry.get_change_message()


def test_a_report_whose_file_the_storage_keeps_is_not_said_to_be_deleted(
    client: Client, superuser: Any, add_report: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = add_report()

    def refuse(name: str) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(default_storage, "delete", refuse)
    client.force_login(superuser)
    shown = client.post(page(report, "delete"), {"reason": "Old"}, follow=True).content.decode()
    assert "the report is still here" in shown
    assert Report.objects.exists()
    assert not LogEntry.objects.exists()


def test_nobody_adds_or_edits_a_report(
    client: Client, superuser: Any, add_report: Callable[..., Report]
) -> None:
    client.force_login(superuser)
    assert client.get(reverse("admin:backoffice_report_add")).status_code == 403
    assert client.post(page(add_report()), {"title": "Other"}).status_code == 405


def test_an_empty_list_says_how_to_order_one(client: Client, person: Callable[..., Any]) -> None:
    client.force_login(person("Managers"))
    shown = client.get(reverse(LIST)).content.decode()
    assert "No report yet" in shown
    assert reverse("admin:launch_form", args=["rapport_pdf:activity"]) in shown


def test_the_list_is_filtered_and_searched(
    client: Client, person: Callable[..., Any], add_report: Callable[..., Report]
) -> None:
    client.force_login(person("Managers"))
    add_report("activity", title="Activity – May"), add_report("emails", title="Emails – May", language="fr")
    for query in ("?type=emails", "?language=fr", "?q=emails"):
        shown = client.get(reverse(LIST) + query).content.decode()
        assert "Emails – May" in shown, query
        assert "Activity – May" not in shown, query


def test_a_filter_opens_no_type_that_is_not_ones_own(
    client: Client, person: Callable[..., Any], add_report: Callable[..., Report]
) -> None:
    client.force_login(person("Staff"))
    add_report("activity", title="Activity – May")
    assert "Activity – May" not in client.get(f"{reverse(LIST)}?type=activity").content.decode()


def test_the_list_asks_a_fixed_number_of_questions(
    client: Client,
    person: Callable[..., Any],
    add_report: Callable[..., Report],
    django_assert_max_num_queries: Any,
) -> None:
    client.force_login(person("Managers"))
    for _number in range(30):
        add_report()
    with django_assert_max_num_queries(25):
        client.get(reverse(LIST))


def test_a_jobs_page_leads_to_its_report_for_who_may_see_it(
    person: Callable[..., Any], add_report: Callable[..., Report]
) -> None:
    report = add_report("activity", job_id="job-1")
    job = Job(id="job-1")
    download, opened, listed = report_links(job, person("Managers"))
    assert (download.url, download.prominent) == (
        reverse("admin:backoffice_report_download", args=[report.pk]),
        True,
    )
    assert opened.url == listed.url == reverse("admin:backoffice_report_change", args=[report.pk])
    assert listed.title == report.title
    [named] = report_links(job, person("Staff"))
    assert (named.title, named.url) == ("Report", "")
