"""What can go wrong with a question, each with a sentence for who asked."""

from __future__ import annotations

from backoffice.reports.errors import CannotOrder


class NotAllowed(CannotOrder):
    """Its text does something that a question may not do, or cannot be read."""


class NotAnswered(CannotOrder):
    """It was asked, and no answer came of it."""
