"""What a new installation starts with. Only what is absent is made: a person's edit is never undone."""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction

GROUPS_FILE = settings.BASE_DIR / "fixtures" / "groups.json"


@transaction.atomic
def seed_groups() -> list[str]:
    """Make the groups of fixtures/groups.json that have no group of their name yet; returns their names.

    A group that exists keeps the permissions an administrator gave it. Raises Permission.DoesNotExist
    where the file names a permission that no model declares.
    """
    made = []
    for entry in json.loads(GROUPS_FILE.read_text()):
        fields = entry["fields"]
        group, created = Group.objects.get_or_create(name=fields["name"])
        if created:
            group.permissions.set(
                [Permission.objects.get_by_natural_key(*key) for key in fields["permissions"]]
            )
            made.append(group.name)
    return made
