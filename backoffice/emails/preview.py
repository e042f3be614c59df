"""What an email would say, before it is sent."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from backoffice.emails.audience import row_number
from backoffice.emails.compose import draft, usable
from backoffice.emails.hot_sql import ingredients
from backoffice.emails.mime import mime_of
from backoffice.emails.render import Rendered
from backoffice.models import Message, Recipient


class Letter(NamedTuple):
    """A mail as its reader would see it: what stands above it, by label, and an HTML document."""

    headers: list[tuple[str, str]]
    html: str


def letter(recipient_id: int | None, template_id: int | None) -> Letter:
    """The mail this recipient would read, or nobody real where none is chosen; raises Refused.

    It is written by what writes a real one, and put together too, so that it cannot be shown and then fail.
    """
    chosen = settings.DEFAULT_EMAIL_TEMPLATE if template_id is None else row_number(template_id)
    found = ingredients(recipient_id or 0, chosen, job_id="")
    recipient, template = found.recipient or sample_recipient(), usable(found.template, template_id)
    written = draft(recipient, template, found.values, job_id="")
    mime_of(written)
    headers = [
        (_("From"), written.sender),
        (_("To"), written.headers["To"]),
        (_("Subject"), written.subject),
    ]
    return Letter(headers, written.html or text_as_html(written.text))


def address_of_message(message_id: Any) -> str:
    """The address a message goes to, "" when there is no such message."""
    found = Message.objects.with_id(message_id).values_list("to", flat=True).first()
    return found or ""


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
