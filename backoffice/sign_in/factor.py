"""The second factor: a code from an app (TOTP), or one of ten recovery codes.

A code of the app works once, within a step (30 s) of its time, and each wrong one doubles the time until the
next is looked at: that is django-otp's, over a device of ours whose key is sealed (AuthenticatorApp).
Recovery codes are ours, because django-otp would keep them as they are written; they share its throttle.

A key that waits for its first code lies in the session of its set-up, sealed, for ten minutes: who has the
password and another session never sees it.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_bytes, token_hex
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, get_user_model
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice.encryption import CannotUnseal, NoKeys, WrongKeys, seal, unseal
from backoffice.models import AuthenticatorApp, GroupPolicy, RecoveryCode
from backoffice.models.access import TOTP_DIGITS, step_of

RECOVERY_CODES = 10
# 80 bits: nobody guesses one from its digest, so a slow hash would protect nothing more.
RECOVERY_BYTES = 10
KEY_BYTES = 20  # of SHA-1, as apps expect it (RFC 4226, 4)
# How long a key waits for its first code, and under which name in the session.
SET_UP_LASTS = timedelta(minutes=10)
WAITING = "second_factor_key"
# Its provider asked for whatever factors it asks for.
SSO_BACKEND = "backoffice.sign_in.sso.SingleSignOn"
# Of users: who has a second factor, or is made to set one up. The version before keeps them in django-otp's
# table, and may still run while ours does.
HAS = Q(authenticatorapp__confirmed=True) | Q(totpdevice__confirmed=True)
HAS_OR_MUST = HAS | Q(groups__policy__second_factor=True)


# --- Whether somebody needs one ----------------------------------------------------------------


def is_wanting(request: HttpRequest) -> bool:
    """Whether who signed in has yet to show a second factor, or to set one up; asked with the person."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(user, "otp_device", None) is not None:
        return False
    session = getattr(request, "session", {})
    if session.get(BACKEND_SESSION_KEY) == SSO_BACKEND:
        return False
    if not hasattr(user, "factor_wanting"):
        user.factor_wanting = get_user_model()._default_manager.filter(HAS_OR_MUST, pk=user.pk).exists()
    return bool(user.factor_wanting)


def must_have(user: Any) -> bool:
    """Whether a group of theirs asks for it."""
    return GroupPolicy.objects.filter(group__user=user, second_factor=True).exists()


def superusers_by_password_alone() -> list[Any]:
    """Who may do everything after no more than a password, and is not made to set up more."""
    if not settings.PASSWORD_SIGN_IN:
        return []
    users: Any = get_user_model()._default_manager
    everyone = users.filter(is_superuser=True, is_active=True)
    alone = everyone.exclude(pk__in=everyone.filter(HAS_OR_MUST).values("pk")).order_by("username")
    return [user for user in alone if user.has_usable_password()]


def device_of(user: Any) -> Any | None:
    """The device (an AuthenticatorApp) that gives this person's codes; None before one is set up."""
    device = AuthenticatorApp.objects.filter(user=user, confirmed=True).first()
    try:
        return device or _taken_over(user)
    except NoKeys:  # it is asked for all the same, and the page of its set-up says what is missing
        return None


def _taken_over(user: Any) -> Any | None:
    """What the version before set up after the migration that took over all there was; None for nothing.

    As that migration does: the key is sealed here, and nobody knows the one that stays there. Raises NoKeys.
    """
    if not TOTPDevice.objects.filter(user=user, confirmed=True).exists():
        return None
    with transaction.atomic():
        get_user_model()._default_manager.select_for_update().get(pk=user.pk)
        there = AuthenticatorApp.objects.filter(user=user, confirmed=True).first()
        old = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()
        if there or old is None:
            return there
        device = AuthenticatorApp(user=user, name=old.name, drift=old.drift, last_t=old.last_t)
        device.bin_key = old.bin_key
        device.save()
        TOTPDevice.objects.filter(pk=old.pk).update(key=token_hex(KEY_BYTES))
        return device


# --- Setting it up -----------------------------------------------------------------------------


def begin(session: Any) -> bytes:
    """The key that waits in this session for its first code; a fresh one where none does. Raises NoKeys."""
    key = waiting_key(session)
    if key is None:
        key = token_bytes(KEY_BYTES)
        session[WAITING] = seal(key, _use(session))
    return key


