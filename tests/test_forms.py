"""Text is cleaned once; fields accept what people write and refuse what no page, letter or table could carry."""

import pytest
import time_machine
from django.core.exceptions import BadRequest, ValidationError

from consultations.forms import cleaning, sending
from consultations.forms.cleaning import EmailField, LinesField, NameField, PhoneField, clean_lines, clean_text
from consultations.forms.registering import RegistrationForm
from tests import hostile
from tests.answers import answers, make_open_session, others, token_of_age
from tests.factories import make_registration


@pytest.mark.parametrize("text", hostile.KEPT_AS_TYPED)
def test_text_that_is_only_text_is_kept_as_typed(text):
    assert clean_text(text) == text


@pytest.mark.parametrize(("typed", "stored"), hostile.CLEANED)
def test_text_is_cleaned(typed, stored):
    assert clean_text(typed) == stored


@pytest.mark.parametrize("typed", [pair[0] for pair in hostile.CLEANED])
def test_cleaning_twice_changes_nothing(typed):
    assert clean_text(clean_text(typed)) == clean_text(typed)


def test_lines_stay_lines():
    assert clean_lines("\n бир \r\nэки\r\n\r\n\r\n\r\nүч\x0b4\r") == "бир\nэки\n\nүч 4"


@pytest.mark.parametrize("typed", hostile.NO_NAME)
def test_name_without_two_letters_is_asked_for(typed):
    with pytest.raises(ValidationError) as refused:
        NameField().clean(typed)
    assert refused.value.messages == ["Толук аты-жөнүңүздү жазыңыз"]


@pytest.mark.parametrize("name", hostile.KEPT_AS_TYPED)
def test_name_of_any_script_is_accepted(name):
    if cleaning.letters_in(name) >= 2:
        assert NameField().clean(name) == name


@pytest.mark.parametrize(("length", "accepted"), hostile.LENGTHS)
def test_name_has_up_to_150_characters(length, accepted):
    if accepted:
        assert NameField().clean("ң" * length) == "ң" * length
    else:
        with pytest.raises(ValidationError):
            NameField().clean("ң" * length)


def test_too_long_says_how_long():
    with pytest.raises(ValidationError) as refused:
        LinesField(max_length=2000).clean("ң" * 2001)
    assert refused.value.messages == ["Эң көп 2000 белги жазыңыз (азыр: 2001)"]


@pytest.mark.parametrize(("typed", "stored"), hostile.PHONES)
def test_phone_is_stored_in_one_form_or_refused(typed, stored):
    if stored:
        assert PhoneField().clean(typed) == stored
    else:
        with pytest.raises(ValidationError) as refused:
            PhoneField().clean(typed)
        assert refused.value.messages == ["Телефон номерин туура жазыңыз, мисалы: +996 700 123 456"]


@pytest.mark.parametrize(("typed", "stored"), hostile.EMAILS)
def test_email_is_stored_in_one_form_or_refused(typed, stored):
    if stored:
        assert EmailField().clean(typed) == stored
    else:
        with pytest.raises(ValidationError):
            EmailField().clean(typed)


def test_missing_phone_and_email_are_empty_text():
    assert (PhoneField(required=False).clean(None), EmailField(required=False).clean(" ")) == ("", "")


@pytest.mark.parametrize(
    ("age", "is_good", "is_kept"),
    [
        (0, False, True),
        (1, False, True),
        (3, True, True),
        (3 * 3600, True, True),
        (23 * 3600, True, True),
        (3 * 24 * 3600, False, False),
        (-3600, False, False),
    ],
)
def test_form_token_is_good_for_a_day_after_two_seconds(age, is_good, is_kept):
    text = token_of_age(age)
    token = sending.read_token(text)
    assert (token.is_good, token.shown_again == text) == (is_good, is_kept)


@pytest.mark.parametrize(
    "text", ["", "forged", "a:b:c", "\x00", pytest.param(token_of_age(10)[:-1] + "!", id="changed")]
)
def test_forged_form_token_is_replaced(text):
    token = sending.read_token(text)
    assert (token.key, token.is_good, token.shown_again != text) == ("", False, True)


def test_form_token_of_absurd_size_is_a_bad_request():
    with pytest.raises(BadRequest):
        sending.read_token("a" * 10_000)


def test_form_token_ages_into_a_good_one():
    with time_machine.travel("2026-06-01 10:00:00+06:00", tick=False) as clock:
        text = sending.new_token()
        assert not sending.read_token(text).is_good
        clock.shift(3)
        assert sending.read_token(text).is_good


class Posted(dict):
    """A dictionary that answers like the QueryDict of a request."""

    def getlist(self, name):
        value = self.get(name, [])
        return value if isinstance(value, list) else [value]


def form_for(city_session, **changed):
    return RegistrationForm(
        Posted(answers(city_session, **changed)),
        city_session=city_session,
        consent_text=city_session.consultation.current_consent,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["full_name", "phone", "mode", "consent_text"])
