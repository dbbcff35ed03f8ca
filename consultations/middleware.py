"""What happens to every request around its view: input that no page can use, the language, private answers."""

import logging
import re
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import is_valid_path, reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from consultations import acting, staff_sessions

logger = logging.getLogger(__name__)

LANGUAGES = [code for code, _ in settings.LANGUAGES]
LANGUAGE_PREFIX = re.compile(rf"^/({'|'.join(LANGUAGES)})(?=/|$)")
# With and without a language: also the redirect from /r/<code> to /ky/r/<code>/ carries the code.
PERSONAL_PATH = re.compile(rf"^(/({'|'.join(LANGUAGES)}))?/(r|j|p|my|find|unsubscribe|preview|door)(/|$)")

STAFF_PATH = re.compile(r"^/(admin|staff|door)(/|$)")
# Of these, what a stranger may use as well; and where a session with no more than a password knows whose it is.
STAFF_PATH_FOR_ALL = re.compile(r"^/(admin/language|staff/password)/")
PATH_WITHOUT_FACTOR = re.compile(r"^/(staff/second-factor/(set-up/)?|admin/logout/)$")


class PermissionsPolicy:
    """No page may use camera, microphone or place, unless its view says so itself (the door's camera)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        return response


class RefuseOtherMethods:
    """Answer 405 to everything but reading and forms: no address of ours knows what PUT or DELETE would mean."""

    KNOWN = ["GET", "HEAD", "POST", "OPTIONS"]

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request) if request.method in self.KNOWN else HttpResponseNotAllowed(self.KNOWN)


class RefuseControlCharacters:
    """Answer 400 to a NUL and to a query that is no text: PostgreSQL cannot store them and no address of ours has them.

    Django itself answers 500 to a NUL in a path, a query or a session cookie that reaches the database. Broken bytes
    of a path it percent-encodes again, which is harmless.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        query = unquote_to_bytes(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"))
        if not is_text(query) or "\x00" in request.path_info + "".join(request.COOKIES.values()):
            raise BadRequest("A NUL, or bytes that are no text, in the address or a cookie")
        return self.get_response(request)


def is_text(data):
    """Whether these bytes are UTF-8, in which a lone surrogate is not allowed, and hold no NUL."""
    try:
        return "\x00" not in data.decode()
    except UnicodeDecodeError:
        return False


class LocaleMiddleware:
    """The language of the address, else the one remembered in the cookie, else Kyrgyz; never Accept-Language.

    Phones sold here announce English or Russian whatever their owners read, so the header says nothing.
    An address that lacks only its language leads to the same page in the reader's.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        remembered = remembered_language(request)
        in_path = LANGUAGE_PREFIX.match(request.path_info)
        language = in_path[1] if in_path else remembered
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        if in_path:
            # Only when it changes something: an answer without a cookie can be kept by caches.
            if language != remembered and response.status_code < 400:
                remember_language(response, language)
                if "s-maxage" in response.headers.get("Cache-Control", ""):
                    response.headers["Cache-Control"] = "private, no-cache"
        else:
            if response.status_code == 404 and request.method in {"GET", "HEAD"}:
                response = redirect_to_language(request, language) or response
            patch_vary_headers(response, ["Cookie"])
        response.headers.setdefault("Content-Language", translation.get_language())
        return response


def remembered_language(request):
    """The language in the cookie when it is one of ours, else the first of ours."""
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return language if language in LANGUAGES else settings.LANGUAGE_CODE


def remember_language(response, language):
    """Put the language into the cookie for a year."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        httponly=True,
    )


def redirect_to_language(request, language):
    """A redirect to the same path under the language, or None when there is no such page.

    What a code or a join link holds has no language, nor have the pages of staff and of machines: where such an
    address opens nothing, it is simply not found.
    """
    if request.path_info.startswith(("/p/", "/j/", "/metrics")) or STAFF_PATH.match(request.path_info):
        return None
    for ending in ["", "/"]:
        if is_valid_path(f"/{language}{request.path_info}{ending}"):
            return HttpResponseRedirect(f"/{language}{request.get_full_path(force_append_slash=bool(ending))}")
    return None


class PersonalPages:
    """Pages that belong to one person stay out of caches, search engines and the Referer header."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if PERSONAL_PATH.match(request.path_info):
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Robots-Tag"] = "noindex"
            # Not "no-referrer": with it browsers send `Origin: null` with our own forms, which the CSRF check refuses.
            response.headers["Referrer-Policy"] = "same-origin"
        return response


class StaffSessions:
    """Whoever has given no more than a password, or has been away too long, is nobody (P 66, P 75).

    To every view: one that is added tomorrow needs to think of nothing. Pages of staff lead to the second factor.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.user
        request.user = SimpleLazyObject(lambda: self.known(request, given))
        if STAFF_PATH.match(request.path_info) and not STAFF_PATH_FOR_ALL.match(request.path_info):
            str(request.user)  # asks who it is, now that the answer decides where to go
            if getattr(request, "lacks_second_factor", False) and not PATH_WITHOUT_FACTOR.match(request.path_info):
                wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else ""
                query = f"?{urlencode({'next': wanted})}" if wanted else ""
                return HttpResponseRedirect(reverse("second-factor") + query, status=303)
        return self.get_response(request)

    def known(self, request, user):
        """The user this request is made by, or nobody."""
        if not user.is_authenticated:
            return user
        if staff_sessions.has_ended(request.session, user):
            request.session.flush()
            return AnonymousUser()
        staff_sessions.note(request.session, user)
        request.lacks_second_factor = settings.SECOND_FACTOR and not user.is_verified()
        if request.lacks_second_factor and not PATH_WITHOUT_FACTOR.match(request.path_info):
            return AnonymousUser()
        return user


class Acting:
    """Whoever makes the request stands in the history beside what it changes."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with acting.in_request(request):
            return self.get_response(request)


class DatabaseAway:
    """A database that is away, or too busy to answer in time, is a page with a word and no traceback.

    The page is 503.html, in both languages at once and without a query; reverse proxies and browsers try again later.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        logger.error("503 because of the database: %s", type(exception.__cause__ or exception).__name__)
        headers = {"Retry-After": "10", "Cache-Control": "no-store"}
        from .views.lookup import known_phones  # views import models, which are not ready when middleware is read

        page = render_to_string("503.html", {"phones": set(known_phones.values())})
        return HttpResponse(page, status=503, headers=headers)
