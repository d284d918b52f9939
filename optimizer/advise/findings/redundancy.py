"""Indexes that are in the way: invalid, said twice, contained in another, or never used.

Pure functions over what the catalogue says. Nothing is judged on young statistics, and nothing that
guards the data (uniqueness, constraints, replica identity, foreign keys) is called superfluous.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, LiteralString

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg import sql

from optimizer.advise.findings.foreign_keys import ForeignKey
from optimizer.observe.names import quoted
from optimizer.records import (
    Finding,
    Index,
    RemovalProof,
    RemovalReason,
    Severity,
    Verdict,
)

MIN_UNUSED_BYTES: Final = 10 * 1024 * 1024
MIN_STATISTICS_AGE: Final = timedelta(days=35)
MEGABYTE: Final = 1024 * 1024
# Django gives small tables an index per foreign key beside the unique one that begins with it.
MIN_CONTAINED_BYTES: Final = MEGABYTE
OPPOSITE: Final = {"ASC": "DESC", "DESC": "ASC", "FIRST": "LAST", "LAST": "FIRST"}


@dataclass(frozen=True, slots=True)
class Superfluous:
    """An index that the database may do without."""

    index: Index
    reason: RemovalReason
    other: Index | None  # does all that it does and stays; None where nobody uses it
    size_bytes: int  # with all its parts


def index_findings(
    indexes: Sequence[Index],
    *,
    foreign_keys: Sequence[ForeignKey],
    stats_since: datetime | None,
    now: datetime,
    proofs: Mapping[int, RemovalProof] | None = None,
) -> list[Finding]:
    """The problems of all indexes of a database; partitions have to be among them.

    `stats_since` is when the statistics were last reset, None where nobody knows: PostgreSQL does
    not tell how old a database is. `proofs` are what `prove_removals` found, by the OID.
    """
    # What is part of a parent's index cannot be dropped alone: the parent's stands for it.
    own = [index for index in indexes if index.parent_oid is None]
    found = superfluous(indexes, foreign_keys=foreign_keys)
    age = None if stats_since is None else now - stats_since
    unused = [item for item in found if item.reason is RemovalReason.UNUSED]
    return [
        *(_invalid_finding(index) for index in own if _is_broken(index, indexes)),
        *(
            _with_proof(_superfluous_finding(item), item, (proofs or {}).get(item.index.oid))
            for item in found
            if item not in unused or is_mature(age)
        ),
        *([_too_young(unused, age)] if unused and not is_mature(age) else ()),
    ]


def is_mature(age: timedelta | None) -> bool:
    """Whether statistics of that age tell that an index is not used."""
    return age is not None and age >= MIN_STATISTICS_AGE


def superfluous(
    indexes: Sequence[Index], *, foreign_keys: Sequence[ForeignKey]
) -> list[Superfluous]:
    """Those said twice or contained in another, then those without a scan since the statistics
    count, however old these are."""
    children = by_parent(indexes)
    redundant = [
        Superfluous(
            index,
            RemovalReason.DUPLICATE if _is_duplicate(index, other) else RemovalReason.CONTAINED,
            other,
            _use(index, children)[1],
        )
        for index, other in _redundant([index for index in indexes if index.is_valid])
    ]
    told = {item.index.oid for item in redundant}
    by_table: dict[tuple[str, str], list[ForeignKey]] = {}
    for key in foreign_keys:
        by_table.setdefault((key.schema_name, key.table_name), []).append(key)
    unused = [
        Superfluous(index, RemovalReason.UNUSED, None, size)
        for index in indexes
        if index.is_valid and index.parent_oid is None and index.oid not in told
        for scans, size in [_use(index, children)]
        if scans == 0
        and size >= MIN_UNUSED_BYTES
        and not _guards(index)
        and not any(
            key.is_served_by(index)
            for key in by_table.get((index.schema_name, index.table_name), ())
        )
    ]
    return redundant + unused


def _is_broken(index: Index, indexes: Iterable[Index]) -> bool:
    """A parent's index is invalid by right until each partition has its part."""
    if index.is_valid or index.build_in_progress:
        return False
    return not index.is_partitioned or any(
        part.parent_oid == index.oid and not part.is_valid and not part.build_in_progress
        for part in indexes
    )


def _invalid_finding(index: Index) -> Finding:
    leftover = index.name.rstrip("0123456789").endswith(("_ccnew", "_ccold"))
    return Finding(
        code="invalid-index",
        verdict=Verdict.PROBLEM,
        severity=Severity.WARNING,
        message=_("The index %s is invalid: it is written to, and never read.") % _qualified(index),
        subject=_qualified(index),
        detail=index.definition,
        # What REINDEX CONCURRENTLY left behind has a sound original.
        remedy=drop_statement(index) if leftover else _reindex_statement(index),
    )


def _redundant(indexes: Iterable[Index]) -> Iterator[tuple[Index, Index]]:
    """Each superfluous index with one that does all that it does and stays."""
    by_table = sorted(indexes, key=lambda index: (index.schema_name, index.table_name, index.name))
    for _table, group in groupby(by_table, lambda index: (index.schema_name, index.table_name)):
        mine = sorted(group, key=_worth_keeping)
        for place, index in enumerate(mine):
            # Only what is more worth keeping, so that of two equal ones one stays.
            covers = [other for other in mine[place + 1 :] if _covers(other, index)]
            if covers and not _is_needed(index) and _is_worth_telling(index, covers[-1]):
                yield index, covers[-1]


def _is_worth_telling(index: Index, other: Index) -> bool:
    is_twin = len(other.key_signature) == len(index.key_signature)
    return is_twin or index.is_partitioned or index.size_bytes >= MIN_CONTAINED_BYTES


