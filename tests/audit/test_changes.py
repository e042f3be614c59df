"""An edit says each field that changed, from what to what, in the reader's language; never a secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from backoffice.models import EmailTemplate, Recipient
from tasks_app.audit.changes import SAID_UP_TO, of_fields, of_form
from tasks_app.audit.entries import said

PASSWORD = "correct horse battery staple"


@pytest.fixture
def client(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("superuser")


def last() -> str:
    return LogEntry.objects.latest("pk").get_change_message()


def in_french() -> str:
    with override("fr"):
        return last().replace("\xa0", " ")


def edit(client: Client, row: Any, **data: Any) -> None:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    answer = client.post(reverse(name, args=[row.pk]), data)
    assert answer.status_code == 302, answer.context["errors"]


@pytest.mark.django_db
class TestOnPages:
    def test_a_recipient_from_what_to_what(self, client: Client) -> None:
        lea = Recipient.objects.create(email="lea@example.org", name="Lea", language="en")
        edit(client, lea, email="lea@example.org", name="Léa Example", language="fr", company="", active="")
        assert last() == "Changed. Name: Lea → Léa Example. Language: English → French. Active: Yes → No."
        french = in_french()
        assert "Léa Example" in french
        for english in ("Changed", "Name", "Language", "Active", "Yes"):
            assert english not in french

    def test_saving_without_a_change_says_so(self, client: Client) -> None:
        lea = Recipient.objects.create(email="lea@example.org", name="Lea", language="en")
        edit(client, lea, email="lea@example.org", name="Lea", language="en", company="", active="on")
        assert last() == "Saved without a change."

    def test_what_is_added_is_added(self, client: Client) -> None:
        client.post(reverse("admin:auth_group_add"), {"name": "Night shift"})
        assert last() == "Added."
        assert "Added" not in in_french()

    def test_rights_that_a_group_gains_and_loses_are_named(self, client: Client) -> None:
        group = Group.objects.create(name="Night shift")
        edit(client, group, name="Night shift", rights=["see-jobs"])
        assert "What its members may do: " in last()
        assert last().endswith(" added.")
        edit(client, group, name="Day shift", rights=["rerun"])
        assert "Name: Night shift → Day shift." in last()
        assert " added." in last()
        assert " removed." in last()

    def test_groups_that_a_user_gains_are_named(self, client: Client, person: Callable[[str], User]) -> None:
        staff, night = person("Staff"), Group.objects.create(name="Night shift")
        joined = [*staff.groups.values_list("pk", flat=True), night.pk]
        edit(client, staff, username=staff.username, first_name="Alex", last_name="Staff",
             email=staff.email, is_active="on", groups=joined)  # fmt: skip
        assert last().endswith("Night shift added.")
        assert "Staff" not in last()

    def test_a_password_is_never_said(self, client: Client, person: Callable[[str], User]) -> None:
        url = reverse("admin:auth_user_password_change", args=[person("Staff").pk])
        sent = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
        assert client.post(url, sent).status_code == 302
        assert last() == "Changed. Password."
        kept = LogEntry.objects.latest("pk").change_message
        assert PASSWORD not in kept
        assert "pbkdf2" not in kept

    def test_a_template_s_text_is_named_and_not_quoted_and_its_variables_are_said(
        self, client: Client
    ) -> None:
        template = EmailTemplate.objects.create(slug="a", name="A", subject="Hello", text="Hello {{ code }}.")
        variable = template.variables.create(name="code", value="1")
        edit(client, template, **{
            "name": "A", "active": "on", "subject": "Good day", "html": "", "text": "L {{ code }}\nand more.",
            "variables-TOTAL_FORMS": "1", "variables-INITIAL_FORMS": "1", "variables-0-id": variable.pk,
            "variables-0-template": template.pk, "variables-0-name": "code", "variables-0-value": "2",
            "variables-0-sample": "",
        })  # fmt: skip
        assert last() == ("Changed. Subject: Hello → Good day. Text. Changed variable “code”. Value: 1 → 2.")


# --- Values, whatever the form --------------------------------------------------------------------


class AnyForm(forms.Form):
    text = forms.CharField(label="Text", required=False)
    number = forms.IntegerField(label="Number", required=False)
    day = forms.DateField(label="Day", required=False)
    clock = forms.TimeField(label="Clock", required=False)
    moment = forms.DateTimeField(label="Moment", required=False)
    choice = forms.ChoiceField(
        label="Choice", choices=[("a", _("Yes")), ("G", [("b", "Bee")])], required=False
    )
    choices = forms.MultipleChoiceField(
        label="Choices", choices=[("a", "Ay"), ("b", "Bee"), ("c", "Sea")], required=False
    )
    hidden = forms.CharField(label="Hidden", widget=forms.PasswordInput, required=False)
    api_key = forms.CharField(label="Key", required=False)
    declared = forms.CharField(label="Declared", required=False)


def changed(initial: dict[str, Any], **data: Any) -> list[str]:
    form = AnyForm(data, initial=initial)
    assert form.is_valid(), form.errors
    return [str(one) for one in of_fields(form, secret=["declared"])]


@pytest.mark.parametrize(
    ("initial", "data", "sentence"),
    [
        ({"text": "a"}, {"text": ""}, "Text: a → –."),
        ({}, {"text": "<b>é%s%(x)s</b>"}, "Text: – → <b>é%s%(x)s</b>."),
        ({"text": "a"}, {"text": "x" * (SAID_UP_TO + 1)}, "Text."),
        ({"text": "one\ntwo"}, {"text": "one"}, "Text."),
        ({"number": 1}, {"number": "0"}, "Number: 1 → 0."),
        ({"day": date(2026, 3, 1)}, {"day": "2026-04-02"}, "Day: 1 March 2026 → 2 April 2026."),
        ({"clock": time(8, 10)}, {"clock": "09:05"}, "Clock: 08:10 → 09:05."),
        ({"clock": "08:10"}, {"clock": "09:05"}, "Clock: 08:10 → 09:05."),
        ({"choice": "a"}, {"choice": "b"}, "Choice: Yes → Bee."),
        ({"choice": "gone"}, {"choice": "a"}, "Choice: gone → Yes."),
        ({"hidden": "old"}, {"hidden": "n3w"}, "Hidden."),
        ({"api_key": "old"}, {"api_key": "n3w"}, "Key."),
        ({"declared": "old"}, {"declared": "n3w"}, "Declared."),
    ],
)
def test_a_value_is_said_where_it_is_short_and_no_secret(
    initial: dict[str, Any], data: dict[str, Any], sentence: str
) -> None:
    assert changed(initial, **data) == [sentence]


def test_of_many_choices_those_that_came_and_went_are_said() -> None:
    assert changed({"choices": ["a", "b"]}, choices=["b", "c"]) == [
        "Choices: Sea added.",
        "Choices: Ay removed.",
    ]


def test_a_moment_is_said_in_the_reader_s_way() -> None:
    [sentence] = changed({"moment": None}, moment=datetime(2026, 3, 1, 8, 10))  # noqa: DTZ001 - as it is typed
    assert "1 Mar 2026, 08:10:00" in sentence


def test_yes_and_choices_are_kept_in_each_language() -> None:
    form = AnyForm({"choice": "a"}, initial={"choice": "b"})
    assert form.is_valid()
    [one] = of_fields(form)
    with override("fr"):
        assert str(one).replace("\xa0", " ") == "Choice : Bee → Oui."


def test_nothing_that_changed_is_kept_as_json_that_names_no_secret() -> None:
    form = AnyForm({"api_key": "n3w", "text": "b"}, initial={"api_key": "0ld", "text": "a"})
    assert form.is_valid()
    kept = json.dumps([dict(one.params) for one in of_form(form, None, add=False)])
    assert "n3w" not in kept
    assert "0ld" not in kept


# --- What stands there from before ----------------------------------------------------------------


def test_django_s_own_entries_name_fields_in_the_reader_s_language() -> None:
    """Django keeps "Email address", and the catalogue has "email address"."""
    old = json.dumps([{"changed": {"fields": ["Email address", "Name"]}}])
    with override("en"):
        assert said(old) == "Changed Email address and Name."
    with override("fr"):
        french = said(old)
    assert "Email address" not in french
    assert "Nom" in french


@pytest.mark.parametrize(
    "stored",
    ["", "[]", "[{}]", "[1]", "[", '[{"changed": 3}]', '[{"changed": {"fields": 3}}]', '[{"notice": {}}]',
     "{}", '[{"changed": {"fields": [null, 3]}}]', "\u2028[", '["changed"]'],
)  # fmt: skip
def test_whatever_stands_in_the_column_breaks_no_page(stored: str, db: None, admin_user: User) -> None:
    entry = LogEntry.objects.create(
        user=admin_user, content_type=ContentType.objects.get_for_model(Group), object_id="1",
        object_repr="x", action_flag=CHANGE, change_message=stored,
    )  # fmt: skip
    client = Client()
    client.force_login(admin_user)
    assert client.get(reverse("admin:admin_logentry_changelist")).status_code == 200
    assert client.get(reverse("admin:admin_logentry_change", args=[entry.pk])).status_code == 200
