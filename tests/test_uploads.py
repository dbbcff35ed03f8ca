"""Files that organisers upload: known by their content, photographs without what hangs on them."""

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from consultations.forms import uploads
from consultations.models import Document
from tests.factories import make_consultation
from tests.staff import admin_page, make_organiser, typed

GPS, MAKE = 0x8825, 0x010F


def picture(picture_format="JPEG", size=(300, 200), **options):
    drawn = io.BytesIO()
    Image.new("RGB", size, "green").save(drawn, picture_format, **options)
    return drawn.getvalue()


def photograph():
    """As a phone takes it: lying on its side, with its maker and the place."""
    exif = Image.Exif()
    exif[0x0112], exif[MAKE], exif[GPS] = 6, "Phone of Aigul", {1: "N", 2: (42.0, 52.0, 30.0)}
    return picture(exif=exif, comment=b"taken at home")


def archive(*names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        for name in names:
            parts.writestr(name, "<x/>")
    return packed.getvalue()


def checked(name, content):
    return uploads.checked(SimpleUploadedFile(name, content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"%PDF-1.7 draft"),
        ("A.DOCX", archive("word/document.xml", "[Content_Types].xml")),
        ("a.xlsx", archive("xl/workbook.xml")),
        ("a.odt", archive("mimetype", "content.xml")),
        ("a.zip", archive("anything")),
        ("a.doc", uploads.OFFICE_OF_OLD + b"..."),
        ("a.txt", "Өзгөртүүлөр\n".encode()),
        ("a.csv", b"a;b\n"),
    ],
)
def test_a_file_that_is_what_it_says_is_kept_as_it_is(name, content):
    assert checked(name, content).read() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"<html><script>alert(1)</script>"),
        ("a.pdf", b""),
        ("a.docx", archive("xl/workbook.xml")),
        ("a.docx", b"PK\x03\x04 no archive"),
        ("a.jpg", picture("PNG")),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"broken" * 100),
        ("a.jpg", b"\xff\xd8\xff" + b"<svg onload=alert(1)>"),
        ("a.jpg", picture()[:200]),
        ("a.txt", b"<!doctype html><SCRIPT>alert(1)</SCRIPT>"),
        ("a.txt", b"MZ\x00\x90"),
        ("a.doc", picture()),
    ],
)
def test_a_file_that_is_something_else_is_refused(name, content):
    with pytest.raises(ValidationError) as refusal:
        checked(name, content)
    assert refusal.value.message == uploads.NOT_WHAT_IT_SAYS


def test_a_photograph_is_upright_and_tells_nothing_of_who_took_it_where():
    kept = checked("meeting.jpg", photograph()).read()
    found = Image.open(io.BytesIO(kept))
    assert (found.size, dict(found.getexif()), found.info.get("comment")) == ((200, 300), {}, None)
    assert b"Aigul" not in kept
    assert b"taken at home" not in kept


def test_what_hides_behind_a_picture_does_not_survive():
    kept = checked("a.png", picture("PNG") + archive("evil.html")).read()
    assert not zipfile.is_zipfile(io.BytesIO(kept))


def test_pictures_are_kept_at_a_size_that_a_page_needs():
    assert Image.open(checked("a.jpg", picture(size=(4000, 1000)))).size == (2400, 600)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_small_file_with_an_enormous_picture_is_refused():
    with pytest.raises(ValidationError) as refusal:
        checked("a.png", picture("PNG", size=(20_000, 5_000)))
    assert refusal.value.message == uploads.TOO_LARGE


def test_a_file_over_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST", 10)
    with pytest.raises(ValidationError) as refusal:
        checked("a.pdf", b"%PDF-1.7 draft")
    assert refusal.value.message == uploads.TOO_LARGE


@pytest.mark.django_db
def test_admin_keeps_the_photograph_without_its_place_and_refuses_what_lies(client, settings):
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    client.force_login(make_organiser())
    consultation = make_consultation()
    page = admin_page(consultation)
    fields = typed(client.get(page))
    prefix = next(
        name.removesuffix("-TOTAL_FORMS") for name in fields if name.startswith("documents") and "TOTAL" in name
    )
    row = {"title_ky": "Сүрөт", "title_ru": "Снимок", "kind": "other", "language": "ky ru", "slug": "photo"}
    fields |= {f"{prefix}-TOTAL_FORMS": "1"} | {f"{prefix}-0-{name}": value for name, value in row.items()}
    fields |= {f"{prefix}-0-position": "0", f"{prefix}-0-url": "", f"{prefix}-0-version": "", f"{prefix}-0-date": ""}

    lying = client.post(page, fields | {f"{prefix}-0-file": SimpleUploadedFile("a.jpg", b"%PDF-1.7")})
    assert (lying.status_code, Document.objects.count()) == (200, 0)

    client.post(page, fields | {f"{prefix}-0-file": SimpleUploadedFile("a.jpg", photograph())})
    with Document.objects.get().file.open() as kept:
        assert b"Aigul" not in kept.read()
