"""How long somebody who has logged in stays logged in: twelve hours in all, an hour without a request (P 75).

The moments stand in the session itself, on the server. The last request is noted at most every five minutes, so that
reading a page seldom writes; the hour therefore ends after 55 to 60 minutes.
"""

import time

from django.conf import settings

BEGAN, SEEN = "began", "seen"
NOTED_EVERY = 5 * 60  # seconds


def begin(session):
    """Somebody has just logged in."""
    session[BEGAN] = session[SEEN] = int(time.time())


def has_ended(session, user):
    """Whether this session of the user is over."""
    began, seen = moments(session, user)
    now = time.time()
    idle = settings.SESSION_IDLE_MINUTES * 60 - NOTED_EVERY
    return now - began >= settings.SESSION_HOURS * 3600 or now - seen >= idle


def note(session, user):
    """There was a request."""
    began, seen = moments(session, user)
    if time.time() - seen >= NOTED_EVERY:
        session[BEGAN], session[SEEN] = began, int(time.time())


def moments(session, user):
    """When it began, and the last request that was noted; where nothing was noted, the moment of logging in."""
    logged_in = user.last_login.timestamp() if user.last_login else 0
    began = session.get(BEGAN, logged_in)
    return began, session.get(SEEN, began)
