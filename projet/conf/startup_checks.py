"""What no process, and what production refuses to start with; each names the variable and what to do."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

ENVIRONMENTS = ("production", "local", "test")
# Django's own floor (security.W009): shorter or more repetitive keys can be guessed.
MIN_KEY_LENGTH, MIN_KEY_CHARACTERS = 50, 5
NEW_KEY_COMMAND = 'python -c "import secrets; print(secrets.token_urlsafe(50))"'


def refuse_unsafe_production(environment: str, debug: bool, secret_key: str, hosts: Sequence[str]) -> None:
    """Raise ImproperlyConfigured for the first value that must not reach production."""
    if not secret_key:
        raise ImproperlyConfigured(
            f"SECRET_KEY is missing. Make one with {NEW_KEY_COMMAND}, "
            "and set it in the environment or in .env."
        )
    if environment != "production":
        return
    if debug:
        raise ImproperlyConfigured(
            "DEBUG is on while ENVIRONMENT is production: it would show settings and data to visitors. "
            "Unset DEBUG."
        )
    if (
        len(secret_key) < MIN_KEY_LENGTH
        or len(set(secret_key)) < MIN_KEY_CHARACTERS
        or "insecure" in secret_key
    ):
        raise ImproperlyConfigured(
            f"SECRET_KEY is too weak for production: it needs {MIN_KEY_LENGTH} random characters. "
            f"Make one with {NEW_KEY_COMMAND}."
        )
    if not hosts:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS is empty: list the host names people use, separated by commas."
        )
    if "*" in hosts:
        raise ImproperlyConfigured("ALLOWED_HOSTS contains '*': list the host names people use instead.")


def refuse_half_a_single_sign_on(
    issuer: str, client_id: str, secret: str, *, passwords: bool, production: bool
) -> None:
    """Raise ImproperlyConfigured where nobody could sign in, or the provider could be impersonated."""
    if not issuer and not passwords:
        raise ImproperlyConfigured(
            "PASSWORD_SIGN_IN is off while OIDC_ISSUER is empty: nobody could sign in. "
            "Set OIDC_ISSUER to your provider's address, or PASSWORD_SIGN_IN to true."
        )
    for name, value in (("OIDC_CLIENT_ID", client_id), ("OIDC_CLIENT_SECRET", secret)):
        if issuer and not value:
            raise ImproperlyConfigured(
                f"{name} is missing while OIDC_ISSUER is set: set it to what your provider gave you."
            )
    if production and issuer and not issuer.startswith("https://"):
        raise ImproperlyConfigured(
            "OIDC_ISSUER does not start with https://: without TLS anybody on the way signs in as anybody."
        )


def refuse_open_page_without_tls(url: str, *, production: bool) -> None:
    """Raise ImproperlyConfigured where links to unsubscribe would be such that mail programs refuse them."""
    if production and url and not url.startswith("https://"):
        raise ImproperlyConfigured(
            "PUBLIC_URL does not start with https://: mail programs unsubscribe by no other address."
        )


def refuse_events_without_their_topic(queue_url: str, topic: str) -> None:
    """Raise ImproperlyConfigured where every event would be refused, as its topic is not the one named."""
    if queue_url and not topic:
        raise ImproperlyConfigured(
            "SES_EVENTS_TOPIC_ARN is missing while SES_EVENTS_QUEUE_URL is set: every event is refused. "
            "Set it to the ARN of the SNS topic that writes to the queue, or unset SES_EVENTS_QUEUE_URL."
        )


def refuse_what_forgets(production: bool, broker_url: str, database: Mapping[str, Any]) -> None:
    """Raise ImproperlyConfigured where production would keep its jobs in the memory of one process."""
    if production and broker_url.startswith("memory:"):
        raise ImproperlyConfigured(
            "CELERY_BROKER_URL is memory://, which other processes do not share; "
            "production takes redis://:password@host:6379/1."
        )
    if production and database["NAME"] == ":memory:":
        raise ImproperlyConfigured(
            "DATABASE_URL is a SQLite in memory, which ends with its process; production takes "
            "postgres://user:password@host:5432/name, or sqlite:////folder/file.sqlite3."
        )


def refuse_unreadable_env_file(path: Path) -> None:
    """Raise ImproperlyConfigured where ENV_FILE names no file, or one that this user may not read."""
    if not path.exists():
        problem = "which does not exist"
    elif path.is_dir():
        problem = "which is a folder"
    elif not os.access(path, os.R_OK):
        problem = "which this user may not read"
    else:
        return
    raise ImproperlyConfigured(
        f"ENV_FILE is {path}, {problem}. Set it to the file that holds the settings, or unset it."
    )


def make_data_dir(path: Path) -> None:
    """Make the folder of all embedded data; raises ImproperlyConfigured where it cannot be written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(_unusable(path, f"cannot be made ({error.strerror})")) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(_unusable(path, "this user may not write to"))


def _unusable(path: Path, problem: str) -> str:
    return f"DATA_DIR is {path}, which {problem}. Set it to a folder that this user may write to."
