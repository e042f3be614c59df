"""What running each job again would mean: asked of rights, re-runs, effects and forms."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from backoffice.models import EmailTemplate, Message, MessageState, Recipient, Report
from tasks_app.batches.words import why
from tasks_app.launching import rerun
from tasks_app.models import Batch, BatchItem, BatchState, ItemClass, ItemState, Job, State
from tests.batches.making import (
    DEBUG,
    begun,
    classes,
    end,
    failures,
    launched,
    ready,
    somebody,
    started,
    work,
)

pytestmark = pytest.mark.django_db
EMAIL = "tasks_app.tasks.envoi_email"
REPORT = "tasks_app.tasks.rapport_pdf"


@pytest.fixture
def letter(db: None) -> dict[str, int]:
    """The arguments of an email's job."""
    zoe = Recipient.objects.create(email="zoe@example.org", name="Zoé")
    template = EmailTemplate.objects.create(slug="hello", name="Hello", subject="Hello", text="Hello.")
    return {"destinataire_id": zoe.pk, "modele_id": template.pk}


def a_message(job: Job, state: MessageState) -> Message:
    return Message.objects.create(
        to="zoe@example.org", sender="us@example.org", subject="Hello", state=state, job_id=job.pk
    )


def item_of(batch: Batch, job: Job) -> BatchItem:
    return BatchItem.objects.get(batch=batch, job_id=job.pk)


def test_a_failed_job_without_an_effect_repeats_nothing() -> None:
    [job] = failures(1)
    assert classes(ready(somebody())) == {job.pk: ItemClass.NOTHING}


SENT = {
    MessageState.SENT, MessageState.DELIVERED, MessageState.BOUNCED, MessageState.COMPLAINED,
    MessageState.SUBMITTING, MessageState.UNKNOWN,
}  # fmt: skip


@pytest.mark.parametrize("state", MessageState)
def test_an_email_that_was_or_may_have_been_accepted_would_be_sent_again(
    letter: dict[str, int], state: MessageState
) -> None:
    [job] = failures(1, name=EMAIL, kwargs=letter)
    a_message(job, state)
    batch = ready(somebody())
    assert classes(batch) == {job.pk: ItemClass.EFFECT if state in SENT else ItemClass.NOTHING}
    assert ("send a second one" in why(item_of(batch, job))) == (state in SENT)


def test_the_effect_of_any_run_of_the_same_work_counts(letter: dict[str, int]) -> None:
    [first] = failures(1, name=EMAIL, kwargs=letter)
    second = end(rerun(first), State.FAILED)
    a_message(second, MessageState.SENT)
    third = end(rerun(second), State.FAILED)
    batch = ready(somebody(), Job.objects.filter(pk__in=[first.pk, third.pk]))
    assert classes(batch)[first.pk] == ItemClass.EFFECT
    batch = ready(somebody(name="bea"), Job.objects.filter(pk=third.pk))
    assert classes(batch)[third.pk] == ItemClass.HELD  # by the first one


def test_a_file_that_was_made_would_be_made_again() -> None:
    [job] = failures(1, name=REPORT, kwargs={"type": "overview"})
    Report.objects.create(type="overview", title="Overview", format="pdf", file="f", size=1, job_id=job.pk)
    batch = ready(User.objects.create_superuser("ada", "ada@example.org", "pw"))
    assert classes(batch) == {job.pk: ItemClass.EFFECT}
    assert "“Overview” was made on" in why(item_of(batch, job))


def test_what_succeeded_itself_or_by_a_later_run_is_done() -> None:
    [failed, itself] = failures(2)
    end(itself, State.SUCCEEDED)
    end(rerun(failed), State.SUCCEEDED)
    batch = ready(somebody(), Job.objects.filter(pk__in=[failed.pk, itself.pk]))
    assert set(classes(batch).values()) == {ItemClass.DONE}
    assert "It succeeded itself" in why(item_of(batch, itself))
    assert "with success" in why(item_of(batch, failed))


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING, State.UNKNOWN])
def test_what_has_not_ended_itself_or_run_again_is_under_way(state: State) -> None:
    [failed, itself] = failures(2)
    end(itself, state)
    end(rerun(failed), state)
    batch = ready(somebody(), Job.objects.filter(pk__in=[failed.pk, itself.pk]))
    assert set(classes(batch).values()) == {ItemClass.UNDER_WAY}


def test_of_one_work_twice_in_a_batch_the_first_stands_for_both() -> None:
    [first] = failures(1)
    second = end(rerun(first), State.FAILED)
    batch = ready(somebody())
    assert classes(batch) == {first.pk: ItemClass.NOTHING, second.pk: ItemClass.TWIN}


