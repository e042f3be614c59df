from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("backoffice", "0013_folded_names_and_titles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Size",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("table", "Table"), ("files", "Files"), ("database", "Database")], max_length=8)),
                ("name", models.CharField(max_length=100)),
                ("day", models.DateField()),
                ("measured_at", models.DateTimeField()),
                ("count", models.BigIntegerField(null=True)),
                ("bytes", models.BigIntegerField(null=True)),
                ("certainty", models.CharField(choices=[("counted", "Counted"), ("estimated", "Estimated"), ("at_least", "At Least")], default="counted", max_length=9)),
            ],
            options={
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("day", "kind", "name"), name="one_size_a_day")],
            },
        ),
    ]
