"""Ids of rows in other databases, shown by name: one query per target and page, never one per row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from urllib.parse import urlencode

from django.apps import apps
from django.contrib.admin.utils import quote
from django.db import OperationalError
from django.db.models import JSONField, Model, TextField
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.fields import ReferenceField
from config.routers import alias_of

ATTACHED: Final = "_references"
LARGEST_ID: Final = 2**63 - 1  # what somebody typed may be larger, but no row's id is


class State(Enum):
    FOUND = "found"
    MISSING = "missing"
    UNREACHABLE = "unreachable"  # the database over there is down: nobody can tell


@dataclass(frozen=True, slots=True)
class Reference:
    """The row that an id points at; `url` is empty where the admin has no page for it."""

    id: int
    label: str
    url: str
    state: State
    alias: str

    def __str__(self) -> str:
        if self.state is State.MISSING:
            return _("#%(id)d (missing)") % {"id": self.id}
        if self.state is State.UNREACHABLE:
            return _("#%(id)d (%(alias)s is down)") % {"id": self.id, "alias": self.alias}
        return self.label


def reference_fields(model: type[Model]) -> dict[str, type[Model]]:
    """The fields of `model` that point into another database, and the model each points at."""
    return {
        field.name: target_of(field)
        for field in model._meta.concrete_fields
        if isinstance(field, ReferenceField)
    }


def all_reference_fields(app_label: str | None = None) -> Iterator[ReferenceField]:
    """Every ReferenceField of the installed apps, or of one."""
    for model in apps.get_models():
        if app_label in (None, model._meta.app_label):
            for field in model._meta.concrete_fields:
                if isinstance(field, ReferenceField):
                    yield field


def target_of(field: ReferenceField) -> type[Model]:
    model: type[Model] = apps.get_model(field.to)
    return model


def resolve(ids: Collection[int], *, target: type[Model], using: str) -> dict[int, Reference]:
    """A Reference for each of `ids`, in one query; a database that is down is an answer too."""
    if not ids:
        return {}
    try:
        labels = _labels([i for i in ids if i <= LARGEST_ID], target=target, using=using)
    except OperationalError:
        return {i: Reference(i, f"#{i}", "", State.UNREACHABLE, using) for i in ids}
    return {
        i: Reference(i, labels[i], change_url(target, i), State.FOUND, using)
        if i in labels
        else Reference(i, f"#{i}", "", State.MISSING, using)
        for i in ids
    }


def attach(rows: Iterable[Model], targets: Mapping[str, type[Model]] | None = None) -> None:
    """Resolve the ids that `rows`, of one model or several, hold in their reference fields, or in
    the fields of `targets`. `attached` gives the results."""
    held = [(row, reference_fields(type(row)) if targets is None else targets) for row in rows]
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for row, fields in held:
        for field, target in fields.items():
            wanted[target].update({getattr(row, field)} - {None, 0})
    known = {
        target: resolve(ids, target=target, using=alias_of(target._meta.app_label))
        for target, ids in wanted.items()
    }
    for row, fields in held:
        vars(row)[ATTACHED] = {
            field: known[target].get(getattr(row, field)) for field, target in fields.items()
        }


def attached(row: Model) -> dict[str, Reference | None] | None:
    """What `attach` found for `row`; None: it was not asked."""
    found: dict[str, Reference | None] | None = vars(row).get(ATTACHED)
    return found


def change_url(model: type[Model], pk: Any) -> str:
    """The admin's page of a row; empty where the admin does not show such rows."""
    try:
        return reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[quote(pk)]
        )
    except NoReverseMatch:
        return ""


def list_url(label: str, **parameters: Any) -> str:
    """The admin's list of the model named `label` ("app.Model"), filtered by `parameters`."""
    options = apps.get_model(label)._meta
    address = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    return f"{address}?{urlencode(parameters)}" if parameters else address


def link(reference: Reference) -> SafeString:
    """The reference as HTML: a link, or in words why there is none."""
    if reference.state is State.FOUND and reference.url:
        return format_html('<a href="{}" class="text-link">{}</a>', reference.url, reference)
    if reference.state is State.MISSING:
        hint = _("No such row in the database %(alias)s; `manage.py check_references` lists all.")
    elif reference.state is State.UNREACHABLE:
        hint = _("The database %(alias)s does not answer; what is not in it is complete here.")
    else:
        return format_html("{}", reference)
    return format_html(
        '<span class="text-red-600 dark:text-red-500" title="{}">{}</span>',
        hint % {"alias": reference.alias},
        reference,
    )


def _labels(ids: Collection[int], *, target: type[Model], using: str) -> dict[int, str]:
    # Long texts are not part of any label and would be most of what comes over the wire.
    long = [f.name for f in target._meta.concrete_fields if isinstance(f, TextField | JSONField)]
    rows = target._default_manager.using(using).filter(pk__in=ids).order_by().defer(*long)
    return {row.pk: str(row) for row in rows}
