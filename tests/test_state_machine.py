"""Any sequence of what people and organisers do keeps the promises (P 14): hypothesis looks for one that does not.

In CI some 300 sequences, elsewhere a few; never longer than `LONGEST` seconds. A failing one is printed as a program.
"""

import datetime
import os
import time
from collections import Counter

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from procrastinate.contrib.django.models import ProcrastinateJob

from consultations import actions
from consultations.actions import changing, places
from consultations.actions.telling import NOBODYS_LETTER
from consultations.models import CitySession, Message, Registration
from consultations.models.registration_queries import RegistrationQuerySet
from tests.factories import make_city_session, make_consent_text, make_consultation

SEQUENCES = 300 if os.environ.get("CI") else 30
LONGEST = 60  # seconds
AT_A_TIME = 10

# Few people, so that they meet themselves; two of one phone, one in two spellings, one without phone.
PEOPLE = [
    {"full_name": "Асанов Асан", "phone": "+996555000001"},
    {"full_name": "асан АСАНОВ", "phone": "+996555000001", "email": "asan@example.org"},
    {"full_name": "Асанова Айгүл", "phone": "+996555000001"},
    {"full_name": "Өмүров Бакыт", "phone": "+996555000002", "email": "bakyt@example.org"},
    {"full_name": "Үсөнова Гүлнара", "phone": "", "email": "gulnara@example.org"},
    {"full_name": "Токтогулов Эркин", "phone": "+996555000003"},
    {"full_name": "Сыдыкова Жылдыз", "phone": "+996555000004"},
]
people = st.sampled_from(PEOPLE)
somebody = st.integers(min_value=0, max_value=19)  # of the registrations there are, counted round
city = st.integers(min_value=0, max_value=1)
mode = st.sampled_from(Registration.Mode.values)
placing = st.sampled_from([None, "queue", "online", "online-meanwhile"])
limit = st.one_of(st.integers(min_value=0, max_value=4), st.none())

COLUMNS = (
    "city_session_id mode status source hall_wanted_at online_wanted_at name_key phone email group_id version "
    "checked_in_at cancelled_at"
).split()
REFUSALS = {
    "hall-full",
    "online-full",
    "too-few",
    "known",
    "same-name",
    "no-contact",
    "contact-cancelled",
    "closed",
    "cancelled",
    "came",
    "below-confirmed",
}


class State:
    """All that the promises speak of, read at once."""

    def __init__(self):
        rows = Registration.objects.values("pk", *COLUMNS)
        self.people = {row["pk"]: row for row in rows}
        self.cities = {city_session.pk: city_session for city_session in CitySession.objects.all()}
        promoted = Message.objects.filter(kind=Message.Kind.PROMOTED).values_list("registration", flat=True)
        self.promotions = Counter(promoted)

    def holding(self, pk, mode):
        """Who has a place that counts."""
        return [
            who
            for who, row in self.people.items()
            if (row["city_session_id"], row["mode"], row["status"]) == (pk, mode, "confirmed")
            and row["source"] not in {"desk", "paper"}
        ]

    def limit(self, pk, mode):
        city_session = self.cities[pk]
        if mode == "online":
            return city_session.online_capacity
        if city_session.hall_capacity is None:
            return None
        return max(0, city_session.hall_capacity - city_session.hall_reserved)

    def queue(self, pk, mode):
        """Who waits, in the order of their turns."""
        turns = [
            (row[f"{mode}_wanted_at"], who)
            for who, row in self.people.items()
            if row["city_session_id"] == pk and row[f"{mode}_wanted_at"]
        ]
        return [who for _turn, who in sorted(turns)]


