"""`rapport_pdf` as a job: the arguments it takes, the row it leaves, what its failures say."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from backoffice.models import Report
from tasks_app import launching
from tasks_app.catalogue import find
from tasks_app.errors import InvalidArguments
from tasks_app.models import Job, State
from tasks_app.tasks import rapport_pdf, seen_from

pytestmark = pytest.mark.django_db
NAME = "tasks_app.tasks.rapport_pdf"


@pytest.fixture
def eager() -> Any:
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


def test_an_order_leaves_one_report_with_its_job_its_person_and_its_parameters(
    eager: None, person: Callable[..., Any]
) -> None:
    user = person("Managers")
    order = find("rapport_pdf:activity")
    job = launching.launch(NAME, order.clean({"period": "last_month", "language": "fr"}), by=user)
    job.refresh_from_db()
    assert (job.state, job.error) == (State.SUCCEEDED, "")
    report = Report.objects.get(job_id=job.id)
    assert (report.type, report.language, report.created_by) == ("activity", "fr", user)
    assert report.parameters["period"] == "last_month"
    assert report.parameters["first_day"].endswith("-01")


def test_without_arguments_it_makes_the_overview(eager: None) -> None:
    result = rapport_pdf.delay().get()
    report = Report.objects.get(type="overview")
    assert result == {"status": "ok", "report": str(report.id), "file": report.file, "sha256": report.sha256}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"type": "turnover"}, "There is no report called “turnover”"),
        ({"type": "activity", "period": "custom", "start": "2999-01-01"}, "The first day is in the future"),
        ({"type": "emails", "colour": "red"}, "has no parameter colour"),
    ],
)
def test_what_cannot_be_made_is_a_failed_job_with_a_sentence(
    eager: None, arguments: dict[str, Any], words: str
) -> None:
    sent = rapport_pdf.apply_async(kwargs=arguments)
    job = Job.objects.get(id=sent.id)
    assert job.state == State.FAILED
    assert words in job.error
    assert not Report.objects.exists()


def test_the_catalogue_refuses_an_impossible_period_before_it_is_a_job() -> None:
    with pytest.raises(InvalidArguments, match="ends before it starts"):
        find("rapport_pdf:activity").clean({"period": "custom", "start": "2026-02-02", "end": "2026-02-01"})


def test_a_list_of_jobs_says_what_a_report_is_about(eager: None) -> None:
    rapport_pdf.delay(type="activity", period="last_month")
    rapport_pdf.delay(type="emails", period="custom", start="2026-10-02", end="2026-10-05")
    assert set(Job.objects.values_list("about", flat=True)) == {
        "Activity – Last month",
        "Emails – 2 October 2026 – 5 October 2026",
    }


def test_a_moving_period_is_counted_from_the_slot_and_again_so_in_a_rerun() -> None:
    slot = datetime(2026, 11, 1, 6, tzinfo=UTC)
    common = {"name": NAME, "queue": "default"}
    first = Job.objects.create(id="first", created_at=slot + timedelta(days=40), scheduled_for=slot, **common)
    again = Job.objects.create(id="again", created_at=timezone.now(), rerun_of=first, **common)
    by_hand = Job.objects.create(id="by-hand", created_at=slot + timedelta(days=2), **common)
    assert seen_from(first) == seen_from(again) == slot
    assert seen_from(by_hand) == by_hand.created_at


@pytest.mark.stack
@pytest.mark.timeout(400)
def test_a_worker_makes_a_report_tells_why_it_cannot_make_another_and_lives(
    processes: Any, data_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "temporary").mkdir()
    worker = processes.start_worker(TMPDIR=str(tmp_path / "temporary"))
    first = launching.launch(NAME, {"type": "overview"})
    assert launching.wait(first, 120).state == State.SUCCEEDED, first.error
    report = Report.objects.get(job_id=first.id)
    kept = (data_dir / "files" / report.file).read_bytes()
    assert hashlib.sha256(kept).hexdigest() == report.sha256
    assert kept.startswith(b"%PDF-")

    shutil.rmtree(data_dir / "files")
    (data_dir / "files").write_text("a file where the folder of reports should be")
    second = launching.launch(NAME, {"type": "overview"})
    assert launching.wait(second, 120).state == State.FAILED
    assert "the storage refused it" in second.error

    (data_dir / "files").unlink()
    third = launching.rerun(second)
    assert launching.wait(third, 120).state == State.SUCCEEDED, third.error
    assert set(Report.objects.values_list("job_id", flat=True)) == {first.id, third.id}

    assert list((tmp_path / "temporary").rglob("weasyprint-*")), "the pool's, who leave without tidying up"
    worker.stop()
    assert list((tmp_path / "temporary").iterdir()) == []
