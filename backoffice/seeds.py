"""What a new installation starts with. Only what is absent is made: a person's edit is never undone."""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction

from backoffice.rights import find_permissions

GROUPS_FILE = settings.BASE_DIR / "fixtures" / "groups.json"


@transaction.atomic
def seed_groups() -> list[str]:
    """Make the groups of fixtures/groups.json that have no group of their name yet; returns their names.

    A group that exists keeps the permissions an administrator gave it. Raises Permission.DoesNotExist
    where the file names one that no model declares.
    """
    made = []
    for entry in json.loads(GROUPS_FILE.read_text()):
        fields = entry["fields"]
        group, created = Group.objects.get_or_create(name=fields["name"])
        if created:
            group.permissions.set(_permissions(fields["permissions"]))
            made.append(group.name)
    return made


def _permissions(natural_keys: list[list[str]]) -> list[Permission]:
    """From Django's natural keys: codename, app, model."""
    found = find_permissions(f"{app}.{codename}" for codename, app, _model in natural_keys)
    if len(found) != len(natural_keys):
        known = {one.codename for one in found}
        missing = ", ".join(codename for codename, _app, _model in natural_keys if codename not in known)
        raise Permission.DoesNotExist(
            f"{GROUPS_FILE.name} names permissions that no model declares: {missing}"
        )
    return found
