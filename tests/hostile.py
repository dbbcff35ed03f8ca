"""The adversarial catalogue: what people and machines type, and what must come of it.

One data file for the tests of forms, letters, exports, documents and the browser. Where a pair is given, the second
is the text as it is stored; None means: refused, with what was typed kept.
"""

LONG_NAME = "Узун " * 30  # 149 letters and spaces once cleaned

# Stored and shown exactly as typed, in page, letter, picture and table.
KEPT_AS_TYPED = [
    "Турдубеков Нурсултан",
    "Өмүралиева Үмүт Ыдырыс кызы",
    "Ann-Marie O'Neil",
    "Айгүл",
    "Ө Ү Ң ө ү ң",
    "Кыдырмаева-Ө",
    "Жан-Пьер",
    "李小龍",
    "محمد علي",
    "<b>Жирный</b>",
    "Ак &amp; Кара",
    "{{7*7}} Ата",
    "{name} Ата",
    "{event.__class__}",
    "%s %(name)s",
    "${7*7} Ата",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    '"><svg onload=alert(1)>',
    "</textarea>text",
    "[link](https://evil.example)",
    "www.evil.kg",
    "https://evil.example/?a=1&b=2",
    "' OR 1=1 --",
    "'; DROP TABLE consultations_registration; --",
    "100 % ата",
    "a_b_c",
    "a\\b",
    "=1+1 Ата",
    "+cmd|' /C calc'!A0 Ата",
    "-2+3 Ата",
    "@SUM(A1) Ата",
    "＝1+1 Ата",
    "Ата,эне;бала",
    "#VALUE! *x* _y_ @z $b$",
    "😀 Ата",
]

# Cleaned: (typed, stored).
CLEANED = [
    ("a\x00bc", "abc"),
    ("Hi\x0b\x0b<h1>x", "Hi <h1>x"),
    ("Hi\x0cthere", "Hi there"),
    ("Hi\x1cthere", "Hi there"),
    ("Hi\x1dthere", "Hi there"),
    ("Hi\x1ethere", "Hi there"),
    ("Hi\x85there", "Hi there"),
    ("Hi\u2028there", "Hi there"),
    ("Hi\u2029there", "Hi there"),
    ("Hi\xa0there", "Hi there"),
    ("Hi\tthere", "Hi there"),
    ("A\r\nBcc: x@y.z", "A Bcc: x@y.z"),
    ("Bcc%0d%0a: x", "Bcc%0d%0a: x"),
    ("  Айгүл  ", "Айгүл"),
    ("Ай\u202eгүл", "Айгүл"),
    ("\u2066Айгүл\u2069", "Айгүл"),
    ("Ай\u200b\u200b\u200bгүл", "Айгүл"),
    ("Айгүл \u200b ", "Айгүл"),
    ("\ufeffАйгүл", "Айгүл"),
    ("Айгүл\U000e0041\U000e0042", "Айгүл"),
    ("Ай\ue000гүл", "Айгүл"),
    ("Ай\udc80гүл", "Айгүл"),
    ("И\u0306осиф", "Йосиф"),
    ("Z" + "\u0335" * 40 + "algo", "Z" + "\u0335" * 2 + "algo"),
]

# No name at all.
NO_NAME = ["", " ", "\u200b\u200b\u200b", "\u202e", "\U000e0041", "\x00", "А", "123 456", "!!!", "\u0301\u0301"]

# (characters of a name, accepted)
LENGTHS = [(1, False), (2, True), (149, True), (150, True), (151, False), (10_000, False)]

# Pairs of what is typed and its E.164 form.
PHONES = [
    ("0555 123 456", "+996555123456"),
    ("555123456", "+996555123456"),
    ("+996 555 12 34 56", "+996555123456"),
    ("996555123456", "+996555123456"),
    ("00996555123456", "+996555123456"),
    ("(0555) 12-34-56", "+996555123456"),
    ("0555–123–456", "+996555123456"),
    ("0555.123.456", "+996555123456"),
    ("\u202a+996 555 123 456\u202c", "+996555123456"),
    ("٠٥٥٥١٢٣٤٥٦", "+996555123456"),
    ("０５５５１２３４５６", "+996555123456"),
    ("+7 701 234 56 78", "+77012345678"),
    ("+49 30 901820", "+4930901820"),
    ("0312 123456", "+996312123456"),
    ("55512345", None),
    ("5551234567", None),
    ("8 555 123456", None),
    ("+99655512345", None),
    ("+996555123456;DROP", None),
    ("0555-12-34-56 доб 2", None),
    ("0555123456 ext. 2", None),
    ("0555123456,,2", None),
    ("0555123456#2", None),
    ("0" * 300, None),
    ("abc", None),
    ("+", None),
    ("112", None),
    ("tel:+996555123456", None),
    ("<b>0555123456</b>", None),
]

# Pairs of what is typed and what is stored.
EMAILS = [
    ("a@example.org", "a@example.org"),
    ("  A.Surname@Example.ORG ", "a.surname@example.org"),
    ("a@example.org.", "a@example.org"),
    ("a+tag@gmail.com", "a+tag@gmail.com"),
    ("o'neil@example.org", "o'neil@example.org"),
    ("a@xn--e1afmkfd.xn--p1ai", "a@xn--e1afmkfd.xn--p1ai"),
    ("a\u200b@example.org", "a@example.org"),
    (
        "a" * 50 + "@" + ".".join(["b" * 60] * 3) + ".example.org",
        "a" * 50 + "@" + ".".join(["b" * 60] * 3) + ".example.org",
    ),
    ('"a\\"b"@b.kg', None),
    ('"a b"@b.kg', None),
    ("a@b", None),
    ("a@[127.0.0.1]", None),
    ("a@[IPv6:::1]", None),
    ("өмүр@мисал.kg", None),
    ("a@b.kg\r\nBcc: c@d.kg", None),
    ("a@b.kg\x0bBcc: c@d.kg", None),
    ("a@b.kg,c@d.kg", None),
    ("a@b.kg; c@d.kg", None),
    ("Name <a@b.kg>", None),
    ("a@b@c.kg", None),
    ("@b.kg", None),
    ("a@.kg", None),
    ("a" * 250 + "@b.kg", None),
    ("<script>@b.kg", None),
]

# Parts of addresses that no page may answer with 5xx.
PATH_PARTS = [
    "%00",
    "%ff",
    "%ED%A0%80",
    "ab%00cd",
    "..%2f..%2fetc%2fpasswd",
    "'%20OR%201=1--",
    "%0d%0aSet-Cookie:%20a=b",
    "%F0%9F%98%80",
    "a" * 2000,
    "-1",
    "99999999999999999999",
]
