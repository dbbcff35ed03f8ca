"""The organisers' site as a whole: who gets in, in which language, what leaks, and what hostile input does."""

import re
import time

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst

from consultations.models import (
    Account,
    CitySession,
    Consultation,
    DoorEntry,
    DoorPass,
    FormerSlug,
    Message,
    OwnAnswer,
    PlaceCount,
    RateCount,
    Registration,
    UploadedList,
)
from tests.factories import (
    in_days,
    make_agenda_item,
    make_city_session,
    make_consent_text,
    make_consultation,
    make_document,
    make_group,
    make_need,
    make_party,
    make_registration,
)
from tests.staff import admin_list, admin_page, make_organiser, make_staff, typed

pytestmark = pytest.mark.django_db

MODELS = ["citysession", "registration", "need", "message", "notice", "consultation", "formerslug"]
SCRIPT = "Асан <script>alert(1)</script>"


def make_message(registration, **fields):
    defaults = {
        "kind": "promoted",
        "channel": "email",
        "language": "ky",
        "dedupe_key": f"test:{registration.pk}:{fields}",
    }
    if fields.get("status", "queued") != "queued":
        defaults |= {"done_at": timezone.now(), "done_by": "aigul"}
    return Message.objects.create(registration=registration, **defaults | fields)


# Who gets in


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("permission", "status"), [(None, 403), ("view", 200)])
def test_list_requires_its_own_permission(client, model, permission, status):
    client.force_login(make_staff(*([f"{permission}_{model}"] if permission else [])))

    assert client.get(admin_list(model)).status_code == status


@pytest.mark.parametrize("model", MODELS)
def test_list_sends_strangers_to_the_login(client, model):
    response = client.get(admin_list(model))

    assert response["Location"] == f"/admin/login/?next={admin_list(model)}"


def test_every_model_can_be_worked_with_except_the_counts_of_limits():
    edited = {model for model in admin.site._registry if model._meta.app_label == "consultations"}
    for model_admin in list(admin.site._registry.values()):
        edited |= {inline.model for inline in model_admin.inlines}
    edited |= {Message, OwnAnswer}  # seen on the page of their registration

    at_the_door = {DoorPass, DoorEntry}  # have pages of their own
    unseen = {RateCount, Account, PlaceCount, UploadedList}
    assert edited >= set(apps.get_app_config("consultations").get_models()) - unseen - at_the_door
    assert RateCount not in edited


def test_jobs_are_not_shown():
    assert {model._meta.app_label for model in admin.site._registry} == {"auth", "consultations"}


def test_nothing_is_deleted_in_bulk(client):
    client.force_login(make_organiser())

    for model in MODELS:
        client_page = client.get(admin_list(model)).content.decode()
        assert "delete_selected" not in client_page


# Language


@pytest.mark.parametrize(("language", "title"), [("ky", "Кыргызча"), ("ru", "Русский")])
def test_language_is_chosen_before_logging_in(client, language, title):
    response = client.post(reverse("admin:language"), {"language": language, "next": "/admin/login/"})

    assert response["Location"] == "/admin/login/"
    assert client.cookies["language"].value == language
    page = client.get("/admin/login/").content.decode()
    assert re.search(r'<html lang="(\w+)"', page)[1] == language
    assert re.search(r'aria-current="true">([^<]+)<', page)[1] == title


def test_language_is_not_changed_by_a_link(client):
    assert client.get(reverse("admin:language"), {"language": "ru"}).status_code == 405
    assert "language" not in client.cookies


@pytest.mark.parametrize("language", ["", "en", "zz", "ru\x00", "кы", "r" * 10_000])
def test_unknown_language_changes_nothing(client, language):
    response = client.post(reverse("admin:language"), {"language": language, "next": "/admin/"})

    assert response.status_code == 302
    assert "language" not in client.cookies


