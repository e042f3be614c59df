"""A mail handed to a stand-in for AWS and read back from it: nothing is lost on the way."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import boto3
from django.db import connection

from backoffice.emails.deliver import submit
from backoffice.models import Attachment, Message, MessageState
from tests.emails import stub
from tests.emails.stub import MailStub


def raw_mails(endpoint: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{endpoint}/moto-api/data.json", timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer).get("ses", {}).get("RawMessage", [])
    return found


def test_a_mail_is_read_back_with_its_accents_and_attachment(
    moto_endpoint: str, use_ses: Callable[[str], None], message: Message, settings: Any
) -> None:
    boto3.client("sesv2", region_name=settings.AWS_REGION, endpoint_url=moto_endpoint).create_email_identity(
        EmailIdentity="back-office@example.org"
    )
    Attachment.objects.create(
        message=message, name="Devis été.pdf", content_type="application/pdf", content=b"%PDF-\x00\xff"
    )
    use_ses(moto_endpoint)
    submit(message).record()

    [sent] = raw_mails(moto_endpoint)
    mail = message_from_bytes(sent["raw_data"].encode(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail["Subject"] == "Été : Zoé Ångström"
    assert mail["To"] == "Zoé Ångström <zoe@example.org>"
    assert mail["X-Outgoing-Id"] == str(message.pk)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == "Bonjour Zoé Ångström, votre code est A & B."
    assert "<b>A &amp; B</b>" in html.get_content()
    [file] = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("Devis été.pdf", b"%PDF-\x00\xff")

    message.refresh_from_db()
    assert (message.state, message.transport) == (MessageState.SENT, "ses")
    assert message.provider_id
    assert all("zoe@example.org" in one for one in sent["destinations"])


def test_the_request_carries_one_envelope_the_id_and_the_configuration_set(
    mail_stub: MailStub, message: Message, settings: Any
) -> None:
    settings.SES_CONFIGURATION_SET = "ours"
    submit(message)
    [request] = mail_stub.requests
    assert request["Destination"] == {"ToAddresses": ["zoe@example.org"]}
    assert request["FromEmailAddress"] == settings.DEFAULT_FROM_EMAIL
    assert request["EmailTags"] == [{"Name": "outgoing-id", "Value": str(message.pk)}]
    assert request["ConfigurationSetName"] == "ours"


def test_submitting_is_committed_before_the_one_call(
    transactional_db: None, mail_stub: MailStub, message: Message
) -> None:
    seen: list[str] = []

    def look(handler: Any) -> None:
        # The stub answers in a thread of its own, so it sees what is committed.
        seen.append(Message.objects.get(pk=message.pk).state)
        connection.close()
        stub.accept(handler)

    mail_stub.answer = look
    submit(message)
    assert seen == [MessageState.SUBMITTING]
