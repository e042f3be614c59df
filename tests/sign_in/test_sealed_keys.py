"""Keys of second factors lie sealed: under keys of the environment, which can change, and go missing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from importlib import import_module
from io import StringIO
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_otp import devices_for_user
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice import encryption
from backoffice.backup.folder import Manifest
from backoffice.backup.restoring import Restored
from backoffice.health import encryption_keys
from backoffice.models import AuthenticatorApp
from backoffice.sign_in import factor
from tasks_app.monitor.health.checks import Level
from tests.health.conftest import one
from tests.sign_in.apps import an_app, code_of
from tests.sign_in.conftest import may_work, sign_in

pytestmark = pytest.mark.django_db


def a_key() -> str:
    return b64encode(token_bytes(32)).decode()


@pytest.fixture
def phone(sam: User) -> AuthenticatorApp:
    return an_app(sam)


def with_a_code(user: User, code: str) -> Client:
    """A browser after the right password and this code."""
    client = Client()
    sign_in(client, user.username)
    client.post(reverse("second_factor_verify"), {"code": code})
    return client


# --- At rest -----------------------------------------------------------------------------------


def test_no_column_of_the_database_holds_a_key_as_it_is(phone: AuthenticatorApp) -> None:
    key = phone.bin_key
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM backoffice_authenticatorapp")
        stored = str(cursor.fetchall())
    written = factor.written_key(key)
    assert not any(spelling in stored for spelling in (key.hex(), written, b64encode(key).decode()))


def test_a_sealed_key_opens_for_its_own_person_alone(
    phone: AuthenticatorApp, person: Callable[[str], User]
) -> None:
    """Who can write into the table cannot put their own key into another's row."""
    other = an_app(person("Staff"))
    AuthenticatorApp.objects.filter(pk=phone.pk).update(sealed_key=other.sealed_key)
    assert not may_work(with_a_code(phone.user, code_of(other)))
    assert factor.check(phone.user, code_of(other)).unreadable


def test_django_otp_finds_the_device_and_the_session_is_verified(phone: AuthenticatorApp) -> None:
    assert list(devices_for_user(phone.user)) == [phone]
    client = with_a_code(phone.user, code_of(phone))
    user = client.get(reverse("second_factor")).wsgi_request.user
    assert user.is_verified()
    assert user.otp_device == phone


# --- Another key ---------------------------------------------------------------------------------


def test_the_first_key_seals_and_all_open(phone: AuthenticatorApp, settings: Any) -> None:
    key, [old] = phone.bin_key, settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [a_key(), old]
    assert phone.bin_key == key
    assert not encryption.is_current(phone.sealed_key)
    assert encryption.is_current(encryption.seal(b"secret", "use"))
    assert one(encryption_keys).level is Level.DEGRADED
    said = StringIO()
    call_command("reencrypt", stdout=said)
    assert "anew under the first key: 1." in said.getvalue()
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    phone.refresh_from_db()
    assert phone.bin_key == key
    assert may_work(with_a_code(phone.user, code_of(phone)))
    assert one(encryption_keys).level is Level.OK
    said = StringIO()
    call_command("reencrypt", stdout=said)
    assert "anew under the first key: 0. Were so already: 1." in said.getvalue()


def test_one_that_no_key_opens_is_named_and_the_others_are_sealed_anew(
    phone: AuthenticatorApp, person: Callable[[str], User], settings: Any
) -> None:
    [old] = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [a_key()]
    lost = an_app(person("Staff"))
    settings.FIELD_ENCRYPTION_KEYS = [a_key(), old]
    with pytest.raises(CommandError, match=rf"opens those of: {lost.user.username}\."):
        call_command("reencrypt", stdout=StringIO())
    phone.refresh_from_db()
    assert encryption.is_current(phone.sealed_key)


# --- No key, or a wrong one ----------------------------------------------------------------------


