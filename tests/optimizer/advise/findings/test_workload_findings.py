from __future__ import annotations

from optimizer.advise.findings.foreign_keys import foreign_keys
from optimizer.advise.findings.workload_findings import workload_findings
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.statements import understand_workload
from optimizer.observe.indexes import indexes
from optimizer.records import Finding, WorkloadStatement
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import workload


def found(connection: Connection, *sources: WorkloadStatement) -> list[Finding]:
    catalogue = Catalogue(connection)
    understood = understand_workload(sources, catalogue=catalogue)
    return workload_findings(
        connection,
        understood.statements,
        catalogue,
        indexes=indexes(connection),
        foreign_keys=foreign_keys(connection),
    )


def test_every_kind_of_finding_is_asked_for(company: Connection) -> None:
    lookup = WorkloadStatement(
        1, "SELECT * FROM suppliers WHERE id = $1", calls=20_000, total_time=5.0, rows=20_000
    )
    sources = workload(
        "SELECT * FROM products WHERE stock * 2 > 5",
        "SELECT * FROM notifications WHERE user_id = $1 AND NOT is_read AND read_at = $2",
    )
    codes = [finding.code for finding in found(company, *sources, lookup)]
    assert codes == ["arithmetic-on-column", "repeated-lookup"]


def test_a_sound_workload_has_none(company: Connection) -> None:
    assert found(company, *workload("SELECT * FROM products WHERE sku = $1 AND stock = $2")) == []
