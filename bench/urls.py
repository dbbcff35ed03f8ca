"""What the real pages are measured against: Django doing the least that the same work could need."""

import functools
import uuid

from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from bench.people import COLUMNS, filled
from consultations.models import CitySession, Message, RateCount, Registration
from consultations.urls import handler400, handler403, handler404, handler500, urlpatterns

CONSTANT = "<!doctype html><title>bare</title>" + "<p>A constant string.</p>" * 40


def bare_page(request):
    return HttpResponse(CONSTANT)


@csrf_exempt
def bare_insert(request):
    with transaction.atomic():
        RateCount.objects.create(key=uuid.uuid4().hex, window_start=timezone.now())
    return HttpResponse("done")


@csrf_exempt
def bare_rows(request):
    """The five rows that a registration by e-mail writes, as short as SQL can say it."""
    secret, counted, registered, messaged = uuid.uuid4().hex, *statements()
    with connection.cursor() as cursor:
        cursor.execute(counted, [secret])
        with transaction.atomic():
            cursor.execute(registered, [secret[:22], secret[:22], f"Катышуучу {secret}", secret])
            [registration] = cursor.fetchone()
            cursor.execute(messaged, [registration, secret, secret])
            cursor.execute(DEFERRED, cursor.fetchone())
    return HttpResponse("done")


DEFERRED = """
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
        'default', 'consultations.send_letter', 0, NULL, NULL, jsonb_build_object('message_id', %s), NULL
    )]::procrastinate_job_to_defer_v1[])
"""


@functools.cache
def statements():
    city_session = CitySession.objects.order_by("pk").first()
    registration = {
        **COLUMNS,
        "city_session_id": str(city_session.pk),
        "mode": "'hall'",
        "code": "%s",
        "join_code": "%s",
        "pass_number": "lpad(nextval('consultations_registration_id_seq')::text, 8, '0')",
        "full_name": "%s",
        "phone": "''",
        "email": "%s || '@example.org'",
    }
    message = {
        "registration_id": "%s",
        "email_id": "%s::uuid",
        "dedupe_key": "%s",
        "kind": "'confirmed'",
        "channel": "'email'",
        "language": "'ky'",
        "created_at": "now()",
    }
    insert = "INSERT INTO {} ({}) VALUES ({}) RETURNING id"
    return [
        insert.format(model._meta.db_table, *filled(model, values))
        for model, values in [
            (RateCount, {"key": "%s", "window_start": "now()"}),
            (Registration, registration),
            (Message, message),
        ]
    ]


urlpatterns = [
    path("bare-page", bare_page),
    path("bare-insert", bare_insert),
    path("bare-rows", bare_rows),
    *urlpatterns,
]

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
