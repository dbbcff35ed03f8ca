"""Who took data: the record cannot be changed, holds nobody's name, and can be read and printed."""

import pytest
from django.db import IntegrityError, connection, transaction

from consultations.models import ExportRecord
from tests.factories import make_city_session, make_consultation, make_export_record, make_registration
from tests.staff import admin_list, admin_page, make_organiser, make_staff

pytestmark = pytest.mark.django_db

TAKEN = "/staff/exports/"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consultations_exportrecord SET rows = 1",
        "UPDATE consultations_exportrecord SET made_by = 'somebody else'",
        "DELETE FROM consultations_exportrecord",
    ],
)
def test_record_is_neither_changed_nor_deleted(statement):
    record = make_export_record()

    with pytest.raises(IntegrityError, match="History is not changed"), transaction.atomic():
        run(statement)

    assert list(ExportRecord.objects.values("rows", "made_by")) == [{"rows": record.rows, "made_by": "aigul"}]


def run(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_erasure_may_change_it_within_its_own_transaction():
    make_export_record()

    with transaction.atomic():
        run("SET LOCAL consultations.erasing = 'on'", "UPDATE consultations_exportrecord SET reason_text = ''")
        run("SET LOCAL consultations.erasing = 'off'")

    with pytest.raises(IntegrityError), transaction.atomic():
        run("UPDATE consultations_exportrecord SET rows = 1")


def test_erasure_may_delete_it():
    make_export_record()

    with transaction.atomic():
        run("SET LOCAL consultations.erasing = 'on'", "DELETE FROM consultations_exportrecord")

    assert not ExportRecord.objects.exists()


def test_sessions_that_are_gone_leave_the_record(client):
    city_session = make_city_session()
    record = make_export_record(city_session)
    city_session.delete()
    client.force_login(make_organiser())

    assert f"№ {record.city_sessions[0]}" in client.get(TAKEN).content.decode()
    assert f"№ {record.city_sessions[0]}" in client.get(admin_page(record)).content.decode()


def test_page_shows_one_consultation_or_all(client):
    client.force_login(make_staff("view_exportrecord"))
    one, other = make_city_session(make_consultation()), make_city_session(make_consultation())
    both, mine = make_export_record(one, other), make_export_record(one)
    theirs = make_export_record(other)

    def shown(query=""):
        return [record.pk for record in client.get(TAKEN + query).context["page"]]

    assert shown() == [theirs.pk, mine.pk, both.pk]
    assert shown(f"?consultation={one.consultation_id}") == [mine.pk, both.pk]
    for nonsense in ("x", "0", "99999999999999999999", "-1", ""):
        assert shown(f"?consultation={nonsense}") == [theirs.pk, mine.pk, both.pk]


def test_page_tells_everything_in_the_readers_language(client):
    client.force_login(make_staff("view_exportrecord"))
    client.cookies["language"] = "ru"
    make_export_record(
        make_city_session(city_ru="Ош"),
        filters={"mode": "online", "chosen": 12},
        columns=["full_name", "phone", "column-of-old"],
        reason="supervision",
        reason_text="<b>№ 7</b>",
        rows=2741,
    )

    page = client.get(TAKEN).content.decode()

    for words in ["aigul", "Ош", "онлайн", "column-of-old", "&lt;b&gt;№ 7&lt;/b&gt;", "2741", "XLSX"]:
        assert words in page
    assert "<b>№" not in page


def test_admin_shows_the_record_and_lets_nobody_touch_it(client):
    record = make_export_record(make_registration().city_session, filters={"status": "live"})
    client.force_login(make_organiser())

    assert client.get(admin_list("exportrecord")).status_code == 200
    page = client.get(admin_page(record))
    assert page.status_code == 200
    assert "_save" not in page.content.decode()
    assert client.post(admin_page(record), {"rows": 1}).status_code == 403
    assert client.get(f"{admin_list('exportrecord')}add/").status_code == 403
    assert client.post(admin_page(record).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert ExportRecord.objects.get().rows == record.rows
