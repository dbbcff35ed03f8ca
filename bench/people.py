"""Many people at once, by the table's own means: what is measured is not how they came in."""

from django.db import connection

FIRST = 10_000_000

# As SQL, of the running `number`. The ticket numbers have no check digit; `with_tickets` gives some that have.
COLUMNS = {
    "code": "lpad(number::text, 22, 'c')",
    "join_code": "lpad(number::text, 22, 'j')",
    "pass_number": "lpad(number::text, 8, '0')",
    "status": "'confirmed'",
    "full_name": "(ARRAY['Өмүралиева', 'Турдубеков', 'Ңурманбетова', 'Асанов'])[1 + number % 4] || ' Айгүл ' || number",
    "phone": "'+996' || 500000000 + number",
    "email": "'person-' || number || '@example.org'",
    "organisation": "'«Мисал» коомдук фонду'",
    "organisation_type": "'ngo'",
    "position": "'долбоорлордун координатору'",
    "home_place": "'Ош'",
    "gender": "'female'",
    "age_group": "'25-34'",
    "language": "'ky'",
    "created_at": "now()",
}


def add_people(how_many, **columns):
    """So many confirmed registrations more. `columns` say the session and the mode, as SQL of `number`."""
    from consultations.models import Registration

    names, values = filled(Registration, COLUMNS | columns)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM consultations_registration WHERE code LIKE 'cccc%'")
        first = FIRST + cursor.fetchone()[0]
        cursor.execute("ALTER TABLE consultations_registration DISABLE TRIGGER USER")
        # Now and then somebody who registered has drawn one of these ticket numbers.
        cursor.execute(
            f"INSERT INTO consultations_registration ({names}) SELECT {values} "
            f"FROM generate_series({first}, {first + how_many - 1}) AS number ON CONFLICT DO NOTHING"
        )
        cursor.execute("ALTER TABLE consultations_registration ENABLE TRIGGER USER")
        cursor.execute("ANALYZE consultations_registration")


def somebody_registered():
    """A thousand people in the first session, where nobody has registered in what was measured before."""
    from consultations.models import CitySession, Registration

    if not Registration.objects.exists():
        add_people(1_000, city_session_id=str(CitySession.objects.in_order().first().pk), mode="'hall'")


def with_tickets(how_many):
    """So many of those who registered first, with ticket numbers as people have them."""
    from consultations.models import Registration
    from consultations.models.credentials import is_pass_number, new_pass_number

    people = list(Registration.objects.order_by("pk")[:how_many])
    for person in people:
        if not is_pass_number(person.pass_number):
            person.pass_number = new_pass_number()
            person.save(update_fields=["pass_number"])
    return people


def filled(model, values):
    """The names of a model's columns and their values, as SQL; those not given are as the model begins them."""
    columns = {}
    for field in model._meta.concrete_fields:
        if field.attname in values:
            columns[field.attname] = values[field.attname]
        elif not (field.generated or field.primary_key or field.null):
            columns[field.attname] = quoted(field.get_default())
    return ", ".join(columns), ", ".join(columns.values())


def quoted(value):
    return f"'{value}'" if isinstance(value, str) else str(value)
