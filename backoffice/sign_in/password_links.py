"""Links to a new password: whose accounts they are for, and the mail that carries one.

The page where one is asked for looks no account up, so that neither its answer nor its time tells who has
one: it seals the address into the arguments of a job, the same for all. The link exists in the memory of the
run that sends it, and nowhere else.
"""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.template import loader
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from backoffice.encryption import seal, unseal
from tasks_app.errors import CodedError
from tasks_app.notices import declare

FOLDER = "backoffice/password/"
USE = "address of a password link"
# An address is sealed with blanks behind it, so that its length is not told either: 254 signs (RFC 5321,
# 4.5.3.1.3), of four bytes at most.
LONGEST_ADDRESS = 4 * 254


class NoLink(CodedError):
    """A person for whom a link would open nothing."""

    own = declare(
        "password_link.opens_nothing",
        _("This person does not sign in with a password here (any more). Nothing was sent."),
        hint=_("There is nothing to do, unless the account was switched off by mistake."),
    )


class Letter(NamedTuple):
    to: str
    subject: str
    text: str


def sealed_address(address: str) -> str:
    """An address as a job may carry it. Raises encryption.NoKeys."""
    return seal(address.encode().ljust(LONGEST_ADDRESS), USE)


def opened_address(sealed: str) -> str:
    """Raises encryption.CannotUnseal."""
    return unseal(sealed, USE).decode().rstrip()


def accounts_of(address: str) -> list[User]:
    """Who signs in here with a password and has this address; several may share one."""
    if not settings.PASSWORD_SIGN_IN:
        return []
    found: list[User] = [user for user in PasswordResetForm().get_users(address) if user.is_staff]
    return found


def letter_for(user_id: int) -> Letter:
    """The mail with a link of this moment: an earlier one opens the account too, until one was used.

    Raises NoLink where it would open nothing any more.
    """
    user = User.objects.filter(pk=user_id, is_active=True, is_staff=True).first()
    if user is None or not user.has_usable_password() or not settings.PASSWORD_SIGN_IN:
        raise NoLink
    path = reverse(
        "password_reset_confirm",
        args=[urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)],
    )
    # Never by the Host of a request, which its sender chooses.
    context = {"user": user, "link": settings.SITE_URL.rstrip("/") + path, "site_name": settings.COMPANY_NAME}
    subject = loader.render_to_string(f"{FOLDER}subject.txt", context).strip()
    return Letter(user.email, subject, loader.render_to_string(f"{FOLDER}email.txt", context))


def name_of(user_id: object) -> str:
    """Whose link a job sends; "" where the account is gone."""
    user = User.objects.filter(pk=str(user_id)).first() if str(user_id).isdecimal() else None
    return user.get_username() if user else ""
