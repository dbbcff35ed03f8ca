"""Child rows fetched inside the parent's own query, so that a public page costs the same however much it shows."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject


def embedded_rows(model, *, parent="consultation", **conditions):
    """An annotation: all rows of `model` below the outer row, whole, in the model's own order."""
    columns = {field.attname: field.attname for field in model._meta.concrete_fields}
    rows = model.objects.filter(**{parent: OuterRef("pk")}, **conditions)
    return ArraySubquery(rows.values(row=JSONObject(**columns)))


def instances(model, rows):
    """The model instances that `embedded_rows` carried as JSON."""
    return [instance(model, row) for row in rows or []]


def instance(model, row):
    """The model instance of a whole row that came as JSON."""
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    return model.from_db("default", names, [field.to_python(row[field.attname]) for field in fields])
