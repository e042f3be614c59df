"""Where the text of a message is that keeps none of its own: whoever writes such messages registers it."""

from __future__ import annotations

from collections.abc import Callable

from backoffice.models import Message

# The message as it was read, with its text filled in and not saved; raises Refused where there is none.
type Fill = Callable[[Message], Message]

_of_mailings: list[Fill] = []


def register(fill: Fill) -> Fill:
    """Of messages of mailings."""
    _of_mailings[:] = [fill]
    return fill


def filled(message: Message) -> Message:
    """The message with its text; raises Refused where it cannot be said any more."""
    if message.mailing_id is None:
        return message
    [fill] = _of_mailings
    return fill(message)
