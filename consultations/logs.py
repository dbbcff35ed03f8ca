"""Keeps the secrets that addresses carry, and people's data, out of the logs."""

import datetime
import json
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


class OneObjectALine(logging.Formatter):
    """Writes a record as one line of JSON, without them: a journal or a collector finds a field by its name."""

    def format(self, record):
        fields = {
            "at": datetime.datetime.fromtimestamp(record.created, tz=datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "status": getattr(record, "status_code", None),
            "process": record.process,
            "traceback": self.formatException(record.exc_info) if record.exc_info else None,
        }
        kept = {name: value for name, value in fields.items() if value is not None}
        kept.update((name, without_secrets(value)) for name, value in kept.items() if isinstance(value, str))
        return json.dumps(kept, ensure_ascii=False)
