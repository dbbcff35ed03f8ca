"""Every kind of letter, in both languages, before SpamAssassin without its network tests."""

import os
import re
import subprocess

import pytest
from django.utils import timezone

from consultations import emails
from consultations.models import Message, Notice
from tests.factories import in_days, make_city_session, make_document, make_registration
from tests.programs import needed

pytestmark = pytest.mark.django_db

HIGHEST = 1.0  # five is spam


@pytest.fixture
def spamassassin():
    return needed("spamassassin", "spamassassin")


def test_no_letter_looks_like_spam(spamassassin, settings, tmp_path):
    settings.SITE_URL = "https://talkuu.ministry.kg"
    settings.DEFAULT_FROM_EMAIL = "Коомдук талкуулар <talkuu@ministry.kg>"
    city_session = make_city_session(
        date=in_days(30), city_ky="Балыкчы", city_ru="Балыкчы", venue_ky="Борбордук зал", venue_ru="Центральный зал"
    )
    make_document(city_session.consultation)
    letters = []
    for language in ("ky", "ru"):
        registration = make_registration(city_session, email="aigul@mail.kg", language=language)
        notice = Notice.objects.create(
            city_session=city_session,
            kind=Notice.Kind.CHANGED,
            changes=["venue_ky", "venue_ru", "date"],
            words_ky="Кирүү короо жактан.",
            words_ru="Вход со двора.",
            answer_by=timezone.now(),
            created_by="organiser",
        )
        for kind in Message.Kind:
            message = Message(registration=registration, kind=kind, channel="email", language=language, notice=notice)
            letters.append((kind, language, emails.letter(message).message().as_bytes()))
    mailbox = tmp_path / "letters.mbox"
    mailbox.write_bytes(b"".join(b"From site Mon Jan  1 00:00:00 2024\n" + raw + b"\n\n" for *_, raw in letters))
    home = tmp_path / "home"
    home.mkdir()
    run = subprocess.run(
        [spamassassin, "--local", "--mbox", f"--prefspath={home}/prefs"],
        input=mailbox.read_bytes().decode(),
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C"},
        timeout=180,
        check=True,
        errors="replace",
    )
    scores = re.findall(r"X-Spam-Status: \w+, score=(-?[\d.]+) .*?tests=(\S*(?:\n\s+\S+)*?)\s+autolearn", run.stdout)
    assert len(scores) == len(letters)
    too_high = [
        (kind, language, score, tests)
        for (kind, language, _raw), (score, tests) in zip(letters, scores, strict=True)
        if float(score) >= HIGHEST
    ]
    assert too_high == []
