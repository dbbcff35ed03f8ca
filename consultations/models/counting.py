"""Numbers beside rows, counted by the index alone."""

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce


def counted(rows, *, by="city_session"):
    """How many of `rows` belong to the row that this is annotated to, 0 where none; `by` names the way to it.

    Asked for each row apart, and of no column: joined and grouped, or of a primary key, PostgreSQL would read every
    registration that there is.
    """
    rows = rows.filter(**{by: OuterRef("pk")}).order_by().values(by)
    return Coalesce(Subquery(rows.annotate(n=Count("*")).values("n"), output_field=IntegerField()), 0)