class Promises(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.forms = 0

    @initialize(
        halls=st.lists(st.integers(1, 3), min_size=2, max_size=2),
        online=st.lists(st.one_of(st.integers(1, 2), st.none()), min_size=2, max_size=2),
    )
    def begin(self, halls, online):
        """Two cities, in each some people who have seats and some who wait; in the second it is the evening before."""
        consultation = make_consultation()
        self.consent = make_consent_text(consultation)
        self.cities = [
            make_city_session(consultation, hall_capacity=hall, online_capacity=places)
            for hall, places in zip(halls, online, strict=True)
        ]
        CitySession.objects.filter(pk=self.cities[1].pk).update(promotion_stops_at=timezone.now())
        Registration.objects.bulk_create(
            self.somebody_who_came_early(city, number) for city in self.cities for number in range(5)
        )
        self.state = State()

    def somebody_who_came_early(self, city, number):
        """The first of each city are in the hall as far as it goes, the next wait, the last is online and waits too."""
        fields = {"mode": "hall", "status": "confirmed"}
        if number == 4:
            fields["mode"] = "online"
        elif number >= city.hall_capacity:
            fields["status"] = "waiting"
        if number >= city.hall_capacity:
            fields["hall_wanted_at"] = timezone.now() - datetime.timedelta(hours=10 - number)
        return Registration(
            city_session=city,
            full_name=f"Эрте Келген {city.pk} {number}",
            phone=f"+99677700{city.pk % 1000:03}{number}",
            email=f"early-{number}@example.org" if number % 2 else "",
            language="ky",
            **fields,
        )

    def teardown(self):
        try:
            if hasattr(self, "state"):
                self.queues_are_told_as_they_are()
                self.letters_have_their_jobs()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    # What happens

    def do(self, act, *, actor=None, **details):
        """Do it or be refused, and hold everything against what was before."""
        before, done, refused = self.state, None, ""
        if actor is not None:
            details["registration"] = actor
        try:
            done = act(**details)
        except actions.RegistrationRefused as refusal:
            refused = refusal.code
        self.state = State()
        if refused:
            assert refused in REFUSALS
            assert self.state.people == before.people, "refused, and yet something changed"
            return None
        self.keep_promises(before, self.state, actor.pk if actor is not None else None, act)
        return done

    def one(self, number):
        """One of the registrations, as a page has it that was opened just now."""
        pks = sorted(self.state.people)
        return Registration.objects.get(pk=pks[number % len(pks)])

    def form(self, city, people, **options):
        self.forms += 1
        return {
            "city_session": self.cities[city],
            "people": [dict(person) for person in people],
            "submission_key": f"form-{self.forms}",
            "language": "ky",
            "consent_text": self.consent,
        } | options

    @rule(city=city, person=people, mode=mode, placing=placing)
    def register(self, city, person, mode, placing):
        self.do(actions.register, **self.form(city, [person], mode=mode, placing=placing))

    @rule(city=city, group=st.lists(people, min_size=2, max_size=4), mode=mode, placing=placing)
    def register_group(self, city, group, mode, placing):
        self.do(actions.register, **self.form(city, group, mode=mode, placing=placing))

    @rule(city=city, person=people)
    def register_by_double_click(self, city, person):
        form = self.form(city, [person], mode="hall")
        first = self.do(actions.register, **form)
        if first:
            there = self.state.people
            again = self.do(actions.register, **form)
            assert (again.repeated, again.registrations) == (True, first.registrations)
            assert self.state.people == there

    @rule(number=somebody, person=people, mode=mode, placing=placing)
    def register_one_more(self, number, person, mode, placing):
        self.forms += 1
        self.do(
            actions.add_to_group,
            contact=self.one(number),
            people=[dict(person)],
            submission_key=f"form-{self.forms}",
            mode=mode,
            placing=placing,
            consent_text=self.consent,
        )

    @rule(city=city, person=people, source=st.sampled_from(["desk", "paper"]))
    def walk_in(self, city, person, source):
        self.do(actions.register, **self.form(city, [person], mode="hall", source=source))

    @rule(number=somebody, by=st.sampled_from(Registration.CancelledBy.values))
    def cancel(self, number, by):
        self.do(actions.cancel, actor=self.one(number), by=by)

    @rule(number=somebody)
    def come_back(self, number):
        self.do(actions.come_back, actor=self.one(number))

    @rule(number=somebody, mode=mode)
    def switch(self, number, mode):
        self.do(actions.switch, actor=self.one(number), mode=mode)

    @rule(number=somebody)
    def take_part_online_meanwhile(self, number):
        self.do(actions.take_part_online_meanwhile, actor=self.one(number))

    @rule(number=somebody)
    def leave_queue(self, number):
        self.do(actions.leave_queue, actor=self.one(number))

    @rule(number=somebody, city=city, if_full=st.sampled_from(["refuse", "queue"]))
    def move(self, number, city, if_full):
        self.do(actions.move, actor=self.one(number), city_session=self.cities[city], if_full=if_full)

    @rule(number=somebody, person=people)
    def change(self, number, person):
        self.do(actions.change, actor=self.one(number), **person)

    @rule(number=somebody, person=people)
    def replace_person(self, number, person):
        self.do(actions.replace_person, actor=self.one(number), language="ru", consent_text=self.consent, **person)

    @rule(number=somebody)
    def promote(self, number):
        self.do(actions.promote, actor=self.one(number))

    @rule(number=somebody)
    def check_in(self, number):
        self.do(actions.check_in, actor=self.one(number), by="desk")

    @rule(number=somebody)
    def undo_check_in(self, number):
        self.do(actions.undo_check_in, actor=self.one(number))

    @rule(city=city, hall=limit, online=limit, reserved=st.integers(0, 2), confirmed=st.booleans())
    def resize(self, city, hall, online, reserved, confirmed):
        limits = {"hall_capacity": hall, "online_capacity": online, "hall_reserved": reserved}
        self.do(actions.change_places, city_session=self.cities[city], confirmed=confirmed, **limits)

    @rule(city=city, running=st.booleans())
    def stop_or_resume_promotion(self, city, running):
        stops_at = None if running else timezone.now()
        self.edit(city, promotion_stops_at=stops_at)

    @rule(city=city, state=st.sampled_from(["planned", "planned", "postponed"]))
    def postpone_or_resume(self, city, state):
        self.edit(city, state=state)

    def edit(self, city, **fields):
        """What an organiser saves in the admin, and what the admin does after it."""
        CitySession.objects.filter(pk=self.cities[city].pk).update(**fields)
        self.do(actions.settle, city_session=self.cities[city])

    # What holds

    def keep_promises(self, before, after, actor, act):
        for pk in after.cities:
            for mode in ["hall", "online"]:
                self.nobody_too_many(before, after, pk, mode)
                self.nobody_waits_beside_a_free_place(after, pk, mode)
                self.the_queue_is_kept(before, after, pk, mode, actor)
                if act is not actions.promote:
                    self.nobody_overtakes_the_queue(before, after, pk, mode)
        self.one_live_registration_each(after)
        self.everybody_else_is_changed_by_promotion_alone(before, after, actor)
        self.promotions_are_told_once(before, after, actor, act)

    def nobody_too_many(self, before, after, pk, mode):
        limit = after.limit(pk, mode)
        if limit is not None:
            assert len(after.holding(pk, mode)) <= max(limit, len(before.holding(pk, mode)))

    def nobody_waits_beside_a_free_place(self, after, pk, mode):
        city_session, limit = after.cities[pk], after.limit(pk, mode)
        runs = city_session.gives_out_freed_seats if mode == "hall" else city_session.is_standing
        if runs and after.queue(pk, mode):
            assert limit is not None
            assert len(after.holding(pk, mode)) >= limit

    def the_queue_is_kept(self, before, after, pk, mode, actor):
        were = [who for who in before.queue(pk, mode) if who != actor]
        are = [who for who in after.queue(pk, mode) if who != actor and who in were]
        let_in = were[: len(were) - len(are)]
        assert were == let_in + are
        for who in let_in:
            assert (after.people[who]["mode"], after.people[who]["status"]) == (mode, "confirmed")

    def nobody_overtakes_the_queue(self, before, after, pk, mode):
        """Whoever newly has a place had waited for it longest, or nobody waits."""
        still_waiting = set(before.queue(pk, mode)) & set(after.queue(pk, mode))
        if still_waiting and after.limit(pk, mode) is not None:
            newly = set(after.holding(pk, mode)) - set(before.holding(pk, mode))
            assert newly <= set(before.queue(pk, mode))

    def one_live_registration_each(self, after):
        live = [row for row in after.people.values() if row["status"] != "cancelled"]
        for contact in ["phone", "email"]:
            each = Counter(
                (row["city_session_id"], row["name_key"], str(row[contact]).lower()) for row in live if row[contact]
            )
            assert set(each.values()) <= {1}

    def everybody_else_is_changed_by_promotion_alone(self, before, after, actor):
        for who, row in before.people.items():
            now = after.people[who]
            changed = {name for name in COLUMNS if row[name] != now[name]}
            assert now["version"] >= row["version"]
            if changed & {"city_session_id", "mode", "status", "hall_wanted_at", "online_wanted_at", "name_key"}:
                assert now["version"] == row["version"] + 1
            if who != actor and changed:
                assert changed <= {"mode", "status", "hall_wanted_at", "online_wanted_at", "version"}
                assert now["status"] == "confirmed"
                assert row["hall_wanted_at"] or row["online_wanted_at"]

    def promotions_are_told_once(self, before, after, actor, act):
        promoted = Counter(
            who for who, row in before.people.items() if who != actor and row["version"] != after.people[who]["version"]
        )
        if act is actions.promote and before.people[actor]["version"] != after.people[actor]["version"]:
            promoted[actor] += 1
        told_before = before.promotions.copy()
        if act is actions.replace_person:
            del told_before[actor]  # nothing stays of the first person
        assert after.promotions == told_before + promoted

    def queues_are_told_as_they_are(self):
        expected = dict.fromkeys(self.state.people)
        for pk in self.state.cities:
            for mode in ["hall", "online"]:
                expected |= {who: place for place, who in enumerate(self.state.queue(pk, mode), start=1)}
        everybody = Registration.objects.all()
        assert {row.pk: row.queue_place() for row in everybody} == expected
        assert {row.pk: row.queue_place() for row in everybody.with_queue_places()} == expected

    def letters_have_their_jobs(self):
        jobs = [arguments["message_id"] for arguments in ProcrastinateJob.objects.values_list("args", flat=True)]
        jobs = [pk for pk in jobs if pk != NOBODYS_LETTER]  # of what is asked about people who are known or are not
        assert len(jobs) == len(set(jobs))
        assert set(Message.objects.letters().values_list("pk", flat=True)) <= set(jobs)


def run(*, sequences, **options):
    run_state_machine_as_test(
        Promises,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **options,
        ),
    )