def test_of_one_work_in_two_pages_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks_app.batches import steps

    monkeypatch.setattr(steps, "SORTED_AT_ONCE", 1)
    [first] = failures(1)
    second = end(rerun(first), State.FAILED)
    assert classes(ready(somebody())) == {first.pk: ItemClass.NOTHING, second.pk: ItemClass.TWIN}


def test_what_may_not_be_launched_by_this_person_is_left_out_by_kind() -> None:
    [mine] = failures(1)
    [theirs] = failures(1, name=REPORT, kwargs={"type": "overview"})
    batch = ready(somebody())  # who may order no reports
    assert classes(batch) == {mine.pk: ItemClass.NOTHING, theirs.pk: ItemClass.FORBIDDEN}


def test_a_kind_that_is_gone_and_a_message_that_nobody_could_read_are_left_out() -> None:
    gone, unreadable = failures(2)
    Job.objects.filter(pk=gone.pk).update(name="some.task.of.old")
    unreadable.message["received"] = "?!"
    unreadable.save()
    assert classes(ready(somebody())) == {gone.pk: ItemClass.KIND_GONE, unreadable.pk: ItemClass.UNREADABLE}


def test_arguments_that_do_not_fit_their_form_say_why(letter: dict[str, int]) -> None:
    [job] = failures(1, name=EMAIL, kwargs=letter)
    Recipient.objects.all().delete()
    batch = ready(somebody())
    assert classes(batch) == {job.pk: ItemClass.UNFIT}
    assert why(item_of(batch, job))


def test_a_job_that_retention_removed_meanwhile_is_no_longer_kept() -> None:
    gone, kept = failures(2)
    batch = begun(somebody())
    Job.objects.filter(pk=gone.pk).delete()
    work(batch)
    assert classes(batch) == {gone.pk: ItemClass.NOT_KEPT, kept.pk: ItemClass.NOTHING}


# --- Asked again as it is launched ---------------------------------------------------------------------


def test_what_changed_since_it_was_sorted_is_asked_again(letter: dict[str, int]) -> None:
    by = somebody()
    emails, [plain, again, gone] = failures(2, name=EMAIL, kwargs=letter), failures(3)
    batch = started(by)
    a_message(emails[0], MessageState.SENT)
    end(rerun(again), State.SUCCEEDED)
    Job.objects.filter(pk=gone.pk).delete()
    work(batch)
    found = classes(batch)
    assert found == {
        emails[0].pk: ItemClass.EFFECT, emails[1].pk: ItemClass.NOTHING, plain.pk: ItemClass.NOTHING,
        again.pk: ItemClass.DONE, gone.pk: ItemClass.NOT_KEPT,
    }  # fmt: skip
    assert {str(job.rerun_of_id) for job in launched(batch)} == {emails[1].pk, plain.pk}
    left_out = {pk for pk, name in found.items() if name != ItemClass.NOTHING}
    states = BatchItem.objects.filter(batch=batch, job_id__in=left_out).values_list("state", flat=True)
    assert set(states) == {ItemState.LEFT_OUT}


@pytest.mark.parametrize("how", ["right", "account", "deleted"])
def test_rights_are_those_of_the_moment_of_the_launch(how: str) -> None:
    by = somebody()
    failures(2)
    batch = started(by)
    if how == "right":
        by.user_permissions.remove(Permission.objects.get(codename="launch_job"))
    elif how == "account":
        by.is_active = False
        by.save()
    else:
        by.delete()
    assert work(batch).state == BatchState.FINISHED
    assert set(classes(batch).values()) == {ItemClass.FORBIDDEN}
    assert not Job.objects.exclude(rerun_of=None).exists()


def test_what_is_left_out_is_included_by_class_and_with_a_reason(letter: dict[str, int]) -> None:
    sent, [plain, done] = failures(1, name=EMAIL, kwargs=letter), failures(2)
    a_message(sent[0], MessageState.SENT)
    end(rerun(done), State.SUCCEEDED)
    Job.objects.filter(pk=done.pk).update(ended_at=timezone.now())
    batch = started(
        somebody(),
        Job.objects.filter(rerun_of=None),
        included=[ItemClass.EFFECT, "forbidden"],
        reason="Asked.",
    )
    work(batch)
    assert batch.included == [ItemClass.EFFECT]
    assert batch.included_reason == "Asked."
    assert {str(job.rerun_of_id) for job in launched(batch)} >= {sent[0].pk, plain.pk}
    assert done.pk not in {str(job.rerun_of_id) for job in launched(batch)}


def test_what_is_done_runs_again_where_that_class_is_included() -> None:
    [done] = failures(1)
    end(rerun(done), State.SUCCEEDED)
    batch = started(
        somebody(), Job.objects.filter(pk=done.pk), included=[ItemClass.DONE], reason="All of it, again."
    )
    work(batch)
    assert [str(job.rerun_of_id) for job in launched(batch)] == [done.pk]
    assert Job.objects.filter(name=DEBUG).count() == 3
