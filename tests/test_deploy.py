"""The files of deploy/, as far as they can be tried without systemd and Docker: their very commands are started."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from urllib.parse import urlencode

import psycopg
import pytest
from django.db import connection as db_connection
from django.db import transaction

from consultations import __version__, database
from consultations.backups import as_environment_file
from consultations.forms import sending
from consultations.models import CitySession, Message, Registration
from deploy import healthy
from tests.answers import answers as answers_of
from tests.answers import make_open_session, register_address
from tests.checkouts import HERE, copied_checkout
from tests.factories import make_city_session, sign_up
from tests.programs import needed
from tests.servers import HOST, free_port, manage, production, running, unit, wait_until

DEPLOY = HERE / "deploy"
UNITS = sorted(path.name for path in (DEPLOY / "systemd").iterdir())
SERVICES = [name for name in UNITS if name.endswith(".service")]

pytestmark = pytest.mark.xdist_group("deploy")


def current_release(directory):
    """This checkout as a server has it: a link in a path without a space, which systemd and nginx would not take."""
    link = directory / "current"
    link.symlink_to(HERE)
    return link


# What the files say


def test_systemd_understands_the_units_and_finds_them_well_locked_up(tmp_path):
    analyze = needed("systemd", "systemd-analyze")
    current = current_release(tmp_path)
    for name in UNITS:
        text = (DEPLOY / "systemd" / name).read_text()
        (tmp_path / name).write_text(text.replace("/opt/consultations/current/.venv", f"{current}/.venv"))
    paths = [tmp_path / name for name in UNITS]
    checked = subprocess.run([analyze, "verify", "--man=no", *paths], capture_output=True, text=True, check=False)
    # Warnings about the machine's own units are not ours.
    assert [line for line in checked.stderr.splitlines() if "consultations" in line] == []
    for path in paths:
        if path.suffix == ".service":
            command = [analyze, "security", "--offline=true", "--threshold=20", "--no-pager", path]
            assert subprocess.run(command, capture_output=True, check=False).returncode == 0, path.name


def test_every_service_is_locked_up_alike():
    locks = [
        {name: value for name, value in unit(name)[0].items() if name.startswith(("Protect", "Restrict", "System"))}
        for name in SERVICES
    ]
    assert all(lock == locks[0] for lock in locks)
    assert all(unit(name)[0]["User"] == ["consultations"] for name in SERVICES)


def test_image_and_compose_start_the_commands_of_the_units():
    web, worker = (unit(f"consultations-{name}.service")[1] for name in ["web", "worker"])
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    started = json.loads(re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)[-1])
    assert ["127.0.0.1" if word == "0.0.0.0" else word for word in started] == [
        word.replace(str(HERE), "/opt/consultations/current") for word in web
    ]
    compose = (DEPLOY / "compose.yaml").read_text()
    for name in ["worker", "backup", "doctor"]:
        command = unit(f"consultations-{name}.service")[1]
        assert ", ".join(word.replace(str(HERE), "/opt/consultations/current") for word in command) in compose
    assert "read_only: true" in compose
    assert worker[1:] == ["manage.py", "procrastinate", "worker"]


def test_every_variable_is_in_the_table_and_the_example_names_no_other():
    settings = (HERE / "consultations" / "settings.py").read_text()
    asked = set(re.findall(r'\b(?:said|env|env_list|env_bool|env_int)\("(\w+)"', settings))
    table = (HERE / "README.md").read_text().partition("### Environment")[2].partition("###")[0]
    told = {name for line in table.splitlines() if line.startswith("|") for name in re.findall(r"`([A-Z_]+)`", line)}
    only_for_the_demo = {"DEMO", "DEBUG", "PORT"}
    assert asked - told - only_for_the_demo == set()
    assert told - asked == set()
    example = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "environment.example").read_text(), re.MULTILINE))
    assert example <= asked


def test_page_for_a_restart_is_complete_in_itself():
    page = (DEPLOY / "nginx" / "away.html").read_text()
    assert not re.search(r"src=|href=|style|http", page)


# What the commands do


@pytest.fixture(scope="module")
def static(tmp_path_factory):
    """Where the static files of production lie."""
    directory = tmp_path_factory.mktemp("deploy")
    environment = {name: value for name, value in production_without_database(directory).items() if name != "DEMO"}
    made = subprocess.run(
        [HERE / ".venv/bin/python", "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
        cwd=HERE,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return directory / "static"


def production_without_database(directory):
    return {
        "SECRET_KEY": "only-for-this-test-0123456789-abcdefghijklm-nopqrst",
        "DATABASE_URL": "postgresql://nobody/none",
        "ALLOWED_HOSTS": HOST,
        "SITE_URL": f"https://{HOST}",
        "EMAIL_HOST": "127.0.0.1",
        "DEFAULT_FROM_EMAIL": "Consultations <noreply@consultations.test>",
        "MEDIA_ROOT": str(directory / "uploads"),
        "STATIC_ROOT": str(directory / "static"),
    }


@pytest.fixture
def web(static, tmp_path):
    """The site as the unit starts it, and its port."""
    port = free_port()
    _settings, command = unit("consultations-web.service")
    command[command.index("--port") + 1] = str(port)
    environment = production(tmp_path, STATIC_ROOT=str(static))
    with running(command, environment) as process:
        wait_until(lambda: answers(port) or process.poll() is not None)
        yield process, port


def answers(port):
    try:
        return healthy.ask(port, "/healthz") == (200, "ok")
    except (OSError, http.client.HTTPException):
        return False


@pytest.fixture(autouse=True)
def site_url(monkeypatch):
    monkeypatch.setenv("SITE_URL", f"https://{HOST}")


@pytest.fixture
def nginx(web, tmp_path):
    """nginx from Debian's package with our file, on ports of its own and with a certificate of this minute."""
    program = needed("nginx-light", "nginx")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    http_port, https_port = free_port(), free_port()
    site = (DEPLOY / "nginx" / "consultations.conf").read_text()
    for said, here in [
        ("listen 80;", f"listen 127.0.0.1:{http_port};"),
        ("listen [::]:80;", ""),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{https_port} ssl http2;"),
        ("listen [::]:443 ssl http2;", ""),
        (f"/etc/letsencrypt/live/{HOST}/fullchain.pem", str(certificate)),
        (f"/etc/letsencrypt/live/{HOST}/privkey.pem", str(key)),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{web[1]};"),
        ("/opt/consultations/current", str(current_release(tmp_path))),
        ("/var/log/nginx", str(tmp_path)),
        ("/var/lib/nginx/consultations", f"{tmp_path}/pages"),
    ]:
        assert said in site, said
        site = site.replace(said, here)
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    )
    whole = tmp_path / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    whole.write_text(
        f"{user} daemon off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log; worker_processes 1;\n"
        f"events {{ }}\nhttp {{ {temporary} access_log off;\n{site}\n}}\n"
    )
    command = [program, "-e", tmp_path / "start.log", "-c", whole]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    with running([str(word) for word in command], {}):
        wait_until(lambda: listens(https_port))
        yield Visitor(http_port, https_port, certificate), tmp_path


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Visitor:
    """Asks through nginx, by the site's name and certificate."""

    def __init__(self, http_port, https_port, certificate):
        self.http_port, self.https_port = http_port, https_port
        self.trust = ssl.create_default_context(cafile=certificate)

    def ask(self, path, *, encrypted=True, **headers):
        port = self.https_port if encrypted else self.http_port
        stream = socket.create_connection(("127.0.0.1", port), timeout=60)
        if encrypted:
            stream = self.trust.wrap_socket(stream, server_hostname=HOST)
        with contextlib.closing(http.client.HTTPConnection(HOST)) as connection:
            connection.sock = stream
            connection.request("GET", path, headers={"Connection": "close", **headers})
            answer = connection.getresponse()
            return answer, answer.read().decode()


