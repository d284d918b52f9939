from __future__ import annotations

from procrastinate.contrib.django import app

from imports import partitions


@app.periodic(cron="15 3 * * *")
@app.task(queue="default", queueing_lock="maintain_partitions", pass_context=False)
def maintain_partitions(timestamp: int) -> None:
    """Every night, so that no month begins without its partition."""
    partitions.create_ahead(using="imports", months=partitions.MONTHS_AHEAD)
    partitions.retire(using="imports", keep=partitions.MONTHS_KEPT)
