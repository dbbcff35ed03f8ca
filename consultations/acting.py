"""Who is acting, for the history that the database writes by itself (models/change_record.py).

A request is somebody's: of the staff who are logged in, else of a participant. Whatever runs without a request, a job
or a command, is the site itself. Actions pass it on to the database with the lock they take, or by `tell_database`.
"""

import contextlib
from contextvars import ContextVar

from django.db import connection

SETTING = "consultations.actor"  # of the transaction; read by the trigger
SITE, PARTICIPANT, STAFF = "site", "participant", "staff"

_request = ContextVar("request", default=None)


@contextlib.contextmanager
def in_request(request):
    """Everything inside is done by whoever made this request."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def actor():
    """«site», «participant» or «staff:aigul»; at the door the desk, which may be a phone with a pass."""
    request = _request.get()
    if request is None:
        return SITE
    if desk := getattr(request, "desk", None):
        return f"{STAFF}:{desk.by}"
    return f"{STAFF}:{request.user.get_username()}" if request.user.is_staff else PARTICIPANT


def tell_database(who=None):
    """Say who acts until the end of this transaction; whoever makes the request unless it is somebody else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, who or actor()])
