"""Generic plans: what the planner would do with a statement whose parameters are not known.

`EXPLAIN (GENERIC_PLAN)` exists from PostgreSQL 16 only and cannot be told the types that
normalising lost, so one way serves every version: PREPARE, `plan_cache_mode` generic, and EXPLAIN
EXECUTE with NULLs. All of it in a read-only transaction that is rolled back; nothing is executed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from django.utils.translation import gettext as _
from psycopg import errors, sql

from optimizer.exceptions import PlanUnavailable
from optimizer.observe.plannable import (
    Plannable,
    nodes,
    parameters,
    plannable,
    with_shared_parameters,
)
from optimizer.sql import MARKER, marked

PLAN_TIMEOUT_MS: Final = 5_000
PLAN_LOCK_TIMEOUT_MS: Final = 1_000

SETTINGS = marked(
    """SELECT set_config('transaction_read_only', 'on', true),
              set_config('plan_cache_mode', 'force_generic_plan', true),
              set_config('statement_timeout', %s, true),
              set_config('lock_timeout', %s, true)"""
)
PRUNING_OFF = marked("SELECT set_config('enable_partition_pruning', 'off', true)")
PLAN_NAME: Final = "optimizer_plan"
DEALLOCATE = marked("DEALLOCATE optimizer_plan")

# Tried in this order where a constant alone decided which operator or function was meant.
CANDIDATE_TYPES: Final = (
    "integer", "text", "interval", "timestamptz", "numeric", "date", "boolean", "jsonb", "uuid",
    "text[]", "integer[]", "double precision",
)  # fmt: skip
MAX_CORRECTIONS: Final = 8

TYPE_ERRORS = (
    errors.AmbiguousFunction,
    errors.UndefinedFunction,
    errors.DatatypeMismatch,
    errors.CannotCoerce,
)
GROUPING_ERRORS = (errors.GroupingError, errors.InvalidColumnReference)


@dataclass(frozen=True, slots=True)
class GenericPlan:
    total_cost: float  # in the planner's cost units
    node: dict[str, Any]  # the "Plan" of EXPLAIN (FORMAT JSON)
    text: str  # as EXPLAIN shows it; empty where only the cost was asked for


def explain_generic(connection: psycopg.Connection[Any], query: str) -> GenericPlan:
    """The plan of one normalised statement; raises `PlanUnavailable` with the reason."""
    return StatementPlanner(connection, query).plan()


def plan_nodes(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of an EXPLAIN (FORMAT JSON), the root first."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(node.get("Plans", ()))


def plan_index_names(node: dict[str, Any]) -> set[str]:
    """The indexes a plan uses, hypothetical ones by the name HypoPG gave them."""
    return {found["Index Name"] for found in plan_nodes(node) if "Index Name" in found}


class StatementPlanner:
    """Plans one statement again and again, as hypothetical indexes come and go.

    What normalising lost (parameter types, equal parameters) is worked out once, at the first
    plan. The statement is prepared anew each time: a prepared one does not see new indexes.
    """

    def __init__(self, connection: psycopg.Connection[Any], query: str) -> None:
        """Raises `PlanUnavailable` where the statement must not be planned."""
        self._connection = connection
        self._source = plannable(query)
        self._types: dict[int, str] = {}
        self._corrected = False
        self._prune = True

    def plan(self, *, with_text: bool = True) -> GenericPlan:
        """Raises `PlanUnavailable` where PostgreSQL refuses or takes too long."""
        with plan_refusals(self._connection):
            self._correct_once()
            plan = self._explain(with_text=with_text)
            if self._prune and _pruned_away(plan.node):
                # NULL belongs to no partition: show what would be read, and by which indexes.
                self._prune = False
                plan = self._explain(with_text=with_text)
        return plan

    def prepare_as(self, name: str) -> None:
        """Leave it prepared in the session, for plans with values; the caller deallocates it.

        It has one parameter at least: without any, PostgreSQL would plan it only once. Raises
        `PlanUnavailable` where PostgreSQL refuses it.
        """
        with plan_refusals(self._connection):
            self._correct_once()
            if not self._parameter_count():
                self._types[1] = "integer"
            self._prepare(name)

    def _correct_once(self) -> None:
        if not self._corrected:
            self._correct()
            self._corrected = True

    def _explain(self, *, with_text: bool) -> GenericPlan:
        prepared = False
        try:
            with self._connection.transaction(force_rollback=True):
                self._apply_settings()
                self._prepare()
                prepared = True
                document = self._explain_execute("JSON")
                text = self._explain_execute("TEXT") if with_text else []
        finally:
            if prepared and not self._connection.broken:
                self._connection.execute(DEALLOCATE)
        node = _decoded(document[0])[0]["Plan"]
        return GenericPlan(total_cost=node["Total Cost"], node=node, text="\n".join(text))

    def _correct(self) -> None:
        """Find parameter types with which PostgreSQL understands the statement."""
        for _attempt in range(MAX_CORRECTIONS):
            failure = self._try()
            if failure is None:
                return
            if not self._corrected_by(failure):
                raise failure
        raise PlanUnavailable(_("The types of its parameters cannot be worked out."))

    def _corrected_by(self, failure: psycopg.Error) -> bool:
        if isinstance(failure, errors.IndeterminateDatatype):
            return self._declare_text(failure)
        if isinstance(failure, GROUPING_ERRORS):
            before = self._source.text
            self._source = with_shared_parameters(self._source)
            return self._source.text != before
        if isinstance(failure, TYPE_ERRORS):
            return self._declare_fitting_type(failure)
        return False

    def _declare_text(self, failure: psycopg.Error) -> bool:
        number = re.search(r"\$(\d+)", failure.diag.message_primary or "")
        if number is None or int(number[1]) in self._types:
            return False
        self._types[int(number[1])] = "text"
        return True

    def _declare_fitting_type(self, failure: psycopg.Error) -> bool:
        """Give the parameters at the place of the error a type that removes or moves it."""
        known = self._types
        moved: dict[int, str] | None = None
        for numbers in _suspects(self._source, self._position(failure), known):
            for type_name in CANDIDATE_TYPES:
                self._types = known | dict.fromkeys(numbers, type_name)
                outcome = self._try()
                if outcome is None:
                    return True
                if moved is None and self._position(outcome) != self._position(failure):
                    moved = self._types
        self._types = moved or known
        return moved is not None

    def _try(self) -> psycopg.Error | None:
        try:
            with self._connection.transaction(force_rollback=True):
                self._apply_settings()
                self._prepare()
                self._connection.execute(DEALLOCATE)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as exc:
            return exc
        return None

    def _apply_settings(self) -> None:
        self._connection.execute(SETTINGS, (str(PLAN_TIMEOUT_MS), str(PLAN_LOCK_TIMEOUT_MS)))
        if not self._prune:
            self._connection.execute(PRUNING_OFF)

    def _prepare(self, name: str = PLAN_NAME) -> None:
        # The extended protocol, which `binary` asks for, takes one statement and no more.
        self._connection.execute((self._heading(name) + self._source.text).encode(), binary=True)

    def _heading(self, name: str = PLAN_NAME) -> str:
        types = ""
        if self._types:
            declared = range(1, self._parameter_count() + 1)
            types = f" ({', '.join(self._types.get(n, 'unknown') for n in declared)})"
        return f"PREPARE {MARKER} {name}{types} AS "

    def _parameter_count(self) -> int:
        return max((*self._source.parameter_numbers, *self._types), default=0)

    def _position(self, failure: psycopg.Error) -> int:
        """Offset of the error in the statement; -1 where PostgreSQL gave none."""
        position = failure.diag.statement_position
        return int(position) - 1 - len(self._heading()) if position else -1

    def _explain_execute(self, output: LiteralString) -> list[Any]:
        nulls = sql.SQL(", ").join([sql.NULL] * self._parameter_count())
        arguments = sql.SQL("({})").format(nulls) if self._parameter_count() else sql.SQL("")
        statement = sql.SQL(marked("EXPLAIN (FORMAT {}) EXECUTE optimizer_plan{}")).format(
            sql.SQL(output), arguments
        )
        return [row[0] for row in self._connection.execute(statement).fetchall()]


@contextmanager
def plan_refusals(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Turns what PostgreSQL answers to a statement it will not plan into `PlanUnavailable`."""
    try:
        yield
    except psycopg.OperationalError as exc:
        if connection.broken:
            raise
        raise PlanUnavailable(
            _("Planning was stopped: a lock or the time limit of %d s.") % (PLAN_TIMEOUT_MS // 1000)
        ) from exc
    except psycopg.Error as exc:
        raise PlanUnavailable(_reason(exc)) from exc


def _suspects(source: Plannable, position: int, known: dict[int, str]) -> Iterator[list[int]]:
    """Parameters whose type may be wrong: those under the node at the error, then each alone."""
    for node in nodes(source.statement):
        if getattr(node, "location", None) == position:
            under = [found.number for found in parameters(node) if found.number not in known]
            if under:
                yield under
    for number in sorted(source.parameter_numbers - known.keys()):
        yield [number]


def _pruned_away(node: dict[str, Any]) -> bool:
    return any(found.get("Subplans Removed", 0) > 0 for found in plan_nodes(node))


def _decoded(document: Any) -> Any:
    return json.loads(document) if isinstance(document, str) else document


def _reason(exc: psycopg.Error) -> str:
    # Only the first line: the details of an error may quote rows.
    return exc.diag.message_primary or str(exc)
