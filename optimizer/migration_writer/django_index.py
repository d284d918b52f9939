"""A suggested index as an index of the model that owns the table."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connections
from django.db.models import CharField, Field, Index, Model, TextField

from optimizer.migration_writer.definition import (
    FUNCTIONS,
    Atom,
    Definition,
    Inexpressible,
    Key,
    definition,
    index_statements,
)
from optimizer.migration_writer.layout import Call, Expression, Name, evaluated

F: Final = Name("django.db.models", "F")
Q: Final = Name("django.db.models", "Q")
INDEX: Final = Name("django.db.models", "Index")
OPCLASS: Final = Name("django.contrib.postgres.indexes", "OpClass")
OTHER_METHODS: Final = {
    "brin": "BrinIndex",
    "gin": "GinIndex",
    "gist": "GistIndex",
    "hash": "HashIndex",
    "spgist": "SpGistIndex",
}
TRUTHS: Final = {"on": True, "true": True, "off": False, "false": False}


def index_call(
    model: type[Model], name: str, wanted: Definition, *, alias: str, btree: Name = INDEX
) -> Call:
    """The call that makes the index; raises `Inexpressible` where Django would build another one.

    `btree` is the class that the model's file uses for the usual ones.
    """
    target = btree
    if wanted.method != "btree":
        if wanted.method not in OTHER_METHODS:
            raise Inexpressible
        target = Name("django.contrib.postgres.indexes", OTHER_METHODS[wanted.method])
    args, kwargs = _keys(model, wanted.keys)
    kwargs["name"] = name
    if wanted.predicate:
        kwargs["condition"] = _condition(model, wanted)
    if wanted.include:
        kwargs["include"] = tuple(_field(model, column).name for column in wanted.include)
    kwargs |= {option: _option(value) for option, value in wanted.options}
    call = Call(target, args, kwargs)
    try:
        index = evaluated(call)
    except (TypeError, ValueError) as exc:  # such as a storage parameter that it does not take
        raise Inexpressible from exc
    if model_definition(model, index, alias=alias) != wanted:
        raise Inexpressible
    return call


def model_definition(model: type[Model], index: Index, *, alias: str) -> Definition:
    """What Django would build; raises `Inexpressible` where that is nothing this module writes."""
    connection = connections[alias]
    editor = connection.SchemaEditorClass(connection, collect_sql=True, atomic=False)
    (tree,) = index_statements(str(index.create_sql(model, editor)))
    return definition(tree)


def _keys(
    model: type[Model], keys: tuple[Key, ...]
) -> tuple[tuple[Expression, ...], dict[str, Expression]]:
    fields = tuple(_field(model, key.column).name for key in keys)
    opclasses = tuple(key.opclass for key in keys)
    is_plain = not any(key.function or key.nulls for key in keys)
    if is_plain and any(opclasses):
        signs = ("-" if key.is_descending else "" for key in keys)
        signed = tuple(sign + name for sign, name in zip(signs, fields, strict=True))
        return (), {"fields": signed, "opclasses": opclasses}
    if is_plain and not any(key.is_descending for key in keys):
        return (), {"fields": fields}
    return tuple(_expression(model, key) for key in keys), {}


def _expression(model: type[Model], key: Key) -> Call:
    field = _field(model, key.column)
    target, method = F, ""
    if key.function:
        if not isinstance(field, CharField | TextField):
            raise Inexpressible
        target = Name("django.db.models.functions", FUNCTIONS[key.function])
    if key.is_descending or key.nulls:
        method = "desc" if key.is_descending else "asc"
    nulls: dict[str, Expression] = {f"nulls_{key.nulls.lower()}": True} if key.nulls else {}
    call = Call(target, (field.name,), {}, method, nulls)
    return Call(OPCLASS, (call,), {"name": key.opclass}) if key.opclass else call


def _condition(model: type[Model], wanted: Definition) -> Call:
    lookups: dict[str, Expression] = {}
    for atom in sorted(wanted.predicate, key=lambda atom: (atom.column, atom.lookup)):
        name = _field(model, atom.column).name
        lookup = name if atom.lookup == "exact" else f"{name}__{atom.lookup}"
        if lookup in lookups:
            raise Inexpressible
        lookups[lookup] = _value(_field(model, atom.column), atom)
    return Call(Q, (), lookups)


def _value(field: Field[Any, Any], atom: Atom) -> Expression:
    if isinstance(atom.value, bool):
        return atom.value
    if isinstance(atom.value, tuple):
        return tuple(_python_value(field, text) for text in atom.value)
    return _python_value(field, atom.value)


def _python_value(field: Field[Any, Any], text: str) -> str | int:
    """The value as people write it in a model; dates and decimals have no such form."""
    try:
        value = field.to_python(text)
    except ValidationError as exc:
        raise Inexpressible from exc
    if isinstance(value, str | int) and not isinstance(value, bool):
        return value
    raise Inexpressible


def _option(text: str) -> int | bool | str:
    return int(text) if text.isdecimal() else TRUTHS.get(text, text)


def _field(model: type[Model], column: str) -> Field[Any, Any]:
    for field in model._meta.local_concrete_fields:
        if field.column == column:
            return field
    raise Inexpressible
