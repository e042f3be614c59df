"""The first superuser is made by a command, once, and never with a password that anybody could guess."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from tests.sign_in.conftest import PASSWORD, may_work, sign_in

pytestmark = pytest.mark.django_db
ADA = "ada@example.org"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("FIRST_SUPERUSER_PASSWORD", PASSWORD)
    return monkeypatch


def test_it_signs_in_and_may_do_everything(typed: pytest.MonkeyPatch) -> None:
    call_command("first_superuser", ADA)
    client = Client()
    sign_in(client, ADA)
    assert may_work(client)
    assert User.objects.get().is_superuser
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_repr) == (ADA, ADA)
    assert entry.get_change_message().startswith("Made the first superuser.")


def test_where_there_is_one_it_refuses(typed: pytest.MonkeyPatch) -> None:
    call_command("first_superuser", ADA)
    with pytest.raises(CommandError, match="There is a superuser already"):
        call_command("first_superuser", "eve@example.org")
    assert User.objects.count() == 1


@pytest.mark.parametrize(("email", "password"), [(ADA, "password"), (ADA, ""), ("ada", PASSWORD)])
def test_a_weak_password_or_no_address_is_refused(
    email: str, password: str, typed: pytest.MonkeyPatch
) -> None:
    typed.setenv("FIRST_SUPERUSER_PASSWORD", password)
    with pytest.raises(CommandError):
        call_command("first_superuser", email)
    assert not User.objects.exists()
