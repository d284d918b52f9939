"""The entry point of the servers; a process that starts here takes its share of the pools."""

import os

os.environ.setdefault("SUPPLIERS_PROCESS", "serving")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
