"""Zoom's participants' report in the shapes it has, and files that are none."""

import datetime

import pytest
from django.utils import timezone

from consultations import zoom_report

DAY = datetime.date(2026, 6, 9)

TWO_BLOCKS = (
    "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants\n"
    '"812 3456 7890",Коомдук талкуу,06/09/2026 01:25:00 PM,06/09/2026 04:20:00 PM,host@example.kg,175,3\n'
    "\n"
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent,In Waiting Room\n"
    "Үмүт Өмүралиева,umut@example.kg,06/09/2026 01:31:09 PM,06/09/2026 01:40:00 PM,9,Yes,,No\n"
    "Үмүт Өмүралиева,UMUT@example.kg,06/09/2026 01:45:00 PM,06/09/2026 04:15:00 PM,150,Yes,,No\n"
    "iPhone (Бакыт Асанов),,06/09/2026 01:29:00 PM,06/09/2026 04:15:00 PM,166,Yes,,No\n"
    "Күткөн Адам,wait@example.kg,06/09/2026 01:29:00 PM,06/09/2026 01:30:00 PM,1,Yes,,Yes\n"
)


def at(hour, minute, second=0):
    return timezone.make_aware(datetime.datetime(2026, 6, 9, hour, minute, second))


def told(content, date=DAY):
    people = zoom_report.read(content, date=date)
    return [(person.names, person.email, person.joined_at, person.minutes, person.times) for person in people]


def test_each_person_is_one_with_the_first_arrival_and_all_minutes():
    assert told(TWO_BLOCKS.encode("utf-8-sig")) == [
        (["Үмүт Өмүралиева"], "umut@example.kg", at(13, 31, 9), 159, 2),
        (["iPhone", "Бакыт Асанов"], "", at(13, 29), 166, 1),
    ]


def test_report_saved_again_by_excel_in_another_encoding_reads_the_same():
    russian = (
        "Имя (настоящее имя);Адрес эл. почты пользователя;Время входа;Время выхода;Длительность (минуты);Гость\r\n"
        "Иван Петров;ivan@example.kg;09.06.2026 13:31:00;09.06.2026 16:00:00;149;Да\r\n"
    )
    wanted = [(["Иван Петров"], "ivan@example.kg", at(13, 31), 149, 1)]
    assert told(russian.encode("cp1251")) == wanted
    assert told(russian.encode("utf-16")) == wanted
    assert told(russian.replace(";", "\t").encode()) == wanted


def test_unique_users_have_minutes_and_no_time():
    report = (
        b"Name (Original Name),User Email,Total Duration (Minutes),Guest\nAnn-Marie O'Neil,ann@example.org,57,Yes\n"
    )
    assert told(report) == [(["Ann-Marie O'Neil"], "ann@example.org", None, 57, 1)]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("06/09/2026 01:31:00 PM", at(13, 31)),
        ("09/06/2026 13:31", at(13, 31)),
        ("2026-06-09 13:31:00", at(13, 31)),
        ("12/31/2026 01:31:00 PM", None),
        ("soon", None),
    ],
)
def test_the_days_order_is_read_from_the_day_of_the_session(written, moment):
    report = f"Name,Email,Join time\nБакыт,b@example.kg,{written}\n"
    assert told(report.encode()) == [(["Бакыт"], "b@example.kg", moment, 0, 1)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"%PDF-1.7 \xff\xfe",
        b"PK\x03\x04" + bytes(range(256)),
        "Аты,Телефон\nБакыт,0555\n".encode(),
        b"Name,Email\n",
        b'"' * 200_000,
        "\ufeff".encode("utf-16"),
        b"\xff\xfe\x00",
    ],
)
def test_other_files_are_refused_with_a_word(content):
    with pytest.raises(zoom_report.NotAReport) as refusal:
        zoom_report.read(content, date=DAY)
    assert refusal.value.message == zoom_report.NOT_A_REPORT


@pytest.mark.parametrize("content", [b"x" * (zoom_report.LARGEST + 1), b"Name,Email\n" + b"a,b\n" * 30_000])
def test_absurd_sizes_are_refused(content):
    with pytest.raises(zoom_report.NotAReport) as refusal:
        zoom_report.read(content, date=DAY)
    assert refusal.value.message == zoom_report.TOO_LARGE


def test_what_looks_like_a_formula_or_markup_is_a_name():
    report = b"Name,Email\n=1+1,\n<script>alert(1)</script>,\n"
    assert [names for names, *_rest in told(report)] == [["=1+1"], ["<script>alert(1)</script>"]]
