"""The life of an import job. Its status changes here and nowhere else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Final

import psycopg
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from imports.exceptions import IllegalTransition, JobNotFound, SupplierBusy
from imports.models import ImportJob, JobStatus

# Where each status may be reached from.
REACHED_FROM: Final = {
    JobStatus.RUNNING: (JobStatus.PENDING,),
    JobStatus.COMPLETED: (JobStatus.RUNNING,),
    JobStatus.FAILED: (JobStatus.PENDING, JobStatus.RUNNING),
    JobStatus.CANCELLED: (JobStatus.PENDING, JobStatus.RUNNING),
}
ONE_RUNNING: Final = "import_jobs_one_running"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts:
    """What became of the rows of a file."""

    rows_total: int = 0
    rows_inserted: int = 0
    rows_updated: int = 0
    rows_unchanged: int = 0
    rows_rejected: int = 0
    rows_deactivated: int = 0


def start(*, job_id: int, using: str) -> None:
    """Raises JobNotFound, IllegalTransition; SupplierBusy where its supplier is being imported."""
    try:
        with transaction.atomic(using=using):
            _change(job_id=job_id, to=JobStatus.RUNNING, using=using, started_at=Now())
    except IntegrityError as exc:
        cause = exc.__cause__
        if isinstance(cause, psycopg.Error) and cause.diag.constraint_name == ONE_RUNNING:
            raise SupplierBusy(
                _("Another import of the supplier of job #%(job)d is running.") % {"job": job_id}
            ) from exc
        raise


def complete(*, job_id: int, counts: RowCounts, using: str) -> None:
    """Raises JobNotFound, IllegalTransition."""
    _change(job_id=job_id, to=JobStatus.COMPLETED, using=using, finished_at=Now(), **asdict(counts))


def fail(*, job_id: int, error: str, using: str) -> None:
    """Raises JobNotFound, IllegalTransition."""
    _change(job_id=job_id, to=JobStatus.FAILED, using=using, finished_at=Now(), error=error)


def cancel(*, job_id: int, using: str) -> None:
    """Raises JobNotFound, IllegalTransition."""
    _change(job_id=job_id, to=JobStatus.CANCELLED, using=using, finished_at=Now())


def cancel_pending(*, job_ids: Collection[int], using: str) -> list[int]:
    """Cancel those of the jobs that have not begun; returns which those were."""
    jobs = ImportJob.objects.using(using).filter(pk__in=job_ids, status=JobStatus.PENDING)
    with transaction.atomic(using=using):
        cancelled = list(jobs.order_by("pk").select_for_update().values_list("pk", flat=True))
        jobs.filter(pk__in=cancelled).update(status=JobStatus.CANCELLED, finished_at=Now())
    return cancelled


def _change(*, job_id: int, to: JobStatus, using: str, **changes: Any) -> None:
    """One conditional UPDATE, so that of two workers who try the same, one is told no."""
    jobs = ImportJob.objects.using(using).filter(pk=job_id)
    if jobs.filter(status__in=REACHED_FROM[to]).update(status=to, **changes):
        return
    status = jobs.values_list("status", flat=True).first()
    if status is None:
        raise JobNotFound(_("There is no import job #%(job)d.") % {"job": job_id})
    raise IllegalTransition(
        _("Import job #%(job)d is %(status)s and cannot become %(to)s.")
        % {"job": job_id, "status": JobStatus(status).label, "to": to.label}
    )
