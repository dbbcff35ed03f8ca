"""Whether the site can answer: for supervisors and proxies."""

from django.db import DatabaseError, connection
from django.http import HttpResponse


def healthz(request):
    """200 `ok` with a working database, else 503."""
    headers = {"Cache-Control": "no-store"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database", content_type="text/plain", status=503, headers=headers)
    return HttpResponse("ok", content_type="text/plain", headers=headers)
