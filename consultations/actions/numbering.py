"""Ticket numbers for many rows at once."""

from consultations.models import Registration
from consultations.models.credentials import new_pass_number


def unused_pass_numbers(count):
    """So many numbers that nobody has. Among many rows one of many drawn is nearly always taken."""
    drawn = set()
    while len(drawn) < count:
        drawn |= {new_pass_number() for _ in range(count - len(drawn))}
        drawn -= set(Registration.objects.filter(pass_number__in=drawn).values_list("pass_number", flat=True))
    return drawn