@pytest.mark.parametrize(
    "back",
    ["", "//evil.example", "https://evil.example/", "https:evil.example", "javascript:alert(1)", "\\\\evil", "\x00"],
)
def test_choice_of_language_stays_on_the_site(client, back):
    response = client.post(reverse("admin:language"), {"language": "ru", "next": back})

    assert response["Location"] == "/admin/"


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_both_halves_of_a_text_stand_side_by_side(client, language):
    client.cookies["language"] = language
    client.force_login(make_organiser())

    response = client.get(admin_page(make_city_session()))

    rows = [line.fields for fieldset in response.context["adminform"] for line in fieldset]
    assert ("venue_ky", "venue_ru") in rows
    with translation.override(language):
        venue = capfirst(str(CitySession._meta.get_field("venue_ky").verbose_name))
    labels = re.findall(r'<label[^>]*for="id_venue_(?:ky|ru)"[^>]*>([^<]+)</label>', response.content.decode())
    assert labels == [f"{venue} [ky]:", f"{venue} [ru]:"]
    form = response.context["adminform"].form
    assert [form.fields[f"venue_{half}"].widget.attrs["lang"] for half in ("ky", "ru")] == ["ky", "ru"]


def test_history_is_told_in_the_readers_language(client):
    city_session = make_city_session()
    client.force_login(make_organiser())
    page = client.get(admin_page(city_session))
    client.post(admin_page(city_session), typed(page) | {"venue_ky": "Зал", "venue_ru": "Зал", "hall_capacity": "50"})

    entry = LogEntry.objects.get()

    assert entry.change_message == '[{"changed": {"fields": ["venue", "places in the hall"]}}]'


# The front page


def front_page(client):
    return client.get("/admin/")


def test_front_page_lists_the_sessions_ahead_the_undated_last(client):
    consultation = make_consultation()
    make_city_session(consultation, city_ky="Өткөн", date=in_days(-1))
    make_city_session(consultation, city_ky="Болбойт", state=CitySession.State.CANCELLED)
    make_city_session(consultation, city_ky="Күнү жок", date=None)
    make_city_session(consultation, city_ky="Эртең", date=in_days(1), is_published=False)
    make_city_session(consultation, city_ky="Бүгүн", date=in_days(0))
    make_city_session(make_consultation(closed_on=in_days(-1)), city_ky="Жабылган", date=None)
    client.force_login(make_organiser())

    cities = [city_session.city for city_session in front_page(client).context["city_sessions"]]

    assert cities == ["Бүгүн", "Эртең", "Күнү жок"]


def test_front_page_says_what_is_to_be_announced(client):
    known = {"hall_capacity": 50, "zoom_register_url": "https://zoom.us/x"}
    known |= {f"{name}_{half}": "x" for name in ("venue", "address", "access", "moderator") for half in ("ky", "ru")}
    make_city_session(**known, date=in_days(1))
    make_city_session(
        **known | {"venue_ru": "", "address_ky": "", "address_ru": ""}, date=None, start_time=None, end_time=None
    )
    client.force_login(make_organiser())

    with translation.override(None):
        shown = [city_session.to_announce for city_session in front_page(client).context["city_sessions"]]
        names = {
            name: str(CitySession._meta.get_field(name).verbose_name)
            for name in ("date", "start_time", "venue_ky", "address_ky")
        }
    with translation.override("ky"):
        ky = {name: translation.gettext(text) for name, text in names.items()}
    assert shown == [[], [ky["date"], ky["start_time"], f"{ky['venue_ky']} [ru]", ky["address_ky"]]]


def test_front_page_leads_to_what_waits(client):
    registration = make_registration()
    make_message(registration, status="failed", error="550")
    make_message(registration, status="sent")
    make_message(registration, channel="call")
    make_message(registration, created_at=timezone.now() - timezone.timedelta(minutes=16))
    make_message(registration)
    make_need(registration)
    make_need(registration, kind="large-print", state="arranged")
    make_need(make_registration(make_city_session(date=in_days(-1))))
    make_need(make_registration(status="cancelled"))
    client.force_login(make_organiser())

    waiting = front_page(client).context["waiting"]

    assert [entry["count"] for entry in waiting] == [1, 1, 1, 1, 1]
    assert [client.get(entry["address"]).status_code for entry in waiting] == [200, 200, 200, 200, 200]


