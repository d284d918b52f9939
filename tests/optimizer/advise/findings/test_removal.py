from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from optimizer.advise.findings import redundancy, removal
from optimizer.advise.findings.foreign_keys import foreign_keys
from optimizer.advise.findings.redundancy import index_findings, superfluous
from optimizer.advise.findings.removal import HIDING, prove_removals
from optimizer.observe.indexes import indexes
from optimizer.records import Finding, RemovalProof, RemovalReason, Verdict, WorkloadStatement
from tests.optimizer.advise.conftest import Connection, fill, scratch_database
from tests.optimizer.advise.helpers import workload

TABLES = """
CREATE TABLE goods (id bigint PRIMARY KEY, sku text, maker int, price int, at date,
                    note text DEFAULT repeat('x', 100));
INSERT INTO goods SELECT n, 'sku-' || n, n % 100, n % 1000, '2025-01-01'::date + n % 300
                    FROM generate_series(1, 20000) AS n;
CREATE TABLE visits (goods_id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
INSERT INTO visits SELECT n % 5000, '2025-01-01'::date + n % 59 FROM generate_series(1, 20000) n;
CREATE VIEW cheap AS SELECT * FROM goods WHERE price < 10;
"""


@pytest.fixture(scope="module")
def database() -> Iterator[Connection]:
    with scratch_database("removal") as connection:
        fill(connection, TABLES)
        yield connection


@pytest.fixture
def store(database: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """Every index counts, whatever its size."""
    monkeypatch.setattr(redundancy, "MIN_CONTAINED_BYTES", 0)
    monkeypatch.setattr(redundancy, "MIN_UNUSED_BYTES", 0)
    yield database
    left = database.execute(
        """SELECT string_agg(format('DROP INDEX %s', i.indexrelid::regclass), '; ')
           FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
           WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary
             AND NOT c.relispartition"""
    ).fetchone()
    if left is not None and left[0]:
        database.execute(left[0])


@pytest.fixture
def without_hiding(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the HypoPG of Debian 12."""
    monkeypatch.setattr(removal, "HIDING", "SELECT WHERE false")


@pytest.fixture
def with_hiding(store: Connection) -> None:
    if store.execute(HIDING).fetchone() is None:
        pytest.skip("HypoPG 1.4 or later is needed")


def proofs(
    connection: Connection, *queries: str, sources: Sequence[WorkloadStatement] | None = None
) -> dict[str, RemovalProof]:
    """By the bare name of the index."""
    everything = indexes(connection)
    found = prove_removals(
        connection,
        superfluous(everything, foreign_keys=foreign_keys(connection)),
        indexes=everything,
        workload=workload(*queries) if sources is None else sources,
    )
    return {proof.index.removeprefix("public."): proof for proof in found.values()}


BY_MAKER = "SELECT * FROM goods WHERE maker = $1"
BY_MAKER_AND_PRICE = "SELECT * FROM goods WHERE maker = $1 AND price = $2"


@pytest.mark.usefixtures("without_hiding")
def test_an_index_that_no_plan_uses_is_proved_superfluous(store: Connection) -> None:
    store.execute("CREATE INDEX on_price ON goods (price)")
    proof = proofs(store, BY_MAKER, "SELECT count(*) FROM visits")["on_price"]
    assert (proof.reason, proof.verdict) == (RemovalReason.UNUSED, Verdict.OK)
    assert proof.statements == 1
    assert proof.cost_before is not None
    assert proof.cost_before > 0
    assert proof.cost_after == proof.cost_before
    assert proof.dearer == ()
    assert proof.bytes_freed > 8192
    assert proof.explanation == "Proved: the 1 statement that reads its table does not use it."


@pytest.mark.usefixtures("without_hiding")
def test_one_that_a_plan_uses_is_not(store: Connection) -> None:
    store.execute("CREATE INDEX on_maker ON goods (maker)")
    proof = proofs(store, BY_MAKER)["on_maker"]
    assert proof.verdict is Verdict.UNKNOWN
    assert [source.query for source in proof.dearer] == [BY_MAKER]
    assert proof.cost_after is None
    assert "HypoPG 1.4" in proof.explanation


@pytest.mark.usefixtures("without_hiding")
@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM cheap WHERE maker = $1",
        "SELECT count(*) FROM goods WHERE maker = $1 AND at > $2",
        "WITH few AS (SELECT id FROM public.goods WHERE maker = $1) SELECT * FROM few",
        "UPDATE goods SET price = $1 WHERE maker = $2",
        "SELECT maker FROM goods ORDER BY maker DESC LIMIT 5",
    ],
)
def test_uses_are_found_however_the_table_is_named(store: Connection, query: str) -> None:
    store.execute('CREATE INDEX "On ""Maker""" ON goods (maker)')
    (proof,) = proofs(store, query).values()
    assert [source.query for source in proof.dearer] == [query]


@pytest.mark.usefixtures("without_hiding")
@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM visits WHERE goods_id = $1",
        "SELECT * FROM visits_2 WHERE goods_id = $1",
        "SELECT * FROM visits WHERE goods_id = $1 AND at > now() - interval $2",
    ],
)
def test_the_index_of_a_partitioned_table_is_used_in_its_parts(
    store: Connection, query: str
) -> None:
    store.execute("CREATE INDEX whole ON visits (goods_id)")
    assert proofs(store, query)["whole"].verdict is Verdict.UNKNOWN
    assert proofs(store, BY_MAKER)["whole"].verdict is Verdict.OK


