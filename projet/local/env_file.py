"""`.env`, the settings of this machine: what is missing is added, what a person wrote is left alone."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from dotenv import dotenv_values

from projet.conf.startup_checks import refuse_unreadable_env_file
from projet.local.errors import Trouble
from projet.local.programs import free_port, port_is_free

BROKER = "CELERY_BROKER_URL"
HEADER = "# Written by `make up` for this machine, yours to edit. README.md lists every variable.\n"
# The port stands in the comment too: when somebody edits the URL, the two differ and it is theirs.
OUR_BROKER = re.compile(
    rf"^{BROKER}=redis://127\.0\.0\.1:(?P<port>\d+)/1  # the bundled Redis on (?P=port)\b.*$", re.MULTILINE
)


def values(path: Path) -> dict[str, str]:
    """What the settings will read: the file's values, with the process environment before them."""
    in_file = {name: value for name, value in dotenv_values(path).items() if value is not None}
    return in_file | dict(os.environ)


def prepare(path: Path) -> None:
    """Make `path` when it is absent; add a secret key and a broker to it when it has none.

    Raises Trouble where the instance calls itself production or the file cannot be written,
    ImproperlyConfigured where it cannot be read.
    """
    if not path.exists():
        _write(path, f"{HEADER}ENVIRONMENT=local\nDEBUG=true\n")
        path.chmod(0o600)  # it holds the secret key
    refuse_unreadable_env_file(path)
    if values(path).get("ENVIRONMENT", "production") == "production":
        raise Trouble(
            f"ENVIRONMENT is production (or missing) in {path}: `make up` runs a back office to try on one "
            "machine, with demo accounts. Put ENVIRONMENT=local there, or see deploy/ for production."
        )
    found = values(path)
    if not found.get("SECRET_KEY"):
        _append(path, f"SECRET_KEY={secrets.token_urlsafe(50)}")
    if not found.get(BROKER):
        _append(path, _broker_line(free_port()))


def our_redis_port(path: Path) -> int | None:
    """The port of the Redis that is ours to start; None when the broker is somebody else's."""
    if BROKER in os.environ:
        return None
    line = OUR_BROKER.search(path.read_text())
    return int(line["port"]) if line else None


def free_redis_port(path: Path) -> int | None:
    """As `our_redis_port`; when a stranger has taken the port, another one, written to the file."""
    port = our_redis_port(path)
    if port is None or port_is_free(port):
        return port
    port = free_port()
    _write(path, OUR_BROKER.sub(_broker_line(port), path.read_text()))
    return port


def _broker_line(port: int) -> str:
    return (
        f"{BROKER}=redis://127.0.0.1:{port}/1  # the bundled Redis on {port}; "
        "write another URL to use your own"
    )


def _append(path: Path, line: str) -> None:
    text = path.read_text()
    _write(path, f"{text}{'' if text.endswith('\n') or not text else '\n'}{line}\n")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise Trouble(
            f"The settings of this machine cannot be written to {path} ({error.strerror}). Set ENV_FILE to "
            "a file that this user may write."
        ) from error