@pytest.mark.django_db(transaction=True)
def test_site_behind_nginx(nginx, web):
    visitor, logs = nginx
    registration = sign_up(make_city_session()).contact
    answer, page = visitor.ask("/ky/")
    assert (answer.status, answer.headers["Strict-Transport-Security"][:16]) == (200, "max-age=31536000")
    stylesheet = re.search(r'href="(/static/[^"]+\.css)"', page)[1]
    assert visitor.ask(stylesheet)[0].headers["Cache-Control"] == "max-age=315360000, public, immutable"
    moved, _text = visitor.ask("/osh?x=1", encrypted=False)
    assert (moved.status, moved.headers["Location"]) == (301, f"https://{HOST}/osh?x=1")
    ticket, _text = visitor.ask(f"/ky/r/{registration.code}/?q=secret")
    assert ticket.status == 200
    forged, _text = visitor.ask("/ky/", **{"X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.1, 192.0.2.2"})
    assert forged.status == 200
    _detail, words = visitor.ask("/healthz?detail")
    assert json.loads(words)["version"] == __version__
    # While the site is away, nginx shows its public pages and speaks for the others.
    process, _port = web
    os.killpg(process.pid, 15)
    process.wait(timeout=30)
    kept, as_before = visitor.ask("/ky/")
    assert (kept.status, as_before) == (200, page)
    for personal in [f"/ky/r/{registration.code}/?q=secret", "/ky/find/"]:
        assert visitor.ask(personal)[0].status == 503
    away, page = visitor.ask("/ky/find/")
    assert (away.status, away.headers["Retry-After"]) == (503, "10")
    assert "катталууңуз сакталды" in page
    written = (logs / "consultations.log").read_text()
    assert "GET /ky/r/... 200" in written
    assert "GET /healthz?... 200" in written
    assert not any(word in written for word in [registration.code, "secret", "127.0.0.1"])


