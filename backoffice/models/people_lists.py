"""An uploaded list of people, between its preview and its import, and what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PeopleListQuerySet(models.QuerySet["PeopleList"]):
    def of(self, user: Any) -> PeopleListQuerySet:
        """Those this person uploaded: nobody imports what somebody else looked at."""
        return self.filter(uploaded_by=user)

    def waiting(self) -> PeopleListQuerySet:
        return self.filter(imported_at=None)

    def claim(self, list_id: Any, user: Any) -> bool:
        """Whether the caller is the one who imports it, from now on; another waits for this transaction."""
        return bool(self.of(user).waiting().filter(pk=list_id).update(imported_at=timezone.now()))


class PeopleList(models.Model):
    """The file lies in the storage until the cleanup forgets row and file, a day later."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.CharField(max_length=255, unique=True)  # in the storage
    file_name = models.CharField(_("file"), max_length=255)  # as its owner calls it
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    imported_at = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict)  # of the import: lines by outcome

    objects = PeopleListQuerySet.as_manager()

    class Meta:
        verbose_name = _("list of people")
        verbose_name_plural = _("lists of people")
        default_permissions = ()

    def __str__(self) -> str:
        return self.file_name
