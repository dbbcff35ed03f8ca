from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email


class Command(BaseCommand):
    help = "Send one letter to ADDRESS, past the queue, and say what the mail server answered."

    def add_arguments(self, parser):
        parser.add_argument("address")

    def handle(self, *, address, **options):
        try:
            validate_email(address)
        except ValidationError as error:
            raise CommandError(f"{address} is no e-mail address.") from error
        letter = EmailMessage(
            subject="Test letter / Тестовое письмо / Сыноо каты",
            body="If you read this, the site can send letters.\n"
            "Если вы это читаете, сайт умеет отправлять письма.\n"
            "Муну окуп жатсаңыз, сайт кат жөнөтө алат.\n",
            to=[address],
            headers={"Auto-Submitted": "auto-generated"},
        )
        where = getattr(settings, "EMAIL_FILE_PATH", "") or f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        try:
            letter.send()
        except OSError as error:
            raise CommandError(f"{where} did not take it: {type(error).__name__}: {error}") from error
        self.stdout.write(f"{where} took the letter for {address}. Look whether it arrives, and not among spam.")
