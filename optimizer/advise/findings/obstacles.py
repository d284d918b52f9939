"""What kept the advisor from judging, and the command that cures it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from optimizer.advise.understanding.catalogue import Table
from optimizer.judgement import unknown
from optimizer.observe.names import quoted
from optimizer.records import Capabilities, Finding


def obstacles(found: Capabilities, tables: Sequence[Table]) -> list[Finding]:
    findings = []
    if not found.has_hypopg:
        findings.append(
            unknown(
                "hypopg-missing",
                _("The suggestions follow rules over statistics; they are not proved. %s")
                % found.hypopg_problem,
                remedy=hypopg_remedy(found),
            )
        )
    hidden = [table.qualified_name for table in tables if not table.may_select]
    if hidden:
        findings.append(
            unknown(
                "missing-select",
                _("Statements on %(tables)s cannot be planned: the role %(role)s may not read it.")
                % {"tables": ", ".join(hidden), "role": found.role},
                remedy=f"GRANT SELECT ON {', '.join(hidden)} TO {quoted(found.role)};",
            )
        )
    return findings


def hypopg_remedy(found: Capabilities) -> str:
    major = found.server_version // 10000
    return f"apt-get install postgresql-{major}-hypopg && psql -c 'CREATE EXTENSION hypopg'"
