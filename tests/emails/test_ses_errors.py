"""Every way in which the one SES call can fail, produced on the wire against the real client.

The table of `backoffice.emails.ses_errors` is held against botocore itself: an error it may raise and the
table does not name fails here, and so does a name of the table that nobody has made happen.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from backoffice.emails import ses
from backoffice.emails.deliver import submit
from backoffice.emails.errors import (
    HoldAll,
    OutcomeUnknown,
    Refused,
    SendError,
    Throttled,
    TryAgain,
)
from backoffice.emails.ses_errors import NO_ANSWER, NOT_VERIFIED, SES_OUTCOMES
from backoffice.models import Message, MessageState, SendingHold
from tests.emails import stub
from tests.emails.stub import MailStub
from tests.emails.wire import WIRE, Wire, says

SENDER = "Back office <back-office@example.org>"

# In the table as a family, or for other calls of the client: SendEmail itself cannot raise them.
NOT_ON_THIS_WIRE = {
    "ConnectionError": "the family; only its members are raised",
    "IncompleteReadError": "raised while a streamed body is read; the answer of SendEmail is none",
    "ResponseStreamingError": "the same",
    "TokenRetrievalError": "raised by the sign-in of a person's own machine (SSO)",
    "UnauthorizedSSOTokenError": "the same",
}


@pytest.fixture
def wire(
    mail_stub: MailStub,
    use_ses: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Wire]:
    with ExitStack() as opened:
        yield Wire(mail_stub, use_ses, monkeypatch, tmp_path, opened)


def test_each_name_of_the_table_happens_on_the_wire_or_says_why_not() -> None:
    assert WIRE.keys() | NOT_ON_THIS_WIRE.keys() == SES_OUTCOMES.keys()


def test_each_error_that_send_email_declares_is_in_the_table() -> None:
    operation = ses.client("eu-west-3", "http://127.0.0.1:1").meta.service_model.operation_model("SendEmail")
    declared = {shape.error_code for shape in operation.error_shapes}
    assert declared
    assert declared - SES_OUTCOMES.keys() == set()


def test_each_error_of_the_connection_is_in_the_table() -> None:
    families = (botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError)
    raised = {
        name
        for name, found in inspect.getmembers(botocore.exceptions, inspect.isclass)
        if issubclass(found, families)
    }
    assert len(raised) > 7
    assert raised - SES_OUTCOMES.keys() == set()


def code_of(error: BaseException | None) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else ""


# What becomes of the message, at a try and at the last one.
STATES = {
    TryAgain: (MessageState.QUEUED, MessageState.FAILED),
    Throttled: (MessageState.QUEUED, MessageState.FAILED),
    HoldAll: (MessageState.QUEUED, MessageState.QUEUED),
    Refused: (MessageState.FAILED, MessageState.FAILED),
    OutcomeUnknown: (MessageState.UNKNOWN, MessageState.UNKNOWN),
}


# Keys that a program should tell are asked of a program.
STARTING = {"CredentialRetrievalError"}
ON_THE_WIRE = [pytest.param(name, marks=pytest.mark.processes) if name in STARTING else name for name in WIRE]


@pytest.mark.parametrize("name", ON_THE_WIRE)
def test_each_error_on_the_wire_leads_to_its_outcome_and_state(
    name: str, wire: Wire, message: Message
) -> None:
    outcome, meant = SES_OUTCOMES[name]
    WIRE[name](wire)
    with pytest.raises(SendError) as caught:
        submit(message)
    cause = caught.value.__cause__
    assert type(caught.value) is outcome, cause
    assert name in (type(cause).__name__, code_of(cause))
    assert len(wire.stub.requests) <= 1, "the client repeated a request"
    message.refresh_from_db()
    assert (message.state, message.error_class) == (STATES[outcome][False], outcome.__name__)
    assert message.error == str(caught.value)
    assert (message.cause, caught.value.code) == (meant.code, meant.code)
    assert message.cause_params is not None
    assert message.cause_params["provider_code"] == caught.value.provider_code != ""
    assert SendingHold.objects.exists() is (outcome is HoldAll)


@pytest.mark.parametrize("name", NOT_ON_THIS_WIRE)
def test_a_family_is_found_by_its_name(name: str) -> None:
    member: Any = type("Some", (getattr(botocore.exceptions, name),), {"__init__": BaseException.__init__})
    assert ses.outcome_of(member()) is SES_OUTCOMES[name]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_unlisted_answer_from_500_on_leaves_the_outcome_open(wire: Wire, status: int) -> None:
    wire.stub.answer = stub.error("SomethingNew", status)
    with pytest.raises(OutcomeUnknown):
        ses.send("1", SENDER, "zoe@example.org", b"x")


def test_an_unlisted_answer_below_500_says_that_nothing_was_sent(wire: Wire) -> None:
    wire.stub.answer = stub.error("SomethingNew", 422)
    with pytest.raises(Refused, match="SomethingNew"):
        ses.send("1", SENDER, "zoe@example.org", b"x")


def test_an_unlisted_error_of_the_client_leaves_the_outcome_open() -> None:
    assert ses.outcome_of(BotoCoreError()) is NO_ANSWER


def test_the_daily_quota_holds_everything_though_it_is_called_throttling(wire: Wire) -> None:
    says("ThrottlingException", "Daily message quota exceeded.")(wire)
    with pytest.raises(HoldAll):
        ses.send("1", SENDER, "zoe@example.org", b"x")


def test_a_sender_that_is_not_verified_is_told_from_a_letter_that_is_not_liked(wire: Wire) -> None:
    says("MessageRejected", "Email address is not verified. The following identities failed the check")(wire)
    with pytest.raises(Refused) as refused:
        ses.send("1", SENDER, "zoe@example.org", b"x")
    assert refused.value.code == NOT_VERIFIED.cause.code


@pytest.mark.parametrize("answer", [stub.cut_short, stub.anonymous], ids=["cut short", "without an id"])
def test_an_answer_that_names_no_message_leaves_the_outcome_open(wire: Wire, answer: stub.Answer) -> None:
    wire.stub.answer = answer
    with pytest.raises(OutcomeUnknown):
        ses.send("1", SENDER, "zoe@example.org", b"x")


@pytest.mark.parametrize(
    "name",
    [
        "SSLError",
        "TooManyRequestsException",
        "SendingPausedException",
        "MessageRejected",
        "ConnectionClosedError",
    ],
)
def test_at_the_last_try_what_could_be_tried_again_has_failed(
    name: str, wire: Wire, message: Message
) -> None:
    WIRE[name](wire)
    with pytest.raises(SES_OUTCOMES[name].error):
        submit(message, last_try=True)
    message.refresh_from_db()
    assert message.state == STATES[SES_OUTCOMES[name].error][True]
