"""What the real pages are measured against: Django doing the least that the same work could need."""

import uuid

from django.db import transaction
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from consultations.models import RateCount
from consultations.urls import handler400, handler403, handler404, handler500, urlpatterns

CONSTANT = "<!doctype html><title>bare</title>" + "<p>A constant string.</p>" * 40


def bare_page(request):
    return HttpResponse(CONSTANT)


@csrf_exempt
def bare_insert(request):
    with transaction.atomic():
        RateCount.objects.create(key=uuid.uuid4().hex, window_start=timezone.now())
    return HttpResponse("done")


urlpatterns = [path("bare-page", bare_page), path("bare-insert", bare_insert), *urlpatterns]

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
