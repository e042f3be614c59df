"""The web process: `gunicorn projet.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from projet.views.database_outage import wait_no_longer_than_people_do

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projet.settings")

application = get_wsgi_application()
wait_no_longer_than_people_do()
