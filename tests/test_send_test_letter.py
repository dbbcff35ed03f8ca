import socket

import pytest
from django.core import mail
from django.core.management import CommandError, call_command


def test_letter_goes_to_the_address_past_the_queue(capsys, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "mail.example.kg", 587
    settings.EMAIL_FILE_PATH = ""
    call_command("send_test_letter", "a@example.org")
    [letter] = mail.outbox
    assert letter.to == ["a@example.org"]
    assert "mail.example.kg:587 took the letter for a@example.org." in capsys.readouterr().out


def test_what_is_no_address_is_refused():
    with pytest.raises(CommandError, match="is no e-mail address"):
        call_command("send_test_letter", "nobody")
    assert mail.outbox == []


def test_mail_server_that_is_away_is_named(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_FILE_PATH = ""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = nobody.getsockname()
        with pytest.raises(CommandError, match=r"did not take it: ConnectionRefusedError"):
            call_command("send_test_letter", "a@example.org")
