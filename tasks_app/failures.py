"""What is kept of an exception: a sentence for people, the traceback for those who mend it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, replace
from typing import Any

LONGEST_SENTENCE = 2_000  # characters; a message can quote a whole document
LONGEST_TRACEBACK = 50_000
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line \d+, in (?P<function>\S+)', re.MULTILINE)


@dataclass(frozen=True)
class Failure:
    error_class: str
    error: str
    traceback: str
    fingerprint: str  # equal for errors of the same class from the same function

    @property
    def sentence(self) -> str:
        return self.error

    @classmethod
    def of(cls, exc: BaseException | None, traceback: Any = None) -> Failure:
        name = type(exc).__name__ if exc is not None else ""
        text = str(traceback or "")
        frames = _FRAME.findall(text)
        place = "/".join(frames[-1]) if frames else ""
        digest = hashlib.sha256(f"{name} {place}".encode()).hexdigest()
        sentence = str(exc).strip() if exc is not None else ""
        return cls(name, (sentence or name)[:LONGEST_SENTENCE], text[-LONGEST_TRACEBACK:], digest)

    def saying(self, sentence: str) -> Failure:
        return replace(self, error=sentence)

    def as_fields(self) -> dict[str, str]:
        return asdict(self)
