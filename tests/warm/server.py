"""`python -u server.py ADDRESS`: forks what is asked for at that socket, until its standard input ends.

Each that asks gives two files (output, errors) and a line of JSON, and is told the process's number and, once
it has ended, its exit code. It has one thread and opens nothing else, so that a copy of it is a fresh start.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import select
import socket
import sys
import threading
from pathlib import Path
from typing import Any

# What a start imports of libraries. Not what asks settings, nor celery, kombu and billiard: they read the
# environment as they are imported (REMAP_SIGTERM, which projet/celery.py gives in time).
LIBRARIES = [
    "asyncio",
    "babel.dates",
    "babel.numbers",
    "cryptography.fernet",
    "dateutil.rrule",
    "dj_database_url",
    "environs",
    "fontTools.ttLib",
    "fontTools.unicodedata",
    "holidays",
    "icalendar",
    "import_export.formats.base_formats",
    "import_export.resources",
    "liquid",
    "liquid.extra",
    "marshmallow",
    "openpyxl",
    "openpyxl.reader.excel",
    "PIL.Image",
    "psycopg",
    "redis",
    "redis.asyncio",
    "redis.sentinel",
    "sqlparse",
    "tablib",
    "urllib3",
    "wcwidth",
    "yaml",
    "django.contrib.admin.widgets",
    "django.contrib.postgres.fields",
    "django.core.files.storage",
    "django.core.management",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.db.models",
    "django.forms",
    "django.template.defaulttags",
    "django.template.loader",
    "django.template.loader_tags",
    "django.urls",
    "django.utils.log",
    "django.views.generic",
]
OF_NOBODY = ("celery", "kombu", "billiard", "projet", "tasks_app", "backoffice", "tests")


def import_libraries() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    from django.conf import settings

    assert not settings.configured, "settings are each program's own"
    early = [name for name in OF_NOBODY if name in sys.modules]
    assert not early, early
    assert threading.active_count() == 1, "a fork has one thread only"


def serve(address: str) -> dict[str, Any]:
    """Returns in the copies alone: what is to be run there."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    print("ready")
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        asking, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return stand_by(asking)
        asking.close()
        forget_the_ended()
    forget_the_ended()
    os._exit(0)


def forget_the_ended() -> None:
    """Of who stood by a program."""
    with contextlib.suppress(ChildProcessError):  # there is none
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def stand_by(asking: socket.socket) -> dict[str, Any]:
    """Beside a program from its beginning to its end; returns in the program."""
    _mark, (out, err), _flags, _from = socket.recv_fds(asking, 1, 2)
    with asking.makefile() as lines:
        asked: dict[str, Any] = json.loads(lines.readline())
    pid = os.fork()
    if pid == 0:
        asking.close()
        for number, target in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (err, 2)):
            os.dup2(number, target)
            os.close(number)
        return asked
    os.close(out)
    os.close(err)
    asking.sendall(f"{pid}\n".encode())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    asking.sendall(f"{code}\n".encode())
    os._exit(0)


def become(asked: dict[str, Any]) -> None:
    """As the interpreter does before a script begins."""
    os.setsid()
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv[:] = asked["argv"]
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)


if __name__ == "__main__":
    import_libraries()
    become(serve(sys.argv[1]))
    runpy.run_path(sys.argv[0], run_name="__main__")
