"""Values from the environment, typed and checked; a wrong one is a sentence that says what was expected.

env.int("JOB_LEASE_SECONDS", 60, validate=whole(1))
→ JOB_LEASE_SECONDS is 'soon'; it takes a whole number, 1 or more.

Not pydantic-settings, whose refusals name patterns and show secrets: docs/decisions/0013.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError

from projet.conf.validators import IS_DATABASE, Validator, is_secret

# What each reader of Env takes, where the variable's own check does not say it better.
TYPES = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "dj_db_url": IS_DATABASE.takes,
}


def _telling(kind: str) -> Any:
    """A reader of Env whose refusal is ImproperlyConfigured, in one sentence."""
    read = getattr(Env, kind)

    def told(self: Env, name: str, default: Any = ..., *, validate: Any = None, **options: Any) -> Any:
        if validate is not None:
            options["validate"] = validate
        if kind == "dj_db_url" and not IS_DATABASE.accepts(os.environ.get(name, default)):
            raise ImproperlyConfigured(refusal(name, IS_DATABASE.takes))
        try:
            return read(self, name, default, **options)
        except EnvValidationError as error:
            takes = validate.takes if isinstance(validate, Validator) else TYPES.get(kind)
            told_otherwise = " ".join(str(message) for message in error.error_messages)
            raise ImproperlyConfigured(refusal(name, takes or told_otherwise)) from error

    return told


class Environment(Env):
    """environs' Env, with refusals for people."""

    str = _telling("str")
    int = _telling("int")
    float = _telling("float")
    bool = _telling("bool")
    list = _telling("list")
    path = _telling("path")
    dj_db_url = _telling("dj_db_url")


def refusal(name: str, takes: str) -> str:
    """The sentence; the value of a secret is left out, and a long one is cut."""
    value = os.environ.get(name, "")
    if not value.strip():
        said = "empty"
    elif is_secret(name):
        said = "not usable (its value is not shown here)"
    else:
        said = repr(value if len(value) <= 80 else f"{value[:79]}…")
    return f"{name} is {said}; it takes {takes.rstrip('.')}."


def read_settings() -> None:
    """Read all settings now. Where one is wrong this process ends with its sentence, which says all:
    Celery and gunicorn would bury it under a traceback."""
    try:
        _ = settings.DEBUG
    except ImproperlyConfigured as error:
        sys.exit(str(error))
