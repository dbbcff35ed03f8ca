"""Public pages kept ready for a moment: they are the same for everybody, so many visitors cost one rendering.

Only the words are kept, never cookies or headers: places are given out under a lock in the database, whatever a page
said a second ago. Of the empty form too, with room for each visitor's own tokens, and for each number of places anew.
"""

import gzip
import hashlib
import secrets
import time
from functools import cached_property, wraps

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotAllowed
from django.middleware.csrf import get_token
from django.utils.cache import get_conditional_response, patch_vary_headers

_pages = {}
_forms = {}
MOST_FORMS = 100  # of some 30 kB

# Browsers ask each time: a few bytes while the page is the same. A cache before the site answers by itself for five
# seconds, so that a rush costs the site a request now and then, and while the site is away for an hour.
SHARED = "public, max-age=0, s-maxage=5, stale-if-error=3600"
SAFE_METHODS = ["GET", "HEAD"]

# What stands in a kept form where each visitor gets their own; nobody outside can know it, and so write it.
CSRF_TOKEN, FORM_TOKEN = f"csrf-{secrets.token_hex(16)}", f"form-{secrets.token_hex(16)}"


class Page:
    def __init__(self, content):
        self.content = content
        self.until = time.monotonic() + settings.PAGES_KEPT_SECONDS
        self.etag = f'W/"{hashlib.blake2s(content, digest_size=12).hexdigest()}"'

    @cached_property
    def compressed(self):
        return gzip.compress(self.content, mtime=0)

    def response(self, request):
        """The page, compressed for those who take it so; 304 for those who have it."""
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response = HttpResponse(self.compressed, headers={"Content-Encoding": "gzip"})
        else:
            response = HttpResponse(self.content)
        response.headers["Cache-Control"] = SHARED
        response.headers["ETag"] = self.etag
        patch_vary_headers(response, ["Accept-Encoding"])
        return get_conditional_response(request, etag=self.etag, response=response)


def kept_ready(view):
    """For views whose page depends on nothing but its address and the database. The language is part of the address."""

    @wraps(view)
    def answer(request, **segments):
        if request.method not in SAFE_METHODS:
            return HttpResponseNotAllowed(SAFE_METHODS)
        page = _pages.get(request.path)
        if page is None or page.until <= time.monotonic():
            response = view(request, **segments)
            if response.status_code != 200:
                return response
            page = _pages[request.path] = Page(response.content)
        return page.response(request)

    return answer


def kept_form(request, *, shown, new_token, render):
    """The text of an empty form with tokens of this visitor's own.

    `render` writes it with `CSRF_TOKEN` and `FORM_TOKEN` in their places; what it wrote serves everybody who is
    `shown` the same for as long as a page is kept.
    """
    text, until = _forms.get(shown, ("", 0))
    if until <= time.monotonic():
        if len(_forms) >= MOST_FORMS:
            _forms.clear()
        text = render()
        _forms[shown] = text, time.monotonic() + settings.PAGES_KEPT_SECONDS
    return text.replace(CSRF_TOKEN, get_token(request)).replace(FORM_TOKEN, new_token())
