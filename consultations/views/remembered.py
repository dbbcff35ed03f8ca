"""The tickets this phone remembers: a signed cookie with the newest codes, for 90 days (design: `my/`)."""

import datetime

from django.conf import settings

COOKIE = "__Host-tickets" if settings.SESSION_COOKIE_SECURE else "tickets"
SALT = "consultations.views.remembered"
LIFETIME = datetime.timedelta(days=90)
MOST = 20


def remembered_codes(request):
    """The codes in the cookie, the newest first; none when it is missing, forged or too old."""
    value = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=LIFETIME)
    return value.split(".") if value else []


def remember(request, response, registration, *, instead_of=None):
    """Put this registration's code first; `instead_of` is a code that no longer opens anything."""
    known = [code for code in remembered_codes(request) if code not in {registration.code, instead_of}]
    _keep(response, [registration.code, *known])


def forget_these(request, response, codes):
    """These codes open nothing any more; the others stay."""
    known = remembered_codes(request)
    left = [code for code in known if code not in codes]
    if left:
        _keep(response, left)
    elif known:
        forget(response)


def _keep(response, codes):
    response.set_signed_cookie(
        COOKIE,
        ".".join(codes[:MOST]),
        salt=SALT,
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response):
    """ "Not my phone": the cookie goes, the registrations stay."""
    response.delete_cookie(COOKIE, samesite="Lax")
