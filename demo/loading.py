"""Loading the demonstration data into the five domain databases, two at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from threading import Event

import psycopg
from django.db import connections
from django.utils.translation import gettext as _

from config.databases import DOMAINS
from demo import copying, state, users
from demo.copying import Loaded
from demo.data import analytics, catalog, code2asin, imports, media, suppliers, world
from demo.data.plan import Plan, Table
from demo.exceptions import DemoError, ForeignRows, LoadFailed, OtherData
from demo.state import State
from imports import partitions
from imports.partitions import Month

DEFAULT_SEED = 7
DEFAULT_SCALE = 1.0
SCALES = (0.001, 100.0)

# The longest first, so that the two workers end at about the same time.
TABLES: dict[str, Callable[[world.World], list[Table]]] = {
    "catalog": catalog.tables,
    "imports": imports.tables,
    "code2asin": code2asin.tables,
    "media": media.tables,
    "analytics": analytics.tables,
}
# The server does as much of the work as this process, so two at a time keep two cores busy.
_WORKERS = 2

Progress = Callable[[str, str, int], None]  # (alias, table, rows since the last call)


@dataclass(frozen=True, slots=True)
class Request:
    """What the caller asks for; None leaves it to what is there, or to the default."""

    seed: int | None = None
    scale: float | None = None
    anchor: datetime | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done: load `plan` into some databases, vacuum others where that was missed."""

    plan: Plan
    to_load: tuple[str, ...]
    to_vacuum: tuple[str, ...] = ()
    replace: bool = False


def look_at_all() -> list[State]:
    return [state.look(using=alias) for alias in DOMAINS]


def decide(request: Request, states: list[State], *, now: datetime) -> Decision:
    """Refuse foreign rows and other demonstration data; go on with what was interrupted."""
    _refuse_foreign(states)
    if request.scale is not None and not SCALES[0] <= request.scale <= SCALES[1]:
        text = _("The scale must lie between %(least)s and %(most)s.")
        raise DemoError(text % {"least": SCALES[0], "most": SCALES[1]})
    present = {found.plan for found in states if found.plan}
    if request.replace or not present:
        return Decision(_new_plan(request, now), DOMAINS, replace=request.replace)
    return Decision(
        _present_plan(request, present),
        to_load=tuple(found.alias for found in states if found.is_empty),
        to_vacuum=tuple(found.alias for found in states if found.plan and not found.is_tidy),
    )


def prepare(decision: Decision) -> dict[str, list[Table]]:
    """What the tables must agree on is worked out here; the rows come while they are copied."""
    if not decision.to_load:
        return {}
    common = world.build(decision.plan)
    return {alias: TABLES[alias](common) for alias in TABLES if alias in decision.to_load}


def load(decision: Decision, tables: dict[str, list[Table]], *, progress: Progress) -> list[Loaded]:
    """Load, then bring the statistics up to date. Interrupted, it leaves whole databases or none."""
    if decision.replace:
        _refuse_real_suppliers()
    work = [alias for alias in TABLES if alias in (*decision.to_load, *decision.to_vacuum)]
    if not work:
        return []
    months = [Month.of(month) for month in decision.plan.months()]
    partitions.create(using="imports", months=months)
    users.ensure(using="default")
    stop = Event()
    loaded: list[Loaded] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        running = [
            pool.submit(_load_one, decision, alias, tables.get(alias, []), stop, progress)
            for alias in work
        ]
        try:
            for done in as_completed(running):
                loaded += done.result()
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
    return loaded


def _load_one(
    decision: Decision, alias: str, tables: list[Table], stop: Event, progress: Progress
) -> list[Loaded]:
    loaded: list[Loaded] = []
    try:
        if tables:
            loaded = copying.fill(
                decision.plan,
                tables,
                using=alias,
                replace=decision.replace,
                stop=stop,
                progress=partial(progress, alias),
            )
        return [*loaded, *copying.tidy(using=alias, progress=partial(progress, alias))]
    except psycopg.Error as exc:
        text = _("%(alias)s: %(error)s Call load_demo again when that is cured.")
        raise LoadFailed(text % {"alias": alias, "error": str(exc).strip()}) from exc
    finally:
        connections[alias].close()  # that of this thread


def _refuse_foreign(states: list[State]) -> None:
    foreign = [
        f"{found.alias} ({', '.join(found.tables_with_rows)})"
        for found in states
        if found.is_foreign
    ]
    if foreign:
        text = _(
            "These databases have rows that load_demo did not write: %(tables)s. "
            "Nothing was changed. Demonstration data goes into empty databases only."
        )
        raise ForeignRows(text % {"tables": "; ".join(foreign)})


def _refuse_real_suppliers() -> None:
    """Someone may have gone on to real work where the demonstration data lies."""
    plan = state.look(using="catalog").plan
    if plan is None:
        return
    with connections["catalog"].cursor() as cursor:
        cursor.execute("SELECT code FROM suppliers ORDER BY code")
        codes = {code for (code,) in cursor.fetchall()}
    added = codes - {supplier.code for supplier in suppliers.build(plan)}
    if added:
        text = _(
            "Suppliers that load_demo did not write: %(codes)s. Nothing was replaced. "
            "Delete them with what belongs to them, or load into other databases."
        )
        raise ForeignRows(text % {"codes": ", ".join(sorted(added)[:10])})


def _new_plan(request: Request, now: datetime) -> Plan:
    return Plan(
        seed=DEFAULT_SEED if request.seed is None else request.seed,
        scale=DEFAULT_SCALE if request.scale is None else request.scale,
        anchor=request.anchor or now.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
    )


def _present_plan(request: Request, present: set[Plan]) -> Plan:
    """What is loaded already, where that is one thing and what was asked for."""
    found = " + ".join(sorted(_describe(plan) for plan in present))
    plan = next(iter(present))
    wanted = (request.seed, request.scale, request.anchor)
    has = (plan.seed, plan.scale, plan.anchor)
    if len(present) > 1 or any(
        asked not in (None, there) for asked, there in zip(wanted, has, strict=True)
    ):
        text = _("The databases hold other demonstration data: %(found)s. --force replaces it.")
        raise OtherData(text % {"found": found})
    return plan


def _describe(plan: Plan) -> str:
    text = _("seed %(seed)s, scale %(scale)s, until %(anchor)s")
    return text % {
        "seed": plan.seed,
        "scale": plan.scale,
        "anchor": plan.anchor.isoformat(timespec="minutes"),
    }
