from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backoffice.emails import ses
from backoffice.emails.compose import compose
from backoffice.models import EmailTemplate, Message, Recipient, TemplateVariable
from tests.emails.stub import MailStub


@pytest.fixture
def recipient(db: None) -> Recipient:
    return Recipient.objects.create(
        email="zoe@example.org", name="Zoé Ångström", company="Acme", language="fr"
    )


@pytest.fixture
def template(db: None) -> EmailTemplate:
    template = EmailTemplate.objects.create(
        slug="welcome",
        name="Welcome",
        subject="Été : {{ recipient.name }}",
        text="Bonjour {{ recipient.name }}, votre code est {{ code }}.",
        html="<p>Bonjour {{ recipient.name }}, votre code est <b>{{ code }}</b>.</p>",
    )
    TemplateVariable.objects.create(template=template, name="code", value="A & B", sample="X & Y")
    return template


@pytest.fixture
def message(recipient: Recipient, template: EmailTemplate) -> Message:
    return compose(recipient.pk, None, "job-1")


@pytest.fixture
def use_ses(settings: Any) -> Iterator[Callable[[str], None]]:
    """Send through SES at the given endpoint, with a client of this test's own."""

    def use(endpoint: str) -> None:
        settings.EMAIL_TRANSPORT = "ses"
        settings.AWS_ENDPOINT_URL = endpoint
        ses.client.cache_clear()

    yield use
    ses.client.cache_clear()


@pytest.fixture
def mail_stub(use_ses: Callable[[str], None]) -> Iterator[MailStub]:
    stub = MailStub()
    use_ses(stub.url)
    yield stub
    stub.close()
