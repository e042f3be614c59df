"""Each mailbox has one spelling, as the field keeps it from now on."""

from django.db import migrations, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from backoffice import spelling

# What the field would write otherwise: all but plain addresses whose domain is in small letters.
PLAIN = r"^[!-~]+@[a-z0-9.-]*[a-z0-9]$"


BATCH = 1_000


def spell_one_way(apps, schema_editor):
    """In batches, each a transaction of its own; it may be run again."""
    recipients = apps.get_model("backoffice", "Recipient").objects
    odd = recipients.filter(~Q(email__regex=PLAIN) | Q(email__contains="xn--")).order_by("pk")
    last = 0
    while some := list(odd.filter(pk__gt=last).values_list("pk", "email", "active")[:BATCH]):
        with transaction.atomic():
            for pk, email, active in some:
                _spell(recipients, pk, email, active)
        last = some[-1][0]


def _spell(recipients, pk, email, active):
    """Where two rows turn out to be one mailbox both stay, for jobs and schedules name them; if one of them opted
    out, both have."""
    spelled = spelling.address(email)
    others = recipients.alias(address=Lower("email")).filter(address=spelled.lower()).exclude(pk=pk)
    if spelled == email:
        return
    if not others.exists():
        recipients.filter(pk=pk).update(email=spelled)
    elif not active or others.filter(active=False).exists():
        others.update(active=False)
        recipients.filter(pk=pk).update(active=False)


class Migration(migrations.Migration):
    atomic = False  # a batch is a transaction

    dependencies = [
        ('backoffice', '0007_lists_of_people'),
    ]

    operations = [
        migrations.RunPython(spell_one_way, migrations.RunPython.noop, elidable=True),
    ]
