"""A process says what another one wrote: each sentence that is declared is known as soon as Django stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

# Its library is large, and loaded with the store, only where files lie in a bucket.
WITH_ITS_STORE = {"backoffice.s3"}
LOADED = "import django, sys; django.setup(); print(*sys.modules)"


def modules_that_declare() -> set[str]:
    base = Path(settings.BASE_DIR)
    files = [file for app in ("tasks_app", "backoffice", "projet") for file in (base / app).rglob("*.py")]
    named = {file for file in files if re.search(r"= declare\(", file.read_text(encoding="utf-8"))}
    return {
        ".".join(file.relative_to(base).with_suffix("").parts).removesuffix(".__init__") for file in named
    }


@pytest.mark.processes
def test_each_module_that_declares_a_sentence_is_loaded_by_every_process() -> None:
    known = {"ENVIRONMENT": "local", "SECRET_KEY": "x", "ENV_FILE": os.devnull}
    ended = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "projet.settings"} | known,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    declaring = modules_that_declare()
    assert len(declaring) > 20
    assert declaring - set(ended.stdout.split()) == WITH_ITS_STORE
