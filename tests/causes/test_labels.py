"""What is said of a job's arguments calls them as their form does, wherever that is, not as code does."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.translation import override
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from backoffice.models import EmailTemplate, Recipient
from backoffice.reports import registry
from backoffice.reports.errors import CannotOrder
from tasks_app.admin.batches.page import _changes
from tasks_app.batches.words import why
from tasks_app.catalogue import Launchable, kinds
from tasks_app.errors import ARGUMENTS_INVALID, InvalidArguments
from tasks_app.models import Batch, BatchItem, Job, State
from tasks_app.notices import Notice
from tasks_app.schedules.job_of_schedule import problem_of
from tasks_app.subject import argument_label
from tests.batches.making import failures, ready, somebody
from tests.pages.work import EMAIL, a_job

pytestmark = [pytest.mark.django_db, pytest.mark.once]

REPORT = "tasks_app.tasks.rapport_pdf"
NONSENSE = "\u2603 none such"


def refusal_of(one: Launchable) -> Notice | None:
    try:
        one.clean(dict.fromkeys(one.form().fields, NONSENSE))
    except InvalidArguments as error:
        return error.notice
    return None


def names_in(text: str, names: set[str]) -> set[str]:
    """Those of these arguments that a sentence names as the code does; a label may be its argument's name."""
    return {name for name in names if re.search(rf"\b{name}\b", text)}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_form_refuses_under_its_labels(language: str) -> None:
    launchables = [one for kind in kinds() for one in kind.launchables()]
    refused = {one.slug: (one, notice) for one in launchables if (notice := refusal_of(one))}
    assert {"envoi_email", "rapport_pdf:activity", "rapport_pdf:overview"} <= refused.keys()
    for one, notice in refused.values():
        form, wrong = one.form(), InvalidArguments(notice).errors
        with override(language):
            said = str(notice)
            labels = {name: str(form[name].label) for name in form.fields}
            assert all(labels[name] in said for name in wrong), said
            code_s = {name for name, label in labels.items() if name not in label.lower()}
            assert not names_in(said, code_s), said
        assert wrong.keys() <= form.fields.keys()


def test_what_is_wrong_with_several_fields_together_is_said_of_none() -> None:
    together = [{"@field": ["", "", ["One of the two."]]}]
    error = InvalidArguments(ARGUMENTS_INVALID(errors=together))
    assert (str(error), error.errors) == ("One of the two.", {"": ["One of the two."]})


def test_a_refusal_that_an_older_version_kept_is_read_as_it_was() -> None:
    old = InvalidArguments(Notice(ARGUMENTS_INVALID.code, {"errors": {"colour": ["No such colour."]}}))
    assert (str(old), old.errors) == ("colour: No such colour.", {"colour": ["No such colour."]})


def test_french_says_it_with_a_blank_before_the_colon() -> None:
    notice = ARGUMENTS_INVALID(errors=[{"@field": ["x", "Destinataire", ["Absent."]]}])
    with override("fr"):
        assert str(notice) == "Destinataire\u00a0: Absent."


def test_what_no_form_asks_for_keeps_its_name() -> None:
    assert argument_label(EMAIL, "colour") == "colour"
    assert argument_label("shop.tasks.unknown", "destinataire_id") == "destinataire_id"


def test_a_batch_says_by_its_label_what_does_not_fit() -> None:
    template = EmailTemplate.objects.create(slug="t", name="T", subject="Hello", text="Hello.")
    gone = Recipient.objects.create(email="gone@example.org", name="Gone")
    failures(1, name=EMAIL, kwargs={"destinataire_id": gone.pk, "modele_id": template.pk})
    gone.delete()
    ready(somebody(), changes={"modele_id": template.pk})
    said = why(BatchItem.objects.get())
    assert said.startswith("Recipient: There is no such recipient")


def test_a_batch_says_by_its_label_what_a_form_does_not_ask_for(admin_user: User) -> None:
    failures(1, name=REPORT, kwargs={"type": "overview"})
    ready(admin_user, changes={"period": "today"})
    assert why(BatchItem.objects.get()) == "Its form has no “Period” that could be changed."


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("period", "today", ("Period", "Today")), ("language", "fr", ("Language", None))],
)
def test_what_a_batch_changes_is_named_whichever_form_asks_for_it(
    name: str, value: str, says: tuple[str, str | None]
) -> None:
    [(label, shown)] = _changes(Batch(kind=REPORT, changes={name: value}))
    assert str(label) == says[0]
    assert says[1] in (None, shown)
    assert shown != value


def test_a_report_s_order_is_refused_under_its_labels() -> None:
    with pytest.raises(CannotOrder) as caught:
        registry.find("activity").clean({"period": "custom", "start": NONSENSE})
    with override("fr"):
        assert "start" not in str(caught.value)
        assert "Premier jour\u00a0: " in str(caught.value)


def page(job: Job, client: Client) -> str:
    return unescape(client.get(f"/admin/tasks_app/job/{job.pk}/correct/").content.decode())


def test_what_no_longer_fits_a_job_with_several_forms_is_named_by_its_label(
    admin_client: Client, broker: Any
) -> None:
    given = {"type": "activity", "period": "custom", "start": "1066-10-14"}
    job = a_job(State.FAILED, name=REPORT, kwargs=given)
    shown = page(job, admin_client)
    assert "First day: 1066-10-14" in shown
    assert "start: 1066-10-14" not in shown


def test_a_job_that_is_given_too_much_says_by_its_label_what(admin_client: Client, broker: Any) -> None:
    job = a_job(State.FAILED, name=REPORT, kwargs={"type": "overview", "period": "today"})
    assert "arguments that it no longer takes: Period" in page(job, admin_client)


def test_a_schedule_says_by_its_label_what_its_job_refuses() -> None:
    every_day = IntervalSchedule.objects.create(every=1, period="days")
    row = PeriodicTask(name="Daily", task=EMAIL, kwargs='{"destinataire_id": 987654}', interval=every_day)
    assert "Recipient: There is no such recipient" in str(problem_of(row))


def test_a_schedule_whose_job_is_chosen_anew_says_by_their_labels_what_is_left_out(
    admin_client: Client,
) -> None:
    every_day = IntervalSchedule.objects.create(every=1, period="days")
    row = PeriodicTask.objects.create(
        name="Daily", task=REPORT, kwargs='{"type": "activity", "period": "today"}', interval=every_day
    )
    address = f"/admin/django_celery_beat/periodictask/{row.pk}/change/?job=envoi_email"
    assert list(map(str, admin_client.get(address).context["dropped"])) == ["Period"]
