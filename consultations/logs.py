"""Keeps the secrets that addresses carry, and people's data, out of the logs."""

import logging
import re

SECRET_IN_PATH = re.compile(r"(/(?:r|j|unsubscribe|preview|door/pass|staff/password/[^/\s]+)/)[^/\s?\"'<>]+")
ROW_OF_TABLE = re.compile(r"^(DETAIL|CONTEXT): .*$", re.MULTILINE)


def without_secrets(text):
    """The text with what opens something in a path, and the rows PostgreSQL quotes, as three dots."""
    return ROW_OF_TABLE.sub(r"\1: …", SECRET_IN_PATH.sub(r"\1…", text))


class WithoutSecrets(logging.Formatter):
    """Writes a record, its traceback included, without them."""

    def format(self, record):
        return without_secrets(super().format(record))
