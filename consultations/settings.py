"""Settings: everything from the environment, strict and loud. README "Environment" lists the variables.

DEMO=1 (set by the Makefile for `run` and `test` only) fills in what production must say itself. Without it a missing
variable stops the start, naming the variable. Nothing is started and no file is written on import.
"""

import datetime
import os
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from consultations import database

BASE_DIR = Path(__file__).resolve().parent.parent


# What the environment says, for the backup: without it a restored database has no key and no mail server.
ENVIRONMENT = {}


def said(name):
    """What the environment says about `name`; empty when nothing."""
    value = os.environ.get(name, "").strip()
    if value:
        ENVIRONMENT[name] = value
    return value


def env(name, *, demo=None, default=""):
    """The variable's value, else `default`, else in the demo `demo`; a missing one is an error elsewhere."""
    value = said(name) or default
    if value:
        return value
    if DEMO and demo is not None:
        return demo
    raise ImproperlyConfigured(f"Set {name}; see 'Environment' in README.md.")


def env_list(name, *, demo=None, default=""):
    """A comma-separated variable as a list without blanks."""
    return [part.strip() for part in env(name, demo=demo, default=default).split(",") if part.strip()]


def env_bool(name, *, default):
    """1/0, true/false, yes/no, on/off in any case; anything else is an error, not a guess."""
    value = said(name).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if not value:
        return default
    raise ImproperlyConfigured(f"{name} is {value!r}; say 1 or 0.")


def env_int(name, *, default):
    """A whole number, zero or more."""
    value = said(name) or str(default)
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} is {value!r}; say a whole number.")
    return int(value)


DEMO = env_bool("DEMO", default=False)
DEBUG = env_bool("DEBUG", default=False)

DEMO_SECRET_KEY = "demo-only: whoever reads the source knows this key"
SECRET_KEY = env("SECRET_KEY", demo=DEMO_SECRET_KEY)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", demo="*")

# The address that posters, letters and QR codes carry: never taken from a request, which anybody can forge.
DEMO_HOST = os.environ.get("HOST") or "127.0.0.1"
DEMO_PORT = env_int("PORT", default=8000)
EVERY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 -- listened on only when HOST says so
DEMO_SITE = f"http://{'127.0.0.1' if DEMO_HOST in EVERY_ADDRESS else DEMO_HOST}:{DEMO_PORT}"
SITE_URL = env("SITE_URL", demo=DEMO_SITE).rstrip("/")

if not DEMO:
    if DEBUG:
        raise ImproperlyConfigured("DEBUG shows secrets to visitors; unset it. Only with DEMO=1 may it be on.")
    if SECRET_KEY == DEMO_SECRET_KEY or len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
        raise ImproperlyConfigured("SECRET_KEY is too short or not secret; use 50 or more random characters.")
    if any("*" in host for host in ALLOWED_HOSTS) or not ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of this site, without '*'.")
    if urlsplit(SITE_URL).scheme != "https" or not urlsplit(SITE_URL).hostname or urlsplit(SITE_URL).path:
        raise ImproperlyConfigured("SITE_URL is the site's own address, such as https://consultations.example.kg")

INSTALLED_APPS = [
    "consultations",
    "consultations.apps.OrganisersAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "phonenumber_field",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",  # safe with our pages: tokens are masked anew in each answer
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # before whatever answers by itself
    "csp.middleware.CSPMiddleware",
    "consultations.middleware.PermissionsPolicy",
    "consultations.middleware.RefuseOtherMethods",
    "consultations.middleware.RefuseControlCharacters",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "consultations.middleware.PersonalPages",  # before the next one, whose redirects carry the secrets too
    "consultations.middleware.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "consultations.middleware.StaffSessions",  # after the one that knows whether a code was given
    "consultations.middleware.Acting",  # after the one that knows who it is
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
    "consultations.middleware.DatabaseAway",
]

ROOT_URLCONF = "consultations.urls"
WSGI_APPLICATION = "consultations.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Database: PostgreSQL only. A connection lives a minute and is checked before use, so that a restart of the server
# costs nobody an error page; no pool, which would make every request wait while the server is down.