def waiting_key(session: Any) -> bytes | None:
    """None where no set-up was begun in this session, or its ten minutes are over. Raises NoKeys."""
    try:
        return unseal(session.get(WAITING, ""), _use(session), within=SET_UP_LASTS)
    except WrongKeys:
        session.pop(WAITING, None)
        return None


@transaction.atomic
def confirm(user: Any, session: Any, code: str) -> tuple[Any, list[str]] | None:
    """Take the waiting key into use by its first code: (device, recovery codes).

    None for a wrong code, and where another session was first. Raises NoKeys.
    """
    key = waiting_key(session)
    step = step_of(_tidy(code), key) if key else None
    # One at a time for each person: whoever comes second finds the device of the first.
    get_user_model()._default_manager.select_for_update().get(pk=user.pk)
    if key is None or step is None or device_of(user):
        return None
    device = AuthenticatorApp(user=user, name="app")
    device.bin_key = key
    device.last_t, device.drift = step
    device.save()
    del session[WAITING]
    return device, new_codes(user)


def address_of(user: Any, key: bytes) -> str:
    """What an app reads from the picture (otpauth:, Google Authenticator's "Key URI Format")."""
    issuer = settings.COMPANY_NAME.replace(":", "")
    name = quote(f"{issuer}:{user.get_username()}")
    return f"otpauth://totp/{name}?" + urlencode(
        {"secret": written_key(key), "issuer": issuer}, quote_via=quote
    )


def written_key(key: bytes) -> str:
    return b32encode(key).decode()


def _use(session: Any) -> str:
    return f"set-up in {session.session_key}"


@transaction.atomic
def new_codes(user: Any) -> list[str]:
    """Ten fresh recovery codes, the only time anybody sees them; those from before work no more."""
    codes = [_written(b32encode(token_bytes(RECOVERY_BYTES)).decode()) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in codes)
    return codes


def codes_left(user: Any) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


@transaction.atomic
def reset(user: Any) -> bool:
    """Forget device and codes: the person signs in without, or sets one up anew where a group asks for it."""
    RecoveryCode.objects.filter(user=user).delete()
    TOTPDevice.objects.filter(
        user=user
    ).delete()  # of before the keys were sealed: sessions may still name it
    removed: int = AuthenticatorApp.objects.filter(user=user).delete()[0]
    return removed > 0


# --- Checking a code ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """`device` where the code was right; else why not, where there is more to say than that it was wrong."""

    device: Any | None = None
    recovered: bool = False  # by a recovery code
    wait_until: datetime | None = None  # no code is looked at before then
    unreadable: CannotUnseal | None = None  # no code of the app can be checked, whatever it is


@transaction.atomic
def check(user: Any, code: str) -> Answer:
    """Look at a code of either kind. It is used up where it was right."""
    device = AuthenticatorApp.objects.select_for_update().filter(user=user, confirmed=True).first()
    if device is None:
        return Answer()
    allowed, reason = device.verify_is_allowed()
    if not allowed:
        return Answer(wait_until=reason["locked_until"])
    given = _tidy(code)
    recovered = len(given) != TOTP_DIGITS
    try:
        right = _recovers(device, given) if recovered else device.verify_token(given)
    except CannotUnseal as error:
        return Answer(unreadable=error)
    if right:
        return Answer(device, recovered)
    return Answer(wait_until=device.verify_is_allowed()[1]["locked_until"])


def _recovers(device: AuthenticatorApp, code: str) -> bool:
    right = _use_up(device.user, code)
    if right:
        device.throttle_reset()
    else:
        device.throttle_increment()
    return right


def _use_up(user: Any, code: str) -> bool:
    unused = RecoveryCode.objects.filter(user=user, digest=_digest(code), used_at=None)
    return unused.update(used_at=timezone.now()) == 1


def _tidy(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()


def _digest(code: str) -> str:
    return sha256(_tidy(code).encode()).hexdigest()


def _written(code: str) -> str:
    """In groups of four, as people copy them."""
    return "-".join(groups_of_four(code))


def groups_of_four(text: str) -> Iterable[str]:
    return (text[start : start + 4] for start in range(0, len(text), 4))
