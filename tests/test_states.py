"""Every state of a session has words of its own, a look of its own, and a way on (UX 18): no wall anywhere."""

import datetime

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.models import CitySession
from consultations.templatetags.content import with_weekday
from tests.factories import in_days, make_city_session, make_consultation, make_registration
from tests.test_public import page

pytestmark = pytest.mark.django_db

Stage = CitySession.Stage
NEAREST = "The nearest other session:"


def make_session_in(stage, consultation):
    now = timezone.now()
    fields = {
        Stage.OPEN: {"hall_capacity": 100},
        Stage.FEW: {"hall_capacity": 3},
        Stage.FULL: {"hall_capacity": 1},
        Stage.UNDATED: {"date": None},
        Stage.CLOSED: {"registration_closes_at": now - datetime.timedelta(hours=1)},
        Stage.NOT_YET_OPEN: {"registration_opens_at": now + datetime.timedelta(days=3)},
        Stage.POSTPONED: {"state": CitySession.State.POSTPONED},
        Stage.CANCELLED: {"state": CitySession.State.CANCELLED},
        Stage.HELD: {"date": in_days(-2)},
    }[stage]
    city_session = make_city_session(consultation, slug="here", date=fields.pop("date", in_days(9)), **fields)
    if stage == Stage.FULL:
        make_registration(city_session)
    return city_session


FULL_WORDS = (
    "There are no free places in the hall. You can join the waiting list: a freed place goes to the first in it, "
    "and we will tell you."
)
STATES = {
    # stage: (the door's words, the notice's beginning, names the nearest other session)
    Stage.OPEN: ("Register", None, False),
    Stage.FEW: ("Register", "Few places are left in the hall. Through Zoom everybody can take part.", False),
    Stage.FULL: (
        "Join the waiting list",
        FULL_WORDS,
        True,
    ),
    Stage.UNDATED: (
        "Register",
        "The date is not known yet. Register now, and we will tell you the date and the venue.",
        False,
    ),
    Stage.NOT_YET_OPEN: (None, "Registration is not open yet. It opens:", True),
    Stage.CLOSED: (
        "Take part through Zoom",
        "Registration for the hall is closed. You can still take part online.",
        True,
    ),
    Stage.POSTPONED: (
        None,
        "The session is postponed; the new date will be announced. Whoever has registered stays registered.",
        True,
    ),
    Stage.CANCELLED: (None, "This session will not take place.", True),
    Stage.HELD: (None, "This session has taken place.", True),
}


@pytest.mark.parametrize("stage", STATES)
def test_session_page_in_each_state(client, stage):
    door, notice, names_nearest = STATES[stage]
    consultation = make_consultation(comment_form_url="https://forms.gle/abc")
    city_session = make_session_in(stage, consultation)
    other = make_city_session(consultation, slug="there", city_ky="Нарын", date=in_days(20))
    found = page(client, city_session.get_absolute_url())

    ticket = found.one("article", cls="ticket")
    assert f"is-{stage}" in ticket.classes
    chip = ticket.one("span", cls="chip")
    assert (f"chip-{stage}" in chip.classes, chip.text) == (True, str(stage.label))
    buttons = ticket.all("a", cls="btn")
    assert [(b["href"], b.text.partition(":")[0]) for b in buttons] == (
        [(f"{city_session.get_absolute_url()}register/", _(door))] if door else []
    )
    notices = found.all("div", cls="notice")
    assert [one.all("p")[0].text.startswith(_(notice)) for one in notices] == [True] * bool(notice)
    if names_nearest:
        way_on = next(p for p in notices[0].all("p") if p.text.startswith(_(NEAREST)))
        assert [link["href"] for link in way_on.all("a")] == [
            other.get_absolute_url(),
            f"{other.get_absolute_url()}register/?mode=online",
        ]
    else:
        assert _(NEAREST) not in found.text
    comment = found.one("main").all("a", href="https://forms.gle/abc")
    assert len(comment) == (2 if stage == Stage.HELD else 1)


def test_every_state_has_its_own_words_and_look(client):
    consultation = make_consultation()
    for number, stage in enumerate(STATES):
        make_session_in(stage, consultation)
        CitySession.objects.filter(slug="here").update(slug=f"was-{number}")
    found = page(client, consultation.get_absolute_url())
    chips = found.all("span", cls="chip")
    assert len({chip.text for chip in chips}) == len({chip["class"] for chip in chips}) == len(STATES) == len(Stage)


def test_full_session_leads_online_in_the_same_city(client):
    city_session = make_session_in(Stage.FULL, make_consultation())
    notice = page(client, city_session.get_absolute_url()).one("div", cls="notice")
    assert [link["href"] for link in notice.all("a")] == [f"{city_session.get_absolute_url()}register/?mode=online"]
    CitySession.objects.update(online_capacity=0)
    notice = page(client, city_session.get_absolute_url()).one("div", cls="notice")
    assert notice.all("a") == []


def test_postponed_session_shows_the_old_date_only_as_struck_out(client):
    city_session = make_session_in(Stage.POSTPONED, make_consultation())
    found = page(client, city_session.get_absolute_url())
    assert found.one("s").text == with_weekday(city_session.date)
    assert found.one("article", cls="ticket").all("time") == []


def test_number_of_places_is_shown_only_where_there_is_a_limit(client):
    limited = make_city_session(hall_capacity=7)
    unlimited = make_city_session()
    words = _("Free places: %(n)s") % {"n": 7}
    assert words in page(client, limited.get_absolute_url()).text
    assert _("Free places: %(n)s").partition("%")[0] not in page(client, unlimited.get_absolute_url()).text
