"""Whether the site can answer: for supervisors and proxies."""

from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from consultations import actions
from consultations.models import Message

NOT_KEPT = {"Cache-Control": "no-store"}


@require_safe
def healthz(request):
    """200 `ok` with a working database, else 503; with `?detail` in numbers what waits to be told, and how long."""
    answer = in_detail if "detail" in request.GET else in_short
    try:
        return answer()
    except DatabaseError:
        if answer is in_detail:
            return JsonResponse({"database": False}, status=503, headers=NOT_KEPT)
        return HttpResponse("database", content_type="text/plain", status=503, headers=NOT_KEPT)


def in_short():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain", headers=NOT_KEPT)


def in_detail():
    """Numbers only: whoever watches the site learns of a mail server that is away, and of nobody's data."""
    age, letters = actions.queue_age()
    return JsonResponse(
        {
            "database": True,
            "letters_waiting": letters,
            "oldest_letter_seconds": round(age.total_seconds()) if age else 0,
            "calls_waiting": Message.objects.to_call().count(),
        },
        headers=NOT_KEPT,
    )
