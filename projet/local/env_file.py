"""`.env`, the settings of this machine: what is missing is added, what a person wrote is left alone."""

from __future__ import annotations

import os
import re
from pathlib import Path
from secrets import token_urlsafe
from typing import NamedTuple

from cryptography.fernet import Fernet
from dotenv import dotenv_values

from projet.conf.startup_checks import refuse_unreadable_env_file
from projet.local.errors import Trouble
from projet.local.programs import free_port, port_is_free

BROKER = "CELERY_BROKER_URL"
HEADER = "# Written by `make up` for this machine, yours to edit. README.md lists every variable.\n"
# The port stands in the comment too: when somebody edits the URL, the two differ and it is theirs.
OUR_BROKER = re.compile(
    rf"^{BROKER}=redis://(:(?P<password>[\w-]+)@)?127\.0\.0\.1:(?P<port>\d+)/1"
    r"  # the bundled Redis on (?P=port)\b.*$",
    re.MULTILINE,
)


def values(path: Path) -> dict[str, str]:
    """What the settings will read: the file's values, with the process environment before them."""
    in_file = {name: value for name, value in dotenv_values(path).items() if value is not None}
    return in_file | dict(os.environ)


def prepare(path: Path) -> None:
    """Make `path` when it is absent; add the keys and a broker to it when it has none.

    Raises Trouble where the instance calls itself production or the file cannot be written,
    ImproperlyConfigured where it cannot be read.
    """
    if not path.exists():
        _write(path, f"{HEADER}ENVIRONMENT=local\nDEBUG=true\n")
    refuse_unreadable_env_file(path)
    if values(path).get("ENVIRONMENT", "production") == "production":
        raise Trouble(
            f"ENVIRONMENT is production (or missing) in {path}: `make up` runs a back office to try on one "
            "machine, with demo accounts. Put ENVIRONMENT=local there, or see deploy/ for production."
        )
    found = values(path)
    if not found.get("SECRET_KEY"):
        _append(path, f"SECRET_KEY={token_urlsafe(50)}")
    if not found.get("FIELD_ENCRYPTION_KEYS"):
        _append(path, f"FIELD_ENCRYPTION_KEYS={Fernet.generate_key().decode()}")
    if not found.get(BROKER):
        _append(path, _broker_line(OurRedis(free_port(), token_urlsafe())))


class OurRedis(NamedTuple):
    """The Redis that is ours to start."""

    port: int
    password: str


def our_redis(path: Path) -> OurRedis | None:
    """As the file has it ("" for the password where a version before gave none); None for another broker."""
    if BROKER in os.environ:
        return None
    line = OUR_BROKER.search(path.read_text())
    return OurRedis(int(line["port"]), line["password"] or "") if line else None


def ready_redis(path: Path) -> OurRedis | None:
    """As `our_redis`, with a port that no stranger has and with a password: the file says so from now on."""
    there = our_redis(path)
    if there is None:
        return None
    port = there.port if port_is_free(there.port) else free_port()
    ready = OurRedis(port, there.password or token_urlsafe())
    if ready != there:
        _write(path, OUR_BROKER.sub(_broker_line(ready), path.read_text()))
    return ready


def _broker_line(ours: OurRedis) -> str:
    return (
        f"{BROKER}=redis://:{ours.password}@127.0.0.1:{ours.port}/1  # the bundled Redis on {ours.port}; "
        "write another URL to use your own"
    )


def _append(path: Path, line: str) -> None:
    text = path.read_text()
    _write(path, f"{text}{'' if text.endswith('\n') or not text else '\n'}{line}\n")


def _write(path: Path, text: str) -> None:
    """Readable by its owner alone, from the first byte on: it holds keys and a password."""
    try:
        with open(path, "w", opener=_private) as file:
            os.fchmod(file.fileno(), 0o600)  # one that was there may have been open to others
            file.write(text)
    except OSError as error:
        raise Trouble(
            f"The settings of this machine cannot be written to {path} ({error.strerror}). Set ENV_FILE to "
            "a file that this user may write."
        ) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