DATABASES = {
    "default": {
        **database.parameters(env("DATABASE_URL", demo=database.EMBEDDED)),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
# Waiting for another's lock is bounded (P 5): after three seconds the page says "busy" and keeps what was typed.
# libpq would ignore PGOPTIONS beside an option of ours, so they are joined.
DATABASES["default"]["OPTIONS"].setdefault("options", f"{os.environ.get('PGOPTIONS', '')} -c lock_timeout=3000".strip())
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Language and time

LANGUAGE_CODE = "ky"
LANGUAGES = [("ky", "Кыргызча"), ("ru", "Русский")]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = not DEMO
LOCALE_PATHS = [BASE_DIR / "consultations" / "locale"]
FORMAT_MODULE_PATH = ["consultations.formats"]
USE_I18N = True
TIME_ZONE = "Asia/Bishkek"
USE_TZ = True

# Static files. Production: hashed names, .br and .gz beside each, made by `collectstatic`. Demo and tests: as they are.

STATIC_URL = "/static/"
STATIC_ROOT = said("STATIC_ROOT") or (None if DEMO else BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEMO
WHITENOISE_AUTOREFRESH = DEBUG

# Uploaded documents: never inside the checkout, which the next version replaces. Served as downloads by their own view.

MEDIA_ROOT = env("MEDIA_ROOT", demo=str(database.state_directory() / "uploads"))
if not Path(MEDIA_ROOT).is_absolute():
    raise ImproperlyConfigured(f"MEDIA_ROOT is {MEDIA_ROOT!r}; say the whole path of the directory for uploads.")

# Backups (manage.py backup): encrypted for whoever holds the key to BACKUP_RECIPIENT, an age public key. No older than
# the privacy page says, which reads the same number; that is also how long erasures are kept, to be done again.

BACKUP_DIRECTORY = said("BACKUP_DIRECTORY")
if BACKUP_DIRECTORY and not Path(BACKUP_DIRECTORY).is_absolute():
    raise ImproperlyConfigured(f"BACKUP_DIRECTORY is {BACKUP_DIRECTORY!r}; say the whole path.")
BACKUP_RECIPIENT = said("BACKUP_RECIPIENT")
if BACKUP_RECIPIENT and not BACKUP_RECIPIENT.startswith("age1"):
    raise ImproperlyConfigured("BACKUP_RECIPIENT is the public key that age-keygen prints: age1…")
BACKUP_DAYS = env_int("BACKUP_DAYS", default=14)

# Letters: SMTP; in the demo files, unless EMAIL_HOST names a server. EMAIL_TIMEOUT in seconds: a dead mail server must
# not hold the worker.

DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", demo="Consultations <demo@example.org>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_SUBJECT_PREFIX = f"[{urlsplit(SITE_URL).hostname}] "  # of letters to ADMINS
EMAIL_TIMEOUT = 20
EMAIL_PER_MINUTE = env_int("EMAIL_PER_MINUTE", default=0)  # what the mail server lets through; 0 is no ceiling
if DEMO and not os.environ.get("EMAIL_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = database.state_directory() / "letters"
else:
    EMAIL_HOST = env("EMAIL_HOST")
    EMAIL_PORT = env_int("EMAIL_PORT", default=587)
    EMAIL_HOST_USER = said("EMAIL_HOST_USER")
    EMAIL_HOST_PASSWORD = said("EMAIL_HOST_PASSWORD")
    EMAIL_USE_SSL = env_bool("EMAIL_USE_SSL", default=EMAIL_PORT == 465)
    EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=not EMAIL_USE_SSL)  # a password never goes in the clear
    if EMAIL_USE_SSL and EMAIL_USE_TLS:
        raise ImproperlyConfigured("EMAIL_USE_SSL (port 465) and EMAIL_USE_TLS (port 587) exclude each other.")

# Forms, telephone numbers, jobs

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
PHONENUMBER_DEFAULT_REGION = "KG"
PHONENUMBER_DB_FORMAT = "E164"
PHONENUMBER_DEFAULT_FORMAT = "INTERNATIONAL"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# After so many seconds without a heartbeat a worker counts as killed, and its letters go to the next (P 18).
STALLED_AFTER_SECONDS = env_int("STALLED_AFTER_SECONDS", default=30)
PROCRASTINATE_WORKER_DEFAULTS = {
    "update_heartbeat_interval": STALLED_AFTER_SECONDS / 3,
    "stalled_worker_timeout": STALLED_AFTER_SECONDS,
}

# How long a public page is kept ready for the next visitor; an organiser's change is seen after that. 0: not at all.
PAGES_KEPT_SECONDS = env_int("PAGES_KEPT_SECONDS", default=1)

# Where the organisers' Zoom links may lead, with every host below: a link that only looks like Zoom would be believed.
ZOOM_HOSTS = [host.lower() for host in env_list("ZOOM_HOSTS", default="zoom.us")]

# Limits of one request: twenty people in one form, some eight fields each, and no more than a page of text for each;
# in the admin an agenda of forty items, and a file field for each document, which counts although it is left empty.

DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 800
DATA_UPLOAD_MAX_NUMBER_FILES = 40

# Security. Cookies marked __Host- can be set neither by a sister domain nor over plain http, so only with https.

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "consultations.views.posting.csrf_failure"  # the form again, with what was typed
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not DEMO:
    SESSION_COOKIE_NAME = "__Host-session"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# Staff. Five wrong passwords for one name from one address: fifteen minutes' pause, for that name there and nobody
# else, so that colleagues behind the same address still get in (P 67). Of visits nothing is kept but the last login.

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # invitations too
SESSION_HOURS = 12
SESSION_IDLE_MINUTES = 60
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SECOND_FACTOR = env_bool("SECOND_FACTOR", default=not DEMO)
OTP_ADMIN_HIDE_SENSITIVE_DATA = True
OTP_TOTP_ISSUER = urlsplit(SITE_URL).hostname  # under which name the app lists its code
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = datetime.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # whoever keeps trying does not keep the owner out
AXES_CLIENT_IP_CALLABLE = "consultations.client.address_for_axes"
AXES_LOCKOUT_CALLABLE = "consultations.views.errors.too_many_passwords"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# How many proxies of ours stand before the site. Only so many entries, from the right, of X-Forwarded-For are believed.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Who looks after the server: told by `manage.py doctor` what is wrong; and what /metrics asks for. Neither must be set.
ADMINS = [(address, address) for address in said("ADMINS").replace(",", " ").split()]
METRICS_TOKEN = said("METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    raise ImproperlyConfigured("METRICS_TOKEN is too short to be secret; use 20 or more random characters.")

# Logs: to stderr, where systemd and containers collect them, and without the secrets that addresses carry. In the demo
# for eyes, elsewhere a JSON object a line.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "without_secrets": {
            "()": "consultations.logs.WithoutSecrets",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "one_object_a_line": {"()": "consultations.logs.OneObjectALine"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "without_secrets" if DEMO else "one_object_a_line"}
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "procrastinate": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
    },
}
