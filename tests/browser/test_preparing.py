"""From a copy to the public page: copied, previewed by those who approve, published, and filled from a list."""

import pytest

from consultations.models import Consultation, Registration
from tests.browser.announced import announce
from tests.browser.conftest import PHONE, Visitor
from tests.browser.test_desk import IN_EACH_LANGUAGE, whole_site  # noqa: F401 -- a fixture
from tests.browser.test_staff_pages import log_in
from tests.factories import in_days
from tests.staff import admin_page, make_organiser
from tests.test_importing import AIGUL, HEADING, OMUR, as_xlsx

MARK = {"ky": "ДОЛБООР", "ru": "ПРОЕКТ"}


@IN_EACH_LANGUAGE
@pytest.mark.django_db(transaction=True)
def test_session_is_copied_previewed_published_and_filled(browser, whole_site, language):  # noqa: F811
    announce()
    osh = Consultation.objects.get().city_sessions.get(slug="osh")
    organiser, reader = (Visitor(browser, whole_site, language, viewport=PHONE) for _ in range(2))
    log_in(organiser, make_organiser())
    page = organiser.page

    # Copied for another city: no date, nobody sees it
    organiser.goes(admin_page(osh))
    organiser.follows("Copy")
    for name, value in {"city_ky": "Талас", "city_ru": "Талас", "slug": "talas"}.items():
        page.fill(f"[name={name}]", value)
    organiser.presses("Copy")
    talas = osh.consultation.city_sessions.get(slug="talas")
    assert (talas.date, talas.is_published, organiser.path) == (None, False, admin_page(talas))
    assert reader.goes(f"/{language}/nbsap-2040/talas/").status == 404

    # Previewed by whoever has the link, marked, with nothing to press
    organiser.follows("Preview and publish")
    address = page.locator(f".previews-to-send a[lang={language}]").get_attribute("href")
    reader.goes(address.removeprefix(whole_site))
    assert reader.page.locator(".draft").inner_text() == MARK[language]
    assert reader.page.locator("main form, main a.btn-primary").count() == 0
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    # Published
    organiser.presses("Publish")
    assert reader.goes(f"/{language}/nbsap-2040/talas/").status == 200

    # Filled from a spreadsheet, looked through first
    type(talas).objects.filter(pk=talas.pk).update(date=in_days(20), start_time="10:00")
    organiser.goes(admin_page(talas))
    organiser.follows("Register a list of people")
    list_of_two = {"name": "list.xlsx", "mimeType": "application/octet-stream", "buffer": as_xlsx(HEADING, AIGUL, OMUR)}
    page.set_input_files("[name=file]", list_of_two)
    organiser.presses("Look through the list")
    assert page.get_by_text(OMUR[0]).is_visible()
    assert Registration.objects.count() == 0
    page.check("[name=consent_channel][value=paper]")
    page.check("[name=consented]")
    organiser.presses("Register them")
    assert list(Registration.objects.filter(city_session=talas, source="import").values_list("status", flat=True)) == [
        "confirmed",
        "confirmed",
    ]
    assert [*organiser.noise, *reader.noise, *organiser.outside, *reader.outside] == []
    organiser.context.close()
    reader.context.close()
