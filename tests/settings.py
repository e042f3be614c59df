"""The project's settings for tests: a folder of their own, no broker, and nothing from anyone's `.env`.

pytest-django reads settings before any conftest.py, so the environment is set here.
"""

import atexit
import base64
import os
import shutil
import sys
import tempfile

# Where pytest keeps what the last runs' tests wrote, for who looks into it.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
_folder = tempfile.mkdtemp(prefix="backoffice-test-")
os.chmod(_folder, 0o711)  # noqa: S103 - PostgreSQL's own user has a folder in it
_owner = os.getpid()


def _remove_folder() -> None:
    if os.getpid() == _owner:  # a forked child must not take it from under its parent
        shutil.rmtree(_folder, ignore_errors=True)


atexit.register(_remove_folder)

# Of the process that began the run: in it lies what the run makes once (tests/made_once.py), and whatever its
# processes and their children, killed ones too, write for a while.
os.environ.setdefault("TESTS_FOLDER", _folder)
os.environ["TMPDIR"] = tempfile.tempdir = os.environ["TESTS_FOLDER"]
# Hundreds of processes import the same modules: compiled once, not by each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

os.environ |= {
    "ENVIRONMENT": "test",
    "DEBUG": "false",
    "SECRET_KEY": "insecure-test-key",
    "FIELD_ENCRYPTION_KEYS": base64.b64encode(b"a key of 32 bytes for tests only").decode(),
    "DATA_DIR": _folder,
    "ENV_FILE": os.devnull,
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",  # nobody: tests that need a broker use `broker`
    # A stand-in must never be left by mistake: no key of a real account is within reach.
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
}

from projet.settings import *  # noqa: E402, F403
from projet.settings import DATA_DIR, DATABASES, STATIC_ROOT  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in real life: processes and threads meet in it, which they cannot in memory.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    # No test cuts the power: what this process commits need not reach the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; nobody's real password
os.makedirs(STATIC_ROOT, exist_ok=True)  # WhiteNoise warns in every test where there is none
