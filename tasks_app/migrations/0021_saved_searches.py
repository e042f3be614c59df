import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tasks_app", "0020_arguments_of_the_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("query", models.TextField(max_length=2000, verbose_name="search")),
                ("shared", models.BooleanField(default=False, verbose_name="shared with everybody who sees jobs")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="saved")),
                ("count", models.PositiveIntegerField(editable=False, null=True)),
                ("counted_at", models.DateTimeField(editable=False, null=True)),
                ("broken", models.BooleanField(default=False, editable=False)),
                (
                    "owner",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_searches",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved search",
                "verbose_name_plural": "saved searches",
                "ordering": ["name", "id"],
                "permissions": [("share_search", "Can share saved searches")],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "name"),
                        name="one_search_of_a_name",
                        violation_error_message="You have a search of this name already: choose another.",
                    )
                ],
            },
        ),
        migrations.AlterModelOptions(
            name="job",
            options={
                "ordering": ["-created_at", "-id"],
                "permissions": [
                    ("launch_job", "Can launch jobs"),
                    ("rerun_job", "Can run jobs again"),
                    ("cancel_job", "Can cancel jobs"),
                    ("settle_job", "Can settle jobs with an unknown outcome"),
                    ("export_job", "Can export lists of jobs"),
                ],
                "verbose_name": "job",
                "verbose_name_plural": "jobs",
            },
        ),
    ]
