"""What can go wrong with an email, named for what is to be done next; why is its notice, of causes.py."""

from __future__ import annotations

from tasks_app.errors import CodedError


class SendError(CodedError):
    """The message was not sent, or nobody knows. `str()` is a sentence for the person who reads it."""

    @property
    def provider_code(self) -> str:
        """The provider's own name for it, "" where the provider was not asked."""
        return str(self.notice.params.get("provider_code", ""))

    @property
    def detail(self) -> str:
        """The provider's own words."""
        return str(self.notice.params.get("detail", ""))

    @property
    def asked(self) -> bool:
        """Whether the provider said it; else we did, before asking."""
        return bool(self.provider_code)


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
