"""What the domains' pages share; and users, groups and background tasks in the same look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import ShowFacets
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Field, ForeignKey, JSONField, Model, QuerySet, TextField, URLField
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from procrastinate.contrib.django.admin import ProcrastinateEventInline, ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.views import ChangeList

from config.columns import LinkColumn, LongColumn
from config.fields import ReferenceField
from config.filters import SEARCH_LIMIT
from config.pagination import BoundedPaginator
from config.reference_forms import (
    ReferenceForm,
    ReferenceFormSet,
    ReferenceSearchView,
    reference_formfield,
    search_url_name,
)
from config.references import attach, attached, reference_fields

SHORT_TEXT = 200  # characters that a column of a list may have without being cut


class DomainChangeList(ChangeList):
    """A list that sorts by what is offered only, reads no long texts and resolves references."""

    def get_ordering_field(self, field_name: Any) -> Any:
        # Django takes any column from the address; without an index it would sort the whole table.
        if self.sortable_by is not None and field_name not in self.sortable_by:
            return None
        return super().get_ordering_field(field_name)

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request, *args, **kwargs)
        shown = {getattr(column, "__name__", column) for column in self.list_display}
        hidden = [name for name in _long_fields(self.model) if name not in shown]
        for related in self.list_select_related or ():
            target = self.model._meta.get_field(related).related_model
            hidden += [f"{related}__{name}" for name in _long_fields(target)]
        return queryset.defer(*hidden)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        # Unfold would call the rows that pages lead to "results" and offer to show them all.
        self.full_result_count = self.result_count
        attach(self.result_list, self.model_admin.reference_targets())


class ReferencesMixin:
    """Shows the ReferenceFields of a model, and its foreign keys, as links to what they mean."""

    model: type[Model]

    def reference_targets(self) -> dict[str, type[Model]]:
        return reference_fields(self.model)

    def link_column(self, name: str) -> LinkColumn:
        label = str(self.model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        return LinkColumn(name, label, is_reference=name in self.reference_targets())

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, ReferenceField):
            return reference_formfield(db_field)
        if isinstance(db_field, URLField):
            kwargs.setdefault("assume_scheme", "https")  # as Django 6 will
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]

    def readonly_names(self, request: HttpRequest, obj: Model | None) -> list[str]:
        return list(super().get_readonly_fields(request, obj))  # type: ignore[misc]

    def shown_references(self, request: HttpRequest, obj: Model | None) -> set[str]:
        """Those that the form does not let one choose, so that their names are shown instead."""
        return set(self.readonly_names(request, obj)) & set(self.reference_targets())

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return self._linked(self.readonly_names(request, obj), self.shown_references(request, obj))

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        shown = self.shown_references(request, obj)
        return [
            (title, {**options, "fields": self._linked(options["fields"], shown)})
            for title, options in super().get_fieldsets(request, obj)  # type: ignore[misc]
        ]

    def _linked(self, fields: Iterable[Any], shown: set[str]) -> list[Any]:
        return [
            self._linked(name, shown)
            if isinstance(name, list | tuple)
            else self.link_column(name)
            if name in shown
            else name
            for name in fields
        ]


class DomainAdmin(ReferencesMixin, ModelAdmin):
    """The list of a table that may be long: nothing in it costs more when the table grows.

    `sortable_by` is empty unless a subclass knows an index, or a table that stays small.
    """

    form = ReferenceForm
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # each would count the whole table
    list_disable_select_all = True  # actions are for what one sees
    list_per_page = 50
    list_filter_submit = True
    list_select_related: ClassVar[tuple[str, ...]] = ()
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    sortable_by: ClassVar[tuple[str, ...]] = ()
    # The ordering that an index serves while the list is filtered by this parameter.
    ordering_when_filtered: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # A filter that an index serves only within what this parameter already narrows down.
    filters_when_filtered: ClassVar[Mapping[str, Any]] = {}

    def shown_references(self, request: HttpRequest, obj: Model | None) -> set[str]:
        if obj is not None and not self.has_change_permission(request, obj):
            return set(self.reference_targets())
        return super().shown_references(request, obj)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DomainChangeList]:
        return DomainChangeList

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        for parameter, ordering in self.ordering_when_filtered.items():
            if request.GET.get(parameter):
                return ordering
        return self.ordering

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [
            self._column(name, is_first=not position)
            for position, name in enumerate(super().get_list_display(request))
        ]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        more = (f for p, f in self.filters_when_filtered.items() if request.GET.get(p))
        return [*super().get_list_filter(request), *more]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = self.search(queryset, term)
        if isinstance(found, QuerySet):
            return found, False
        if len(found) == SEARCH_LIMIT:
            text = _("More than %(limit)s rows match; these are some of them.")
            self.tell_on_list(request, text % {"limit": SEARCH_LIMIT})
        return queryset.filter(pk__in=found), False

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any] | list[int]:
        """Rows for `term`, which is not empty; or the ids of SEARCH_LIMIT of them, where their
        order would tempt the planner to read the table in that order instead of an index.

        As it stands, good for small tables only.
        """
        found: QuerySet[Any] = super().get_search_results(None, queryset, term)[0]
        return found

    def tell_on_list(self, request: HttpRequest, text: str) -> None:
        # The search for a form field has no page to show it on; the next page would.
        if request.resolver_match and request.resolver_match.view_name.endswith("_changelist"):
            messages.warning(request, text)

    def get_object(self, *args: Any, **kwargs: Any) -> Model | None:
        row: Model | None = super().get_object(*args, **kwargs)
        if row is not None:
            attach([row], self.reference_targets())
        return row

    def _column(self, name: Any, *, is_first: bool) -> Any:
        field = {f.name: f for f in self.model._meta.concrete_fields}.get(name)
        if field and (isinstance(field, TextField) or (field.max_length or 0) > SHORT_TEXT):
            width = 32 if isinstance(field, TextField) else 16
            return LongColumn(name, str(field.verbose_name), width)
        is_link = isinstance(field, ForeignKey) or name in self.reference_targets()
        return self.link_column(name) if is_link and not is_first else name

    def get_inline_formsets(
        self, request: HttpRequest, formsets: list[Any], *args: Any, **kwargs: Any
    ) -> list[Any]:
        rows = [row for formset in formsets for row in formset.get_queryset()]
        attach(row for row in rows if attached(row) is None)
        inlines: list[Any] = super().get_inline_formsets(request, formsets, *args, **kwargs)
        return inlines

    def get_urls(self) -> list[URLPattern]:
        return [*reference_search_urls(self), *super().get_urls()]

    def log_for_all(self, request: HttpRequest, rows: Iterable[Model], message: Any) -> None:
        """One entry of the admin's history for each of the rows that an action was for."""
        LogEntry.objects.log_actions(str(request.user.pk), rows, CHANGE, message)


