"""What is wrong with a whole file."""


class UnreadableList(ValueError):
    """The file is no list of people that can be read to its end; `str()` says why and what to do."""
