"""Every address × every role has a declared answer (P 68). An address that is not declared here fails the suite.

An answer is what a GET gets: a page, another page, the login, a refusal, nothing, or "only by POST". Whoever is
refused on GET is refused on POST as well. The tables are read by people: this is where it is decided who sees what.
"""

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import get_resolver

from tests.addresses import World, routes
from tests.factories import make_door_pass

pytestmark = pytest.mark.django_db

PAGE, ELSEWHERE, LOGIN, REFUSED, NOTHING, POST_ONLY = "page", "elsewhere", "login", "refused", "nothing", "post only"

# A phone with a door pass has no account and no second factor (P 66): the one exception, and it opens its door alone.
STRANGERS = ("anonymous", "ticket-holder", "door-pass")
STAFF = ("door", "organiser", "ministry", "data-protection")
ROLES = (*STRANGERS, *STAFF, "superuser")

ALL_STAFF = {*STAFF, "superuser"}
LOOKING = {"organiser", "ministry", "data-protection", "superuser"}  # at sessions and people
ORGANISING = {"organiser", "superuser"}
ANSWERING = {"organiser", "data-protection", "superuser"}
CHECKING_IN = {"door", "organiser", "superuser"}
AT_THE_DOOR = CHECKING_IN | {"door-pass"}
TAKING_LISTS = {"organiser", "ministry", "superuser"}
SEEING_NUMBERS = {"organiser", "ministry", "superuser"}
SUPERUSER = {"superuser"}
NOBODY = set()


def for_all(answer):
    return dict.fromkeys(ROLES, answer)


def only(who, answer=PAGE, others=REFUSED):
    """This answer to these; to other staff a refusal; to strangers the login."""
    return {role: answer if role in who else (LOGIN if role in STRANGERS else others) for role in ROLES}


# Pages of one model in the admin: who sees the list and a row, adds, changes, deletes.
MODELS = {
    "auth/user": {"view": SUPERUSER, "add": SUPERUSER, "delete": NOBODY},
    "consultations/consultation": {"view": LOOKING, "add": ORGANISING, "delete": ORGANISING},
    "consultations/citysession": {"view": LOOKING, "add": ORGANISING, "delete": ORGANISING},
    "consultations/formerslug": {"view": LOOKING, "add": NOBODY, "delete": NOBODY},
    "consultations/registration": {"view": LOOKING, "add": ORGANISING, "delete": NOBODY},
    "consultations/need": {"view": ANSWERING, "add": NOBODY, "delete": NOBODY},
    "consultations/message": {"view": ANSWERING, "add": NOBODY, "delete": NOBODY},
    "consultations/notice": {"view": LOOKING, "add": NOBODY, "delete": NOBODY},
    "consultations/exportrecord": {"view": LOOKING, "add": NOBODY, "delete": NOBODY},
    "consultations/datarequest": {"view": ANSWERING, "add": ANSWERING, "delete": SUPERUSER},
}
PAGES_OF_A_MODEL = {
    "": ("view", PAGE),
    "add/": ("add", PAGE),
    "<path:object_id>/change/": ("view", PAGE),
    "<path:object_id>/history/": ("view", PAGE),
    "<path:object_id>/delete/": ("delete", PAGE),
}