def test_front_page_shows_staff_only_what_they_may_see(client):
    make_need(make_registration())
    client.force_login(make_staff())

    context = front_page(client).context

    assert "city_sessions" not in context
    assert context["waiting"] == []


def test_front_page_asks_the_same_number_of_queries_for_any_number_of_sessions(client, django_assert_max_num_queries):
    client.force_login(make_organiser())
    counts = []
    for _ in range(2):
        make_need(make_registration(make_city_session(hall_capacity=10)))
        with django_assert_max_num_queries(15) as queries:
            front_page(client)
        counts.append(len(queries))

    assert counts[0] == counts[1]


# Lists


def rows_for(model):
    """One row of `model`, with what its list shows beside it."""
    contact, member = make_group(size=2)
    make_need(contact)
    make_message(member)
    if model == "formerslug":
        city_session = contact.city_session
        city_session.slug = f"{city_session.slug}-renamed"
        city_session.save()


@pytest.mark.parametrize("model", [model for model in MODELS if model != "notice"])
def test_list_asks_the_same_number_of_queries_for_any_number_of_rows(client, model, django_assert_max_num_queries):
    client.force_login(make_organiser())
    counts = []
    for _ in range(2):
        for _ in range(2):
            rows_for(model)
        with django_assert_max_num_queries(12) as queries:
            assert client.get(admin_list(model)).context["cl"].result_count > 0
        counts.append(len(queries))

    assert counts[0] == counts[1]


PROBES = [
    "code__startswith=a",
    "code=a",
    "join_code__gt=a",
    "pass_number__startswith=1",
    "email__regex=^a",
    "email__icontains=a",
    "phone__contains=555",
    "full_name__startswith=A",
    "question__contains=a",
    "group__code__startswith=a",
    "members__email__startswith=a",
    "messages__dedupe_key__startswith=1",
    "city_session__zoom_join_url__contains=a",
    "city_session__consultation__contact_email__contains=a",
    "consent_text__registration__email__contains=a",
    "status__regex=c",
    "id__gt=1",
    "pk__in=1,2",
]


@pytest.mark.parametrize("probe", PROBES)
def test_list_cannot_be_asked_about_hidden_columns(client, probe):
    make_registration()
    client.force_login(make_staff("view_registration"))

    assert client.get(f"{admin_list('registration')}?{probe}").status_code == 400


@pytest.mark.parametrize(
    ("model", "probe"),
    [
        ("need", "registration__email__startswith=a"),
        ("need", "registration__code__startswith=a"),
        ("message", "registration__phone__contains=5"),
        ("message", "dedupe_key__startswith=1"),
        ("message", "address__startswith=a"),
        ("citysession", "zoom_join_url__startswith=https"),
        ("citysession", "registrations__code__startswith=a"),
        ("consultation", "city_sessions__zoom_join_url__startswith=https"),
        ("formerslug", "city_session__zoom_join_url__startswith=https"),
    ],
)
def test_other_lists_cannot_be_asked_about_hidden_columns(client, model, probe):
    client.force_login(make_staff(f"view_{model}"))

    assert client.get(f"{admin_list(model)}?{probe}").status_code == 400


# The public page of what is public


@pytest.mark.parametrize("make", [make_consultation, make_city_session, make_registration, make_need])
def test_view_on_site_leads_to_public_pages_alone(client, make):
    row = make()
    model = "consultation" if isinstance(row, Consultation) else row._meta.model_name
    content_type = apps.get_model("contenttypes", "ContentType").objects.get_for_model(row)
    client.force_login(make_staff("view_registration"))

    response = client.get(f"/admin/r/{content_type.pk}/{row.pk}/")

    assert response.status_code == (302 if model in {"consultation", "citysession"} else 404)


@pytest.mark.parametrize("of", ["session", "consultation"])
def test_view_on_site_of_what_is_hidden_leads_to_its_preview(client, of):
    city_session = make_city_session(make_consultation(is_published=False), is_published=False, city_ky="Талас")
    row = city_session if of == "session" else city_session.consultation
    content_type = apps.get_model("contenttypes", "ContentType").objects.get_for_model(row)
    client.force_login(make_organiser())
    response = client.get(f"/admin/r/{content_type.pk}/{row.pk}/", follow=True)
    assert (response.status_code, response.redirect_chain[0][0][:12]) == (200, "/ky/preview/")
    assert "Талас" in response.content.decode()
    client.force_login(make_staff("view_registration"))
    assert client.get(f"/admin/r/{content_type.pk}/{row.pk}/", follow=True).status_code == 404


