"""The invented people of the demo, the same each time. Names are put together by counting, not taken from anybody.

Their telephone numbers are not given out (+996 555 000 …), their addresses are of example.org.
"""

import itertools
from dataclasses import dataclass

from .models import Need, Registration

HALL, ONLINE = Registration.Mode.HALL, Registration.Mode.ONLINE
WEB, TELEPHONE = Registration.Source.WEB, Registration.Source.TELEPHONE

# Without the feminine ending, which is -а.
KYRGYZ_SURNAMES = (
    "Асанов Бакиров Жумабеков Калыков Маматов Омуров Сыдыков Токторов Үсөнов Чоробаев Шаршеев Эсенов".split()
)
KYRGYZ_WOMEN = "Айгүл Бегимай Гүлзат Жылдыз Көкүмай Мээрим Назгүл Өмүркан Самара Үмүт Чынара Эльмира".split()
KYRGYZ_MEN = "Азамат Бакыт Данияр Жеңиш Көчкөнбай Мирлан Нурбек Өмүрбек Сагын Таңат Үсөн Чыңгыз".split()
RUSSIAN_SURNAMES = "Белов Воронцов Ершов Киселёв Лаптев Орлов".split()
RUSSIAN_WOMEN = "Алёна Вера Дарья Марина Ольга Юлия".split()
RUSSIAN_MEN = "Андрей Виктор Денис Максим Пётр Сергей".split()
FATHERS = ["Ыдырыс", "Касым", "Төлөгөн", "Жаңыбай"]

# «Мисал» and «Пример» mean "example".
Kind = Registration.OrganisationType
ORGANISATIONS = {
    "ky": [
        ("«Мисал» жайыт комитети", Kind.PASTURE, "төрага"),
        ("«Мисал» коомдук фонду", Kind.NGO, "долбоорлордун координатору"),
        ("«Мисал» токой чарбасы", Kind.FORESTRY, "токойчу"),
        ("«Мисал» айыл өкмөтү", Kind.LOCAL, "адис"),
        ("«Мисал» орто мектеби", Kind.ACADEMIA, "биология мугалими"),
        ("", Kind.CITIZEN, ""),
        ("", "", ""),
    ],
    "ru": [
        ("Общественное объединение «Пример»", Kind.NGO, "эколог"),
        ("Университет «Пример»", Kind.ACADEMIA, "преподаватель"),
        ("Газета «Пример»", Kind.MEDIA, "корреспондент"),
        ("ОсОО «Пример Тур»", Kind.BUSINESS, "директор"),
        ("", Kind.CITIZEN, ""),
        ("", "", ""),
    ],
}
QUESTIONS = {
    "ky": [
        "Жайыттардын деградациясы планда кандайча эске алынат?",
        "Корукка жакын жашаган айылдарга кандай колдоо каралган?",
        "Илбирсти сактоо боюнча кайсы иш-аракеттер бар?",
    ],
    "ru": [
        "Как план учитывает малые водоёмы и их берега?",
        "Кто будет следить за выполнением плана и где публикуются отчёты?",
        "Можно ли прислать замечания письменно после обсуждения?",
    ],
}
NEEDS = {
    "ky": [
        (Need.Kind.STEP_FREE, ""),
        (Need.Kind.SIGN_LANGUAGE, ""),
        (Need.Kind.OTHER, "Экранга жакын отурсам"),
        (Need.Kind.LARGE_PRINT, ""),
    ],
    "ru": [
        (Need.Kind.INTERPRETATION, "перевод с кыргызского"),
        (Need.Kind.LARGE_PRINT, ""),
        (Need.Kind.STEP_FREE, "приеду на коляске"),
    ],
}
OWN_QUESTIONS = [
    {
        "words_ky": "Талкууда сөз сүйлөгүңүз келеби?",
        "words_ru": "Хотите ли вы выступить на обсуждении?",
        "is_personal": False,
        "seen_by": "lists",
    },
    {
        "kind": "choice",
        "words_ky": "Кайсы тема сизге баарынан маанилүү?",
        "words_ru": "Какая тема для вас важнее всего?",
        "choices_ky": "Токойлор\nЖайыттар\nСуулар жана көлдөр\nЖапайы жаныбарлар",
        "choices_ru": "Леса\nПастбища\nРеки и озёра\nДикие животные",
        "is_personal": False,
        "seen_by": "lists",
    },
]
PLACES = {"ky": ["Кочкор айылы", "Кара-Суу шаары", "Тоң району"], "ru": ["с. Тюп", "г. Каракол", ""]}
AGE_GROUPS = Registration.AgeGroup.values


@dataclass
class Form:
    """One form sent: so many people, for the session at that place in the order of sessions."""

    city_session: int
    size: int = 1
    mode: str = HALL
    placing: str | None = None
    source: str = WEB
    is_cancelled: bool = False
    has_filled_in_zooms_form: bool = False
    language: str = "ky"
    people: list | None = None


