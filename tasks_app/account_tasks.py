"""The jobs of links to a new password: one finds whose they are, one sends a link.

Apart from `tasks.py`, which has all other jobs, and found through it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from backoffice.emails import unsent
from backoffice.emails.repeated import sent_already
from backoffice.models import Message
from backoffice.sign_in import password_links
from tasks_app.catalogue import job
from tasks_app.email_task import send_security_mail, sending
from tasks_app.launching import launch
from tasks_app.models import Job


class FindAccountsForm(forms.Form):
    address = forms.CharField(label=_("Address"))


class PasswordLinkForm(forms.Form):
    user_id = forms.IntegerField(label=_("Person"))


@job(
    label=_("Answer “forgotten password”"),
    description=_("Finds the accounts of the address that was written there, and has each sent a link."),
    form=FindAccountsForm,
    secret=["address"],  # sealed besides: who asks may be nobody we know
    icon="password",
    queue="high",
    permission="auth.change_user",
    listed=False,
    rerun_note=_("Each account of that address is sent another link."),
)
def answer_forgotten_password(self: Any, address: str) -> dict[str, str]:
    opened = password_links.opened_address(address)
    self.mask(opened)
    for user in password_links.accounts_of(opened):
        launch(send_password_link.name, {"user_id": user.pk}, key=f"{self.request.id}:{user.pk}")
    return {"status": "ok"}


def launch_forgotten_password(address: str) -> Job:
    """The job of a request for a link, the same for every address. Raises encryption.NoKeys."""
    return launch(answer_forgotten_password.name, {"address": password_links.sealed_address(address)})


@job(
    label=_("Send a password link"),
    description=_("One email with a link to choose a new password. Its text is kept nowhere."),
    form=PasswordLinkForm,
    icon="lock_reset",
    queue="high",
    permission="auth.change_user",
    listed=False,
    about=lambda arguments: password_links.name_of(arguments.get("user_id")),
    refers_to={"user_id": User},
    makes=[Message],
    repeats=sent_already,
    rerun_note=_("Another link is made and sent; the one from before works too, until one was used."),
    **sending(lambda given: unsent.of_account(given.get("user_id"))),
)
def send_password_link(self: Any, user_id: int) -> dict[str, str]:
    return send_security_mail(self, partial(password_links.letter_for, user_id))