@pytest.mark.parametrize(
    "address", ["/admin/r/1/", "/admin/r/abc/1/", "/admin/r/999999999999999999999999/1/", "/admin/r/١/١/"]
)
def test_view_on_site_of_nothing_is_not_found(client, address):
    client.force_login(make_organiser())

    assert client.get(address).status_code in {302, 404}


# Hostile input

HOSTILE_QUERIES = [
    "p=9e9",
    "p=-1",
    "p=99999999999999999999999999",
    "p=٣",
    "o=99.-1",
    "o=1.2.3.4.5.6.7.8.9",
    "o=-",
    "o=" + "9" * 5000,
    "o=1%27%22",
    "q=%25_%5C%27%22",
    "q=" + "a+" * 3000,
    "q=" + "%D3%A8" * 300,
    "q=%2B996",
    "q=0",
    "q=%E2%80%8B",
    "all=",
    "e=1",
    "_facets=True",
    "_popup=1",
    "_to_field=code",
    "_to_field=id",
    "_changelist_filters=%3Cscript%3E",
    "status__exact=%3Cscript%3E",
    "state__exact=zz",
    "is_published__exact=zz",
    "is_published__exact=" + "9" * 40,
    "city_session__id__exact=abc",
    "city_session__id__exact=" + "9" * 30,
    "city_session__id__exact=" + "9" * 5000,
    "city_session__isnull=zz",
    "consultation__id__exact=1.5",
    "mode=zz",
    "queue=zz",
    "needs=zz",
    "x__y__z=1",
    "=",
    "&&&",
]


@pytest.mark.parametrize("model", MODELS)
def test_list_answers_any_query(client, model):
    client.force_login(make_organiser())
    rows_for(model)

    answers = {query: client.get(f"{admin_list(model)}?{query}").status_code for query in HOSTILE_QUERIES}

    assert {query: status for query, status in answers.items() if status not in {200, 302, 400}} == {}


NO_KEYS = [*"-1 abc 1.5 %F0%9F%98%80 1_2F .. 0x1 inf ١ 1/2".split(), "9" * 30, "9" * 5000]


@pytest.mark.parametrize("model", MODELS)
def test_page_of_nothing_is_no_error(client, model):
    client.force_login(make_organiser())
    pages = [f"/admin/consultations/{model}/{key}/" for key in NO_KEYS]
    pages += [f"{page}{name}/" for page in pages for name in ("change", "history", "delete", "page")]

    answers = {page: client.get(page).status_code for page in pages}

    assert {page: status for page, status in answers.items() if status not in {301, 302, 403, 404}} == {}


@pytest.mark.parametrize("model", ["citysession", "registration", "consultation"])
@pytest.mark.parametrize("value", ["abc", "9" * 30, "<script>", "2025-13-45", "", "%00"[:2]])
def test_page_for_adding_is_not_filled_in_by_the_address(client, model, value):
    client.force_login(make_organiser())
    names = [field.name for field in apps.get_model("consultations", model)._meta.fields]

    response = client.get(f"/admin/consultations/{model}/add/", dict.fromkeys([*names, "form_key", "placing"], value))

    assert response.status_code == 200
    assert response.context["adminform"].form.initial == {} or value == "9" * 30


@pytest.mark.parametrize("chosen", ["abc", "1.5", "9" * 30, "-1", "", "1 OR 1=1", "\x00"])
def test_action_on_a_row_that_is_none_is_refused(client, chosen):
    make_registration()
    client.force_login(make_organiser())

    response = client.post(
        admin_list("registration"), {"action": "promote", "index": "0", "_selected_action": ["1", chosen]}
    )

    assert response.status_code == 400


