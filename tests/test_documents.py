"""Pictures are measured and read back; what they say is tested as the words that go into them."""

import contextlib
import io
import json
import os
import signal
import struct
import threading
from pathlib import Path

import pytest
import typst
import zxingcpp
from django.conf import settings as project
from PIL import Image

from consultations import documents
from consultations.documents import typesetting
from consultations.models import CitySession, Registration
from tests.factories import in_days, make_city_session, make_consultation, make_registration
from tests.servers import wait_until

pytestmark = pytest.mark.django_db

FONTS = project.BASE_DIR / "consultations" / "documents" / "fonts"
SPOKEN_FOR = "ңөүҢӨҮ№«»—–„“’…ёЁ+0123456789\u00a0\u2011"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://talkuu.example.kg"


def opened(png):
    return Image.open(io.BytesIO(png))


def characters_of(font):
    """The code points of a TrueType font's Unicode table (cmap, format 4)."""
    data = font.read_bytes()
    tables = {data[at : at + 4]: struct.unpack(">L", data[at + 8 : at + 12])[0] for at in range(12, 400, 16)}
    cmap = tables[b"cmap"]
    (count,) = struct.unpack(">H", data[cmap + 2 : cmap + 4])
    for record in range(cmap + 4, cmap + 4 + 8 * count, 8):
        platform, encoding, offset = struct.unpack(">HHL", data[record : record + 8])
        if (platform, encoding) == (3, 1):
            table = data[cmap + offset :]
            half = struct.unpack(">H", table[6:8])[0]
            ends = struct.unpack(f">{half // 2}H", table[14 : 14 + half])
            starts = struct.unpack(f">{half // 2}H", table[16 + half : 16 + 2 * half])
            return {chr(point) for start, end in zip(starts, ends, strict=True) for point in range(start, end + 1)}
    raise AssertionError(f"{font.name} has no Unicode table")


def test_words_that_do_not_fit_are_an_error_and_name_the_template():
    with pytest.raises(typesetting.CannotDraw, match=r"^card\.typ: .*dictionary does not contain key"):
        typesetting.png("card.typ", {}, ppi=72)


DRAWING = "consultations/documents/drawing.py"


def test_what_draws_gives_way_where_memory_runs_out_and_whoever_asked_is_told():
    """Linux ends what has the highest score; here the test does, and sees the score first."""
    ended = []

    def end_it():
        wait_until(lambda: [end(path) for path in Path("/proc").glob("[0-9]*") if draws_for_us(path)])

    def draws_for_us(path):
        with contextlib.suppress(OSError):
            words = (path / "cmdline").read_bytes().decode().split("\0")
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            has_given_way = (path / "oom_score_adj").read_text() == "1000\n"
            return parent == os.getpid() and has_given_way and any(word.endswith(DRAWING) for word in words)

    def end(path):
        os.kill(int(path.name), signal.SIGKILL)
        ended.append(path.name)

    watching = threading.Thread(target=end_it)
    watching.start()
    rows = [[str(number), *["Турдубеков Нурсултан"] * 6] for number in range(5_000)]
    words = {"language": "ky", "title": "Тизме", "lines": [], "headers": ["№"] * 7, "widths": [3] * 7, "rows": rows}
    with pytest.raises(typesetting.TooLarge, match="ended by signal 9"):
        documents.attendee_list(words | {"with-signature": False, "note": ""})
    watching.join()
    assert len(ended) == 1


def test_drawing_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(typesetting, "PATIENCE", 0.01)
    with pytest.raises(typesetting.TooLarge, match=r"^card\.typ: not drawn after 0\.01 seconds"):
        typesetting.png("card.typ", {}, ppi=72)


def test_fonts_have_every_letter_and_their_licence():
    fonts = sorted(FONTS.glob("*.ttf"))
    assert [font.name for font in fonts] == ["PTSans-Bold.ttf", "PTSans-Regular.ttf"]
    assert [set(SPOKEN_FOR) - characters_of(font) for font in fonts] == [set(), set()]
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text()


@pytest.mark.parametrize("template", ["card.typ", "ticket.typ"])
def test_template_compiles_without_warnings(template):
    registration = make_registration()
    words = documents.ticket_words(registration) | documents.card_words(registration.city_session, "ky")
    compiler = typst.Compiler(
        input=str(FONTS.parent / template),
        root=str(FONTS.parent),
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]),
        sys_inputs={"data": json.dumps(words | {"ornament": "<svg xmlns='http://www.w3.org/2000/svg'/>"})},
    )
    _png, warnings = compiler.compile_with_warnings(format="png")
    assert [str(warning) for warning in warnings] == []


# The ticket


@pytest.mark.parametrize("shrink", [1, 2])
def test_ticket_picture_is_a_phone_wide_and_its_code_is_read_back(shrink):
    registration = make_registration()
    picture = opened(documents.ticket_picture(registration))
    assert (picture.format, picture.width, 1800 < picture.height < 2700) == ("PNG", 1080, True)
    codes = [code.text for code in zxingcpp.read_barcodes(picture.convert("L").reduce(shrink))]
    assert codes == [f"https://talkuu.example.kg/p/{registration.pass_number}"]


def test_ticket_picture_is_light_enough_for_a_poor_network():
    assert len(documents.ticket_picture(make_registration(full_name="Турдубеков Нурсултан"))) < 120_000


