"""A search of jobs that somebody keeps under a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedSearch(models.Model):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="saved_searches",
        editable=False,
        verbose_name=_("owner"),
    )
    name = models.CharField(_("name"), max_length=60)
    # What stands behind the list's address: filters and search.
    query = models.TextField(_("search"), max_length=2_000)
    shared = models.BooleanField(_("shared with everybody who sees jobs"), default=False)
    created_at = models.DateTimeField(_("saved"), auto_now_add=True)
    # How many jobs it finds, counted up to a bound when somebody last looked at jobs; NULL where it takes too
    # long to tell.
    count = models.PositiveIntegerField(null=True, editable=False)
    counted_at = models.DateTimeField(null=True, editable=False)
    # It names something that there is no more: a qualifier, a filter, a value.
    broken = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ["name", "id"]
        default_permissions = ()
        permissions = [("share_search", _("Can share saved searches"))]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="one_search_of_a_name",
                violation_error_message=_("You have a search of this name already: choose another."),
            )
        ]

    def __str__(self) -> str:
        return self.name
