"""What waited behind a job that failed: a re-run says what it is, and lets it go on, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from celery import chain, chord, group
from celery.result import AsyncResult

from tasks_app import control, launching
from tasks_app.errors import RunAgainRefused
from tasks_app.ledger import causes
from tasks_app.ledger.continuing import behind
from tasks_app.models import Continuation, Job, State
from tests.engine import jobs
from tests.engine.conftest import ended
from tests.servers import wait_until

pytestmark = pytest.mark.stack


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """What the first step needs: it is not there yet."""
    return tmp_path / "paper"


def needing(paper: Path, value: int = 1) -> Any:
    return jobs.need.si(str(paper), value)


def run_again(job: Job, state: State = State.SUCCEEDED, **choices: Any) -> Job:
    job.refresh_from_db()
    return ended(launching.rerun(job, go_on=True, **choices).pk, state)


def first_step(sent: Any) -> Job:
    while sent.parent is not None:
        sent = sent.parent
    return ended(sent.id, State.FAILED)


def result(sent: Any) -> Any:
    """Of a job alone, once it succeeded: before, whoever asks is told that the whole failed; and with its
    parents `get` raises the error of one that failed before."""
    wait_until(lambda: Job.objects.filter(pk=sent.id, state=State.SUCCEEDED).exists())
    return AsyncResult(sent.id).get(timeout=60)


def quiet() -> bool:
    return not Job.objects.unfinished().exists()


def test_a_chain_goes_on_after_the_rerun_of_the_step_that_failed(
    worker: None, log: Path, paper: Path
) -> None:
    sent = chain(needing(paper, 5), jobs.add.s(10), jobs.write.si(str(log))).delay()
    failed = first_step(sent)
    waiting = behind(failed)
    assert waiting is not None
    assert (waiting.names, waiting.why_not) == ([jobs.add.name, jobs.write.name], None)
    paper.touch()
    again = run_again(failed)
    assert result(sent) == "ran"  # whoever waited for the chain is told after all
    assert result(sent.parent) == 15
    assert jobs.lines(log) == ["ran"]
    assert again.root_id == failed.root_id
    with pytest.raises(RunAgainRefused, match=again.pk):
        run_again(failed, all_the_same=True)
    afterwards = behind(again)
    assert afterwards is not None
    assert (afterwards.why_not and afterwards.why_not.code) == causes.WENT_ON.code
    ended(launching.rerun(failed, all_the_same=True).pk)
    wait_until(quiet)
    assert jobs.lines(log) == ["ran"]


def test_it_does_not_go_on_where_nobody_said_so_and_can_later(worker: None, log: Path, paper: Path) -> None:
    failed = first_step(chain(needing(paper), jobs.write.si(str(log))).delay())
    paper.touch()
    ended(launching.rerun(failed).pk)
    wait_until(quiet)
    assert jobs.lines(log) == []
    run_again(failed, all_the_same=True)
    wait_until(lambda: jobs.lines(log) == ["ran"])


def test_a_rerun_that_fails_too_leaves_the_chain_to_its_own_rerun(
    worker: None, log: Path, paper: Path
) -> None:
    failed = first_step(chain(needing(paper), jobs.write.si(str(log))).delay())
    second = run_again(failed, State.FAILED)
    paper.touch()
    third = run_again(second)
    wait_until(lambda: jobs.lines(log) == ["ran"])
    for one in (failed, second, third):
        assert launching.rerun(one, all_the_same=True).root_id != failed.root_id
    wait_until(quiet)
    assert jobs.lines(log) == ["ran"]
    assert Continuation.objects.get().job_id == third.pk


def test_while_one_rerun_may_go_on_no_other_does(worker: None, log: Path, tmp_path: Path) -> None:
    failed = first_step(chain(needing(tmp_path / "paper"), jobs.write.si(str(log))).delay())
    control.pause(failed.queue, by=None)
    held = launching.rerun(failed, go_on=True)
    with pytest.raises(RunAgainRefused) as refused:
        launching.rerun(failed, go_on=True, all_the_same=True)
    assert refused.value.code == causes.GOES_ON_LATER.code
    control.resume(failed.queue, by=None)
    ended(held.pk, State.FAILED)


def test_callbacks_are_called_after_the_rerun_once(worker: None, log: Path, paper: Path) -> None:
    sent = needing(paper).apply_async(link=[jobs.write.si(str(log), "a"), jobs.write.si(str(log), "b")])
    failed = ended(sent.id, State.FAILED)
    waiting = behind(failed)
    assert waiting is not None
    assert waiting.names == [jobs.write.name] * 2
    paper.touch()
    run_again(failed)
    wait_until(lambda: sorted(jobs.lines(log)) == ["a", "b"])
    ended(launching.rerun(failed, all_the_same=True).pk)
    wait_until(quiet)
    assert sorted(jobs.lines(log)) == ["a", "b"]


def failed_parts(paper: Path) -> list[Job]:
    def both() -> list[Job] | None:
        found = list(Job.objects.filter(state=State.FAILED, name=jobs.need.name, family=None))
        return found if len(found) == 2 and quiet() else None

    return wait_until(both)


def test_the_body_of_a_chord_runs_once_when_all_parts_have_succeeded(worker: None, paper: Path) -> None:
    summed = chord(group(needing(paper, 20), jobs.add.si(1, 2), needing(paper, 300)), jobs.add.s()).delay()
    one, other = failed_parts(paper)
    assert [waiting.names for part in (one, other) if (waiting := behind(part))] == [[jobs.add.name]] * 2
    paper.touch()
    run_again(one)
    assert not Job.objects.filter(pk=summed.id).exists()
    run_again(other)
    assert ended(summed.id).state == State.SUCCEEDED
    assert result(summed) == 323
    with pytest.raises(RunAgainRefused):
        run_again(other, all_the_same=True)


def test_two_parts_that_end_at_once_let_the_body_go_once(worker: None, paper: Path) -> None:
    body = chain(jobs.add.s(), jobs.add.s(1))
    summed = chord(group(needing(paper, 20), needing(paper, 300)), body).delay()
    parts = failed_parts(paper)
    paper.touch()
    for part in parts:
        launching.rerun(part, go_on=True)
    assert result(summed) == 321
    assert Job.objects.filter(name=jobs.add.name).count() == 2


def test_a_chain_in_a_chord_goes_on_into_its_body(worker: None, paper: Path) -> None:
    parts = group(chain(needing(paper, 20), jobs.add.s(5)), jobs.add.si(1, 2))
    summed = chord(parts, jobs.add.s()).delay()
    failed = wait_until(lambda: Job.objects.filter(state=State.FAILED, name=jobs.need.name).first())
    wait_until(quiet)
    waiting = behind(failed)
    assert waiting is not None
    assert waiting.names == [jobs.add.name] * 2
    paper.touch()
    run_again(failed)
    wait_until(lambda: Job.objects.filter(id=summed.id).exists(), what="the body to be launched")
    assert ended(summed.id).state == State.SUCCEEDED
    assert result(summed) == 28


def test_a_chord_whose_parts_run_yet_is_left_alone_in_words(worker: None, paper: Path) -> None:
    later = jobs.add.si(1, 2).set(countdown=600)
    chord(group(needing(paper, 20), later), jobs.add.s()).delay()
    failed = wait_until(lambda: Job.objects.filter(state=State.FAILED, name=jobs.need.name).first())
    with pytest.raises(RunAgainRefused, match="other parts have not all ended"):
        launching.rerun(failed, go_on=True)
    assert not failed.reruns.exists()


def test_what_waits_as_a_job_of_its_own_is_run_again_by_itself(worker: None, paper: Path) -> None:
    sent = jobs.replace_by_a_chain_that_needs.delay(str(paper))
    ended(sent.id, State.FAILED)
    part = Job.objects.get(name=jobs.need.name)
    with pytest.raises(RunAgainRefused, match=sent.id):
        launching.rerun(part, go_on=True)
    paper.touch()
    again = launching.rerun(Job.objects.get(pk=sent.id))
    assert ended(again.pk).state == State.SUCCEEDED


def test_a_job_with_nothing_behind_it_says_nothing(worker: None, paper: Path) -> None:
    failed = ended(needing(paper).delay().id, State.FAILED)
    assert behind(failed) is None
    paper.touch()
    run_again(failed)
    assert not Continuation.objects.exists()
