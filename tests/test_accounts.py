"""The life of a staff account: invited, logged in, forgotten the password, left, come back."""

import re
import smtplib
import time

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from consultations import account_letters, jobs, second_factor
from consultations.actions import accounts
from consultations.models import Account
from tests.factories import make_consultation
from tests.markup import parse
from tests.staff import make_organiser, make_staff, typed

pytestmark = pytest.mark.django_db

User = get_user_model()

ADD = "/admin/auth/user/add/"
LIST = "/admin/auth/user/"
FORGOTTEN = "/staff/password/"
PASSWORD = "correct horse battery"
LINK = re.compile(r"https?://\S+/staff/password/\S+/")


@pytest.fixture(autouse=True)
def quick_hash(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def boss(client):
    boss = make_organiser(email="boss@example.org")
    client.force_login(boss)
    return boss


def page_of(user):
    return reverse("admin:auth_user_change", args=[user.pk])


def do(client, user, deed, **more):
    return client.post(reverse("admin:auth_user_do", args=[user.pk]), {"deed": deed} | more)


def invited(client, groups, **changed):
    """Fill in the form for a new account. Returns the answer."""
    held = [str(groups["ministry"].pk)]
    fields = {"username": "aida", "email": "aida@example.org", "language": "ky", "roles": held}
    return client.post(ADD, fields | changed)


def path_in(letter):
    return LINK.search(letter.body)[0].removeprefix("http://127.0.0.1:8000")


def make_account(**fields):
    return make_staff(**{"email": "aida@example.org", "password": PASSWORD} | fields)


def log_in(client, user, password):
    return client.post(reverse("admin:login"), {"username": user.get_username(), "password": password})


# Invited


@pytest.mark.parametrize(("language", "greeting"), [("ky", "Саламатсызбы!"), ("ru", "Здравствуйте!")])
def test_invitation_goes_by_letter_in_the_chosen_language(client, boss, roles, run_jobs, language, greeting):
    response = invited(client, roles, language=language)
    user = User.objects.get(username="aida")

    assert response.status_code == 302
    assert (user.is_staff, user.is_superuser, user.has_usable_password()) == (True, False, False)
    assert [group.name for group in user.groups.all()] == ["ministry"]
    assert not user.user_permissions.exists()
    assert Account.objects.get(user=user).language == language
    assert run_jobs() == ["consultations.send_account_letter"]
    letter = mail.outbox[0]
    assert (letter.to, letter.body.splitlines()[0]) == (["aida@example.org"], greeting)
    assert "aida" in letter.body


def test_the_queue_holds_no_secret_and_no_address(client, boss, roles):
    invited(client, roles)
    user = User.objects.get(username="aida")
    assert ProcrastinateJob.objects.get().args == {"user_id": user.pk, "kind": "invitation"}


def test_invited_person_chooses_a_password_and_lands_on_the_lists(client, boss, roles, run_jobs):
    invited(client, roles, language="ru")
    run_jobs()
    guest = Client()
    path = path_in(mail.outbox[0])

    page = guest.get(path)
    assert (page.status_code, parse(page).one("html")["lang"]) == (200, "ru")
    set_now = guest.post(path, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert (set_now.status_code, set_now["Location"]) == (303, "/admin/login/")
    assert guest.cookies["language"].value == "ru"
    assert log_in(guest, User.objects.get(username="aida"), PASSWORD)["Location"] == "/staff/lists/"


@pytest.mark.parametrize("role", ["organiser", "data-protection", "door"])
def test_others_land_on_the_front_page(client, roles, role):
    user = make_account()
    user.groups.add(roles[role])
    assert log_in(client, user, PASSWORD)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "BOSS@example.org"}, "email"),
        ({"username": ""}, "username"),
        ({"roles": []}, "roles"),
        ({"roles": ["999999"]}, "roles"),
        ({"language": "en"}, "language"),
    ],
)
def test_half_an_account_is_not_made(client, boss, roles, run_jobs, fault, field):
    response = invited(client, roles, **fault)
    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == {field}
    assert not User.objects.filter(username="aida").exists()
    assert run_jobs() == []


def test_invitation_can_be_sent_again_until_it_was_taken(client, boss, roles, run_jobs):
    invited(client, roles)
    user = User.objects.get(username="aida")
    assert do(client, user, "invite").status_code == 303
    assert len(run_jobs()) == 2

    user.set_password(PASSWORD)
    user.save()
    do(client, user, "invite")
    assert run_jobs() == []


def test_letter_is_plain_and_names_no_stranger(roles):
    make_consultation()
    user = make_account(first_name="http://evil.example/")
    body = account_letters.invitation(user).body
    assert "evil" not in body
    assert re.findall(r"https?://\S+", body) == LINK.findall(body)


# The link


def test_link_works_once():
    user = make_account()
    path = path_in(account_letters.password_reset(user))
    new = {"new_password1": "staple of a donkey", "new_password2": "staple of a donkey"}
    assert Client().post(path, new).status_code == 303
    assert Client().post(path, new).status_code == 404
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize(("days", "status"), [(2.9, 200), (3.1, 404)])
def test_link_works_for_three_days(client, days, status):
    path = path_in(account_letters.password_reset(make_account()))
    with time_machine.travel(time.time() + days * 24 * 3600, tick=False):
        assert client.get(path).status_code == status


