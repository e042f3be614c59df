"""What can go wrong with an email, named for what is to be done next."""

from __future__ import annotations

from django.utils.translation import gettext as _


class SendError(Exception):
    """The message was not sent, or nobody knows. `str()` is a sentence for the person who reads it."""


class TryAgain(SendError):
    """It was not sent and the cause is passing: the same message is sent again later."""


class Throttled(TryAgain):
    """The provider wants us slower; nothing is wrong with the message."""


class HoldAll(TryAgain):
    """No message can leave until somebody acts on the account; all of them wait, none is lost."""


class Refused(SendError):
    """It will never be sent as it is: what is wrong must be corrected first."""


class OutcomeUnknown(SendError):
    """It may have been sent. A machine never sends it again; an event or a person decides."""


# The codes and exception names of the one SES call, and what each means for the message.
#   error shapes of SendEmail: SES API v2 reference, "SendEmail", section Errors
#   common errors: SES API v2 reference, "Common Errors"
#   exceptions of the client: botocore/exceptions.py (1.44) and botocore/httpsession.py, which
#   raises ConnectionClosedError also after the request was written, and ReadTimeoutError only then
SES_OUTCOMES: dict[str, type[SendError]] = {
    # The request was never written.
    "ConnectionError": TryAgain,
    "EndpointConnectionError": TryAgain,
    "ConnectTimeoutError": TryAgain,
    "ProxyConnectionError": TryAgain,
    "SSLError": TryAgain,
    # Slower, please.
    "TooManyRequestsException": Throttled,
    "ThrottlingException": Throttled,
    "Throttling": Throttled,
    "RequestLimitExceeded": Throttled,
    "LimitExceededException": Throttled,
    # The account, not the message.
    "SendingPausedException": HoldAll,
    "AccountSuspendedException": HoldAll,
    "AccessDenied": HoldAll,
    "AccessDeniedException": HoldAll,
    "NotAuthorized": HoldAll,
    "OptInRequired": HoldAll,
    "ExpiredToken": HoldAll,
    "ExpiredTokenException": HoldAll,
    "RequestExpired": HoldAll,
    "IncompleteSignature": HoldAll,
    "InvalidSignatureException": HoldAll,
    "SignatureDoesNotMatch": HoldAll,
    "InvalidClientTokenId": HoldAll,
    "UnrecognizedClientException": HoldAll,
    "MissingAuthenticationToken": HoldAll,
    "MissingAuthenticationTokenException": HoldAll,
    "NoCredentialsError": HoldAll,
    "PartialCredentialsError": HoldAll,
    "CredentialRetrievalError": HoldAll,
    "TokenRetrievalError": HoldAll,
    "UnauthorizedSSOTokenError": HoldAll,
    # The message.
    "MessageRejected": Refused,
    "BadRequestException": Refused,
    "MailFromDomainNotVerified": Refused,
    "MailFromDomainNotVerifiedException": Refused,
    "NotFoundException": Refused,
    "ValidationError": Refused,
    "ValidationException": Refused,
    "ParamValidationError": Refused,
    # The request was written, or may have been, and no answer says what became of it.
    "HTTPClientError": OutcomeUnknown,
    "ReadTimeoutError": OutcomeUnknown,
    "ConnectionClosedError": OutcomeUnknown,
    "IncompleteReadError": OutcomeUnknown,
    "ResponseStreamingError": OutcomeUnknown,
    "InternalFailure": OutcomeUnknown,
    "InternalServerError": OutcomeUnknown,
    "ServiceUnavailable": OutcomeUnknown,
}

# SES says both "slower" and "no more today" as ThrottlingException; only the text tells them apart
# (SES developer guide, "Errors related to the sending quotas").
DAILY_QUOTA_TEXT = "daily message quota exceeded"


def sentence(outcome: type[SendError], detail: str) -> str:
    """What happened, what it means and what to do, with the provider's own words in brackets."""
    if outcome is Throttled:
        said = _("The mail service asked us to send more slowly; this message is tried again by itself.")
    elif outcome is HoldAll:
        said = _(
            "The mail service takes no message from this account at present. Nothing is lost: check the "
            "account, its quota and its credentials; the message is tried again by itself."
        )
    elif outcome is TryAgain:
        said = _("The mail service could not be reached; nothing was sent. The message is tried again.")
    elif outcome is Refused:
        said = _("The mail service refused this message. Correct what it names, then run the job again.")
    else:
        said = _(
            "Nobody knows whether this message was sent: the mail service gave no usable answer. It is not "
            "sent again by itself. Ask the recipient, then settle the message on its page."
        )
    return f"{said} ({detail})" if detail else said
