"""docs/how-to/add-an-email.md, followed to the letter: its form, then its command."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from django.test import Client

from backoffice.models import EmailTemplate, Recipient
from tests.how_to.guides import Guide


def test_the_guides_email_is_written_in_the_admin_and_sent(
    eager: None, admin_client: Client, data_dir: Path, settings: Any
) -> None:
    guide = Guide("add-an-email.md")
    form = {
        "slug": "parcel-sent",
        "name": "Parcel sent",
        "active": "on",
        **{part: guide.block(part) for part in ("subject", "text", "html")},
        "variables-TOTAL_FORMS": "1",
        "variables-INITIAL_FORMS": "0",
        "variables-0-name": "carrier",
        "variables-0-value": "Example Post",
        "variables-0-sample": "Example Post",
    }
    for value in ("`parcel-sent`", "`Parcel sent`", "`carrier`", "`Example Post`"):
        assert value in guide.text
    saved = admin_client.post("/admin/backoffice/emailtemplate/add/", form)
    assert saved.status_code == 302, saved.context["errors"]
    template = EmailTemplate.objects.get(slug="parcel-sent")
    recipient = Recipient.objects.create(email="anne@example.org", name="Anne Exemple", language="fr")
    guide.run_its_command(destinataire_id=recipient.pk, modele_id=template.pk)
    [letter] = settings.OUTBOX_DIR.glob("*.eml")
    read = message_from_bytes(letter.read_bytes(), policy=default)
    assert read["Subject"] == "Votre colis est parti"
    for kind in ("plain", "html"):
        body = read.get_body((kind,))
        assert body is not None
        assert "Example Post" in body.get_content()
