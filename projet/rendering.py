"""Django's templates, whose text a browser can always be sent.

A row may hold what no answer can be written with (half a character, from before it was refused): one value of
one row would make its page an error for ever.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.backends.django import DjangoTemplates, Template
from django.utils.safestring import SafeString

from tasks_app.db.text import storable_text


class SendableTemplates(DjangoTemplates):
    """The backend of settings.TEMPLATES."""

    def get_template(self, template_name: str) -> SendableTemplate:
        return SendableTemplate(super().get_template(template_name).template, self)


class SendableTemplate(Template):
    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> SafeString:
        return SafeString(storable_text(super().render(context, request)))
