"""Registration for public consultations."""

__version__ = "1.0"
