"""Two web processes and two workers before one database keep what one keeps: P 1-14 need nobody's memory."""

import contextlib
import http.client
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from consultations.models import Message, Registration
from tests.answers import answers, make_open_session, register_address, token_of_age
from tests.test_faults import CHECKOUT, PATIENCE, Sink, Worker, mail_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]

SECRET = "c" * 32  # any 32 letters and digits are a CSRF secret


class Site:
    """One web process, as `make run` starts it, on this test's database."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def __enter__(self):
        command = [sys.executable, "-W", "ignore", "-m", "granian", "--interface", "wsgi", "--port", str(self.port)]
        command += ["--workers", "1", "--blocking-threads", "4", "--workers-kill-timeout", "2"]
        environment = Worker(smtp_port=9).environment | {"DEMO": "1", "TRUSTED_PROXIES": "1"}
        self.process = subprocess.Popen(
            [*command, "consultations.wsgi:application"],
            cwd=CHECKOUT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)

    def until_it_answers(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if self.ask("GET", "/healthz").status == 200:
                    return
            time.sleep(0.1)
        pytest.fail("The web process did not start.")

    def ask(self, method, path, form=None, *, visitor=1):
        """The answer to a visitor who comes from an address of their own; read to its end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Cookie": f"language=ky; csrftoken={SECRET}", "X-Forwarded-For": f"10.0.0.{visitor}"}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form | {"csrfmiddlewaretoken": SECRET})
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            connection.close()


@pytest.fixture(scope="module")
def sites(django_db_setup):
    with Site() as first, Site() as second:
        for site in (first, second):
            site.until_it_answers()
        yield first, second


def send_all(sites, city_session, forms):
    """Each form once, in turn to one site and the other, many at a time; the answers in order."""

    def send(number):
        return sites[number % 2].ask("POST", register_address(city_session), forms[number], visitor=number)

    with ThreadPoolExecutor(12) as pool:
        return list(pool.map(send, range(len(forms))))


def form_of(city_session, number, **changed):
    person = {
        "full_name": f"Катышуучу Номер-{number}",
        "phone": f"0555 10 00 {number:02}",
        "email": f"visitor-{number}@example.org",
        "form_token": token_of_age(10),
    }
    return answers(city_session, **person | changed)


def test_last_seats_are_given_once_and_every_letter_goes_once(sites):
    city_session = make_open_session(hall_capacity=15)
    responses = send_all(sites, city_session, [form_of(city_session, number) for number in range(40)])
    assert Counter(response.status for response in responses) == {303: 40}
    assert len({response.headers["Location"] for response in responses}) == 40
    assert Counter(Registration.objects.values_list("status", flat=True)) == {"confirmed": 15, "waiting": 25}
    waiting = Registration.objects.wanting_the_hall().in_queue_order()
    assert [registration.queue_place() for registration in waiting.order_by("pk")] == list(range(1, 26))
    sink = Sink(seconds_a_letter=0)
    with mail_server(sink) as port, Worker(port), Worker(port):
        deadline = time.monotonic() + PATIENCE
        while Message.objects.unsent().exists() and time.monotonic() < deadline:
            time.sleep(0.1)
    assert Counter(Message.objects.values_list("status", flat=True)) == {"sent": 40}
    assert (len(sink.taken), set(sink.taken.values())) == (40, {1})


def test_form_sent_to_both_at_once_registers_once(sites):
    city_session = make_open_session(hall_capacity=5)
    form = form_of(city_session, 1)
    responses = send_all(sites, city_session, [form] * 12)
    own_page = Registration.objects.get().get_absolute_url()
    assert {(response.status, response.headers["Location"]) for response in responses} == {(303, own_page)}
    assert Message.objects.count() == 1


def test_place_taken_at_one_is_taken_at_the_other(sites):
    city_session = make_open_session(hall_capacity=3)
    left = []
    for number, (here, there) in enumerate([sites, sites[::-1], sites]):
        left.append(re.search(r"Бош орун: (\d+)", here.ask("GET", register_address(city_session)).text)[1])
        sent = there.ask("POST", register_address(city_session), form_of(city_session, number))
        assert sent.status == 303
    assert left == ["3", "2", "1"]
    assert "Залда орундар толду" in sites[0].ask("GET", register_address(city_session)).text
