"""The table of texts is filled behind: soon, wholly, once, and of what was there before it too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.models import Message, Recipient
from tasks_app.launching import launch
from tasks_app.ledger.transitions import claim, replace
from tasks_app.models import Job, SearchProgress, SearchText, State
from tasks_app.search import filling, sweeping
from tasks_app.search.filling import fill
from tasks_app.search.sweeping import start_over
from tasks_app.search.texts import texts_of
from tasks_app.search.things import JOB
from tests.search.making import a_job, a_message, fill_all, texts

pytestmark = pytest.mark.django_db


def test_a_job_and_a_message_are_in_after_one_look() -> None:
    fill_all()
    job, message = a_job("Zoé@example.org", timedelta()), a_message("max@example.org", "Your Invoice")
    assert not fill(timezone.now())
    assert texts("job") == {job.pk: " zoe@example.org"}
    assert list(texts("message").values()) == [" max@example.org your invoice"]
    assert [one.ref for one in SearchText.objects.filter(thing="message")] == [
        str(Message._meta.pk.get_db_prep_value(message.pk, connection))
    ]


def test_what_was_there_before_comes_in_from_now_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "BATCH", 2)
    old = [a_job(f"a{days}@example.org", timedelta(days=days)) for days in range(1, 6)]
    assert fill(timezone.now(), budget=0)  # one batch of each thing, and there is more
    progress = SearchProgress.objects.get(thing="job")
    assert texts("job").keys() == {job.pk for job in old[:2]}
    assert (progress.swept_at, progress.swept_to) == (None, old[1].created_at)
    fill_all()
    assert texts("job").keys() == {job.pk for job in old}
    assert SearchProgress.objects.get(thing="job").swept_at is not None


def test_rows_of_one_moment_are_all_in_whatever_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "BATCH", 3)
    moment = timezone.now() - timedelta(days=1)
    for number in range(10):
        a_job(f"a{number}@example.org", created_at=moment)
    fill_all()
    assert SearchText.objects.filter(thing="job").count() == 10


def test_many_new_ones_come_in_by_batches_and_the_lag_says_how_far(monkeypatch: pytest.MonkeyPatch) -> None:
    fill_all()
    monkeypatch.setattr(filling, "BATCH", 2)
    jobs = [a_job(f"a{n}@example.org", timedelta(seconds=20 - n)) for n in range(5)]
    assert fill(timezone.now(), budget=0)
    assert SearchProgress.objects.get(thing="job").complete_to == jobs[1].created_at
    fill_all()
    assert texts("job").keys() == {job.pk for job in jobs}


def test_two_looks_write_nothing_twice() -> None:
    a_job("ann@example.org", timedelta())
    fill_all()
    before = list(SearchText.objects.values_list("id", "text"))
    fill_all()
    assert list(SearchText.objects.values_list("id", "text")) == before


def test_an_idle_look_reads_a_few_rows_however_long_the_past() -> None:
    for days in range(30):
        a_job(f"a{days}@example.org", timedelta(days=days + 1))
    fill_all()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        fill_all()
    reads = [one["sql"] for one in asked if "created_at" in one["sql"] and one["sql"].startswith("SELECT")]
    assert len(reads) == 2  # of jobs and of messages, since a moment ago
    assert all(">=" in sql and "LIMIT" in sql for sql in reads)


def test_a_row_that_changed_is_found_by_what_it_says_now() -> None:
    job = a_job("ann@example.org", state=State.RUNNING, token="t")
    fill_all()
    job.about = "Ben@example.org"
    assert replace(job, "t")
    fill_all()
    assert texts("job") == {job.pk: " ben@example.org"}


def test_a_later_sweep_mends_what_no_look_could_see(monkeypatch: pytest.MonkeyPatch) -> None:
    changed, gone, kept = (a_job(f"{name}@example.org") for name in ("ann", "ben", "cat"))
    fill_all()
    Job.objects.filter(pk=changed.pk).update(about="dan@example.org")
    Job.objects.filter(pk=gone.pk).delete()
    late = a_job("eve@example.org", timedelta(days=3))  # a past that is written today
    fill_all()
    assert late.pk not in texts("job")
    fill_all(timezone.now() + sweeping.EVERY)
    assert texts("job") == {
        changed.pk: " dan@example.org",
        kept.pk: " cat@example.org",
        late.pk: " eve@example.org",
    }


def test_a_past_that_was_made_by_hand_comes_in_at_once_where_that_is_asked_for() -> None:
    fill_all()
    late = a_job("eve@example.org", timedelta(days=3))
    start_over("job")
    fill_all()
    assert late.pk in texts("job")


def test_a_row_of_which_nothing_can_be_said_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = a_job("bad@example.org"), a_job("good@example.org")

    def stumbling(jobs: list[Job]) -> dict[str, list[str]]:
        if any(job.pk == bad.pk for job in jobs):
            raise ValueError("what nobody foresaw")
        return {}

    monkeypatch.setattr("tasks_app.search.things.job_words", [stumbling])
    fill_all()
    assert texts("job") == {bad.pk: "", good.pk: " good@example.org"}


def test_a_job_is_found_by_who_has_its_address() -> None:
    Recipient.objects.create(email="zl@example.org", name="Zoë Lefèvre", company="Café Ñandú")
    job = a_job("ZL@example.org")
    assert texts_of(JOB, [job]) == [" zl@example.org zoe lefevre cafe nandu"]


def test_an_order_of_last_month_is_found_by_that_month_in_each_language() -> None:
    job = launch("tasks_app.tasks.rapport_pdf", {"type": "activity", "period": "last_month"})
    Job.objects.filter(pk=job.pk).update(created_at="2026-03-10T10:00:00Z")
    fill_all()
    text = texts("job")[job.pk]
    assert "february 2026" in text
    assert "fevrier 2026" in text


def test_a_secret_argument_is_in_no_text(transactional_db: None) -> None:
    job = a_job("", kwargs={"destinataire_id": 1, "api_key": "sk-secret"}, args=["sk-secret"])
    a_message("ann@example.org", "Your new password", security=True, headers={"To": "Ann <ann@example.org>"})
    fill_all()
    assert "secret" not in "".join(texts("job").values())
    assert list(texts("message").values()) == [" ann@example.org"]
    assert job.pk in texts("job")


def test_a_launch_asks_nothing_of_the_search() -> None:
    with CaptureQueriesContext(connection) as asked:
        job = launch("projet.celery.debug_task", {})
        assert claim(job.pk, "t", "w@host", now=job.available_at)
    tables: list[type[Model]] = [SearchText, SearchProgress]
    assert not [one["sql"] for one in asked for table in tables if table._meta.db_table in one["sql"]]
