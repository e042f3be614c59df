"""People of each role."""

from __future__ import annotations

from django.contrib.auth.models import Group, User


def somebody(role: str) -> User:
    """A user of that group, which is there; "superuser" and "" (no group) work too."""
    name = role.lower() or "nobody"
    user, created = User.objects.get_or_create(
        username=name,
        defaults={
            "first_name": "Alex",
            "last_name": role or "Nobody",
            "email": f"{name}@example.org",
            "is_staff": True,
            "is_superuser": role == "superuser",
        },
    )
    if created and role not in ("", "superuser"):
        user.groups.add(Group.objects.get(name=role))
    return user
