"""In which order a query wants the rows of a table: what an index that is sorted so would spare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pglast import ast
from pglast.enums import GroupingSetKind, SortByDir, SortByNulls

from optimizer.advise.understanding.access import SortKey
from optimizer.advise.understanding.scope import BoundColumn, Level, own_nodes
from optimizer.advise.understanding.tree import is_a

Keys = list[tuple[BoundColumn, SortKey]]


def read_order(level: Level) -> None:
    """Order and grouping, where they begin on columns of one table."""
    select = level.node
    group = _leading(_grouping(level))
    for column in group:
        column.access.group.append(column.column)
    keys = _leading_keys([*_sort_keys(level)])
    if group:
        _add_grouped_order(group, keys)
    else:
        keys = keys or _leading_keys([*_distinct_keys(level), *_extreme(level)])
        for bound, key in keys or _leading_keys([*_set_keys(level)]):
            bound.access.order.append(key)
            bound.access.is_limited = _is_limited(level)
    for window in _windows(select):
        found = _leading_keys([*_window_keys(level, window)])
        _add_further([key for _bound, key in found], found[:1])


def _add_grouped_order(group: Sequence[BoundColumn], keys: Keys) -> None:
    """Groups that come in the order they are wanted in need no sort of their own."""
    sorted_by = [key for bound, key in keys if bound in group]
    named = {key.column for key in sorted_by}
    rest = [SortKey(bound.column) for bound in group if bound.column not in named]
    if len(sorted_by) == len(keys):
        _add_further([*sorted_by, *rest], keys[:1])


def _add_further(order: list[SortKey], first: Keys) -> None:
    for bound, _key in first:
        if order != bound.access.order and order not in bound.access.further_orders:
            bound.access.further_orders.append(order)


def _grouping(level: Level) -> list[BoundColumn]:
    """The columns of GROUP BY or DISTINCT, up to the first that is none."""
    select = level.node
    expressions: list[Any] = []
    for item in select.groupClause or ():
        is_rollup = is_a(item, ast.GroupingSet) and item.kind == GroupingSetKind.GROUPING_SET_ROLLUP
        expressions.extend(item.content if is_rollup else (item,))
    if not expressions and select.distinctClause == (None,):
        expressions = [target.val for target in select.targetList or ()]
    found: list[BoundColumn] = []
    for expression in expressions:
        bounds = _output_column(level, expression)
        if not bounds:
            break
        found.append(bounds[0])
    return found


def _leading(bounds: Sequence[BoundColumn]) -> list[BoundColumn]:
    """As far as they stay on the table of the first, each column once."""
    kept: list[BoundColumn] = []
    for bound in bounds:
        if bound.access is not bounds[0].access:
            break
        if bound not in kept:
            kept.append(bound)
    return kept


def _leading_keys(keys: Keys) -> Keys:
    first: dict[BoundColumn, SortKey] = {}
    for bound, key in keys:
        first.setdefault(bound, key)
    return [(bound, first[bound]) for bound in _leading([bound for bound, _key in keys])]


def _sort_keys(level: Level) -> Iterator[tuple[BoundColumn, SortKey]]:
    for item in level.node.sortClause or ():
        key = _sort_key(item, _output_column(level, item.node))
        if key is None:
            return
        yield key


def _set_keys(level: Level) -> Iterator[tuple[BoundColumn, SortKey]]:
    """Of ORDER BY over a UNION ALL: arms that come sorted are merged."""
    targets = level.node.targetList or ()
    for place, item in level.set_order.keys if level.set_order is not None else ():
        bounds = level.columns(targets[place].val) if 0 <= place < len(targets) else []
        key = _sort_key(item, bounds)
        if key is None:
            return
        yield key


def _distinct_keys(level: Level) -> Iterator[tuple[BoundColumn, SortKey]]:
    """DISTINCT ON without ORDER BY."""
    for expression in level.node.distinctClause or ():
        bounds = _output_column(level, expression) if expression is not None else []
        if not bounds:
            return
        yield bounds[0], SortKey(bounds[0].column)


def _windows(select: Any) -> list[Any]:
    """What stands behind OVER, and in the WINDOW clause."""
    calls = (node for node in own_nodes(select.targetList or ()) if is_a(node, ast.FuncCall))
    return [*(call.over for call in calls if call.over is not None), *(select.windowClause or ())]


def _window_keys(level: Level, window: Any) -> Iterator[tuple[BoundColumn, SortKey]]:
    for expression in window.partitionClause or ():
        bounds = level.columns(expression)
        if not bounds:
            return
        yield bounds[0], SortKey(bounds[0].column)
    for item in window.orderClause or ():
        key = _sort_key(item, level.columns(item.node))
        if key is None:
            return
        yield key


def _sort_key(item: Any, bounds: list[BoundColumn]) -> tuple[BoundColumn, SortKey] | None:
    if not bounds or item.sortby_dir == SortByDir.SORTBY_USING:
        return None
    descending = item.sortby_dir == SortByDir.SORTBY_DESC
    nulls_first = descending
    if item.sortby_nulls != SortByNulls.SORTBY_NULLS_DEFAULT:
        nulls_first = item.sortby_nulls == SortByNulls.SORTBY_NULLS_FIRST
    return bounds[0], SortKey(bounds[0].column, descending, nulls_first)


def _output_column(level: Level, expression: Any) -> list[BoundColumn]:
    """The table column that ORDER BY or GROUP BY means, by name, alias or position."""
    targets = level.node.targetList or ()
    if is_a(expression, ast.A_Const) and is_a(expression.val, ast.Integer):
        position = expression.val.ival
        expression = targets[position - 1].val if 0 < position <= len(targets) else None
    elif is_a(expression, ast.ColumnRef) and len(expression.fields) == 1:
        name = getattr(expression.fields[0], "sval", None)
        named = [target.val for target in targets if target.name == name]
        expression = named[0] if named else expression
    return level.columns(expression) if expression is not None else []


def _extreme(level: Level) -> Iterator[tuple[BoundColumn, SortKey]]:
    """min(x) and max(x) read one end of an index."""
    for target in level.node.targetList or ():
        call = target.val
        if is_a(call, ast.FuncCall) and call.args and len(call.args) == 1 and call.over is None:
            name = call.funcname[-1].sval
            bounds = level.columns(call.args[0]) if name in ("min", "max") else []
            if bounds:
                descending = name == "max"
                yield bounds[0], SortKey(bounds[0].column, descending, descending)
                return


def _is_limited(level: Level) -> bool:
    select = level.node
    if level.set_order is not None and not select.sortClause:
        return level.set_order.is_limited
    return select.limitCount is not None or not (select.sortClause or select.distinctClause)
