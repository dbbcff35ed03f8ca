"""What every test stands on: the database, the language, the jobs."""

import fcntl
import itertools
import os

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation

from consultations import database
from tests.programs import needed


def pytest_configure(config):
    """Give each run of the suite a test database of its own, so that several may run at once in one checkout."""
    slot = os.environ.get("TEST_SLOT") or free_slot()
    os.environ["TEST_SLOT"] = slot  # the processes of pytest-xdist inherit it and add their own suffix
    default = settings.DATABASES["default"]
    default.setdefault("TEST", {})["NAME"] = f"test_{default['NAME']}_{slot}"


def pytest_collection_modifyitems(items):
    """Mark what needs the browser, for `-m "not browser"`."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", []):
            item.add_marker("browser")


def pytest_terminal_summary(terminalreporter):
    """What tests tell of themselves (`record_property`): how much a bounded one came to try on this machine."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.line(f"{report.nodeid}: {name}: {value}")


def free_slot():
    return next(str(number) for number in itertools.count(1) if is_free(f"tests-{number}.lock"))


def is_free(name):
    """Whether nobody held that lock; from now on we do."""
    try:
        fcntl.flock(database.lock_file(name), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """The last moment before the test database is made."""
    database.start_if_embedded()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """At the end the database is dropped, whatever thread of a live server still holds a connection to it."""
    yield
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"{others} AND pid <> pg_backend_pid()")


@pytest.fixture(autouse=True)
def first_language():
    """Each test begins in the site's first language and leaves no other behind."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def no_page_is_kept(settings):
    """A page shows what the test has just done."""
    settings.PAGES_KEPT_SECONDS = 0


@pytest.fixture(autouse=True)
def no_jobs_left(request, django_db_blocker):
    """A test that really commits leaves jobs behind: Django's flush skips tables it does not manage."""
    yield
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames)
    if commits or (marker and marker.kwargs.get("transaction")):
        tables = "procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers"
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")


@pytest.fixture
def roles(db):
    """The groups of consultations/roles.py, by name: the test database begins without, and a flush forgets them."""
    from django.contrib.auth.models import Group

    from consultations import roles

    roles.sync()
    return {group.name: group for group in Group.objects.all()}


@pytest.fixture
def run_jobs(db):
    """A function that runs the jobs now due, in order, those they defer too, and returns their names.

    On this connection and in this thread: a real worker would see nothing of a test's uncommitted rows, and a test
    that lets it commit would prove nothing. A job that raises is marked failed and its error raised.
    """
    from procrastinate.contrib.django import app

    def run():
        names = []
        while job := next_job():
            job_id, name, arguments = job
            finish(job_id, "failed")
            app.tasks[name](**arguments)
            finish(job_id, "succeeded")
            names.append(name)
        return names

    return run


def next_job():
    from procrastinate.contrib.django.models import ProcrastinateJob

    due = ProcrastinateJob.objects.extra(where=["scheduled_at IS NULL OR scheduled_at <= now()"])
    return due.filter(status="todo").order_by("id").values_list("id", "task_name", "args").first()


def finish(job_id, status):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job_id])


def how_to_start_chromium():
    """The system's Chromium and its arguments, as Playwright takes them."""
    path = needed("chromium", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    arguments = "--disable-gpu --disable-quic --no-first-run --disable-background-networking".split()
    arguments += "--disable-component-update --disable-sync".split()
    arguments += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]  # nothing goes outside
    arguments += ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium has no sandbox for root
    return {"executable_path": path, "args": arguments}


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium, driven by Playwright."""
    starting = how_to_start_chromium()
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, though nothing here is asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**starting)
        yield chromium
        chromium.close()
