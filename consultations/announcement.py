"""The announcement of the consultation, as data: `fixtures/nbsap-2040.json`, a row for each thing it announces."""

import json

from django.conf import settings
from django.core import serializers
from django.db import transaction

from .models import Consultation

FIXTURE = settings.BASE_DIR / "fixtures" / "nbsap-2040.json"


def announced():
    """The announced consultation where it is in the database, under whatever address it now has; else None."""
    rows = json.loads(FIXTURE.read_text(encoding="utf-8"))
    slug = next(row["fields"]["slug"] for row in rows if row["model"] == "consultations.consultation")
    found = Consultation.objects.filter(slug=slug) | Consultation.objects.filter(former_slugs__slug=slug)
    return found.distinct().first()


@transaction.atomic
def load():
    """Load the announcement whole, or nothing of it. To be called only where `announced()` finds nothing.

    Returns the consultation.
    """
    # One by one: a row finds the one that it belongs to by name, in the database.
    for row in serializers.deserialize("json", FIXTURE.read_text(encoding="utf-8")):
        row.save()
    return announced()
