"""What mypy reads: its plugin knows the class of `request.user` only under the name of Django's own app."""

from projet.settings import *  # noqa: F403
from projet.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = ["django.contrib.auth" if app.endswith(".PeopleConfig") else app for app in _APPS]
