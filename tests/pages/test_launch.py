from __future__ import annotations

import re
import threading
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from backoffice.models import EmailTemplate, Recipient
from tasks_app import control
from tasks_app.models import Job, State
from tests.pages.work import DEBUG, EMAIL, person, user_of

LAUNCH = "tasks_app.launch_job"
FORM = "/admin/launch/debug_task/"
SEND = "/admin/launch/envoi_email/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def template() -> EmailTemplate:
    return EmailTemplate.objects.create(
        slug="hello", name="Hello", subject="Hello", text="Hello {{ recipient.name }}"
    )


@pytest.fixture
def recipient() -> Recipient:
    return Recipient.objects.create(email="lea@example.org", name="Lea Example")


def key_of(response: Any) -> str:
    return re.search(r'name="launch_key" value="([^"]+)"', response.content.decode()).group(1)


def test_the_launch_page_offers_what_this_person_may_launch() -> None:
    page = person(LAUNCH).get("/admin/launch/").content.decode()
    assert SEND in page
    assert "rapport_pdf" not in page


def test_somebody_who_may_launch_nothing_is_told_what_to_do() -> None:
    response = person().get("/admin/launch/")
    assert response.status_code == 200
    assert "Ask an administrator" in response.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_form_is_refused_to_whom_may_not_launch_it(method: str) -> None:
    assert getattr(person(), method)(FORM).status_code == 403
    assert not Job.objects.exists()


def test_an_unknown_job_is_not_found() -> None:
    assert person(LAUNCH).get("/admin/launch/no_such_job/").status_code == 404


def test_a_job_that_only_other_jobs_launch_has_no_form() -> None:
    assert person(LAUNCH).get("/admin/launch/deliver_message/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_launches_once(broker: Any) -> None:
    client = person(LAUNCH)
    key = key_of(client.get(FORM))
    first, second = (client.post(FORM, {"launch_key": key}) for _ in range(2))
    job = Job.objects.get()
    assert job.name == DEBUG
    assert job.created_by == user_of(client)
    assert first.url == second.url == reverse("admin:tasks_app_job_change", args=[job.pk])
    [entry] = LogEntry.objects.filter(object_id=job.pk)
    assert entry.get_change_message() == "Launched."


@pytest.mark.django_db(transaction=True)
def test_a_double_click_launches_once_though_both_requests_run_at_the_same_time(broker: Any) -> None:
    client = person(LAUNCH)
    key = key_of(client.get(FORM))
    cookies = client.cookies
    start = threading.Barrier(2)
    statuses: list[int] = []

    def click() -> None:
        from django.db import connection

        mine = Client()
        mine.cookies = cookies
        start.wait()
        statuses.append(mine.post(FORM, {"launch_key": key}).status_code)
        connection.close()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert statuses == [302, 302]
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_forms_launch_two_jobs(broker: Any) -> None:
    client = person(LAUNCH)
    for _ in range(2):
        client.post(FORM, {"launch_key": key_of(client.get(FORM))})
    assert Job.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_paused_queue_is_not_blamed_on_the_broker(broker: Any) -> None:
    client = person(LAUNCH)
    control.pause("default", by=user_of(client))
    page = client.post(FORM, {"launch_key": str(uuid4())}, follow=True).content.decode()
    assert Job.objects.get().published_at is None
    assert "Its queue is paused: it starts when somebody resumes the queue." in page
    assert "broker is back" not in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", ["stop", "freeze"])
def test_with_the_broker_down_or_silent_the_job_is_kept_and_the_page_does_not_wait_for_it(
    broker: Any, fault: str, settings: Any
) -> None:
    client = person(LAUNCH)
    getattr(broker, fault)()
    page = client.post(FORM, {"launch_key": str(uuid4())}, follow=True)
    assert settings.PUBLISH_BUDGET.total_seconds() < 2
    assert "Queued; it starts when the broker is back." in page.content.decode()
    job = Job.objects.get()
    assert (job.state, job.published_at) == (State.WAITING, None)


@pytest.mark.django_db(transaction=True)
def test_an_email_is_launched_from_its_form(
    broker: Any, template: EmailTemplate, recipient: Recipient
) -> None:
    client = person(LAUNCH)
    client.post(SEND, {"launch_key": str(uuid4()), "destinataire_id": recipient.pk, "modele_id": template.pk})
    job = Job.objects.get()
    assert job.name == EMAIL
    assert job.kwargs == {"destinataire_id": recipient.pk, "modele_id": template.pk}
    assert job.about == recipient.email
    assert job.published_at is not None


def test_an_error_stands_next_to_its_field_and_keeps_the_input(template: EmailTemplate) -> None:
    key = str(uuid4())
    page = (
        person(LAUNCH)
        .post(SEND, {"launch_key": key, "destinataire_id": "", "modele_id": template.pk})
        .content.decode()
    )
    assert '<ul id="id_destinataire_id_error"' in page
    assert f'<option value="{template.pk}" selected' in page
    assert key in page
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("slug", "verb"), [("envoi_email", "Send"), ("rapport_pdf:activity", "Order"), ("debug_task", "Launch")]
)
def test_the_button_says_what_pressing_it_does(admin_client: Client, slug: str, verb: str) -> None:
    page = admin_client.get(f"/admin/launch/{slug}/").content.decode()
    button = re.search(r'name="do" value="launch".*?</button>', page, re.DOTALL).group()
    assert re.sub(r"<[^>]+>", " ", button).split()[-1] == verb


