import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from tasks_app.db.online_index import AddIndexOnline, AddUniqueOnline


class Migration(migrations.Migration):
    """A mailing has its text, its approvals and a message for each of its people."""

    atomic = False  # indexes are built beside the work

    dependencies = [
        ("backoffice", "0021_what_came_of_a_persons_messages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MailingApproval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("by_name", models.CharField(blank=True, max_length=150)),
                ("at", models.DateTimeField(verbose_name="approved")),
                ("digest", models.CharField(max_length=64)),
                ("signature", models.CharField(max_length=255)),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="withdrawn")),
            ],
            options={
                "verbose_name": "approval of a mailing",
                "verbose_name_plural": "approvals of mailings",
                "ordering": ["at", "id"],
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="mailing",
            options={
                "default_permissions": ("view", "add", "change"),
                "ordering": ["-created_at", "-id"],
                "permissions": [
                    ("send_mailing", "Can send mailings, pause, resume and stop them"),
                    ("approve_mailing", "Can approve mailings of others"),
                ],
                "verbose_name": "mailing",
                "verbose_name_plural": "mailings",
            },
        ),
        migrations.AddField(
            model_name="mailing",
            name="cause",
            field=models.CharField(editable=False, max_length=255, null=True, verbose_name="cause"),
        ),
        migrations.AddField(
            model_name="mailing",
            name="cause_params",
            field=models.JSONField(
                editable=False, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True
            ),
        ),
        migrations.AddField(
            model_name="mailing",
            name="company",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="mailing",
            name="digest",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="mailing",
            name="ended_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="ended"),
        ),
        migrations.AddField(
            model_name="mailing",
            name="erased_sum",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="mailing",
            name="failing",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="fruitless",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="html",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="job_id",
            field=models.CharField(blank=True, db_index=True, editable=False, max_length=255),
        ),
        migrations.AddField(
            model_name="mailing",
            name="prepared",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="prepared_until",
            field=models.BigIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="rate",
            field=models.FloatField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="mailing",
            name="reason",
            field=models.TextField(blank=True, editable=False, verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="mailing",
            name="sender",
            field=models.CharField(blank=True, editable=False, max_length=254, verbose_name="from"),
        ),
        migrations.AddField(
            model_name="mailing",
            name="sent_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="sent by",
            ),
        ),
        migrations.AddField(
            model_name="mailing",
            name="started_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="sending since"),
        ),
        migrations.AddField(
            model_name="mailing",
            name="subject",
            field=models.CharField(blank=True, editable=False, max_length=500, verbose_name="subject"),
        ),
        migrations.AddField(
            model_name="mailing",
            name="template",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="mailings",
                to="backoffice.emailtemplate",
                verbose_name="template",
            ),
        ),
        migrations.AddField(
            model_name="mailing",
            name="template_name",
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name="template"),
        ),
        migrations.AddField(
            model_name="mailing",
            name="text",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="values_pruned_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="mailing",
            name="values_kept",
            field=models.BooleanField(default=True, editable=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="variables",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="verified_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="mailing",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="messages",
                to="backoffice.mailing",
                verbose_name="mailing",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="person",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="backoffice.mailingperson",
                verbose_name="person of a mailing",
            ),
        ),
        migrations.AlterField(
            model_name="mailing",
            name="audience_name",
            field=models.CharField(blank=True, editable=False, max_length=100, verbose_name="audience"),
        ),
        migrations.AlterField(
            model_name="mailing",
            name="created_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AlterField(
            model_name="mailing",
            name="frozen_as_of",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="mailing",
            name="frozen_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="mailing",
            name="frozen_until",
            field=models.BigIntegerField(default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="mailing",
            name="people",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="people"),
        ),
        migrations.AlterField(
            model_name="mailing",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("freezing", "Taking down its audience"),
                    ("frozen", "Audience taken down"),
                    ("sending", "Sending"),
                    ("paused", "Paused"),
                    ("stopped", "Stopped"),
                    ("done", "Sent"),
                ],
                default="draft",
                editable=False,
                max_length=16,
                verbose_name="state",
            ),
        ),
        migrations.AddIndex(
            model_name="mailing",
            index=models.Index(fields=["-created_at", "-id"], name="mailing_newest"),
        ),
        migrations.AddIndex(
            model_name="mailing",
            index=models.Index(fields=["state", "-created_at"], name="mailing_by_state"),
        ),
        AddIndexOnline(
            model_name="mailingperson",
            index=models.Index(fields=["mailing", "id"], name="people_of_mailing_in_order"),
        ),
        AddIndexOnline(
            model_name="message",
            index=models.Index(
                condition=models.Q(("mailing__isnull", False)),
                fields=["mailing", "state", "person"],
                name="message_of_mailing",
            ),
        ),
        AddUniqueOnline(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("person__isnull", False)), fields=("person",), name="one_message_a_person"
            ),
        ),
        migrations.AddField(
            model_name="mailingapproval",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="mailingapproval",
            name="mailing",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="approvals", to="backoffice.mailing"
            ),
        ),
        migrations.AddField(
            model_name="mailingapproval",
            name="withdrawn_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="withdrawn by",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailingapproval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("mailing",),
                name="one_valid_approval_of_a_mailing",
            ),
        ),
    ]
