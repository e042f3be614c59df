"""Secrets that the database keeps are sealed: under keys which stand in the environment, never beside them.

Fernet (AES in CBC mode, HMAC-SHA256, the time of sealing) by `cryptography`. The first key of
FIELD_ENCRYPTION_KEYS seals, each of them opens, so that a new one is put before an old one and
`manage.py reencrypt` takes the old one out of use. Without a key that fits nothing is opened: whoever asks
gets an error, never a default.
"""

from __future__ import annotations

from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from tasks_app.errors import CodedError
from tasks_app.notices import declare

NEW_KEY_COMMAND = "openssl rand -base64 32"
_BETWEEN = b"\0"  # whom a secret is for, and the secret


class CannotUnseal(CodedError):
    """A sealed secret that cannot be opened. str() says why, and what to do, to who runs the installation."""


class NoKeys(CannotUnseal):
    """There are no keys at all."""

    own = declare(
        "encryption.no_keys",
        format_lazy(
            _(
                "FIELD_ENCRYPTION_KEYS is empty: "
                "set it to the key of this installation (a new one: {command})."
            ),
            command=NEW_KEY_COMMAND,
        ),
        hint=_("Tell whoever runs this installation."),
    )


class WrongKeys(CannotUnseal):
    """None of the keys fits, it was sealed for another use, or its time is over."""

    own = declare(
        "encryption.wrong_keys",
        _("No key of FIELD_ENCRYPTION_KEYS fits: put the one that was used before behind the first."),
        hint=_("Tell whoever runs this installation."),
    )


def seal(secret: bytes, use: str) -> str:
    """The secret sealed for one use, such as "second factor of 7". Raises NoKeys."""
    return _keys().encrypt(use.encode() + _BETWEEN + secret).decode()


def unseal(sealed: str, use: str, *, within: timedelta | None = None) -> bytes:
    """The secret, where it was sealed for this use (and no longer ago than `within`).

    Raises NoKeys or WrongKeys. Moved to another row it opens as little as with a wrong key.
    """
    seconds = None if within is None else int(within.total_seconds())
    try:
        opened = _keys().decrypt(sealed.encode(), seconds)
    except InvalidToken as error:
        raise WrongKeys from error
    for_use, _between, secret = opened.partition(_BETWEEN)
    if for_use != use.encode():
        raise WrongKeys
    return secret


def require_keys() -> None:
    """Raises NoKeys where there are none."""
    _keys()


def is_current(sealed: str) -> bool:
    """Whether it is sealed under the first key. Raises NoKeys."""
    require_keys()
    try:
        Fernet(settings.FIELD_ENCRYPTION_KEYS[0]).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def reseal(sealed: str) -> str:
    """The same secret under the first key. Raises NoKeys or WrongKeys."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken as error:
        raise WrongKeys from error


def _keys() -> MultiFernet:
    if not settings.FIELD_ENCRYPTION_KEYS:
        raise NoKeys
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])