@pytest.mark.django_db(transaction=True)
def test_reload_and_restart_under_load_cut_nobody_off(nginx, web, tmp_path, static):
    """Public pages are there all the time; of the others, in the gap of a restart, the word that they come (P 38)."""
    visitor, _logs = nginx
    process, port = web
    page, form = "/ky/", "/ky/find/"
    statuses, broken, is_over = {page: Counter(), form: Counter()}, [], threading.Event()

    def visit(path):
        while not is_over.is_set():
            try:
                statuses[path][visitor.ask(path)[0].status] += 1
            except (OSError, http.client.HTTPException) as error:
                broken.append(error)

    def served_again():
        before = statuses[form][200]
        wait_until(lambda: statuses[form][200] > before + 5)

    visitors = [threading.Thread(target=visit, args=[path]) for path in [page, form, form]]
    for one in visitors:
        one.start()
    try:
        served_again()
        os.kill(process.pid, signal.SIGHUP)
        served_again()
        os.kill(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
        command = unit("consultations-web.service")[1]
        command[command.index("--port") + 1] = str(port)
        with running(command, production(tmp_path, STATIC_ROOT=str(static))):
            served_again()
            is_over.set()
            for one in visitors:
                one.join()
    finally:
        is_over.set()
    assert broken == []
    assert set(statuses[page]) == {200}
    assert set(statuses[form]) <= {200, 503}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [os.kill, os.killpg], ids=["the main process", "all of them, as systemd does"])
def test_form_that_is_being_taken_is_answered_before_the_web_ends(web, end):
    """P 38: it waits for the session's lock when the web is asked to end."""
    process, port = web
    city_session = make_open_session()
    headers = {"Host": HOST, "X-Forwarded-Proto": "https", "Referer": f"https://{HOST}/"}
    headers |= {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"__Host-csrf={'a' * 32}"}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", register_address(city_session), headers=headers)
        token = re.search(r'name="form_token" value="(.*?)"', connection.getresponse().read().decode())[1]
    sent = answers_of(city_session) | {"csrfmiddlewaretoken": "a" * 32, "form_token": token}
    time.sleep(sending.FASTEST + 0.5)
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        with transaction.atomic():
            CitySession.objects.select_for_update().get(pk=city_session.pk)
            connection.request("POST", register_address(city_session), urlencode(sent), headers)
            wait_until(somebody_waits_for_a_lock)
            end(process.pid, signal.SIGTERM)
            time.sleep(0.5)  # whoever ends at once would have ended by now
        answer = connection.getresponse()
        assert (answer.status, Registration.objects.count()) == (303, 1)
    process.wait(timeout=30)


def somebody_waits_for_a_lock():
    with db_connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # what was seen first holds for the whole transaction
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


@pytest.mark.django_db(transaction=True)
def test_no_query_of_the_web_runs_for_ever(tmp_path):
    """P 37."""
    ask = "from consultations.wsgi import application; from django.db import connection as c; k = c.cursor()\n"
    ask += "for name in ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']:\n"
    ask += "    print(k.execute(f'SHOW {name}').fetchone()[0])"
    environment = {"PATH": os.environ["PATH"], **production(tmp_path)}
    command = [unit("consultations-web.service")[1][0], "-c", ask]
    said = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["10s", "3s", "30s"]


