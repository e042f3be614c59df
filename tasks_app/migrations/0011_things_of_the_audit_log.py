import django.db.models.deletion
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("tasks_app", "0010_why_a_queue_is_paused"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("object_id", models.CharField(max_length=255)),
                ("object_repr", models.CharField(max_length=200, verbose_name="what")),
                ("change_message", models.TextField(blank=True)),
                (
                    "content_type",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="contenttypes.contenttype",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="admin.logentry"
                    ),
                ),
            ],
            options={
                "verbose_name": "item of a log entry",
                "verbose_name_plural": "items of log entries",
                "default_permissions": (),
                "indexes": [models.Index(fields=["object_id", "content_type"], name="audit_item_by_object")],
            },
        ),
    ]
