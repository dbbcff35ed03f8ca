"""Error pages: what happened, what to do, whom to call. A mistake here must never become a second one."""

import re

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponseServerError
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_BAD_REFERER
from django.shortcuts import render
from django.template.loader import render_to_string

from .lookup import current_consultation, known_phones

STAFF_PATH = re.compile(r"/(staff|door)(?:/|$)")
FRAMES = {"": "base.html", "staff": "staff/base.html", "door": "door/base.html"}


def bad_request(request, exception):
    """The address holds bytes that are no text, or a form is too large: nothing of the request is used."""
    return render(request, "errors/400.html", {"consultation": whom_to_call()}, status=400)


def permission_denied(request, exception):
    return render(request, "errors/403.html", {"consultation": whom_to_call()}, status=403)


def page_not_found(request, exception):
    """Whoever of the staff has lost the way is led back to where they work, not to what visitors do."""
    found = STAFF_PATH.match(request.path)
    place = found[1] if found else ""
    context = {"consultation": whom_to_call(), "place": place, "frame": FRAMES[place]}
    return render(request, "errors/404.html", context, status=404)


def too_many_passwords(request, response=None, credentials=None):
    """Too many wrong passwords for this name from this address: a pause (P 67). The same for names nobody has."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {"consultation": whom_to_call(), "minutes": minutes}
    page = render(request, "errors/429.html", context, status=429)
    page.headers["Retry-After"] = str(minutes * 60)
    page.headers["Cache-Control"] = "no-store"
    return page


def server_error(request):
    """In both languages at once, without a query and without the request: whatever failed may fail again."""
    return HttpResponseServerError(render_to_string("errors/500.html", {"phones": set(known_phones.values())}))


def csrf_failure(request, reason=""):
    """The form's token has expired: everything typed is kept, and one button sends it again with a fresh token.

    Not for a form that came from another site, nor for one with files or of the admin, where a password may be in it.
    """
    foreign = any(reason.startswith(text.partition("%s")[0]) for text in (REASON_BAD_ORIGIN, REASON_BAD_REFERER))
    kept = [] if foreign or request.FILES or request.path.startswith("/admin/") else request.POST.lists()
    fields = [(name, value) for name, values in kept if name != "csrfmiddlewaretoken" for value in values]
    context = {"consultation": whom_to_call(), "fields": fields}
    return render(request, "errors/csrf.html", context, status=403)


def whom_to_call():
    """The consultation whose phone stands on the page; none while the database does not answer."""
    try:
        return current_consultation()
    except DatabaseError:
        return None
