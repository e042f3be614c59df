"""A job with a secret argument. Its errors quote it, as libraries do."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django import forms

from tasks_app.catalogue import job


class ConnectForm(forms.Form):
    host = forms.CharField()
    password = forms.CharField(widget=forms.PasswordInput)
    gate = forms.CharField()


class Refused(Exception):
    """A library's error that says with what it was called."""


@job(label="Connect", form=ConnectForm, secret=["password"], listed=False, max_retries=1)
def connect(self: Any, host: str, password: str, gate: str) -> str:
    """Wait for the file `gate`, whose words say what comes of it: "let in", "refuse" or "once more"."""
    while not Path(gate).exists():
        time.sleep(0.05)
    answer = Path(gate).read_text()
    if answer == "once more" and self.request.retries == 0:
        raise self.retry(exc=Refused(f"{host} refused {password!r}"), countdown=0)
    if answer != "let in":
        raise Refused(f"{host} refused {password!r}", {"tried": [password]})
    return f"connected to {host}"
