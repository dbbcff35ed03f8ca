"""The WSGI application, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

from consultations import database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consultations.settings")
# Pages are quick or broken: a query that hangs, or a transaction nobody ends, must not hold places and connections.
# Here and not in settings, because migrations and exports may take longer. In milliseconds; libpq reads it.
os.environ.setdefault("PGOPTIONS", "-c statement_timeout=10000 -c idle_in_transaction_session_timeout=30000")
database.start_if_embedded()
application = get_wsgi_application()
