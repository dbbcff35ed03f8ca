"""The WSGI application, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

from consultations import database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consultations.settings")
database.start_if_embedded()
application = get_wsgi_application()
