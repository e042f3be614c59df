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
    where the file names one that no model declares.
    """
    wanted = {
        one["fields"]["name"]: one["fields"]["permissions"] for one in json.loads(GROUPS_FILE.read_text())
    }
    there = set(Group.objects.filter(name__in=wanted).values_list("name", flat=True))
    absent = [name for name in wanted if name not in there]
    declared = _declared_permissions() if absent else {}
    for name in absent:
        keys = [(app, codename) for codename, app, _model in wanted[name]]
        if missing := sorted(codename for app, codename in keys if (app, codename) not in declared):
            raise Permission.DoesNotExist(
                f"{GROUPS_FILE.name} names permissions that no model declares: {', '.join(missing)}"
            )
        Group.objects.create(name=name).permissions.set([declared[key] for key in keys])
    return absent


def _declared_permissions() -> dict[tuple[str, str], int]:
    """The key of each permission, by app and codename. Asked once: conditions of sixty names cost more."""
    rows = Permission.objects.values_list("content_type__app_label", "codename", "pk").order_by()
    return {(app, codename): pk for app, codename, pk in rows}
