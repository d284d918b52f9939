"""Says in sentences what the nodes of a plan do, for readers who do not know them by heart."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NODE: Final = re.compile(
    r"""(?x)^\s*(?:->\s+)?
    (?P<node>[A-Z][A-Za-z]+(?:\ [A-Z][A-Za-z]+)*)
    (?:\ using\ (?P<index>\S+))?
    (?:\ on\ (?P<relation>\S+))?
    .*\(cost="""
)

# What a node does, from the most telling to the least.
MEANINGS: Final = {
    "Seq Scan": gettext_lazy(
        "reads %(relation)s from beginning to end: right for a small table or for most of its "
        "rows, slow for a few rows of a large one"
    ),
    "Sort": gettext_lazy("sorts the rows: an index in that order would spare it"),
    "Incremental Sort": gettext_lazy(
        "sorts rows that an index delivered in part of the order already"
    ),
    "Index Only Scan": gettext_lazy("answers from the index %(index)s alone, without the table"),
    "Index Scan": gettext_lazy("finds the rows of %(relation)s through the index %(index)s"),
    "Bitmap Index Scan": gettext_lazy("collects from %(relation)s where the wanted rows stand"),
    "Bitmap Heap Scan": gettext_lazy("fetches the rows of %(relation)s that an index has found"),
    "Nested Loop": gettext_lazy(
        "looks up the inner side once per row of the outer one: good for few rows"
    ),
    "Hash Join": gettext_lazy("reads one side into a hash table and matches the other with it"),
    "Merge Join": gettext_lazy("walks through both sides in the same order"),
    "HashAggregate": gettext_lazy("groups the rows in a hash table in memory"),
    "GroupAggregate": gettext_lazy("groups rows that arrive in order"),
    "Aggregate": gettext_lazy("computes one result, such as a count, from all the rows"),
    "Materialize": gettext_lazy("keeps rows to read them again"),
    "Memoize": gettext_lazy("remembers the answers of lookups that repeat"),
    "Append": gettext_lazy("puts together the rows of several partitions or parts"),
    "Merge Append": gettext_lazy("merges the sorted rows of several partitions"),
    "Gather": gettext_lazy("shares the work among several processes"),
    "Gather Merge": gettext_lazy("shares the work among several processes and keeps the order"),
    "Limit": gettext_lazy("stops after the first rows: what stands below need not run to its end"),
    "ModifyTable": gettext_lazy("changes rows of %(relation)s"),
    "Update": gettext_lazy("changes rows of %(relation)s"),
    "Insert": gettext_lazy("adds rows to %(relation)s"),
    "Delete": gettext_lazy("removes rows of %(relation)s"),
}


def sentences(plan: str) -> list[str]:
    """One sentence per different step of a plan in text form, the most telling first."""
    order = list(MEANINGS)
    found: dict[str, int] = {}
    for line in plan.splitlines():
        match = NODE.match(line)
        if match is None:
            continue
        node = match["node"].removeprefix("Parallel ").removesuffix(" Backward")
        if node in MEANINGS:
            found.setdefault(_sentence(node, match), order.index(node))
    return sorted(found, key=lambda sentence: found[sentence])


def _sentence(node: str, match: re.Match[str]) -> str:
    relation, index = match["relation"] or "", match["index"] or ""
    meaning = MEANINGS[node] % {"relation": relation, "index": index}
    return _("%(node)s %(meaning)s.") % {"node": node, "meaning": meaning}