class ReadOnlyAdmin(DomainAdmin):
    """A table of what happened: staff look at it, nothing but the programs writes it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """All columns, also those that no form could hold."""
        return self.fields or [field.name for field in self.model._meta.concrete_fields]


class DomainInline(ReferencesMixin, TabularInline):
    """Rows that have meaning only on the page of their parent, some at a time."""

    form = ReferenceForm
    formset = ReferenceFormSet
    per_page: ClassVar[int | None] = 20
    extra = 0
    tab = True
    hide_title = True

    def readonly_names(self, request: HttpRequest, obj: Model | None) -> list[str]:
        if self.has_change_permission(request, obj) or self.has_add_permission(request, obj):
            return super().readonly_names(request, obj)
        return list(self.fields)


class LatestFormSet(ReferenceFormSet):
    """The newest rows of a long history, in one query: no count, no further pages."""

    limit = 20

    @cached_property
    def _rows(self) -> QuerySet[Any]:
        return self.queryset[: self.limit]  # type: ignore[no-any-return]


class ReadOnlyInline(DomainInline):
    per_page: ClassVar[int | None] = None

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def reference_search_urls(model_admin: Any) -> list[URLPattern]:
    """Where forms about other databases search for rows of this model."""
    view = ReferenceSearchView.as_view(admin_site=model_admin.admin_site, model_admin=model_admin)
    return [
        path(
            "references/",
            model_admin.admin_site.admin_view(view),
            name=search_url_name(model_admin.model),
        )
    ]


def _long_fields(model: type[Model]) -> list[str]:
    """Texts and JSON of any length: most of a row's bytes, and of no use in a list."""
    fields: list[Field[Any, Any]] = list(model._meta.concrete_fields)
    return [field.name for field in fields if isinstance(field, TextField | JSONField)]


for _model in (User, Group, ProcrastinateJob):
    admin.site.unregister(_model)


@admin.register(User)
class ConsoleUserAdmin(UserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    compressed_fields = False  # two lists side by side need the width

    def get_urls(self) -> list[URLPattern]:
        return [*reference_search_urls(self), *super().get_urls()]


@admin.register(Group)
class ConsoleGroupAdmin(GroupAdmin, ModelAdmin):
    compressed_fields = False


class EventInline(ProcrastinateEventInline, StackedInline):
    pass


@admin.register(ProcrastinateJob)
class BackgroundTaskAdmin(ProcrastinateJobAdmin, ModelAdmin):
    inlines = [EventInline]