@pytest.mark.parametrize(
    "sent",
    [
        {"action": "zz", "index": "0"},
        {"action": "delete_selected", "index": "0"},
        {"action": "promote", "index": "abc"},
        {"action": "promote", "index": "99"},
        {"action": "promote", "index": "0", "select_across": "zz"},
        {"action": "", "index": "0"},
        {"index": "0"},
    ],
)
def test_any_action_is_answered(client, sent):
    registration = make_registration()
    client.force_login(make_organiser())

    response = client.post(admin_list("registration"), sent | {"_selected_action": str(registration.pk)})

    assert response.status_code in {200, 302}
    assert Registration.objects.filter(status="confirmed").count() == 1


@pytest.mark.parametrize("name", ["TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS", "0-id"])
@pytest.mark.parametrize("value", ["", "abc", "-1", "99", "9" * 30])
def test_tampered_inline_forms_are_no_error(client, name, value):
    consultation = make_consultation()
    make_agenda_item(consultation)
    client.force_login(make_organiser())
    data = typed(client.get(admin_page(consultation)))
    began = time.perf_counter()

    response = client.post(admin_page(consultation), data | {f"agenda_items-{name}": value})

    assert time.perf_counter() - began < 15  # two thousand empty forms take minutes
    assert response.status_code in {200, 302, 400}


@pytest.mark.parametrize("date", ["0001-01-01", "01.01.0001", "9999-12-31", "31.12.9999", "1999-12-31", "0025-06-09"])
def test_impossible_years_are_refused(client, date):
    city_session = make_city_session()
    client.force_login(make_organiser())
    data = typed(client.get(admin_page(city_session)))
    moments = {"registration_opens_at_0": date, "registration_opens_at_1": "00:00"}

    response = client.post(admin_page(city_session), data | {"date": date} | moments)

    assert set(response.context["adminform"].form.errors) >= {"date", "registration_opens_at"}


# Markup in names


def pages_that_show(registration):
    city_session = registration.city_session
    return [
        "/admin/",
        *[admin_list(model) for model in MODELS],
        f"{admin_list('registration')}?q=Асан",
        f"{admin_list('registration')}?q={SCRIPT}",
        admin_page(registration),
        admin_page(city_session),
        admin_page(city_session.consultation),
        *[admin_page(need) for need in registration.needs.all()],
        *[admin_page(message) for message in registration.messages.all()],
        f"/admin/consultations/registration/{registration.pk}/history/",
        f"/admin/consultations/citysession/{city_session.pk}/delete/",
    ]


def test_markup_is_shown_as_text_everywhere(client):
    consultation = make_consultation(short_title_ky=SCRIPT, short_title_ru=SCRIPT)
    make_consent_text(consultation, text_ky=SCRIPT, version="<script>")
    make_party(consultation, name_ky=SCRIPT)
    make_document(consultation, title_ky=SCRIPT)
    make_agenda_item(consultation, title_ky=SCRIPT)
    city_session = make_city_session(consultation, city_ky=SCRIPT, city_ru=SCRIPT, venue_ky=SCRIPT)
    texts = dict.fromkeys(["full_name", "organisation", "position", "home_place", "question"], SCRIPT)
    registration = make_registration(city_session, **texts, status="waiting", email="a@example.org")
    make_registration(city_session, full_name=SCRIPT, phone="", group=registration)
    make_need(registration, text=SCRIPT, reply=SCRIPT)
    make_message(registration, status="failed", error=SCRIPT)
    client.force_login(make_organiser(first_name=SCRIPT))
    chosen = {"action": "cancel", "index": "0", "_selected_action": str(registration.pk)}
    answers = [client.post(admin_list("registration"), chosen)]
    client.post(admin_list("registration"), chosen | {"action": "promote"})

    answers += [client.get(address) for address in pages_that_show(registration)]

    for answer in answers:
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()
        assert "&lt;script&gt;alert" in answer.content.decode()


# Secrets


