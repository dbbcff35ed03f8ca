"""The announcement as data against the announcement as it was printed (`announcement.txt`, verbatim)."""

import ast
import datetime
import json
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

from consultations import announcement

PRINTED = (Path(__file__).parent / "announcement.txt").read_text(encoding="utf-8")
ROWS = json.loads(announcement.FIXTURE.read_text(encoding="utf-8"))

# Fields that are ours alone; the announcement has nothing like them.
OURS = {"short_title", "questions_and_answers", "text"}

# Words of the fixture that the announcement does not have: its misprints put right, and halves that it lacks.
PUT_RIGHT = set(
    "стратегияны көзөмөл европа экономикалык комиссиясынын видение требованиям законодательства доработки "
    "использованию устойчивому джалал-абад проектом проекта иссык-куль кофе-брейк кыймылынын экологического движения "
    "тааныштыруу планынын долбоорун".split()
)
SUPPLIED = set(
    "колдоо көрсөтүүчү чыгуучу разработчик подрядчик "  # what each party does
    "кыргызском русском языке орус тилинде "  # of a document
    "ысык-көл биосфералык аймагынын залы шаары".split()  # the venue, and what Balykchy is, in Kyrgyz
)
# Words of the announcement that the fixture does not have.
MISPRINTED = set(
    "козомол стратегия аркылуулар балыкчи виденье требования законодательсива даработки драфта драфтом иш-чаралар "
    "чейин кыймылыныны сөздөдөрү катышуучулардын тааныштыруусу орагнизационным 2025-2030 "
    "джалал абад иссык куль кофе брейк иш чаранын".split()
)
LABELS = set(
    "дата место zoom link qr-code г уточняется модератор этапы работы рабочие языки тили иштөө ориентировочное "
    "багыттоо убакыт комментарий калтыруу оставить также а шилтеме ссылки через участия катышуу формате форматта "
    "төмөндө кошулган прилагается ниже уюштуруу маселелери телефон чалыңыз вопросам обращаться телефону".split()
)
NUMBERS_KEPT_AS_DATA = set("9 10 17 18 июня 996 227 024 002".split())


def rows(model):
    return [row["fields"] for row in ROWS if row["model"] == f"consultations.{model}"]


CONSULTATION = rows("consultation")[0]
CITY_SESSIONS = rows("citysession")


def words(text):
    text = re.sub(r"https://\S+", "", text)
    text = re.sub(r"-\s*\n\s*", "-", text)  # broken over two lines
    return set(re.findall(r"[^\W_]+(?:-[^\W_]+)*", text.lower()))


def values(*, ours=True):
    """(name, value) of all filled texts."""
    return [
        (name, value)
        for row in ROWS
        for name, value in row["fields"].items()
        if isinstance(value, str) and (ours or name.removesuffix("_ky").removesuffix("_ru") not in OURS)
    ]


def spoken_in_russian(name):
    """As the announcement prints a city in Russian: it leaves the hyphen out."""
    return re.sub(r"[- ]", "[- ]", name)


def test_each_link_is_in_the_announcement_and_none_is_left_out():
    links = {value for _, value in values() if value.startswith("https://")}

    assert links == set(re.findall(r"https://\S+", PRINTED))


@pytest.mark.parametrize("city_session", CITY_SESSIONS, ids=lambda city_session: city_session["slug"])
def test_each_city_is_in_both_halves(city_session):
    cities = re.search(r"Коомдук талкуулар (.+) шаарларында", PRINTED)[1]
    assert re.search(rf"\b{city_session['city_ky']}\b", cities)
    cities = re.search(r"пройдут в городах (.+)\. Принять", PRINTED)[1]
    assert re.search(rf"\b{spoken_in_russian(city_session['city_ru'])[:-1]}[а-я]\b", cities)  # Балыкчи


@pytest.mark.parametrize("city_session", CITY_SESSIONS, ids=lambda city_session: city_session["slug"])
def test_each_date_and_zoom_link_is_that_of_its_city(city_session):
    city = spoken_in_russian(city_session["city_ru"])
    row = re.search(rf"^{city} (\d+) июня( 2025)? ", PRINTED, re.MULTILINE)
    link = re.search(rf"г\. {city}: (https://\S+)", PRINTED)

    assert city_session["date"] == (row and datetime.date(2025, 6, int(row[1])).isoformat())
    assert city_session["zoom_register_url"] == (link[1] if link else "")


def test_sessions_are_as_many_as_announced():
    assert [city_session["slug"] for city_session in CITY_SESSIONS if not city_session["date"]] == ["bishkek"]
    assert len(re.findall(r"^(?!г\.).* \d+ июня( 2025)? ", PRINTED, re.MULTILINE)) == len(CITY_SESSIONS) - 1


def test_a_venue_is_given_where_the_announcement_gives_one():
    venues = {city_session["slug"]: city_session["venue_ru"] for city_session in CITY_SESSIONS}

    assert venues.pop("balykchy") == "Зал Биосферной территории «Иссык-Куль»"
    assert re.search(r"Зал Биосферной\s+территории Иссык Куль", PRINTED)
    assert set(venues.values()) == {""}


def test_contact_is_the_announced_one():
    phone = re.sub(r"(\d{3})(\d{3})(\d{3})$", r" \1 \2 \3", CONSULTATION["contact_phone"])

    assert f"{phone} {CONSULTATION['contact_name']}" in PRINTED
    assert "contact_email" not in CONSULTATION


