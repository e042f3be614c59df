"""What can go wrong with an email, named for what is to be done next."""

from __future__ import annotations

from django.utils.translation import gettext as _


class SendError(Exception):
    """The message was not sent, or nobody knows. `str()` is a sentence for the person who reads it.

    `code` is the provider's own name for it, "" where the provider was not asked; `detail` are its words.
    """

    def __init__(self, sentence: str = "", code: str = "", detail: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.detail = detail

    @property
    def asked(self) -> bool:
        """Whether the provider said it; else we did, before asking."""
        return bool(self.code)


class TryAgain(SendError):
    """It was not sent and the cause is passing: the same message is sent again later."""


class Throttled(TryAgain):
    """The provider wants us slower; nothing is wrong with the message."""


class NotItsTurn(TryAgain):
    """Emails leave as fast as the provider allows, and this one would wait too long for its turn here."""


class HoldAll(TryAgain):
    """No message can leave until somebody acts on the account; all of them wait, none is lost."""


class Refused(SendError):
    """It will never be sent as it is: what is wrong must be corrected first."""


class Suppressed(Refused):
    """The address is not written to: it bounced for good, or its owner complained."""


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


def advice(code: str, reason: str) -> str:
    """What somebody has to do about an error that holds all emails."""
    if DAILY_QUOTA_TEXT in reason.lower():
        return _(
            "The account sent as much as it may in 24 hours. Emails leave again by themselves as the quota "
            "frees; if that is too late, ask AWS for a higher one."
        )
    if code in ("SendingPausedException", "AccountSuspendedException"):
        return _(
            "AWS paused sending for the account or the configuration set. Read what AWS wrote to its owner, "
            "mend the cause in the SES console and have sending resumed there."
        )
    if code in ("AccessDenied", "AccessDeniedException", "NotAuthorized", "OptInRequired"):
        return _(
            "The AWS user or role of the workers may not send. Give it the permission ses:SendEmail for the "
            "sender's identity and the configuration set."
        )
    return _(
        "The workers' AWS credentials are missing, expired or wrong. Renew AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or the role of the machine, and restart the workers."
    )
