"""An import job goes from pending through running to one of three ends, and no other way."""

from __future__ import annotations

import pytest

from imports import actions
from imports.exceptions import IllegalTransition, JobNotFound, SupplierBusy
from imports.models import ImportJob, JobStatus
from tests.factories import ImportConfigFactory, ImportJobFactory

pytestmark = pytest.mark.django_db(databases="__all__")

COUNTS = actions.RowCounts(rows_total=10, rows_inserted=7, rows_rejected=3)


def job_in(status: JobStatus) -> ImportJob:
    job: ImportJob = ImportJobFactory.create()
    if status in (JobStatus.RUNNING, JobStatus.COMPLETED):
        actions.start(job_id=job.pk, using="imports")
    if status in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED):
        go(job, status)
    return job


def go(job: ImportJob, to: JobStatus) -> None:
    match to:
        case JobStatus.RUNNING:
            actions.start(job_id=job.pk, using="imports")
        case JobStatus.COMPLETED:
            actions.complete(job_id=job.pk, counts=COUNTS, using="imports")
        case JobStatus.FAILED:
            actions.fail(job_id=job.pk, error="The file ended early.", using="imports")
        case JobStatus.CANCELLED:
            actions.cancel(job_id=job.pk, using="imports")
    job.refresh_from_db()


LEGAL = {
    (JobStatus.PENDING, JobStatus.RUNNING),
    (JobStatus.PENDING, JobStatus.FAILED),
    (JobStatus.PENDING, JobStatus.CANCELLED),
    (JobStatus.RUNNING, JobStatus.COMPLETED),
    (JobStatus.RUNNING, JobStatus.FAILED),
    (JobStatus.RUNNING, JobStatus.CANCELLED),
}
ILLEGAL = [
    (before, after)
    for before in JobStatus
    for after in actions.REACHED_FROM
    if (before, after) not in LEGAL
]


@pytest.mark.parametrize(("before", "after"), sorted(LEGAL))
def test_a_legal_step_is_taken(before: JobStatus, after: JobStatus) -> None:
    job = job_in(before)
    go(job, after)
    assert job.status == after
    assert (job.finished_at is None) == (after is JobStatus.RUNNING)


@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_an_illegal_step_is_refused_and_changes_nothing(
    before: JobStatus, after: JobStatus
) -> None:
    job = job_in(before)
    row = ImportJob.objects.filter(pk=job.pk).values()[0]
    with pytest.raises(IllegalTransition, match=rf"#{job.pk} is {before.label}"):
        go(job, after)
    assert ImportJob.objects.filter(pk=job.pk).values()[0] == row


def test_of_two_workers_that_start_a_job_the_second_is_told_no() -> None:
    job = job_in(JobStatus.PENDING)
    actions.start(job_id=job.pk, using="imports")
    with pytest.raises(IllegalTransition):
        actions.start(job_id=job.pk, using="imports")


def test_a_completed_job_knows_what_became_of_its_rows() -> None:
    job = job_in(JobStatus.COMPLETED)
    job.refresh_from_db()
    assert (job.rows_total, job.rows_inserted, job.rows_rejected) == (10, 7, 3)
    assert job.started_at
    assert job.finished_at
    assert job.started_at <= job.finished_at


def test_a_failed_job_says_why() -> None:
    job = job_in(JobStatus.RUNNING)
    go(job, JobStatus.FAILED)
    assert job.error == "The file ended early."


def test_a_supplier_has_one_import_at_a_time() -> None:
    config = ImportConfigFactory.create()
    first, second = ImportJobFactory.create_batch(2, config=config)
    actions.start(job_id=first.pk, using="imports")
    with pytest.raises(SupplierBusy):
        actions.start(job_id=second.pk, using="imports")
    second.refresh_from_db()
    assert second.status == JobStatus.PENDING


def test_a_job_that_does_not_exist_is_not_started() -> None:
    with pytest.raises(JobNotFound, match="#12345"):
        actions.start(job_id=12345, using="imports")


def test_of_many_jobs_only_the_pending_ones_are_cancelled() -> None:
    pending, running = job_in(JobStatus.PENDING), job_in(JobStatus.RUNNING)
    ids = [pending.pk, running.pk]
    assert actions.cancel_pending(job_ids=ids, using="imports") == [pending.pk]
    assert actions.cancel_pending(job_ids=ids, using="imports") == []
    running.refresh_from_db()
    assert running.status == JobStatus.RUNNING