ADMIN = {
    "admin/": only(ALL_STAFF),
    "admin/language/": for_all(POST_ONLY),
    "admin/login/": for_all(ELSEWHERE) | dict.fromkeys(STRANGERS, PAGE),
    "admin/logout/": only(ALL_STAFF, POST_ONLY) | dict.fromkeys(STRANGERS, ELSEWHERE),
    "admin/password_change/": only(ALL_STAFF),
    "admin/password_change/done/": only(ALL_STAFF),
    "admin/autocomplete/": only(NOBODY),
    "admin/jsi18n/": only(ALL_STAFF),
    "admin/r/<path:content_type_id>/<path:object_id>/": only(ALL_STAFF, ELSEWHERE),
    "admin/^(?P<app_label>auth|consultations)/$": only(LOOKING, others=NOTHING),
    "admin/(?P<url>.*)$": only(ALL_STAFF, NOTHING),
    "admin/auth/user/<path:object_id>/do/": only(ALL_STAFF, POST_ONLY),
    "admin/consultations/registration/<path:object_id>/page/": only(ANSWERING, ELSEWHERE),
    "admin/consultations/citysession/<path:object_id>/announce/": only(ORGANISING),
    "admin/consultations/citysession/<path:object_id>/write/": only(ORGANISING),
    "admin/consultations/citysession/<path:object_id>/hall/": only(ORGANISING),
    "admin/consultations/citysession/<path:object_id>/thank/": only(ORGANISING),
    "admin/consultations/citysession/<path:object_id>/stop/": only(ORGANISING, POST_ONLY),
    "admin/consultations/citysession/<path:object_id>/publish/": only(ORGANISING),
    "admin/consultations/citysession/<path:object_id>/approval/": only(ORGANISING),
    "admin/consultations/citysession/<path:object_id>/copy/": only(ORGANISING),
    "admin/consultations/citysession/<path:object_id>/import/": only(ORGANISING),
    "admin/consultations/citysession/<path:object_id>/import-template/": only(ORGANISING),
    "admin/consultations/consultation/<path:object_id>/publish/": only(ORGANISING),
    "admin/consultations/consultation/<path:object_id>/approval/": only(ORGANISING),
    "admin/consultations/consultation/<path:object_id>/copy/": only(ORGANISING),
    "admin/consultations/citysession/<path:object_id>/door/": only(ORGANISING),
    "admin/consultations/datarequest/<path:object_id>/answer/": only(ANSWERING),
    "admin/consultations/datarequest/<path:object_id>/copy/<int:registration>/": only(ANSWERING),
    "admin/consultations/datarequest/<path:object_id>/delete-data/<int:registration>/": only(ANSWERING),
}

STAFF_PAGES = {
    "staff/calls/": only(ORGANISING),
    "staff/needs/": only(ORGANISING),
    "staff/telephone/": only(ANSWERING),
    "staff/telephone/register/<int:city_session>/": only(ORGANISING),
    "staff/telephone/<int:registration>/": only(ANSWERING),
    "staff/telephone/<int:registration>/change/": only(ANSWERING),
    "staff/telephone/<int:registration>/replace/": only(ANSWERING),
    "staff/telephone/<int:registration>/city/": only(ANSWERING),
    "staff/telephone/<int:registration>/add/": only(ORGANISING),
    "staff/attendance/": only(LOOKING),
    "staff/attendance/<int:city_session>/": only(LOOKING),
    "staff/attendance/<int:city_session>/paper/": only(ORGANISING),
    "staff/attendance/<int:city_session>/zoom/": only(ORGANISING),
    "staff/form/<int:city_session>/": only(ORGANISING),
    "staff/lists/": only(TAKING_LISTS),
    "staff/lists/export/": only(TAKING_LISTS),
    "staff/exports/": only(LOOKING),
    "staff/numbers/": only(SEEING_NUMBERS),
    "staff/numbers/numbers.xlsx": only(SEEING_NUMBERS),
    "staff/paper/<int:city_session>/": only(LOOKING),
    "staff/paper/<int:city_session>/poster.png": only(LOOKING),
    "staff/paper/<int:city_session>/<slug:paper>/": only(TAKING_LISTS, POST_ONLY),
    "staff/numbers/annex/": only(TAKING_LISTS, POST_ONLY),
    "staff/password/": for_all(PAGE),
    "staff/password/<str:user>/<str:key>/": for_all(PAGE),
    "staff/second-factor/": only(ALL_STAFF, ELSEWHERE),
    "staff/second-factor/set-up/": only(ALL_STAFF),
    "staff/second-factor/own/": only(ALL_STAFF),
}

