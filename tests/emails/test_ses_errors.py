"""Every way in which the one SES call can fail, produced on the wire against the real client.

The table of `backoffice.emails.errors` is held against botocore itself: an error it may raise and the
table does not name fails here, and so does a name of the table that nobody has made happen.
"""

from __future__ import annotations

import inspect
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from backoffice.emails import ses
from backoffice.emails.deliver import submit
from backoffice.emails.errors import (
    SES_OUTCOMES,
    HoldAll,
    OutcomeUnknown,
    Refused,
    SendError,
    Throttled,
    TryAgain,
)
from backoffice.models import Message, MessageState
from tests.emails import stub
from tests.emails.stub import MailStub

QUICK = 0.3  # seconds, in place of the real time limits

# HTTP status of the codes that SES does not answer with 400.
STATUS = {
    "TooManyRequestsException": 429,
    "NotFoundException": 404,
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "ExpiredToken": 403,
    "ExpiredTokenException": 403,
    "InvalidClientTokenId": 403,
    "UnrecognizedClientException": 403,
    "SignatureDoesNotMatch": 403,
    "InvalidSignatureException": 403,
    "OptInRequired": 403,
    "MissingAuthenticationToken": 403,
    "MissingAuthenticationTokenException": 403,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "ServiceUnavailable": 503,
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


class Wire:
    """What a test may do to the road between us and SES."""

    def __init__(
        self,
        stub: MailStub,
        use_ses: Callable[[str], None],
        monkeypatch: pytest.MonkeyPatch,
        folder: Path,
        opened: ExitStack,
    ) -> None:
        self.stub, self.use_ses, self.patch, self.folder, self.opened = (
            stub,
            use_ses,
            monkeypatch,
            folder,
            opened,
        )
        self.sender = "Back office <back-office@example.org>"

    def no_credentials(self, config: str = "") -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            self.patch.delenv(name, raising=False)
        (self.folder / "config").write_text(config)
        self.patch.setenv("AWS_CONFIG_FILE", str(self.folder / "config"))
        self.patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(self.folder / "none"))
        # boto3 keeps one session, and the session its credentials.
        self.patch.setattr(boto3, "DEFAULT_SESSION", None)


def says(code: str, message: str = "Said by the stub.") -> Callable[[Wire], None]:
    def prepare(wire: Wire) -> None:
        wire.stub.answer = stub.error(code, STATUS.get(code, 400), message)

    return prepare


def answers(answer: stub.Answer) -> Callable[[Wire], None]:
    def prepare(wire: Wire) -> None:
        wire.stub.answer = answer

    return prepare


def no_answer(wire: Wire) -> None:
    wire.patch.setattr(ses, "READ_TIMEOUT", QUICK)
    wire.stub.answer = stub.stall


def nobody_listens(wire: Wire) -> None:
    wire.use_ses("http://127.0.0.1:1")


def a_full_queue(wire: Wire) -> None:
    """A listener whose backlog is full drops further handshakes."""
    wire.patch.setattr(ses, "CONNECT_TIMEOUT", QUICK)
    listener = wire.opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _one in range(4):
        waiting = wire.opened.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
    wire.use_ses(f"http://127.0.0.1:{listener.getsockname()[1]}")


def a_dead_proxy(wire: Wire) -> None:
    wire.patch.setenv("http_proxy", "http://127.0.0.1:1")
    wire.patch.setenv("no_proxy", "")
    wire.use_ses("http://ses.example.org")


def no_tls(wire: Wire) -> None:
    wire.use_ses(wire.stub.url.replace("http:", "https:"))


def no_credentials(wire: Wire) -> None:
    wire.no_credentials()


def half_credentials(wire: Wire) -> None:
    wire.no_credentials()
    wire.patch.setenv("AWS_ACCESS_KEY_ID", "test")


def broken_credentials(wire: Wire) -> None:
    wire.no_credentials("[default]\ncredential_process = false\n")


def no_sender(wire: Wire) -> None:
    wire.sender = 7  # type: ignore[assignment]


