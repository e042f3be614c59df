"""Why there is no answer, besides what a database says of a question."""

from __future__ import annotations


class Away(Exception):
    """Nobody answers, or the sign-in is refused."""


class TooMighty(Exception):
    """The role may do more than read the views: str() says what."""
