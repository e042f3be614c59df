"""Whether the sealed keys of second factors can be read, and sealing them anew under another key."""

from __future__ import annotations

from dataclasses import dataclass, field

from backoffice import encryption
from backoffice.models import AuthenticatorApp


@dataclass
class State:
    """How many are sealed under the first key, or were not; and whose none opens (user names)."""

    current: int = 0
    older: int = 0
    resealed: int = 0
    unreadable: list[str] = field(default_factory=list)


def state() -> State:
    """Raises NoKeys."""
    return _look(reseal=False)


def reseal_all() -> State:
    """Seal each under the first key, beside people who set theirs up meanwhile. Raises NoKeys."""
    return _look(reseal=True)


def _look(*, reseal: bool) -> State:
    encryption.require_keys()
    found = State()
    for app in AuthenticatorApp.objects.select_related("user").order_by("user__username"):
        if not _opens(app):
            found.unreadable.append(app.user.get_username())
        elif encryption.is_current(app.sealed_key):
            found.current += 1
        elif reseal:
            anew = encryption.reseal(app.sealed_key)
            same = AuthenticatorApp.objects.filter(pk=app.pk, sealed_key=app.sealed_key)
            found.resealed += same.update(sealed_key=anew)
        else:
            found.older += 1
    return found


def _opens(app: AuthenticatorApp) -> bool:
    try:
        return bool(app.bin_key)
    except encryption.WrongKeys:
        return False