@pytest.mark.parametrize(
    "path",
    ["MQ/x-x", "xx/x-x", "%00/x", "OTk5OTk5OTk5OTk5/x-x", "LTE/x", "0KQ/x", "a" * 500 + "/x"],
)
def test_forged_links_open_a_page_that_says_so(client, path):
    response = client.get(f"{FORGOTTEN}{path}/")
    assert response.status_code in {404, 400}


def test_somebody_who_left_has_no_link():
    user = make_account()
    path = path_in(account_letters.password_reset(user))
    user.is_active = False
    user.save()
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("password", ["short", "password1234", "", "aida@example.org", "123456789012"])
def test_weak_passwords_are_refused(client, password):
    user = make_account()
    path = path_in(account_letters.password_reset(user))
    response = client.post(path, {"new_password1": password, "new_password2": password})
    assert response.status_code == 422
    assert parse(response).one("div", cls="error-summary")
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_page_of_the_link_is_kept_nowhere(client):
    response = client.get(path_in(account_letters.password_reset(make_account())))
    assert "no-store" in response.headers["Cache-Control"]
    assert parse(response).one("meta", name="robots")["content"] == "noindex"


def test_a_new_password_ends_a_lock(client):
    user = make_account()
    for _attempt in range(5):
        log_in(client, user, "wrong")
    assert log_in(client, user, PASSWORD).status_code == 429
    path = path_in(account_letters.password_reset(user))
    client.post(path, {"new_password1": "staple of a donkey", "new_password2": "staple of a donkey"})
    assert log_in(client, user, "staple of a donkey").status_code == 302


# Forgotten


def ask(email, *, client=None, address="192.0.2.1"):
    return (client or Client()).post(FORGOTTEN, {"email": email}, REMOTE_ADDR=address)


def test_letter_comes_to_whoever_has_an_account(run_jobs):
    user = make_account()
    Account.objects.create(user=user, language="ru")
    assert ask("AIDA@example.org").status_code == 303
    run_jobs()
    assert [letter.to for letter in mail.outbox] == [["aida@example.org"]]
    assert "Здравствуйте!" in mail.outbox[0].body


def test_strangers_learn_nothing(run_jobs):
    make_account()
    known, unknown = Client(), Client()
    answers, counts = [], []
    for client, email in [(known, "aida@example.org"), (unknown, "nobody@example.org")]:
        with CaptureQueriesContext(connection) as seen:
            answers.append(ask(email, client=client))
        counts.append(len(seen))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert counts[0] == counts[1]
    pages = [parse(client.get(FORGOTTEN)).one("main").text for client in [known, unknown]]
    assert pages[0] == pages[1]
    run_jobs()
    assert len(mail.outbox) == 1


def test_letters_to_one_address_are_limited(run_jobs):
    make_account()
    for number in range(6):
        assert ask("aida@example.org", address=f"192.0.2.{number}").status_code == 303
    run_jobs()
    assert len(mail.outbox) == 3


def test_one_visitor_cannot_write_to_everybody(run_jobs):
    for number in range(25):
        make_account(email=f"user-{number}@example.org")
        ask(f"user-{number}@example.org")
    run_jobs()
    assert len(mail.outbox) == 20


def test_somebody_invited_gets_the_invitation_again(run_jobs):
    user = make_account()
    user.set_unusable_password()
    user.save()
    ask("aida@example.org")
    assert ProcrastinateJob.objects.get().args["kind"] == "invitation"


def test_somebody_who_left_gets_no_letter(run_jobs):
    make_account(is_active=False)
    ask("aida@example.org")
    run_jobs()
    assert mail.outbox == []


@pytest.mark.parametrize("email", ["", "no address", "a@b", "x" * 300 + "@example.org", "a@example.org\nBcc: b@c.d"])
def test_what_is_no_address_is_said(email):
    assert ask(email).status_code in {422, 303}
    assert mail.outbox == []


def test_login_page_leads_there(client):
    page = client.get(reverse("admin:login")).content.decode()
    assert f'href="{FORGOTTEN}"' in page


def test_expired_form_keeps_what_was_typed():
    response = Client(enforce_csrf_checks=True).post(FORGOTTEN, {"email": "aida@example.org"})
    assert response.status_code == 403
    assert parse(response).one("input", name="email")["value"] == "aida@example.org"


def test_letter_that_the_server_refuses_for_good_is_dropped(monkeypatch):
    user = make_account()

    def refuse(code):
        def send(self, **options):
            raise smtplib.SMTPRecipientsRefused({user.email: (code, b"no")})

        monkeypatch.setattr("django.core.mail.EmailMessage.send", send)

    refuse(550)
    jobs.send_account_letter(user.pk, "invitation")
    refuse(451)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        jobs.send_account_letter(user.pk, "invitation")


# Seen


