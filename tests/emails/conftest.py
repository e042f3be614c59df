from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backoffice.emails import pace, ses
from backoffice.models import EmailTemplate, Message, Recipient, TemplateVariable
from tests.emails import stub
from tests.emails.queued import queued
from tests.emails.stub import MailStub
from tests.servers import RedisServer
from tests.stack import Stack


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
    return queued(recipient, "job-1")


@pytest.fixture(autouse=True)
def no_memory_of_other_tests() -> None:
    pace.forget()


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


@pytest.fixture(scope="module")
def service() -> Iterator[MailStub]:
    mail_stub = MailStub()
    yield mail_stub
    mail_stub.close()


@pytest.fixture(scope="module")
def worker_of_module(
    redis_server: RedisServer,
    django_db_setup: None,
    tmp_path_factory: pytest.TempPathFactory,
    service: MailStub,
) -> Iterator[None]:
    stack = Stack(redis_server, tmp_path_factory.mktemp("worker"))
    stack.start_worker(**service.environment)
    yield
    stack.stop()


@pytest.fixture
def ses_worker(
    broker: RedisServer, transactional_db: None, worker_of_module: None, service: MailStub
) -> MailStub:
    """A worker whose mail service answers as the test tells it."""
    service.requests.clear()
    service.answer = stub.accept
    return service
