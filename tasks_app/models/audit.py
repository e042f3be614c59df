"""One of the many things that an entry of the audit log is about."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

# The user name of the account that did what no person did. Nobody can have it: a form refuses brackets.
SYSTEM = "(system)"


class AuditItem(models.Model):
    """As in Django's LogEntry, for a thing that something was done to together with others."""

    entry = models.ForeignKey(LogEntry, models.CASCADE, related_name="items")
    # content_type and object_id have an index together, which begins with the rarer one.
    content_type = models.ForeignKey(ContentType, models.CASCADE, db_index=False)
    object_id = models.CharField(max_length=255)
    object_repr = models.CharField(_("what"), max_length=200)
    change_message = models.TextField(blank=True)

    class Meta:
        verbose_name = _("item of a log entry")
        verbose_name_plural = _("items of log entries")
        default_permissions = ()
        indexes = [models.Index(fields=["object_id", "content_type"], name="audit_item_by_object")]

    def __str__(self) -> str:
        return self.object_repr