def test_an_argument_that_is_no_id_at_all_is_an_error_of_the_form() -> None:
    response = person(LAUNCH).post(SEND, {"launch_key": "nonsense", "destinataire_id": "<script>"})
    assert response.status_code == 200
    assert "<script>&" not in response.content.decode()
    assert "id_destinataire_id_error" in response.content.decode()


def test_the_preview_shows_the_mail_in_a_sandbox_and_launches_nothing(
    template: EmailTemplate, recipient: Recipient
) -> None:
    data = {"do": "preview", "destinataire_id": recipient.pk, "modele_id": template.pk}
    fragment = person(LAUNCH).post(SEND, data, headers={"HX-Request": "true"}).content.decode()
    assert '<iframe sandbox="" srcdoc="' in fragment
    assert "Lea Example" in fragment
    said = re.search(r"<dl.*?</dl>", fragment, re.DOTALL).group()
    for label, value in (
        ("From", "back-office@example.org"),
        ("To", "Lea Example &lt;lea@"),
        ("Subject", "Hello"),
    ):
        assert re.search(rf"<dt[^>]*>{label}</dt><dd[^>]*>[^<]*{value}", said), label
    assert "<html" not in fragment.replace("&lt;html", "")
    assert not Job.objects.exists()


def test_a_template_cannot_break_out_of_the_preview(recipient: Recipient) -> None:
    evil = EmailTemplate.objects.create(
        slug="evil", name="Evil", subject="x", text="x", html='"></iframe><script>alert(1)</script>'
    )
    data = {"do": "preview", "destinataire_id": recipient.pk, "modele_id": evil.pk}
    page = person(LAUNCH).post(SEND, data).content.decode()
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_preview_that_cannot_be_made_says_why(recipient: Recipient) -> None:
    broken = EmailTemplate.objects.create(slug="b", name="Broken", subject="x", text="{{ nobody.knows }}")
    data = {"do": "preview", "destinataire_id": recipient.pk, "modele_id": broken.pk}
    fragment = person(LAUNCH).post(SEND, data, headers={"HX-Request": "true"}).content.decode()
    assert "<iframe" not in fragment
    assert "There is nothing to preview yet" in fragment
    assert "nobody" in fragment


@pytest.mark.django_db(transaction=True)
def test_a_test_goes_to_oneself_and_the_form_stays(
    broker: Any, template: EmailTemplate, recipient: Recipient
) -> None:
    client = person(LAUNCH)
    data = {"launch_key": str(uuid4()), "trial": str(uuid4()), "do": "trial"}
    data |= {"destinataire_id": str(recipient.pk), "modele_id": str(template.pk)}
    page = client.post(SEND, data)
    assert page.status_code == 200
    assert f'<option value="{recipient.pk}" selected' in page.content.decode()
    assert "<iframe" in page.content.decode()
    assert Job.objects.get().about == user_of(client).email
    client.post(SEND, data)
    assert Job.objects.count() == 1  # the same click again
    client.post(SEND, data | {"do": "launch"})
    assert Job.objects.filter(about=recipient.email).count() == 1


def test_a_button_that_the_form_does_not_have_launches_nothing(
    recipient: Recipient, template: EmailTemplate
) -> None:
    data = {"destinataire_id": recipient.pk, "modele_id": template.pk, "do": "previw"}
    assert person(LAUNCH).post(SEND, data).status_code == 400
    assert not Job.objects.exists()


def test_a_job_without_a_rehearsal_refuses_one() -> None:
    assert person(LAUNCH).post(FORM, {"do": "trial"}).status_code == 403


def test_recipients_are_searched_by_the_server_once_they_are_many() -> None:
    Recipient.objects.bulk_create(
        Recipient(email=f"r{number}@example.org", name=f"Reader {number}") for number in range(200)
    )
    client = person(LAUNCH)
    page = client.get(SEND).content.decode()
    assert "r150@example.org" not in page
    url = "/admin/launch/envoi_email/choices/destinataire_id/"
    assert url in page
    found = client.get(url, {"term": "r150@"}).json()
    assert [one["text"] for one in found["results"]] == ["Reader 150 <r150@example.org>"]
    first = client.get(url).json()
    assert len(first["results"]) == 20
    assert first["pagination"]["more"]


def test_choices_are_refused_to_whom_may_not_launch_the_job() -> None:
    assert person().get("/admin/launch/envoi_email/choices/destinataire_id/").status_code == 403


def test_only_fields_that_choose_rows_have_choices() -> None:
    assert person(LAUNCH).get("/admin/launch/envoi_email/choices/nothing/").status_code == 404


def test_no_widget_falls_back_to_djangos_plain_look() -> None:
    page = person(LAUNCH, "backoffice.order_report").get("/admin/launch/").content.decode()
    client = person(LAUNCH, "backoffice.order_report", name="bea")
    for url in set(re.findall(r'href="(/admin/launch/[^"]+/)"', page)):
        form = client.get(url).context["form"]
        plain = [
            name
            for name, field in form.fields.items()
            if not field.widget.is_hidden
            and not any(kind.__module__.startswith("unfold.") for kind in type(field.widget).__mro__)
        ]
        assert plain == [], url
