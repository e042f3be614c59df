"""What each error of the one SES call means: what is to be done next, and its code."""

from __future__ import annotations

from typing import Any, NamedTuple

from backoffice.emails import service_causes
from backoffice.emails.errors import HoldAll, OutcomeUnknown, Refused, SendError, Throttled, TryAgain
from tasks_app.notices import Wording


class Outcome[E: SendError](NamedTuple):
    error: type[E]
    cause: Wording

    def said(self, name: str, detail: str) -> E:
        """The error, with the provider's own name for it and its words."""
        return self.error(self.cause(provider_code=name, detail=detail))


# The request was never written.
UNREACHABLE = Outcome(TryAgain, service_causes.UNREACHABLE)
NOT_TRUSTED = Outcome(TryAgain, service_causes.NOT_TRUSTED)
# Slower, please.
THROTTLED = Outcome(Throttled, service_causes.THROTTLED)
# The account, not the message.
QUOTA_USED = Outcome(HoldAll, service_causes.QUOTA_USED)
PAUSED = Outcome(HoldAll, service_causes.PAUSED)
NOT_PERMITTED = Outcome(HoldAll, service_causes.NOT_PERMITTED)
CREDENTIALS = Outcome(HoldAll, service_causes.CREDENTIALS)
# The message.
REJECTED = Outcome(Refused, service_causes.MESSAGE_REJECTED)
INVALID = Outcome(Refused, service_causes.REQUEST_INVALID)
NOT_VERIFIED = Outcome(Refused, service_causes.SENDER_NOT_VERIFIED)
NOT_FOUND = Outcome(Refused, service_causes.SETTING_NOT_FOUND)
REFUSED = Outcome(Refused, service_causes.REFUSED)
# The request was written, or may have been, and no answer says what became of it.
NO_ANSWER = Outcome(OutcomeUnknown, service_causes.NO_ANSWER)
FAILED = Outcome(OutcomeUnknown, service_causes.SERVICE_FAILED)

# The codes and exception names of the one SES call.
#   error shapes of SendEmail: SES API v2 reference, "SendEmail", section Errors
#   common errors: SES API v2 reference, "Common Errors"
#   exceptions of the client: botocore/exceptions.py (1.44) and botocore/httpsession.py, which
#   raises ConnectionClosedError also after the request was written, and ReadTimeoutError only then
SES_OUTCOMES: dict[str, Outcome[Any]] = {
    "ConnectionError": UNREACHABLE,
    "EndpointConnectionError": UNREACHABLE,
    "ConnectTimeoutError": UNREACHABLE,
    "ProxyConnectionError": UNREACHABLE,
    "SSLError": NOT_TRUSTED,
    "TooManyRequestsException": THROTTLED,
    "ThrottlingException": THROTTLED,
    "Throttling": THROTTLED,
    "RequestLimitExceeded": THROTTLED,
    "LimitExceededException": THROTTLED,
    "SendingPausedException": PAUSED,
    "AccountSuspendedException": PAUSED,
    "AccessDenied": NOT_PERMITTED,
    "AccessDeniedException": NOT_PERMITTED,
    "NotAuthorized": NOT_PERMITTED,
    "OptInRequired": NOT_PERMITTED,
    "ExpiredToken": CREDENTIALS,
    "ExpiredTokenException": CREDENTIALS,
    "RequestExpired": CREDENTIALS,
    "IncompleteSignature": CREDENTIALS,
    "InvalidSignatureException": CREDENTIALS,
    "SignatureDoesNotMatch": CREDENTIALS,
    "InvalidClientTokenId": CREDENTIALS,
    "UnrecognizedClientException": CREDENTIALS,
    "MissingAuthenticationToken": CREDENTIALS,
    "MissingAuthenticationTokenException": CREDENTIALS,
    "NoCredentialsError": CREDENTIALS,
    "PartialCredentialsError": CREDENTIALS,
    "CredentialRetrievalError": CREDENTIALS,
    "TokenRetrievalError": CREDENTIALS,
    "UnauthorizedSSOTokenError": CREDENTIALS,
    "MessageRejected": REJECTED,
    "BadRequestException": INVALID,
    "MailFromDomainNotVerified": NOT_VERIFIED,
    "MailFromDomainNotVerifiedException": NOT_VERIFIED,
    "NotFoundException": NOT_FOUND,
    "ValidationError": INVALID,
    "ValidationException": INVALID,
    "ParamValidationError": INVALID,
    "HTTPClientError": NO_ANSWER,
    "ReadTimeoutError": NO_ANSWER,
    "ConnectionClosedError": NO_ANSWER,
    "IncompleteReadError": NO_ANSWER,
    "ResponseStreamingError": NO_ANSWER,
    "InternalFailure": FAILED,
    "InternalServerError": FAILED,
    "ServiceUnavailable": FAILED,
}

# What SES tells apart by its text alone. The first: both "slower" and "no more today" are a
# ThrottlingException (SES developer guide, "Errors related to the sending quotas"). The second is a
# MessageRejected (the guide's "Email address is not verified" under "Sending errors").
TEXTS: dict[str, Outcome[Any]] = {
    "daily message quota exceeded": QUOTA_USED,
    "address is not verified": NOT_VERIFIED,
}


def outcome_of_text(words: str) -> Outcome[Any] | None:
    """What its words mean where they, and not its name, tell."""
    return next((outcome for text, outcome in TEXTS.items() if text in words.lower()), None)


def advice(name: str, words: str) -> str:
    """What somebody has to do about an error that holds all emails, by the provider's name and words."""
    outcome = outcome_of_text(words) or SES_OUTCOMES.get(name, CREDENTIALS)
    return str(outcome.cause.hint)