@pytest.mark.parametrize("keys", [[], ["another"]], ids=["missing", "wrong"])
def test_without_the_key_nobody_passes_and_everybody_is_told(
    keys: list[str], phone: AuthenticatorApp, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    code, spare = code_of(phone), factor.new_codes(phone.user)[0]
    settings.FIELD_ENCRYPTION_KEYS = [a_key() for _one in keys]
    client = Client()
    sign_in(client, phone.user.username)
    page = client.post(reverse("second_factor_verify"), {"code": code}).content.decode()
    assert "Codes of the app cannot be checked now" in page
    assert not may_work(client)
    assert "FIELD_ENCRYPTION_KEYS" in caplog.text
    assert client.get(reverse("second_factor_set_up")).status_code == 302, "nobody sets up another one"
    assert factor.device_of(phone.user) == phone
    phone.refresh_from_db()
    assert phone.throttling_failure_count == 0, "it is no fault of theirs"
    found = one(encryption_keys)
    assert found.level is Level.FAILED
    assert "FIELD_ENCRYPTION_KEYS" in found.sentence + found.remedy
    with pytest.raises(SystemCheckError, match="FIELD_ENCRYPTION_KEYS"):
        call_command("check", deploy=True, tags=["security"], fail_level="ERROR")
    assert may_work(with_a_code(phone.user, spare)), "a recovery code needs no key"


def test_without_a_key_nobody_sets_a_second_factor_up(sam: User, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = []
    client = Client()
    sign_in(client, sam.username)
    for answer in (
        client.get(reverse("second_factor_set_up")),
        client.post(reverse("second_factor_set_up"), {"code": "123456"}),
    ):
        assert answer.status_code == 503
        assert "cannot be set up now" in answer.content.decode()
    assert not AuthenticatorApp.objects.exists()


@pytest.mark.parametrize("keys", [[], ["another"]], ids=["missing", "wrong"])
def test_a_backup_that_is_restored_without_the_key_says_so(
    keys: list[str], phone: AuthenticatorApp, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    manifest = Manifest("0.3.0", "2026-11-29T03:00:00", connection.vendor, "", [], {})
    done = Restored(manifest, waiting=0, running=0, unknown=0, queued=0)
    monkeypatch.setattr("backoffice.management.commands.restore.restore", lambda *_args, **_options: done)
    said = StringIO()
    call_command("restore", str(tmp_path), stdout=StringIO(), stderr=said)
    assert said.getvalue() == ""
    settings.FIELD_ENCRYPTION_KEYS = [a_key() for _one in keys]
    call_command("restore", str(tmp_path), stdout=StringIO(), stderr=said)
    assert "FIELD_ENCRYPTION_KEYS" in said.getvalue()


# --- What stood there before -----------------------------------------------------------------------

MOVE = import_module("backoffice.migrations.0011_sealed_totp_keys")


def test_keys_of_the_version_before_are_sealed_and_their_old_rows_ask_for_codes_nobody_has(sam: User) -> None:
    old = TOTPDevice.objects.create(user=sam, name="app", drift=1, last_t=7, throttling_failure_count=2)
    TOTPDevice.objects.create(user=sam, name="app", confirmed=False)
    MOVE.seal_keys(apps, None)
    app = AuthenticatorApp.objects.get()
    assert (app.user, app.bin_key, app.drift, app.last_t) == (sam, old.bin_key, 1, 7)
    assert app.throttling_failure_count == 2
    left = TOTPDevice.objects.get()
    assert (left.pk, left.confirmed) == (old.pk, True)
    assert left.key != old.key
    assert not left.verify_token(code_of(old.bin_key))
    MOVE.open_keys(apps, None)
    assert TOTPDevice.objects.get().bin_key == old.bin_key


def test_what_the_version_before_sets_up_after_the_move_is_taken_over(sam: User) -> None:
    MOVE.seal_keys(apps, None)
    old = TOTPDevice.objects.create(user=sam, name="app", drift=-1, last_t=7)
    client = Client()
    sign_in(client, sam.username)
    assert not may_work(client), "the password alone opens nothing"
    client.post(reverse("second_factor_verify"), {"code": code_of(old.bin_key)})
    assert may_work(client)
    app = AuthenticatorApp.objects.get()
    assert (app.user, app.bin_key) == (sam, old.bin_key)
    assert not TOTPDevice.objects.get().verify_token(code_of(old.bin_key, 1)), (
        "nobody knows the key that stays"
    )


def test_what_is_taken_over_counts_as_a_second_factor_before_its_owner_comes(sam: User) -> None:
    User.objects.filter(pk=sam.pk).update(is_superuser=True)
    assert factor.superusers_by_password_alone() == [sam]
    TOTPDevice.objects.create(user=sam, name="app")
    assert factor.superusers_by_password_alone() == []


def test_a_set_up_that_the_version_before_did_not_end_asks_for_nothing(sam: User) -> None:
    TOTPDevice.objects.create(user=sam, name="app", confirmed=False)
    client = Client()
    sign_in(client, sam.username)
    assert may_work(client)
    assert factor.device_of(sam) is None


def test_without_a_key_what_was_set_up_meanwhile_is_asked_for_all_the_same(sam: User, settings: Any) -> None:
    TOTPDevice.objects.create(user=sam, name="app")
    settings.FIELD_ENCRYPTION_KEYS = []
    client = Client()
    page = sign_in(client, sam.username, follow=True)
    assert page.status_code == 503
    assert not may_work(client)


def test_without_a_key_the_move_says_so_and_changes_nothing(sam: User, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = []
    MOVE.seal_keys(apps, None)
    old = TOTPDevice.objects.create(user=sam, name="app")
    with pytest.raises(CommandError, match="FIELD_ENCRYPTION_KEYS is empty"):
        MOVE.seal_keys(apps, None)
    assert TOTPDevice.objects.get().key == old.key
