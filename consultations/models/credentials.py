"""The three secrets of a registration, each opening one thing only (design: "Registration").

A forwarded Zoom link or a photographed QR code must not be able to cancel anything, so the own page, the join
page and the ticket number are three independent random values.
"""

import secrets

SECRET_BYTES = 16  # 128 bits (P 44)

# Quasigroup of order ten found by H. M. Damm (dissertation, Marburg 2004): the check digit that it gives notices
# every single wrong digit and every swap of neighbours, the two mistakes of a number said over the telephone.
DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def new_secret():
    """An unguessable URL-safe string of 128 random bits (22 characters)."""
    return secrets.token_urlsafe(SECRET_BYTES)


def new_pass_number():
    """Eight random digits, the last a check digit. Whether it is free is for the database to say."""
    digits = "".join(secrets.choice("0123456789") for _ in range(7))
    return digits + str(_damm(digits))


def is_pass_number(text):
    """Whether `text` is eight ASCII digits that agree with their check digit."""
    return len(text) == 8 and text.isascii() and text.isdigit() and _damm(text) == 0


def clean_pass_number(text):
    """The bare digits of a number as people write it: «2741 0936», «2741-0936», «№ 27410936»."""
    return "".join(str(int(character)) for character in text if character.isdecimal())


def spaced_pass_number(number):
    """As it is printed and said: «2741 0936», with a no-break space."""
    return f"{number[:4]}\N{NO-BREAK SPACE}{number[4:]}"


def _damm(digits):
    interim = 0
    for digit in digits:
        interim = DAMM[interim][int(digit)]
    return interim
