"""Lists of participants: every cell as the database has it, nothing in them that a program would run."""

import csv
import io
import itertools
import re
import subprocess
import zipfile
from urllib.parse import unquote

import pytest
from django.utils import timezone, translation
from python_calamine import CalamineWorkbook

from consultations import exports
from consultations.models import Need, Registration
from tests.factories import in_days, make_city_session, make_consultation, make_group, make_need, make_registration
from tests.hostile import KEPT_AS_TYPED
from tests.paper import pages_of
from tests.programs import needed

pytestmark = pytest.mark.django_db

# What people typed, and what only a raw row can hold.
ODD = [*KEPT_AS_TYPED, "_x0041_ Ата", "'Апостроф", '"Тырмакча"', " =1+1", "Ата\n=1+1"]
SECRETS = {"code", "join_code", "submission_key"}


def make_order(*city_sessions, columns=None, preset="own", **asked):
    columns = columns or ["full_name", "organisation", "phone"]
    people = Registration.objects.filter(city_session__in=city_sessions)
    given = {"format": "xlsx", "language": "ky", "made_by": "aigul", "reason": "report"} | asked
    return exports.Order(people, list(city_sessions), columns, preset=preset, **given)


def xlsx(order):
    return io.BytesIO(b"".join(exports.attendees_xlsx(order)))


def sheets(order):
    """Both sheets as another program reads them: the title's rows, and the list's."""
    return [CalamineWorkbook.from_filelike(xlsx(order)).get_sheet_by_index(place).to_python() for place in (0, 1)]


def rows_of_xlsx(order):
    return [[as_text(cell) for cell in row] for row in sheets(order)[1]]


def as_text(cell):
    return f"{cell:g}" if isinstance(cell, float) else cell


def rows_of_csv(order):
    data = b"".join(exports.attendees_csv(order))
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def parts(order):
    with zipfile.ZipFile(xlsx(order)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def make_odd_people(city_session):
    """One person for each line of the catalogue, who writes it everywhere."""
    return [make_registration(city_session, full_name=text, organisation=text, question=text) for text in ODD]


def expected(*columns):
    """What the database says, by another way than the builder's: models in order, one at a time."""
    people = Registration.objects.order_by("sort_key", "pk")
    return [
        [str(number), *(str(getattr(person, name)) for name in columns)]
        for number, person in enumerate(people, start=1)
    ]


def with_phones_as_stored(rows):
    return [
        [cell.replace("\xa0", "").replace(" ", "") if cell.startswith("+996") else cell for cell in row] for row in rows
    ]


# XLSX


def test_xlsx_has_every_cell_as_the_database_has_it():
    city_session = make_city_session()
    make_odd_people(city_session)
    columns = ["full_name", "organisation", "phone", "question"]

    rows = rows_of_xlsx(make_order(city_session, columns=columns))

    assert rows[1:] == with_phones_as_stored(expected(*columns))
    assert len(rows) == len(ODD) + 1


def test_xlsx_holds_no_formula_and_no_link():
    city_session = make_city_session()
    make_odd_people(city_session)

    found = parts(make_order(city_session, columns=exports.PRESETS["everything"], reason_text="=1+1"))

    sheet = found["xl/worksheets/sheet2.xml"]
    assert re.findall(r"<f[ >/]|<hyperlink|<oleObject|<drawing", "".join(found.values())) == []
    assert not any("hyperlink" in text for text in found.values())
    assert not any("external" in name.lower() or "macro" in name.lower() for name in found)
    # Numbers of rows alone are numbers; everything else is text.
    assert set(re.findall(r'<c r="([A-Z]+)\d+" s="\d+">', sheet)) == {"A"}


def test_xlsx_is_ready_to_be_printed_and_filtered():
    city_session = make_city_session()
    for _ in range(3):
        make_registration(city_session)

    sheet = parts(make_order(city_session))["xl/worksheets/sheet2.xml"]

    assert '<pane xSplit="2" ySplit="1"' in sheet
    assert 'state="frozen"' in sheet
    assert '<autoFilter ref="A1:D4"/>' in sheet
    assert 'paperSize="9"' in sheet
    assert 'orientation="landscape"' in sheet


def test_xlsx_gives_a_long_text_the_height_it_needs():
    city_session = make_city_session()
    make_registration(city_session, question="Суроо " * 300)
    make_registration(city_session)

    sheet = parts(make_order(city_session, columns=["question"]))["xl/worksheets/sheet2.xml"]

    heights = dict(re.findall(r'<row r="(\d)"[^>]* ht="(\d+)"', sheet))
    assert sorted(heights.values()) == ["405"]


def test_title_says_what_it_is_and_its_totals_add_up():
    city_session = make_city_session(city_ru="Ош", date=in_days(5))
    came = {"checked_in_at": timezone.now()}
    make_registration(city_session, **came)
    make_registration(city_session)
    make_registration(city_session, mode="online", joined_online_at=timezone.now())
    order = make_order(city_session, language="en", filters={"mode": "", "status": "confirmed"}, reason_text="№ 12")

    title, rows = sheets(order)

    lines = {row[0]: as_text(row[1]) for row in title if row[1] != ""}
    assert lines["Public consultation"] == city_session.consultation.title_ky
    assert lines["Filter"] == "status: confirmed"
    assert lines["Made by"] == "aigul"
    assert lines["Reason"] == "Official report on the consultation: № 12"
    numbers = ["People in this list", "In the hall", "Online", "Came to the hall", "Joined online"]
    assert [lines[name] for name in numbers] == ["3", "2", "1", "1", "1"]
    assert len(rows) == 1 + 3


def test_first_bytes_of_xlsx_wait_for_no_row(django_assert_num_queries):
    order = make_order(make_city_session())

    with django_assert_num_queries(0):
        first = next(exports.attendees_xlsx(order))

    assert first.startswith(b"PK")


def test_xlsx_leaves_piece_by_piece(monkeypatch):
    monkeypatch.setattr("consultations.exports.workbook.ROWS_AT_ONCE", 2)
    city_session = make_city_session()
    for _ in range(7):
        make_registration(city_session)

    pieces = list(exports.attendees_xlsx(make_order(city_session)))

    assert len(pieces) == 1 + 3 + 2  # the beginning, three times two rows, the end of the list, the rest
    assert pieces[-1]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(pieces))).get_sheet_by_index(1).to_python()
    assert [row[0] for row in rows] == ["№", *range(1, 8)]


