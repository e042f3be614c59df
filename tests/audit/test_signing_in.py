"""What people do to their own way in leaves an entry: passwords, second factors."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from tests.sign_in.apps import code_of, scanned
from tests.sign_in.conftest import PASSWORD, sam, sign_in  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NEW = {"new_password1": f"new-{PASSWORD}", "new_password2": f"new-{PASSWORD}"}


def told() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]


def test_a_password_that_somebody_changes(sam: User) -> None:  # noqa: F811
    client = Client()
    sign_in(client, sam.username)
    client.post(reverse("admin:password_change"), {"old_password": "wrong", **NEW})
    assert told() == []
    client.post(reverse("admin:password_change"), {"old_password": PASSWORD, **NEW})
    assert told() == ["Changed their password."]
    assert LogEntry.objects.get().user == sam


def test_a_password_that_somebody_chooses_by_a_link(sam: User) -> None:  # noqa: F811
    client, uid = Client(), urlsafe_base64_encode(force_bytes(sam.pk))
    link = reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(sam)])
    page = client.get(link)
    client.post(page["Location"], {"new_password1": "short", "new_password2": "other"})
    assert told() == []
    client.post(page["Location"], NEW)
    assert told() == ["Chose a new password, by a link that was sent."]
    assert LogEntry.objects.get().object_id == str(sam.pk)


def test_a_second_factor_that_is_set_up_renewed_and_switched_off(sam: User) -> None:  # noqa: F811
    """second_factor_set_up, second_factor_new_codes, second_factor_off; second_factor_verify is a part of
    signing in, which has a table of its own."""
    client = Client()
    sign_in(client, sam.username)
    key = scanned(client.get(reverse("second_factor_set_up")).content.decode())
    client.post(reverse("second_factor_set_up"), {"code": code_of(key)})
    for step, name in enumerate(("second_factor_new_codes", "second_factor_off"), start=1):
        page = client.get(reverse(name)).content.decode()
        fields = dict.fromkeys(re.findall(r'name="(code|password)"', page), "")
        given = {"code": code_of(key, step), "password": PASSWORD}
        client.post(reverse(name), {name: given[name] for name in fields} | {"confirmed": "yes"})
    assert told() == [
        "Set up their second factor.",
        "Made new recovery codes.",
        "Switched off their second factor.",
    ]
