"""Keeps the secrets that addresses carry, and people's data, out of the logs."""

import logging
import re

SECRET_IN_PATH = re.compile(r"(/(?:r|j)/)[^/\s?\"'<>]+")
ROW_OF_TABLE = re.compile(r"^(DETAIL|CONTEXT): .*$", re.MULTILINE)


def without_secrets(text):
    """The text with the codes of /r/<code>/ and /j/<code>, and the rows PostgreSQL quotes, replaced by three dots."""
    return ROW_OF_TABLE.sub(r"\1: …", SECRET_IN_PATH.sub(r"\1…", text))


class WithoutSecrets(logging.Formatter):
    """Writes a record, its traceback included, without them."""

    def format(self, record):
        return without_secrets(super().format(record))