def test_text_that_no_cell_can_hold_stops_the_list(monkeypatch):
    city_session = make_city_session()
    make_registration(city_session)
    monkeypatch.setattr(exports.order, "clean", lambda text: "Ү" * 40_000)

    with pytest.raises(ValueError, match="does not fit"):
        xlsx(make_order(city_session))


def test_libreoffice_reads_the_same_cells(tmp_path):
    office = needed("libreoffice-calc", "soffice", "libreoffice")
    city_session = make_city_session()
    make_odd_people(city_session)
    columns = ["full_name", "phone", "organisation"]
    (tmp_path / "list.xlsx").write_bytes(xlsx(make_order(city_session, columns=columns)).getvalue())
    # Comma, quotes, UTF-8, every cell as it is shown, the second sheet.
    to_csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"
    subprocess.run(
        [
            *[office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"],
            *["--convert-to", to_csv, "--outdir", str(tmp_path), str(tmp_path / "list.xlsx")],
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )

    [converted] = tmp_path.glob("*.csv")
    rows = list(csv.reader(io.StringIO(converted.read_text(encoding="utf-8"), newline="")))

    assert rows[1:] == with_phones_as_stored(expected(*columns))


# CSV


def test_csv_has_every_cell_and_none_that_runs():
    city_session = make_city_session()
    make_odd_people(city_session)
    columns = ["full_name", "organisation", "question"]

    rows = rows_of_csv(make_order(city_session, columns=columns))[1:]

    assert len(rows) == len(ODD)
    for row, typed in zip(rows, expected(*columns), strict=True):
        assert row == [f"'{cell}" if cell.strip()[0] in "=+-@＝＋－＠" else cell for cell in typed]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("=1+1 Ата", "'=1+1 Ата"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠A", "'＠A"),
        ("  =1", "'  =1"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("\x0b=1", "' =1"),
        ("\n=1", "'\n=1"),
        ("Ата=1", "Ата=1"),
        ("a\x85c", "a c"),
        ("'Апостроф", "'Апостроф"),
        ("+996555123456", "996555123456"),
        ("+99655512345x", "'+99655512345x"),
        ("Үмүт", "Үмүт"),
    ],
)
def test_text_is_made_inert(typed, written):
    assert exports.files.inert(exports.order.clean(typed)) == written


def test_csv_opens_in_excel_with_its_letters():
    city_session = make_city_session()
    make_registration(city_session, full_name="Өмүр Ңура", organisation="Ата;эне", phone="+996555123456")

    data = b"".join(exports.attendees_csv(make_order(city_session, with_signature=True, language="en")))

    assert data.decode() == (
        '\ufeff№;Full name;Organisation;Phone number;Signature\r\n1;Өмүр Ңура;"Ата;эне";996555123456;\r\n'
    )


def test_first_bytes_of_csv_wait_for_no_row(django_assert_num_queries):
    order = make_order(make_city_session(), format="csv")

    with django_assert_num_queries(0):
        first = next(exports.attendees_csv(order))

    assert first.startswith("\ufeff№;".encode())


# Order, language, columns


def test_people_stand_in_kyrgyz_alphabetical_order():
    city_session = make_city_session()
    names = ["Нурлан", "Ңура", "Орозбек", "Өмүр", "Усон", "Үмүт", "Эрмек"]
    for name in reversed(names):
        make_registration(city_session, full_name=name)

    for rows in (rows_of_xlsx(make_order(city_session)), rows_of_csv(make_order(city_session))):
        assert [row[1] for row in rows[1:]] == names


def test_headers_and_words_speak_the_language_of_the_list():
    city_session = make_city_session(city_ky="Ош", city_ru="Ош", date=None)
    make_registration(city_session, mode="online", organisation_type="state", listed_publicly=True)
    columns = ["city_session", "mode", "status", "organisation_type", "listed_publicly"]
    said = {}
    for language in ("ky", "ru", "en"):
        said[language] = rows_of_csv(make_order(city_session, columns=columns, language=language))
        assert translation.get_language() == "ky"

    assert said["en"] == [
        [
            "№",
            "City session",
            "Form of participation",
            "Status",
            "Type of organisation",
            "Agrees to be listed publicly",
        ],
        ["1", "Ош", "online", "confirmed", "State body", "yes"],
    ]
    for place in range(2):
        assert len({tuple(rows[place]) for rows in said.values()}) == 3


def test_every_column_shows_something_and_no_secret():
    contact, member = make_group(
        make_city_session(),
        size=2,
        email="a@example.org",
        organisation="Уюм",
        organisation_type="ngo",
        position="Адис",
        home_place="Ош",
        gender="female",
        age_group="65-",
        question="Качан?",
        listed_publicly=True,
        photo_consent=True,
        checked_in_at=timezone.now(),
        joined_online_at=timezone.now(),
    )
    waiting = make_registration(contact.city_session, status="waiting")
    make_need(member, kind=Need.Kind.SIGN_LANGUAGE, text="Тасма")
    order = make_order(contact.city_session, columns=exports.PRESETS["everything"], preset="everything")
    people = [row[1:] for row in rows_of_csv(order)[1:]]

    assert all(any(column) for column in zip(*people, strict=True))
    written = "\n".join(itertools.chain(*people))
    for person in (contact, member, waiting):
        assert person.code not in written
        assert person.join_code not in written
    assert "Тасма" not in written
    fields = {name for column in exports.COLUMNS for name in column.fields}
    assert not SECRETS & fields
    assert not {"gender", "age_group"} & fields  # the privacy page: they leave the site only as totals


def test_member_of_a_group_is_reached_through_the_contact():
    contact, _member = make_group(make_city_session(), size=2, phone="+996555123456")

    rows = rows_of_csv(make_order(contact.city_session, columns=["phone"]))

    assert [row[1] for row in rows[1:]] == ["996555123456", "996555123456"]


def test_presets_name_columns_and_everything_is_all_of_them():
    assert exports.PRESETS["everything"] == list(exports.COLUMN)
    assert len(exports.COLUMN) == len(exports.COLUMNS)
    for keys in exports.PRESETS.values():
        assert set(keys) <= set(exports.COLUMN)
    contact_details = {"phone", "email"}
    assert contact_details < set(exports.PRESETS["contacts"])
    assert not contact_details & set(exports.PRESETS["official"])


def test_session_is_named_in_each_row_only_where_there_are_several():
    one, other = make_city_session(), make_city_session()
    official = exports.PRESETS["official"]

    alone = make_order(one, columns=official, preset="official")
    together = make_order(one, other, columns=official, preset="official")

    assert [column.key for column in alone.chosen_columns] == [key for key in official if key != "city_session"]
    assert [column.key for column in together.chosen_columns] == official


# Filters


@pytest.mark.parametrize("one", exports.FILTERS, ids=lambda one: one.key)
def test_filter_lets_through_whom_it_says(one):
    city_session = make_city_session()
    now = timezone.now()
    make_registration(city_session)
    make_registration(city_session, status="waiting")
    make_registration(city_session, status="cancelled", mode="online")
    make_registration(city_session, mode="online", joined_online_at=now, organisation_type="ngo", language="ru")
    make_registration(city_session, checked_in_at=now, joined_online_at=now)
    make_registration(city_session, mode="online", status="waiting", source="telephone")
    make_need(make_registration(city_session, checked_in_at=now))
    everybody = Registration.objects.all()

    for value, _label in one.choices:
        found = set(exports.narrowed(everybody, {one.key: str(value)}))
        assert found == {person for person in everybody if passes(person, one.key, value)}, value
    assert set(exports.narrowed(everybody, {one.key: ""})) == set(everybody)


def passes(person, key, value):
    """The same said in Python, of one person."""
    came, joined = bool(person.checked_in_at), bool(person.joined_online_at)
    needs = set(person.needs.values_list("kind", flat=True))
    return {
        "mode": person.mode == value,
        "status": person.is_live if value == "live" else person.status == value,
        "came": {
            "hall": came,
            "online": joined,
            "both": came and joined,
            "any": came or joined,
            "none": not (came or joined),
        }.get(value),
        "queue": {"hall": person.wants_the_hall, "online": person.online_wanted_at is not None}.get(value),
        "needs": bool(needs) if value == "any" else value in needs,
        "source": person.source == value,
        "organisation_type": person.organisation_type == ("" if value == "-" else value),
        "message_language": person.language == value,
    }[key]


# Names of files


def test_file_is_named_by_session_date_and_content():
    city_session = make_city_session(slug="osh", city_ru="Ош", date=in_days(5))
    order = make_order(city_session, preset="contacts", columns=exports.PRESETS["contacts"], language="ru")

    assert order.file_name() == f"osh-{in_days(5):%Y-%m-%d}-contacts.xlsx"
    assert order.file_name_in_words().startswith(f"Ош, {in_days(5):%d.%m.%Y}, ")
    header = order.content_disposition()
    assert header.isascii()
    assert f'filename="{order.file_name()}"' in header
    assert unquote(header.partition("filename*=UTF-8''")[2]) == order.file_name_in_words()


def test_file_of_several_sessions_is_named_by_their_consultation():
    consultation = make_consultation(slug="nbsap")
    order = make_order(make_city_session(consultation), make_city_session(consultation, date=None))

    assert order.file_name() == f"nbsap-{timezone.localdate():%Y-%m-%d}-list.xlsx"
    assert make_order(make_city_session(), make_city_session()).file_name().startswith("consultations-")


def test_name_of_a_city_breaks_no_header():
    city_session = make_city_session(city_ky='Ош"\r\nX: 1; ../..', city_ru="x")

    header = make_order(city_session).content_disposition()

    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2


# PDF


def test_pdf_has_the_same_people_and_its_head_on_every_page():
    city_session = make_city_session()
    for number in range(30):
        make_registration(city_session, full_name=f"Өмүр Ңура {number:02}", organisation="<b>#x $y$ @z</b> *a*")
    order = make_order(city_session, format="pdf", language="en", with_signature=True)

    paper = exports.attendees_pdf(order)

    pages = pages_of(paper)
    text = "".join(pages)
    assert len(pages) > 1
    for page in pages:
        assert re.search(r"Full name\s+Organisation\s+Phone number\s+Signature", page)
    assert re.findall(r"Өмүр Ңура (\d\d)", text) == [f"{number:02}" for number in range(30)]
    assert text.count("<b>#x $y$ @z</b> *a*") == 30
    assert text.count("+9965") == 30


def test_pdf_takes_the_whole_catalogue():
    city_session = make_city_session()
    make_odd_people(city_session)

    paper = exports.attendees_pdf(make_order(city_session, columns=exports.PRESETS["everything"], format="pdf"))

    assert paper.startswith(b"%PDF-")


# Memory


def test_builder_reads_rows_as_it_writes_them():
    """Through a cursor of the server: one query, in pieces."""
    city_session = make_city_session()
    for _ in range(3):
        make_registration(city_session)
    rows = make_order(city_session).rows()

    assert len(next(rows)) == 3
    assert len(list(rows)) == 2
