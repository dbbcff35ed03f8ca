"""What every answer carries, at every address of the site (P 46, 50, 51)."""

import pytest

from tests.addresses import World

pytestmark = pytest.mark.django_db

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
WITH_CAMERA = EVERYWHERE | {"Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()"}


def policy(response):
    return dict(directive.strip().split(" ", 1) for directive in response.headers["Content-Security-Policy"].split(";"))


def may_use_the_camera(world):
    """The door's page, as it is at its address, as it is kept, and at a ticket's; for whoever works there."""
    door = f"/door/{world.door_session.pk}/"
    return {door, f"{door}shell/", f"/p/{world.registration.pass_number}"}


def test_every_answer_is_guarded(client):
    """Errors too: the last two are no page and no text at all."""
    world = World()
    unguarded = {}
    for reader in [None, world.organiser]:
        if reader:
            client.force_login(reader)
        for address in [*world.addresses(), "/ky/no/such/page/", "/ky/?q=%00"]:
            response = client.get(address)
            found = {name: response.headers.get(name) for name in EVERYWHERE}
            wanted = WITH_CAMERA if reader and address in may_use_the_camera(world) else EVERYWHERE
            if policy(response) != CONTENT_SECURITY_POLICY or found != wanted:
                unguarded[address] = found | policy(response)
    assert unguarded == {}


def test_server_error_and_database_away_are_guarded(client, monkeypatch):
    from django.db import OperationalError

    from consultations.views import lookup, public

    client.raise_request_exception = False
    statuses = []
    for error in [RuntimeError, OperationalError]:
        monkeypatch.setattr(public, "get_city_sessions", raises(error))
        monkeypatch.setattr(lookup, "get_city_sessions", raises(error))
        response = client.get("/ky/")
        statuses.append(response.status_code)
        assert {name: response.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
        assert policy(response) == CONTENT_SECURITY_POLICY
    assert statuses == [500, 503]


def raises(error):
    def fail(*arguments, **options):
        raise error

    return fail


PERSONAL = ("/r/", "/my/", "/find/", "/p/", "/j/", "/unsubscribe/")


def test_personal_pages_are_not_kept_and_not_found_by_search_engines(client):
    """Also their redirects without a language, and what is answered to a code that opens nothing."""
    world = World()
    without_language = f"/r/{world.registration.code}/"
    nothing = ["/ky/r/AAAAAAAAAAAAAAAAAAAAAA/", "/j/AAAAAAAAAAAAAAAAAAAAAA", "/unsubscribe/x"]
    kept, seen = {}, 0
    for address in [*world.addresses(), without_language, *nothing]:
        if any(part in address for part in PERSONAL) and not address.startswith("/admin/"):
            response = client.get(address)
            found = (response.headers.get("Cache-Control"), response.headers.get("X-Robots-Tag"))
            seen += 1
            if found != ("no-store", "noindex"):
                kept[address] = found
    assert kept == {}
    assert seen >= 40


def test_form_is_kept_by_its_visitors_browser_alone(client):
    """Its tokens are of one visitor, who may come back to it; once it holds what was typed, nothing keeps it."""
    world = World()
    address = f"/ky/{world.consultation.slug}/{world.city_session.slug}/register/"
    assert client.get(address).headers["Cache-Control"] == "private, no-cache"
    assert client.post(address).headers["Cache-Control"] == "no-store"


def test_calendar_files_are_downloads(client):
    files = [address for address in World().addresses() if address.endswith(".ics")]
    assert len(files) == 6
    for address in files:
        response = client.get(address)
        assert response.headers["Content-Type"].startswith("text/calendar"), address
        assert response.headers["Content-Disposition"].startswith("attachment;"), address


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client):
    world = World()
    client.get("/ru/")
    world.organiser.set_password("correct horse")
    world.organiser.save()
    client.post("/admin/login/", {"username": world.organiser.get_username(), "password": "correct horse"})
    attributes = {
        name: (morsel["httponly"], morsel["samesite"], morsel["path"]) for name, morsel in client.cookies.items()
    }
    assert attributes == dict.fromkeys(["language", "csrftoken", "sessionid"], (True, "Lax", "/"))
