"""Whether the site can answer: for supervisors and proxies."""

import functools
import hmac

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Max
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateWorker

from consultations import __version__, actions, backups, doctor
from consultations.models import Message, Registration

NOT_KEPT = {"Cache-Control": "no-store"}


@require_safe
def healthz(request):
    """200 `ok` with a working database of this version, else 503; with `?detail` in numbers what waits to be told, and
    how long.
    """
    answer = in_detail if "detail" in request.GET else in_short
    try:
        require_schema()
        return answer()
    except DatabaseError as error:
        if answer is in_detail:
            return JsonResponse({"database": False}, status=503, headers=NOT_KEPT)
        word = "migrations" if isinstance(error, SchemaIncomplete) else "database"
        return HttpResponse(word, content_type="text/plain", status=503, headers=NOT_KEPT)


class SchemaIncomplete(DatabaseError):
    """No page can be trusted before `manage.py migrate` has run."""


@functools.cache
def require_schema():
    """Once complete it stays so, and is asked no more: what is raised is not remembered."""
    if doctor.missing_migrations():
        raise SchemaIncomplete


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
            "version": __version__,
            "letters_waiting": letters,
            "oldest_letter_seconds": round(age.total_seconds()) if age else 0,
            "calls_waiting": Message.objects.to_call().count(),
        },
        headers=NOT_KEPT,
    )


@require_safe
def metrics(request):
    """Numbers for Prometheus, for whoever sends METRICS_TOKEN as `Authorization: Bearer …`; for others not there."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    expected = settings.METRICS_TOKEN
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Http404
    try:
        lines = [f"consultations_{name} {value:g}" for name, value in measured() if value is not None]
    except DatabaseError:
        return HttpResponse("database", content_type="text/plain", status=503, headers=NOT_KEPT)
    text = "\n".join([*lines, ""])
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8", headers=NOT_KEPT)


def measured():
    """Pairs of a metric's name, with its labels, and its value; None where there is nothing to measure."""
    age, letters = actions.queue_age()
    beat = ProcrastinateWorker.objects.aggregate(last=Max("last_heartbeat"))["last"]
    newest = backups.age_of_newest()
    yield f'info{{version="{__version__}"}}', 1
    yield "letters_waiting", letters
    yield "oldest_letter_seconds", age.total_seconds() if age else 0
    yield "letters_failed", Message.objects.letters().filter(status=Message.Status.FAILED).count()
    yield "messages_held", Message.objects.held().count()
    yield "calls_waiting", Message.objects.to_call().count()
    yield "worker_silent_seconds", (timezone.now() - beat).total_seconds() if beat else None
    yield "backup_age_seconds", newest.total_seconds() if newest else None
    for status, count in Registration.objects.order_by().values_list("status").annotate(Count("pk")):
        yield f'registrations{{status="{status}"}}', count
