"""Dates, times and numbers come out as each language writes them (README "Languages")."""

import datetime

import pytest
from django.template import engines
from django.utils import formats, timezone, translation

JUNE_9 = datetime.date(2025, 6, 9)


def rendered(template, **context):
    return engines["django"].from_string(template).render(context)


@pytest.mark.parametrize(
    ("language", "day", "shown"),
    [
        ("ky", 9, "2025-жылдын 9-июну, дүйшөмбү"),
        ("ky", 10, "2025-жылдын 10-июну, шейшемби"),
        ("ky", 17, "2025-жылдын 17-июну, шейшемби"),
        ("ky", 18, "2025-жылдын 18-июну, шаршемби"),
        ("ru", 9, "9 июня 2025 г., понедельник"),
        ("ru", 10, "10 июня 2025 г., вторник"),
        ("ru", 17, "17 июня 2025 г., вторник"),
        ("ru", 18, "18 июня 2025 г., среда"),
    ],
)
def test_dates_of_the_announcement_are_shown_as_agreed(language, day, shown):
    with translation.override(language):
        date = datetime.date(2025, 6, day)
        assert rendered("{{ date|date }}, {{ date|date:'l' }}", date=date) == shown


@pytest.mark.parametrize(
    ("language", "name", "shown"),
    [
        ("ky", "DATE_FORMAT", "2025-жылдын 9-июну"),
        ("ru", "DATE_FORMAT", "9 июня 2025 г."),
        ("ky", "MONTH_DAY_FORMAT", "9-июнь"),
        ("ru", "MONTH_DAY_FORMAT", "9 июня"),
        ("ky", "YEAR_MONTH_FORMAT", "2025-жылдын июну"),
        ("ru", "YEAR_MONTH_FORMAT", "июнь 2025 г."),
        ("ky", "SHORT_DATE_FORMAT", "09.06.2025"),
        ("ru", "SHORT_DATE_FORMAT", "09.06.2025"),
    ],
)
def test_date_formats(language, name, shown):
    with translation.override(language):
        assert formats.date_format(JUNE_9, name) == shown


@pytest.mark.parametrize(
    ("month", "possessive"),
    list(
        enumerate("январы февралы марты апрели майы июну июлу августу сентябры октябры ноябры декабры".split(), start=1)
    ),
)
def test_every_month_after_a_kyrgyz_date(month, possessive):
    assert formats.date_format(datetime.date(2026, month, 1)) == f"2026-жылдын 1-{possessive}"


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_times_are_of_24_hours_with_two_digits(language):
    with translation.override(language):
        assert formats.time_format(datetime.time(9, 5)) == "09:05"
        assert formats.time_format(datetime.time(16, 15)) == "16:15"
        assert formats.time_format(datetime.time(0, 0)) == "00:00"


@pytest.mark.parametrize(("language", "shown"), [("ky", "2025-жылдын 9-июну, 09:05"), ("ru", "9 июня 2025 г., 09:05")])
def test_moments(language, shown):
    with translation.override(language):
        moment = timezone.make_aware(datetime.datetime(2025, 6, 9, 9, 5))
        assert rendered("{{ moment|date:'DATETIME_FORMAT' }}", moment=moment) == shown


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_numbers_have_a_comma(language):
    with translation.override(language):
        assert formats.localize(1.5) == "1,5"
        assert formats.localize(1234, use_l10n=True) == "1234"


@pytest.mark.parametrize("language", ["ky", "ru"])
@pytest.mark.parametrize("typed", ["13:30", "13.30", "13:30:00"])
def test_times_are_understood_as_people_type_them(language, typed):
    from django import forms

    with translation.override(language):
        assert forms.TimeField().clean(typed) == datetime.time(13, 30)


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_a_time_stands_in_its_field_as_people_type_it(language):
    from django import forms

    with translation.override(language):
        assert 'value="13:30"' in forms.TimeInput().render("start_time", datetime.time(13, 30))
        assert 'value="09.06.2025"' in forms.DateInput().render("date", JUNE_9)


@pytest.mark.parametrize(("language", "shown"), [("ky", "ооба жок балким"), ("ru", "да нет может быть")])
def test_yes_and_no(language, shown):
    with translation.override(language):
        assert rendered("{{ yes|yesno }} {{ no|yesno }} {{ unknown|yesno }}", yes=True, no=False, unknown=None) == shown


@pytest.mark.parametrize(
    ("language", "size", "shown"),
    [("ky", 7, "7 байт"), ("ky", 1_258_291, "1,2 МБ"), ("ru", 1_258_291, "1,2 МБ"), ("ru", 2, "2 байта")],
)
def test_sizes_of_files(language, size, shown):
    with translation.override(language):
        assert rendered("{{ size|filesizeformat }}", size=size).replace("\xa0", " ") == shown
