"""Uploaded lists have rows; and each mailbox one spelling, as the field keeps it from now on."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Lower

from backoffice import spelling

# What the field would write otherwise: all but plain addresses whose domain is in small letters.
PLAIN = r"^[!-~]+@[a-z0-9.-]*[a-z0-9]$"


def spell_one_way(apps, schema_editor):
    """Where two rows turn out to be one mailbox both stay, for jobs and schedules name them; if one of them opted
    out, both have."""
    recipients = apps.get_model("backoffice", "Recipient").objects
    odd = recipients.filter(~Q(email__regex=PLAIN) | Q(email__contains="xn--"))
    for pk, email, active in list(odd.values_list("pk", "email", "active")):
        spelled = spelling.address(email)
        if spelled == email:
            continue
        others = recipients.alias(address=Lower("email")).filter(address=spelled.lower()).exclude(pk=pk)
        if not others.exists():
            recipients.filter(pk=pk).update(email=spelled)
        elif not active or others.filter(active=False).exists():
            others.update(active=False)
            recipients.filter(pk=pk).update(active=False)


class Migration(migrations.Migration):

    dependencies = [
        ('backoffice', '0007_causes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PeopleList',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('file', models.CharField(max_length=255, unique=True)),
                ('file_name', models.CharField(max_length=255, verbose_name='file')),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('imported_at', models.DateTimeField(null=True)),
                ('figures', models.JSONField(default=dict)),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'list of people',
                'verbose_name_plural': 'lists of people',
                'default_permissions': (),
            },
        ),
        migrations.AlterField(
            model_name='recipient',
            name='email',
            field=models.CharField(max_length=254, verbose_name='email address'),
        ),
        migrations.RunPython(spell_one_way, migrations.RunPython.noop, elidable=True),
    ]
