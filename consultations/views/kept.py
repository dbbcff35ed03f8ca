"""Public pages kept ready for a moment: they are the same for everybody, so many visitors cost one rendering.

Only the words are kept, never cookies or headers, and only of pages that hold no form: places are given out under a
lock in the database, whatever a page said a second ago.
"""

import gzip
import hashlib
import time
from functools import cached_property, wraps

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers

_pages = {}


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
        response.headers["Cache-Control"] = "no-cache"  # ask each time: a few bytes while the page is the same
        response.headers["ETag"] = self.etag
        patch_vary_headers(response, ["Accept-Encoding"])
        return get_conditional_response(request, etag=self.etag, response=response)


def kept_ready(view):
    """For views whose page depends on nothing but its address and the database. The language is part of the address."""

    @wraps(view)
    def answer(request, **segments):
        page = _pages.get(request.path)
        if page is None or page.until <= time.monotonic():
            response = view(request, **segments)
            if response.status_code != 200:
                return response
            page = _pages[request.path] = Page(response.content)
        return page.response(request)

    return answer
