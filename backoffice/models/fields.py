"""Fields that keep one spelling, whoever writes them: forms, lists, fixtures, bulk_create() or update()."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext as _

from backoffice import spelling

LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1


class LineField(models.CharField):  # type: ignore[type-arg]  # a field takes no parameters when it runs
    """One line of text. For the database, and so for migrations, it is a plain CharField."""

    def tidy(self, value: str) -> str:
        return spelling.one_line(value)

    def _tidied(self, value: Any) -> Any:
        return self.tidy(value) if isinstance(value, str) else value

    def clean(self, value: Any, model_instance: Any) -> Any:
        return super().clean(self._tidied(value), model_instance)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self._tidied(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """What update() and fixtures write comes by here alone; what is only looked for does not."""
        return super().get_db_prep_save(self._tidied(value), connection)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("validators", None)
        return name, "django.db.models.CharField", args, kwargs


class AddressField(LineField):
    """An email address, its domain in small letters of its own script (spelling.address)."""

    def tidy(self, value: str) -> str:
        return spelling.address(value)


def validate_mailbox(email: str) -> None:
    """Raises ValidationError for what no mail service takes.

    SES takes no address with accents before its @, and few others do; Django lets through what only a machine
    says of itself (sam@localhost, sam@[192.0.2.7]), and more before the @ than any mailbox has.
    """
    before, _at, domain = email.rpartition("@")
    if any(sign.isalpha() and not sign.isascii() for sign in before):
        raise ValidationError(
            _("Accents before the @ are not accepted. Ask this person for an address without them.")
        )
    validate_email(email)
    if "." not in domain or domain.startswith("["):
        raise ValidationError(
            _("No mail reaches “%(domain)s” from here. Write an address like sam@example.org.")
            % {"domain": domain}
        )
    if len(before) > LONGEST_LOCAL_PART:
        raise ValidationError(
            _("Before the @ an address has at most %(limit)s characters.") % {"limit": LONGEST_LOCAL_PART}
        )
