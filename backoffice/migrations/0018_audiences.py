import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0017_subscriptions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecipientField",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="In templates and lists: customer_since. It stays as it is first written.",
                        max_length=40,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z][a-z0-9]*(_[a-z0-9]+)*\\Z",
                                "Use small letters, digits and single _ only, and begin with a letter: customer_since.",
                            )
                        ],
                        verbose_name="name",
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        help_text="What pages and lists call it: Customer since.",
                        max_length=100,
                        verbose_name="label",
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("number", "Number"),
                            ("date", "Date"),
                            ("choice", "Choice"),
                        ],
                        default="text",
                        max_length=8,
                        verbose_name="type",
                    ),
                ),
                (
                    "choices",
                    models.TextField(
                        blank=True,
                        help_text="Of a choice alone: one a line.",
                        max_length=5000,
                        verbose_name="choices",
                    ),
                ),
            ],
            options={
                "verbose_name": "field of recipients",
                "verbose_name_plural": "fields of recipients",
                "ordering": ["label", "id"],
            },
        ),
        migrations.AddField(
            model_name="recipient",
            name="own",
            field=models.JSONField(db_default={}, default=dict, editable=False, verbose_name="own fields"),
        ),
        migrations.AddField(
            model_name="recipient",
            name="zone",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=63, verbose_name="time zone"
            ),
        ),
        migrations.CreateModel(
            name="Audience",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("conditions", "By conditions"),
                            ("chosen", "Chosen one by one"),
                            ("file", "From a file"),
                        ],
                        default="conditions",
                        editable=False,
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "shared",
                    models.BooleanField(
                        default=False,
                        help_text="Off: its owner alone sees it.",
                        verbose_name="shared with everybody who sees audiences",
                    ),
                ),
                ("variables", models.JSONField(default=list, editable=False)),
                (
                    "file_name",
                    models.CharField(blank=True, editable=False, max_length=255, verbose_name="file"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "owner",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="audiences",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "audience",
                "verbose_name_plural": "audiences",
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="AudienceCondition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(db_index=True, max_length=50, verbose_name="what")),
                (
                    "comparison",
                    models.CharField(
                        choices=[
                            ("is", "is"),
                            ("is_not", "is not"),
                            ("contains", "contains"),
                            ("contains_not", "does not contain"),
                            ("from", "is at least / from this day"),
                            ("until", "is at most / up to this day"),
                            ("last_days", "in the last … days"),
                            ("not_last_days", "not in the last … days"),
                            ("empty", "is not filled in"),
                            ("filled", "is filled in"),
                        ],
                        default="is",
                        max_length=16,
                        verbose_name="how",
                    ),
                ),
                ("value", models.CharField(blank=True, max_length=500, verbose_name="compared with")),
                (
                    "audience",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conditions",
                        to="backoffice.audience",
                    ),
                ),
            ],
            options={
                "verbose_name": "condition",
                "verbose_name_plural": "conditions",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="AudienceLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField(verbose_name="line")),
                ("email", models.CharField(max_length=254, verbose_name="email address")),
                ("address", models.CharField(db_index=True, max_length=254)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("company", models.CharField(blank=True, max_length=200, verbose_name="company")),
                ("language", models.CharField(blank=True, max_length=8, verbose_name="language")),
                ("zone", models.CharField(blank=True, max_length=63, verbose_name="time zone")),
                ("values", models.JSONField(default=dict)),
                (
                    "audience",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="backoffice.audience",
                    ),
                ),
            ],
            options={
                "verbose_name": "person of a file",
                "verbose_name_plural": "people of files",
                "ordering": ["line"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="AudienceMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "audience",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="backoffice.audience",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="backoffice.recipient",
                    ),
                ),
            ],
            options={
                "verbose_name": "chosen recipient",
                "verbose_name_plural": "chosen recipients",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Mailing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("audience_name", models.CharField(blank=True, max_length=100, verbose_name="audience")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("freezing", "Taking down its audience"),
                            ("frozen", "Audience taken down"),
                        ],
                        default="draft",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("frozen_as_of", models.DateTimeField(null=True)),
                ("frozen_until", models.BigIntegerField(default=0)),
                ("frozen_at", models.DateTimeField(null=True)),
                ("people", models.PositiveIntegerField(default=0, verbose_name="people")),
                (
                    "audience",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="mailings",
                        to="backoffice.audience",
                        verbose_name="audience",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "mailing",
                "verbose_name_plural": "mailings",
                "ordering": ["-created_at", "-id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="MailingPerson",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.CharField(blank=True, max_length=254, verbose_name="email address")),
                ("address", models.CharField(db_index=True, max_length=254, null=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("company", models.CharField(blank=True, max_length=200, verbose_name="company")),
                ("language", models.CharField(blank=True, max_length=8, verbose_name="language")),
                ("zone", models.CharField(blank=True, max_length=63, verbose_name="time zone")),
                ("values", models.JSONField(default=dict)),
                ("active", models.BooleanField()),
                (
                    "mailing",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="everybody",
                        to="backoffice.mailing",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="backoffice.recipient",
                        verbose_name="recipient",
                    ),
                ),
            ],
            options={
                "verbose_name": "person of a mailing",
                "verbose_name_plural": "people of mailings",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="one_tag_of_a_name",
                        violation_error_message="There is a tag of this name already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RecipientTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="backoffice.recipient"
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="backoffice.tag"
                    ),
                ),
            ],
            options={
                "verbose_name": "tag of a recipient",
                "verbose_name_plural": "tags of recipients",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="recipient",
            name="tags",
            field=models.ManyToManyField(
                blank=True,
                related_name="recipients",
                through="backoffice.RecipientTag",
                to="backoffice.tag",
                verbose_name="tags",
            ),
        ),
        migrations.AddConstraint(
            model_name="audience",
            constraint=models.UniqueConstraint(
                fields=("owner", "name"),
                name="one_audience_of_a_name",
                violation_error_message="You have an audience of this name already: choose another.",
            ),
        ),
        migrations.AddConstraint(
            model_name="audienceline",
            constraint=models.UniqueConstraint(fields=("audience", "address"), name="one_line_an_address"),
        ),
        migrations.AddConstraint(
            model_name="audiencemember",
            constraint=models.UniqueConstraint(fields=("audience", "recipient"), name="one_member_once"),
        ),
        migrations.AddConstraint(
            model_name="mailingperson",
            constraint=models.UniqueConstraint(fields=("mailing", "address"), name="one_person_an_address"),
        ),
        migrations.AddConstraint(
            model_name="mailingperson",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("address", None), ("email", ""), ("name", "")),
                    models.Q(
                        models.Q(("address", None), _negated=True), models.Q(("email", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="erased_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="recipienttag",
            index=models.Index(fields=["recipient", "tag"], name="tags_of_a_recipient"),
        ),
        migrations.AddConstraint(
            model_name="recipienttag",
            constraint=models.UniqueConstraint(fields=("tag", "recipient"), name="one_tag_once"),
        ),
    ]
