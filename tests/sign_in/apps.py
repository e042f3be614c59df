"""The app on somebody's phone."""

from __future__ import annotations

import time
from base64 import b32decode
from secrets import token_bytes
from typing import Any

from django_otp.oath import TOTP

from backoffice.models import AuthenticatorApp


def an_app(user: Any) -> AuthenticatorApp:
    """Their second factor, taken into use."""
    app = AuthenticatorApp(user=user, name="app")
    app.bin_key = token_bytes(20)
    app.save()
    return app


def code_of(app: AuthenticatorApp | bytes, steps: int = 0) -> str:
    """What it shows now, or that many steps of 30 s later."""
    totp = TOTP(app if isinstance(app, bytes) else app.bin_key)
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06d}"


def scanned(page: str) -> bytes:
    """The key that the page of a set-up shows."""
    written = page.split('<code class="bo-key">')[1].split("</code>")[0].replace(" ", "")
    return b32decode(written)
