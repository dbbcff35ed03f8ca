"""Every page for staff, whichever there are: no fault that axe-core finds, nothing lost on a narrow screen.

The list is the site's own: a page added to `urls.py` under /staff/ or /door/ is looked at by itself.
"""

import datetime

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from consultations import roles
from consultations.models import CitySession, Registration
from tests.addresses import World
from tests.browser.test_every_page import faults
from tests.factories import make_registration

LEFT_OUT = (
    "/staff/password/",  # for whoever is not logged in
    "/staff/second-factor/",  # of one's own account
)


def log_in(visitor, user):
    """This visitor is that member of staff from now on."""
    client = Client()
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": visitor.site}
    visitor.context.add_cookies([cookie, {"name": "language", "value": visitor.language, "url": visitor.site}])


@pytest.mark.parametrize(("language", "scheme"), [("ky", "dark"), ("ru", "light")])
def test_every_page_for_staff_is_without_fault(visit, language, scheme):
    roles.sync()
    world = World()
    CitySession.objects.filter(pk=world.city_session.pk).update(
        date=timezone.localdate() - datetime.timedelta(days=1), city_ky="Кызыл-Адыр", city_ru="Кызыл-Адыр"
    )
    make_registration(world.city_session, full_name="Абдыкадырова Айсулуу Жаңыбайкызы", checked_in_at=timezone.now())
    make_registration(
        world.city_session, organisation="Жергиликтүү өз алдынча башкаруу органы", organisation_type="local"
    )
    visitor = visit(language, color_scheme=scheme)
    log_in(visitor, world.organiser)
    found = []
    for address in world.addresses():
        if not address.startswith(("/staff/", "/door/")) or address.startswith(LEFT_OUT):
            continue
        answer = visitor.page.request.get(f"{visitor.site}{address}", max_redirects=0)
        if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
            continue
        visitor.goes(address)
        found += [f"{address}: {fault}" for fault in faults(visitor, address)]
    assert found == [], "\n".join(found)


def test_an_evening_is_entered_by_keyboard_and_from_zooms_report(visit):
    """Two sheets' worth of ticks, one who wrote themselves in, Zoom's report; then the numbers, and a correction."""
    world = World()
    day = timezone.localdate() - datetime.timedelta(days=1)
    CitySession.objects.filter(pk=world.city_session.pk).update(date=day)
    first = make_registration(world.city_session, full_name="Асанов Бакыт")
    make_registration(world.city_session, full_name="Бакирова Жылдыз", email="jyldyz@example.org", mode="online")
    visitor = visit("ru")
    log_in(visitor, world.organiser)
    visitor.goes(f"/staff/attendance/{world.city_session.pk}/")
    visitor.follows("Enter the signed sheets")
    visitor.page.locator(f"#came-{first.pk}").focus()
    visitor.page.keyboard.press("Space")
    visitor.page.fill("#id_row-0-full_name", "Өмүралиева Үмүт")
    visitor.page.fill("#id_row-0-contact", "0555 123 456")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    assert visitor.focused() == "error-summary"  # the consent was not ticked
    visitor.ticks("consent_signed")
    visitor.presses("Save")
    assert visitor.sees(
        "Newly recorded: %(new)d. Recorded before: %(known)d. New in the list: %(added)d.", new=2, known=0, added=1
    )
    visitor.goes(f"/staff/attendance/{world.city_session.pk}/zoom/")
    report = f"Name,Email,Join time\nJ. B.,jyldyz@example.org,{day:%m/%d/%Y} 01:31:00 PM\nGalaxy A12,,\n"
    file = {"name": "participants.csv", "mimeType": "text/csv", "buffer": report.encode()}
    visitor.page.set_input_files("#id_report", file)
    visitor.presses("Look through the report")
    visitor.page.fill("#id_person-1", first.pass_number)
    visitor.presses("Record who was online")
    counts = [link.rpartition(": ")[2] for link in visitor.page.locator(".filter a").all_inner_texts()]
    assert counts[:4] == ["2", "2", "1", "1"]
    visitor.page.locator(f"#person-{first.pk}").get_by_role("button").first.click()
    visitor.page.wait_for_load_state()
    assert Registration.objects.came_to_the_hall().get().full_name == "Өмүралиева Үмүт"
