"""`manage.py load_announcement`: the true announcement, whole, once."""

import datetime
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from factories import make_city_session

from consultations import announcement
from consultations.models import AgendaItem, CitySession, ConsentText, Consultation, Document, Party

pytestmark = pytest.mark.django_db


def test_announcement_is_loaded_with_dates_as_printed(capsys):
    call_command("load_announcement")

    assert capsys.readouterr().out == "Loaded “nbsap-2040”: 5 city sessions.\n"
    assert list(CitySession.objects.in_order().values_list("slug", "date")) == [
        ("balykchy", datetime.date(2025, 6, 9)),
        ("naryn", datetime.date(2025, 6, 10)),
        ("osh", datetime.date(2025, 6, 17)),
        ("jalal-abad", datetime.date(2025, 6, 18)),
        ("bishkek", None),
    ]
    models = [Consultation, ConsentText, Party, Document, AgendaItem]
    assert [model.objects.count() for model in models] == [1, 1, 3, 2, 6]


def test_loaded_rows_are_valid():
    call_command("load_announcement")

    for model in (Consultation, ConsentText, Party, Document, CitySession, AgendaItem):
        for row in model.objects.all():
            row.full_clean()


@pytest.mark.parametrize("new_slug", ["nbsap-2040", "biodiversity"])
def test_announcement_is_refused_where_the_consultation_exists(new_slug):
    """Also where its address has been changed since."""
    call_command("load_announcement")
    consultation = Consultation.objects.get()
    consultation.slug = new_slug
    consultation.title_ru = "Изменено организатором"
    consultation.save()

    with pytest.raises(CommandError, match=f"^“{new_slug}” exists already, nothing was loaded"):
        call_command("load_announcement")

    assert Consultation.objects.get().title_ru == "Изменено организатором"
    assert CitySession.objects.count() == 5


def test_announcement_beside_another_consultation():
    """The natural keys name the consultation: a city of the same address elsewhere is another city session."""
    elsewhere = make_city_session(slug="osh", city_ru="Другое")
    call_command("load_announcement")

    elsewhere.refresh_from_db()
    assert elsewhere.city_ru == "Другое"
    assert CitySession.objects.filter(slug="osh").count() == 2


def test_half_an_announcement_is_not_loaded(monkeypatch, tmp_path):
    rows = json.loads(announcement.FIXTURE.read_text(encoding="utf-8"))
    rows[-1]["fields"]["end"] = rows[-1]["fields"]["start"]
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(rows), encoding="utf-8")
    monkeypatch.setattr(announcement, "FIXTURE", broken)

    with pytest.raises(IntegrityError, match="agenda_item_ends_after_start"):
        call_command("load_announcement")

    assert not Consultation.objects.exists()
