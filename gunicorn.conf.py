"""How `gunicorn projet.wsgi` serves when started in this folder; options on its command line win."""

import os

from projet.environment import read_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projet.settings")
read_settings()  # before any process of it starts: a wrong value is said once, and ends it

worker_class = "gthread"
threads = 4
# It would lie in the home folder, shared by every web process of one user on a machine.
control_socket_disable = True