WIRE: dict[str, Callable[[Wire], None]] = {
    "EndpointConnectionError": nobody_listens,
    "ConnectTimeoutError": a_full_queue,
    "ProxyConnectionError": a_dead_proxy,
    "SSLError": no_tls,
    "NoCredentialsError": no_credentials,
    "PartialCredentialsError": half_credentials,
    "CredentialRetrievalError": broken_credentials,
    "ParamValidationError": no_sender,
    "ReadTimeoutError": no_answer,
    "ConnectionClosedError": answers(stub.hang_up),
    "HTTPClientError": answers(stub.contradict),
    **{
        code: says(code)
        for code in (
            "TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded",
            "LimitExceededException", "SendingPausedException", "AccountSuspendedException", "AccessDenied",
            "AccessDeniedException", "NotAuthorized", "OptInRequired", "ExpiredToken",
            "ExpiredTokenException", "RequestExpired", "IncompleteSignature", "InvalidSignatureException",
            "SignatureDoesNotMatch", "InvalidClientTokenId", "UnrecognizedClientException",
            "MissingAuthenticationToken", "MissingAuthenticationTokenException", "MessageRejected",
            "BadRequestException", "MailFromDomainNotVerified", "MailFromDomainNotVerifiedException",
            "NotFoundException", "ValidationError", "ValidationException", "InternalFailure",
            "InternalServerError", "ServiceUnavailable",
        )
    },
}  # fmt: skip

# In the table as a family, or for other calls of the client: SendEmail itself cannot raise them.
NOT_ON_THIS_WIRE = {
    "ConnectionError": "the family; only its members are raised",
    "IncompleteReadError": "raised while a streamed body is read; the answer of SendEmail is none",
    "ResponseStreamingError": "the same",
    "TokenRetrievalError": "raised by the sign-in of a person's own machine (SSO)",
    "UnauthorizedSSOTokenError": "the same",
}


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


@pytest.mark.parametrize("name", WIRE)
def test_on_the_wire(name: str, wire: Wire) -> None:
    WIRE[name](wire)
    with pytest.raises(SendError) as caught:
        ses.send("1", wire.sender, "zoe@example.org", b"Subject: x\r\n\r\nx")
    cause = caught.value.__cause__
    assert type(caught.value) is SES_OUTCOMES[name], cause
    assert name in (type(cause).__name__, code_of(cause))
    assert len(wire.stub.requests) <= 1, "the client repeated a request"


@pytest.mark.parametrize("name", NOT_ON_THIS_WIRE)
def test_a_family_is_found_by_its_name(name: str) -> None:
    member: Any = type("Some", (getattr(botocore.exceptions, name),), {"__init__": BaseException.__init__})
    assert ses.outcome_of(member()) is SES_OUTCOMES[name]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_unlisted_answer_from_500_on_leaves_the_outcome_open(wire: Wire, status: int) -> None:
    wire.stub.answer = stub.error("SomethingNew", status)
    with pytest.raises(OutcomeUnknown):
        ses.send("1", wire.sender, "zoe@example.org", b"x")


def test_an_unlisted_answer_below_500_says_that_nothing_was_sent(wire: Wire) -> None:
    wire.stub.answer = stub.error("SomethingNew", 422)
    with pytest.raises(Refused, match="SomethingNew"):
        ses.send("1", wire.sender, "zoe@example.org", b"x")


def test_an_unlisted_error_of_the_client_leaves_the_outcome_open() -> None:
    assert ses.outcome_of(BotoCoreError()) is OutcomeUnknown


def test_the_daily_quota_holds_everything_though_it_is_called_throttling(wire: Wire) -> None:
    says("ThrottlingException", "Daily message quota exceeded.")(wire)
    with pytest.raises(HoldAll):
        ses.send("1", wire.sender, "zoe@example.org", b"x")


@pytest.mark.parametrize("answer", [stub.cut_short, stub.anonymous], ids=["cut short", "without an id"])
def test_an_answer_that_names_no_message_leaves_the_outcome_open(wire: Wire, answer: stub.Answer) -> None:
    wire.stub.answer = answer
    with pytest.raises(OutcomeUnknown):
        ses.send("1", wire.sender, "zoe@example.org", b"x")


STATES = {
    TryAgain: (MessageState.QUEUED, MessageState.FAILED),
    Throttled: (MessageState.QUEUED, MessageState.FAILED),
    HoldAll: (MessageState.QUEUED, MessageState.QUEUED),
    Refused: (MessageState.FAILED, MessageState.FAILED),
    OutcomeUnknown: (MessageState.UNKNOWN, MessageState.UNKNOWN),
}


@pytest.mark.parametrize("last_try", [False, True], ids=["a try", "the last try"])
@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("SSLError", TryAgain),
        ("TooManyRequestsException", Throttled),
        ("SendingPausedException", HoldAll),
        ("MessageRejected", Refused),
        ("ConnectionClosedError", OutcomeUnknown),
    ],
)
def test_what_each_outcome_makes_of_the_message(
    code: str, outcome: type[SendError], last_try: bool, wire: Wire, message: Message
) -> None:
    WIRE[code](wire)
    with pytest.raises(outcome):
        submit(message, last_try=last_try)
    message.refresh_from_db()
    assert message.state == STATES[outcome][last_try]
    assert message.error_class == outcome.__name__
    assert message.error
