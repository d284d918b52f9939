"""What a workload costs with hypothetical indexes, found out without the advisor.

Parallel plans and JIT are off, so that the figures are comparable with those of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pglast
import psycopg
from django.utils.translation import gettext as _

from benchmarks.workloads import Question
from optimizer.exceptions import OptimizerError
from optimizer.observe.plans import plan_nodes
from optimizer.records import IndexSuggestion

MAX_OFFERED: Final = 500  # at once; HypoPG has room for about 2,500
SETTINGS: Final = {
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "default_transaction_read_only": "on",
    "statement_timeout": "30s",
}
ROOTS: Final = """
SELECT pg_class.oid::regclass::text, root.relname
  FROM pg_class
  JOIN pg_class AS root ON root.oid = pg_partition_root(pg_class.oid)
 WHERE pg_class.relispartition
"""

TableName = str  # every table of the benchmark lies in the schema public


class NotPlanned(OptimizerError):
    """PostgreSQL refuses a statement of the workload: the benchmark is wrong, not the advisor."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An index that may exist. `size_bytes` is the advisor's estimate."""

    table: TableName
    create_sql: str
    size_bytes: int

    @classmethod
    def of(cls, suggestion: IndexSuggestion) -> Offer:
        """Of a partitioned table the parent's index stands for all."""
        first = str(pglast.split(suggestion.create_sql)[0])
        return cls(suggestion.table_name, first, suggestion.size_bytes)


Offers = frozenset[Offer]
NOTHING: Final[Offers] = frozenset()


@dataclass(frozen=True, slots=True)
class Planned:
    cost: float
    used: Offers
    tables: frozenset[TableName]


class Planner:
    """The planner of one connection. The indexes that are offered stay until others are."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._made: dict[Offer, tuple[int, str]] = {}  # OID and name that HypoPG gave
        self.calls = 0
        for name, value in SETTINGS.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.execute("SELECT hypopg_reset()")
        self._roots: dict[str, str] = dict(connection.execute(ROOTS).fetchall())

    def plan(self, text: str, offered: Offers) -> Planned:
        """Raises `NotPlanned`."""
        self._offer(offered)
        self.calls += 1
        try:
            row = self._connection.execute(b"EXPLAIN (FORMAT JSON) " + text.encode()).fetchone()
        except psycopg.Error as exc:
            raise NotPlanned(
                _("PostgreSQL does not plan “%(text)s”: %(error)s")
                % {"text": text, "error": str(exc).strip()}
            ) from exc
        assert row is not None  # noqa: S101 - EXPLAIN answers or raises
        plan = row[0][0]["Plan"]
        nodes = list(plan_nodes(plan))
        names = {node.get("Index Name") for node in nodes}
        tables = {node["Relation Name"] for node in nodes if "Relation Name" in node}
        return Planned(
            cost=float(plan["Total Cost"]),
            used=frozenset(offer for offer, (_oid, name) in self._made.items() if name in names),
            tables=frozenset(self._roots.get(table, table) for table in tables),
        )

    def accepted(self, offers: Iterable[Offer]) -> list[Offer]:
        """Those that HypoPG can stand for: it knows no GIN, for example."""
        return [offer for offer in offers if self._is_accepted(offer)]

    def hypopg_bytes(self, offers: Iterable[Offer]) -> int:
        """HypoPG's own estimate, which knows no deduplication."""
        total = 0
        for offer in offers:
            self._offer(frozenset((offer,)))
            query = "SELECT hypopg_relation_size(%s)"
            row = self._connection.execute(query, (self._made[offer][0],)).fetchone()
            total += int(row[0]) if row else 0
        return total

    def _is_accepted(self, offer: Offer) -> bool:
        try:
            self._offer(frozenset((offer,)))
        except psycopg.OperationalError:
            raise
        except psycopg.Error:
            return False
        return True

    def _offer(self, wanted: Offers) -> None:
        for offer in self._made.keys() - wanted:
            oid, _name = self._made.pop(offer)
            self._connection.execute("SELECT hypopg_drop_index(%s)", (oid,))
        for offer in sorted(wanted - self._made.keys(), key=lambda offer: offer.create_sql):
            query = "SELECT indexrelid, indexname FROM hypopg_create_index(%s)"
            row = self._connection.execute(query, (offer.create_sql,)).fetchone()
            assert row is not None  # noqa: S101 - HypoPG answers or raises
            self._made[offer] = (row[0], row[1])


class Costs:
    """The costs of a workload. A plan that uses the indexes U of those offered, C, is the plan for
    every set between U and C, so most questions need no planner."""

    def __init__(self, planner: Planner, questions: Sequence[Question]) -> None:
        self.planner = planner
        self.questions = questions
        self._known: dict[str, list[tuple[Offers, Planned]]] = {
            text: [(NOTHING, planner.plan(text, NOTHING))]
            for question in questions
            for text in question.texts
        }

    def total(self, offered: Offers) -> float:
        return sum(self.of(question, offered) for question in self.questions)

    def of(self, question: Question, offered: Offers) -> float:
        """Weighted; the texts of a question count alike."""
        costs = [self.planned(text, offered).cost for text in question.texts]
        return question.weight * sum(costs) / len(costs)

    def used(self, question: Question, offered: Offers) -> Offers:
        return NOTHING.union(*(self.planned(text, offered).used for text in question.texts))

    def tables(self, question: Question) -> frozenset[TableName]:
        none: frozenset[TableName] = frozenset()
        return none.union(*(self._known[text][0][1].tables for text in question.texts))

    def planned(self, text: str, offered: Offers) -> Planned:
        known = self._known[text]
        tables = known[0][1].tables
        relevant = frozenset(offer for offer in offered if offer.table in tables)
        for offered_then, planned in known:
            if planned.used <= relevant <= offered_then:
                return planned
        planned = self.planner.plan(text, relevant)
        known.append((relevant, planned))
        return planned

    def worst_change(self, offered: Offers) -> float:
        """0.1: the statement that suffers most is a tenth dearer than without any index."""
        return max(
            self.of(question, offered) / self.of(question, NOTHING) - 1
            for question in self.questions
        )
