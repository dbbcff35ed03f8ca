"""Files that organisers upload for everybody to read: what they may be, and what is taken out of photographs.

A file is what its first bytes say, not what its name says. Photographs are drawn anew: where and with whose phone
they were taken stays with the photographer, and a picture that is something else besides does not survive it.
"""

import io
import zipfile
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

LARGEST = 50 * 1024 * 1024  # bytes: a scanned programme with its maps
LARGEST_PICTURE = 50_000_000  # pixels; a small file can hold a picture that fills the memory
LONGEST_SIDE = 2400  # pixels of a photograph as it is kept

OFFICE_OF_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What a browser shows or saves; nothing that runs in our name (a page, a drawing with a script).
BEGINNINGS = {
    "pdf": b"%PDF-",
    "doc": OFFICE_OF_OLD,
    "xls": OFFICE_OF_OLD,
    "ppt": OFFICE_OF_OLD,
    "rtf": b"{\\rtf",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
}
PARTS = {
    "docx": "word/document.xml",
    "xlsx": "xl/workbook.xml",
    "pptx": "ppt/presentation.xml",
    "odt": "content.xml",
    "ods": "content.xml",
    "odp": "content.xml",
    "zip": None,
}
TEXTS = {"txt", "csv"}
PICTURES = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG"}
KINDS = [*BEGINNINGS, *PARTS, *TEXTS]

NOT_WHAT_IT_SAYS = _("The file is not what its name says. Save it once more in the program it was made with.")
TOO_LARGE = _("The file is larger than 50 MB. Make it smaller, or give a link instead.")


def checked(file):
    """The uploaded file as it may be kept: photographs drawn anew, all else untouched. Raises ValidationError."""
    if file.size > LARGEST:
        raise ValidationError(TOO_LARGE, code="too-large")
    kind = PurePath(file.name).suffix.removeprefix(".").lower()
    if not _is(kind, file):
        raise ValidationError(NOT_WHAT_IT_SAYS, code="not-what-it-says")
    file.seek(0)
    return _drawn_anew(file, PICTURES[kind]) if kind in PICTURES else file


def _is(kind, file):
    file.seek(0)
    beginning = file.read(1024)
    if kind in BEGINNINGS:
        return beginning.startswith(BEGINNINGS[kind])
    if kind in PARTS:
        try:
            with zipfile.ZipFile(file) as archive:
                return PARTS[kind] is None or PARTS[kind] in archive.namelist()
        except (zipfile.BadZipFile, ValueError, OSError):
            return False
    return kind in TEXTS and b"\x00" not in beginning and b"<script" not in beginning.lower()


def _drawn_anew(file, picture_format):
    """The same picture of at most 2400 pixels a side, upright, with nothing attached to it."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        picture = Image.open(file, formats=[picture_format])
        if picture.width * picture.height > LARGEST_PICTURE:
            raise ValidationError(TOO_LARGE, code="too-large")
        picture = ImageOps.exif_transpose(picture)
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        picture = picture.convert("RGB" if picture_format == "JPEG" else "RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        raise ValidationError(NOT_WHAT_IT_SAYS, code="not-what-it-says") from None
    # A fresh picture of the same points: what hung on the old one (EXIF, comments, colour profiles) stays behind.
    fresh = Image.new(picture.mode, picture.size)
    fresh.paste(picture)
    drawn = io.BytesIO()
    fresh.save(drawn, picture_format, **({"quality": 85, "progressive": True} if picture_format == "JPEG" else {}))
    return ContentFile(drawn.getvalue(), name=file.name)
