"""What a worker tells of its settings, to `celery inspect conf` and to Flower's pages."""

from __future__ import annotations

from typing import Any

from celery.utils.serialization import strtobool
from celery.worker import control
from kombu.utils.url import sanitize_url

from tasks_app.logs.masking import KEY_IN_URL, PASSWORD_IN_URL

# Read before they are replaced: Celery registers its own commands as the module is imported.
_celerys_conf, _celerys_report = control.conf, control.report


@control.inspect_command(
    name="conf",
    alias="dump_conf",
    signature="[include_defaults=False]",
    args=[("with_defaults", strtobool)],
)
def conf(state: Any, with_defaults: bool = False, **options: Any) -> Any:
    """List configuration.

    Celery hides the password of `broker_url`, but not under its name in Django's settings, CELERY_BROKER_URL.
    """
    return without_passwords(_celerys_conf(state, with_defaults, **options))


@control.inspect_command(name="report")
def report(state: Any) -> Any:
    """Information about Celery installation for bug reports, without the passwords Celery would print."""
    told = _celerys_report(state)
    return {name: _masked(PASSWORD_IN_URL.sub(r"\g<before>**", text)) for name, text in told.items()}


def without_passwords(value: Any) -> Any:
    """The same lists and dicts, with the password or key of each URL in them masked."""
    if isinstance(value, dict):
        return {name: without_passwords(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_passwords(one) for one in value]
    if isinstance(value, str) and "://" in value and "@" in value:
        return _masked(sanitize_url(value))
    return value


def _masked(text: str) -> str:
    return KEY_IN_URL.sub(r"\g<before>**", text)
