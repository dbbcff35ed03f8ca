"""The words in which pages, lists, actions and numbers say which registrations they mean."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, Subquery, Value, When
from django.utils import timezone

from .credentials import clean_pass_number
from .need import Need

LONGEST_SEARCH = 150
HOME_COUNTRY = ("00996", "996", "0")  # how a number of ours may begin that is stored as +996…


class RegistrationQuerySet(models.QuerySet):
    def live(self):
        return self.exclude(status=self.model.Status.CANCELLED)

    def confirmed(self):
        return self.filter(status=self.model.Status.CONFIRMED)

    def identified(self):
        """Those of whom is still known who they are; of the others only numbers stay."""
        return self.filter(anonymised_at=None)

    def outside_the_count(self):
        """Walk-ins and rows from paper: capacity limits promises made in advance, never the record of who came."""
        return self.filter(source__in=self.model.SOURCES_OUTSIDE_THE_COUNT)

    def inside_the_count(self):
        return self.exclude(source__in=self.model.SOURCES_OUTSIDE_THE_COUNT)

    def walk_ins(self):
        """Who came without having registered; at the door, or read later from signed paper."""
        return self.live().outside_the_count().exclude(checked_in_at=None, joined_online_at=None)

    def came_to_the_hall(self):
        return self.filter(checked_in_at__isnull=False)

    def joined_online(self):
        return self.filter(joined_online_at__isnull=False)

    def expected_or_there(self):
        """Confirmed, or seen in the hall or online whatever their status says."""
        return self.exclude(~Q(status=self.model.Status.CONFIRMED), checked_in_at=None, joined_online_at=None)

    def missing(self):
        """Who had a place and was neither in the hall nor online."""
        return self.confirmed().inside_the_count().filter(checked_in_at=None, joined_online_at=None)

    def holding_hall_seats(self):
        """The seats registration has promised. The trigger `registration_hall_capacity` states the same."""
        return (
            self.confirmed().filter(mode=self.model.Mode.HALL).exclude(source__in=self.model.SOURCES_OUTSIDE_THE_COUNT)
        )

    def holding_online_places(self):
        return (
            self.confirmed()
            .filter(mode=self.model.Mode.ONLINE)
            .exclude(source__in=self.model.SOURCES_OUTSIDE_THE_COUNT)
        )

    def wanting_the_hall(self):
        """The queue for the hall, people who take part online meanwhile included. `consultations_hall_queue` of the
        database counts the same. Whose data is erased waits for nothing: they could not be told.
        """
        return self.identified().filter(hall_wanted_at__isnull=False)

    def wanting_online(self):
        return self.identified().filter(online_wanted_at__isnull=False)

    def in_queue_order(self):
        return self.order_by("hall_wanted_at", "pk")

    def with_queue_places(self):
        """Adds what `queue_place()` says, so that a list asks for all of them at once."""
        queue = self.model.objects.identified().filter(city_session=OuterRef("city_session")).order_by()
        for_hall = queue.filter(
            Q(hall_wanted_at__lt=OuterRef("hall_wanted_at"))
            | Q(hall_wanted_at=OuterRef("hall_wanted_at"), pk__lte=OuterRef("pk"))
        )
        for_online = queue.filter(
            Q(online_wanted_at__lt=OuterRef("online_wanted_at"))
            | Q(online_wanted_at=OuterRef("online_wanted_at"), pk__lte=OuterRef("pk"))
        )

        def counted(rows):
            return Subquery(rows.values("city_session").annotate(n=Count("pk")).values("n"))

        return self.annotate(
            known_queue_place=Case(
                When(hall_wanted_at__isnull=False, then=counted(for_hall)),
                When(online_wanted_at__isnull=False, then=counted(for_online)),
                default=None,
            )
        )

    def in_alphabetical_order(self):
        """Kyrgyz alphabetical order: ң after н, ө after о, ү after у (glossary §12)."""
        return self.order_by("sort_key", "pk")

    def on_the_sheet(self):
        """As the sign-in sheet has them: those of the hall first, each part in Kyrgyz alphabetical order (UX 60)."""
        return self.order_by("mode", "sort_key", "pk")

    def with_something_to_answer(self):
        """Who waits for an answer of the organisers: about a need, as long as it can still be met, or to a question."""
        with_question = self.model.objects.with_open_question().values("pk")
        today = timezone.localdate()
        ahead = Q(registration__city_session__date=None) | Q(registration__city_session__date__gte=today)
        with_need = Need.objects.filter(ahead, state=Need.State.ASKED).values("registration")
        return self.identified().live().filter(pk__in=with_question.union(with_need))

    def with_open_question(self):
        return self.exclude(question="").filter(question_reply="")

    def with_needs_or_question(self):
        return (
            self.identified().live().filter(Exists(Need.objects.filter(registration=OuterRef("pk"))) | ~Q(question=""))
        )

    def named_like(self, text):
        """Names that hold every word of `text`, folded as the table folds them: «омур» finds «Өмүр»."""
        found = self
        for word in text.split():
            found = found.filter(name_key__contains=Func(Value(word), function="consultations_name_key"))
        return found

    def found_by(self, text):
        """Whoever may be meant by a name, an e-mail, a phone in any notation, a ticket number, or the end of one of
        these two: «омур», «0555 12-34-56», «2741 0936», «3456». Nobody for nothing typed.
        """
        text = text.strip()[:LONGEST_SEARCH]
        if "@" in text:
            return self.filter(email__icontains=text)
        if any(character.isalpha() for character in text):
            return self.named_like(text)
        digits = clean_pass_number(text)
        if not digits:
            return self.none()
        return self.filter(Q(pass_number__endswith=digits) | Q(phone__contains=within_the_country(digits)))

    def written_to_at(self, address):
        """Everybody live with that e-mail of their own, folded like the table folds it, where there is still something
        to come to.
        """
        found = self.live().filter(email__iexact=address, city_session__consultation__is_published=True)
        coming = (
            Q(city_session__date=None)
            | Q(city_session__date__gte=timezone.localdate())
            | Q(city_session__state="postponed")
        )
        return found.exclude(email="").filter(coming)

    def reminded(self):
        """Whoever has a place, can get letters and wants them."""
        return self.confirmed().identified().filter(unsubscribed_at=None).exclude(email="")

    def of_person(self, *, full_name="", phone="", email=""):
        """Who may be meant by somebody who gives this name, phone or e-mail: one of them is enough.

        Of a name, one must hold all words of the other: a patronymic is given one time and left out the next.
        """
        meant = Q(pk=None)
        if phone:
            meant |= Q(phone=phone)
        if email:
            meant |= Q(email__iexact=email)
        if full_name:
            asked = words_of(Func(Value(full_name), function="consultations_name_key"))
            in_common = Q(name_words__overlap=asked)
            meant |= in_common & (Q(name_words__contains=asked) | Q(name_words__contained_by=asked))
        return self.annotate(name_words=words_of(F("name_key"))).filter(meant)


def within_the_country(digits):
    """The digits of a number without what may stand before them: 0555 12, 996 555 12 and 555 12 are the same start."""
    for prefix in HOME_COUNTRY:
        if digits.startswith(prefix) and len(digits) > len(prefix) + 1:
            return digits.removeprefix(prefix)
    return digits


def words_of(text):
    """The words of a folded name, as an array."""
    return Func(text, Value(" "), function="string_to_array", output_field=ArrayField(models.TextField()))