DOOR = {
    "door/": only(CHECKING_IN) | {"door-pass": ELSEWHERE},
    "door/pass/<str:secret>": for_all(PAGE),
    "door/leave/": for_all(POST_ONLY),
    "door/<int:city_session>/": only(AT_THE_DOOR),
    "door/<int:city_session>/arrival/": only(AT_THE_DOOR, POST_ONLY),
    "door/<int:city_session>/walk-in/": only(AT_THE_DOOR),
    "door/<int:city_session>/practise/": only(AT_THE_DOOR),
    "door/worker.js": for_all(PAGE),
    "door/<int:city_session>/shell/": only(AT_THE_DOOR),
    # For the script: a word instead of a page to log in.
    "door/<int:city_session>/state/": for_all(REFUSED) | dict.fromkeys(AT_THE_DOOR, PAGE),
    "door/<int:city_session>/list/": for_all(REFUSED) | dict.fromkeys(AT_THE_DOOR, POST_ONLY),
    "door/<int:city_session>/deliver/": for_all(REFUSED) | dict.fromkeys(AT_THE_DOOR, POST_ONLY),
    "door/<int:city_session>/this-phone/": only(AT_THE_DOOR, POST_ONLY),
}

# The same to everybody, whoever they are: what opens the pages of a ticket is its code and nothing else.
PUBLIC = {
    "": ELSEWHERE,
    "healthz": PAGE,
    "metrics": NOTHING,  # but to whoever has METRICS_TOKEN
    "p/<str:pass_number>": PAGE,
    "j/<str:join_code>": PAGE,
    "unsubscribe/<str:token>": PAGE,
    "ky/": PAGE,
    "ky/privacy/": PAGE,
    "ky/access/": PAGE,
    "ky/questions/": PAGE,
    "ky/my/": PAGE,
    "ky/my/forget/": ELSEWHERE,
    "ky/my/deleted/": PAGE,
    "ky/find/": PAGE,
    "ky/preview/<str:preview>/": PAGE,
    "ky/preview/<str:preview>/<slug:slug>/": PAGE,
    "ky/preview/<str:preview>/documents/<slug:document>/": ELSEWHERE,
    "ky/r/<str:code>/": PAGE,
    "ky/r/<str:code>/change/": PAGE,
    "ky/r/<str:code>/switch/": ELSEWHERE,
    "ky/r/<str:code>/city/": PAGE,
    "ky/r/<str:code>/replace/": PAGE,
    "ky/r/<str:code>/cancel/": PAGE,
    "ky/r/<str:code>/new-link/": PAGE,
    "ky/r/<str:code>/answer/": PAGE,
    "ky/r/<str:code>/return/": ELSEWHERE,
    "ky/r/<str:code>/zoom-form/": ELSEWHERE,
    "ky/r/<str:code>/group/": PAGE,
    "ky/r/<str:code>/group/tickets.pdf": PAGE,
    "ky/r/<str:code>/group/add/": PAGE,
    "ky/r/<str:code>/data/": PAGE,
    "ky/r/<str:code>/data.json": PAGE,
    "ky/r/<str:code>/delete/": PAGE,
    "ky/r/<str:code>/calendar.ics": PAGE,
    "ky/r/<str:code>/pass.png": PAGE,
    "ky/r/<str:code>/certificate.pdf": NOTHING,
    "ky/r/<str:code>/qr.svg": PAGE,
    "ky/<slug:consultation>/": PAGE,
    "ky/<slug:consultation>/calendar.ics": PAGE,
    "ky/<slug:consultation>/numbers/": PAGE,
    "ky/<slug:consultation>/announcement.pdf": PAGE,
    "ky/<slug:consultation>/documents/<slug:document>/": ELSEWHERE,
    "ky/<slug:consultation>/<slug:slug>/": PAGE,
    "ky/<slug:consultation>/<slug:slug>/register/": PAGE,
    "ky/<slug:consultation>/<slug:slug>/register/known/": PAGE,
    "ky/<slug:consultation>/<slug:slug>/calendar.ics": PAGE,
    "ky/<slug:consultation>/<slug:slug>/card.png": PAGE,
    "ky/<slug:consultation>/<slug:slug>/poster.png": PAGE,
    "ky/<slug:consultation>/<slug:slug>/poster.pdf": PAGE,
    "ky/<slug:consultation>/<slug:slug>/qr.svg": PAGE,
    "ky/<slug:consultation>/<slug:slug>/qr.png": PAGE,
    "<slug:consultation>/comment": ELSEWHERE,
    "<slug:consultation>/docs/<slug:document>": ELSEWHERE,
    "<slug:consultation>/<slug:slug>/zoom": ELSEWHERE,
    "<str:city>": ELSEWHERE,
}


