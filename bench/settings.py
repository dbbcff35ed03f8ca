"""The site's own settings on a database of the measurements' own, with the bare views beside the real ones."""

from consultations.settings import *  # noqa: F403, TID251 -- settings upon settings
from consultations.settings import DATABASES, LOGGING, STORAGES  # noqa: TID251

DATABASES["default"]["NAME"] = "bench"
ROOT_URLCONF = "bench.urls"
TRUSTED_PROXIES = 1  # every simulated visitor names an address of their own
LOGGING["root"]["level"] = "ERROR"
for logger in LOGGING["loggers"].values():
    logger["level"] = "ERROR"
# As production serves them: hashed names, compressed.
STORAGES["staticfiles"]["BACKEND"] = "whitenoise.storage.CompressedManifestStaticFilesStorage"
WHITENOISE_USE_FINDERS = False
