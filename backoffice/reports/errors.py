"""What can go wrong with a report, each with a sentence for the person who ordered it."""


class ReportError(Exception):
    """str() says what happened and what to do, in the language of the order."""


class CannotOrder(ReportError):
    """No such report, or parameters that do not fit it."""
