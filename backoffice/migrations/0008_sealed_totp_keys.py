"""TOTP keys move from django-otp's table, where they lay as they are, into ours, where they are sealed.

Their old rows stay, with keys that nobody knows: while web processes of the version before still run they ask
for a code as before and take none, where without a row they would ask for none. A later release removes them.
"""

from binascii import unhexlify
from secrets import token_hex

from django.core.management.base import CommandError
from django.db import migrations

from backoffice import encryption

KEY_BYTES = 20


def use(user_id):
    """As AuthenticatorApp.use."""
    return f"second factor of {user_id}"


def seal_keys(apps, schema_editor):
    """The device that was asked for codes, of each person; what else lies there was never asked."""
    old, new = apps.get_model("otp_totp", "TOTPDevice"), apps.get_model("backoffice", "AuthenticatorApp")
    asked = {}
    for device in old.objects.filter(confirmed=True).order_by("pk"):
        asked.setdefault(device.user_id, device)
    old.objects.exclude(pk__in=[device.pk for device in asked.values()]).delete()
    for device in asked.values():
        new.objects.create(
            user_id=device.user_id,
            name=device.name,
            confirmed=True,
            sealed_key=_sealed(device),
            drift=device.drift,
            last_t=device.last_t,
            throttling_failure_timestamp=device.throttling_failure_timestamp,
            throttling_failure_count=device.throttling_failure_count,
            last_used_at=device.last_used_at,
        )
        old.objects.filter(pk=device.pk).update(key=token_hex(KEY_BYTES))


def _sealed(device):
    try:
        return encryption.seal(unhexlify(device.key), use(device.user_id))
    except encryption.NoKeys as error:
        raise CommandError(f"{error} The keys of second factors are sealed with it; nothing was changed.") from error


def open_keys(apps, schema_editor):
    old, new = apps.get_model("otp_totp", "TOTPDevice"), apps.get_model("backoffice", "AuthenticatorApp")
    for device in new.objects.order_by("pk"):
        key = encryption.unseal(device.sealed_key, use(device.user_id)).hex()
        values = {
            "name": device.name,
            "key": key,
            "drift": device.drift,
            "last_t": device.last_t,
            "throttling_failure_timestamp": device.throttling_failure_timestamp,
            "throttling_failure_count": device.throttling_failure_count,
        }
        old.objects.filter(user_id=device.user_id, confirmed=True).delete()
        old.objects.create(user_id=device.user_id, confirmed=True, **values)


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0007_authenticator_app_and_password_links"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [migrations.RunPython(seal_keys, open_keys)]