@pytest.mark.django_db(transaction=True)
def test_worker_of_the_unit_sends_letters(tmp_path):
    from tests.test_faults import Sink, mail_server

    sink = Sink(0)
    sign_up(make_city_session(), {"full_name": "Кат Алуучу", "email": "visitor@example.org"})
    with mail_server(sink) as port:
        environment = production(tmp_path, EMAIL_PORT=str(port), EMAIL_USE_TLS="0")
        with running(unit("consultations-worker.service")[1], environment):
            wait_until(lambda: Message.objects.filter(status=Message.Status.SENT).exists())
    assert sum(sink.taken.values()) == 1


@pytest.mark.django_db(transaction=True)
def test_commands_of_the_timers_run(tmp_path):
    _settings, command = unit("consultations-doctor.service")
    command[-1] = str(tmp_path / "doctor.json")
    environment = {"PATH": os.environ["PATH"], **production(tmp_path, EMAIL_PORT="1", ADMINS="")}
    examined = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=False)
    assert "ok   database: answers, and is of this version" in examined.stdout
    assert "BAD  worker: no sign of life" in examined.stdout
    backup = subprocess.run(
        unit("consultations-backup.service")[1], cwd=HERE, env=environment, capture_output=True, text=True, check=False
    )
    assert "Set BACKUP_DIRECTORY and BACKUP_RECIPIENT" in backup.stderr


def test_command_for_the_administrator_has_the_settings_of_the_site_or_the_owner(tmp_path, capfd):
    from deploy import manage as administrator

    (tmp_path / "environment").write_text(as_environment_file(production_without_database(tmp_path)))
    (tmp_path / "owner").write_text('DATABASE_URL="postgresql://owner@nowhere/none"')
    show = ["diffsettings", "--output=unified"]
    for words, user in [(show, "nobody"), (["--owner", *show], "owner")]:
        assert administrator.main(words, settings=tmp_path, user="root") == 0
        assert f"'USER': '{'' if user == 'nobody' else user}'" in capfd.readouterr().out


def test_health_check_of_the_image():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(SystemExit, match="It does not answer"):
            healthy.main(nobody.getsockname()[1])


# The two roles of the database


@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="roles are made by a server's administrator")
def test_web_role_serves_and_cannot_touch_what_keeps_the_promises(tmp_path):
    with (
        copied_checkout(tmp_path / "roles", whole=False) as checkout,
        checkout.start_python("database.start()\nprint('ready', flush=True)\ntime.sleep(600)") as server,
    ):
        assert server.stdout.readline() == "ready\n"
        try:
            make_and_try_roles(checkout)
        finally:
            server.terminate()


def make_and_try_roles(checkout):
    folder = checkout.state / "server"
    program = database._binaries(database._account()) / "psql"
    psql = [program, "--no-psqlrc", "--quiet", f"--host={folder}", "--port=5432", "--username=postgres"]
    psql += ["--dbname=postgres", "--set=owner_password=one", "--set=web_password=two"]
    # The embedded server comes with a database of that name.
    subprocess.run([*psql, "--command=DROP DATABASE consultations"], check=True)
    made = subprocess.run(
        [*psql, f"--file={DEPLOY / 'postgresql' / 'roles.sql'}"], capture_output=True, text=True, check=False
    )
    assert (made.returncode, made.stderr) == (0, "")
    where = str(folder).replace("/", "%2F")
    owner, web = (f"postgresql://consultations_{role}@{where}:5432/consultations" for role in ["owner", "web"])
    manage("migrate", "--verbosity=0", DATABASE_URL=owner)
    manage("sync_roles", DATABASE_URL=owner)
    manage("check", "--database=default", DATABASE_URL=web)
    manage("load_demo", DATABASE_URL=web)
    with psycopg.connect(web, autocommit=True) as there:
        refused = psycopg.errors.InsufficientPrivilege
        for statement in [
            "ALTER TABLE consultations_registration DISABLE TRIGGER ALL",
            "DROP TRIGGER export_record_is_history ON consultations_exportrecord",
            "TRUNCATE consultations_exportrecord",
            "DROP TABLE consultations_message",
            "CREATE TABLE mine (id int)",
            "CREATE OR REPLACE FUNCTION consultations_keep_history() RETURNS trigger LANGUAGE plpgsql AS ''",
            "SET session_replication_role = replica",
        ]:
            with pytest.raises(refused):
                there.execute(statement)
    stranger = web.replace("consultations_web", "consultations")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(stranger)