@pytest.mark.django_db
def test_any_sequence_of_actions_keeps_the_promises():
    began = time.monotonic()
    for _ in range(0, SEQUENCES, AT_A_TIME):
        run(sequences=AT_A_TIME, print_blob=True)
        if time.monotonic() - began > LONGEST:
            break


def freed_places_are_forgotten(patch):
    for module in [changing, places]:
        patch.setattr(module, "give_out_freed_places", lambda city_session: [])


def the_last_is_let_in_first(patch):
    backwards = RegistrationQuerySet.in_queue_order
    patch.setattr(RegistrationQuerySet, "in_queue_order", lambda registrations: backwards(registrations).reverse())


def nobody_is_told(patch):
    patch.setattr(places, "tell", lambda registration, kind: None)


def the_version_stays(patch):
    patch.setattr(changing, "_save", lambda registration: registration.save() or registration)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sabotage",
    [
        freed_places_are_forgotten,
        the_last_is_let_in_first,
        nobody_is_told,
        the_version_stays,
    ],
)
def test_control_a_sequence_that_breaks_a_promise_is_found(sabotage, monkeypatch):
    sabotage(monkeypatch)
    with pytest.raises(AssertionError):
        run(sequences=200, phases=[Phase.generate], derandomize=True, database=None, report_multiple_bugs=False)
