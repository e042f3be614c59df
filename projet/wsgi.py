"""The web process: `gunicorn projet.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projet.settings")

application = get_wsgi_application()
