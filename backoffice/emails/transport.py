"""How a mail leaves the house: which transport the settings chose, and what each must offer."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings

from backoffice.emails import local


class Transport(Protocol):
    def __call__(self, message_id: str, sender: str, to: str, mime: bytes) -> str:
        """Hand one mail over, once; returns the provider's id. Raises a SendError."""
        ...


def _ses(message_id: str, sender: str, to: str, mime: bytes) -> str:
    # Imported here: boto3 adds a quarter of a second to the start of every process, SES or not.
    from backoffice.emails import ses

    return ses.send(message_id, sender, to, mime)


TRANSPORTS: dict[str, Transport] = {"local": local.send, "ses": _ses}


def transport() -> tuple[str, Transport]:
    """Its name and the function, as `EMAIL_TRANSPORT` says."""
    name = settings.EMAIL_TRANSPORT
    return name, TRANSPORTS[name]
