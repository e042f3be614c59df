"""The road between us and SES, and each way in which a test can break it, by the name of the error."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import boto3
import pytest
from django.conf import settings

from backoffice.emails import ses
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


def no_configuration_set(wire: Wire) -> None:
    wire.patch.setattr(settings, "SES_CONFIGURATION_SET", 7)


WIRE: dict[str, Callable[[Wire], None]] = {
    "EndpointConnectionError": nobody_listens,
    "ConnectTimeoutError": a_full_queue,
    "ProxyConnectionError": a_dead_proxy,
    "SSLError": no_tls,
    "NoCredentialsError": no_credentials,
    "PartialCredentialsError": half_credentials,
    "CredentialRetrievalError": broken_credentials,
    "ParamValidationError": no_configuration_set,
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