def declared():
    """The answer to each role at each route."""
    table = {route: for_all(answer) for route, answer in PUBLIC.items()} | STAFF_PAGES | DOOR | ADMIN
    for model, who in MODELS.items():
        for page, (verb, answer) in PAGES_OF_A_MODEL.items():
            table[f"admin/{model}/{page}"] = only(who[verb], answer)
        table[f"admin/{model}/<path:object_id>/"] = only(ALL_STAFF, ELSEWHERE)
    return table


def there_are():
    return {route for route, _translated in routes(get_resolver().url_patterns)}


def test_every_address_is_declared():
    assert there_are() - set(declared()) == set(), "say in tests/test_role_matrix.py who may see these"


def test_nothing_is_declared_that_is_not_there():
    assert set(declared()) - there_are() == set()


def test_every_model_of_the_admin_is_declared():
    assert {model._meta.label_lower.replace(".", "/") for model in admin.site._registry} == set(MODELS)


def log_in(client, role, world, roles):
    if role == "ticket-holder":
        client.get(world.registration.get_absolute_url())  # which this phone then remembers
    elif role == "door-pass":
        client.post(f"/door/pass/{make_door_pass(world.door_session).secret}")
    elif role == "superuser":
        client.force_login(world.organiser)
    elif role in roles:
        user = get_user_model().objects.create_user(f"{role} at work", is_staff=True)
        user.groups.add(roles[role])
        client.force_login(user)


def answer(response):
    location = response.headers.get("Location", "")
    if location.startswith("/admin/login/"):
        return LOGIN
    if 300 <= response.status_code < 400:
        return ELSEWHERE
    return {200: PAGE, 403: REFUSED, 404: NOTHING, 405: POST_ONLY}.get(response.status_code, response.status_code)


@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_each_role_as_declared(client, roles, role):
    world = World()
    log_in(client, role, world, roles)
    got, wanted, by_post = {}, {}, {}
    for route, answers in declared().items():
        if "password/<str:user>" in route:
            continue  # the key is used up by logging in: see test_accounts.py
        address = world.filled(route)
        wanted[route] = answers[role]
        got[route] = answer(client.get(address))
        if wanted[route] in {LOGIN, REFUSED}:
            by_post[route] = answer(client.post(address))
    assert {route: got[route] for route in got if got[route] != wanted[route]} == {}
    open_by_post = {route: found for route, found in by_post.items() if found not in {LOGIN, REFUSED, POST_ONLY}}
    assert open_by_post == {}


@pytest.mark.parametrize("role", ROLES)
def test_ticket_number_shows_a_name_to_those_who_check_in(client, roles, role):
    """One page to all (P 45), and to the desk the person; phone and e-mail to nobody there (P 73)."""
    world = World()
    log_in(client, role, world, roles)
    shown = client.get(f"/p/{world.registration.pass_number}").content.decode()
    assert (world.registration.full_name in shown) is (role in AT_THE_DOOR)
    assert world.registration.email not in shown


def test_roles_of_the_matrix_are_those_of_the_table(roles):
    assert set(roles) == set(STAFF)