@pytest.mark.parametrize("may", ["view", "change"])
def test_secrets_stand_on_no_page(client, may):
    contact, member = make_group(size=2)
    make_need(contact)
    make_message(contact)
    client.force_login(make_staff(*[f"{may}_{model}" for model in MODELS]))
    secrets = [secret for row in (contact, member) for secret in (row.code, row.join_code)]

    pages = [client.get(address) for row in (contact, member) for address in pages_that_show(row)]

    assert [secret for page in pages for secret in secrets if secret in page.content.decode()] == []


@pytest.mark.parametrize("secret", ["code", "join_code"])
def test_secrets_cannot_be_searched_for(client, secret):
    registration = make_registration()
    client.force_login(make_organiser())

    found = client.get(admin_list("registration"), {"q": getattr(registration, secret)})

    assert found.context["cl"].result_count == 0


# What is only read


@pytest.mark.parametrize("model", ["message", "notice", "formerslug"])
def test_history_can_only_be_read(client, model):
    client.force_login(make_organiser())

    assert client.get(f"/admin/consultations/{model}/add/").status_code == 403
    rows_for("formerslug")
    row = {"message": Message, "formerslug": FormerSlug}.get(model, Message).objects.first()
    assert client.post(admin_page(row), {"status": "sent"}).status_code == 403
    assert client.post(admin_page(row).replace("change", "delete"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("action", "status", "attempts"),
    [("call_told", "told", 1), ("call_no_answer", "queued", 1), ("call_wrong_number", "unreachable", 1)],
)
def test_call_is_ticked_off_and_a_letter_is_not(client, action, status, attempts):
    registration = make_registration()
    call, letter = make_message(registration, channel="call"), make_message(registration)
    client.force_login(make_staff("view_message", "change_message"))

    client.post(admin_list("message"), {"action": action, "index": "0", "_selected_action": [call.pk, letter.pk]})

    call.refresh_from_db()
    letter.refresh_from_db()
    assert (call.status, call.attempts) == (status, attempts)
    assert (letter.status, letter.attempts) == ("queued", 0)


def test_call_is_ticked_off_only_with_permission(client):
    call = make_message(make_registration(), channel="call")
    client.force_login(make_staff("view_message"))

    client.post(admin_list("message"), {"action": "call_told", "index": "0", "_selected_action": [call.pk]})

    call.refresh_from_db()
    assert call.status == "queued"


def test_failed_letter_is_sent_again_and_no_other(client):
    person = make_registration()
    failed, sent = (make_message(person, status=status, done_by="") for status in ("failed", "sent"))
    chosen = {"action": "send_again", "index": "0", "_selected_action": [failed.pk, sent.pk]}
    for permissions, status in [(["view_message"], "failed"), (["view_message", "change_message"], "queued")]:
        client.force_login(make_staff(*permissions))
        client.post(admin_list("message"), chosen)
        failed.refresh_from_db()
        assert failed.status == status
    sent.refresh_from_db()
    assert sent.status == "sent"


def test_call_list_shows_the_number_of_the_groups_contact(client):
    _contact, member = make_group(size=2, phone="+996555112233")
    make_message(member, channel="call")
    client.force_login(make_organiser())

    page = client.get(f"{admin_list('message')}?channel__exact=call&status__exact=queued").content.decode()

    assert page.count('href="tel:+996555112233"') == 1


# The whole in a browser


@pytest.mark.parametrize(("language", "scheme", "width"), [("ky", "light", 1280), ("ru", "dark", 360)])
@pytest.mark.django_db(transaction=True)
def test_pages_keep_the_content_security_policy_and_the_width(browser, live_server, language, scheme, width):
    organiser = make_organiser(password="correct horse")
    registration = make_registration(
        make_city_session(hall_capacity=1), full_name="<img src=x onerror=alert(1)>", status="waiting"
    )
    make_need(registration)
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    noise = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("dialog", lambda dialog: noise.append(dialog.message) or dialog.dismiss())

    page.goto(f"{live_server.url}/admin/")
    page.click(f"button[name=language][value={language}]")
    page.fill("#id_username", organiser.get_username())
    page.fill("#id_password", "correct horse")
    page.click("#login-form [type=submit]")
    for address in ["/admin/", *[admin_list(model) for model in MODELS], admin_page(registration)]:
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    context.close()

    assert noise == []
