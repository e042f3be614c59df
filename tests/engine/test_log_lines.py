"""The lines that a job writes are kept with it: which, how many, and what of a run that was killed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import shared_task
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_app.ledger import log_chunks
from tasks_app.ledger.hot_sql import speaks_postgresql
from tasks_app.ledger.run import Run
from tasks_app.logs import lines
from tasks_app.logs.lines import LONGEST, MOST_BYTES, MOST_LINES, Buffer, JobLines, Line, decoded
from tasks_app.logs.masking import MASK
from tasks_app.models import Job, LogChunk, State
from tasks_app.notices import declare
from tasks_app.retention.prunables import PRUNABLES, remove_jobs
from tests.engine import jobs
from tests.engine.conftest import ended
from tests.servers import Process, wait_until

INFO, WARNING = logging.INFO, logging.WARNING
HALF_WAY = declare("tests.half_way", "Half-way")

type Deliver = Callable[..., str]

pytestmark = pytest.mark.django_db(transaction=True)


def kept(job_id: str) -> list[Line]:
    chunks = LogChunk.objects.filter(job_id=job_id).order_by("pk")
    return [line for chunk in chunks for line in decoded(chunk.lines)]


def texts(job_id: str) -> list[str]:
    return [line.text for line in kept(job_id)]


def say(deliver: Deliver, *said: Any, **options: Any) -> str:
    given = [[INFO, "tests", one] if isinstance(one, str) else one for one in said]
    return deliver(jobs.chat.name, [given], {}, **options)


@shared_task(bind=True)
def do(self: Any) -> None:
    """Whatever the test puts here: it runs in this process."""
    bodies[-1](self)


bodies: list[Callable[[Any], object]] = []


@pytest.fixture
def body(deliver: Deliver) -> Iterator[Callable[[Callable[[Any], object]], str]]:
    def run(what: Callable[[Any], object]) -> str:
        bodies.append(what)
        return deliver(do.name, [], {})

    yield run
    bodies.clear()


def test_lines_are_kept_in_their_order_with_level_time_and_logger(deliver: Deliver) -> None:
    before = timezone.now().timestamp() - 1
    job_id = say(
        deliver, "first", [WARNING, "urllib3.pool", "%s of %d", "2", 3], [logging.ERROR, "", "third"]
    )
    found = kept(job_id)
    assert [(line.level, line.logger, line.text) for line in found] == [
        (INFO, "tests", "first"),
        (WARNING, "urllib3.pool", "2 of 3"),
        (logging.ERROR, "root", "third"),
    ]
    assert all(before < line.at < timezone.now().timestamp() + 1 for line in found)


def test_a_job_that_writes_none_has_no_row_and_one_that_writes_costs_no_statement_more(
    deliver: Deliver,
) -> None:
    def statements(*said: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            say(deliver, *said)
        return len(asked)

    statements()  # what is asked once a process
    silent = statements()
    assert not LogChunk.objects.exists()
    # In the end's own statement, which psycopg sends past Django; elsewhere one within its transaction.
    assert statements("one", "two") == silent + (0 if speaks_postgresql() else 1)
    assert LogChunk.objects.count() == 1


def test_what_celery_says_around_the_body_is_no_line_of_it(deliver: Deliver) -> None:
    assert texts(say(deliver, "alone")) == ["alone"]


def test_less_than_the_level_asked_for_is_left_out(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    [handler] = [one for one in logging.getLogger().handlers if isinstance(one, JobLines)]
    monkeypatch.setattr(handler, "level", WARNING)
    assert texts(say(deliver, "too little", [WARNING, "tests", "enough"])) == ["enough"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a�b"),
        ("cut \ud83d in two", "cut � in two"),
        ("é" * (LONGEST + 1), "é" * 1_000 + "\n…\n" + "é" * (LONGEST - 1_000)),
        ("redis://:hunter2@host", f"redis://:{MASK}@host"),
        ("<b>\n\t“quoted” 'text' {braces} %d", "<b>\n\t“quoted” 'text' {braces} %d"),
    ],
)
def test_a_line_is_kept_as_a_database_and_a_page_take_it(
    body: Any, quiet: logging.Logger, text: str, shown: str
) -> None:
    assert texts(body(lambda task: quiet.info(text))) == [shown]


@pytest.fixture
def quiet() -> logging.Logger:
    """What it writes is kept, and nowhere printed: half a character is handed on by no pytest-xdist."""
    logger = logging.getLogger("tests.quiet")
    logger.propagate = False
    logger.setLevel(INFO)
    logger.handlers = [one for one in logging.getLogger().handlers if isinstance(one, JobLines)]
    return logger


def test_a_line_that_cannot_be_made_ends_no_body(
    body: Any, quiet: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)  # it would print a traceback of its own

    def write(task: Any) -> None:
        quiet.info("%d", "no number")
        quiet.info("the next")

    job_id = body(write)
    assert Job.objects.get(id=job_id).state == State.SUCCEEDED
    assert texts(job_id) == ["the next"]


def test_an_exception_that_was_caught_has_its_traceback(body: Any) -> None:
    def catch(task: Any) -> None:
        try:
            raise LookupError("no paper")
        except LookupError:
            logging.getLogger("tests").exception("It goes on")

    [line] = kept(body(catch))
    assert line.text.startswith("It goes on\nTraceback")
    assert line.text.endswith("LookupError: no paper")


def test_a_secret_is_masked_though_it_was_learnt_after_the_line(body: Any) -> None:
    def learn(task: Any) -> None:
        logging.getLogger("tests").info("The key is hunter2-of-old")
        task.mask("hunter2-of-old")
        logging.getLogger("tests").info("hunter2-of-old again")

    assert texts(body(learn)) == [f"The key is {MASK}", f"{MASK} again"]


def test_a_thread_that_the_body_starts_writes_lines_of_its_job(body: Any) -> None:
    def start(task: Any) -> None:
        thread = threading.Thread(target=lambda: logging.getLogger("tests").info("from aside"))
        thread.start()
        thread.join()

    assert texts(body(start)) == ["from aside"]


def test_progress_is_a_line_once_however_often_it_is_told(body: Any) -> None:
    def tell(task: Any) -> None:
        for _time in range(3):
            task.progress(50, HALF_WAY())
        task.progress(None, "nearly there")
        task.progress(80)

    assert [(line.logger, line.text, line.params, line.percent) for line in kept(body(tell))] == [
        (lines.PROGRESS, "tests.half_way", {}, 50),
        (lines.PROGRESS, "nearly there", None, None),
        (lines.PROGRESS, "", None, 80),
    ]


# --- Bounds ------------------------------------------------------------------------------------


def test_beyond_so_many_lines_the_others_are_counted_and_warnings_have_room(deliver: Deliver) -> None:
    many = [f"line {number}" for number in range(MOST_LINES)]
    job_id = say(deliver, *many, [WARNING, "tests", "what matters"])
    found = texts(job_id)
    assert found == [*many[: MOST_LINES * 9 // 10], "what matters"]
    # Of all its rows: on a busy machine it takes over the two seconds after which one is written.
    assert sum(LogChunk.objects.filter(job_id=job_id).values_list("left_out", flat=True)) == MOST_LINES // 10


def test_beyond_so_many_bytes_too() -> None:
    buffer, size = Buffer(), 3_000
    for number in range(MOST_BYTES // size + 50):
        buffer.add(Line(number, INFO, "tests", "é" * (size // 2)))
    assert sum(len(line.text.encode()) for line in buffer.lines) <= MOST_BYTES * 9 // 10
    assert buffer.left_out >= 50


def test_a_job_that_is_tried_for_days_keeps_no_more_than_its_share(deliver: Deliver) -> None:
    [earlier] = [say(deliver, "one try of many")]
    LogChunk.objects.update(size=log_chunks.MOST_OF_JOB)
    Job.objects.filter(id=earlier).update(
        state=State.RUNNING, runs=9, token="mine", lease_until=timezone.now() + timedelta(minutes=1)
    )
    run = Run(earlier, "mine")
    run.log.add(Line(0, INFO, "tests", "the ninth"))
    log_chunks.write(run)
    latest = LogChunk.objects.latest("pk")
    assert (latest.run, latest.count, latest.left_out, latest.lines) == (9, 0, 1, "[]")
    assert not run.log.waits


# --- Runs --------------------------------------------------------------------------------------


def test_lines_say_their_attempt(deliver: Deliver) -> None:
    said = [[INFO, "tests", "trying"]]
    job_id = deliver(jobs.chat.name, [said], {"tries": 2})
    Job.objects.filter(id=job_id).update(available_at=timezone.now())
    deliver(jobs.chat.name, [said], {"tries": 2}, id=job_id, retries=1)
    assert Job.objects.get(id=job_id).state == State.SUCCEEDED
    assert list(LogChunk.objects.order_by("pk").values_list("run", "count")) == [(1, 1), (2, 1)]


@pytest.mark.parametrize("leave", ["fail", "ignore", "snooze"])
def test_lines_of_a_run_that_did_not_succeed_are_kept(body: Any, leave: str) -> None:
    def go(task: Any) -> None:
        logging.getLogger("tests").info("so far")
        if leave == "snooze":
            task.snooze(timedelta(minutes=1), ValueError("closed"))
        raise {"fail": ValueError("no paper"), "ignore": jobs.Ignore()}[leave]

    assert texts(body(go)) == ["so far"]


def test_an_overtaken_run_has_written_what_it_wrote(body: Any) -> None:
    def lose(task: Any) -> None:
        logging.getLogger("tests").info("too late")
        Job.objects.update(token="of another run")

    assert texts(body(lose)) == ["too late"]


def test_what_could_not_be_written_waits_and_is_written_once(deliver: Deliver) -> None:
    run = Run(say(deliver), "mine")
    run.log.add(Line(0, INFO, "tests", "patient"))
    with pytest.raises(OperationalError), log_chunks.being_written(run):
        raise OperationalError("away")
    assert run.log.waits
    log_chunks.write(run)
    log_chunks.write(run)
    assert texts(run.job_id) == ["patient"]


def test_of_an_eager_job_too(db: None) -> None:
    result = jobs.chat.apply(args=[[[INFO, "tests", "here and now"]]])
    assert texts(result.id) == ["here and now"]


@pytest.mark.processes
def test_of_a_killed_worker_stays_what_it_wrote(start_worker: Callable[..., Process], tmp_path: Path) -> None:
    """Within two seconds of being written; and it is told apart from what the next worker's run writes."""
    first = start_worker()
    job_id = jobs.chat_and_sit.delay(str(tmp_path / "go")).id
    wait_until(lambda: texts(job_id) == ["before the end"], what="the line to be written while the job runs")
    assert Job.objects.get(id=job_id).state == State.RUNNING
    first.kill()
    (tmp_path / "go").touch()
    Job.objects.filter(id=job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    start_worker("worker2")
    ended(job_id)
    assert texts(job_id) == ["before the end"] * 2
    assert list(LogChunk.objects.filter(job_id=job_id).order_by("pk").values_list("run", flat=True)) == [1, 2]


# --- How long ----------------------------------------------------------------------------------


def test_they_go_with_their_job_or_when_their_time_is_over(deliver: Deliver, settings: Any) -> None:
    old, new, gone = (say(deliver, word) for word in ("old", "new", "gone"))
    remove_jobs([gone])
    assert set(LogChunk.objects.values_list("job_id", flat=True)) == {old, new}
    days = settings.RETENTION_DAYS["log_lines"]
    LogChunk.objects.filter(job_id=old).update(at=timezone.now() - timedelta(days=days, hours=1))
    [prunable] = [one for one in PRUNABLES if one.key == "log_lines"]
    before = prunable.before(timezone.now())
    assert prunable.count(before, 10) == 1
    assert prunable.prune(before, 10, {}) == 1
    assert texts(new) == ["new"]
    assert texts(old) == []


@pytest.mark.once
def test_a_line_collects_nothing_that_no_form_prints() -> None:
    record = logging.LogRecord("a", logging.INFO, __file__, 1, "said", (), None)
    assert (record.threadName, record.processName, record.process, record.taskName) == (None,) * 4
