"""Uploaded lists have rows."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('backoffice', '0006_what_each_has_seen'),
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
    ]