def test_ticket_says_all_one_needs_without_a_network():
    city_session = make_city_session(
        make_consultation(contact_phone="+996227024002"),
        city_ru="Ош",
        venue_ru="Зал",
        address_ru="ул. Ленина, 1",
        date=in_days(9),
    )
    registration = make_registration(city_session, language="ru", full_name="Турдубеков Нурсултан")
    words = documents.ticket_words(registration)
    assert {name: words[name] for name in ("city", "day", "time", "venue", "name", "number", "phone", "tone")} == {
        "city": "Ош",
        "day": str(city_session.date.day),
        "time": "13:30–16:15",
        "venue": "Зал, ул. Ленина, 1",
        "name": "Турдубеков Нурсултан",
        "number": registration.pass_number_spaced,
        "phone": "+996\u00a0227\u00a0024\u00a0002",
        "tone": "done",
    }
    assert all(words[name] for name in ("month", "weekday", "status", "mode", "advice", "qr", "approximate"))


def test_ticket_speaks_the_language_of_the_registration():
    city_session = make_city_session(city_ky="Жалал-Абад", city_ru="Джалал-Абад")
    words = [documents.ticket_words(make_registration(city_session, language=code)) for code in ("ky", "ru")]
    assert [(one["language"], one["city"]) for one in words] == [("ky", "Жалал-Абад"), ("ru", "Джалал-Абад")]
    assert words[0]["weekday"] != words[1]["weekday"]


@pytest.mark.parametrize(
    ("session", "registration", "tone", "has_code"),
    [
        ({}, {}, "done", True),
        ({}, {"mode": "online"}, "done", False),
        ({}, {"mode": "online", "hall_wanted_at": in_days(0)}, "done", True),
        ({}, {"status": "waiting"}, "waiting", True),
        ({}, {"status": "cancelled"}, "stopped", False),
        ({"state": "postponed"}, {}, "waiting", True),
        ({"state": "cancelled"}, {}, "stopped", False),
    ],
)
def test_ticket_shows_its_state_and_a_code_only_for_the_door(session, registration, tone, has_code):
    if "hall_wanted_at" in registration:
        registration = registration | {"hall_wanted_at": make_registration().created_at}
    words = documents.ticket_words(make_registration(make_city_session(**session), **registration))
    assert (words["tone"], bool(words["qr"])) == (tone, has_code)


def test_ticket_holds_nothing_that_changes_a_registration():
    """A photographed ticket must not cancel anything (P 45)."""
    registration = make_registration(
        make_city_session(zoom_join_url="https://zoom.example/private"), mode=Registration.Mode.ONLINE
    )
    said = json.dumps(documents.ticket_words(registration))
    assert [secret in said for secret in (registration.code, registration.join_code, "zoom.example")] == [False] * 3


@pytest.mark.parametrize(
    "name",
    [
        '#image("x") $x^2$ @ref <label> *жирно* _курсив_ `код` // \\',
        "Б" * 150,
        "Абдыкалыкова-Жээнбекова Гүлбарчын Нурмухамбетовна " * 3,
        "王小明 🐏 \u202eобратно",
    ],
)
def test_ticket_with_a_strange_name_is_still_a_ticket(name):
    picture = opened(documents.ticket_picture(make_registration(full_name=name[:150])))
    assert picture.width == 1080
    assert len(zxingcpp.read_barcodes(picture)) == 1


# The card


def test_card_has_the_size_messengers_want():
    picture = opened(documents.session_card(make_city_session(), "ky"))
    assert (picture.format, picture.size) == ("PNG", (1200, 630))


@pytest.mark.parametrize("language", ["ky", "ru"])
@pytest.mark.parametrize(
    "fields",
    [
        {"date": None, "start_time": None, "end_time": None},
        {"start_time": None, "end_time": None},
        {"state": "cancelled"},
        {"state": "postponed"},
        {"city_ky": "Узун аттуу айылдык аймак " * 3, "city_ru": "Очень длинное название места " * 2},
        {"city_ky": "Ж" * 80, "city_ru": "Щ" * 80, "venue_ky": "Зал " * 50, "venue_ru": "Ш" * 200},
    ],
)
def test_card_is_one_picture_whatever_it_says(fields, language):
    assert opened(documents.session_card(make_city_session(**fields), language)).size == (1200, 630)


def test_card_without_a_date_says_so():
    words = documents.card_words(make_city_session(date=None, start_time=None, end_time=None), "ru")
    known = documents.card_words(make_city_session(venue_ru="Зал"), "ru")
    assert (words["day"], words["month"]) == ("", "")
    assert [bool(words[name]) for name in ("weekday", "time", "venue")] == [True] * 3
    assert words["has-time"] is False
    assert known["venue"] == "Зал"


def test_card_of_a_postponed_session_shows_no_day():
    words = documents.card_words(make_city_session(state=CitySession.State.POSTPONED), "ky")
    assert (words["day"], words["time"], words["tone"]) == ("", "", "waiting")


def test_card_carries_the_short_address():
    assert documents.card_words(make_city_session(slug="osh"), "ky")["address"] == "talkuu.example.kg/osh"


def test_card_says_nothing_of_places(django_assert_num_queries):
    """Messengers keep a picture for weeks: "few places left" would be untrue by then."""
    city_session = make_city_session(hall_capacity=1)
    make_registration(city_session)
    counted = CitySession.objects.with_places().select_related("consultation").get(pk=city_session.pk)
    roomy = CitySession.objects.get(pk=make_city_session().pk)
    full, free = documents.card_words(counted, "ru"), documents.card_words(roomy, "ru")
    assert counted.stage == CitySession.Stage.FULL
    assert (full["notice"], full["form"]) == (free["notice"], free["form"])


def test_card_is_drawn_once_for_the_same_words():
    city_session = make_city_session()
    assert documents.session_card(city_session, "ky") is documents.session_card(city_session, "ky")
    moved = make_city_session(city_session.consultation, date=in_days(31))
    assert documents.session_card(moved, "ky") != documents.session_card(city_session, "ky")
