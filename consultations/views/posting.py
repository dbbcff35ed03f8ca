"""What happens around a POST: a page whose token has expired keeps what was typed, and an answer is a redirect."""

from django.http import HttpResponseRedirect, QueryDict
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_BAD_REFERER
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from . import errors

EXPIRED = _("The page was open for too long. Nothing was lost: please send it once more.")


def see_other(to, *args):
    """303: the answer to a POST is a page that can be reloaded without sending anything again (UX 14)."""
    return HttpResponseRedirect(resolve_url(to, *args), status=303)


def asks_again(view):
    """Mark a view whose page, after a refused CSRF token, is shown once more with what was typed (UX 32, P 60).

    The view is called with GET, which by the site's law changes nothing; `typed(request)` has the text.
    """
    view.asks_again = True
    return view


def typed(request):
    """What was sent: by this POST, or by the one whose token had expired; None on a plain visit."""
    return request.POST if request.method == "POST" else getattr(request, "typed", None)


def has_expired(request):
    """Whether this page is shown again because its token was refused."""
    return getattr(request, "typed", None) is not None


def csrf_failure(request, reason=""):
    """Django's CSRF_FAILURE_VIEW: one of our forms is shown again, filled and with a fresh token; nothing is done.

    What other sites send, and what no marked view expects, is left to the error page.
    """
    match = request.resolver_match
    foreign = reason.startswith(tuple(text.partition("%s")[0] for text in (REASON_BAD_ORIGIN, REASON_BAD_REFERER)))
    if foreign or not getattr(match.func, "asks_again", False):
        return errors.csrf_failure(request, reason)
    # Nothing is left of the POST but what was typed: no view can take it for one.
    request.typed, request.POST, request.method = request.POST, QueryDict(), "GET"
    response = match.func(request, *match.args, **match.kwargs)
    if response.status_code in {200, 422}:
        response.status_code = 403
    return response
