"""Templates and recipients in the admin: checked as they are saved, previewed as they are typed."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.models import EmailTemplate, Recipient


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
        ({"variables-0-value": ""}, "Without a sample"),
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


def test_the_preview_shows_what_is_typed_with_its_samples(
    admin_client: Client, template: EmailTemplate
) -> None:
    typed = form_of(template, html="<i>{{ code }}</i>", **{"variables-0-sample": "a sample"})
    shown = admin_client.post(reverse("admin:backoffice_emailtemplate_preview"), typed).content.decode()
    assert 'srcdoc="&lt;i&gt;a sample&lt;/i&gt;"' in shown
    assert 'sandbox=""' in shown


def test_the_preview_names_the_part_that_is_wrong(admin_client: Client, template: EmailTemplate) -> None:
    typed = form_of(template, subject="{{ nobody }}")
    shown = admin_client.post(reverse("admin:backoffice_emailtemplate_preview"), typed).content.decode()
    assert "Subject</strong>" in shown
    assert "“nobody” is unknown" in shown


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
