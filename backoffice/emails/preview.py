"""What an email would say, before it is sent: to a person on the page, or as a test to oneself."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from backoffice.emails.audience import address_of, oneself
from backoffice.emails.compose import template_for
from backoffice.emails.errors import Refused
from backoffice.emails.mime import address
from backoffice.emails.render import Rendered, render, source_of, values_of, words_for
from backoffice.models import Message, Recipient

type Arguments = dict[str, Any]  # of envoi_email: destinataire_id, modele_id


class Letter(NamedTuple):
    """A mail as its reader would see it: what stands above it, by label, and an HTML document."""

    headers: list[tuple[str, str]]
    html: str


def letter(arguments: Arguments) -> Letter:
    """The mail this recipient would read; raises ValidationError with a sentence."""
    chosen = Recipient.objects.filter(pk=arguments.get("destinataire_id") or 0).first()
    recipient = chosen or sample_recipient()
    try:
        template = template_for(arguments.get("modele_id"))
        rendered = render(source_of(template), words_for(recipient, values_of(template)))
        reader = str(address(recipient.email, recipient.name))
    except Refused as error:
        raise ValidationError(str(error)) from error
    headers = [
        (_("From"), settings.DEFAULT_FROM_EMAIL),
        (_("To"), reader),
        (_("Subject"), rendered.subject),
    ]
    return Letter(headers, as_document(rendered))


def about(arguments: Arguments) -> str:
    """The address a job writes to."""
    return address_of(arguments.get("destinataire_id"))


def address_of_message(message_id: Any) -> str:
    """The address a message goes to, "" when there is no such message."""
    found = Message.objects.with_id(message_id).values_list("to", flat=True).first()
    return found or ""


def trial(arguments: Arguments, user: Any) -> Arguments:
    """The arguments that send the same template to the person who asks.

    Raises ValidationError with a sentence: they have no address, or want no emails.
    """
    try:
        recipient = oneself(user, translation.get_language() or settings.LANGUAGE_CODE)
    except Refused as error:
        raise ValidationError(str(error)) from error
    return arguments | {"destinataire_id": recipient.pk}


def sample_recipient(language: str = "") -> Recipient:
    """Nobody real: whom previews address. Never saved."""
    return Recipient(
        email="camille.martin@example.org",
        name="Camille Martin",
        company="Example Ltd",
        language=language or translation.get_language() or settings.LANGUAGE_CODE,
    )


def as_document(rendered: Rendered) -> str:
    return rendered.html or text_as_html(rendered.text)


def text_as_html(text: str) -> str:
    """Plain text for a frame: escaped, line ends kept."""
    style = "margin:24px;white-space:pre-wrap;font:15px/1.6 ui-sans-serif,system-ui,sans-serif"
    return format_html('<pre style="{}">{}</pre>', style, text)