def test_list_shows_who_has_what_and_was_here_when(client, boss, roles):
    user = make_account(first_name="Аида", last_name="Асанова", last_login=timezone.now())
    user.groups.add(roles["ministry"], roles["door"])
    second_factor.TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    row = next(row for row in parse(client.get(LIST)).all("tr") if "Асанова" in row.text)
    assert timezone.localtime().strftime("%d.%m.%Y") in row.text
    assert [image["src"].rsplit("/")[-1] for image in row.all("img")] == ["icon-yes.svg"] * 2


@pytest.mark.parametrize("parameter", ["password__startswith=md5", "email__regex=a", "totpdevice__key__startswith=a"])
def test_hidden_columns_cannot_be_probed(client, boss, parameter):
    assert client.get(f"{LIST}?{parameter}").status_code in {302, 400}


def test_list_can_be_filtered_by_role(client, boss, roles):
    user = make_account()
    user.groups.add(roles["door"])
    assert user.get_username() in client.get(f"{LIST}?role=door").content.decode()
    assert user.get_username() not in client.get(f"{LIST}?role=ministry").content.decode()


@pytest.mark.parametrize("role", ["organiser", "ministry", "data-protection", "door"])
def test_accounts_are_for_superusers(client, roles, role):
    user, other = make_account(), make_account(email="b@example.org")
    user.groups.add(roles[role])
    client.force_login(user)
    for address in [LIST, ADD, page_of(other)]:
        assert client.get(address).status_code == 403
    assert do(client, other, "leave", confirmed="1").status_code == 403
    other.refresh_from_db()
    assert other.is_active


# Changed


def test_roles_and_language_are_changed_on_the_page(client, boss, roles):
    user = make_account()
    user.groups.add(roles["door"])
    page = typed(client.get(page_of(user)))
    response = client.post(page_of(user), page | {"roles": [str(roles["organiser"].pk)], "language": "ru"})
    assert response.status_code == 302
    assert [group.name for group in user.groups.all()] == ["organiser"]
    assert Account.objects.get(user=user).language == "ru"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert LogEntry.objects.get().user == boss


def test_nobody_takes_the_last_key_from_themselves(client, boss):
    page = typed(client.get(page_of(boss)))
    page.pop("is_superuser", None)
    client.post(page_of(boss), page)
    boss.refresh_from_db()
    assert boss.is_superuser
    assert do(client, boss, "leave", confirmed="1").status_code == 303
    boss.refresh_from_db()
    assert boss.is_active


# Left


def test_leaver_is_asked_about_and_then_out_at_once(client, boss, roles):
    user = make_account()
    user.groups.add(roles["organiser"])
    second_factor.TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    their = Client()
    their.force_login(user)
    assert their.get("/admin/").status_code == 200

    assert do(client, user, "leave").status_code == 200
    assert their.get("/admin/").status_code == 200
    assert do(client, user, "leave", confirmed="1").status_code == 303

    user.refresh_from_db()
    assert (user.is_active, user.is_superuser, user.groups.count()) == (False, False, 0)
    assert not user.has_usable_password()
    assert second_factor.phone_of(user) is None
    assert their.get("/admin/")["Location"].startswith("/admin/login/")
    assert log_in(Client(), user, PASSWORD).status_code == 200
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (boss, str(user.pk))


def test_leaver_is_shown_and_cannot_be_changed(client, boss):
    user = make_account()
    accounts.leave(user=user, by=boss)
    response = client.get(page_of(user))
    assert response.status_code == 200
    assert 'name="username"' not in response.content.decode()


def test_whoever_comes_back_is_invited_and_has_no_roles(client, boss, roles, run_jobs):
    user = make_account()
    user.groups.add(roles["organiser"])
    their = Client()
    their.force_login(user)
    accounts.leave(user=user, by=boss)
    assert do(client, user, "come-back").status_code == 303
    user.refresh_from_db()
    assert (user.is_active, user.groups.count()) == (True, 0)
    assert run_jobs() == ["consultations.send_account_letter"]
    assert their.get("/admin/")["Location"].startswith("/admin/login/")


def test_accounts_are_not_deleted(client, boss):
    user = make_account()
    assert client.post(reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("deed", ["", "delete", "is_superuser", "\x00"])
def test_unknown_deeds_do_nothing(client, boss, deed):
    user = make_account()
    assert do(client, user, deed, confirmed="1").status_code == 303
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_pages_of_accounts_are_in_the_chosen_language(client, boss, roles, language):
    client.cookies["language"] = language
    user = make_account()
    for address in [LIST, ADD, page_of(user), FORGOTTEN]:
        response = client.get(address)
        assert (response.status_code, parse(response).one("html")["lang"]) == (200, language)


# Night


def test_every_night_old_sessions_and_failures_are_forgotten(client):
    user = make_account()
    with time_machine.travel(time.time() - 13 * 3600, tick=False):
        Client().force_login(user)
        log_in(Client(), user, "wrong")
    client.force_login(user)
    log_in(Client(), user, "wrong")
    jobs.tidy(timestamp=0)
    assert list(Session.objects.values_list("session_key", flat=True)) == [client.session.session_key]
    assert AccessAttempt.objects.count() == 1
