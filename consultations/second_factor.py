"""The second factor of staff: six digits from an app on a phone, or, without the phone, a recovery code.

django-otp keeps the devices and judges the codes, each of which works once, and makes whoever guesses wait longer
after each wrong one. While SECOND_FACTOR is on, a session that has given only a password belongs to nobody: the
middleware shows its pages to a stranger (P 66).
"""

import secrets
import time
from binascii import unhexlify

import django_otp
from django.core import signing
from django.db import transaction
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

KEYS = "consultations.second_factor.key"
KEY_IS_GOOD_FOR = 3600  # seconds in which a phone is set up
APP_DIGITS, RECOVERY_DIGITS = 6, 12
RECOVERY_CODES = 10


def phone_of(user):
    """The app that was set up, or None."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("-pk").first()


def recovery_of(user):
    """Where the user's recovery codes are kept, or None."""
    return StaticDevice.objects.filter(user=user).first()


def recovery_codes_left(user):
    device = recovery_of(user)
    return device.token_set.count() if device else 0


def verify(user, code):
    """The device that accepts this code, and when one may try again where it is too early: (device, None),
    (None, moment) or (None, None). Digits as they are written: «123 456», «1234-5678-9012».
    """
    digits = "".join(str(int(character)) for character in code if character.isdecimal())
    device = {APP_DIGITS: phone_of, RECOVERY_DIGITS: recovery_of}.get(len(digits), lambda _user: None)(user)
    if device is None:
        return None, None
    allowed, why = device.verify_is_allowed()
    if not allowed:
        return None, (why or {}).get("locked_until")
    return django_otp.verify_token(user, device.persistent_id, digits), None


# Setting it up. Until the first right code nothing is stored: the key travels in the form, signed.


def new_key(user):
    """A fresh key, signed for this user."""
    return signing.dumps({"user": user.pk, "key": random_hex(20)}, salt=KEYS)


def read_key(user, text):
    """The key in that signed text; None where it is forged, of somebody else, or older than an hour."""
    try:
        given = signing.loads(text, salt=KEYS, max_age=KEY_IS_GOOD_FOR)
    except signing.BadSignature:
        return None
    return given["key"] if given["user"] == user.pk else None


def as_device(user, key):
    """The app as it will be stored; nothing is written."""
    return TOTPDevice(user=user, key=key, name="app", confirmed=True)


def set_up(user, key, code):
    """Store the app if this is its code now. Returns the device and ten recovery codes, or None.

    Apps and recovery codes from before are forgotten: a lost phone opens nothing.
    """
    digits = "".join(code.split())
    totp = TOTP(unhexlify(key))
    totp.time = time.time()
    if not (digits.isascii() and digits.isdigit() and len(digits) == APP_DIGITS) or not totp.verify(int(digits), 1):
        return None
    with transaction.atomic():
        forget(user)
        device = as_device(user, key)
        device.last_t = totp.t()  # this code has been used
        device.drift = totp.drift
        device.save()
        return device, new_recovery_codes(user)


def new_recovery_codes(user):
    """Ten fresh codes, spaced for reading; those from before work no longer."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="recovery codes")
        codes = ["".join(secrets.choice("0123456789") for _ in range(RECOVERY_DIGITS)) for _ in range(RECOVERY_CODES)]
        for code in codes:
            device.token_set.create(token=code)
    return [f"{code[:4]} {code[4:8]} {code[8:]}" for code in codes]


def forget(user):
    """Forget app and recovery codes. Sessions verified by them are verified no longer. Returns whether there were."""
    apps, _ = TOTPDevice.objects.filter(user=user).delete()
    codes, _ = StaticDevice.objects.filter(user=user).delete()
    return bool(apps or codes)
