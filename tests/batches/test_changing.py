"""One argument changed for all, each by the kind's own form; what does not fit is corrected one by one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.models import EmailTemplate, Recipient
from tasks_app.batches.words import why
from tasks_app.models import BatchItem, BatchState, ItemClass, ItemState, Job
from tests.batches.making import classes, failures, launched, ready, somebody, started, work
from tests.batches.test_sorting import EMAIL

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def templates(db: None) -> list[EmailTemplate]:
    return [
        EmailTemplate.objects.create(slug=name, name=name.title(), subject="Hello", text="Hello.")
        for name in ("wrong", "right")
    ]


def letters(count: int, template: EmailTemplate) -> list[Job]:
    people = [
        Recipient.objects.create(email=f"reader{n}@example.org", name=f"Reader {n}") for n in range(count)
    ]
    return [
        failures(1, name=EMAIL, kwargs={"destinataire_id": one.pk, "modele_id": template.pk})[0]
        for one in people
    ]


def test_the_change_is_on_each_new_job_and_nothing_else_of_it(templates: list[EmailTemplate]) -> None:
    wrong, right = templates
    jobs = letters(3, wrong)
    batch = work(started(somebody(), changes={"modele_id": right.pk}))
    new = {str(job.rerun_of_id): job for job in launched(batch)}
    for job in jobs:
        assert new[job.pk].kwargs == job.kwargs | {"modele_id": right.pk}
        assert new[job.pk].family == job.pk
        assert job.kwargs["modele_id"] == wrong.pk


def test_what_the_change_does_not_fit_is_left_out_and_says_why(templates: list[EmailTemplate]) -> None:
    jobs = letters(2, templates[0])
    Recipient.objects.filter(pk=jobs[0].kwargs["destinataire_id"]).delete()
    batch = ready(somebody(), changes={"modele_id": templates[1].pk})
    assert classes(batch) == {jobs[0].pk: ItemClass.UNFIT, jobs[1].pk: ItemClass.NOTHING}
    assert "There is no such recipient" in why(BatchItem.objects.get(job_id=jobs[0].pk))


def test_a_change_to_what_is_gone_when_it_is_launched_launches_nothing(
    templates: list[EmailTemplate],
) -> None:
    letters(2, templates[0])
    batch = started(somebody(), changes={"modele_id": templates[1].pk})
    templates[1].delete()
    assert work(batch).state == BatchState.FINISHED
    assert batch.counts == {ItemClass.UNFIT: {ItemState.LEFT_OUT: 2}}


def test_an_argument_that_its_form_does_not_have_is_changed_for_none() -> None:
    [job] = failures(1)
    batch = ready(somebody(), changes={"template": 3})
    assert classes(batch) == {job.pk: ItemClass.UNFIT}
    assert "template" in why(BatchItem.objects.get())


# --- On its pages ------------------------------------------------------------------------------------


@pytest.fixture
def client(db: None) -> Client:
    client = Client()
    client.force_login(somebody("backoffice.view_emailtemplate"))
    return client


def test_the_page_of_a_change_shows_five_of_them_before_anything_is_written(
    client: Client, templates: list[EmailTemplate]
) -> None:
    wrong, right = templates
    jobs = letters(6, wrong)
    new = reverse("admin:tasks_app_batch_new", query={"state": "failed", "kind": EMAIL})
    dialog = client.get(new).content.decode()
    assert "A batch of 6 jobs?" in dialog
    assert 'value="modele_id"' in dialog
    led = client.post(new, {"change": "modele_id", "reason": ""})
    page = led["Location"]
    assert "change=modele_id" in page
    assert "Wrong" in client.get(page).content.decode()
    answer = {"modele_id": str(right.pk), "reason": "The wrong one was chosen."}
    previewed = client.post(page, answer | {"do": "preview"})
    assert len(previewed.context["previewed"]) == 5
    assert "Wrong → Right" in previewed.content.decode()
    assert not BatchItem.objects.exists()
    begun = client.post(page, answer | {"do": "begin"}, follow=True)
    assert "→ Right" in begun.content.decode()
    assert set(BatchItem.objects.values_list("job_id", flat=True)) == {job.pk for job in jobs}


def test_a_value_that_the_form_refuses_begins_nothing(client: Client, templates: list[EmailTemplate]) -> None:
    letters(1, templates[0])
    page = reverse("admin:tasks_app_batch_new", query={"kind": EMAIL, "change": "modele_id"})
    said = client.post(page, {"modele_id": "999999", "do": "begin"}).content.decode()
    assert "There is no such template" in said
    assert not BatchItem.objects.exists()


@pytest.mark.parametrize("change", ["kwargs", "__class__", "csrfmiddlewaretoken"])
def test_what_is_no_argument_of_the_form_is_not_changed(
    client: Client, templates: list[EmailTemplate], change: str
) -> None:
    letters(1, templates[0])
    page = reverse("admin:tasks_app_batch_new", query={"kind": EMAIL, "change": change})
    client.post(page, {change: "x", "do": "begin"})
    assert [item.batch.changes for item in BatchItem.objects.all()] in ([], [{}])


def test_one_that_does_not_fit_is_corrected_by_itself(client: Client, templates: list[EmailTemplate]) -> None:
    wrong, right = templates
    jobs = letters(2, wrong)
    other = Recipient.objects.create(email="other@example.org", name="Other")
    Recipient.objects.filter(pk=jobs[0].kwargs["destinataire_id"]).delete()
    batch = ready(somebody(name="bea"))
    item = BatchItem.objects.get(job_id=jobs[0].pk)
    listed = client.get(
        reverse("admin:tasks_app_batchitem_changelist", query={"batch": batch.pk, "class": "unfit"})
    ).content.decode()
    page = reverse("admin:tasks_app_batchitem_correct", args=[item.pk])
    assert page in listed
    assert "There is no such recipient" in client.get(page).content.decode()
    client.post(page, {"destinataire_id": other.pk, "modele_id": right.pk})
    assert set(classes(work(batch)).values()) == {ItemClass.NOTHING}
    batch = work(started_again(batch))
    new = {str(job.rerun_of_id): job.kwargs for job in launched(batch)}
    assert new == {
        jobs[0].pk: {"destinataire_id": other.pk, "modele_id": right.pk},
        jobs[1].pk: jobs[1].kwargs,
    }
    assert "launched or left out already" in client.get(page, follow=True).content.decode()


def started_again(batch: Any) -> Any:
    from tasks_app.batches import control

    assert control.start(batch, by=batch.by, canary="none")
    batch.refresh_from_db()
    return batch
