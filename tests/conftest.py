"""Fixtures that every test shares. The environment is set before Django reads its settings."""

import os
import tempfile

os.environ["ENVIRONMENT"] = "test"
os.environ["DEBUG"] = "false"
os.environ["SECRET_KEY"] = "insecure-test-key"
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="backoffice-test-"))
os.environ.setdefault("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")  # nobody: tests that need one start it
