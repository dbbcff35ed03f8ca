"""Who stands at the door: a phone with a pass, or somebody with an account who checks in."""

import datetime
from dataclasses import dataclass
from functools import wraps

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from consultations import actions
from consultations.models import CitySession, DoorPass

COOKIE = "__Host-door" if settings.SESSION_COOKIE_SECURE else "door"
SALT = "consultations.views.desks"
LIFETIME = datetime.timedelta(days=60)  # the pass itself ends with its day; arrivals may be delivered late

LATE_DELIVERY = datetime.timedelta(days=7)  # a phone that was off, or without network, for so long

MAY_CHECK_IN = "consultations.check_in"

# Ticket numbers are found by trying, one in some ten thousand; a desk that meets so many unknown ones is guessing.
MOST_MISSES = 60
WINDOW = 10  # minutes


@dataclass(frozen=True)
class Desk:
    """Whoever may record arrivals in this request. `by` stands beside each; a pass is good for one session only."""

    by: str
    door_pass: DoorPass | None = None

    def works_at(self, city_session):
        return self.door_pass is None or self.door_pass.city_session_id == city_session.pk

    @property
    def _misses(self):
        key = f"door-miss:{self.door_pass.pk if self.door_pass else self.by}"
        return {"key": key, "limit": MOST_MISSES, "minutes": WINDOW}

    def note_a_miss(self):
        """A number that no ticket has."""
        actions.within_limit(**self._misses)

    def is_guessing(self):
        """Whether numbers are being tried out here: then nobody of another session is named any more."""
        return actions.has_reached_limit(**self._misses)


def pass_of(request):
    """The pass that this phone holds, whatever its state; None without one. One query where there is a cookie."""
    pk, _dot, device = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=LIFETIME).partition(".")
    if not device:
        return None
    found = DoorPass.objects.select_related("city_session__consultation", "user").filter(pk=pk).first()
    if found is None or not constant_time_compare(found.device, device):
        return None
    if found.user and not (found.user.is_active and found.user.has_perm(MAY_CHECK_IN)):
        return None
    return found


def hold(response, door_pass):
    """Let this phone hold the pass from now on."""
    response.set_signed_cookie(
        COOKIE,
        f"{door_pass.pk}.{door_pass.device}",
        salt=SALT,
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def let_go(response):
    response.delete_cookie(COOKIE, samesite="Lax")


def desk_of(request):
    """The desk this request comes from; None for everybody else.

    A pass counts while it is good and its door is open, an account with the permission always. Of both, the pass: it
    says at which session one stands.
    """
    door_pass = pass_of(request)
    if door_pass and door_pass.still_opens and door_pass.city_session.door_is_open:
        return Desk(door_pass.signature, door_pass)
    if request.user.has_perm(MAY_CHECK_IN):
        return Desk(request.user.get_username())
    return None


def at_the_door(view):
    """Let a desk of this session in. A phone whose pass is not good now is told why; strangers log in."""

    @wraps(view)
    def guarded(request, city_session, **segments):
        found = CitySession.objects.select_related("consultation").filter(pk=city_session).first()
        desk = desk_of(request)
        if desk and desk.door_pass and (found is None or not desk.works_at(found)):
            desk = Desk(request.user.get_username()) if request.user.has_perm(MAY_CHECK_IN) else None
        if desk is None:
            return turned_away(request, found)
        if found is None:
            raise Http404
        request.desk = desk
        return view(request, found, **segments)

    return guarded


def desk_delivering(request, city_session):
    """The desk that hands in what it recorded here without network: also some days after its door has closed."""
    desk = desk_of(request)
    if desk and desk.works_at(city_session):
        return desk
    door_pass = pass_of(request)
    if door_pass and door_pass.city_session_id == city_session.pk and door_pass.revoked_at is None:
        closed_at = city_session.door_closes_at
        if closed_at is None or timezone.now() < closed_at + LATE_DELIVERY:
            return Desk(door_pass.signature, door_pass)
    return Desk(request.user.get_username()) if request.user.has_perm(MAY_CHECK_IN) else None


def turned_away(request, city_session=None):
    """What is shown to whoever is no desk here."""
    door_pass = pass_of(request)
    if door_pass and (city_session is None or door_pass.city_session_id == city_session.pk):
        context = {
            "door_pass": door_pass,
            "city_session": door_pass.city_session,
            "consultation": door_pass.city_session.consultation,
        }
        return render(request, "door/closed.html", context, status=403)
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.get_full_path(), reverse("admin:login"))
