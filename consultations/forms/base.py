"""What all forms of the site share: how they are laid out, and the summary of their errors."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, LayoutObject
from django import forms
from django.forms.utils import ErrorDict
from django.template.loader import render_to_string


class PageForm(forms.Form):
    """A form of a page. Crispy arranges its fields; the template owns `<form>`, the CSRF token and the buttons."""

    def __init__(self, *args, **options):
        super().__init__(*args, **{"label_suffix": ""} | options)
        self.fields |= self.further_fields()
        arrangement = self.arrangement()
        self.helper = helper_for(*arrangement)
        self.order_fields([name for part in arrangement for name in getattr(part, "fields", [part])])

    def further_fields(self):
        """Fields that follow from rows, by name."""
        return {}

    def arrangement(self):
        """What crispy lays out, from top to bottom."""
        return list(self.fields)

    def without_errors(self):
        """The form as it was typed, not judged yet: a person was added to it, or it was carried to another page."""
        self._errors = ErrorDict(renderer=self.renderer)
        self.cleaned_data = {}
        return self

    def summary(self):
        """Lines of the error summary: the id of the input to go to (empty for the form as a whole), and the message."""
        lines = [("", message) for message in self.non_field_errors()]
        for name in self.fields:
            lines += [(first_input(self[name]), message) for message in self.errors.get(name, [])]
        return lines


def helper_for(*arrangement):
    """A crispy helper that leaves `<form>`, token and summary to the template."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.form_show_errors = False  # no summary inside; our field templates show a field's own errors themselves
    helper.layout = Layout(*arrangement)
    return helper


def first_input(bound_field):
    """The id that a link to this field leads to: for radios and ticks, the first of them."""
    return bound_field.id_for_label or f"{bound_field.auto_id}_0"


class Section(LayoutObject):
    """Fields that belong together, under a legend and, where it helps, a hint."""

    template = "bootstrap5/layout/section.html"

    def __init__(self, legend, *fields, hint=""):
        self.legend = legend
        self.fields = list(fields)
        self.hint = hint

    def render(self, form, context, **options):
        fields = self.get_rendered_fields(form, context, **options)
        return render_to_string(self.template, {"section": self.described(form), "fields": fields})

    def described(self, form):
        return {"legend": self.legend, "hint": self.hint}


class Folded(Section):
    """A section that is closed until opened: nobody has to scroll past what need not be answered.

    It stands open when something in it was typed or is wrong.
    """

    template = "bootstrap5/layout/folded.html"

    def described(self, form):
        bound = [form[name] for name in self.fields]
        is_open = any(field.errors or field.value() for field in bound)
        return super().described(form) | {"is_open": is_open}


class Asked(LayoutObject):
    """A question that an answer has raised: it stands right below that answer, and only where `form.<raised>`."""

    template = "bootstrap5/layout/asked.html"

    def __init__(self, *fields, raised):
        self.fields = list(fields)
        self.raised = raised

    def render(self, form, context, **options):
        if not getattr(form, self.raised):
            return ""
        return render_to_string(self.template, {"fields": self.get_rendered_fields(form, context, **options)})
