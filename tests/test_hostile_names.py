"""Whatever people call themselves is shown as text, on their own pages and to organisers (P 58)."""

import re

import pytest

from tests.factories import make_city_session, make_registration
from tests.hostile import KEPT_AS_TYPED
from tests.staff import make_organiser

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPTS = [name for name in KEPT_AS_TYPED if re.search(r"[<\"{]|script", name)]


@pytest.fixture
def reader(browser):
    """A page; whatever it says aloud, asks in a dialog or is refused by the policy is an error."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page, noise = context.new_page(), []
    page.on("dialog", lambda dialog: noise.append(dialog.message) or dialog.dismiss())
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    yield page
    context.close()
    assert noise == []


def named_in_every_way():
    """A group whose people have all the names that are texts to us and orders to something else."""
    city_session = make_city_session(hall_capacity=100)
    contact = make_registration(city_session, full_name=KEPT_AS_TYPED[0], organisation=SCRIPTS[0])
    members = [
        make_registration(
            city_session,
            full_name=name,
            organisation=name,
            position=name,
            home_place=name,
            question=name,
            phone="",
            source="group",
            group=contact,
        )
        for name in KEPT_AS_TYPED[1:]
    ]
    return contact, members


def test_visitors_see_names_as_they_were_typed(reader, live_server):
    contact, members = named_in_every_way()
    reader.goto(f"{live_server.url}/ky/r/{contact.code}/group/")
    assert reader.locator(".ticket-city").all_text_contents() == KEPT_AS_TYPED
    reader.goto(f"{live_server.url}/ky/r/{contact.code}/")
    assert reader.locator("#group ~ .links a").all_text_contents() == KEPT_AS_TYPED[1:]
    for member in [one for one in members if one.full_name in SCRIPTS]:
        reader.goto(f"{live_server.url}/ru/r/{member.code}/")
        assert reader.locator(".ticket-city").text_content() == member.full_name
        reader.goto(f"{live_server.url}/ru/r/{member.code}/change/")
        typed = {name: reader.locator(f"[name={name}]").input_value() for name in ["full_name", "position", "question"]}
        assert typed == dict.fromkeys(typed, member.full_name)


def test_organisers_see_names_as_they_were_typed(reader, live_server):
    _contact, members = named_in_every_way()
    organiser = make_organiser(password="correct horse")
    reader.goto(f"{live_server.url}/admin/")
    reader.fill("#id_username", organiser.get_username())
    reader.fill("#id_password", "correct horse")
    reader.click("#login-form [type=submit]")
    reader.goto(f"{live_server.url}/admin/consultations/registration/")
    shown = reader.locator("#result_list tbody th a").all_text_contents()
    assert sorted(shown) == sorted(KEPT_AS_TYPED)
    scripted = next(member for member in members if "onerror" in member.full_name)
    reader.goto(f"{live_server.url}/admin/consultations/registration/{scripted.pk}/change/")
    assert reader.locator("[name=full_name]").input_value() == scripted.full_name
    reader.goto(f"{live_server.url}/admin/consultations/registration/{scripted.pk}/history/")
    assert scripted.full_name in reader.locator("#content").text_content()
