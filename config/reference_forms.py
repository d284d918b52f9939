"""Choosing a row of another database: form field, widget, list filter, and the search behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminAutocompleteWidget

from config.fields import ReferenceField
from config.references import (
    Reference,
    State,
    attach,
    attached,
    resolve,
    target_of,
)
from config.routers import alias_of

CHOICE_LENGTH: Final = 32  # longer ones would widen the form beyond a narrow screen


def search_url_name(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}_references"


class ReferenceSearchView(AutocompleteJsonView):
    """The rows of one model that match a term, for a form about another database."""

    model_admin: admin.ModelAdmin[Any] = None  # type: ignore[assignment]  # given to as_view()

    def process_request(self, request: HttpRequest) -> tuple[str, Any, Any, str]:
        return request.GET.get("term", ""), self.model_admin, None, "pk"

    def get_queryset(self) -> QuerySet[Any]:
        found, _duplicates = self.model_admin.get_search_results(
            self.request, self.model_admin.get_queryset(self.request), self.term
        )
        return found


class ReferenceWidget(UnfoldAdminAutocompleteWidget):  # type: ignore[misc]
    """Searches while one types; knows the name of the chosen row without a query of its own."""

    def __init__(self, target: type[Model], known: Reference | None = None) -> None:
        self.target = target
        self.known = known
        super().__init__()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        self.choices = [("", ""), *self._chosen(value)]
        url = reverse(f"admin:{search_url_name(self.target)}")
        context: dict[str, Any] = super().get_context(
            name, value, {**(attrs or {}), "data-ajax--url": url}
        )
        return context

    def _chosen(self, value: Any) -> list[tuple[int, str]]:
        if value in (None, "") or not str(value).isdecimal():
            return []
        chosen = self.known
        if chosen is None or chosen.id != int(value):
            chosen = _resolve_one(int(value), self.target)
        return [(chosen.id, Truncator(str(chosen)).chars(CHOICE_LENGTH))]


class ReferenceChoiceField(forms.IntegerField):
    """The id of a row of `target`. What stood there before stays valid, found or not."""

    def __init__(self, *, target: type[Model], **kwargs: Any) -> None:
        self.target = target
        super().__init__(widget=ReferenceWidget(target), **kwargs)

    @property
    def known(self) -> Reference | None:
        known: Reference | None = self.widget.known
        return known

    def clean(self, value: Any) -> int | None:
        id_: int | None = super().clean(value)
        if id_ is None or (self.known and self.known.id == id_):
            return id_
        chosen = _resolve_one(id_, self.target)
        if chosen.state is State.MISSING:
            raise forms.ValidationError(
                _("There is no %(name)s #%(id)d; choose another."),
                params={"name": self.target._meta.verbose_name, "id": id_},
            )
        if chosen.state is State.UNREACHABLE:
            raise forms.ValidationError(
                _("The database %(alias)s is down, so this cannot be checked; try again later."),
                params={"alias": chosen.alias},
            )
        return id_


class ReferenceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose reference fields know the names of what they hold."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = {n: f for n, f in self.fields.items() if isinstance(f, ReferenceChoiceField)}
        if not fields or not self.instance.pk:
            return
        if attached(self.instance) is None:
            attach([self.instance], {name: field.target for name, field in fields.items()})
        known = attached(self.instance) or {}
        for name, field in fields.items():
            field.widget.known = known.get(name)


class ReferenceFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """The rows of an inline, their references resolved together before a form asks for its own."""

    @cached_property
    def _rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset()
        attach(rows)
        return rows

    def get_queryset(self) -> QuerySet[Any]:
        return self._rows


class ReferenceFilter(admin.FieldListFilter):
    """Filters a list by a row of another database, which is searched for by name."""

    template = "unfold/filters/filters_field.html"

    def __init__(
        self, field: ReferenceField, request: HttpRequest, params: Any, *args: Any, **kwargs: Any
    ) -> None:
        self.target = target_of(field)
        self.parameter = kwargs["field_path"]
        super().__init__(field, request, params, *args, **kwargs)
        values = self.used_parameters.get(self.parameter)
        self.value = (values[-1] if isinstance(values, list) else values) or ""

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter]

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value:
            return queryset
        if not str(self.value).isdecimal():
            raise IncorrectLookupParameters(self.parameter)
        return queryset.filter(**{self.parameter: self.value})

    def choices(self, changelist: Any) -> Iterator[Any]:
        form = forms.Form({self.parameter: self.value})
        form.fields[self.parameter] = ReferenceChoiceField(
            target=self.target,
            required=False,
            label=_(" By %(filter_title)s ") % {"filter_title": self.title},
        )
        yield {"form": form}


def reference_formfield(field: ReferenceField) -> ReferenceChoiceField:
    return ReferenceChoiceField(
        target=target_of(field),
        required=not field.blank,
        label=capfirst(field.verbose_name),
        help_text=field.help_text,
    )


def _resolve_one(id_: int, target: type[Model]) -> Reference:
    return resolve({id_}, target=target, using=alias_of(target._meta.app_label))[id_]