def _is_duplicate(index: Index, other: Index) -> bool:
    return other.key_signature == index.key_signature and set(other.include) == set(index.include)


def _worth_keeping(index: Index) -> tuple[object, ...]:
    """Ascending: of two that can stand for each other the first is dropped."""
    return (
        _is_needed(index),
        len(index.key_signature),
        len(index.include),
        # Of twins the one with the longer name goes, be it only for its number at the end.
        -len(index.name),
        [-ord(letter) for letter in index.name],
    )


def _guards(index: Index) -> bool:
    return index.is_unique or index.is_primary or index.is_constraint or index.is_replica_identity


def _is_needed(index: Index) -> bool:
    return _guards(index) or index.parent_oid is not None


def _covers(other: Index, index: Index) -> bool:
    if (other.method, other.predicate) != (index.method, index.predicate):
        return False
    if other.method != "btree":
        # Only a B-tree is searched by its first columns alone.
        return other.key_signature == index.key_signature and set(index.include) <= set(
            other.include
        )
    begins = other.key_signature[: len(index.key_signature)]
    backwards = tuple(map(_reversed, begins))
    return index.key_signature in (begins, backwards) and set(index.include) <= {
        *other.columns,
        *other.include,
    }


def _reversed(key: str) -> str:
    """A key column as it is when the index is read backwards."""
    column, direction, _nulls, place = key.rsplit(" ", 3)
    return " ".join((column, OPPOSITE[direction], "NULLS", OPPOSITE[place]))


def _superfluous_finding(item: Superfluous) -> Finding:
    index, other = item.index, item.other
    if other is None:
        return _unused_finding(index, item.size_bytes)
    is_duplicate = item.reason is RemovalReason.DUPLICATE
    names = {"index": _qualified(index), "other": _qualified(other)}
    if is_duplicate:
        message = _("The index %(index)s says the same as %(other)s.") % names
    else:
        message = _("The index %(index)s is contained in %(other)s.") % names
    return Finding(
        code="duplicate-index" if is_duplicate else "redundant-index",
        verdict=Verdict.PROBLEM,
        severity=Severity.WARNING,
        message=message,
        subject=_qualified(index),
        detail=f"{index.definition}\n{other.definition}",
        remedy=drop_statement(index),
    )


def _with_proof(finding: Finding, item: Superfluous, proof: RemovalProof | None) -> Finding:
    """An index that is proved to earn its place is fine; one that merely may be dropped is not
    called a problem, unless another says the same anyway."""
    if proof is None:
        return finding
    back = _("To bring it back: %s") % proof.restore_sql
    told = replace(finding, detail="\n".join((proof.explanation, finding.detail, back)))
    if proof.verdict is Verdict.PROBLEM:
        return replace(told, verdict=Verdict.OK, severity=Severity.INFO, remedy="")
    if proof.verdict is Verdict.UNKNOWN and item.reason is not RemovalReason.DUPLICATE:
        return replace(told, verdict=Verdict.UNKNOWN)
    return told


def by_parent(indexes: Iterable[Index]) -> dict[int, list[Index]]:
    children: dict[int, list[Index]] = {}
    for index in indexes:
        if index.parent_oid is not None:
            children.setdefault(index.parent_oid, []).append(index)
    return children


def parts(index: Index, children: Mapping[int, Sequence[Index]]) -> Iterator[Index]:
    """An index and all that are attached to it, upper levels first."""
    pending = [index]
    while pending:
        found = pending.pop(0)
        yield found
        pending.extend(children.get(found.oid, ()))


def _use(index: Index, children: Mapping[int, Sequence[Index]]) -> tuple[int, int]:
    """Scans and bytes; of a partitioned table's index those of all parts, at every level."""
    everything = list(parts(index, children))
    return sum(part.idx_scan for part in everything), sum(part.size_bytes for part in everything)


def _too_young(unused: Sequence[Superfluous], age: timedelta | None) -> Finding:
    count = ngettext(
        "%(count)d large index was not used so far.",
        "%(count)d large indexes were not used so far.",
        len(unused),
    ) % {"count": len(unused)}
    if age is None:
        why = _("Nobody knows since when the statistics count, so this is no verdict.")
    else:
        why = _("The statistics count for %(age)d days only; a verdict takes %(needed)d days.") % {
            "age": age.days,
            "needed": MIN_STATISTICS_AGE.days,
        }
    return Finding(
        code="unused-index",
        verdict=Verdict.UNKNOWN,
        severity=Severity.INFO,
        message=f"{count} {why}",
        detail=", ".join(_qualified(item.index) for item in unused),
    )


def _unused_finding(index: Index, size: int) -> Finding:
    return Finding(
        code="unused-index",
        verdict=Verdict.PROBLEM,
        severity=Severity.WARNING,
        message=_("The index %(index)s takes %(size)d MB and was never used.")
        % {"index": _qualified(index), "size": size // MEGABYTE},
        subject=_qualified(index),
        detail=_("Replicas count for themselves: make sure that none of them uses it. It was: %s")
        % index.definition,
        remedy=drop_statement(index),
    )


def drop_statement(index: Index) -> str:
    # PostgreSQL drops the index of a partitioned table with all its parts, but not concurrently.
    text = "DROP INDEX {};" if index.is_partitioned else "DROP INDEX CONCURRENTLY {};"
    return _statement(text, index)


def _reindex_statement(index: Index) -> str:
    return _statement("REINDEX INDEX CONCURRENTLY {};", index)


def _statement(text: LiteralString, index: Index) -> str:
    name = sql.Identifier(index.schema_name, index.name)
    return sql.SQL(text).format(name).as_string()


def _qualified(index: Index) -> str:
    return f"{quoted(index.schema_name)}.{quoted(index.name)}"