def answers(questions, number):
    """What the person with this number answers to the two questions; every third answers nothing."""
    speaks, matters = questions
    if number % 3 == 0:
        return []
    return [
        {"question_id": speaks.pk, "choice": 1 if number % 5 == 0 else 2},
        {"question_id": matters.pk, "choice": number % 4 + 1},
    ]


def forms():
    """All the forms, in the order in which they were sent."""
    people = {"ky": itertools.count(), "ru": itertools.count()}
    numbers = itertools.count(1)
    sent = [*_nearly_full(0), *_roomy(1), *_full(2), *_without_limit(3), *_undated(4)]
    for place, form in enumerate(sent):
        form.language = "ru" if place % 3 == 1 else "ky"
        # Who has written to others in Russian may well have a Kyrgyz name.
        names = "ru" if place % 6 == 1 else "ky"
        contact = _contact(next(people[names]), next(numbers), names, form.language)
        members = [_person(next(people[names]), next(numbers), names, form.language) for _ in range(form.size - 1)]
        for member in members:  # colleagues; the position is the contact's own
            member |= {name: contact[name] for name in ("organisation", "organisation_type")}
        form.people = [contact, *members]
    return sent


def _nearly_full(place):
    yield from (Form(place, size) for size in [12, 8, 5, 4, 2, 1, 1])
    yield Form(place, source=TELEPHONE)
    yield Form(place, mode=ONLINE, has_filled_in_zooms_form=True)
    yield from (Form(place) for _ in range(3))
    yield Form(place, 2, mode=ONLINE)


def _roomy(place):
    yield from (Form(place, size) for size in [3, 1, 1, 2])
    yield Form(place, is_cancelled=True)
    yield from (Form(place, mode=ONLINE) for _ in range(2))
    yield from (Form(place) for _ in range(2))


def _full(place):
    yield from (Form(place, size) for size in [15, 8, 1, 4, 1, 1])
    yield Form(place, mode=ONLINE, has_filled_in_zooms_form=True)
    yield Form(place)
    yield Form(place, placing="online-meanwhile")
    yield Form(place, 3, placing="queue")
    yield Form(place)


def _without_limit(place):
    yield from (Form(place, size) for size in [1, 6, 1, 1])
    yield from (Form(place, mode=ONLINE) for _ in range(2))


def _undated(place):
    yield from (Form(place, size) for size in [2, 1, 1])
    yield Form(place, mode=ONLINE)


def _contact(place, number, names, language):
    """Whoever sent the form: with a phone, an e-mail or both, and perhaps an organisation."""
    organisation, organisation_type, position = _taken(ORGANISATIONS[language], number)
    contact = _person(place, number, names, language) | {
        "organisation": organisation,
        "organisation_type": organisation_type,
        "position": position,
        "phone": _phone(number),
    }
    if number % 3:
        contact["email"] = f"demo{number:03}@example.org"
        if number % 5 == 0:
            del contact["phone"]
    return contact


def _person(place, number, names, language):
    """`place` counts within the names' language, `number` all people. Some of a group have a phone of their own."""
    full_name, gender = _kyrgyz_name(place) if names == "ky" else _russian_name(place)
    person = {
        "full_name": full_name,
        "gender": gender if number % 5 else "",
        "age_group": AGE_GROUPS[number * 3 % len(AGE_GROUPS)] if number % 4 else "",
        "home_place": _taken(PLACES[language], number) if number % 3 == 0 else "",
        "question": _taken(QUESTIONS[language], number) if number % 7 == 3 else "",
        "listed_publicly": number % 4 == 1,
        "photo_consent": number % 3 != 2,
    }
    if number % 3 == 0:
        person["phone"] = _phone(number)
    if number % 9 == 4:
        kind, text = _taken(NEEDS[language], number // 9)
        person["needs"] = [{"kind": kind, "text": text}]
    return person


def _phone(number):
    return f"+996555000{number:03}"


def _taken(choices, number):
    return choices[number % len(choices)]


def _kyrgyz_name(place):
    """A name of its own for each place below 144; every other with the father's name."""
    surname = _taken(KYRGYZ_SURNAMES, place)
    given = place + place // 12
    father = f" {_taken(FATHERS, place // 4)}" if place % 4 in {0, 3} else ""
    if place % 2:
        return f"{surname}а {_taken(KYRGYZ_WOMEN, given)}{father and f'{father} кызы'}", Registration.Gender.FEMALE
    return f"{surname} {_taken(KYRGYZ_MEN, given)}{father and f'{father} уулу'}", Registration.Gender.MALE


def _russian_name(place):
    """A name of its own for each place below 36."""
    surname = _taken(RUSSIAN_SURNAMES, place)
    given = place + place // 6
    if place % 2:
        return f"{surname} {_taken(RUSSIAN_MEN, given)}", Registration.Gender.MALE
    return f"{surname}а {_taken(RUSSIAN_WOMEN, given)}", Registration.Gender.FEMALE
