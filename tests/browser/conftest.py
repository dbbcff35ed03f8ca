"""A visitor with a phone in their hand, before the site as production serves it."""

import contextlib
import io
import re
import socket
import threading

import pytest
from django.conf import global_settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import override_settings
from django.test.testcases import QuietWSGIRequestHandler
from django.utils import translation

from consultations.forms import sending


class Server(ThreadedWSGIServer):
    """Closes with every connection that the browser would have kept, and so the database's of its threads."""

    daemon_threads = False  # waited for when the server closes

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.kept = []

    def process_request(self, request, client_address):
        self.kept.append(request)
        super().process_request(request, client_address)

    def server_close(self):
        for connection in self.kept:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


PHONE = {"width": 360, "height": 740}
# Chromium says so of every page that is no 200; that is for the tests to ask, not an error of the page.
STATUS_OF_A_PAGE = re.compile(r"Failed to load resource: the server responded with a status of \d+")
# And of a hand that was quicker than the page; the other reason, a fragment in the address, would be our mistake.
QUICK_HAND = "Autofocus processing was blocked because a document already has a focused element."


@pytest.fixture(scope="package")
def server(django_db_setup, tmp_path_factory):
    """The whole WSGI application with hashed and compressed static files; returns its address."""
    production = override_settings(
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
            "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
        },
        STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],  # the admin's are not needed
        STATIC_ROOT=str(tmp_path_factory.mktemp("static")),
        WHITENOISE_USE_FINDERS=False,
    )
    with production:
        call_command("collectstatic", interactive=False, verbosity=0)
        httpd = Server(("127.0.0.1", 0), QuietWSGIRequestHandler)
        httpd.set_app(WSGIHandler())
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()
        httpd.server_close()


@pytest.fixture
def plain_static_files(settings):
    """For a live server that shows the admin, too: its files as they lie in their packages, under their own names."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.STATICFILES_FINDERS = global_settings.STATICFILES_FINDERS


@pytest.fixture
def site(server, transactional_db, settings, monkeypatch):
    """The site's address. Its links lead back to it, and it does not take a quick hand for a machine."""
    settings.SITE_URL = server
    monkeypatch.setattr(sending, "FASTEST", 0)
    return server


class Visitor:
    """Somebody at a page in one language; `noise` is what no page may do, `outside` the requests to other sites."""

    def __init__(self, browser, site, language, **options):
        self.site, self.language = site, language
        self.noise, self.outside, self.asked = [], [], []
        self.context = browser.new_context(**{"viewport": PHONE, "accept_downloads": True} | options)
        self.context.set_default_timeout(8_000)
        self.context.on("request", self._note)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.noise.append(f"{error.page.url}: {error.error}"))
        self.context.on("dialog", self._refuse)
        self.page = self.context.new_page()

    def _note(self, request):
        """The browser of the tests finds no other site; that it asked for one is enough."""
        (self.asked if request.url.startswith(self.site) else self.outside).append(request)

    def _hear(self, message):
        is_page = "/static/" not in (message.location or {}).get("url", "")
        if not (is_page and STATUS_OF_A_PAGE.match(message.text)) and message.text != QUICK_HAND:
            self.noise.append(f"{message.page.url if message.page else ''}: {message.text}")

    def _refuse(self, dialog):
        self.noise.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    # Where to

    def goes(self, path):
        """Opens an address of the site and returns the answer."""
        return self.page.goto(f"{self.site}{path}")

    @property
    def path(self):
        return self.page.url.removeprefix(self.site)

    # What the page says and holds, in the visitor's language

    def words(self, text, **values):
        with translation.override(self.language):
            return translation.gettext(text) % values if values else translation.gettext(text)

    def sees(self, text, **values):
        """Whether these words are visible somewhere in the main part."""
        return self.page.locator("main").get_by_text(self.words(text, **values)).first.is_visible()

    def link(self, text, *, exact=True):
        return self.page.get_by_role("link", name=self.words(text), exact=exact).first

    def button(self, text):
        return self.page.get_by_role("button", name=self.words(text), exact=True).first

    def presses(self, text):
        """A button by its words, as a finger does it: the page that follows has come when this returns."""
        self.button(text).click()
        self.page.wait_for_load_state()

    def follows(self, text, *, exact=True):
        self.link(text, exact=exact).click()
        self.page.wait_for_load_state()

    # The form

    def types(self, **fields):
        for name, value in fields.items():
            self.page.locator(f"main [name='{name.replace('__', '-')}']").fill(value)

    def chooses(self, name, value):
        self._taps_label_of(f"main [name='{name}'][value='{value}']")

    def ticks(self, name):
        self._taps_label_of(f"main [name='{name}']")

    def _taps_label_of(self, selector):
        """A radio or a tick, by its words, over which the whole row can be tapped."""
        tick = self.page.locator(selector)
        if not tick.is_checked():
            self.page.locator(f"label[for='{tick.get_attribute('id')}']").click()
        assert tick.is_checked()

    def typed(self, name):
        return self.page.locator(f"main [name='{name}']").input_value()

    def focused(self):
        """The id of what has the focus."""
        return self.page.locator(":focus").get_attribute("id")

    # The ticket

    def status(self):
        """The first line of the ticket's band."""
        return self.page.locator(".ticket-status").first.inner_text().partition("\n")[0]

    def code_in_qr(self, selector=".ticket-qr"):
        """What a reader held to the screen finds in the code."""
        import zxingcpp
        from PIL import Image

        picture = Image.open(io.BytesIO(self.page.locator(selector).first.screenshot()))
        (found,) = zxingcpp.read_barcodes(picture)
        return found.text


@pytest.fixture
def visit(browser, site):
    """A function that makes visitors, each with an own phone, whose pages may neither make noise nor go outside."""
    visitors = []

    def visit(language="ky", **options):
        visitors.append(Visitor(browser, site, language, **options))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.context.close()
    assert [line for visitor in visitors for line in visitor.noise] == []
    assert [request.url for visitor in visitors for request in visitor.outside] == []
