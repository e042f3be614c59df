"""Templates and recipients in the admin: checked as they are saved, previewed as they are typed."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from backoffice.emails.compose import compose
from backoffice.emails.preview import letter
from backoffice.models import EmailTemplate, Recipient
from tasks_app.models import Job


def form_of(template: EmailTemplate, **changes: str) -> dict[str, str]:
    variable = template.variables.get()
    return {
        "name": template.name, "active": "on", "subject": template.subject, "text": template.text,
        "html": template.html, "variables-TOTAL_FORMS": "1", "variables-INITIAL_FORMS": "1",
        "variables-0-id": str(variable.pk), "variables-0-template": str(template.pk),
        "variables-0-name": "code", "variables-0-value": "1", "variables-0-sample": "",
    } | changes  # fmt: skip


def change(template: EmailTemplate) -> str:
    return reverse("admin:backoffice_emailtemplate_change", args=[template.pk])


def test_a_sound_template_is_saved(admin_client: Client, template: EmailTemplate) -> None:
    answer = admin_client.post(change(template), form_of(template, text="Now {{ code }}"))
    assert answer.status_code == 302
    template.refresh_from_db()
    assert template.text == "Now {{ code }}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": "{% if %}"}, "is not right"),
        ({"text": "{{ nobody }}"}, "“nobody” is unknown"),
        ({"html": "<p>a</div>"}, "&lt;/div&gt;"),
        ({"text": "{% for i in (1..99999999) %}x{% endfor %}"}, "does not end or is too large"),
        ({"text": "{{ code | times: 2 }}", "variables-0-value": "1,250"}, "may mean 1.25 or 1250"),
        (
            {"text": "{{ code | times: 2 }}", "variables-0-value": "N/A", "variables-0-sample": "1"},
            "“N/A” cannot be read",
        ),
        ({"text": "{{ cod }}"}, "Is it “code”?"),
        ({"variables-0-value": "", "text": "{{ code }}"}, "“code” has no value"),
        ({"variables-0-name": "recipient"}, "has a meaning already"),
        ({"variables-0-name": "Not A Name"}, "small letters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    changes: dict[str, str], said: str, admin_client: Client, template: EmailTemplate
) -> None:
    answer = admin_client.post(change(template), form_of(template, name="Changed", **changes))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    template.refresh_from_db()
    assert template.name == "Welcome"


@pytest.mark.parametrize(("says", "shows"), [("values", "1"), ("samples", "a sample"), ("", "1")])
def test_the_preview_shows_what_is_typed_as_it_is_sent_or_with_its_samples(
    says: str, shows: str, admin_client: Client, template: EmailTemplate
) -> None:
    typed = form_of(template, html="<i>{{ code }}</i>", **{"variables-0-sample": "a sample"})
    shown = preview_of(admin_client, typed | {"preview_says": says})
    assert f'srcdoc="&lt;i&gt;{shows}&lt;/i&gt;"' in shown
    assert 'sandbox=""' in shown


def preview_of(client: Client, typed: dict[str, str]) -> str:
    return client.post(reverse("admin:backoffice_emailtemplate_preview"), typed).content.decode()


@pytest.mark.parametrize("number_of_forms", ["", "-1", "x", "9" * 5000, "²", "1e3", "\x00"])
def test_a_preview_of_a_form_that_nobody_sends_is_an_answer(
    number_of_forms: str, admin_client: Client, template: EmailTemplate
) -> None:
    typed = form_of(template, text="a") | {"variables-TOTAL_FORMS": number_of_forms}
    assert "a" in preview_of(admin_client, typed)


def test_who_may_only_see_templates_has_no_preview_and_makes_none(
    client: Client, template: EmailTemplate, django_user_model: Any
) -> None:
    viewer = django_user_model.objects.create_user("viewer@example.org", is_staff=True)
    client.force_login(viewer)
    preview = reverse("admin:backoffice_emailtemplate_preview")
    may = {one.codename: one for one in Permission.objects.filter(content_type__model="emailtemplate")}
    viewer.user_permissions.add(may["view_emailtemplate"])
    assert "template-preview" not in client.get(change(template)).content.decode()
    assert client.post(preview, form_of(template)).status_code == 403
    viewer.user_permissions.add(may["change_emailtemplate"])
    assert "template-preview" in client.get(change(template)).content.decode()
    assert client.post(preview, form_of(template)).status_code == 200


def test_a_variable_may_have_no_value_where_the_template_says_what_then(
    admin_client: Client, template: EmailTemplate, recipient: Recipient
) -> None:
    text = 'Due {{ code | default: "soon" }}{% if code %}!{% endif %}{% if code == "" %}.{% endif %}'
    typed = form_of(template, text=text, html="", **{"variables-0-value": "", "variables-0-sample": "Friday"})
    assert admin_client.post(change(template), typed).status_code == 302
    assert compose(recipient.pk, template.pk, "a-job").text == "Due soon."
    assert "Due soon." in letter(recipient.pk, template.pk).html


def test_the_preview_names_the_part_that_is_wrong(admin_client: Client, template: EmailTemplate) -> None:
    typed = form_of(template, subject="{{ nobody }}")
    shown = admin_client.post(reverse("admin:backoffice_emailtemplate_preview"), typed).content.decode()
    assert "Subject</strong>" in shown
    assert "“nobody” is unknown" in shown


FAILS_FOR_ZOE = "{% if recipient.name == 'Zoé Ångström' %}{{ code | times: 2 }}{% endif %}Hello"
WHY = "“A &amp; B” cannot be read as a number"


def test_a_send_that_would_fail_for_this_reader_is_refused_as_it_is_chosen(
    admin_client: Client, template: EmailTemplate, recipient: Recipient
) -> None:
    EmailTemplate.objects.update(text=FAILS_FOR_ZOE)
    chosen = {"launch_key": str(uuid4()), "destinataire_id": recipient.pk, "modele_id": template.pk}
    page = admin_client.post("/admin/launch/envoi_email/", chosen)
    assert WHY in page.content.decode()
    by_default = {"launch_key": str(uuid4()), "destinataire_id": recipient.pk}
    assert WHY in admin_client.post("/admin/launch/envoi_email/", by_default).content.decode()
    assert not Job.objects.exists()
    other = Recipient.objects.create(email="lea@example.org", language="en")
    sent = admin_client.post("/admin/launch/envoi_email/", chosen | {"destinataire_id": other.pk})
    assert sent.status_code == 302
    assert Job.objects.get().about == "lea@example.org"


def test_a_schedule_or_a_command_that_would_fail_is_refused_too(
    admin_client: Client, template: EmailTemplate, recipient: Recipient
) -> None:
    EmailTemplate.objects.update(text=FAILS_FOR_ZOE)
    add = reverse("admin:django_celery_beat_periodictask_add") + "?job=envoi_email"
    form = {"destinataire_id": recipient.pk, "modele_id": template.pk, "schedule-name": "Each day"}
    assert WHY in admin_client.post(add, form).content.decode()
    with pytest.raises(CommandError, match="cannot be read as a number"):
        call_command("launch", "envoi_email", f"destinataire_id={recipient.pk}")
    assert not Job.objects.exists()


def test_an_empty_form_is_greeted_with_no_error(admin_client: Client) -> None:
    preview = reverse("admin:backoffice_emailtemplate_preview")
    shown = admin_client.post(preview, {"subject": "", "text": "", "html": ""}).content.decode()
    assert "Write a subject and a text" in shown
    assert "empty" not in shown
    begun = admin_client.post(preview, {"subject": "Hello", "text": "", "html": ""}).content.decode()
    assert "Hello" in begun
    assert "empty" not in begun


def test_what_is_left_empty_is_said_once_as_it_is_saved(
    admin_client: Client, template: EmailTemplate
) -> None:
    typed = form_of(template, text="", subject=" {{ '' }} ")
    page = admin_client.post(change(template), typed).content.decode()
    assert page.count("This field is required.") == 1
    assert page.count("This is empty: write something here.") == 1


def test_the_default_template_cannot_be_deleted(admin_client: Client, template: EmailTemplate) -> None:
    delete = reverse("admin:backoffice_emailtemplate_delete", args=[template.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": template.pk, "post": "yes"}
    admin_client.post(reverse("admin:backoffice_emailtemplate_changelist"), action)
    assert EmailTemplate.objects.filter(pk=template.pk).exists()


def add_recipient(client: Client, email: str) -> str:
    answer = client.post(reverse("admin:backoffice_recipient_add"), {"email": email, "language": "en"})
    return answer.content.decode()


def test_a_recipients_address_is_one_whatever_its_capitals(
    admin_client: Client, recipient: Recipient
) -> None:
    page = add_recipient(admin_client, "ZOE@example.org")
    assert page.count("There is a recipient with this address already") == 1
    existing = reverse("admin:backoffice_recipient_change", args=[recipient.pk])
    assert re.search(rf'already: <a href="{existing}"[^>]*>Zoé Ångström &lt;zoe@example.org&gt;</a>', page)


def test_a_recipient_may_be_saved_as_it_is(admin_client: Client, recipient: Recipient) -> None:
    change = reverse("admin:backoffice_recipient_change", args=[recipient.pk])
    assert admin_client.post(change, {"email": "Zoe@example.org", "language": "en"}).status_code == 302


def test_an_accent_in_an_address_is_named(admin_client: Client, db: None) -> None:
    assert "Accents before the @ are not accepted" in add_recipient(admin_client, "zoé@example.org")
    assert not Recipient.objects.exists()
