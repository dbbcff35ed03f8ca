"""From the lists to the printer: an organiser takes a session's papers, in the language of the buttons."""

import pytest

from consultations.models import ExportRecord
from tests.browser.announced import announce
from tests.browser.test_staff_pages import log_in
from tests.factories import make_registration
from tests.paper import sizes_of
from tests.staff import make_organiser


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_organiser_takes_the_kit_from_the_lists(visit, language):
    osh = announce()["osh"]
    make_registration(osh)
    visitor = visit(language)
    log_in(visitor, make_organiser())
    visitor.goes("/staff/lists/")
    visitor.page.locator(f'a[href="/staff/paper/{osh.pk}/"]').click()
    with visitor.page.expect_download() as download:
        visitor.page.locator("article", has=visitor.page.locator("#kit")).get_by_role("button").nth(1).click()
    assert download.value.suggested_filename.endswith(".pdf")
    assert sizes_of(download.value.path().read_bytes())[-1] == (297, 420)
    record = ExportRecord.objects.get()
    assert (record.preset, record.language, record.rows) == ("kit", "ru", 1)
    assert visitor.page.locator(".to-paste pre").count() == 2
