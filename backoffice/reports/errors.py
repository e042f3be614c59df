"""What can go wrong with a report, each with a sentence for the person who ordered it."""

from tasks_app.errors import CodedError


class ReportError(CodedError):
    """str() says what happened and what to do."""


class CannotOrder(ReportError):
    """No such report, or parameters that do not fit it."""
