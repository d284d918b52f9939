"""What most tests of the advisor need: a workload of texts, and its advice."""

from __future__ import annotations

from optimizer.advise.advisor import advise
from optimizer.advise.proposing.shapes import IndexShape, KeyColumn
from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import Catalogue, Table
from optimizer.advise.understanding.statements import understand_workload
from optimizer.records import Advice, IndexSuggestion, WorkloadStatement
from tests.optimizer.advise.conftest import Connection


def workload(*queries: str, calls: int = 100) -> list[WorkloadStatement]:
    return [
        WorkloadStatement(queryid=number, query=query, calls=calls, total_time=0.0)
        for number, query in enumerate(queries, start=1)
    ]


def advice_for(connection: Connection, *queries: str, calls: int = 100) -> Advice:
    return advise(connection, statements=workload(*queries, calls=calls))


def understand(connection: Connection, query: str) -> Statement:
    found = understand_workload(workload(query), catalogue=Catalogue(connection))
    assert not found.skipped, found.skipped
    return found.statements[0]


def table_of(connection: Connection, name: str, schema: str | None = None) -> Table:
    catalogue = Catalogue(connection)
    catalogue.read([(schema, name)])
    table = catalogue.find((schema, name))
    assert isinstance(table, Table)
    return table


def shape(table: Table, *columns: str, include: tuple[str, ...] = ()) -> IndexShape:
    """An index on columns, written as `name` or `name desc`."""
    keys = [
        KeyColumn(column.removesuffix(" desc"), column.endswith(" desc"), column.endswith(" desc"))
        for column in columns
    ]
    return IndexShape(table, tuple(keys), include)


def on_table(advice: Advice, table: str) -> list[IndexSuggestion]:
    return [found for found in advice.suggestions if found.table_name == table]


def serving(advice: Advice, query: str) -> list[IndexSuggestion]:
    return [
        found for found in advice.suggestions if query in [item.query for item in found.statements]
    ]


def brief(suggestion: IndexSuggestion) -> str:
    """The keys, what is included and the predicate, on one line."""
    parts = [", ".join(suggestion.columns)]
    if suggestion.include:
        parts.append("include " + ", ".join(suggestion.include))
    if suggestion.predicate:
        parts.append("where " + suggestion.predicate)
    return " ".join(parts)