@pytest.mark.usefixtures("without_hiding")
def test_a_twin_can_take_over(store: Connection) -> None:
    store.execute("CREATE INDEX one ON goods (maker); CREATE INDEX one_too ON goods (maker)")
    proof = proofs(store, BY_MAKER)["one_too"]
    assert (proof.reason, proof.verdict) == (RemovalReason.DUPLICATE, Verdict.OK)
    assert proof.cost_before == proof.cost_after


@pytest.mark.usefixtures("without_hiding")
def test_a_twin_that_is_larger_cannot_for_certain(store: Connection) -> None:
    store.execute("CREATE INDEX one ON goods (maker) WITH (fillfactor = 20)")
    store.execute("CREATE INDEX one_too ON goods (maker)")
    proof = proofs(store, BY_MAKER)["one_too"]
    assert proof.verdict is Verdict.UNKNOWN
    assert "larger" in proof.explanation


@pytest.mark.usefixtures("without_hiding")
def test_a_wider_index_cannot_for_certain(store: Connection) -> None:
    store.execute(
        "CREATE INDEX narrow ON goods (maker); CREATE INDEX wide ON goods (maker, note, id)"
    )
    found = proofs(store, BY_MAKER)
    assert (found["narrow"].reason, found["narrow"].verdict) == (
        RemovalReason.CONTAINED,
        Verdict.UNKNOWN,
    )


@pytest.mark.usefixtures("without_hiding")
def test_an_expression_has_statistics_that_plans_may_need(store: Connection) -> None:
    store.execute("CREATE INDEX folded ON goods (lower(note))")
    assert proofs(store, BY_MAKER)["folded"].verdict is Verdict.UNKNOWN


@pytest.mark.usefixtures("without_hiding")
def test_what_cannot_be_planned_may_use_it(store: Connection) -> None:
    store.execute("CREATE INDEX on_price ON goods (price)")
    proof = proofs(store, BY_MAKER, "SELECT pg_sleep(1), g.nothing FROM goods g")["on_price"]
    assert proof.verdict is Verdict.UNKNOWN
    assert "1 statement that names its table could not be planned" in proof.explanation
    unrelated = proofs(store, BY_MAKER, "SELECT pg_sleep(1) FROM visits")["on_price"]
    assert unrelated.verdict is Verdict.OK
    adding = proofs(store, BY_MAKER, "INSERT INTO goods (id) VALUES ($1)")["on_price"]
    assert adding.verdict is Verdict.OK


@pytest.mark.usefixtures("without_hiding")
def test_a_table_with_an_odd_name_is_found_in_what_cannot_be_planned(store: Connection) -> None:
    name = '"Odd ""Name"'
    store.execute(f"CREATE TABLE {name} (a int); CREATE INDEX odd ON {name} (a)".encode())
    try:
        proof = proofs(store, 'SELECT pg_sleep(1) FROM public."Odd ""Name"')["odd"]
        assert proof.verdict is Verdict.UNKNOWN
    finally:
        store.execute(f"DROP TABLE {name}".encode())


