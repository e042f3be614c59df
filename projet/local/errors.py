"""The one error of this package: a sentence for the person who typed `make up`."""


class Trouble(Exception):
    """What happened and what to do; `log` names the process whose log tells more."""

    def __init__(self, sentence: str, log: str = "") -> None:
        super().__init__(sentence)
        self.log = log
