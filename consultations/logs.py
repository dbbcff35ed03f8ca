"""Keeps the secrets that addresses carry out of the logs."""

import logging
import re

SECRET_IN_PATH = re.compile(r"(/(?:r|j)/)[^/\s?\"']+")


def without_secrets(text):
    """The text with the codes of /r/<code>/ and /j/<code> replaced by three dots."""
    return SECRET_IN_PATH.sub(r"\1…", text)


class WithoutSecrets(logging.Filter):
    """Masks the addresses of personal pages in every record. Changes the record, never drops it."""

    def filter(self, record):
        record.msg, record.args = without_secrets(record.getMessage()), None
        return True
