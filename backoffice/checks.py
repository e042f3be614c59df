"""Checks of `manage.py check --deploy`: what must be done before real people come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.db import DatabaseError


@checks.register(checks.Tags.files, deploy=True)
def storage_takes_files(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Reports and attachments must be kept somewhere: a small file is written, read and deleted."""
    from backoffice import storage

    try:
        storage.probe()
    except (OSError, storage.StorageRefused) as error:
        return [
            checks.Error(
                f"The storage of reports and attachments does not work: {error}",
                hint="Correct STORAGE_URL and the keys of the bucket, or rights and space of DATA_DIR.",
                id="backoffice.E003",
            )
        ]
    return []


@checks.register(checks.Tags.security, deploy=True)
def mapped_groups_exist(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """A group that OIDC_GROUP_MAP names and nobody made gives nobody any right, without a word."""
    from django.contrib.auth.models import Group

    named = set(settings.OIDC_GROUP_MAP.values())
    try:
        missing = sorted(named - set(Group.objects.filter(name__in=named).values_list("name", flat=True)))
    except DatabaseError:
        return []  # no_demo_accounts says so
    return [
        checks.Error(
            f"OIDC_GROUP_MAP names the group {name}, which does not exist; it takes names of our groups.",
            hint="Correct OIDC_GROUP_MAP, or add the group in the admin.",
            id="backoffice.E004",
        )
        for name in missing
    ]


@checks.register(checks.Tags.security, deploy=True)
def no_demo_accounts(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Demo accounts have public passwords: none may be active in production."""
    from backoffice.demo import demo_users

    try:
        names = [user.username for user in demo_users()]
    except DatabaseError as error:
        return [
            checks.Error(
                f"The accounts could not be read, so nobody knows whether demo accounts exist: {error}",
                hint="Set DATABASE_URL to the production database and run `manage.py migrate` first.",
                id="backoffice.E002",
            )
        ]
    if not names:
        return []
    return [
        checks.Error(
            f"Demo accounts exist, and their passwords are public: {', '.join(names)}.",
            hint="Remove them with `manage.py demo --remove`.",
            id="backoffice.E001",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def secrets_can_be_sealed_and_read(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Without the key that second factors are sealed under, nobody who has one comes in by their app."""
    from backoffice.encryption import NoKeys
    from backoffice.sign_in import sealed_keys

    try:
        unreadable = sealed_keys.state().unreadable
    except NoKeys as error:
        return [
            checks.Error(
                "FIELD_ENCRYPTION_KEYS is empty: no second factor can be set up or checked, and no link to a "
                "new password be sent.",
                hint=str(error),
                id="backoffice.E005",
            )
        ]
    except DatabaseError:
        return []  # no_demo_accounts says so
    if not unreadable:
        return []
    return [
        checks.Error(
            f"No key of FIELD_ENCRYPTION_KEYS opens the second factor of: {', '.join(unreadable)}.",
            hint="Add the key that was used before behind the first; where it is lost, reset these people's "
            "second factor on their pages.",
            id="backoffice.E006",
        )
    ]
