"""Signed links to opt out: nothing is stored for them, and a change of SECRET_KEY leaves them valid.

They are signed by SECRET_KEY; what SECRET_KEY_FALLBACKS lists opens them too, so an old key stays there for
as long as links live.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from backoffice.opting_out.causes import ForgedLink, NotReachable, OldLink
from backoffice.opting_out.purposes import Purpose, purpose_of

PATH = "u/"  # below PUBLIC_URL: a proxy may open it alone
LIVES = timedelta(days=731)  # two years, a leap day among them
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_IN_HEADER = re.compile(rf"/{PATH}(?P<token>[^/>]+)>")
LONGEST = 500  # characters of a token: what is longer is none of ours


def is_reachable() -> bool:
    """Whether people outside can open our links."""
    return bool(settings.PUBLIC_URL)


def token_for(purpose: Purpose, key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of a link")
    return _signer().sign(f"{purpose.code}.{key}")


def link_for(purpose: Purpose, key: str) -> str:
    """Raises NotReachable."""
    if not is_reachable():
        raise NotReachable
    return urljoin(settings.PUBLIC_URL.rstrip("/") + "/", PATH + token_for(purpose, key))


def headers_for(purpose: Purpose, key: str) -> dict[str, str]:
    """Of an email: by them mail programs offer to unsubscribe in one click. Raises NotReachable."""
    return {
        "List-Unsubscribe": f"<{link_for(purpose, key)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def opened(token: str) -> tuple[Purpose, str]:
    """What a link is for, and its key; raises ForgedLink or OldLink."""
    if len(token) > LONGEST:
        raise ForgedLink
    try:
        code, _dot, key = _signer().unsign(token, max_age=LIVES).partition(".")
    except SignatureExpired as error:
        raise OldLink from error
    except (BadSignature, ValueError) as error:
        raise ForgedLink from error
    purpose = purpose_of(code)
    if purpose is None or not key:
        raise ForgedLink
    return purpose, key


def has_opted_out(headers: Mapping[str, str]) -> bool:
    """Whether who gets an email with these headers said since that they want no more of its kind."""
    found = _IN_HEADER.search(headers.get("List-Unsubscribe", ""))
    if found is None:
        return False
    try:
        purpose, key = opened(found["token"])
    except (ForgedLink, OldLink):
        return False
    offer = purpose.find(key)
    return offer is not None and offer.is_out


def _signer() -> TimestampSigner:
    """Made anew: a signer keeps the keys that it was made with.

    It parts by a dot, which no address has to escape: mail programs cut links at stranger signs.
    """
    return TimestampSigner(salt="backoffice.opting_out", sep=".")
