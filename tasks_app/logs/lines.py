"""The lines that a job's run writes, kept until they are written to the database.

Each run has a Buffer; a handler of the root logger puts there whatever logger wrote. What is kept is masked,
cut and bounded here; `ledger/log_chunks.py` writes it. Log lines begin before Django is loaded: this file
imports no more than the standard library and its neighbours.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from tasks_app.logs.masking import masked, without_passwords

LONGEST = 4_000  # characters of a line; of a longer one its beginning and its end
BEGINNING = 1_000
MOST_LINES = 1_000  # of a run
MOST_BYTES = 256 * 1024
# Of both, what is kept for warnings and errors: the lines that are looked for come last.
RESERVE = 10  # a tenth
PROGRESS = "progress"  # in the place of a logger's name
_traceback_of = logging.Formatter().formatException


class Line(NamedTuple):
    """One line. Of a progress line `text` may be the code of a notice, with `params`."""

    at: float  # seconds since the epoch
    level: int
    logger: str
    text: str
    params: Any = None
    percent: int | None = None


@dataclass(eq=False)
class Buffer:
    """What one run wrote and the database does not have yet. Threads that a body starts write here too."""

    wake: Callable[[], object] | None = None  # asked once lines wait that nothing else would write for long
    is_open: bool = False  # while the body runs: what Celery says before and after is no line of the job
    lines: deque[Line] = field(default_factory=deque)
    count: int = 0
    size: int = 0
    left_out: int = 0  # not told yet
    # Held by whoever writes the lines: the run's end and the thread never write the same ones.
    writing: threading.Lock = field(default_factory=threading.Lock)
    _progress: tuple[Any, ...] = ()

    def add(self, line: Line) -> None:
        size = len(line.text.encode("utf-8", "surrogatepass"))
        share = RESERVE if line.level >= logging.WARNING else RESERVE - 1
        if self.count >= MOST_LINES * share // RESERVE or self.size + size > MOST_BYTES * share // RESERVE:
            self.left_out += 1
            return
        self.count += 1
        self.size += size
        self.lines.append(line)
        if self.wake is not None and len(self.lines) == 1:
            self.wake()

    def add_progress(self, at: float, percent: int | None, said: str, params: Any = None) -> None:
        """A job tells how far it is; told twice in the same words it is one line."""
        told = (percent, said, params)
        if told != self._progress and (said or percent is not None):
            self._progress = told
            if kept_from() <= logging.INFO:
                self.add(Line(at, logging.INFO, PROGRESS, shortened(said), params, percent))

    @property
    def waits(self) -> bool:
        return bool(self.lines or self.left_out)


class Writer(Protocol):
    """What of a run is asked here."""

    log: Buffer
    secrets: tuple[str, ...]


# The run that this thread works for. ledger/run.py, which needs Django, puts its answer here.
_asked: list[Callable[[], Writer | None]] = []


def ask_for_runs(run_here: Callable[[], Writer | None]) -> None:
    _asked[:] = [run_here]


class JobLines(logging.Handler):
    """Of the root logger: puts a line to the run that it is of. Of no run it keeps nothing."""

    def emit(self, record: logging.LogRecord) -> None:
        run = _asked[0]() if _asked else None
        if run is None or not run.log.is_open:
            return
        try:
            run.log.add(_line_of(record, run.secrets))
        except Exception:  # a body is not ended by a line that cannot be formatted
            self.handleError(record)


def kept_from() -> int:
    """The level from which on lines are kept (JOB_LOG_LEVEL)."""
    levels = [one.level for one in logging.getLogger().handlers if isinstance(one, JobLines)]
    return min(levels, default=logging.INFO)


def _line_of(record: logging.LogRecord, secrets: tuple[str, ...]) -> Line:
    text = record.getMessage()
    if record.exc_info and record.exc_info[0] is not None:
        text = f"{text}\n{_traceback_of(record.exc_info)}"
    return Line(
        record.created, record.levelno, record.name, shortened(without_passwords(masked(text, secrets)))
    )


def shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:BEGINNING]}\n…\n{text[BEGINNING - LONGEST :]}"


# --- As a row keeps them -----------------------------------------------------------------------


def encoded(lines: Sequence[Line]) -> str:
    """JSON, a list a line; of most lines without what progress alone has."""
    return json.dumps([_short(line) for line in lines], ensure_ascii=False, separators=(",", ":"))


def decoded(text: str) -> list[Line]:
    return [Line(at / 1000, *rest) for at, *rest in json.loads(text)]


def _short(line: Line) -> list[Any]:
    if line.params is None and line.percent is None:
        return [round(line.at * 1000), line.level, line.logger, line.text]
    return [round(line.at * 1000), *line[1:]]