def test_form_requires_name_contact_mode_and_consent_alone(missing):
    form = form_for(make_open_session(), **{missing: ""})
    assert (form.is_valid(), list(form.errors)) == (False, [missing])


@pytest.mark.django_db
def test_form_gives_people_as_actions_take_them():
    form = form_for(make_open_session(), needs=["step-free"], needs_text="Жетелөөчү", question="Бир\r\nэки")
    assert form.is_valid(), form.errors
    assert form.people() == [
        {
            "full_name": "Турдубеков Нурсултан",
            "phone": "+996555123456",
            "email": "",
            "organisation": "",
            "organisation_type": "",
            "position": "",
            "home_place": "",
            "gender": "",
            "age_group": "",
            "question": "Бир\nэки",
            "listed_publicly": False,
            "photo_consent": False,
            "needs": [{"kind": "step-free", "text": ""}, {"kind": "other", "text": "Жетелөөчү"}],
            "answers": [],
        }
    ]


@pytest.mark.django_db
def test_form_with_an_older_consent_text_asks_to_read_the_new_one():
    city_session = make_open_session()
    form = form_for(city_session, consent_text=str(city_session.consultation.current_consent.pk - 1))
    form.is_valid()
    assert form.errors.as_data()["consent_text"][0].code == "changed"


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["online", "online-meanwhile"])
def test_online_without_an_email_is_asked_about_where_zoom_will_ask(mode):
    city_session = make_open_session(zoom_register_url="https://zoom.us/register/a", hall_capacity=0)
    city_session.hall_held, city_session.online_held, city_session.hall_queue = 0, None, 0
    asked, goes_on = form_for(city_session, mode=mode), form_for(city_session, mode=mode, without_email="on")
    assert (asked.is_valid(), list(asked.errors), asked.asks_about_zoom) == (False, ["email"], True)
    assert goes_on.is_valid()


@pytest.mark.django_db
def test_online_without_an_email_is_simple_where_the_private_link_is_known():
    city_session = make_open_session(
        zoom_register_url="https://zoom.us/register/a", zoom_join_url="https://zoom.us/j/1"
    )
    assert form_for(city_session, mode="online").is_valid()


@pytest.mark.django_db
def test_others_need_only_a_name_and_the_contacts_word():
    city_session = make_open_session()
    with_word = form_for(city_session, **others("Асанова Айгүл", "Бакиров Бакыт"))
    without = form_for(city_session, **others("Асанова Айгүл", agreed=False))
    assert with_word.is_valid(), with_word.errors
    assert [person["full_name"] for person in with_word.people()] == [
        "Турдубеков Нурсултан",
        "Асанова Айгүл",
        "Бакиров Бакыт",
    ]
    assert (without.is_valid(), list(without.errors)) == (False, ["agreed_for_others"])


@pytest.mark.django_db
def test_others_left_empty_or_removed_are_not_registered():
    form = form_for(make_open_session(), **others("", "Бакиров Бакыт", agreed=False), **{"person-2-remove": "on"})
    assert form.is_valid(), form.errors
    assert len(form.people()) == 1


@pytest.mark.django_db
def test_form_takes_twenty_people_at_most():
    form = form_for(make_open_session(), **others(*[f"Адам Номер{n}" for n in range(40)]))
    assert form.is_valid()
    assert (len(form.people()), form.others.may_add) == (20, False)


@pytest.mark.django_db
@pytest.mark.parametrize("numbers", [["\x00"], ["-1"], ["٣"], ["9999999"], ["1", "1", "1"], ["a" * 5000]])
def test_hostile_numbers_of_people_are_passed_over(numbers):
    form = form_for(make_open_session(), person=numbers)
    assert form.is_valid()
    assert len(form.people()) == 1


@pytest.mark.django_db
def test_summary_lists_errors_in_the_order_of_the_page():
    form = form_for(
        make_open_session(),
        mode="",
        full_name="",
        phone="1",
        consent_text="",
        person=["1"],
        **{"person-1-phone": "1"},
    )
    form.is_valid()
    assert [target for target, _message in form.summary()] == [
        "id_mode_0",
        "id_full_name",
        "id_phone",
        "id_person-1-full_name",
        "id_person-1-phone",
        "id_consent_text",
        "id_agreed_for_others",
    ]


@pytest.mark.django_db
def test_every_field_of_the_form_is_a_field_of_the_model_or_of_the_form_alone():
    registration = make_registration()
    city_session = make_open_session()
    of_the_form_alone = {
        "needs_text",  # becomes a Need of kind "other"
        "placing",
        "without_email",
        "agreed_for_others",
        "form_token",
        "leave_empty",
    }
    fields = set(form_for(city_session).fields)
    assert {name for name in fields if not hasattr(registration, name)} == of_the_form_alone
