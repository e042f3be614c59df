"""A message may be stopped; and one that was refused may have no address, subject or sender.

No column changes in the database.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0011_sealed_totp_keys")]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("submitting", "Submitting"),
                    ("sent", "Sent"),
                    ("delivered", "Delivered"),
                    ("bounced", "Bounced"),
                    ("complained", "Complained"),
                    ("failed", "Failed"),
                    ("suppressed", "Suppressed"),
                    ("stopped", "Stopped"),
                    ("unknown", "Unknown"),
                ],
                default="queued",
                max_length=16,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="to",
            field=models.CharField(blank=True, db_index=True, max_length=254, verbose_name="to"),
        ),
        migrations.AlterField(
            model_name="message",
            name="sender",
            field=models.CharField(blank=True, max_length=254, verbose_name="from"),
        ),
        migrations.AlterField(
            model_name="message",
            name="subject",
            field=models.CharField(blank=True, db_index=True, max_length=500, verbose_name="subject"),
        ),
    ]