def test_agenda_has_the_announced_times_and_follows_without_a_gap():
    """In the announcement: «13:30 - 14:00», «14:00 -14:20», «14:30 – 14:45-»."""
    printed = re.findall(r"^(\d\d:\d\d) ?[-–] ?(\d\d:\d\d)", PRINTED, re.MULTILINE)
    items = rows("agendaitem")

    assert [(item["start"], item["end"]) for item in items] == [(f"{a}:00", f"{b}:00") for a, b in printed]
    assert [item["start"] for item in items[1:]] == [item["end"] for item in items[:-1]]


def test_agenda_items_with_a_moderator_are_those_that_print_the_word():
    following = re.split(r"^\d\d:\d\d ?[-–]", PRINTED, flags=re.MULTILINE)[1:]

    assert [item["has_moderator"] for item in rows("agendaitem")] == ["Модератор:" in text for text in following]


def test_each_session_lasts_as_long_as_the_common_agenda():
    items = rows("agendaitem")
    times = {(row["start_time"], row["end_time"], row["times_approximate"]) for row in CITY_SESSIONS}

    assert times == {(items[0]["start"], items[-1]["end"], True)}


def test_every_word_is_the_announcements_or_accounted_for():
    used = set().union(*(words(value) for name, value in values(ours=False) if name[-3:] in {"_ky", "_ru"}))

    assert used - words(PRINTED) == PUT_RIGHT | SUPPLIED


def test_no_word_of_the_announcement_is_lost():
    used = set().union(*(words(value) for _, value in values(ours=False)))

    assert words(PRINTED) - used == MISPRINTED | LABELS | NUMBERS_KEPT_AS_DATA


def test_each_text_is_in_both_languages():
    one_sided = [
        (name, row["fields"]["name_ru"])
        for row in ROWS
        for name, value in row["fields"].items()
        if name.endswith(("_ky", "_ru")) and bool(value) != bool(row["fields"][f"{name[:-3]}_ky"])
    ]

    # The announcement has no Kyrgyz abbreviation of the ministry, and none is invented.
    ministry = "Министерство природных ресурсов, экологии и технического надзора Кыргызской Республики"
    assert one_sided == [("abbreviation_ru", ministry)]


def test_what_the_announcement_does_not_say_is_not_invented():
    unknown = {"address", "access", "practical", "capacity", "reserved", "registration", "moderator", "join", "news"}
    named = {name for row in ROWS for name in row["fields"]} - {"zoom_register_url"}

    assert [name for name in sorted(named) if any(word in name for word in unknown)] == ["has_moderator"]


def test_texts_are_clean():
    for name, value in values():
        for line in value.split("\n"):
            assert line == " ".join(line.split(" ")).strip(), name
        assert "  " not in value, name
        assert not re.search(r"\d-\d{4}\b(?!-)", value), name  # a range takes a dash


def test_questions_and_answers_match_in_both_languages():
    kyrgyz, russian = (CONSULTATION[f"questions_and_answers_{language}"].split("\n\n") for language in ("ky", "ru"))

    assert len(kyrgyz) == len(russian)
    assert {len(block.split("\n")) for block in kyrgyz + russian} == {2}


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_consent_names_the_holder_and_the_term(language):
    (consent,) = rows("consenttext")
    (holder,) = [party for party in rows("party") if party["is_data_holder"]]

    assert consent["version"] == "2025-1"
    assert holder[f"name_{language}"] in consent[f"text_{language}"]
    assert re.findall(r"\d+", consent[f"text_{language}"]) == [str(CONSULTATION["retention_days"])]


# Facts are data: whoever changes the announcement changes no code.


def facts():
    """What is true of this consultation alone, as patterns."""
    names = {city_session[f"city_{language}"] for city_session in CITY_SESSIONS for language in ("ky", "ru")}
    hosts = {re.match(r"https://([^/]+)", value)[1] for _, value in values() if value.startswith("https://")}
    phone = " ?".join(CONSULTATION["contact_phone"][4:])
    return [
        *(rf"\b{re.escape(name)}\b" for name in sorted(names)),
        *(re.escape(host) for host in sorted(hosts)),
        phone,
        CONSULTATION["contact_name"].split()[0],
        "БИОМ",
        "БУУӨП",
        "ПРООН",
    ]


def facts_in(text):
    return [pattern for pattern in facts() if re.search(pattern, text)]


def test_facts_are_found_where_they_are():
    """The control: the searches below would notice each of them."""
    assert facts_in(announcement.FIXTURE.read_text(encoding="utf-8")) == facts()


def test_no_template_or_style_states_a_fact():
    found = {}
    for folder in ("templates", "static"):
        for path in (settings.BASE_DIR / folder).rglob("*.*"):
            if path.suffix in {".html", ".txt", ".css", ".js"}:
                found[path.name] = facts_in(path.read_text(encoding="utf-8"))

    assert {name: facts for name, facts in found.items() if facts} == {}


def strings_of(tree):
    """All string constants of a module but its docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def test_no_code_states_a_fact():
    found = {}
    for path in (settings.BASE_DIR / "consultations").rglob("*.py"):
        text = "\n".join(strings_of(ast.parse(path.read_text(encoding="utf-8"))))
        found[path.name] = facts_in(text)

    assert {name: facts for name, facts in found.items() if facts} == {}


def test_no_translation_states_a_fact():
    found = []
    for path in settings.LOCALE_PATHS[0].rglob("*.po"):
        for entry in polib.pofile(path):
            found += facts_in("\n".join([entry.msgid, entry.msgstr, *entry.msgstr_plural.values()]))

    assert found == []
