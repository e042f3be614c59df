"""Notes which override of ours a library calls: in this process, or in a worker or clock that imports it.

Only calls from outside of the product count: that our own code reaches our own method proves nothing. A test
and the body of its job are users, who may call what is promised.
"""

from __future__ import annotations

import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celery import signals

from tests.upstream.leaning import PRODUCT, Override, every_module, function_of, loaded_modules, overrides

if TYPE_CHECKING:
    from tests.stack import Stack

FILE = "UPSTREAM_TAP"  # the environment's name of the file that another process writes to
tapped: set[Override] = set()


def tap(
    found: Iterable[Override], note: Callable[[str], object], put: Callable[..., object] = setattr
) -> None:
    """From now on `note` hears the address of each of these overrides that a library calls."""
    for override in found:
        put(override.owner, override.name, _listening(override, note))


def _listening(override: Override, note: Callable[[str], object]) -> Any:
    value = inspect.getattr_static(override.owner, override.name)
    function = function_of(value)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        caller = str(sys._getframe(1).f_globals.get("__name__", ""))
        if caller.split(".")[0] not in PRODUCT:
            note(override.address)
        return function(*args, **kwargs)

    if function is value:
        return call
    if not hasattr(value, "func"):
        return type(value)(call)  # a property, a class method
    cached = type(value)(call)
    cached.__set_name__(override.owner, override.name)
    return cached


def into(path: Path) -> Callable[[str], None]:
    """A note for processes that are forked and killed: whole lines, each once a process."""
    noted: set[tuple[int, str]] = set()

    def note(line: str) -> None:
        if (os.getpid(), line) not in noted:
            noted.add((os.getpid(), line))
            with path.open("a") as file:
                file.write(f"{line}\n")

    return note


def tapping(stack: Stack, folder: Path) -> Callable[[], set[str]]:
    """What the processes that this stack starts from now on have noted, whenever it is asked for."""
    path = folder / "seen"
    stack.environment |= {"DJANGO_SETTINGS_MODULE": "tests.upstream.settings", FILE: str(path)}
    return lambda: set(path.read_text().splitlines()) if path.exists() else set()


if FILE in os.environ:
    note = into(Path(os.environ[FILE]))
    if "beat" in sys.argv:  # no signal comes between the import of its scheduler and the first call
        tap(overrides(every_module("tasks_app.clock")), note)

    @signals.worker_before_create_process.connect(weak=False)
    @signals.worker_ready.connect(weak=False)
    def tap_what_is_loaded(**_: Any) -> None:
        """Nothing is imported here: a module that the worker itself leaves out would be hooked up by it."""
        fresh = set(overrides(loaded_modules())) - tapped
        tapped.update(fresh)
        tap(fresh, note)

    @signals.worker_ready.connect(weak=False)
    def note_handlers(**_: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGQUIT):
            note(f"{number.name}: {type(signal.getsignal(number)).__module__}")