@pytest.mark.usefixtures("without_hiding")
def test_statements_are_bounded(store: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    store.execute("CREATE INDEX on_price ON goods (price)")
    monkeypatch.setattr(removal, "MAX_STATEMENTS", 1)
    assert proofs(store, BY_MAKER, BY_MAKER_AND_PRICE)["on_price"].verdict is Verdict.UNKNOWN
    monkeypatch.setattr(removal, "MAX_STATEMENTS", 10)
    monkeypatch.setattr(removal, "MAX_SECONDS", 0.0)
    assert proofs(store, BY_MAKER)["on_price"].verdict is Verdict.UNKNOWN


@pytest.mark.usefixtures("without_hiding")
def test_without_a_workload_nothing_is_proved(store: Connection) -> None:
    store.execute("CREATE INDEX on_price ON goods (price)")
    everything = indexes(store)
    found = prove_removals(
        store, superfluous(everything, foreign_keys=()), indexes=everything, workload=None
    )
    assert {proof.verdict for proof in found.values()} == {Verdict.UNKNOWN}


@pytest.mark.parametrize(
    "definition",
    [
        'CREATE INDEX "Odd ""one""" ON goods (price DESC NULLS LAST, maker) INCLUDE (at) WHERE maker > 5',
        "CREATE INDEX whole ON visits (goods_id, at)",
    ],
)
def test_what_is_dropped_can_be_brought_back(store: Connection, definition: str) -> None:
    def definitions() -> set[tuple[str, bool]]:
        return {(index.definition, index.is_valid) for index in indexes(store)}

    store.execute(definition.encode())
    before = definitions()
    (proof,) = proofs(store).values()
    store.execute(proof.drop_sql.encode())
    assert definitions() < before
    assert "CONCURRENTLY" in proof.restore_sql
    for line in proof.restore_sql.splitlines():
        store.execute(line.encode())
    assert definitions() == before


@pytest.mark.usefixtures("with_hiding")
def test_hidden_it_shows_what_is_lost(store: Connection) -> None:
    store.execute("CREATE INDEX on_maker ON goods (maker); CREATE INDEX on_price ON goods (price)")
    found = proofs(store, BY_MAKER)
    assert found["on_price"].verdict is Verdict.OK
    lost = found["on_maker"]
    assert lost.verdict is Verdict.PROBLEM
    assert lost.cost_before is not None
    assert lost.cost_after is not None
    assert lost.cost_after > 1.5 * lost.cost_before
    assert [source.query for source in lost.dearer] == [BY_MAKER]


@pytest.mark.usefixtures("with_hiding")
def test_of_two_that_can_stand_for_each_other_one_is_kept(store: Connection) -> None:
    store.execute(
        "CREATE INDEX a ON goods (maker, price); CREATE INDEX b ON goods (maker DESC, price)"
    )
    found = proofs(store, BY_MAKER)
    assert sorted(proof.verdict for proof in found.values()) == [Verdict.OK, Verdict.PROBLEM]


@pytest.mark.usefixtures("with_hiding")
def test_hidden_in_all_its_parts(store: Connection) -> None:
    store.execute("CREATE INDEX whole ON visits (goods_id)")
    proof = proofs(store, "SELECT * FROM visits WHERE goods_id = $1")["whole"]
    assert proof.verdict is Verdict.PROBLEM


@pytest.mark.usefixtures("with_hiding")
def test_nothing_stays_hidden(store: Connection) -> None:
    store.execute("CREATE INDEX on_maker ON goods (maker); CREATE INDEX on_price ON goods (price)")
    proofs(store, BY_MAKER)
    plan = store.execute("EXPLAIN SELECT * FROM goods WHERE price = 5").fetchall()
    assert "on_price" in str(plan)


def findings(connection: Connection, *queries: str) -> list[Finding]:
    everything = indexes(connection)
    keys = foreign_keys(connection)
    return index_findings(
        everything,
        foreign_keys=keys,
        stats_since=datetime(2025, 1, 1, tzinfo=UTC),
        now=datetime(2026, 1, 1, tzinfo=UTC),
        proofs=prove_removals(
            connection,
            superfluous(everything, foreign_keys=keys),
            indexes=everything,
            workload=workload(*queries),
        ),
    )


@pytest.mark.usefixtures("without_hiding")
def test_a_finding_tells_the_proof_and_the_way_back(store: Connection) -> None:
    store.execute("CREATE INDEX on_price ON goods (price)")
    (finding,) = findings(store, BY_MAKER)
    assert (finding.code, finding.verdict) == ("unused-index", Verdict.PROBLEM)
    assert finding.detail.startswith("Proved:")
    assert "CREATE INDEX CONCURRENTLY on_price ON public.goods USING btree (price);" in (
        finding.detail
    )
    (unproved,) = findings(store, "SELECT * FROM goods WHERE price = $1")
    assert unproved.verdict is Verdict.UNKNOWN


@pytest.mark.usefixtures("with_hiding")
def test_one_that_earns_its_place_is_fine(store: Connection) -> None:
    store.execute("CREATE INDEX on_maker ON goods (maker)")
    (finding,) = findings(store, BY_MAKER)
    assert (finding.verdict, finding.remedy) == (Verdict.OK, "")
